"""Describe the tables of one cohort as a Data Package."""

from pathlib import Path

from autocrine.column_descriptions import describe_package
from autocrine.run.job import job
from autocrine.tables import read_header, write_json


def main(tables, cohort, title, data_origin, output):
    """Write `datapackage.json`: type and meaning of every column, for programs that read or validate the tables."""
    headers = {Path(path).relative_to(Path(output).parent).as_posix(): read_header(path) for path in tables}
    write_json(output, describe_package(cohort, title, headers) | {"keywords": [data_origin]})


if __name__ == "__main__":
    with job(snakemake):
        main(
            tables=snakemake.input.tables,
            cohort=snakemake.wildcards.cohort,
            title=snakemake.params.title,
            data_origin=snakemake.params.data_origin,
            output=snakemake.output.package,
        )
