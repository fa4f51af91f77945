"""Decide which cells are kept, which sample and state they are of, and which sums there will be."""

import anndata
import pandas as pd

from autocrine.cells.assignment import assign_cells
from autocrine.cells.decisions import decide_cells, tabulate_pseudobulks
from autocrine.cells.settled import settle_cells
from autocrine.cells.sketch import SKETCHED, choose_sketch
from autocrine.cells.survey import read_labels
from autocrine.input.cohort import make_cohort
from autocrine.input.sheet import read_sheet
from autocrine.problems import Findings
from autocrine.run.job import job
from autocrine.tables import write_table, write_whole


def main(name, entry, files, samples_schema, origin, outputs):
    """Write all cells with what was decided of them, the limits of quality, and the pseudobulks."""
    cohort, findings = make_cohort(name, entry), Findings()
    source, where = cohort.cells, f"config, cohorts.{name}"
    sheet = read_sheet(cohort.samples, samples_schema, cohort.numeric, findings)
    labels = read_labels(source, findings) if source.label_file is not None else None
    findings.raise_if_any()
    batches = [anndata.read_h5ad(file) for file in files]
    soups = [batch.uns["soups"] for batch in batches if "soups" in batch.uns]
    data = anndata.concat(batches, merge="same")
    data.obs_names = pd.RangeIndex(data.n_obs).astype(str)
    cells = data.obs.set_index("barcode")
    assigned = assign_cells(cells, source, labels, sheet.index, cohort.exclude, where, findings)
    findings.raise_if_any()
    decided, limits = decide_cells(cells, assigned, source)
    asked = {"min_cells": source.min_cells, "min_counts": source.min_counts, "min_umi": source.min_umi}
    settled = settle_cells(decided, asked, f"{where}.cells", findings)
    findings.raise_if_any()
    data.obs = decided.reset_index().set_axis(data.obs_names, axis=0).assign(file=cells["file"].to_numpy())
    data.obs[SKETCHED] = choose_sketch(settled.of_cells(decided), decided.index)
    data.uns = {"data_origin": origin, "settled": settled.record()}
    if soups:
        data.uns["soups"] = pd.concat(soups, axis=1)
    write_whole(outputs.cells, data.write_h5ad)
    write_table(outputs.limits, limits, origin)
    write_table(outputs.pseudobulks, tabulate_pseudobulks(decided, settled, source), origin)


if __name__ == "__main__":
    with job(snakemake):
        main(
            name=snakemake.wildcards.cohort,
            entry=snakemake.params.cohort,
            files=snakemake.input.cells,
            samples_schema=snakemake.params.samples_schema,
            origin=snakemake.params.origin,
            outputs=snakemake.output,
        )
