# Contents decide what is repeated, whatever the dates: the checksums of the files that a job is given, by the user or by
# the workflow, are parameters of it. What other jobs made is dated by snakemake. Read after all rules.
import hashlib
from functools import cache, partial

from snakemake.exceptions import WorkflowError

from autocrine.problems import Findings, InputError
from autocrine.run.planning import note_inputs
from autocrine.run.records import check_results


@cache
def check_results_once():
    """Stop before any job where results were changed since their jobs wrote them."""
    findings = Findings()
    if workflow.is_main_process:
        folders = [folder_of(name) for name in (*SETTINGS.cohorts, "summary")]
        check_results(folders, SETTINGS.accept_changed, CHECKSUMS, findings)
    if findings.problems:
        raise WorkflowError(str(InputError(findings.problems)))


def contents(given_inputs, wildcards):
    """Parameter: path -> SHA-256 of the inputs of a job that no job makes; a file of the workflow by its place in it."""
    # Here, since `snakemake verify` and `check` plan no job that has inputs.
    check_results_once()
    return {known_as(file): CHECKSUMS.of(file) for file in given_inputs(wildcards)}


def code_of(rule):
    """The library files that the script of a rule needs, and what its parameters name as code."""
    return (*library(rule.script), *(file for value in rule.params for file in getattr(value, "code", ())))


@cache
def checksum_of(files):
    """Parameter: one SHA-256 of files of the workflow, by their places and contents."""
    lines = (f"{CHECKSUMS.of(file)}  {known_as(file)}\n" for file in files)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def library_files(files, wildcards, input):
    """Parameter: these files, for the record of a job. A function of the input is compared with no earlier run."""
    return [str(file) for file in files]


def origin(wildcards):
    """Parameter: whether the data of a job are simulated or measured, for its record."""
    return SETTINGS.cohorts[wildcards.cohort].data_origin if "cohort" in wildcards.keys() else summary_origin()


def known_as(file):
    """What an input is called in snakemake's own records."""
    return file.flags.get("sourcecache_entry", str(file))


for each in workflow.rules:
    if "record" in each.output.keys() and "contents" not in each.params.keys():
        code = code_of(each)
        each.expand_input, given_inputs = note_inputs(each.expand_input, lambda file: file.is_ancient)
        added = {
            "contents": partial(contents, given_inputs),
            "library": checksum_of(code),
            "library_files": partial(library_files, code),
            "origin": origin,
        }
        # Of its description too, from which another workflow that uses the rule makes its own.
        positional, named = each.ruleinfo.params or ((), {})
        each.ruleinfo.params = (positional, {**named, **added})
        each.set_params(**added)
