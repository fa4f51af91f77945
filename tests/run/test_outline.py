"""What a configuration asks for, in words."""

import pandas as pd
import pytest

from autocrine.design.matrix import build_design
from autocrine.design.question import Statistics
from autocrine.input.cohort import make_cohort
from autocrine.input.importing import CohortInput
from autocrine.input.readers.counts import CountTable
from autocrine.input.schema import with_defaults
from autocrine.problems import Caution, Findings
from autocrine.run.outline import outline_cohort, outline_findings, outline_genes, outline_model
from tests.models import SCHEMA, model_of

SHEET = pd.DataFrame({"stage": list("aabbcc"), "dose": [0.0, 1, 2, 3, 4, 6]}, index=[f"S{i}" for i in range(6)])
STATISTICS = Statistics(alpha=0.05, equivalence_margin=1.0, power=0.8)


def cohort_of(**entry):
    schema = SCHEMA["properties"]["cohorts"]["additionalProperties"]
    return make_cohort("c", with_defaults(entry, schema))


@pytest.mark.parametrize(
    ("contrast", "words"),
    [
        ({"factor": "stage", "tested": "b", "reference": "a"}, "2 b against 2 a; up means higher in b"),
        (
            {"factor": "stage", "trend": ["a", "b", "c"]},
            "2 a, 2 b, 2 c, a trend in this order; up means rises towards c",
        ),
        ({"factor": "stage", "any_difference": ["a", "c"]}, "2 a, 2 c, any difference"),
    ],
)
def test_comparisons_are_listed_with_the_samples_of_their_groups(contrast, words):
    model = model_of("~ stage", {"c": contrast}, title="A question")
    lines = outline_model(model, build_design(SHEET, model, "", Findings()), STATISTICS)
    assert lines[0] == "  Model m: A question" and "6 samples, 3 coefficients, 3 residual" in lines[1]
    assert lines[-1] == f"    c: {words}"


def test_measurements_and_differences_of_comparisons():
    model = model_of(
        "~ stage + dose",
        {
            "b": {"factor": "stage", "tested": "b", "reference": "a"},
            "c": {"factor": "stage", "tested": "c", "reference": "a"},
            "d": {"difference": ["c", "b"]},
            "e": {"per_unit": "dose"},
        },
    )
    lines = outline_model(model, build_design(SHEET, model, "", Findings()), STATISTICS)
    assert lines[-2:] == [
        "    d: the difference of two comparisons: c against a minus b against a, adjusted for dose; up means the "
        "first change lies above the second",
        "    e: the effect of one unit of dose in 6 samples, adjusted for stage; dose reaches from 0 to 6, 6 units; "
        "the margin of log2 1 holds per standard deviation of dose (2.16 units): log2 0.463 per unit of dose",
    ]


def test_what_cannot_be_used_is_named_as_such():
    assert outline_model(model_of("~ x", {}), None, STATISTICS) == ["  Model m", "    cannot be fitted"]
    cohort = cohort_of(counts="a.tsv", samples="s.tsv")
    assert outline_cohort(cohort, CohortInput(None, None))[1:] == [
        "  counts   a.tsv: cannot be used",
        "  samples  cannot be used",
    ]
    cohort = cohort_of(counts={"geo": "GSE1"}, samples="s.tsv", simulated=True)
    lines = outline_cohort(cohort, CohortInput(None, SHEET))
    assert "simulated data" in lines[1] and lines[2].endswith("not fetched yet")
    assert lines[3] == "  samples  s.tsv: 6, with stage, dose"
    cohort = cohort_of(counts={"url": "https://host/a.h5ad", "sha256": "0" * 64})
    lines = outline_cohort(cohort, CohortInput(None, None))
    assert lines[1:] == ["  counts   https://host/a.h5ad: not fetched yet", "  samples  not fetched yet"]


def test_lengths_are_named():
    values = pd.DataFrame([[1, 2]], index=["g"], columns=["a", "b"])
    table = CountTable(values, pd.DataFrame(index=["g"]), lengths=values)
    lines = outline_cohort(cohort_of(counts="rsem", samples="s.tsv"), CohortInput(table, SHEET))
    assert lines[1] == "  counts   rsem: 1 genes in 2 samples, with transcript lengths"


def test_the_verdict():
    findings = Findings(notes=["read so"], warnings=[Caution("small_groups", "small")])
    lines = outline_findings(findings)
    assert lines[:4] == ["Notes", "  - read so", "Warnings", "  - small"] and "1 warning to read" in lines[-1]
    assert outline_findings(Findings()) == ["No problems. Nothing was run."]


def test_genes_are_described_by_how_they_are_known_and_what_is_missing():
    mapped = pd.DataFrame({"mapping": ["ensembl", "ensembl", "alias", "unmapped"]})
    panel = pd.DataFrame({"symbol": ["BMP2", "BMP4", "ID1"], "tier": ["primary", "primary", "core"]})
    found = pd.DataFrame({"gene_id": ["ENSG1", None, None]})
    assert outline_genes("c", mapped, found, panel) == [
        "Genes of c",
        "  rows     4: 2 known by Ensembl id, 1 known by alias, 1 not known",
        "  panel    1 of 3 are there; not BMP4, ID1",
        "           among these the primary genes BMP4",
    ]
    whole = outline_genes("c", mapped[:3], found.assign(gene_id="g"), panel)
    assert whole[1:] == ["  rows     3: 2 known by Ensembl id, 1 known by alias", "  panel    3 of 3 are there"]


def test_a_comparison_that_makes_no_sense_has_no_samples_to_describe():
    model = model_of(
        "~ stage", {"d": {"difference": ["nope", "c"]}, "c": {"factor": "stage", "tested": "b", "reference": "a"}}
    )
    lines = outline_model(model, build_design(SHEET, model, "", Findings()), STATISTICS)
    assert lines[-2] == "    d: cannot be answered"
