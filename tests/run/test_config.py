"""Configurations, good and bad."""

import copy

import pytest
import yaml
from jsonschema import Draft202012Validator

from autocrine.design.weaknesses import TECHNICAL
from autocrine.input.schema import read_yaml, with_defaults
from autocrine.problems import Findings
from autocrine.run.config import read_settings
from tests.conftest import REPOSITORY
from tests.keys import DOCUMENT, document, keys, meaning, values
from tests.models import model_of

SCHEMA = yaml.safe_load((REPOSITORY / "workflow" / "schemas" / "config.schema.yaml").read_text())
GOOD = {
    "cohorts": {"a": {"counts": "a.tsv", "samples": "s.tsv"}, "b": {"counts": "b.h5ad", "models": ["m"]}},
    "models": {
        "m": {
            "samples": {"compartment": "LSC", "day": [0, 7]},
            "design": " ~ response ",
            "contrasts": {"c": {"factor": "response", "tested": "resistant", "reference": 0}},
        },
        "n": {"design": "~ x", "contrasts": {"c": {"factor": "x", "tested": "p", "reference": "q", "title": "P"}}},
    },
}


def read(config):
    findings = Findings()
    return read_settings(config, SCHEMA, findings), "\n".join(str(problem) for problem in findings.problems)


def changed(*path, value):
    config = copy.deepcopy(GOOD)
    part = config
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value
    return config


def test_schemas_are_valid_schemas():
    for name in ("config", "samples"):
        schema = yaml.safe_load((REPOSITORY / "workflow" / "schemas" / f"{name}.schema.yaml").read_text())
        Draft202012Validator.check_schema(schema)


def test_defaults_are_filled_and_types_settled():
    settings, problems = read(GOOD)
    assert not problems
    assert settings.statistics.alpha == 0.05 and settings.engine == "parity" and settings.panel is None
    assert settings.cohorts["a"].models == ("m", "n") and settings.cohorts["b"].models == ("m",)
    assert settings.cohorts["a"].data_origin == "measured"
    assert settings.models["m"].samples == {"compartment": ("LSC",), "day": ("0", "7")}
    assert settings.models["m"].contrasts["c"].groups[1] == {"response": "0"}
    assert settings.models["m"].contrasts["c"].title == "resistant against 0"
    assert settings.models["n"].contrasts["c"].title == "P"
    assert [(c.name, m.name) for c, m in settings.fits()] == [("a", "m"), ("a", "n"), ("b", "m")]


@pytest.mark.parametrize(
    ("asked", "methods"),
    [
        (True, ("voom", "pydeseq2")), (False, ()), (["pydeseq2"], ("pydeseq2",)),
        (["pydeseq2", "voom"], ("voom", "pydeseq2")),
    ],
)  # fmt: skip
def test_second_opinions_are_asked_of_the_methods_that_are_named(asked, methods):
    settings, problems = read(changed("second_opinion", value=asked))
    assert not problems and settings.second_opinion == methods
    assert read(GOOD)[0].second_opinion == ("voom", "pydeseq2")


def test_cohorts_show_a_state_unless_they_say_that_they_predict():
    settings, problems = read(changed("cohorts", "b", "evidence", value="prediction"))
    assert not problems
    assert [cohort.evidence for cohort in settings.cohorts.values()] == ["state", "prediction"]
    assert "evidence" in read(changed("cohorts", "b", "evidence", value="both"))[1]


def test_the_configuration_itself_is_not_changed():
    before = copy.deepcopy(GOOD)
    with_defaults(GOOD, SCHEMA)
    assert before == GOOD


