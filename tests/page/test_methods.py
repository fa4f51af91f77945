"""The methods say what was applied, and cite what they name."""

import re

import pandas as pd
import pytest

from autocrine import __version__
from autocrine.measure import LINEAR, LOG_EXPRESSION
from autocrine.page.cell_methods import REFERENCES as CELL_REFERENCES
from autocrine.page.methods import (
    describe_method,
    describe_networks,
    describe_sets,
    describe_species,
    describe_tests,
    write_methods,
)
from autocrine.page.references import REFERENCES, works_cited
from autocrine.page.short_methods import write_short_methods
from autocrine.page.works import ASKED, Work, write_bibtex
from autocrine.results.panel import NO_ORTHOLOGUE
from tests.models import model_of

FIT = {
    "samples": 12,
    "design": "~ sex + response",
    "coefficients": ["Intercept", "sex", "response"],
    "residual_degrees_of_freedom": 9,
    "left_out": ["batch[2]"],
    "size_factor_method": "poscounts",
    "size_factor_genes": 0,
    "unwanted_factors": 0,
    "unwanted_from": "residuals",
    "method": "negative binomial",
    "measure": "counts",
    "blocks": {},
    "engine": "pydeseq2",
    "trend": {"fit_type": "local"},
    "versions": {"pydeseq2": "0.5.4", "numpy": "2.4.0"},
    "contrasts": {
        "a": {"form": "trend", "composition": {"reason": ""}, "second_opinion": {"voom": {"genes": 9}}},
        "b": {"form": "any_difference", "composition": {"reason": "no fractions"}, "second_opinion": {}},
    },
    "statistics": {
        "alpha": 0.1,
        "equivalence_margin": 0.5,
        "power": 0.8,
        "low_count_filter": "filterByExpr",
        "calls": "deseq2",
        "set_correlation": "estimated",
        "margin_per": "sd",
    },
}


def test_methods_state_the_values_that_were_applied():
    text = describe_method(FIT)
    for words in (
        "12 samples",
        '"~ sex + response"',
        "positive counts",
        "estimated by PyDESeq2 0.5.4",
        "(local trend)",
        "filterByExpr",
        "slope over its groups",
        "likelihood ratio",
        "were left out: batch[2].",
    ):
        assert words in text
    plain = describe_method(FIT | {"left_out": [], "engine": "parity", "contrasts": {"a": {"form": "two_groups"}}})
    assert "transcript lengths" in describe_method(FIT | {"transcript_lengths": True}) and "lengths" not in plain
    assert "left out:" not in plain and "slope" not in plain and "PyDESeq2" not in plain
    assert "DESeq2 (Love, Huber and Anders 2014)" in plain


def test_tests_are_described_by_their_thresholds():
    text = describe_tests(FIT["statistics"], ["two_groups"])
    for words in ("90% intervals", "rate of 0.1", "within log2 0.5", "power of 80%"):
        assert words in text
    # Nothing is said that did not happen.
    assert "intervals. " not in describe_tests(FIT["statistics"], ["any_difference"])
    assert "mine.gmt" in describe_sets(["mine.gmt"], {"set_correlation": "preset"})


def test_only_what_was_done_is_described():
    """Each further step has a paragraph where it was taken, and none where not."""
    asked = ({"m": model_of("~ sex + response", {})}, {"m": FIT}, FIT["statistics"], [])
    full = " ".join(write_methods(*asked, ["lsc"], ["My claims"], 9, True)["paragraphs"])
    plain = FIT | {"engine": "parity", "contrasts": {"b": FIT["contrasts"]["b"]}}
    bare = " ".join(write_methods(asked[0], {"m": plain}, *asked[2:])["paragraphs"])
    assert "Gene sets" not in bare
    for words in ("SIMULATED", "(lsc)", "My claims", "9 fits", "leukaemic fractions", "PyDESeq2's own rules"):
        assert words in full and words not in bare
    sets = " ".join(write_methods(*asked[:3], ["mine.gmt"])["paragraphs"])
    assert "mine.gmt" in sets and "estimated from the residuals" in sets
    assert (
        f"autocrine {__version__} (numpy 2.4.0)" in bare and f"autocrine {__version__} (pydeseq2 0.5.4, numpy" in full
    )
    assert "Cook's distance" in bare


def test_networks_are_described_and_cited_only_where_there_are_any():
    for preset, words in (("preset", "a preset correlation of 0.01 between"), ("estimated", "the correlation of")):
        text = describe_networks(["net.csv"], {"set_correlation": preset})
        assert "net.csv" in text and f"inflated for {words} the targets" in text
    assert works_cited({}, False, True) - works_cited({}, False) == {
        "Badia-i-Mompel et al. 2022", "Wu and Smyth 2012", "Wu et al. 2010",
    }  # fmt: skip


@pytest.mark.parametrize("sets", [[], ["mine.gmt"]])
@pytest.mark.parametrize("form", ["two_groups", "any_difference"])
@pytest.mark.parametrize("unwanted", [(0, "residuals"), (1, "residuals"), (2, "reference_genes")])
@pytest.mark.parametrize("method", ["ratio", "poscounts"])
@pytest.mark.parametrize("engine", ["parity", "pydeseq2"])
def test_what_is_cited_is_what_the_text_names(engine, method, unwanted, form, sets):
    # With a second opinion where there are gene sets: both are there or not, and each is cited for itself.
    seconds = {"voom": {"genes": len(sets)}, "pydeseq2": {"genes": len(sets)} if unwanted[0] else {"reason": "no"}}
    contrasts = {"a": {"form": form, "composition": {"reason": ""}, "second_opinion": seconds}}
    fit = FIT | {"engine": engine, "size_factor_method": method, "contrasts": contrasts}
    fit |= {"unwanted_factors": unwanted[0], "unwanted_from": unwanted[1]}
    methods = write_methods({"m": model_of("~ response", {})}, {"m": fit}, FIT["statistics"], sets)
    named = [work.text for short, work in REFERENCES.items() if short in " ".join(methods["paragraphs"])]
    software = methods["paragraphs"][-1]
    assert ("pydeseq2 0.5.4" in software) == (engine == "pydeseq2" or bool(sets and unwanted[0]))
    assert methods["references"] == sorted(named) and len(named) == len(works_cited({"m": fit}, bool(sets)))


