"""Write down what made the summary over cohorts."""

from pathlib import Path

from autocrine.run.job import job
from autocrine.run.ledger import (
    OF_SUMMARY,
    WORKFLOW,
    describe_code,
    describe_file,
    describe_run,
    installed_versions,
    make_crate,
)
from autocrine.run.records import files_in, recorded_checksums
from autocrine.tables import write_json, write_whole


def main(inputs, cohorts, data_origin, config, hosted, outputs):
    """Write `ro-crate-metadata.json` beside the summary; the results of the cohorts are its inputs."""
    forests = files_in(inputs.forests)
    snakefile = Path(inputs.workflow).read_bytes()
    write_whole(outputs.workflow, lambda path: path.write_bytes(snakefile))
    record = describe_run(
        Path(outputs.ledger).parent,
        read=[*inputs.data, *inputs.published, *inputs.panel, *inputs.claims_files, *inputs.genes],
        made=[*inputs.results, *forests],
        recorded=recorded_checksums(Path(outputs.ledger).parent, config["accept_changed"]),
        accepted=config["accept_changed"],
        subject=f"the cohorts {', '.join(cohorts)} side by side",
        title=f"{len(cohorts)} cohorts side by side",
        data_origin=data_origin,
        config=config,
        workflow=describe_file(outputs.workflow, WORKFLOW),
        code=describe_code(Path(__file__).parents[1], hosted),
        versions=installed_versions([], OF_SUMMARY),
        # Nothing is drawn by chance here.
        seeds={},
    )
    write_json(outputs.ledger, make_crate(record))


if __name__ == "__main__":
    with job(snakemake):
        main(
            inputs=snakemake.input,
            cohorts=snakemake.params.cohorts,
            data_origin=snakemake.params.data_origin,
            config=snakemake.params.config,
            hosted=snakemake.params.hosted,
            outputs=snakemake.output,
        )
