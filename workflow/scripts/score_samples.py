"""Score every sample, test the scores like genes, and correlate the genes of the loop."""

import pandas as pd
from anndata import read_h5ad

from autocrine.cohort import sheet_of
from autocrine.config import Statistics, make_model
from autocrine.log import logged
from autocrine.panel import read_panel
from autocrine.problems import Findings
from autocrine.scoring import correlate_models, score_cohort, test_scores
from autocrine.tables import write_table


def main(normalised, counts, panel, models, statistics, outputs):
    """Write the scores, their tests in every contrast, and the correlations."""
    data, record = read_h5ad(normalised), read_h5ad(counts, backed="r").uns["import"]
    origin, findings = data.uns["data_origin"], Findings()
    genes = read_panel(panel, findings)
    findings.raise_if_any()
    found = record["panel_genes"]["gene_id"].to_numpy()
    present = [gene != "" for gene in found]
    layers = {
        name: pd.DataFrame(data[:, found[present]].layers[name], data.obs_names, genes.loc[present, "symbol"])
        for name in ("vst", "log_cpm")
    }
    sheet, models = sheet_of(data.obs), {name: make_model(name, entry) for name, entry in models.items()}
    scores = score_cohort(layers["log_cpm"], layers["vst"], genes)
    write_table(outputs.scores, scores.values.rename_axis("sample").reset_index(), origin)
    write_table(outputs.tests, test_scores(scores, sheet, models, Statistics(**statistics)), origin)
    write_table(outputs.correlations, correlate_models(layers["vst"], sheet, models, statistics["alpha"]), origin)


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        main(
            normalised=snakemake.input.normalised,
            counts=snakemake.input.counts,
            panel=snakemake.input.panel,
            models=snakemake.params.models,
            statistics=snakemake.params.statistics,
            outputs=snakemake.output,
        )
