"""Write the page over all cohorts."""

from pathlib import Path

import pandas as pd
import yaml
from anndata import read_h5ad
from markupsafe import Markup

from autocrine.page.cohort_genes import describe_roles, list_pools, pack_cohort_genes
from autocrine.page.payload import pack_json, safe_json
from autocrine.page.pictures import pack_svg
from autocrine.page.render import read_page, render
from autocrine.page.summary_sections import KIND_WORDS, choose_layout, claim_rows, cohort_rows, strata
from autocrine.run.job import job
from autocrine.tables import read_table, write_text


def main(inputs, page, cohorts, statistics, output):
    """Write `summary.html`."""
    effects, meta = read_table(inputs.effects), read_table(inputs.meta)
    published = read_table(inputs.published) if inputs.get("published") else None
    rows = cohort_rows(cohorts, effects, published)
    blocks, explorer = _explorer(inputs, rows, effects, statistics["alpha"])
    text = render(
        **read_page(page),
        first="summary.html.j2",
        forms=Markup(safe_json({name: block.form for name, block in blocks.items()})),
        blocks={name: Markup(block.text) for name, block in blocks.items()},
        explorer=explorer,
        **choose_layout(rows),
        cohorts=rows,
        claims=claim_rows(read_table(inputs.claims), [row["name"] for row in rows], meta),
        citations={said["title"]: said["citation"] for said in map(yaml.safe_load, map(_text, inputs.claims_files))},
        strata=strata(effects, meta),
        forests={path.stem: pack_svg(path.read_bytes()) for path in sorted(Path(inputs.forests).glob("*.svg"))},
        statistics=statistics,
    )
    write_text(output, text)


def _explorer(inputs, rows, panel, alpha):
    """Return the blocks of the page, and what its text says of them."""
    effects, pooled = read_h5ad(inputs.gene_effects), read_table(inputs.pooled)
    # Texts come back as categories.
    comparisons = effects.obs.astype(object)
    pools = list_pools(pooled, comparisons)
    genes = pd.read_csv(inputs.genes, sep="\t", dtype=str, keep_default_na=False)
    first = list(dict.fromkeys(panel["gene_id"][panel["gene_id"] != ""]))
    blocks, left_out = pack_cohort_genes(effects, pooled, pools, genes, first)
    roles = describe_roles(comparisons, pools, [row["name"] for row in rows])
    shown = [{"name": row["title"], **{key: row[key] for key in ("kind", "species", "data_origin")}} for row in rows]
    said = {**left_out, **roles, "confidence": f"{100 * (1 - alpha):g}%"}
    primary = panel.loc[(panel["tier"] == "primary") & (panel["gene_id"] != ""), "gene_id"]
    chosen = next(iter(primary), first[0] if first else None)
    blocks["meta"] = pack_json({**said, "cohorts": shown, "kindWords": KIND_WORDS, "chosen": chosen})
    return blocks, said


def _text(path):
    return Path(path).read_text(encoding="utf-8")


if __name__ == "__main__":
    with job(snakemake):
        main(
            inputs=snakemake.input,
            page=snakemake.params.page,
            cohorts=snakemake.params.cohorts,
            statistics=snakemake.params.statistics,
            output=snakemake.output.page,
        )
