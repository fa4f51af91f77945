"""Test the scores of one cohort like genes, and correlate the genes of the loop."""

from anndata import read_h5ad

from autocrine.design.matrix import read_factors
from autocrine.design.question import Statistics, make_model
from autocrine.input.contract import measure_of, sheet_of
from autocrine.input.panel import read_panel
from autocrine.problems import Findings
from autocrine.results.score_tests import correlate_models, test_scores
from autocrine.run.job import job
from autocrine.samples.scores import levels_of_panel, score_cohort
from autocrine.tables import read_table, write_table


def main(normalised, counts, panel, designs, models, statistics, outputs):
    """Write the tests of the scores in every contrast, and the correlations."""
    data, record, findings = read_h5ad(normalised), read_h5ad(counts, backed="r").uns["import"], Findings()
    genes = read_panel(panel, findings)
    findings.raise_if_any()
    levels = levels_of_panel(data, record["panel_genes"]["gene_id"].to_numpy(), genes)
    # Made once more rather than read: the table has neither their genes nor why one could not be made.
    scores = score_cohort(levels["log_cpm"], levels["vst"], genes, measure_of(data))
    sheet, models = sheet_of(data.obs), {name: make_model(name, entry) for name, entry in models.items()}
    origin, alpha = data.uns["data_origin"], statistics["alpha"]
    factors = {name: read_factors(read_table(file)) for name, file in designs.items()}
    tests = test_scores(scores, sheet, models, Statistics(**statistics), factors)
    write_table(outputs.tests, tests, origin)
    write_table(outputs.correlations, correlate_models(levels["vst"], sheet, models, alpha), origin)


if __name__ == "__main__":
    with job(snakemake):
        main(
            normalised=snakemake.input.normalised,
            counts=snakemake.input.counts,
            panel=snakemake.input.panel,
            designs=dict(zip(snakemake.params.with_factors, snakemake.input.designs, strict=True)),
            models=snakemake.params.models,
            statistics=snakemake.params.statistics,
            outputs=snakemake.output,
        )