CONTRAST = ("models", "m", "contrasts", "c")


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({}, ['config: the key "cohorts" is missing', 'config: the key "models" is missing']),
        (changed("statistic", value={}), ['config: the key "statistic" is unknown', '"statistics"?']),
        (changed("cohorts", "a", "sample", value="x"), ['cohorts.a: the key "sample" is unknown', '"samples"?']),
        (changed("cohorts", "a", value={"samples": "s"}), ["cohorts.a: neither counts nor cells are named"]),
        (changed("cohorts", "a", value={"counts": "a.tsv"}), ['cohorts.a: the key "samples" is missing']),
        (changed("cohorts", "a", value=None), ["cohorts.a: nothing is written after this key"]),
        (changed("cohorts", "b", "models", value=["m", "k"]), ['there is no model "k"', "one of: m, n"]),
        (changed("cohorts", "summary", value={"counts": "a.h5ad"}), ['the name "summary" cannot be used']),
        (changed("models", "input", value={}), ['the name "input" cannot be used']),
        (changed("cohorts", "a/b", value={"counts": "a.h5ad"}), ['the name "a/b" cannot be used']),
        (changed("models", "m", "design", value="response"), ['models.m.design: found "response"', "Design formula"]),
        (changed(*CONTRAST, "tested", value=True), ["contrasts.c.tested: found True", "quote yes, no"]),
        (changed(*CONTRAST, "tested", value="0"), ['"0" is compared with itself']),
        (changed("models", "m", "contrasts", value={}), ["contrasts: nothing is written here"]),
        (changed("statistics", value={"alpha": 5}), ["statistics.alpha: found 5"]),
        (changed("statistics", value={"alpha": "0.05"}), ["statistics.alpha: '0.05' is not of type 'number'"]),
        (
            changed("second_opinion", value=["edger"]),
            ["second_opinion: this fits none of the forms: [edger]", "true - both"],
        ),
        (changed("second_opinion", value=[]), ["second_opinion"]),
        (changed("engine", value="deseq2"), ["engine: found 'deseq2'", "one of: parity, pydeseq2"]),
        (changed("cohorts", "a", "exclude", value={"S1": ""}), ["exclude.S1: nothing is written here"]),
        (
            changed(*CONTRAST, value={"factor": "x", "trend": ["a", "b"]}),
            ["c.trend: only 2 here: [a, b]", "Three groups"],
        ),
        (changed(*CONTRAST, value={"trend": ["a", "b", "c"]}), ["fits none of the forms: {trend: [a, b, c]}"]),
        (
            changed(*CONTRAST, value={"factor": "x", "tested": 1, "reference": 0, "trend": [0, 1, 2]}),
            ["fits none of the forms"],
        ),
        (changed(*CONTRAST, value={"factor": "x", "trend": ["a", "b", "a"]}), ['"a" is compared with itself']),
        (
            changed(*CONTRAST, value={"factor": "x", "trend": ["a", "b", "c"], "places": [0, 1, 2, 3]}),
            ["c.places: 4 places of 3 groups", "a number for each"],
        ),
        (
            changed(*CONTRAST, value={"factor": "x", "trend": ["a", "b", "c"], "places": [0, 7, 7]}),
            ["c.places: 0, 7, 7 do not rise"],
        ),
        (
            changed(*CONTRAST, value={"factor": "x", "any_difference": ["a", "b", "c"], "places": [0, 1, 2]}),
            ["fits none of the forms"],
        ),
        (changed(*CONTRAST, value={"any_difference": [{"x": 1}, {"y": 2}]}), ["named by different columns"]),
        (changed(*CONTRAST, value={"difference": ["d", "e"]}), ['"d" is no comparison of two groups of this model']),
        (
            changed(
                "models",
                "m",
                "contrasts",
                value={
                    "a": {"per_unit": "x"},
                    "b": {"factor": "y", "tested": "1", "reference": "0"},
                    "d": {"difference": ["a", "b"]},
                },
            ),
            [
                'd.difference: "a" is no comparison of two groups of this model, but a change along x: slopes',
                "two of: b",
            ],
        ),
        (
            changed(
                "models",
                "m",
                "contrasts",
                value={"a": {"per_unit": "x"}, "b": {"per_unit": "y"}, "d": {"difference": ["a", "b"]}},
            ),
            [
                '"a" is no comparison of two groups of this model, but',
                '"b" is no comparison of two groups',
                "no common unit",
            ],
        ),
        (changed("models", "m", "incomplete_pairs", value="maybe"), ["one of: keep, drop, stop"]),
        (changed("models", "m", "accept_confounded", value=["sex"]), ["one of: batch, tissue, compartment"]),
        *[
            (
                changed("statistics", value={key: value}),
                [f"config, statistics.{key}: found {value}, which is not a finite number"],
            )
            for key in ("alpha", "equivalence_margin", "power")
            for value in (float("nan"), float("inf"))
        ],
        *[
            (
                changed("statistics", value={"equivalence_margin": value}),
                ["above 0 and of at most 10. Absolute log2 fold change below which a difference counts as none"],
            )
            for value in (-1, 11, float("inf"))
        ],
        (
            changed("statistics", value={"alpha": 0.9}),
            ["found 0.9", "a number above 0 and below 0.5. False discovery rate"],
        ),
        (changed("models", "m", "unwanted_factors", value=-1), ["found -1", "a whole number of at least 0"]),
        (changed("models", "m", "unwanted_from", value="genes"), ["one of: residuals, reference_genes"]),
        (changed("cohorts", "a", "size_factors", value={"method": "tmm"}), ["one of: auto, ratio, poscounts"]),
        (changed("statistics", value={"margin_per": "iqr"}), ["one of: sd, range, unit"]),
        (changed("statistics", value={"low_count_filter": "edgeR"}), ["one of: none, filterByExpr"]),
    ],
    ids=lambda value: value[0][:60] if isinstance(value, list) else "",
)
def test_faults_name_the_key_and_what_would_be_right(config, words):
    _, problems = read(config)
    for word in words:
        assert word in problems, problems


