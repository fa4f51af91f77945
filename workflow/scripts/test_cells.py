"""Test what only cells can answer: shares of cells with a gene, living cells, shares of states, genes in one cell."""

import pandas as pd
from anndata import AnnData, read_h5ad

from autocrine.cells.makers import ligand_shares
from autocrine.cells.model_tests import (
    compare_detection,
    compare_living,
    compare_pairs,
    compare_shares,
    shares_per_sample,
)
from autocrine.cells.pseudobulks import SPECIMEN, STATE, sheet_of_specimens
from autocrine.design.question import Statistics, make_model
from autocrine.input.contract import sheet_of
from autocrine.run.job import job
from autocrine.tables import read_table, write_table


def main(inputs, models, statistics, pairs, min_cells, outputs):
    """Write the tables of tests on cells."""
    counts, detected = read_h5ad(inputs.counts), read_h5ad(inputs.detected)
    origin, sheet, asked = counts.uns["data_origin"], sheet_of(counts.obs), Statistics(**statistics)
    models = {name: make_model(name, entry) for name, entry in models.items()}
    panel = counts.var[counts.var["panel"] != ""]
    genes = dict(zip(panel["panel"], panel.index, strict=True))
    table = compare_detection(detected, sheet, models, asked, list(panel.index))
    table.insert(table.columns.get_loc("gene_name") + 1, "symbol", table["gene_id"].map(panel["panel"]).fillna(""))
    write_table(outputs.detection, table, origin)
    write_table(outputs.shares, shares_per_sample(detected, genes), origin)
    tests, patients = compare_living(detected, sheet, models, asked, genes)
    write_table(outputs.survivors, tests, origin)
    write_table(outputs.survivor_patients, patients, origin)
    pseudobulks = read_table(inputs.pseudobulks)
    write_table(outputs.composition, compare_shares(pseudobulks, sheet_of_specimens(sheet), models, asked), origin)
    cells = read_h5ad(inputs.cells)
    tests, patients = compare_pairs(cells, sheet, models, pairs, min_cells, asked)
    write_table(outputs.codetection, tests, origin)
    write_table(outputs.codetection_patients, patients, origin)
    write_table(outputs.makers, _makers(counts, [gene for pair in pairs for gene in pair if gene in genes]), origin)


def _makers(counts, symbols):
    """Return which states make these panel genes; without rows where cells have no states."""
    columns = ["gene", "sample", "state", "cells", "counts", "share", "cell_share", "count_share"]
    if STATE not in counts.obs or not symbols:
        return pd.DataFrame(columns=columns)
    obs = pd.DataFrame({"sample": counts.obs[SPECIMEN], "state": counts.obs[STATE], "cells": counts.obs["cells"]})
    var = pd.DataFrame({"symbol": counts.var["panel"]}, index=counts.var_names)
    return ligand_shares(AnnData(counts.X, obs=obs, var=var), list(dict.fromkeys(symbols)))[columns]


if __name__ == "__main__":
    with job(snakemake):
        main(
            inputs=snakemake.input,
            models=snakemake.params.models,
            statistics=snakemake.params.statistics,
            pairs=[tuple(pair) for pair in snakemake.params.pairs],
            min_cells=snakemake.params.min_cells,
            outputs=snakemake.output,
        )
