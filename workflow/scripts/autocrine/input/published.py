"""Published effects as the configuration describes them, and their tables read: an effect and an error per gene."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import inf
from typing import Any

import numpy as np
import pandas as pd

from autocrine.input import published_numbers as numbers
from autocrine.input.genes import check_gene_names
from autocrine.input.readers.text import duplicated, parse_rows, read_delimited
from autocrine.problems import Findings, listed

# Column names that speak of adjusted p-values: padj, adj.P.Val, FDR, q-value, BH.
ADJUSTED = r"adj|fdr|bonf|holm|hochberg|correct|(^|[^a-z])(q|bh)($|[^a-z])|q[ ._-]?val"
# What a table has where it knows nothing.
MISSING = ("", "NA", "NaN", "nan", "N/A", "#N/A", "n.a.", "-", "NULL")
# The groups of columns that give an error, in the order in which one is taken.
ERROR_FROM = (("error",), ("ci_low", "ci_high"), ("statistic",), ("p",))
# A list in which no p-value is above this was chosen by them.
CHOSEN_BELOW = 0.1
SELECTED = "the table lists only genes with small p-values: genes chosen by their result have too large effects"
NOTHING_MEASURED = "effect 0 with p 1, as programs write of genes without a read"


@dataclass(frozen=True)
class Published:
    """A table of effects of a paper, which is among the cohorts of the summary without counts.

    Attributes
    ----------
    columns
        What is meant -> the column of the table: gene, effect, and some of error, ci_low, ci_high, statistic, p.
    scale
        Of effects, errors and limits; see `published_numbers.SCALES`.
    tested, reference
        The compared groups in words. An effect above none means higher in the tested one.
    samples
        How many samples either group has.
    test, freedom
        "t" or "normal", and the degrees of freedom of the former (infinite of the latter).
    accept
        What the user has looked at and confirms; see the schema.
    """

    name: str
    title: str
    table: str
    columns: Mapping[str, str]
    scale: str
    role: str
    tested: str
    reference: str
    samples: tuple[int, int]
    test: str
    freedom: float
    confidence: float
    evidence: str
    species: str
    species_name: str | None
    gene_ids: str
    simulated: bool
    cells: str
    citation: str
    doi: str
    exclude: Mapping[str, str]
    accept: tuple[str, ...]

    @property
    def species_label(self) -> str:
        """The species by name; where none is given it is no other cohort's."""
        return self.species if self.species != "other" else self.species_name or f"other ({self.name})"

    @property
    def data_origin(self) -> str:
        """Whether the paper measured or simulated; what outputs say beside it is "published"."""
        return "SIMULATED" if self.simulated else "measured"

    @property
    def error_from(self) -> tuple[str, ...]:
        """The columns that the error comes from: ("error",), ("ci_low", "ci_high"), ("statistic",) or ("p",)."""
        return next((names for names in ERROR_FROM if all(name in self.columns for name in names)), ())

    @property
    def error_words(self) -> str:
        """How the error of an effect was found."""
        law = "the normal distribution" if np.isinf(self.freedom) else f"t with {self.freedom:g} degrees of freedom"
        limits = f"the width of the {100 * self.confidence:g}% interval over twice the quantile of {law}"
        return {
            ("error",): f'as the table has it (column "{self.columns.get("error")}")',
            ("ci_low", "ci_high"): limits,
            ("statistic",): "|effect| / |statistic|",
            ("p",): f"|effect| / quantile of {law} at the two-sided p",
        }[self.error_from]


