"""Counts and sample sheet of a cohort brought together, checked, and put into one AnnData object."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from autocrine.input.cohort import Cohort
from autocrine.input.expression import check_expression
from autocrine.input.genes import check_gene_names
from autocrine.input.orthologues import NO_ORTHOLOGUE
from autocrine.input.own_genes import check_holds
from autocrine.input.panel import CONTROL_GROUP, find_panel_genes, keep_first
from autocrine.input.probes import name_genes, read_probes
from autocrine.input.readers.counts import CountTable, check_counts
from autocrine.input.readers.dispatch import read_counts
from autocrine.input.replicates import sum_replicates
from autocrine.input.sheet import check_sheet, read_sheet
from autocrine.input.source import without_secrets
from autocrine.input.species import OTHER, KnownGenes, identify_rows, settle_species
from autocrine.measure import LOG_EXPRESSION
from autocrine.problems import Caution, Findings, listed
from autocrine.spelling import bare

if TYPE_CHECKING:
    from anndata import AnnData

from autocrine.input.contract import LENGTHS, tabulate_cautions

ALL_GENES, REFERENCE_GENES, FEWEST_SIZE_FACTOR_GENES = "all", "reference_genes", 5
# Of the panel, and of all genes: with fewer there is reason to ask whether the matrix is whole.
MOST_ABSENT, FEWEST_FOR_SETS, LEAST_KNOWN = 0.5, 3000, 0.3
NAME_COLUMNS = ("gene_name", "gene_symbol", "symbol", "external_gene_name", "gene")


@dataclass(frozen=True)
class CohortInput:
    """What was read for one cohort: counts (genes x samples) and sheet, in the same sample order.

    Either is None where it cannot be used, so that the other can still be checked.
    """

    counts: CountTable | None
    sheet: pd.DataFrame | None


def read_cohort(cohort: Cohort, samples_schema: dict[str, Any], findings: Findings) -> CohortInput:
    """Read and check the counts and the sample sheet of one cohort.

    Parameters
    ----------
    cohort
        Paths and choices.
    samples_schema
        JSON Schema of one sheet row.
    findings
        Receives every problem and note.

    Returns
    -------
    Counts and sheet with the same samples in the order of the sheet.
    """
    sheet = read_sheet(cohort.samples, samples_schema, cohort.numeric, findings) if cohort.samples else None
    if not cohort.source.paths:
        findings.note(f"{without_secrets(cohort.download.url)}: the counts are checked when they have been fetched")
        return CohortInput(None, sheet)
    samples = None if sheet is None else list(sheet.index)
    table, obs = read_counts(cohort.source, samples, findings, tuple(cohort.exclude))
    where = cohort.source.where
    if not cohort.samples and obs is not None:
        sheet = check_sheet(obs, f"{where}, obs", samples_schema, cohort.numeric, findings)
    if table is None:
        return CohortInput(None, sheet)
    if not cohort.samples and obs is None:
        findings.problem(
            f"config, cohorts.{cohort.name}",
            'the key "samples" is missing, and the counts carry no sample table',
            "the path of the sample sheet (only .h5ad files and series matrices can do without one)",
        )
    if sheet is not None:
        table, sheet = _match_samples(table, sheet, cohort, findings)
    check_gene_names(list(table.values.index), where, findings)
    if cohort.measure == LOG_EXPRESSION:
        return CohortInput(_check_expression(table, cohort, findings), sheet)
    if cohort.probes is not None:
        findings.problem(
            f"config, cohorts.{cohort.name}.probes",
            "it is for probes of arrays, and the cohort holds counts",
            '"measure: log_expression", or no table of probes',
        )
    counts = check_counts(table, where, cohort.duplicate_genes, findings)
    if cohort.sum_by and counts is not None and sheet is not None and set(sheet.index) <= set(counts.values.columns):
        summed = sum_replicates(counts, sheet, cohort.sum_by, f"config, cohorts.{cohort.name}.sum_by", findings)
        counts, sheet = summed or (None, None)
    if counts is not None and cohort.size_factor_genes != REFERENCE_GENES:
        _check_size_factors(counts, cohort, _size_factor_rows(counts, cohort), findings)
    return CohortInput(counts, sheet)


def _check_expression(table: CountTable, cohort: Cohort, findings: Findings) -> CountTable | None:
    """Check log expression and bring it to one row per gene; tell of choices that only counts have a use for."""
    place = f"config, cohorts.{cohort.name}"
    for key, given, right in (
        ("sum_by", bool(cohort.sum_by), 'log expression does not add up; "random" in a model takes samples for alike'),
        ("size_factors", (cohort.size_factor_method, cohort.size_factor_genes) != ("auto", ALL_GENES),
         "nothing: log expression is taken as it is"),
        ("lengths", cohort.source.lengths is not None, "nothing: log expression has no transcript lengths"),
    ):  # fmt: skip
        if given:
            findings.problem(f"{place}.{key}", "it is for counts, and the cohort holds log expression", right)
    probes = None
    if cohort.probes is not None:
        probes = read_probes(cohort.probes, findings)
        if probes is None:
            return None
    checked = check_expression(table, cohort.source.where, findings)
    if checked is None:
        return None
    return name_genes(checked, probes, cohort.probes or "", cohort.probe_choice, cohort.source.where, findings)


def _size_factor_rows(counts: CountTable, cohort: Cohort) -> np.ndarray:
    """Tell which rows of the counts size factors rest on, where their names say so."""
    asked = cohort.size_factor_genes
    return np.array([asked == ALL_GENES or str(name).startswith(asked) for name in counts.values.index], dtype=bool)


def _check_size_factors(counts: CountTable, cohort: Cohort, rows: np.ndarray, findings: Findings) -> None:
    """Tell where the genes that size factors are to rest on cannot give them."""
    where, chosen = f"config, cohorts.{cohort.name}.size_factors", counts.values.to_numpy()[rows]
    seen = (chosen > 0).any(axis=1).sum()
    of = f'genes "{cohort.size_factor_genes}": ' if cohort.size_factor_genes != ALL_GENES else ""
    if len(chosen) and seen < FEWEST_SIZE_FACTOR_GENES and of:
        found = f"{of}{seen} of {len(chosen)} genes are counted"
        findings.problem(where, found, f"{FEWEST_SIZE_FACTOR_GENES} or more")
    elif not len(chosen) and of:
        findings.problem(
            where, f"{of}no gene of the counts is called like that", "the beginning of names in the counts"
        )
    elif cohort.size_factor_method == "ratio" and not (chosen > 0).all(axis=1).any():
        findings.problem(
            where, f"{of}every gene has a zero in some sample, so there is no median of ratios", "poscounts"
        )
    elif of and not chosen.any(axis=0).all():
        empty = counts.values.columns[~chosen.any(axis=0)]
        findings.problem(where, f"{of}no count in {listed(empty)}", "genes that are counted in every sample")


def _match_samples(
    table: CountTable, sheet: pd.DataFrame, cohort: Cohort, findings: Findings
) -> tuple[CountTable, pd.DataFrame]:
    """Match samples both ways; those of one table only are a problem that names both lists."""
    counted, listed_samples = {*table.values.columns, *table.left_out}, set(sheet.index)
    unknown = [name for name in cohort.exclude if name not in counted | listed_samples]
    if unknown:
        findings.problem(
            f"config, cohorts.{cohort.name}.exclude", f"there is no sample {listed(unknown)}", "names of samples"
        )
    for name in (name for name in cohort.exclude if name not in unknown):
        findings.note(f"sample {name} was left out: {cohort.exclude[name]}")
    only_sheet = [name for name in sheet.index if name not in counted and name not in cohort.exclude]
    only_counts = [name for name in table.values.columns if name not in listed_samples and name not in cohort.exclude]
    if only_sheet or only_counts:
        findings.problem(
            f"{cohort.samples or 'obs'} and {cohort.source.where}",
            f"the samples differ. Only in the sheet: {listed(only_sheet, 20)}. Only in the counts: "
            f"{listed(only_counts, 20)}",
            _turned(table, sheet)
            + _spelling(only_sheet, only_counts)
            + 'the same samples in both, spelled alike; samples to leave out belong under "exclude" in the config',
        )
    shared = [name for name in sheet.index if name in counted and name not in cohort.exclude]
    if not shared:
        if not (only_sheet or only_counts):
            findings.problem(f"config, cohorts.{cohort.name}.exclude", "no sample is left", "at least one sample")
        return table, sheet
    if (only_sheet or only_counts) and not cohort.sum_by:
        # What is asked of samples that are spelled differently is no further problem.
        return table.of_samples(shared), sheet.drop(index=[name for name in cohort.exclude if name in sheet.index])
    # With a sample name twice in the counts, selecting by name would repeat columns; that is reported by check_counts.
    return table.of_samples(shared), sheet.loc[shared]


def _turned(table: CountTable, sheet: pd.DataFrame) -> str:
    """Say so where the rows of the counts are the samples."""
    rows = set(map(str, table.values.index)) & set(sheet.index)
    return "genes in rows and samples in columns: here it is the other way; " if len(rows) > len(sheet) / 2 else ""


def _spelling(only_sheet: list[str], only_counts: list[str]) -> str:
    """Point to names that differ in case, signs, zeros before a number or the way an accent is written only."""
    counted = {_plain(name): name for name in only_counts}
    alike = [f'"{name}" and "{counted[_plain(name)]}"' for name in only_sheet if _plain(name) in counted]
    return f"{listed(alike, 3)} differ in case, signs, leading zeros or accents only; " if alike else ""


def _plain(name: str) -> str:
    return re.sub(r"(?<!\d)0+(?=\d)", "", bare(name))


def settle_genes(counts: CountTable, cohort: Cohort, known: KnownGenes, findings: Findings) -> CountTable:
    """Tell where the genes are not those of the species that the configuration names, or not those of its gene table.

    Returns the counts; without the rows of another species where the configuration asks for that.
    """
    if known.own is not None and cohort.genes is not None:
        check_holds(known.own, cohort.genes, counts, findings)
    return settle_species(counts, cohort, known, findings)


def identify_genes(
    counts: CountTable, cohort: Cohort, known: KnownGenes, panel: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Say which gene each row of the counts is, and which row each panel gene is.

    Returns
    -------
    The frames of `map_genes` and of `find_panel_genes`.
    """
    given = next((counts.annotation[c] for c in counts.annotation.columns if c.lower() in NAME_COLUMNS), None)
    mapped = identify_rows(list(counts.values.index), None if given is None else list(given), cohort, known)
    var, genes = mapped.set_index("gene_id"), known.of(cohort.species)
    names = [*panel["symbol"], *panel["ensembl"]]
    found = find_panel_genes(panel, var, genes, known.translation(cohort.species, names))
    return mapped, keep_first(panel, found)


