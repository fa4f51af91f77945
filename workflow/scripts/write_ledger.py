"""Write down what made the results of one cohort."""

import json
from pathlib import Path

from autocrine.run.job import job
from autocrine.run.ledger import WORKFLOW, describe_code, describe_file, describe_run, installed_versions, make_crate
from autocrine.run.records import recorded_checksums
from autocrine.seeds import SEEDS
from autocrine.tables import write_json, write_whole


def main(cohort, inputs, accepted, config, title, data_origin, hosted, outputs):
    """Write `ro-crate-metadata.json` beside the results."""
    fits = [json.loads(Path(path).read_text(encoding="utf-8")) for path in inputs.fits]
    snakefile = Path(inputs.workflow).read_bytes()
    write_whole(outputs.workflow, lambda path: path.write_bytes(snakefile))
    record = describe_run(
        Path(outputs.ledger).parent,
        read=[*inputs.data, *inputs.panel, *inputs.claims_files, *inputs.gene_sets, *inputs.genes],
        made=[
            *(*inputs.results, *inputs.outcomes, *inputs.cells, *inputs.picture, *inputs.sketch),
            *(*inputs.fits, *inputs.of_models, *inputs.of_contrasts),
        ],
        recorded=recorded_checksums(Path(outputs.ledger).parent, accepted),
        accepted=accepted,
        subject=f"the cohort {cohort}",
        title=title,
        data_origin=data_origin,
        config=config,
        workflow=describe_file(outputs.workflow, WORKFLOW),
        code=describe_code(Path(__file__).parents[1], hosted),
        versions=installed_versions([fit["versions"] for fit in fits]),
        seeds=SEEDS,
    )
    write_json(outputs.ledger, make_crate(record))


if __name__ == "__main__":
    with job(snakemake):
        main(
            cohort=snakemake.wildcards.cohort,
            inputs=snakemake.input,
            accepted=snakemake.params.config["accept_changed"],
            config=snakemake.params.config,
            title=snakemake.params.title,
            data_origin=snakemake.params.data_origin,
            hosted=snakemake.params.hosted,
            outputs=snakemake.output,
        )
