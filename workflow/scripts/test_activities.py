"""Test the regulators of networks by their targets, in every comparison of one cohort."""

import pandas as pd
from anndata import read_h5ad

from autocrine.design.forms import FORMS
from autocrine.input.known_genes import read_known_genes
from autocrine.input.network import read_network
from autocrine.input.panel import read_panel
from autocrine.problems import Findings
from autocrine.results.activities import name_targets, resolve_network, test_activities
from autocrine.results.gene_sets import PRESET_CORRELATION, normal_scores
from autocrine.results.outcomes import genome_wide
from autocrine.results.rotation import contrast_effects
from autocrine.run.job import job
from autocrine.tables import read_json, read_table, write_table


def main(inputs, species, contrasts, forms, statistics, output):
    """Write `activities.tsv.gz`; contrasts and forms are in the order of the gene tables, of their fits and designs."""
    data, findings = read_h5ad(inputs.counts, backed="r"), Findings()
    panel = read_panel(inputs.panel, findings)
    files = [read_network(path, findings) for path in inputs.networks]
    own = inputs.own_genes[0] if inputs.own_genes else None
    known = read_known_genes(inputs.genes, inputs.refused, inputs.mouse_genes, own, findings)
    findings.raise_if_any()
    primary = (panel["tier"] == "primary").to_numpy()
    left_out = set(data.uns["import"]["panel_genes"]["gene_id"][primary]) - {""}
    # The regulators of a file are one family of tests.
    resolved = [resolve_network(network, data.var, known, left_out, species) for network in files]
    names = [path.rsplit("/", 1)[-1] for path in inputs.networks]
    called = dict(data.var["gene_name"])
    # The statistic of a test without direction has no sign.
    signed = [place for place, form in enumerate(forms) if FORMS[form].directed]
    tables = [genome_wide(read_table(inputs.tables[place]), statistics["calls"]) for place in signed]
    levels = read_h5ad(inputs.normalised).to_df(layer="vst")
    effects = [
        contrast_effects(levels, read_table(inputs.designs[place]), read_json(inputs.fits[place]), contrasts[place][1])
        for place in signed
    ]
    correlation = PRESET_CORRELATION if statistics["set_correlation"] == "preset" else None
    scores = [normal_scores(genes) for genes in tables]
    tested = [test_activities(scores, *network, effects, correlation=correlation) for network in resolved]
    parts = []
    for number, place in enumerate(signed):
        model, contrast = contrasts[place]
        for name, (_, edges), found in zip(names, resolved, tested, strict=True):
            named = name_targets(found[number], edges, tables[number], called, statistics["alpha"])
            parts.append(named.rename(columns={"score": "stat"}).assign(model=model, contrast=contrast, file=name))
    first = ["model", "contrast", "file"]
    results = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=[*first, "regulator", "status"])
    write_table(output, results[[*first, *results.columns.drop(first)]], data.uns["data_origin"])


if __name__ == "__main__":
    with job(snakemake):
        main(
            inputs=snakemake.input,
            species=snakemake.params.species,
            contrasts=[tuple(pair) for pair in snakemake.params.contrasts],
            forms=list(snakemake.params.forms),
            statistics=snakemake.params.statistics,
            output=snakemake.output.activities,
        )