def make_published(name: str, entry: Mapping[str, Any]) -> Published:
    """Turn one filled entry of `published` into an object.

    The degrees of freedom of a t test are those of two groups with one variance, n - 2, unless the entry says them.
    """
    samples = (int(entry["samples"]["tested"]), int(entry["samples"]["reference"]))
    freedom = inf if entry["test"] == "normal" else float(entry.get("degrees_of_freedom", sum(samples) - 2))
    return Published(
        name=name,
        title=entry.get("title", name),
        table=entry["table"],
        columns=dict(entry["columns"]),
        scale=entry["scale"],
        role=entry["role"],
        tested=entry["tested"],
        reference=entry["reference"],
        samples=samples,
        test=entry["test"],
        freedom=freedom,
        confidence=entry["confidence"],
        evidence=entry["evidence"],
        species=entry["species"],
        species_name=entry.get("species_name"),
        gene_ids=entry["gene_ids"],
        simulated=entry["simulated"],
        cells=entry.get("cells", ""),
        citation=entry["source"]["citation"],
        doi=entry["source"]["doi"],
        exclude={str(gene): reason for gene, reason in entry["exclude"].items()},
        accept=tuple(entry["accept"]),
    )


def check_published(asked: Published, findings: Findings) -> None:
    """Tell of choices that do not go together, before any table is read."""
    where = f"config, published.{asked.name}"
    if not asked.error_from:
        found = f"no column of an error: {listed(asked.columns)}"
        meant = (
            "columns.error, or ci_low with ci_high, or statistic, or p: an effect without an error cannot be weighed"
        )
        findings.problem(where, found, meant)
    if "error" in asked.columns and asked.scale in numbers.FOLD_CHANGES:
        meant = "ci_low and ci_high, statistic or p in place of error; or effect and error on a log scale"
        findings.problem(where, "an error of fold changes is no error of their logarithms", meant)
    if asked.test == "t" and asked.freedom < 1:
        found = f"a t test of {asked.samples[0]} and {asked.samples[1]} samples has no degrees of freedom"
        findings.problem(where, found, "three samples or more, or degrees_of_freedom as the paper has them")
    named = "p" in asked.columns and numbers.speaks_of(ADJUSTED, asked.columns["p"])
    if named and "p_is_raw" not in asked.accept:
        found = f'the column "{asked.columns["p"]}" is called like adjusted p-values'
        meant = 'the raw p-values, from which an error follows; "accept: [p_is_raw]" where these are raw all the same'
        findings.problem(f"{where}.columns.p", found, meant)


def read_published(asked: Published, findings: Findings) -> pd.DataFrame | None:
    """Read and check a table of published effects.

    Parameters
    ----------
    asked
        The entry.
    findings
        Receives every problem: columns that are not there, cells that are no numbers, genes twice, effects on another
        scale than the entry says, errors that are none, p-values from which no error follows, errors that do not go
        with effects and p-values. And notes on rows without a gene or left out.

    Returns
    -------
    A row per gene of the table, indexed by it as written: `log2_fc`, `lfc_se` (log2), and `reason`, why there is no
    effect, empty otherwise. None where nothing can be used.
    """
    before = len(findings.problems)
    check_published(asked, findings)
    table = _read_columns(asked, findings)
    if table is None:
        return None
    where = f"config, published.{asked.name}"
    values = {name: table[name].to_numpy() for name in asked.columns if name != "gene"}
    numbers.check_scale(values["effect"], asked.scale, asked.accept, asked.table, findings)
    _check_p_values(values, asked, findings)
    if "error" in values and (low := table.index[values["error"] <= 0]).size:
        found = f"errors of 0 or less: {listed(low)}"
        findings.problem(asked.table, found, "standard errors above 0, or no row; `exclude` leaves genes out")
    if len(findings.problems) > before:
        return None
    effect = numbers.to_log2(values["effect"], asked.scale)
    error = _errors(effect, values, asked, findings)
    numbers.check_size(effect, asked.scale, list(table.index), asked.table, findings)
    if "p" in values and asked.error_from != ("p",):
        numbers.check_agreement(effect, error, values["p"], asked.freedom, asked.table, findings)
    if len(findings.problems) > before:
        return None
    reason = np.select(
        [~np.isfinite(effect), _nothing_measured(effect, values), ~(np.isfinite(error) & (error > 0))],
        ["no effect in the published table", NOTHING_MEASURED, _why_no_error(values, asked)],
        "",
    ).astype(object)
    there = reason == ""
    if not there.any():
        findings.problem(where, "no gene of the table has an effect with an error", "a table of effects and errors")
        return None
    p_values = values["p"] if "p" in values else numbers.p_of(effect, error, asked.freedom)
    if _is_selected(p_values[there]) and "selected_genes" not in asked.accept:
        findings.warn("selected_genes", f"{SELECTED}. They are shown and not pooled", where)
        reason = np.where(there, SELECTED, reason)
    return pd.DataFrame(
        {"log2_fc": np.where(reason == NOTHING_MEASURED, np.nan, effect), "lfc_se": error, "reason": reason},
        index=table.index,
    )


