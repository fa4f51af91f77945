"""What the headers of a cohort of cells say before any count is read: samples, states, and designs that they allow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from autocrine.cells.assignment import assign_cells, assigned_groups
from autocrine.cells.blocks import Cells, open_cells
from autocrine.cells.decisions import check_doublets, find_doublets
from autocrine.cells.joined import same_genes
from autocrine.cells.labels import words_of
from autocrine.cells.pseudobulks import FRACTION, check_names, check_sheet_columns, pseudobulk_sheet
from autocrine.cells.survivors import check_viable
from autocrine.input.cell_source import CellSource, Part, find_parts
from autocrine.input.genes import check_gene_names
from autocrine.input.readers.text import duplicated, parse_rows, read_delimited
from autocrine.input.sheet import MISSING, read_sheet
from autocrine.problems import Findings, listed

if TYPE_CHECKING:
    from autocrine.input.cohort import Cohort


@dataclass(frozen=True)
class Survey:
    """A cohort of cells, by its headers.

    Attributes
    ----------
    sheet
        A row per sample and state that may be summed (`pseudobulk_sheet`), by the cells before quality.
    groups
        sample, state, cells: also of those with too few cells.
    genes
        Names of the genes.
    annotation
        Genes x text columns beside them.
    cells
        How many there are in all files.
    """

    sheet: pd.DataFrame
    groups: pd.DataFrame
    genes: pd.Index
    annotation: pd.DataFrame
    cells: int


def survey_cells(cohort: Cohort, samples_schema: dict[str, Any], findings: Findings) -> Survey | None:
    """Read the headers of all files of cells, the labels and the sheet, and check them against each other.

    Parameters
    ----------
    cohort : Cohort
        One with cells.
    samples_schema : dict
        JSON Schema of one row of the sheet.
    findings : Findings
        Receives every problem.

    Returns
    -------
    Survey, or None where something cannot be used.
    """
    source, before = cohort.cells, len(findings.problems)
    assert source is not None and cohort.samples is not None
    where = f"config, cohorts.{cohort.name}"
    sheet = read_sheet(cohort.samples, samples_schema, cohort.numeric, findings)
    if sheet is not None:
        check_sheet_columns(sheet, cohort.samples, source.label_column is not None, findings)
        check_viable(sheet.drop(index=list(cohort.exclude), errors="ignore"), cohort.samples, findings)
        if "patient" not in sheet.columns:
            findings.note(f"{cohort.samples}: there is no column patient, so each sample is taken for another patient")
    labels = read_labels(source, findings) if source.label_file is not None else None
    tables, first, number = [], None, 0
    for part in find_parts(source):
        if part.sample is not None and part.sample in cohort.exclude:
            continue
        with open_cells(part.path, cohort.source.layer, findings) as cells:
            if cells is None:
                continue
            if first is None:
                first = (part.path, cells.var)
                _check_genes(cells, part.path, findings)
            same_genes([(first[0], first[1].index), (part.path, cells.var.index)], findings)
            table = cells_table(cells, part, source, f"{where}.cells", findings)
            number += len(cells.obs)
        if table is not None:
            tables.append(table)
        if source.raw and part.sample is not None and part.raw is None:
            findings.problem(f"{where}.cells.raw", f"there is no matrix of droplets of {part.sample}", "one per sample")
    if sheet is None or first is None or len(findings.problems) > before:
        return None
    cells = pd.concat(tables)
    assigned = assign_cells(cells, source, labels, sheet.index, cohort.exclude, where, findings)
    if assigned is None:
        return None
    groups = assigned_groups(assigned)
    check_names(groups, f"{where}.cells", findings)
    enough = groups[groups["cells"] >= source.min_cells].reset_index(drop=True)
    if enough.empty:
        most = "no cell has a sample and a state" if groups.empty else f"at most {groups['cells'].max()} cells"
        findings.problem(f"{where}.cells", f"no sample has {source.min_cells} cells of a state: {most}", "more cells")
    if len(findings.problems) > before:
        return None
    if "state" in groups:
        for state, most in groups.groupby("state", sort=True)["cells"].max().items():
            if most < source.min_cells:
                few = f"state {state} has at most {most} cells in a sample, fewer than min_cells ({source.min_cells})"
                findings.note(f"{where}.cells: {few}: there are no sums of it")
    rows = pseudobulk_sheet(sheet, enough.merge(_shares(cells, assigned, source), how="left"))
    return Survey(rows, groups, first[1].index, text_columns(first[1]), number)


def _check_genes(cells: Cells, path: str, findings: Findings) -> None:
    """Tell of names of genes that cannot be used: none, one that appears twice, one that became a date."""
    names = cells.var.index.astype(str)
    check_gene_names(list(names), path, findings)
    if nameless := int((names.str.strip() == "").sum()):
        found = f"{nameless} gene{'s have' if nameless > 1 else ' has'} no name"
        findings.problem(path, found, "an identifier of its own for each gene")
    if names.has_duplicates:
        twice = list(names[names.duplicated()].unique())
        findings.problem(path, f"{len(twice)} genes appear twice: {listed(twice, 3)}", "each gene once")


def _shares(cells: pd.DataFrame, assigned: pd.DataFrame, source: CellSource) -> pd.DataFrame:
    """Return what tables say of the cells of each sample and state, before any cell is left out for its quality.

    Columns beside sample and state: leukemic_fraction, where all have calls of the fusion; doublet_share, where a
    column marks doublets. Designs may name them.
    """
    kept = (assigned["reason"] == "").to_numpy()
    keys = [assigned.loc[kept, name] for name in ("sample", "state") if name in assigned.columns]
    held = {}
    if source.fusion is not None:
        call = assigned.loc[kept, "fusion"]
        # A call that is missing is none that is negative.
        fraction = (call == "positive").astype(float).where(call != "unknown").groupby(keys, observed=True).mean()
        if fraction.notna().all():
            held[FRACTION] = fraction
    if source.doublet_column is not None:
        marked = pd.Series(find_doublets(cells, source)[kept], keys[0].index)
        held["doublet_share"] = marked.astype(float).groupby(keys, observed=True).mean()
    groups = keys[0].groupby(keys, observed=True).size()
    return pd.DataFrame(held, index=groups.index).reset_index()


def cells_table(cells: Cells, part: Part, source: CellSource, where: str, findings: Findings) -> pd.DataFrame | None:
    """Return sample and the columns that the configuration names of each cell of a file.

    Columns that are in the table of labels are not looked for here.
    """
    obs, asked = cells.obs, [source.doublet_column]
    if source.label_file is None:
        asked += [source.label_column, source.fusion]
    wanted = [name for name in dict.fromkeys(asked) if name is not None]
    by_column = part.sample is None and source.sample_column is not None
    if by_column and source.sample_column not in obs.columns:
        right = f"one of: {listed(obs.columns)}" if len(obs.columns) else "files with a table of cells (obs)"
        found = f'there is no column "{source.sample_column}" in {part.path}'
        findings.problem(f"{where}.sample_column", found, right)
        return None
    if lacking := [name for name in wanted if name not in obs.columns]:
        right = f"one of: {listed(obs.columns)}" if len(obs.columns) else "a file of labels (labels: {file: ...})"
        findings.problem(part.path, f"its cells have no column {listed(lacking)}", right)
        return None
    if source.doublet_column is not None:
        check_doublets(obs[source.doublet_column], f"{where}.doublet_column", findings)
    table = obs[wanted].copy()
    # Samples may be numbered.
    table.insert(0, "sample", words_of(obs[source.sample_column]).to_numpy() if by_column else part.sample)
    return table.set_axis(obs.index.astype(str), axis=0)


def read_labels(source: CellSource, findings: Findings) -> pd.DataFrame | None:
    """Read the table of labels: indexed by barcode, with the sample where it has one; text as written."""
    assert source.label_file is not None
    text = read_delimited(source.label_file, findings, "barcode")
    if text is None:
        return None
    if twice := duplicated(text.header):
        findings.problem(source.label_file, f"columns appear twice: {listed(twice)}", "each column once")
        return None
    asked = [name for name in (source.label_column, source.fusion) if name is not None]
    lacking = [name for name in ("barcode", *asked) if name not in text.header]
    if lacking:
        found = f"there is no column {listed(lacking)}; found: {listed(text.header)}"
        findings.problem(source.label_file, found, "a row per cell: barcode, sample, and what labels and fusion name")
        return None
    table = parse_rows(text, source.label_file, findings, dtype=str, keep_default_na=False)
    if table is None:
        return None
    kept = ["barcode", *(["sample"] if "sample" in table.columns else []), *asked]
    table = table[kept].apply(lambda column: column.fillna("").str.strip())
    return table.astype(object).where(~table.isin(MISSING), None).set_index("barcode")


def text_columns(var: pd.DataFrame) -> pd.DataFrame:
    """Return the columns of genes that are text, such as their symbols."""
    texts = [name for name in var.columns if not pd.api.types.is_numeric_dtype(var[name])]
    return var[texts].astype(str)