def test_faults_come_all_at_once():
    config = changed("engine", value="deseq2")
    config["cohorts"]["a"]["titel"] = "x"
    del config["models"]["n"]["design"]
    _, problems = read(config)
    for word in ("found 'deseq2'", '"title"?', 'models.n: the key "design" is missing'):
        assert word in problems


def test_what_is_sound_is_kept_so_that_its_files_can_be_checked():
    config = changed("cohorts", "a", "titel", value="x")
    config["models"]["m"]["contrasts"]["wrong"] = {"factor": "x"}
    config["models"]["n"]["design"] = "x"
    config["statistics"] = {"alpha": 7}
    settings, problems = read(config)
    assert problems.count("\n     ->") == 4
    assert set(settings.cohorts) == {"a", "b"} and set(settings.models) == {"m"}
    assert set(settings.models["m"].contrasts) == {"c"} and settings.cohorts["a"].models == ("m",)
    assert settings.statistics.alpha == 0.05


@pytest.mark.parametrize("config", [{}, {"cohorts": 3, "models": {}}, {"cohorts": {"a": None}, "models": {"m": None}}])
def test_nothing_sound_gives_no_settings(config):
    settings, problems = read(config)
    assert settings is None and problems


def test_keys_that_appear_twice_are_reported_with_their_lines(tmp_path):
    findings = Findings()
    text = "models:\n  m: {a: 1}\n  n:\n    contrasts:\n      c: {x: 1}\n      c: {x: 2}\n  m: {}\nmodels: {}\n"
    (tmp_path / "config.yaml").write_text(text)
    read_yaml(str(tmp_path / "config.yaml"), findings)
    found = "\n".join(str(problem) for problem in findings.problems)
    for words in (
        '"models" appears in lines 1, 8',
        '"models.m" appears in lines 2, 7',
        '"models.n.contrasts.c" appears in lines 5, 6',
    ):
        assert words in found


@pytest.mark.parametrize(
    "counts",
    [
        {"url": "https://me:hidden@host/x.tsv?token=hidden"},
        {"url": "ftp://me:hidden@host/x.tsv", "sha256": "0" * 64},
        "https://me:hidden@host/x.tsv",
        {"url": "https://me:hidden@host/x.tsv", "sha256": "0" * 64, "more": 1},
    ],
)
def test_passwords_of_addresses_are_in_no_message(counts):
    _, problems = read({"cohorts": {"a": {"counts": counts, "samples": "s.tsv", "simulated": 3}}, "models": {}})
    assert problems and "hidden" not in str(problems)


def test_every_key_is_described_and_the_docs_hold_the_schema():
    assert all(node.get("description") for _, node, _ in keys())
    written = DOCUMENT.read_text(encoding="utf-8")
    assert written == document(written), "run `make docs`"


def test_values_of_keys_are_described_in_words():
    described = {path: (values(node), required) for path, node, required in keys()}
    assert described["statistics.alpha"] == ("number (above 0, below 0.5)", False)
    assert described["cohorts.<name>.cells.doublets"] == ("`mark`, `remove`, `'off'`", False)
    assert described["cohorts.<name>.counts"] == ("text; or list of text; or keys", False)
    assert described["models.<name>.design"] == ("text", True)
    assert described["models.<name>.contrasts.<name>.trend"] == ("list of text or number; or keys (at least 3)", False)


