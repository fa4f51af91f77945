"""Draw the panel genes of one cohort in every contrast."""

from autocrine.figures.panel import draw_panel
from autocrine.figures.style import save
from autocrine.log import logged
from autocrine.tables import read_table


def main(panel, alpha, output):
    """Write the panel figure as SVG."""
    table = read_table(panel)
    save(draw_panel(table, alpha), output, table["data_origin"].iat[0])


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        main(panel=snakemake.input.panel, alpha=snakemake.params.alpha, output=snakemake.output.panel)
