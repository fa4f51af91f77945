"""Draw what was tested of the cells of one cohort."""

from autocrine.design.question import make_model
from autocrine.page.cells import choose_genes, titled
from autocrine.page.figures.cells import SharePanel, draw_pairs, draw_shares, draw_states
from autocrine.page.figures.style import save
from autocrine.run.job import job
from autocrine.tables import read_table


def main(inputs, models, alpha, data_origin, outputs):
    """Write the figures of cells; the tables of samples follow the models."""
    models = {name: make_model(name, entry) for name, entry in models.items()}
    samples = {name: read_table(path) for name, path in zip(models, inputs.samples, strict=True)}
    claims = read_table(inputs.claims) if inputs.claims else None
    genes = choose_genes(read_table(inputs.panel), claims)
    panels = [
        SharePanel(gene, titled(model, contrast.title, len(models)), groups)
        for name, model in models.items()
        for contrast in model.contrasts.values()
        if (groups := _groups(samples[name], contrast))
        for gene in genes
    ]
    tables = samples.values()
    patients = {sample: patient for table in tables for sample, patient in table[["sample", "patient"]].to_numpy()}
    save(draw_shares(read_table(inputs.shares), panels, patients), outputs.shares, data_origin)
    titles = {name: model.title for name, model in models.items()}
    of_pairs = read_table(inputs.codetection), read_table(inputs.codetection_patients)
    save(draw_pairs(*of_pairs, titles, alpha), outputs.pairs, data_origin)
    save(draw_states(read_table(inputs.pseudobulks)), outputs.states, data_origin)


def _groups(samples, contrast):
    """Return group -> its samples, the reference of two groups first; none where no groups are compared."""
    names = list(contrast.group_names) if contrast.groups else []
    ordered = names[::-1] if contrast.tested_first else names
    column = f"in {contrast.name}"
    return {name: list(samples.loc[samples[column] == name, "sample"]) for name in ordered if column in samples}


if __name__ == "__main__":
    with job(snakemake):
        main(
            inputs=snakemake.input,
            models=snakemake.params.models,
            alpha=snakemake.params.alpha,
            data_origin=snakemake.params.data_origin,
            outputs=snakemake.output,
        )
