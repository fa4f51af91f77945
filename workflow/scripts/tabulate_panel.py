"""Say of every panel gene what every contrast of one cohort found, or why there is nothing to say."""

import json
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import numpy as np
import pandas as pd
from anndata import read_h5ad

from autocrine.input.panel import read_panel
from autocrine.measure import COUNTS
from autocrine.problems import Findings
from autocrine.results.influence import find_decisive_samples
from autocrine.results.multiplicity import panel_strictness
from autocrine.results.opinions import join_panel
from autocrine.results.panel import tabulate_panel
from autocrine.results.robustness import summarise_variants
from autocrine.run.job import job
from autocrine.samples.composition import compare_with_composition
from autocrine.tables import read_table, write_table


def main(counts, panel, contrasts, output):
    """Write `panel.tsv`.

    `contrasts` holds model, contrast, record, gene table, variants or None, single samples and second opinions;
    contrasts of one model are together.
    """
    data = read_h5ad(counts)
    findings = Findings()
    genes = read_panel(panel, findings)
    findings.raise_if_any()
    found = data.uns["import"]["panel_genes"].replace({"gene_id": {"": None}})
    parts = []
    for (model, record, variants, file, other), asked in groupby(contrasts, key=itemgetter(0, 2, 4, 5, 6)):
        fit = json.loads(Path(record).read_text(encoding="utf-8"))
        samples, alpha, power = list(fit["size_factors"]), fit["statistics"]["alpha"], fit["statistics"]["power"]
        counted = fit["measure"] == COUNTS
        raw = pd.DataFrame(np.asarray(data[samples].X), samples, data.var_names) if counted else None
        tried = read_table(variants) if variants else None
        single, seconds = read_table(file), read_table(other)
        for _, contrast, _, table, *_ in asked:
            part = tabulate_panel(genes, found, read_table(table), raw, alpha)
            composition = fit["contrasts"][contrast]["composition"]
            numbers = [np.nan if composition[key] is None else composition[key] for key in ("leukemic", "other")]
            ends = [composition.get(f"{key}_{end}") for key in ("leukemic", "other") for end in ("low", "high")]
            ends = [np.nan if end is None else end for end in ends] if composition["estimated"] else None
            strict = panel_strictness(part)
            part = part.join(
                compare_with_composition(part, *numbers, composition["reason"], alpha, power, strict, ends)
            )
            if tried is not None:
                part = part.join(summarise_variants(tried[tried["contrast"] == contrast], part, alpha))
            left = single[single["contrast"] == contrast]
            part = part.join(find_decisive_samples(part, left, alpha))
            part = part.join(join_panel(part, seconds[seconds["contrast"] == contrast], alpha))
            part.insert(0, "model", model)
            part.insert(1, "contrast", contrast)
            parts.append(part)
    write_table(output, pd.concat(parts, ignore_index=True), data.uns["data_origin"])


if __name__ == "__main__":
    with job(snakemake):
        pairs = [tuple(pair) for pair in snakemake.params.contrasts]
        variants = list(snakemake.input.variants) or [None] * len(pairs)
        given = snakemake.input
        files = zip(pairs, given.fits, given.tables, variants, given.single_samples, given.second_opinions, strict=True)
        main(
            counts=snakemake.input.counts,
            panel=snakemake.input.panel,
            contrasts=[(*pair, *rest) for pair, *rest in files],
            output=snakemake.output.panel,
        )
