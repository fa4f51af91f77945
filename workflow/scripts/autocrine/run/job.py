"""A job of the workflow: its log while it runs, its record when it is done."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from autocrine.problems import InputError
from autocrine.run.log import logged
from autocrine.run.records import check_contents, describe_job
from autocrine.tables import write_json


@contextmanager
def job(snakemake: Any) -> Iterator[None]:
    """Send what a job prints to its log, then write down what it read and wrote (`output.record`).

    Parameters
    ----------
    snakemake
        What snakemake hands to a script. `params.contents` holds the checksums of inputs when the run was planned,
        `params.library_files` the library files that the script needs.
    """
    # What was imported stays to the end: the collector of garbage need not go over it again and again.
    gc.freeze()
    with logged(snakemake.log[0]):
        try:
            yield
        except InputError as error:
            # Other jobs were run before.
            raise InputError(error.problems, "This job wrote nothing.") from None
        check_contents(snakemake.params.contents, snakemake.input)
        name = " ".join([snakemake.rule, *map(str, snakemake.wildcards)])
        record = snakemake.output.record
        read = [*snakemake.input, *snakemake.params.library_files]
        write_json(record, describe_job(record, name, read, snakemake.output, snakemake.params.origin))
