"""Draw the panel genes of one cohort: in every comparison, in every fit with one thing changed, by every method."""

import json
from pathlib import Path

import pandas as pd

from autocrine.page.figures.panel import draw_panel, over_span
from autocrine.page.figures.sensitivity import draw_sensitivity
from autocrine.page.figures.story import draw_story
from autocrine.page.figures.style import save
from autocrine.page.opinions import beside_each_other
from autocrine.results.opinions import METHODS
from autocrine.run.job import job
from autocrine.tables import read_table


def main(panel, fits, variants, titles, units, alpha, margin, outputs):
    """Write the figures as SVG.

    `fits` names the record of each model's fit, `variants` the sensitivity table of each (none where there is none),
    `titles` each comparison, `units` what its effects are per.
    """
    table = read_table(panel)
    records = {model: json.loads(Path(file).read_text(encoding="utf-8")) for model, file in fits.items()}
    # Of a slope the band is drawn in its unit; the margin of the table is that of the difference of two groups.
    drawn = {key: records[key[0]]["contrasts"][key[1]]["drawn_margin"] for key in titles}
    table["equivalence_margin"] = [drawn[key] for key in zip(table["model"], table["contrast"], strict=True)]
    origin, primary = table["data_origin"].iat[0], table[table["tier"] == "primary"]
    save(draw_panel(*over_span(table, titles, units, margin)), outputs.panel, origin)
    sizes = {key: words_of(records[key[0]]["contrasts"][key[1]]) for key in titles}
    save(draw_story(primary, titles, sizes, units=units), outputs.story, origin)
    if variants:
        changed = [read_table(file).assign(model=model) for model, file in variants.items()]
        figure = draw_sensitivity(primary, pd.concat(changed, ignore_index=True), titles, alpha, units)
        save(figure, outputs.sensitivity, origin)
    if hasattr(outputs, "second_opinions"):
        rows = {}
        for (model, contrast), words in titles.items():
            answers = records[model]["contrasts"][contrast]["second_opinion"]
            shown = {"": "shown here"} | {name: METHODS[name] for name, found in answers.items() if found.get("genes")}
            rows |= {(f"{model}/{contrast}", method): (": ".join(words), name) for method, name in shown.items()}
        of_rows = {("/".join(pair), method): unit for pair, unit in units.items() for method in ("", *METHODS)}
        figure = draw_story(beside_each_other(primary), rows, {}, "Primary genes by each method", of_rows)
        save(figure, outputs.second_opinions, origin)


def words_of(contrast):
    """Say how many samples a contrast compares: those of each group, or all of a measurement."""
    sizes = [len(samples) for samples in contrast["groups"].values()]
    return str(sum(sizes)) if contrast["measurement"] else " + ".join(map(str, sizes))


if __name__ == "__main__":
    with job(snakemake):
        titles = {(model, contrast): tuple(words) for model, contrast, *words in snakemake.params.titles}
        units = {(model, contrast): unit for model, contrast, unit in snakemake.params.units}
        models = list(dict.fromkeys(model for model, _ in titles))
        main(
            panel=snakemake.input.panel,
            fits=dict(zip(models, snakemake.input.fits, strict=True)),
            variants=dict(zip(models, snakemake.input.variants, strict=False)),
            titles=titles,
            units=units,
            alpha=snakemake.params.alpha,
            margin=snakemake.params.margin,
            outputs=snakemake.output,
        )
