"""Write the report of one cohort."""

import json
from pathlib import Path

import yaml
from anndata import read_h5ad

from autocrine.config import make_cohort, make_model
from autocrine.log import logged
from autocrine.report import describe_method, embed_svg, primary_rows, render, summarise_contrast, summarise_sets
from autocrine.tables import read_table, write_text


def main(name, cohort, models, contrasts, statistics, inputs, output):
    """Write `report.html`; the lists in `inputs` follow `models` and `contrasts`."""
    cohort = make_cohort(name, cohort, list(models))
    models = {key: make_model(key, entry) for key, entry in models.items()}
    data = read_h5ad(inputs.counts, backed="r")
    panel, quality = read_table(inputs.panel), read_table(inputs.quality)
    fits = {
        key: json.loads(Path(file).read_text(encoding="utf-8")) for key, file in zip(models, inputs.fits, strict=True)
    }
    sections = [
        {
            "model": models[model],
            "contrast": models[model].contrasts[contrast],
            "record": fits[model]["contrasts"][contrast],
            "found": summarise_contrast(read_table(table), statistics["alpha"]),
            "figures": [_figure(file) for file in figures],
        }
        for (model, contrast), table, *figures in zip(
            contrasts, inputs.tables, inputs.volcanoes, inputs.mean_differences, inputs.p_values, strict=True
        )
    ]
    page = render(
        template=Path(inputs.template).read_text(encoding="utf-8"),
        style=Path(inputs.style).read_text(encoding="utf-8"),
        cohort=cohort,
        record=data.uns["import"],
        quality=quality.fillna("").to_dict("records"),
        quality_figures={Path(file).stem: _figure(file) for file in inputs.quality_figures},
        panel=panel.to_dict("records"),
        scores=read_table(inputs.scores).fillna({"reason": "", "genes": ""}).to_dict("records"),
        correlations=read_table(inputs.correlations).fillna({"warning": "", "reason": ""}).to_dict("records"),
        gene_sets=summarise_sets(read_table(inputs.gene_sets), statistics["alpha"]) if inputs.gene_sets else [],
        claims=_claims(inputs),
        panel_figure=_figure(inputs.panel_figure),
        sensitivity_figure=next(map(_figure, inputs.sensitivity_figure), None),
        primary=primary_rows(panel, contrasts),
        fits=fits,
        dispersions={key: _figure(file) for key, file in zip(models, inputs.dispersions, strict=True)},
        methods={key: describe_method(fit) for key, fit in fits.items()},
        sections=sections,
        models=models,
        statistics=statistics,
    )
    write_text(output, page)


def _claims(inputs):
    """Return the judged claims, file by file, with what each file says of itself."""
    judged = read_table(inputs.claims) if inputs.claims else None
    files = []
    for path in inputs.claims_files:
        said = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
        rows = judged[judged["title"] == said["title"]].to_dict("records")
        files.append({"title": said["title"], "citation": said["citation"], "note": said.get("note", ""), "rows": rows})
    return files


def _figure(path):
    return embed_svg(Path(path).read_bytes())


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        main(
            name=snakemake.wildcards.cohort,
            cohort=snakemake.params.cohort,
            models=snakemake.params.models,
            contrasts=[tuple(pair) for pair in snakemake.params.contrasts],
            statistics=snakemake.params.statistics,
            inputs=snakemake.input,
            output=snakemake.output.report,
        )