def _read_columns(asked: Published, findings: Findings) -> pd.DataFrame | None:
    """Return the named columns as numbers, indexed by gene."""
    text = read_delimited(asked.table, findings, first=asked.columns["gene"])
    if text is None:
        return None
    lacking = [f'"{name}" ({meant})' for meant, name in asked.columns.items() if name not in text.header]
    if lacking:
        found = f"columns of the configuration are not there: {listed(lacking)}"
        findings.problem(asked.table, found, f"names of its header: {listed(text.header, 20)}")
        return None
    if twice := [name for name in duplicated(text.header) if name in asked.columns.values()]:
        findings.problem(asked.table, f"columns of one name: {listed(twice)}", "a name for each column")
        return None
    # Columns of one name that nobody asks for do no harm.
    header = [
        name if text.header.index(name) == i or not name else f"{name} ({i})" for i, name in enumerate(text.header)
    ]
    rows = parse_rows(replace(text, header=header), asked.table, findings, dtype=str, keep_default_na=False)
    if rows is None:
        return None
    genes = rows[asked.columns["gene"]].fillna("").str.strip()
    if nameless := int(genes.isin(MISSING).sum()):
        findings.note(f"{asked.table}: {nameless} rows name no gene and are not read")
    rows = rows[~genes.isin(MISSING)]
    genes = genes[~genes.isin(MISSING)]
    written = set(genes)
    if unknown := [gene for gene in asked.exclude if gene not in written]:
        place = f"config, published.{asked.name}.exclude"
        findings.problem(place, f"the table has no gene {listed(unknown)}", "genes as the table writes them")
    for gene in (gene for gene in asked.exclude if gene not in unknown):
        findings.note(f"{asked.table}: gene {gene} was left out: {asked.exclude[gene]}")
    kept = ~genes.isin(asked.exclude)
    rows, genes = rows[kept], genes[kept]
    check_gene_names(list(genes), asked.table, findings)
    if again := duplicated(list(genes)):
        found = f"{len(again)} genes appear twice: {listed(again)}"
        meant = "a row per gene, as the authors put them together: whichever is picked here decides the answer"
        findings.problem(asked.table, found, meant)
    table = pd.DataFrame(index=pd.Index(genes, name="gene"))
    for meant, column in asked.columns.items():
        if meant != "gene":
            table[meant] = _numbers(rows[column], meant, column, asked.table, findings)
    return table


