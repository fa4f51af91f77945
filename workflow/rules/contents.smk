# Contents decide what is repeated, whatever the dates: the checksums of the files that a job is given, by the user or by
# the workflow, are parameters of it. What other jobs made is dated by snakemake. Read after all rules.
from functools import cache, partial


@cache
def check_results_once():
    """Stop before any job where results were changed since their jobs wrote them."""
    findings = Findings()
    if workflow.is_main_process:
        folders = [folder_of(name) for name in (*SETTINGS.cohorts, "summary")]
        check_results(folders, SETTINGS.accept_changed, CHECKSUMS, findings)
    if findings.problems:
        raise WorkflowError(str(InputError(findings.problems)))


def contents(rule, wildcards):
    """Parameter: path -> SHA-256 of the inputs of a job that no job makes; a file of the workflow by its place in it."""
    # Here, since `snakemake verify` and `check` plan no job that has inputs.
    check_results_once()
    files, *_ = rule.expand_input(wildcards)
    return {known_as(file): CHECKSUMS.of(file) for file in files if file.is_ancient}


def known_as(file):
    """What an input is called in snakemake's own records."""
    return file.flags.get("sourcecache_entry", str(file))


for rule_ in workflow.rules:
    if "record" in rule_.output.keys() and "contents" not in rule_.params.keys():
        # Of its description too, from which `use rule ... with:` makes another.
        positional, named = rule_.ruleinfo.params or ((), {})
        rule_.ruleinfo.params = (positional, {**named, "contents": partial(contents, rule_)})
        rule_.set_params(contents=partial(contents, rule_))
