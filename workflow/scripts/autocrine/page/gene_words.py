"""What one comparison says of one gene, for the page: outcome, side, and a sentence with places for its numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from autocrine.design.question import Contrast, Statistics
from autocrine.page.compared import spans_of
from autocrine.page.render import format_fold, format_number
from autocrine.results.outcomes import STEPS
from autocrine.results.panel import FIT_REASONS

# A status in a cell; its reason says it in full.
STATUS_WORDS = {
    "tested": "tested",
    "absent": "not in the matrix",
    "all_zero": "no read",
    "outlier": "outlying count",
    "filtered": "too low to test",
    "low_counts": "too low to fit",
    "not_converged": "not converged",
}
# An outcome in a cell.
OUTCOME_CELLS = {
    "changed": "changed",
    "equivalent": "equivalent",
    "small_change": "small change",
    "undetermined": "undetermined",
}
CALLED_OUTCOMES = ("changed", "small_change")
# What the samples could have shown of a gene that is undetermined. Numbers stand for themselves; see `GeneWords.tell`.
NOTHING_KNOWN, NONE_VISIBLE, DETECTABLE, ALONE, CHANCE = range(5)
PERS = {"any_difference": " between the highest and the lowest", "trend": " per step"}


@dataclass(frozen=True)
class GeneWords:
    """How the effects of one comparison are told of a gene.

    Attributes
    ----------
    form
        The form of the contrast.
    higher
        The group in which an effect above zero is higher.
    measurement
        Of an effect per unit: column, unit, lowest, highest and range, as the record of the fit has them.
    within
        The equivalence margin, and over which span it holds.
    """

    form: str
    higher: str
    measurement: Mapping[str, Any] | None
    within: str

    @property
    def sides(self) -> list[dict[str, str]]:
        """The sides that an effect may lie on, "up" before "down", or "differs" without direction; each with a name."""
        named = {
            "any_difference": {"differs": "differs"},
            "difference": {"up": "first change above the second", "down": "first change below it"},
            "trend": {"up": f"rises towards {self.higher}", "down": f"falls towards {self.higher}"},
            "per_unit": {"up": "rises with it", "down": "falls with it"},
            "two_groups": {"up": f"higher in {self.higher}", "down": f"lower in {self.higher}"},
        }[self.form]
        return [{"side": side, "name": name} for side, name in named.items()]

    @property
    def effect_name(self) -> str:
        """What an axis of effects is called."""
        return {
            "any_difference": "log2, highest against lowest group",
            "difference": "log2, difference of two changes",
            "trend": "log2 fold change per step",
            "per_unit": f"log2 fold change per {self._measured('unit')}",
            "two_groups": "log2 fold change",
        }[self.form]

    def side(self, up: bool) -> str:
        """Return the side of an effect above or below zero."""
        return "differs" if self.form == "any_difference" else "up" if up else "down"

    def describe_found(self, found: Mapping[str, int], alpha: float) -> str:
        """Say how many genes the comparison found, and what it means if there is none.

        `found` is from `autocrine.page.sections.summarise_contrast`.
        """
        below = f"adjusted p-value below {alpha:g}"
        if not found["up"] + found["down"]:
            return (
                f"None of {found['tested']:,} tested genes has an {below}. That is no proof that nothing differs: see "
                "the intervals and what could have been seen."
            )
        sides = ", ".join(f"{found[one['side']]:,} {one['name']}" for one in self.sides if one["side"] in found)
        sides = sides or f"{found['up']:,} differ"
        return f"Of {found['tested']:,} tested genes {sides} ({below})."

    def tell(self, outcome: str, status: str, up: bool, steps: str, known: str, seen: int) -> list[Any]:
        """Say what the comparison says of one gene.

        Parameters
        ----------
        outcome, status
            Of the gene.
        up
            Whether its effect is above zero.
        steps
            What the steps of a trend show, one of `autocrine.results.outcomes.STEPS`.
        known
            How far the gene came: "nothing", "effect", "p_value" or "adjusted".
        seen
            What the samples could have shown: `NOTHING_KNOWN`, `NONE_VISIBLE`, `DETECTABLE` (and it is more than what
            was seen), `ALONE` (a single test would have decided) or `CHANCE`.

        Returns
        -------
        The sentence in parts. A part is text, or stands for a fold change that the page writes: `fold` names the number
        of the gene, "log2" or "detectable", and `times` what it is multiplied by.
        """
        reason = FIT_REASONS.get(status) or STATUS_WORDS[status]
        if known == "nothing":
            return [f"No estimate: {reason}."]
        doubt = [f" But {reason}."] if status == "not_converged" else []
        return _merged([*self._outcome(outcome, reason, up, steps, known, seen), *doubt])

    def _outcome(self, outcome: str, reason: str, up: bool, steps: str, known: str, seen: int) -> list[Any]:
        """Say the outcome; the parameters are those of `tell`."""
        of_steps = f", {steps}" if steps and self.form == "trend" else ""
        if outcome == "changed":
            mean = "on average " if self.form == "trend" else ""
            return [f"{self._where(up)}, {mean}", _fold("log2"), self._per, *self._over_range(), f"{of_steps}."]
        if outcome == "small_change":
            return [f"{self._where(up)}{of_steps}, but surely by less than {self.within}."]
        if outcome == "equivalent" and self.form == "difference":
            return [f"The two changes are as good as the same: they differ by less than {self.within}."]
        if outcome == "equivalent":
            return [f"As good as unchanged: any change is smaller than {self.within}."]
        if known == "effect":
            return [f"Not tested: {reason}.", *self._could_be_seen(seen)]
        if known == "p_value":
            return [f"Not judged: {reason}."]
        change = "difference of the changes" if self.form == "difference" else "change"
        return [f"Undetermined: neither a {change} nor its absence is shown.", *self._could_be_seen(seen)]

    def _where(self, up: bool) -> str:
        """Say where an effect lies."""
        way = "rises" if up else "falls"
        return {
            "any_difference": "It differs among the groups",
            "difference": f"The first change lies {'above' if up else 'below'} the second",
            "trend": f"It {way} towards {self.higher}",
            "per_unit": f"It {way} with {self._measured('column')}",
            "two_groups": f"{'Higher' if up else 'Lower'} in {self.higher}",
        }[self.form]

    @property
    def _per(self) -> str:
        return f" per {self._measured('unit')}" if self.form == "per_unit" else PERS.get(self.form, "")

    def _over_range(self) -> list[Any]:
        """Say the effect over all that was measured: one that is small per unit may be large there."""
        if self.form != "per_unit":
            return []
        low, high = (
            format_number(float(end), 0 if float(end).is_integer() else 2)
            for end in (self._measured("lowest"), self._measured("highest"))
        )
        return [" (", _fold("log2", self._measured("range")), f" from {low} to {high})"]

    def _could_be_seen(self, seen: int) -> list[Any]:
        """Say what the samples could have shown."""
        return {
            NOTHING_KNOWN: [],
            NONE_VISIBLE: [" These samples could not have shown any change of this gene."],
            DETECTABLE: [" A single test would probably have found a change of ", _fold("detectable"), f"{self._per}."],
            ALONE: [" Seen alone it would count; among all that were tested it may be chance."],
            CHANCE: [" Even seen alone it could be chance."],
        }[seen]

    def _measured(self, name: str) -> Any:
        return (self.measurement or {}).get(name)


def gene_words(contrast: Contrast, records: Mapping[str, Any], statistics: Statistics) -> GeneWords:
    """Return how the effects of a contrast are told of genes; `records` are the contrasts in the record of the fit."""
    span = spans_of(contrast, records, statistics)[1]
    within = f"{format_fold(statistics.equivalence_margin)}{f' {span}' if span else ''}"
    record = records[contrast.name]
    return GeneWords(contrast.form, record["higher"], record["measurement"], within)


def judge_genes(table: pd.DataFrame, words: GeneWords, alpha: float) -> tuple[np.ndarray, list[dict[str, Any]]]:
    """Say of every gene what one comparison says of it.

    Parameters
    ----------
    table
        Genes x log2_fc, p_value, adj_p_value, min_detectable_log2_fc, outcome, status and steps (places in
        `autocrine.results.outcomes.STEPS`).
    words
        The words of the comparison.
    alpha
        Below it a test has decided.

    Returns
    -------
    Per gene a place in the list that follows; and in that list, each once, what may be said: `outcome` (for a cell),
    `side` ("" for what is not called; see `GeneWords.sides`) and `said` (see `GeneWords.tell`).
    """
    effect, p_value, adjusted, detectable = (
        table[name].to_numpy(dtype=float) for name in ("log2_fc", "p_value", "adj_p_value", "min_detectable_log2_fc")
    )
    known = np.select(
        [np.isnan(effect), np.isnan(p_value), np.isnan(adjusted)], ["nothing", "effect", "p_value"], "adjusted"
    )
    # Without a p-value nothing is seen alone.
    beyond = np.where(np.isnan(p_value), NOTHING_KNOWN, np.where(p_value < alpha, ALONE, CHANCE))
    seen = np.select(
        [np.isnan(detectable), np.isinf(detectable), np.abs(effect) < detectable],
        [NOTHING_KNOWN, NONE_VISIBLE, DETECTABLE],
        beyond,
    )
    keys = pd.DataFrame(
        {
            "outcome": table["outcome"].to_numpy(dtype=object),
            "status": table["status"].to_numpy(dtype=object),
            "up": effect > 0,
            "steps": np.asarray(table["steps"], dtype=int),
            "known": known,
            "seen": seen,
        }
    )
    groups = keys.groupby(list(keys.columns), sort=False)
    told, places = [], []
    for key in keys.drop_duplicates().to_dict("records"):
        verdict = _verdict(key, words)
        if verdict not in told:
            told.append(verdict)
        places.append(told.index(verdict))
    return np.asarray(places, dtype=int)[groups.ngroup().to_numpy()], told


def _verdict(key: Mapping[str, Any], words: GeneWords) -> dict[str, Any]:
    """Return what is said of the genes that share a key of `judge_genes`."""
    outcome, status, known = key["outcome"], key["status"], key["known"]
    judged = known == "adjusted" or outcome != "undetermined"
    called = outcome in CALLED_OUTCOMES and known not in ("nothing", "effect")
    said = words.tell(outcome, status, bool(key["up"]), STEPS[key["steps"]], known, int(key["seen"]))
    return {
        "outcome": OUTCOME_CELLS[outcome] if judged else STATUS_WORDS[status],
        "side": words.side(bool(key["up"])) if called else "",
        "said": said,
    }


def _merged(parts: Sequence[Any]) -> list[Any]:
    """Join texts that stand side by side."""
    joined: list[Any] = []
    for part in parts:
        if joined and isinstance(part, str) and isinstance(joined[-1], str):
            joined[-1] += part
        else:
            joined.append(part)
    return joined


def _fold(name: str, times: float = 1) -> dict[str, Any]:
    return {"fold": name, "times": times}
