"""Write the page over all cohorts."""

from pathlib import Path

import yaml

from autocrine.page.pictures import embed_svg
from autocrine.page.render import render
from autocrine.page.summary_sections import claim_rows, cohort_rows, strata
from autocrine.run.job import job
from autocrine.tables import read_table, write_text


def main(inputs, cohorts, statistics, output):
    """Write `summary.html`."""
    effects, meta = read_table(inputs.effects), read_table(inputs.meta)
    published = read_table(inputs.published) if inputs.get("published") else None
    rows = cohort_rows(cohorts, effects, published)
    page = render(
        templates={"summary": Path(inputs.template).read_text(encoding="utf-8")},
        first="summary",
        style=Path(inputs.style).read_text(encoding="utf-8"),
        scripts=[],
        cohorts=rows,
        claims=claim_rows(read_table(inputs.claims), [row["name"] for row in rows], meta),
        citations={said["title"]: said["citation"] for said in map(_read_yaml, inputs.claims_files)},
        strata=strata(effects, meta),
        forests={path.stem: embed_svg(path.read_bytes()) for path in sorted(Path(inputs.forests).glob("*.svg"))},
        statistics=statistics,
    )
    write_text(output, page)


def _read_yaml(path):
    return yaml.safe_load(Path(path).read_text(encoding="utf-8"))


if __name__ == "__main__":
    with job(snakemake):
        main(
            inputs=snakemake.input,
            cohorts=snakemake.params.cohorts,
            statistics=snakemake.params.statistics,
            output=snakemake.output.page,
        )