def test_a_title_that_reads_like_a_work_cites_nothing():
    asked = ({"m": model_of("~ response", {})}, {"m": FIT}, FIT["statistics"], [])
    methods = write_methods(*asked, claims=["Claims after Wang et al. 2017 and Anders and Huber 2010"])
    assert methods["references"] == write_methods(*asked)["references"]


@pytest.mark.parametrize("short", REFERENCES)
def test_references_are_those_they_are_named_by(short):
    work = REFERENCES[short]
    assert work.text.startswith(short.split()[0].rstrip(",")) and short[-4:] == str(work.year)


def test_references_have_keys_of_their_own():
    works = [*REFERENCES.values(), *CELL_REFERENCES.values(), ASKED]
    assert len({work.key for work in works}) == len(works)
    assert REFERENCES["Badia-i-Mompel et al. 2022"].key == "BadiaiMompel2022decoupleR".replace("R", "r")


def test_bibtex_has_the_workflow_the_paper_and_what_is_cited():
    written = write_bibtex([REFERENCES["Love, Huber and Anders 2014"], REFERENCES["Hart et al. 2013"]])
    entries = re.findall(r"^@(\w+)\{(\w+),$", written, re.MULTILINE)
    assert entries == [("software", "autocrine"), ("article", "Grockowiak2017immature"),
                       ("article", "Hart2013calculating"), ("article", "Love2014moderated")]  # fmt: skip
    assert "author = {Love, M. I. and Huber, W. and Anders, S.}" in written and "and others}" in written
    assert written.count("{") == written.count("}")
    odd = Work("A B", "50% of A_1 & {b}", "J", 2020, "1")
    assert "title = {{50\\% of A\\_1 \\& \\{b\\}}}" in odd.bibtex and "pages" not in odd.bibtex
    assert odd.text == "A B. 50% of A_1 & {b}. J 2020;1."


@pytest.mark.parametrize("sets", [[], ["mine.gmt"]])
@pytest.mark.parametrize("changed", [{}, {"engine": "parity", "size_factor_method": "ratio"}, {"method": LINEAR},
                                     {"method": LINEAR, "measure": LOG_EXPRESSION}])  # fmt: skip
def test_the_short_methods_say_what_was_applied_and_cite_nothing_more(changed, sets):
    fit = FIT | changed
    methods = write_methods(
        {"m": model_of("~ sex", {})}, {"m": fit}, FIT["statistics"], sets, claims=["C"], simulated=True
    )
    short = methods["short"]
    assert len(short.split()) < 180 and short.startswith("SIMULATED")
    for words in ('"~ sex + response"', "log2 0.5", "0.1 was the level", "Claims were set down"):
        assert words in short
    named = [work.text for name, work in REFERENCES.items() if name in short]
    assert named and set(named) <= set(methods["references"]) and ("CAMERA" in short) == bool(sets)


def test_the_short_methods_name_the_tests_that_were_made():
    def short(*forms, calls="deseq2", **changed):
        fit = FIT | changed | {"contrasts": {form: FIT["contrasts"]["a"] | {"form": form} for form in forms}}
        return write_short_methods({"m": fit}, FIT["statistics"] | {"calls": calls}, claims=True)

    assert "Genes were tested by Wald tests, panel genes and claims by moderated t tests" in short("two_groups")
    both = short("two_groups", "any_difference")
    assert "Wald tests, likelihood ratio tests where a comparison has no direction, panel genes" in both
    alone = short("any_difference")
    assert "tested by likelihood ratio tests, panel genes and claims by moderated F tests" in alone
    assert "equivalent" not in alone and "Wald" not in alone
    assert "within log2 0.5 (of a measurement per standard deviation of it) were" in short("per_unit")
    assert "tested by moderated t and F tests (Smyth 2004)." in short("two_groups", method=LINEAR)
    mixed = {"m": FIT, "n": FIT | {"method": LINEAR}}
    assert "those of linear models by moderated t and F" in write_short_methods(mixed, FIT["statistics"])


def test_what_mice_lack_is_counted_once_for_each_gene_and_set():
    """Two comparisons: the panel and the sets are in the tables twice."""
    panel = pd.DataFrame({"symbol": ["A", "B", "C"] * 2, "status": [NO_ORTHOLOGUE, "tested", "absent"] * 2})
    sets = pd.DataFrame({"file": "f", "gene_set": ["S1", "S2"] * 2, "contrast": ["a", "a", "b", "b"]})
    sets = sets.assign(genes_written=[30, 10] * 2, genes_no_single_orthologue=[3, 2] * 2)
    text = describe_species("mouse", panel, sets)
    assert "1 of 3 panel genes, and 5 of the 40 names in gene sets (12.5%)." in text
    assert describe_species("mouse", panel, pd.DataFrame(columns=["status", "file"])).endswith("1 of 3 panel genes.")
    assert describe_species("fruit fly", panel, sets) == "The genes are those of another species: fruit fly."
    assert write_methods({}, {}, FIT["statistics"], [], species=text)["paragraphs"][0] == text
