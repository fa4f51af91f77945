# Contents decide what is repeated, whatever the dates: the checksums of the files that a job is given, by the user or by
# the workflow, are parameters of it. What other jobs made is dated by snakemake. Read after all rules.
import hashlib
from functools import cache, partial

from snakemake.exceptions import WorkflowError
from snakemake.io import _IOFile

from autocrine.problems import Findings, InputError
from autocrine.run.checksums import read_once
from autocrine.run.records import check_results

_IOFile.checksum = read_once(_IOFile.checksum)


@cache
def check_results_once():
    """Stop before any job where results were changed since their jobs wrote them."""
    findings = Findings()
    if workflow.is_main_process:
        folders = [folder_of(name) for name in (*SETTINGS.cohorts, "summary")]
        check_results(folders, SETTINGS.accept_changed, CHECKSUMS, findings)
    if findings.problems:
        raise WorkflowError(str(InputError(findings.problems)))


def contents(of, wildcards):
    """Parameter: path -> SHA-256 of the inputs of a job that no job makes; a file of the workflow by its place in it."""
    # Here, since `snakemake verify` and `check` plan no job that has inputs.
    check_results_once()
    files, *_ = of.expand_input(wildcards)
    return {known_as(file): CHECKSUMS.of(file) for file in files if file.is_ancient}


@cache
def checksum_of_library(script):
    """Parameter: one SHA-256 of the library files that a script needs, by their places and contents."""
    lines = (f"{CHECKSUMS.of(file)}  {known_as(file)}\n" for file in library(script))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def library_files(script, wildcards, input):
    """Parameter: the library files of a script, for the record of a job. A function of the input is compared with no earlier run."""
    return [str(file) for file in library(script)]


def origin(wildcards):
    """Parameter: whether the data of a job are simulated or measured, for its record."""
    return SETTINGS.cohorts[wildcards.cohort].data_origin if "cohort" in wildcards.keys() else summary_origin()


def known_as(file):
    """What an input is called in snakemake's own records."""
    return file.flags.get("sourcecache_entry", str(file))


for each in workflow.rules:
    if "record" in each.output.keys() and "contents" not in each.params.keys():
        added = {
            "contents": partial(contents, each),
            "library": checksum_of_library(each.script),
            "library_files": partial(library_files, each.script),
            "origin": origin,
        }
        # Of its description too, from which another workflow that uses the rule makes its own.
        positional, named = each.ruleinfo.params or ((), {})
        each.ruleinfo.params = (positional, {**named, **added})
        each.set_params(**added)