def assemble(
    read: CohortInput, cohort: Cohort, known: KnownGenes, panel: pd.DataFrame, findings: Findings
) -> "AnnData":
    """Put one cohort into the AnnData that every later step reads.

    Returns
    -------
    Samples x genes; X int64 raw counts, or float64 log2 expression as uns["measure"] says; layer `LENGTHS` where they
    are estimates with transcript lengths; obs the sheet; var indexed by gene_id with gene_name, entrez, biotype,
    chromosome, written, mapping, reason, panel, panel_group, size_factor_gene and the annotation columns of the input;
    uns["import"] a record of all that was dropped, merged, unmapped, noted, warned of; uns["size_factor_method"];
    uns["species"]. Findings receive a problem
    where the panel's reference genes cannot give size factors that are to rest on them, and what `settle_genes` says.
    """
    from anndata import AnnData

    table = settle_genes(read.counts, cohort, known, findings)
    mapped, found = identify_genes(table, cohort, known, panel)
    var = mapped.reset_index().set_index("gene_id")
    var.index.name = None
    for column in table.annotation.columns:
        target = f"input_{column}" if column in (*var.columns, "gene_id", "panel") else column
        var[target] = table.annotation[column].fillna("").astype(str).to_numpy()
    var["panel"] = ""
    present = found["gene_id"].notna()
    var.loc[found.loc[present, "gene_id"], "panel"] = panel.loc[present, "symbol"].to_numpy()
    var["panel_group"] = ""
    var.loc[found.loc[present, "gene_id"], "panel_group"] = panel.loc[present, "group"].to_numpy()
    var["size_factor_gene"] = _size_factor_rows(table, cohort)
    if cohort.size_factor_genes == REFERENCE_GENES:
        var["size_factor_gene"] = (var["panel_group"] == CONTROL_GROUP).to_numpy()
        _check_size_factors(table, cohort, var["size_factor_gene"].to_numpy(), findings)
    obs = read.sheet.copy()
    for column in obs.columns:
        if not pd.api.types.is_float_dtype(obs[column]):
            obs[column] = obs[column].fillna("").astype(str)
    obs.index.name = None
    var.insert(0, "gene_id", var.index.to_numpy())
    data = AnnData(np.ascontiguousarray(table.values.to_numpy().T), obs=obs, var=var)
    if table.lengths is not None:
        data.layers[LENGTHS] = np.ascontiguousarray(table.lengths.to_numpy().T)
    data.uns["cohort"] = cohort.name
    data.uns["size_factor_method"] = cohort.size_factor_method
    data.uns["data_origin"] = cohort.data_origin
    data.uns["measure"] = cohort.measure
    data.uns["species"] = cohort.species_label
    data.uns["import"] = _record(table, cohort, mapped, found, panel, findings)
    return data


