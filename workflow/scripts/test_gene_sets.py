"""Test gene sets in every comparison of one cohort."""

import pandas as pd
from anndata import read_h5ad

from autocrine.design.forms import FORMS
from autocrine.input.gmt import read_gmt
from autocrine.input.known_genes import read_known_genes
from autocrine.input.panel import read_panel
from autocrine.problems import Findings
from autocrine.results.enrichment import score_enrichment
from autocrine.results.gene_sets import (
    PRESET_CORRELATION,
    members_of,
    name_hits,
    normal_scores,
    resolve_sets,
    test_sets,
    without_genes,
)
from autocrine.results.outcomes import genome_wide
from autocrine.results.rotation import contrast_effects
from autocrine.results.similar_sets import fold_sets, similar_pairs
from autocrine.run.job import job
from autocrine.tables import read_json, read_table, write_table


def main(inputs, species, contrasts, forms, statistics, output):
    """Write `gene_sets.tsv.gz`; contrasts and forms are in the order of the gene tables, of their fits and designs."""
    data, findings = read_h5ad(inputs.counts, backed="r"), Findings()
    panel = read_panel(inputs.panel, findings)
    files = [read_gmt(path, findings) for path in inputs.gene_sets]
    own = inputs.own_genes[0] if inputs.own_genes else None
    known = read_known_genes(inputs.genes, inputs.refused, inputs.mouse_genes, own, findings)
    findings.raise_if_any()
    primary = (panel["tier"] == "primary").to_numpy()
    left_out = set(data.uns["import"]["panel_genes"]["gene_id"][primary]) - {""}
    # The sets of a file are one family of tests.
    resolved = [without_genes(resolve_sets(sets, data.var, known, species), left_out) for sets in files]
    names = [path.rsplit("/", 1)[-1] for path in inputs.gene_sets]
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
    tested = [test_sets(scores, sets, effects, correlation=correlation) for sets in resolved]
    members = [members_of(data.var_names, sets["genes"]) for sets in resolved]
    alike = [similar_pairs(*found, len(sets)) for found, sets in zip(members, resolved, strict=True)]
    called = data.var["gene_name"].where(data.var["gene_name"] != "", data.var_names)
    parts = []
    for number, place in enumerate(signed):
        model, contrast = contrasts[place]
        statistic = scores[number].reindex(data.var_names).to_numpy(dtype=float)
        for name, sets, found, held, pairs in zip(names, resolved, tested, members, alike, strict=True):
            hits = name_hits(found[number], sets, tables[number], statistics["alpha"])
            hits = fold_sets(add_enrichment(hits, held, statistic, called), pairs)
            parts.append(hits.rename(columns={"score": "stat"}).assign(model=model, contrast=contrast, file=name))
    first = ["model", "contrast", "file"]
    results = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=[*first, "gene_set", "status"])
    results = results[[*first, *(name for name in results.columns if name not in (*first, "genes"))]]
    write_table(output, results, data.uns["data_origin"])


def add_enrichment(tested, members, statistic, names):
    """Add the enrichment scores of the sets that were tested; the others have none."""
    owner, place = members
    asked = (tested["status"] == "tested").to_numpy()[owner]
    scored = score_enrichment(statistic, (owner[asked], place[asked]), len(tested), names)
    return tested.join(scored.set_axis(tested.index))


if __name__ == "__main__":
    with job(snakemake):
        main(
            inputs=snakemake.input,
            species=snakemake.params.species,
            contrasts=[tuple(pair) for pair in snakemake.params.contrasts],
            forms=list(snakemake.params.forms),
            statistics=snakemake.params.statistics,
            output=snakemake.output.gene_sets,
        )
