"""Test what became of the patients of one cohort against the panel genes and scores of their samples."""

import numpy as np
import pandas as pd
from anndata import read_h5ad

from autocrine.design.question import Statistics
from autocrine.input.contract import measure_of, sheet_of
from autocrine.input.panel import read_panel
from autocrine.measure import LOG_EXPRESSION
from autocrine.problems import Findings
from autocrine.prognosis.patients import select_patients
from autocrine.prognosis.question import make_outcome
from autocrine.prognosis.testing import test_outcome
from autocrine.run.job import job
from autocrine.samples.scores import levels_of_panel, score_cohort
from autocrine.tables import write_table


def main(cohort, normalised, counts, panel, outcomes, statistics, output):
    """Write the tests of all outcomes, `outcomes` being their entries of the configuration."""
    data, record, findings = read_h5ad(normalised), read_h5ad(counts, backed="r").uns["import"], Findings()
    genes, sheet = read_panel(panel, findings), sheet_of(data.obs)
    asked = {name: make_outcome(name, entry) for name, entry in outcomes.items()}
    patients = {name: select_patients(sheet, outcome, cohort, findings) for name, outcome in asked.items()}
    findings.raise_if_any()
    gene_ids = record["panel_genes"]["gene_id"].to_numpy()
    levels = levels_of_panel(data, gene_ids, genes)
    scores = score_cohort(levels["log_cpm"], levels["vst"], genes, measure_of(data))
    panel = genes.assign(gene_id=gene_ids)
    tables = [
        test_outcome(outcome, patients[name], levels["log_cpm"], scores, panel, Statistics(**statistics))
        for name, outcome in asked.items()
    ]
    table = pd.concat(tables, ignore_index=True)
    if measure_of(data) == LOG_EXPRESSION:
        # No level of it means that nothing was there.
        table["patients_with_counts"] = np.nan
    write_table(output, table, data.uns["data_origin"])


if __name__ == "__main__":
    with job(snakemake):
        main(
            cohort=snakemake.wildcards.cohort,
            normalised=snakemake.input.normalised,
            counts=snakemake.input.counts,
            panel=snakemake.input.panel,
            outcomes=snakemake.params.outcomes,
            statistics=snakemake.params.statistics,
            output=snakemake.output.outcomes,
        )