def identity_warnings(mapped: pd.DataFrame, found: pd.DataFrame, cohort: Cohort, panel: pd.DataFrame) -> list[Caution]:
    """Tell where few rows are known genes, few of the panel are there, or few genes are there at all.

    `mapped` and `found` are from `identify_genes`.
    """
    known, there = float((mapped["mapping"] != "unmapped").mean()), float(found["gene_id"].notna().mean())
    warnings = []
    single = (found["status"] == NO_ORTHOLOGUE).to_numpy()
    if single.any():
        text = (
            f"{single.sum()} of the {len(found)} panel genes have no single orthologue in mouse, and nothing is said "
            f"of them: {listed(panel['symbol'][single], 20)}"
        )
        warnings.append(Caution(NO_ORTHOLOGUE, text, "input"))
    if there < MOST_ABSENT:
        absent = int(found["gene_id"].isna().sum())
        all_or_some = "all" if absent == len(found) else f"{absent} of the"
        text = f"{all_or_some} {len(found)} panel genes are missing from the data, and nothing is said of them"
        warnings.append(Caution("absent_panel_genes", text, "input"))
    if len(mapped) < FEWEST_FOR_SETS:
        text = (
            f"the data have only {len(mapped):,} genes, perhaps a selection: gene sets are compared with these, not "
            "with all genes"
        )
        if cohort.measure != LOG_EXPRESSION:
            text += ", and size factors assume that most of them do not change"
        warnings.append(Caution("few_genes", text, "input"))
    if known < LEAST_KNOWN:
        whose = (
            "genes of the given table" if cohort.species == OTHER else f"{cohort.species} genes of the bundled table"
        )
        text = (
            f"only {known:.0%} of the gene names are {whose}: another species, or another kind of identifier? Panel "
            "genes will be missing"
        )
        warnings.append(Caution("unknown_names", text, "input"))
    return warnings