def _numbers(cells: pd.Series, meant: str, column: str, path: str, findings: Findings) -> np.ndarray:
    """Return a column as numbers; the minus sign of print is one, anything else that is no number is a problem."""
    texts = cells.fillna("").str.strip().str.replace("\u2212", "-", regex=False)
    texts = texts.where(~texts.isin(MISSING), "")
    values = pd.to_numeric(texts.where(texts != "", None), errors="coerce").to_numpy(dtype=float)
    wrong = texts[(texts != "").to_numpy() & ~np.isfinite(values)]
    bounds = wrong[wrong.str.match(r"^[<>≤≥]")]
    if len(bounds):
        found = f'{len(bounds)} cells of "{column}" say only "{bounds.iloc[0]}" (line {bounds.index[0]})'
        right = "the number itself: no error follows from a bound"
        findings.problem(path, found, f"{right}; `exclude` leaves genes out" if meant == "p" else "the number itself")
    commas = wrong[wrong.str.match(r"^[+-]?\d+,\d+$")]
    if len(commas):
        found = f'{len(commas)} cells of "{column}" have a decimal comma: {commas.iloc[0]} (line {commas.index[0]})'
        findings.problem(path, found, "a decimal point")
    others = wrong.drop([*bounds.index, *commas.index])
    if len(others):
        found = f'{len(others)} cells of "{column}" are no numbers: {others.iloc[0]} (line {others.index[0]})'
        findings.problem(path, found, f"numbers, or one of {listed(MISSING[1:])} where nothing is known")
    return values


def _check_p_values(values: Mapping[str, np.ndarray], asked: Published, findings: Findings) -> None:
    """Tell of p-values that are none, and of those from which no error follows."""
    if "p" not in values:
        return
    p = values["p"]
    if int((outside := (p < 0) | (p > 1)).sum()):
        found = f'{int(outside.sum())} values of "{asked.columns["p"]}" lie outside 0 to 1, such as {p[outside][0]:g}'
        findings.problem(asked.table, found, "p-values; their logarithms are another column")
    if asked.error_from != ("p",) or "p_at_bounds" in asked.accept:
        return
    for bound, why in ((0, "the program rounded it"), (1, "every error would fit")):
        if count := int((p == bound).sum()):
            found = f"p is exactly {bound} in {count} row{'s' if count > 1 else ''}: {why}, and no error follows"
            meant = (
                'the statistic or the error in place of p; "accept: [p_at_bounds]" leaves these genes without effect'
            )
            findings.problem(asked.table, found, meant)


def _errors(effect: np.ndarray, values: Mapping[str, np.ndarray], asked: Published, findings: Findings) -> np.ndarray:
    """Return the standard error of each log2 effect, from the first of `ERROR_FROM` that the table has."""
    if asked.error_from == ("error",):
        return values["error"] * numbers.PER_LOG2[asked.scale]
    if asked.error_from == ("ci_low", "ci_high"):
        if asked.scale in numbers.FOLD_CHANGES:
            numbers.check_limits_as_ratios(values["ci_low"], values["ci_high"], asked.scale, asked.table, findings)
        low, high = (numbers.to_log2(values[name], asked.scale) for name in ("ci_low", "ci_high"))
        numbers.check_limits(effect, low, high, asked.table, findings)
        return (high - low) / (2 * numbers.quantile(1 - asked.confidence, asked.freedom))
    if asked.error_from == ("statistic",):
        numbers.check_signs(effect, values["statistic"], asked.table, findings)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.abs(effect / values["statistic"])
    return numbers.error_of_p(effect, values["p"], asked.freedom)


def _nothing_measured(effect: np.ndarray, values: Mapping[str, np.ndarray]) -> np.ndarray:
    return (effect == 0) & (values["p"] == 1) if "p" in values else np.zeros(len(effect), dtype=bool)


def _why_no_error(values: Mapping[str, np.ndarray], asked: Published) -> np.ndarray:
    """Say of each gene why it would have no error."""
    missing = np.any([~np.isfinite(values[name]) for name in asked.error_from], axis=0)
    reason = f"no {' and '.join(asked.error_from)} in the published table".replace("_", " ")
    return np.where(missing, reason, f"no error follows from {' and '.join(asked.error_from)} here")


def _is_selected(p_values: np.ndarray) -> bool:
    """Whether the genes were chosen by their p-values; of a few genes it cannot be decided."""
    known = p_values[np.isfinite(p_values)]
    return len(known) >= numbers.ENOUGH and bool(known.max() <= CHOSEN_BELOW)
