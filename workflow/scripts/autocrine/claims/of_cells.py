"""Claims on single cells: what tests of cells say of them, and the words for it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from autocrine.cells.other_counts import WITHOUT_DOUBLETS

# What a claim on cells may be about: the share of cells with a gene, living cells with it, two genes in the same cells,
# the share of a state.
FRACTION, SURVIVORS, CODETECTION, ABUNDANCE = "fraction", "survivors", "codetection", "abundance"
KINDS = (FRACTION, SURVIVORS, CODETECTION, ABUNDANCE)
# The unit of their effects in `claims.tsv`.
UNITS = {
    FRACTION: "log2 odds ratio of the share",
    SURVIVORS: "log2 ratio of survivors",
    CODETECTION: "log2 odds ratio",
    ABUNDANCE: "log2 odds ratio of the share",
}
# Unit -> the ratio of which it is the logarithm, and how the size of one begins in words.
RATIOS = {
    UNITS[FRACTION]: ("odds ratio of the share", "an odds ratio of"),
    UNITS[SURVIVORS]: ("ratio of survivors", "a ratio of survivors of"),
    UNITS[CODETECTION]: ("odds ratio", "an odds ratio of"),
}
# How `autocrine.cells.survivors` reads a rise of the share, and what prevents reading it.
# And whether more cells show a gene than ambient RNA alone would make (`autocrine.cells.ambient`).
NOT_ABOVE, NOT_KNOWN = "not_above", "not_known"
SELECTION, INDUCTION, NOT_COUNTED = "selection", "induction", "no_viable_cells"
TESTED = "tested"
COLUMNS = (
    "kind", "subject", "state", "model", "contrast", "log2_fc", "moderated_se", "ci_low", "ci_high", "df", "p_value",
    "equivalence_p_value", "equivalence_margin", "min_detectable_log2_fc", "in_words", "reading", "obstacle", "reason",
)  # fmt: skip


@dataclass(frozen=True)
class CellTables:
    """The tables of tests on cells of a cohort; see `autocrine.columns`.

    Attributes
    ----------
    detection, survivors, composition, codetection
        `detection.tsv.gz` (panel genes), `survivors.tsv`, `composition.tsv`, `codetection.tsv`.
    """

    detection: pd.DataFrame
    survivors: pd.DataFrame
    composition: pd.DataFrame
    codetection: pd.DataFrame


def cell_evidence(tables: CellTables) -> pd.DataFrame:
    """Bring the tests on cells of a cohort to one form.

    Parameters
    ----------
    tables : CellTables
        What the cohort's cells say.

    Returns
    -------
    DataFrame
        A row per kind of claim, subject and comparison, with `COLUMNS`: effects are logarithms (`UNITS`); `in_words` is
        what is beside the effect in words; `reason` why there is no test.
    """
    shares = tables.detection[tables.detection["symbol"] != ""]
    living = tables.survivors
    difference = living[living["what"] == "difference"].rename(
        columns={"ratio": "odds_ratio", "log_ratio": "log_odds_ratio", "log_error": "log_odds_error"}
    )
    difference = difference.assign(detectable_odds_ratio=difference["detectable_ratio"])
    pairs = tables.codetection
    share_words = _shares(shares, "fraction") + (shares["ambient"] == NOT_KNOWN).map(
        {True: "; ambient RNA not known", False: ""}
    )
    parts = [
        _rows(FRACTION, shares.assign(reading=shares["ambient"]), shares["symbol"], share_words),
        _rows(SURVIVORS, difference, difference["symbol"], _ratios(living, difference)),
        _rows(ABUNDANCE, tables.composition, tables.composition["state"], _shares(tables.composition, "share")),
        _rows(CODETECTION, pairs, pairs["ligand"] + " + " + pairs["receptor"], _patients(pairs)),
    ]
    return pd.concat(parts, ignore_index=True)


def without_doublets(tables: CellTables) -> CellTables | None:
    """Return the tables in which pairs of genes are tested without likely doublets; None where none is marked."""
    pairs, ending = tables.codetection, f"_{WITHOUT_DOUBLETS}"
    repeated = pairs["doublets"].notna()
    if not repeated.any():
        return None
    again = pairs.assign(**{name.removesuffix(ending): pairs[name] for name in pairs if name.endswith(ending)})
    again["reason"] = again["status"].where(again["status"] != TESTED, "")
    return replace(tables, codetection=again.where(repeated, pairs))


def note_doublets(judged: pd.DataFrame, without: pd.DataFrame | None) -> pd.DataFrame:
    """Say where likely doublets decide the verdict on two genes in the same cells.

    Parameters
    ----------
    judged
        From `autocrine.claims.verdicts.judge_claims`.
    without
        The same claims, judged on `without_doublets`; None where there is nothing to tell.

    Returns
    -------
    `judged` with `doublets_verdict` and `doublets_words`: the other verdict and why, "" where it is the same.
    """
    if without is None:
        return judged.assign(doublets_verdict="", doublets_words="")
    other = (judged["of_cells"] == CODETECTION) & (without["verdict"] != judged["verdict"])
    return judged.assign(
        doublets_verdict=without["verdict"].where(other, ""), doublets_words=without["words"].where(other, "")
    )


def subject_of(kind: str, named: object) -> str:
    """Return what a claim is about as `cell_evidence` calls it: a gene, a state, or two genes."""
    return " + ".join(map(str, named)) if isinstance(named, list | tuple) else str(named)


def subject_words(kind: str, subject: str) -> str:
    """Say what a claim on cells is about: the name of its row for a reader, as a gene is that of others."""
    if kind == CODETECTION:
        return f"{subject.replace(' + ', ' and ')} in the same cells"
    if kind == ABUNDANCE:
        return f"{subject} among all cells"
    return f"{'Living cells' if kind == SURVIVORS else 'Cells'} with {subject}"


def direction_words(row: Mapping, joint: str, side: str) -> str:
    """Say what is higher or lower, where, and what is beside it.

    Parameters
    ----------
    row
        The claim with the columns of `cell_evidence`.
    joint, side
        What is said of the effect, such as " is " and "higher in imatinib".
    """
    subject = row["cells_subject"]
    if row["of_cells"] == CODETECTION:
        first, _, second = subject.partition(" + ")
        more = "more" if row["log2_fc"] > 0 else "less"
        words = f"{first} and {second} are seen in the same cells {more} often than depth and state explain"
    else:
        what = f"the share of {subject}" if row["of_cells"] == ABUNDANCE else f"the share of cells with {subject}"
        words = f"{what}{joint}{side}"
    if row["of_cells"] == SURVIVORS and row["log2_fc"] > 0:
        return f"{words}; {_read_living(row)}" if row["reading"] == SELECTION else words
    if row["of_cells"] == SURVIVORS:
        return f"{words} (living cells with {subject} {row['in_words']})" if row["in_words"] else words
    return f"{words} ({row['in_words']})" if row["in_words"] else words


def left_open(row: Mapping) -> str:
    """Say why a difference in the direction of a claim does not support it; empty where it does."""
    if row["of_cells"] == FRACTION and row["reading"] == NOT_ABOVE:
        return "ambient RNA alone could show the gene in as many cells"
    # A share that fell was killed more than the rest, whichever way it is read.
    if row["of_cells"] == SURVIVORS and row["log2_fc"] > 0 and row["reading"] != SELECTION:
        return _read_living(row)
    return ""


def ratio_words(log2: float, unit: str) -> str:
    """Write the size of an effect whose unit is one of `RATIOS`: "an odds ratio of 2"."""
    ratio = 2**log2
    return f"{RATIOS[unit][1]} {ratio:,.0f}" if ratio >= 100 else f"{RATIOS[unit][1]} {ratio:.2g}"


def _read_living(row: Mapping) -> str:
    """Say what living cells say about a larger share, in words."""
    if row["reading"] == SELECTION:
        return f"living cells with {row['cells_subject']} fell less than those without ({row['in_words']})"
    if row["reading"] == INDUCTION:
        return f"there are more living cells with {row['cells_subject']} than before: induction ({row['in_words']})"
    return f"selection or induction is not known ({row['in_words']})"


def _rows(kind: str, table: pd.DataFrame, subject: pd.Series, words: pd.Series) -> pd.DataFrame:
    """Return the rows of a table in the form of `cell_evidence`."""
    with np.errstate(divide="ignore"):
        detectable = np.log2(table["detectable_odds_ratio"].to_numpy(dtype=float))
        low, high = (np.log2(table[name].to_numpy(dtype=float)) for name in ("ci_low", "ci_high"))
    empty = pd.Series("", table.index)
    found = {
        "kind": kind,
        "subject": subject,
        "state": table.get("state", empty),
        "model": table["model"],
        "contrast": table["contrast"],
        "log2_fc": table["log_odds_ratio"] / np.log(2),
        "moderated_se": table["log_odds_error"] / np.log(2),
        "ci_low": low,
        "ci_high": high,
        "df": table["df"],
        "p_value": table["p_value"],
        "equivalence_p_value": table.get("equivalence_p_value", np.nan),
        "equivalence_margin": table.get("equivalence_margin", np.nan) / np.log(2),
        "min_detectable_log2_fc": detectable,
        "in_words": words,
        "reading": table.get("reading", empty),
        "obstacle": table.get("obstacle", empty),
        "reason": table["reason"],
    }
    return pd.DataFrame(found, index=table.index).reindex(columns=list(COLUMNS))


def _shares(table: pd.DataFrame, name: str) -> pd.Series:
    """Write the shares of both groups and the odds ratio with its interval."""
    return pd.Series(
        [
            (f"{high:.1%} against {low:.1%} of the cells; " if high == high and low == low else "") + _interval(*ratio)
            for high, low, *ratio in zip(
                table[f"{name}_tested"],
                table[f"{name}_reference"],
                *(table[column] for column in ("odds_ratio", "ci_low", "ci_high")),
                strict=True,
            )
        ],
        index=table.index,
        dtype=object,
    )


def _ratios(living: pd.DataFrame, difference: pd.DataFrame) -> pd.Series:
    """Write to how much positive and negative living cells fell or grew."""
    keys = ["model", "contrast", "symbol"]
    ratio = {what: part.set_index(keys)["ratio"] for what, part in living.groupby("what")}
    texts = []
    for key in difference[keys].itertuples(index=False, name=None):
        held = [ratio[what].get(key, np.nan) if what in ratio else np.nan for what in ("positives", "negatives")]
        texts.append(
            f"to {held[0]:.2g} times, those without to {held[1]:.2g} times" if not np.isnan(held).any() else ""
        )
    return pd.Series(texts, index=difference.index, dtype=object)


def _patients(pairs: pd.DataFrame) -> pd.Series:
    return pd.Series(
        [
            f"{_interval(ratio, low, high)}, {patients:.0f} patients"
            for ratio, low, high, patients in zip(
                *(pairs[name] for name in ("odds_ratio", "ci_low", "ci_high", "patients")), strict=True
            )
        ],
        index=pairs.index,
        dtype=object,
    )


def _interval(ratio: float, low: float, high: float) -> str:
    return f"odds ratio {ratio:.2g}, {low:.2g} to {high:.2g}"
