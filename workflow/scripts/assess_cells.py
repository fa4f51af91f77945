"""Measure the cells of some files: depth, genes, and the counts of panel genes."""

import numpy as np
import pandas as pd
from anndata import AnnData
from scipy import sparse

from autocrine.cells.ambient import soup_profile
from autocrine.cells.blocks import open_cells
from autocrine.cells.cell_species import check_species
from autocrine.cells.doublets import mark_doublets, places_of_runs, score_cells
from autocrine.cells.joined import same_genes
from autocrine.cells.passes import SIZE, measure_file
from autocrine.cells.survey import cells_table, text_columns
from autocrine.input.cell_source import Part
from autocrine.input.cohort import make_cohort
from autocrine.input.importing import identify_genes
from autocrine.input.known_genes import read_known_genes
from autocrine.input.panel import read_panel
from autocrine.input.readers.counts import CountTable
from autocrine.problems import Findings
from autocrine.run.job import job
from autocrine.tables import write_whole


def main(name, entry, parts, genes, panel, origin, output):
    """Write the cells of some files: a row per cell with its measures, a column per panel gene with its counts."""
    cohort, findings = make_cohort(name, entry), Findings()
    known, panel = read_known_genes(*genes, cohort.genes, findings), read_panel(panel, findings)
    findings.raise_if_any()
    where, first, found = f"config, cohorts.{name}.cells", None, None
    tables, counts, soups = [], [], {}
    for part in parts:
        with open_cells(part.path, cohort.source.layer, findings) as cells:
            findings.raise_if_any()
            if first is None:
                first = (part.path, cells.var)
                check_species(cells, cohort.species, known, findings)
                findings.raise_if_any()
                found = _find_panel(cells.var, cohort, known, panel)
            same_genes([(first[0], first[1].index), (part.path, cells.var.index)], findings)
            table = cells_table(cells, part, cohort.cells, where, findings)
            findings.raise_if_any()
            measured = measure_file(cells, SIZE, findings, found["place"].to_numpy())
            findings.raise_if_any()
            depths, asked = measured
            depths = _with_doublets(depths, cells, table["sample"].to_numpy(dtype=object), cohort.cells, findings)
            findings.raise_if_any()
        if part.raw is not None:
            soups[part.sample] = _soup(part.raw, cohort.source.layer, first, findings)
            findings.raise_if_any()
        # By place: samples of one file may share barcodes.
        tables.append(table.assign(file=part.name, **{name: depths[name].to_numpy() for name in depths}))
        counts.append(asked)
    obs = pd.concat(tables).rename_axis("barcode").reset_index()
    held = obs["mito"] >= 0
    obs["mito_share"] = np.where(held, obs["mito"] / obs["depth"].clip(lower=1), np.nan)
    obs = obs.drop(columns="mito").set_axis(pd.RangeIndex(len(obs)).astype(str), axis=0)
    data = AnnData(sparse.csr_matrix(sparse.vstack(counts)), obs=obs, var=found.set_index("symbol"))
    data.uns["data_origin"] = origin
    if soups:
        data.uns["soups"] = pd.DataFrame(soups, index=first[1].index.astype(str))
    write_whole(output, data.write_h5ad)


def _soup(path, layer, first, findings):
    """Return the counts of droplets without a cell, of the genes of the cells in their order."""
    counts, (name, var) = soup_profile(path, layer=layer)["counts"], first
    genes = var.index.astype(str)
    if not counts.index.equals(genes) and counts.index.is_unique and set(counts.index) == set(genes):
        counts = counts.loc[genes]
    same_genes([(name, genes), (path, counts.index)], findings)
    return counts.to_numpy()


def _with_doublets(measured, cells, samples, source, findings):
    """Add a score of doublets, and which are marked, of each sample of a file that can be scored."""
    if source.doublets == "off" or source.doublet_column is not None:
        return measured
    sound = (measured["depth"] >= source.min_umi).to_numpy()
    score, marked = np.full(len(measured), np.nan), np.zeros(len(measured), dtype=bool)
    if runs := places_of_runs(sound, samples):
        score = score_cells(cells, runs, findings)
        for run in runs if score is not None else ():
            marked[run] = mark_doublets(score[run])
    return measured.assign(doublet_score=score, doublet=marked)


def _find_panel(var, cohort, known, panel):
    """Return symbol, gene_id and place among the genes of the panel genes that the files have."""
    names = CountTable(pd.DataFrame({"cells": 0}, index=var.index), text_columns(var))
    mapped, found = identify_genes(names, cohort, known, panel)
    place = pd.Series(range(len(mapped)), index=mapped["gene_id"])
    held = found["gene_id"].notna().to_numpy()
    gene_id = found.loc[held, "gene_id"].astype(str)
    table = {"symbol": panel["symbol"][held].to_numpy(), "gene_id": gene_id.to_numpy()}
    return pd.DataFrame(table | {"place": place[gene_id].to_numpy()})


if __name__ == "__main__":
    with job(snakemake):
        main(
            name=snakemake.wildcards.cohort,
            entry=snakemake.params.cohort,
            parts=[Part(**part) for part in snakemake.params.parts],
            genes=(snakemake.input.genes, snakemake.input.refused, snakemake.input.mouse_genes),
            panel=snakemake.input.panel,
            origin=snakemake.params.origin,
            output=snakemake.output.cells,
        )
