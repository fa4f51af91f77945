# Contents decide what is repeated, whatever the dates: the checksums of the files that a job is given, by the user or by
# the workflow, are parameters of it. What other jobs made is dated by snakemake. Read after all rules.
from functools import partial

for each in workflow.rules:
    if "record" in each.output.keys() and "contents" not in each.params.keys():
        added = {"contents": partial(contents, each), "origin": origin}
        # Of its description too, from which `use rule ... with:` makes another.
        positional, named = each.ruleinfo.params or ((), {})
        each.ruleinfo.params = (positional, {**named, **added})
        each.set_params(**added)
