"""Draw volcano, mean-difference plot and p-value histogram of one contrast."""

from autocrine.page.figures.contrast import draw_mean_difference, draw_p_values, draw_volcano
from autocrine.page.figures.style import save
from autocrine.results.outcomes import genome_wide
from autocrine.run.job import job
from autocrine.tables import read_table


def main(genes, panel, title, statistics, volcano, mean_difference, p_values):
    """Write the three figures of a contrast as SVG."""
    alpha, table = statistics["alpha"], genome_wide(read_table(genes), statistics["calls"])
    marked = set(read_table(panel)["gene_id"]) - {""}
    origin = table["data_origin"].iat[0]
    save(draw_volcano(table, marked, alpha, title), volcano, origin)
    save(draw_mean_difference(table, marked, alpha, title), mean_difference, origin)
    save(draw_p_values(table["p_value"]), p_values, origin)


if __name__ == "__main__":
    with job(snakemake):
        main(
            genes=snakemake.input.genes,
            panel=snakemake.input.panel,
            title="\n".join(snakemake.params.title),
            statistics=snakemake.params.statistics,
            volcano=snakemake.output.volcano,
            mean_difference=snakemake.output.mean_difference,
            p_values=snakemake.output.p_values,
        )
