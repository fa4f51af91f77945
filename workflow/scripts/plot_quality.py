"""Draw the quality figures of one cohort."""

import pandas as pd
from anndata import read_h5ad

from autocrine.page.figures.quality import (
    draw_associations,
    draw_components,
    draw_distances,
    draw_libraries,
    draw_scree,
)
from autocrine.page.figures.style import save
from autocrine.run.job import job
from autocrine.tables import read_table


def main(quality, normalised, libraries, components, scree, associations, distances):
    """Write the five quality figures as SVG."""
    data = read_h5ad(normalised, backed="r")
    origin, pca = data.uns["data_origin"], data.uns["pca"]
    names = [f"PC{i + 1}" for i in range(data.obsm["X_pca"].shape[1])]
    scores = pd.DataFrame(data.obsm["X_pca"], index=data.obs_names, columns=names)
    square = pd.DataFrame(data.obsp["distances"], index=data.obs_names, columns=data.obs_names)
    sheet = data.obs.drop(columns="size_factor")
    save(draw_libraries(read_table(quality)), libraries, origin)
    save(draw_components(scores, pca["variance_ratio"], sheet, pca["associations"]), components, origin)
    save(draw_scree(pca["variance_ratio"]), scree, origin)
    save(draw_associations(pca["associations"]), associations, origin)
    save(draw_distances(square), distances, origin)


if __name__ == "__main__":
    with job(snakemake):
        main(
            quality=snakemake.input.quality,
            normalised=snakemake.input.normalised,
            libraries=snakemake.output.libraries,
            components=snakemake.output.components,
            scree=snakemake.output.scree,
            associations=snakemake.output.associations,
            distances=snakemake.output.distances,
        )
