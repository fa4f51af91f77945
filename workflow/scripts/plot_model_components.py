"""Draw the samples of every model of one cohort on principal components of their own."""

from anndata import read_h5ad

from autocrine.design.question import make_model
from autocrine.page.figures.components import draw_model_components
from autocrine.page.figures.samples import questions_of
from autocrine.page.figures.style import save
from autocrine.run.job import job
from autocrine.samples.quality import find_components
from autocrine.tables import read_table


def main(normalised, samples, models, output):
    """Write the figure as SVG; `samples` names the samples of each model, `models` says what they are compared by."""
    data = read_h5ad(normalised)
    drawn = {}
    for name, file in samples.items():
        used = read_table(file)
        components = find_components(data[used["sample"]].layers["vst"], used["sample"])
        drawn[name] = (models[name].title, components, questions_of(models[name], used)[0])
    save(draw_model_components(drawn), output, data.uns["data_origin"])


if __name__ == "__main__":
    with job(snakemake):
        models = {name: make_model(name, entry) for name, entry in snakemake.params.models.items()}
        main(
            normalised=snakemake.input.normalised,
            samples=dict(zip(models, snakemake.input.samples, strict=True)),
            models=models,
            output=snakemake.output.components,
        )
