"""What snakemake works out again and again while it plans, worked out once."""

import inspect
from functools import partial

from snakemake.common import get_function_params
from snakemake.io import AnnotatedString, IOFile
from snakemake.output_index import OutputIndex
from snakemake.rules import Rule

from autocrine.run.planning import know_parameters, note_inputs, remember_producers


def test_parameters_are_those_of_the_signature_and_asked_for_once(monkeypatch):
    def plain(wildcards, input): ...

    flagged = AnnotatedString(lambda wildcards, attempt: "")
    functions = [plain, partial(plain, input=[]), lambda wildcards: [], *[flagged.callable]]
    expected = [dict(inspect.signature(function).parameters) for function in functions]
    know_parameters([*functions[:3], flagged, IOFile("results/{cohort}/panel.tsv"), ["a list"], "a text"])

    def signature(function):
        raise AssertionError("asked again")

    monkeypatch.setattr(inspect, "signature", signature)
    assert [dict(get_function_params(function)) for function in functions] == expected
    know_parameters(functions)


class Index:
    """An index as snakemake has it, which counts its searches."""

    def __init__(self, made):
        self.made, self.searches = made, 0

    def match_producers(self, target):
        self.searches += 1
        return {rule for rule, file in self.made if file == target}


def test_the_rules_that_make_a_file_are_looked_for_once_in_each_index(monkeypatch):
    monkeypatch.setattr(Index, "match_producers", remember_producers(Index.match_producers))
    first, second = Index([("fit", "a"), ("plot", "b"), ("plot", "a")]), Index([("check", "a")])
    assert [first.match_producers(name) for name in "abca"] == [{"fit", "plot"}, {"plot"}, set(), {"fit", "plot"}]
    assert second.match_producers("a") == {"check"} and (first.searches, second.searches) == (3, 1)
    assert remember_producers(Index.match_producers) is Index.match_producers


def test_inputs_that_are_wanted_are_kept_for_each_job():
    asked = []

    def expand(wildcards, groupid=None):
        asked.append((dict(wildcards), groupid))
        return [f"given/{wildcards['cohort']}", f"results/{wildcards['cohort']}"], "more"

    expand_and_note, inputs_of = note_inputs(expand, lambda file: file.startswith("given"))
    assert expand_and_note({"cohort": "one"}, groupid=1) == (["given/one", "results/one"], "more")
    assert inputs_of({"cohort": "one"}) == ["given/one"] and asked == [({"cohort": "one"}, 1)]
    # A rule that another workflow uses has another method.
    assert inputs_of({"cohort": "two"}) == ["given/two"] == inputs_of({"cohort": "two"})
    assert asked[1:] == [({"cohort": "two"}, None)]


def test_snakemake_has_what_is_replaced():
    assert list(inspect.signature(OutputIndex.match_producers).parameters) == ["self", "targetfile"]
    assert list(inspect.signature(Rule.expand_input).parameters)[:2] == ["self", "wildcards"]
    assert "_overwrite_params" in inspect.getsource(inspect.getmodule(get_function_params))
