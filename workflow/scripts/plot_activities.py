"""Draw the activities of regulators in every comparison of one cohort."""

from autocrine.page.figures.activities import draw_activities
from autocrine.page.figures.style import save
from autocrine.run.job import job
from autocrine.tables import read_table


def main(activities, titles, alpha, data_origin, output):
    """Write the figure as SVG."""
    save(draw_activities(read_table(activities), titles, alpha), output, data_origin)


if __name__ == "__main__":
    with job(snakemake):
        main(
            activities=snakemake.input.activities,
            titles={(model, contrast): tuple(words) for model, contrast, *words in snakemake.params.titles},
            alpha=snakemake.params.alpha,
            data_origin=snakemake.params.data_origin,
            output=snakemake.output.figure,
        )
