"""Draw the quality of the samples of one cohort, and the samples of every model on components of their own."""

import pandas as pd
from anndata import read_h5ad

from autocrine.design.question import make_model
from autocrine.page.figures.components import draw_model_components
from autocrine.page.figures.quality import (
    draw_associations,
    draw_components,
    draw_distances,
    draw_libraries,
    draw_scree,
)
from autocrine.page.figures.samples import questions_of
from autocrine.page.figures.style import save
from autocrine.run.job import job
from autocrine.samples.quality import find_components
from autocrine.tables import read_table


def main(quality, normalised, samples, models, outputs):
    """Write the figures as SVG; `samples` names the samples of each model, `models` says what they are compared by."""
    data = read_h5ad(normalised)
    origin, pca = data.uns["data_origin"], data.uns["pca"]
    names = [f"PC{i + 1}" for i in range(data.obsm["X_pca"].shape[1])]
    scores = pd.DataFrame(data.obsm["X_pca"], index=data.obs_names, columns=names)
    square = pd.DataFrame(data.obsp["distances"], index=data.obs_names, columns=data.obs_names)
    sheet = data.obs.drop(columns="size_factor")
    save(draw_libraries(read_table(quality)), outputs.libraries, origin)
    save(draw_components(scores, pca["variance_ratio"], sheet, pca["associations"]), outputs.components, origin)
    save(draw_scree(pca["variance_ratio"]), outputs.scree, origin)
    save(draw_associations(pca["associations"]), outputs.associations, origin)
    save(draw_distances(square), outputs.distances, origin)
    drawn = {}
    for name, file in samples.items():
        used = read_table(file)
        components = find_components(data[used["sample"]].layers["vst"], used["sample"])
        drawn[name] = (models[name].title, components, questions_of(models[name], used)[0])
    save(draw_model_components(drawn), outputs.model_components, origin)


if __name__ == "__main__":
    with job(snakemake):
        models = {name: make_model(name, entry) for name, entry in snakemake.params.models.items()}
        main(
            quality=snakemake.input.quality,
            normalised=snakemake.input.normalised,
            samples=dict(zip(models, snakemake.input.samples, strict=True)),
            models=models,
            outputs=snakemake.output,
        )
