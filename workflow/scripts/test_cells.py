"""Test what only cells can answer: shares of cells with a gene, living cells, shares of states, genes in one cell."""

import pandas as pd
from anndata import AnnData, read_h5ad

from autocrine.cells.group_losses import compare_losses
from autocrine.cells.makers import ligand_shares
from autocrine.cells.model_tests import (
    compare_detection,
    compare_living,
    compare_shares,
    judge_ambient,
    shares_per_sample,
)
from autocrine.cells.pair_tests import compare_pairs
from autocrine.cells.pseudobulks import SPECIMEN, STATE, sheet_of_specimens
from autocrine.design.question import Statistics, make_model
from autocrine.input.contract import sheet_of
from autocrine.input.panel import read_panel
from autocrine.problems import Findings
from autocrine.results.survivor_families import adjust_survivors
from autocrine.run.job import job
from autocrine.tables import read_table, write_table


def main(inputs, models, statistics, pairs, min_cells, outputs):
    """Write the tables of tests on cells."""
    findings = Findings()
    tiers = read_panel(inputs.panel, findings)
    findings.raise_if_any()
    primary = set(tiers.loc[tiers["tier"] == "primary", "symbol"])
    counts, detected = read_h5ad(inputs.counts), read_h5ad(inputs.detected)
    origin, sheet, asked = counts.uns["data_origin"], sheet_of(counts.obs), Statistics(**statistics)
    models = {name: make_model(name, entry) for name, entry in models.items()}
    panel = counts.var[counts.var["panel"] != ""]
    genes = dict(zip(panel["panel"], panel.index, strict=True))
    table = compare_detection(detected, sheet, models, asked, list(panel.index))
    table.insert(table.columns.get_loc("gene_name") + 1, "symbol", table["gene_id"].map(panel["panel"]).fillna(""))
    cells = read_h5ad(inputs.cells)
    bounds, by_gene, ambient = judge_ambient(_sums(counts), detected, _soups(cells, detected), asked.alpha)
    table = table.merge(by_gene, on=["state", "gene_id"], how="left").fillna({"ambient": ""})
    write_table(outputs.detection, table, origin)
    write_table(outputs.ambient, bounds, origin)
    write_table(outputs.shares, shares_per_sample(detected, genes, ambient), origin)
    tests, patients = compare_living(detected, sheet, models, asked, genes)
    write_table(outputs.survivors, adjust_survivors(tests, primary, asked.alpha), origin)
    write_table(outputs.survivor_patients, patients, origin)
    pseudobulks = read_table(inputs.pseudobulks)
    specimens = sheet_of_specimens(sheet, pseudobulks)
    write_table(outputs.losses, compare_losses(pseudobulks, specimens, models), origin)
    write_table(outputs.composition, compare_shares(pseudobulks, specimens, models, asked), origin)
    tests, patients = compare_pairs(cells, sheet, models, pairs, min_cells, asked)
    write_table(outputs.codetection, tests, origin)
    write_table(outputs.codetection_patients, patients, origin)
    made = [genes[gene] for gene in dict.fromkeys(gene for pair in pairs for gene in pair) if gene in genes]
    write_table(outputs.makers, _makers(counts, made), origin)


def _sums(counts):
    """Return the sums with the names that functions on sums of cells know."""
    obs = counts.obs.rename(columns={SPECIMEN: "sample"})
    obs = obs[[name for name in ("sample", STATE, "cells") if name in obs]]
    return AnnData(counts.X, obs=obs, var=counts.var[["gene_name"]])


def _soups(cells, detected):
    """Return the counts of empty droplets (genes x samples) under the names of the cohort; None without droplets."""
    if "soups" not in cells.uns:
        return None
    of_written = dict(zip(detected.var["written"], detected.var_names, strict=True))
    soups = cells.uns["soups"]
    return soups[soups.index.isin(list(of_written))].rename(index=of_written)


def _makers(counts, genes):
    """Return which states make some genes; without rows where cells have no states."""
    columns = ["gene", "sample", "state", "cells", "counts", "share", "cell_share", "count_share"]
    if STATE not in counts.obs or not genes:
        return pd.DataFrame(columns=columns)
    table = ligand_shares(_sums(counts), genes)
    return table.assign(gene=table["gene"].map(counts.var["panel"]))[columns]


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
