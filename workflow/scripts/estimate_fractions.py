"""Estimate the leukaemic fraction of the samples of one cohort from a reference of pure profiles."""

import numpy as np
import pandas as pd
from anndata import read_h5ad

from autocrine.input.cohort import make_cohort
from autocrine.input.contract import lengths_of
from autocrine.input.fraction_reference import match_reference, read_reference
from autocrine.input.known_genes import read_known_genes
from autocrine.problems import Findings
from autocrine.run.job import job
from autocrine.samples.composition import FRACTION
from autocrine.samples.fractions import estimate_fractions
from autocrine.tables import write_table


def main(counts, genes, own_genes, name, entry, outputs):
    """Write `fractions.tsv`, `fraction_draws.tsv.gz` and `fraction_markers.tsv`."""
    data, findings, cohort = read_h5ad(counts), Findings(), make_cohort(name, entry)
    reference, where = cohort.fraction_reference, f"config, cohorts.{name}.fraction_reference"
    profiles = read_reference(reference, where, findings)
    findings.raise_if_any()
    known = read_known_genes(*genes, own_genes, findings)
    shared = match_reference(profiles, data.var_names, cohort, known, reference["file"], findings)
    findings.raise_if_any()
    values = pd.DataFrame(np.asarray(data.X, dtype=float), index=data.obs_names, columns=data.var_names)
    if reference["scale"] == "tpm":
        # Per kilobase, so that reads of markers stay of the size of reads.
        values = values / (lengths_of(data) / 1000)
    panel = list(data.var_names[data.var["panel"] != ""])
    try:
        found = estimate_fractions(
            values[shared.index].to_numpy(), data.obs_names, shared, reference["leukemic"], panel
        )
    except ValueError as error:
        right = "profiles that differ in expression: one for each kind of cells, not one for each donor"
        findings.problem(reference["file"], str(error), right)
    findings.raise_if_any()
    measured = data.obs[FRACTION].to_numpy() if FRACTION in data.obs else np.nan
    origin = data.uns["data_origin"]
    write_table(outputs.fractions, found.table.assign(origin="estimated", measured=measured).reset_index(), origin)
    write_table(outputs.draws, found.draws.reset_index(), origin)
    markers = [(profile, gene) for profile, names in found.markers.items() for gene in names]
    write_table(outputs.markers, pd.DataFrame(markers, columns=["profile", "gene_id"]), origin)


if __name__ == "__main__":
    with job(snakemake):
        given = snakemake.input
        main(
            counts=given.counts,
            genes=(given.genes, given.refused, given.mouse_genes),
            own_genes=given.own_genes[0] if given.own_genes else None,
            name=snakemake.wildcards.cohort,
            entry=snakemake.params.cohort,
            outputs=snakemake.output,
        )
