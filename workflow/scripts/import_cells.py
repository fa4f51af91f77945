"""Put the sums of cells of all files together into the counts of a cohort."""

import anndata
import numpy as np
import pandas as pd

from autocrine.cells.losses import lost
from autocrine.cells.passes import join_sums
from autocrine.cells.pseudobulks import MEASURED, pseudobulk_sheet, warn_of_lost_samples
from autocrine.cells.settled import Settled
from autocrine.cells.size_factors import size_factor_genes
from autocrine.cells.survey import text_columns
from autocrine.input.cohort import make_cohort
from autocrine.input.contract import DOUBLETS
from autocrine.input.importing import ALL_GENES, CohortInput, assemble
from autocrine.input.known_genes import read_known_genes
from autocrine.input.panel import read_panel
from autocrine.input.readers.counts import CountTable, check_counts
from autocrine.input.sheet import read_sheet
from autocrine.problems import Findings
from autocrine.run.job import job
from autocrine.tables import read_table, write_table, write_whole


def main(name, entry, cells, sums, pseudobulks, samples_schema, genes, panel, outputs):
    """Write `counts.h5ad` of sums, the cells in which genes are detected, and what was left out."""
    cohort, findings = make_cohort(name, entry), Findings()
    where = f"config, cohorts.{name}.cells"
    panel, known = read_panel(panel, findings), read_known_genes(*genes, cohort.genes, findings)
    sheet = read_sheet(cohort.samples, samples_schema, cohort.numeric, findings)
    findings.raise_if_any()
    settled = Settled.of_record(anndata.read_h5ad(cells, backed="r").uns["settled"])
    parts = [part for path in sums for part in _of_files(anndata.read_h5ad(path))]
    data = join_sums(parts, settled, where, findings)
    findings.raise_if_any()

    names, measures = data.obs_names, read_table(pseudobulks).drop(columns="data_origin")
    groups = data.obs[list(settled.keys)].reset_index(drop=True)
    measures = groups.merge(measures.drop(columns=[] if "state" in groups else "state"), on=list(groups), how="left")
    # Without calls of the fusion, or where no doublet was looked for, there is nothing to know.
    columns = [*groups, *(name for name in (*MEASURED, "leukemic_fraction") if measures[name].notna().any())]
    rows = pseudobulk_sheet(sheet, measures[columns])
    warn_of_lost_samples([one for one in sheet.index if one not in cohort.exclude], groups, where, findings)
    values = pd.DataFrame(np.asarray(data.X).T, index=data.var_names.astype(str), columns=names)
    table = CountTable(values, text_columns(data.var).set_axis(values.index, axis=0), sums_of_cells=True)
    counts = check_counts(table, where, cohort.duplicate_genes, findings)
    findings.raise_if_any()
    made = assemble(CohortInput(counts, rows), cohort, known, panel, findings)
    findings.raise_if_any()
    # Rows of another species may have been left out.
    data = data[:, made.var["written"].astype(str)]
    if cohort.size_factor_genes == ALL_GENES:
        made.uns["size_factor_method"] = (
            "poscounts" if cohort.size_factor_method == "auto" else cohort.size_factor_method
        )
        made.var["size_factor_gene"] = data.var_names.isin(size_factor_genes(data))
    if "doublets" in data.layers:
        made.layers[DOUBLETS] = np.asarray(data.layers["doublets"])
    left_out = lost(data)
    made.uns["import"] |= {**data.uns["import"], "state_source": _state_source(cohort.cells)}
    write_whole(outputs.counts, made.write_h5ad)
    detected = anndata.AnnData(obs=data.obs.copy(), var=made.var, uns=dict(data.uns))
    for layer in ("detected", "expected"):
        detected.layers[layer] = np.asarray(data.layers[layer])
    detected.uns["data_origin"] = made.uns["data_origin"]
    write_whole(outputs.detected, detected.write_h5ad)
    write_table(outputs.lost, left_out, made.uns["data_origin"])


def _of_files(sums):
    """Return the sums of each file: a sample and state may have cells in several, and has then a row of each."""
    files = sums.obs.pop("file")
    parts = [sums[(files == file).to_numpy()].copy() for file in files.unique()]
    for part, file in zip(parts, files.unique(), strict=True):
        part.uns["file"] = file
    return parts


def _state_source(source):
    """Say where the states of the cells come from."""
    if source.label_column is None:
        return "none: all cells of a sample are summed"
    return f"column {source.label_column} of " + (source.label_file or "the files' obs")


if __name__ == "__main__":
    with job(snakemake):
        main(
            name=snakemake.wildcards.cohort,
            entry=snakemake.params.cohort,
            cells=snakemake.input.cells,
            sums=snakemake.input.sums,
            pseudobulks=snakemake.input.pseudobulks,
            samples_schema=snakemake.params.samples_schema,
            genes=(snakemake.input.genes, snakemake.input.refused, snakemake.input.mouse_genes),
            panel=snakemake.input.panel,
            outputs=snakemake.output,
        )
