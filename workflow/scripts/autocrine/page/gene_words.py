"""What one comparison says of one gene, for the page: outcome, side, and a sentence with places for its numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from autocrine.design.forms.contrast import Contrast, Words
from autocrine.design.forms.trend import Trend
from autocrine.design.question import Model, Statistics, words_of
from autocrine.design.spans import Span, span_of_margin
from autocrine.page.citations import cite_gene
from autocrine.page.render import format_fold, format_number
from autocrine.results.outcomes import STEPS
from autocrine.results.panel import FIT_REASONS

# A status in a cell; its reason says it in full.
STATUS_WORDS = {
    "tested": "tested",
    "absent": "not in the matrix",
    "no_single_orthologue": "no single orthologue",
    "all_zero": "no read",
    "outlier": "outlying count",
    "filtered": "too low to test",
    "unread": "no read in these groups",
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
# What the samples could have shown of a gene that is undetermined, as `GeneWords.describe` says it.
NOTHING_KNOWN, NONE_VISIBLE, DETECTABLE, ALONE, CHANCE = range(5)


@dataclass(frozen=True)
class GeneWords:
    """How the effects of one comparison are put in words for a gene.

    Attributes
    ----------
    form
        The form of the contrast.
    words
        Its words.
    span
        How far its measurement reaches, if it is along one.
    within
        The equivalence margin, and over which span it holds.
    across
        Of a trend over groups at places: how many units of the effect lie between the first and the last, and from
        where to where in words.
    """

    form: type[Contrast]
    words: Words
    span: Span | None
    within: str
    across: tuple[float, str] | None = None

    @property
    def sides(self) -> list[dict[str, str]]:
        """The sides that an effect may lie on, "up" before "down", or "differs" without direction; each with a name."""
        named = {"up": self.words.above, "down": self.words.below}
        named = named if self.form.directed else {"differs": "differs"}
        return [{"side": side, "name": name} for side, name in named.items()]

    def side(self, up: bool) -> str:
        """Return the side of an effect above or below zero."""
        return "differs" if not self.form.directed else "up" if up else "down"

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
        if not self.form.directed:
            sides = f"{found['up']:,} differ"
        else:
            before = "in " if self.words.joint == ": " else ""
            sides = ", ".join(f"{before}{found[one['side']]:,} {one['name']}" for one in self.sides)
        return f"Of {found['tested']:,} tested genes {sides} ({below})."

    def describe(self, outcome: str, status: str, up: bool, steps: str, known: str, seen: int) -> list[Any]:
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
        return _merged(
            [
                *self.describe_outcome(outcome, status, up, steps, known),
                *self.describe_more(outcome, status, known, seen),
            ]
        )

    def describe_outcome(self, outcome: str, status: str, up: bool, steps: str, known: str) -> list[Any]:
        """Say the outcome, in a sentence; the parameters are those of `describe`."""
        reason = _reason(status)
        if known == "nothing":
            return [f"No estimate: {reason}."]
        of_steps = f", {steps}" if steps and self.form.in_steps else ""
        if outcome == "changed":
            mean = "on average " if self.form.in_steps else ""
            return [
                f"{self._where(up)}, {mean}",
                _fold("log2"),
                self.words.per,
                *self._over_range("log2"),
                f"{of_steps}.",
            ]
        if outcome == "small_change":
            return [f"{self._where(up)}{of_steps}, but surely by less than {self.within}."]
        if outcome == "equivalent":
            return [f"{self.words.alike} {self.within}."]
        if known == "effect":
            return [f"Not tested: {reason}."]
        if known == "p_value":
            return [f"Not judged: {reason}."]
        return [f"Undetermined: neither a {self.words.change} nor its absence is shown."]

    def describe_more(self, outcome: str, status: str, known: str, seen: int) -> list[Any]:
        """Say in further sentences what the samples could have shown, and any doubt about the fit."""
        if known == "nothing":
            return []
        open_ = known == "effect" or (known == "adjusted" and outcome == "undetermined")
        doubt = [f" But {_reason(status)}."] if status == "not_converged" else []
        return [*(self._could_be_seen(seen) if open_ else []), *doubt]

    def _where(self, up: bool) -> str:
        """Say where an effect lies."""
        side = self.words.above if up else self.words.below
        return f"It {side}" if self.words.joint == " " else side[0].upper() + side[1:]

    def describe_change(self, log2: float) -> str:
        """Write the size of an effect with what it is per, and over all that was measured."""
        over = f" ({format_fold(log2 * self._range[0])} {self._range[1]})" if self._range else ""
        return f"{format_fold(log2)}{self.words.per}{over}"

    @property
    def _range(self) -> tuple[float, str] | None:
        """How many units of the effect were measured, and from where to where: a small one may be large there."""
        if self.span is None or not self.form.scaled:
            return self.across
        low, high = (
            format_number(end, 0 if float(end).is_integer() else 2) for end in (self.span.lowest, self.span.highest)
        )
        return self.span.range, f"from {low} to {high}"

    def _over_range(self, number: str) -> list[Any]:
        """Say a number of the gene over all that was measured."""
        return [" (", _fold(number, self._range[0]), f" {self._range[1]})"] if self._range else []

    def _could_be_seen(self, seen: int) -> list[Any]:
        """Say what the samples could have shown."""
        return {
            NOTHING_KNOWN: [],
            NONE_VISIBLE: [" These samples could not have shown any change of this gene."],
            DETECTABLE: [
                " A single test would probably have found a change of ",
                _fold("detectable"),
                self.words.per,
                *self._over_range("detectable"),
                ".",
            ],
            ALONE: [" Seen alone it would count; among all that were tested it may be chance."],
            CHANCE: [" Even seen alone it could be chance."],
        }[seen]


def gene_words(contrast: Contrast, model: Model, spans: Mapping[str, Span], statistics: Statistics) -> GeneWords:
    """Return how the effects of a contrast are put in words for genes; `spans`: those of its model, by name."""
    span = span_of_margin(contrast, spans)
    over = f" {span.describe_per(statistics.margin_per)}" if span else ""
    within = f"{format_fold(statistics.equivalence_margin)}{over}"
    across = None
    if isinstance(contrast, Trend) and contrast.places:
        across = (contrast.reach, f"from {contrast.group_names[0]} to {contrast.group_names[-1]}")
    return GeneWords(type(contrast), words_of(contrast, model), spans.get(contrast.name), within, across)


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
    `side` ("" for what is not called; see `GeneWords.sides`), `said` (see `GeneWords.describe`) and `cited`, the
    sentence for a paper (see `autocrine.page.citations.cite_gene`).
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
    verdicts, places = [], []
    for key in keys.drop_duplicates().to_dict("records"):
        verdict = _verdict(key, words, alpha)
        if verdict not in verdicts:
            verdicts.append(verdict)
        places.append(verdicts.index(verdict))
    return np.asarray(places, dtype=int)[groups.ngroup().to_numpy()], verdicts


def _verdict(key: Mapping[str, Any], words: GeneWords, alpha: float) -> dict[str, Any]:
    """Return what is said of the genes that share a key of `judge_genes`."""
    outcome, status, known = key["outcome"], key["status"], key["known"]
    judged = known == "adjusted" or outcome != "undetermined"
    called = outcome in CALLED_OUTCOMES and known not in ("nothing", "effect")
    asked = (outcome, status, bool(key["up"]), STEPS[key["steps"]], known)
    said = words.describe(*asked, int(key["seen"]))
    first, more = words.describe_outcome(*asked), words.describe_more(outcome, status, known, int(key["seen"]))
    sure = outcome in ("equivalent", "small_change")
    return {
        "outcome": OUTCOME_CELLS[outcome] if judged else STATUS_WORDS[status],
        "side": words.side(bool(key["up"])) if called else "",
        "said": said,
        "cited": cite_gene(
            _inside(_merged(first)),
            _merged(more),
            words.words.effect,
            alpha,
            tested=known not in ("nothing", "effect"),
            of_difference=sure,
        ),
    }


def _reason(status: str) -> str:
    return FIT_REASONS.get(status) or STATUS_WORDS[status]


def _inside(said: Sequence[Any]) -> list[Any]:
    """Return a sentence as it is within another: its first letter small, without the stop at its end."""
    parts = list(said)
    if isinstance(parts[0], str) and parts[0][1:2].islower():
        parts[0] = parts[0][:1].lower() + parts[0][1:]
    if isinstance(parts[-1], str):
        parts[-1] = parts[-1].removesuffix(".")
    return [part for part in parts if part]


def _merged(parts: Sequence[Any]) -> list[Any]:
    """Join neighbouring texts."""
    joined: list[Any] = []
    for part in parts:
        if joined and isinstance(part, str) and isinstance(joined[-1], str):
            joined[-1] += part
        else:
            joined.append(part)
    return joined


def _fold(name: str, times: float = 1) -> dict[str, Any]:
    return {"fold": name, "times": times}