def test_signs_within_a_description_stay_and_values_get_colons():
    written = {path: meaning(path, node) for path, node, _ in keys()}
    assert r"+ - : \*, brackets" in written["models.<name>.design"]
    assert "n minus 1" in written["published.<name>.degrees_of_freedom"]
    assert written["outcomes.<name>.kind"].endswith("response: a number of each patient.")
    assert [path for path, text in written.items() if " - " in text] == ["models.<name>.design"]


def test_every_form_of_contrast_has_groups_and_a_title():
    forms = {
        "two": {"factor": "stage", "tested": "b", "reference": "a"},
        "trend": {"factor": "stage", "trend": ["a", "b", "c"]},
        "any": {"any_difference": [{"x": 1, "y": "p"}, {"x": 2, "y": "p"}]},
        "unit": {"per_unit": "age"},
        "more": {"difference": ["two", "unit"]},
    }
    contrasts = model_of("~ stage", forms).contrasts
    titles = {name: contrast.title for name, contrast in contrasts.items()}
    assert titles == {
        "two": "b against a",
        "trend": "a < b < c",
        "any": "any difference among 1, p, 2, p",
        "unit": "change with age",
        "more": "two minus unit",
    }
    assert contrasts["any"].columns == ("x", "y") and contrasts["unit"].columns == ("age",)
    assert contrasts["trend"].sides == ("c", "a") and contrasts["two"].sides == ("b", "a")


@pytest.mark.parametrize(
    "counts",
    ["star/", ["a.tsv", "b.tsv"], {"url": "https://host/x.tsv", "sha256": "a" * 64}, {"geo": "GSE1"}],
)
def test_counts_may_be_a_path_a_list_an_address_or_a_series(counts):
    settings, problems = read(changed("cohorts", "a", "counts", value=counts))
    assert not problems
    assert bool(settings.cohorts["a"].source.paths) != bool(settings.cohorts["a"].download)


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("counts", [], "cohorts.a.counts"),
        ("counts", 7, "cohorts.a.counts: 7"),
        ("counts", {"url": "https://host/x.tsv"}, "cohorts.a.counts: this fits none of the forms"),
        ("counts", {"url": "ftp://host/x.tsv", "sha256": "a" * 64}, 'cohorts.a.counts.url: found "ftp://host/x.tsv"'),
        ("counts", {"url": "https://host/x", "sha256": "abc"}, 'cohorts.a.counts.sha256: found "abc"'),
        ("counts", {"url": "s3://bucket", "sha256": "a" * 64}, "https://..., s3://bucket/key or gs://bucket/key"),
        ("counts", {"geo": "GSM1"}, 'cohorts.a.counts.geo: found "GSM1"'),
        ("counts", {"ulr": "https://host/x"}, 'the key "ulr" is unknown'),
        ("format", "kallisto", "one of: auto, table, h5ad, star, salmon, rsem, 10x"),
        ("strandedness", "yes", "one of: auto, unstranded, forward, reverse"),
        ("absent_genes", "fill", "one of: error, drop, zero"),
    ],
)
def test_counts_that_cannot_be_such_are_reported_by_key(key, value, words):
    _, problems = read(changed("cohorts", "a", key, value=value))
    assert words in problems


def test_only_h5ad_files_can_do_without_a_sheet():
    sound = ("b.h5ad", ["b.h5ad"], ["b.h5ad", "c.h5ad"], "runs/*.h5ad")
    for counts in (*sound, ["b.h5ad", "c.tsv"], "h5ad/"):
        _, problems = read(changed("cohorts", "b", "counts", value=counts))
        assert (not problems) == (counts in sound), counts
    assert not read(changed("cohorts", "b", value={"counts": "b", "format": "h5ad"}))[1]
    assert not read(changed("cohorts", "b", "counts", value={"url": "https://h/b.h5ad", "sha256": "a" * 64}))[1]


def test_every_column_that_stops_a_run_can_be_accepted():
    accepted = SCHEMA["properties"]["models"]["additionalProperties"]["properties"]["accept_confounded"]
    assert tuple(accepted["items"]["enum"]) == TECHNICAL
