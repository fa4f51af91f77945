"""Draw the primary genes of one cohort in every comparison, with interval and outcome."""

import json
from pathlib import Path

from autocrine.page.figures.story import draw_story
from autocrine.page.figures.style import save
from autocrine.run.job import job
from autocrine.tables import read_table


def main(panel, fits, titles, output):
    """Write the figure as SVG; `fits` names the record of each model's fit, `titles` each comparison."""
    table = read_table(panel)
    records = {model: json.loads(Path(file).read_text(encoding="utf-8")) for model, file in fits.items()}
    sizes = {key: words_of(records[key[0]]["contrasts"][key[1]]) for key in titles}
    save(draw_story(table[table["tier"] == "primary"], titles, sizes), output, table["data_origin"].iat[0])


def words_of(contrast):
    """Say how many samples a contrast compares: those of each group, or all of a measurement."""
    sizes = [len(samples) for samples in contrast["groups"].values()]
    return str(sum(sizes)) if contrast["measurement"] else " + ".join(map(str, sizes))


if __name__ == "__main__":
    with job(snakemake):
        titles = {(model, contrast): tuple(words) for model, contrast, *words in snakemake.params.titles}
        models = dict.fromkeys(model for model, _ in titles)
        main(
            panel=snakemake.input.panel,
            fits=dict(zip(models, snakemake.input.fits, strict=True)),
            titles=titles,
            output=snakemake.output.story,
        )
