"""Draw the components and distances of one cohort with a column of its sheet taken out, for the eye only."""

import pandas as pd
from anndata import read_h5ad

from autocrine.page.figures.quality import draw_components, draw_distances
from autocrine.page.figures.style import save
from autocrine.run.job import job
from autocrine.samples.associations import associate
from autocrine.samples.quality import find_components, sample_distances
from autocrine.samples.taken_out import take_out


def main(normalised, column, outputs):
    """Write both figures as SVG, each with the column in its title."""
    data = read_h5ad(normalised)
    sheet, origin = data.obs.drop(columns="size_factor"), data.uns["data_origin"]
    values = take_out(data.layers["vst"].astype(float), sheet[column])
    components = find_components(values, data.obs_names)
    title = f'"{column}" taken out, for the eye only'
    linked = associate(components.scores, sheet)
    figure = draw_components(components.scores, components.explained, sheet, linked)
    figure.suptitle(title, fontsize=10, x=0.01, ha="left")
    save(figure, outputs.components, origin)
    figure = draw_distances(pd.DataFrame(sample_distances(values, data.obs_names)))
    figure.suptitle(title, fontsize=10, x=0.01, ha="left")
    save(figure, outputs.distances, origin)


if __name__ == "__main__":
    with job(snakemake):
        main(normalised=snakemake.input.normalised, column=snakemake.params.column, outputs=snakemake.output)
