"""Samples that vary together: which columns can say so, and how their correlation is taken out."""

import numpy as np
import pandas as pd
import pytest

from autocrine.design.blocks import whitening
from autocrine.design.examination import examine_design
from autocrine.design.matrix import build_design
from autocrine.problems import Findings
from tests.models import model_of

CONTRAST = {"c": {"factor": "group", "tested": "b", "reference": "a"}}
SHEET = pd.DataFrame(
    {
        "group": ["a", "b"] * 6,
        "patient": [f"P{i // 2}" for i in range(12)],
        "alone": [f"X{i}" for i in range(12)],
        "age": np.arange(12.0),
        "some": [f"P{i // 2}" if i < 10 else None for i in range(12)],
    },
    index=[f"s{i}" for i in range(12)],
)


def built(random, design="~ group", sheet=SHEET):
    findings = Findings()
    return build_design(sheet, model_of(design, CONTRAST, random=random), "m", findings), findings


def test_blocks_follow_the_samples_of_the_design():
    design, findings = built("patient")
    assert not findings.problems and design.blocks == tuple(SHEET["patient"])
    assert built("")[0].blocks == ()


@pytest.mark.parametrize(
    ("random", "design", "words"),
    [
        ("donor", "~ group", 'no column "donor"'),
        ("age", "~ group", '"age" is a measurement'),
        ("some", "~ group", '"some" is missing for s10, s11'),
        ("patient", "~ patient + group", '"patient" is in the design "~ patient + group" too'),
        ("alone", "~ group", '0 values of "alone" (12 in all) have two samples or more'),
    ],
)
def test_what_cannot_be_random_is_reported_once(random, design, words):
    found, findings = built(random, design)
    assert found is None and len(findings.problems) == 1
    assert findings.problems[0].where == "m.random" and words in str(findings.problems[0])


def test_repeated_samples_are_no_replicates_unless_they_are_random():
    sheet = SHEET.assign(group=["a"] * 6 + ["b"] * 6)
    for random, problems in (("", 1), ("patient", 0)):
        model, findings = model_of("~ group", CONTRAST, random=random), Findings()
        examine_design(build_design(sheet, model, "m", findings), model, "m", findings)
        assert len(findings.problems) == problems
    assert '"random: patient"' in str(_problems(sheet, model_of("~ group", CONTRAST))[0])


def _problems(sheet, model):
    findings = Findings()
    examine_design(build_design(sheet, model, "m", findings), model, "m", findings)
    return findings.problems


@pytest.mark.parametrize("correlation", [-0.3, 0.0, 0.4, 0.9])
def test_whitening_takes_the_correlation_out(correlation):
    blocks = ["A", "B", "A", "C", "A", "B"]
    labels = np.array(blocks)
    together = np.where(labels[:, None] == labels, correlation, 0.0)
    np.fill_diagonal(together, 1.0)
    apart = whitening(blocks, correlation)
    assert apart @ together @ apart.T == pytest.approx(np.eye(6), abs=1e-12)
