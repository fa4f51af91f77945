"""The reference of a leukaemic fraction: genes x pure profiles, read and checked."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from autocrine.input.cohort import Cohort
from autocrine.input.genes import check_gene_names
from autocrine.input.readers.text import duplicated, parse_rows, read_delimited
from autocrine.input.species import KnownGenes, identify_rows
from autocrine.problems import Findings, listed

# Of fewer genes of both no total of a sample is known.
FEWEST_SHARED = 500
# No logarithm of expression is larger, and any table of counts or of a million has larger values.
LARGEST_LOGARITHM = 30.0
MILLION = 1e6


def read_reference(reference: Mapping[str, str], where: str, findings: Findings) -> pd.DataFrame | None:
    """Read a reference of pure profiles.

    Parameters
    ----------
    reference
        file, leukemic (the column of the leukaemic profile) and scale ("counts" or "tpm").
    where
        Its place in the configuration.
    findings
        Receives every problem: no numbers, negative or all zero, logarithms, columns that do not add up to a million
        where they are to, genes twice, no leukaemic profile or no other.

    Returns
    -------
    Genes (as written) x profiles, or None where it cannot be used.
    """
    path, before = reference["file"], len(findings.problems)
    text = read_delimited(path, findings)
    if text is None:
        return None
    if twice := duplicated(text.header):
        findings.problem(path, f"profiles of one name: {listed(twice)}", "a name for each profile")
        return None
    rows = parse_rows(text, path, findings, dtype=str, keep_default_na=False)
    if rows is None:
        return None
    genes, cells = rows.iloc[:, 0].str.strip(), rows.iloc[:, 1:]
    values = cells.apply(pd.to_numeric, errors="coerce").astype(float)
    if reference["leukemic"] not in values.columns:
        right = f"one of its columns: {listed(values.columns, 20)}"
        findings.problem(f"{where}.leukemic", f'the reference has no profile "{reference["leukemic"]}"', right)
    if values.shape[1] < 2:
        findings.problem(path, "one profile only", "the leukaemic one, and each of those that it is mixed with")
    check_gene_names(list(genes), path, findings)
    if again := duplicated(list(genes)):
        findings.problem(path, f"{len(again)} genes appear twice: {listed(again)}", "a row per gene")
    if wrong := [f"{name} (line {values.index[bad][0]})" for name, bad in _bad(values).items()]:
        findings.problem(
            path, f"cells that are no numbers of 0 or more: {listed(wrong)}", "expression, 0 where there is none"
        )
    elif len(values):
        _check_scale(values, reference["scale"], path, findings)
    if len(findings.problems) > before:
        return None
    return values.set_axis(pd.Index(genes, name="gene"), axis=0)


def _bad(values: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return per profile with cells that are no expression which these are."""
    found = {str(name): ~(np.isfinite(column) & (column >= 0)).to_numpy() for name, column in values.items()}
    return {name: bad for name, bad in found.items() if bad.any()}


def _check_scale(values: pd.DataFrame, scale: str, path: str, findings: Findings) -> None:
    """Tell of profiles that are not on the scale that the configuration says."""
    totals = values.sum(axis=0)
    if (totals == 0).any():
        findings.problem(path, f"profiles without any expression: {listed(totals.index[totals == 0])}", "pure profiles")
    elif values.to_numpy().max() <= LARGEST_LOGARITHM:
        found = f"no value is above {LARGEST_LOGARITHM:g}: logarithms?"
        findings.problem(path, found, "counts or transcripts per million: shares add up on no logarithmic scale")
    elif scale == "tpm" and (totals > 1.01 * MILLION).any():
        found = f"profiles that add up to more than a million: {listed(totals.index[totals > 1.01 * MILLION])}"
        findings.problem(path, found, '"scale: counts", or transcripts per million')


def match_reference(
    profiles: pd.DataFrame, genes: pd.Index, cohort: Cohort, known: KnownGenes, path: str, findings: Findings
) -> pd.DataFrame | None:
    """Return the profiles by the genes of a cohort (`gene_id`) that both have; None, with a problem, of too few."""
    mapped = identify_rows(list(profiles.index), None, cohort, known)
    named = profiles.set_axis(mapped["gene_id"].to_numpy(), axis=0)
    shared = named.loc[genes[genes.isin(named.index)]]
    if len(shared) < FEWEST_SHARED:
        found = f"{len(shared)} of its {len(profiles):,} genes are in the counts"
        findings.problem(path, found, f"{FEWEST_SHARED} or more, by identifiers of {cohort.species_label}")
        return None
    return shared