def _record(
    table: CountTable,
    cohort: Cohort,
    mapped: pd.DataFrame,
    found: pd.DataFrame,
    panel: pd.DataFrame,
    findings: Findings,
) -> dict[str, Any]:
    """Count and list what import did, as plain tables that .h5ad can hold."""
    unmapped = mapped[mapped["reason"] != ""]
    return {
        "samples": int(table.values.shape[1]),
        "genes": int(table.values.shape[0]),
        "mapping": {kind: int(count) for kind, count in mapped["mapping"].value_counts().items()},
        "notes": np.array(findings.notes, dtype=object),
        "warnings": tabulate_cautions([*findings.warnings, *identity_warnings(mapped, found, cohort, panel)]),
        "excluded_samples": _pairs(dict(cohort.exclude), "sample", "reason"),
        "dropped_rows": _pairs(table.dropped, "row", "reason"),
        "merged_genes": _pairs({k: str(v) for k, v in table.merged.items()}, "gene", "rows"),
        "unresolved_names": unmapped.reset_index()[["written", "mapping", "reason"]].astype(str),
        **{name: part.reset_index(drop=True) for name, part in table.record.items()},
        "panel_genes": found.fillna("").assign(symbol=panel["symbol"]).astype(str).reset_index(drop=True),
    }


def _pairs(items: dict[str, str], key: str, value: str) -> pd.DataFrame:
    return pd.DataFrame({key: list(items), value: list(items.values())}, dtype=object)
