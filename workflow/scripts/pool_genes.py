"""Set the effects of every gene in all cohorts side by side, and put them together."""

from autocrine.cohorts.genome import READ, align_genes, list_comparisons, pool_genes
from autocrine.cohorts.published import load_published, tabulate_genes
from autocrine.input.genes import read_gene_table
from autocrine.input.known_genes import read_known_genes
from autocrine.input.orthologues import as_human
from autocrine.input.panel import read_panel
from autocrine.input.published import make_published
from autocrine.input.species import MOUSE
from autocrine.problems import Findings
from autocrine.run.job import job
from autocrine.tables import read_table, write_table, write_whole


def main(inputs, tables, kinds, published, statistics, outputs):
    """Write effects and pooled effects; `inputs.tables` follow `tables`, as (cohort, model, contrast)."""
    alpha = statistics["alpha"]
    paths = dict(zip(map(tuple, tables), inputs.tables, strict=True))
    given = {name: make_published(name, entry) for name, entry in published.items()}
    comparisons = list_comparisons(read_table(inputs.effects), kinds)
    needed = set(comparisons["species"]) & {MOUSE}
    mouse = (read_gene_table(inputs.genes, inputs.refused), read_gene_table(inputs.mouse_genes)) if needed else None

    def gene_table(asked):
        if asked.cohort in given:
            table = _published_genes(given[asked.cohort], inputs, alpha)
        else:
            table = read_table(paths[asked.cohort, asked.model, asked.contrast], READ)
        return as_human(table, *mouse) if asked.species == MOUSE else table

    effects = align_genes(comparisons, map(gene_table, comparisons.itertuples()))
    pooled = pool_genes(effects, alpha)
    write_whole(outputs.effects, lambda path: effects.as_anndata().write_h5ad(path, compression="lzf"))
    write_table(outputs.pooled, pooled, pooled["data_origin"])


def _published_genes(asked, inputs, alpha):
    findings = Findings()
    panel = read_panel(inputs.panel, findings)
    known = read_known_genes(inputs.genes, inputs.refused, inputs.mouse_genes, None, findings)
    findings.raise_if_any()
    effects, mapped, _, _ = load_published(asked, known, panel)
    return tabulate_genes(effects, asked, mapped, alpha)


if __name__ == "__main__":
    with job(snakemake):
        main(
            inputs=snakemake.input,
            tables=snakemake.params.tables,
            kinds=snakemake.params.kinds,
            published=snakemake.params.published,
            statistics=snakemake.params.statistics,
            outputs=snakemake.output,
        )
