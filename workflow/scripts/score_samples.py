"""Score every sample of one cohort."""

from anndata import read_h5ad

from autocrine.input.contract import measure_of
from autocrine.input.panel import read_panel
from autocrine.problems import Findings
from autocrine.run.job import job
from autocrine.samples.scores import levels_of_panel, score_cohort
from autocrine.tables import write_table


def main(normalised, counts, panel, output):
    """Write `scores.tsv`."""
    data, record, findings = read_h5ad(normalised), read_h5ad(counts, backed="r").uns["import"], Findings()
    genes = read_panel(panel, findings)
    findings.raise_if_any()
    levels = levels_of_panel(data, record["panel_genes"]["gene_id"].to_numpy(), genes)
    scores = score_cohort(levels["log_cpm"], levels["vst"], genes, measure_of(data))
    write_table(output, scores.values.rename_axis("sample").reset_index(), data.uns["data_origin"])


if __name__ == "__main__":
    with job(snakemake):
        main(
            normalised=snakemake.input.normalised,
            counts=snakemake.input.counts,
            panel=snakemake.input.panel,
            output=snakemake.output.scores,
        )
