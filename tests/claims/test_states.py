"""States of cells that claims name are those of the cohorts, or the run stops before it begins."""

import pytest
import yaml

from autocrine.claims.claims import Claim, Claims
from autocrine.claims.roles import Role
from autocrine.claims.states import check_states
from autocrine.problems import Findings
from autocrine.run import remembered
from autocrine.run.check import check_inputs
from autocrine.run.checksums import Checksums
from autocrine.run.config import read_settings
from autocrine.run.remembered import RememberedChecks
from tests.conftest import REPOSITORY
from tests.models import model_of
from tests.run.test_check import resources, schema

ROLES = {"tki": Role("CD34+ cells", "imatinib against none")}
MODELS = {
    "m": model_of("~ x", {"c": {"factor": "x", "tested": "1", "reference": "0", "role": "tki"}}),
    "other": model_of("~ x", {"c": {"factor": "x", "tested": "1", "reference": "0"}}),
}


def problems(about, states, cohorts=None):
    """Return what is said of one claim; `states`: cohort of cells -> its states."""
    claim = Claim(id="A", statement="s", source="x", role="tki", expected="up", **about)
    findings = Findings()
    files = {"c.yaml": Claims("t", "c", "", ROLES, (claim,)), "bad.yaml": None}
    check_states(files, MODELS, cohorts or {name: ["m"] for name in states}, states, findings)
    return [str(problem) for problem in findings.problems]


@pytest.mark.parametrize(
    ("about", "place"),
    [
        ({"abundance": "NOPE"}, "abundance"),
        ({"fraction": "BMPR1B", "state": "NOPE"}, "state"),
        ({"survivors": "BMPR1B", "state": "NOPE"}, "state"),
        ({"codetection": ("BMP4", "BMPR1B"), "state": "NOPE"}, "state"),
    ],
)
def test_a_state_that_no_cohort_has_stops_the_run(about, place):
    (problem,) = problems(about, {"one": ("LSC", "MSC"), "two": ("LSC", "monocyte")})
    assert problem == (
        f'c.yaml, claim A, {place}: no cell of one, two is in a state "NOPE"\n     -> one of: LSC, MSC, monocyte'
    )
    known = {name: "LSC" if named == "NOPE" else named for name, named in about.items()}
    assert problems(known, {"one": ("LSC", "MSC")}) == []
    # One cohort that has it is enough.
    assert problems(about, {"one": ("LSC",), "two": ("NOPE",)}) == []


@pytest.mark.parametrize(
    ("states", "cohorts"),
    [
        ({}, {}),
        ({"one": ("LSC",)}, {"one": ["other"]}),
        ({"one": ()}, None),
        ({"one": ("LSC",), "two": None}, None),
    ],
    ids=["no cells", "no role", "no states", "a cohort with problems"],
)
def test_nothing_is_said_where_the_states_of_cohorts_are_not_known(states, cohorts):
    assert problems({"abundance": "NOPE"}, states, cohorts) == []


def test_no_state_is_asked_of_claims_on_genes():
    assert problems({"gene": "BMPR1B"}, {"one": ("LSC",)}) == []


DEMO = yaml.safe_load((REPOSITORY / "resources" / "demo_cells" / "config.yaml").read_text(encoding="utf-8"))
ENTRY = {"statement": "s.", "role": "tki_vs_untreated", "expected": "up", "source": "x"}


@pytest.fixture
def problems_of(tmp_path, monkeypatch):
    """Check the bundled cells with some claims, and return the problems in words."""
    monkeypatch.chdir(REPOSITORY)
    path = tmp_path / "claims.yaml"

    def check(*claims):
        roles = {"tki_vs_untreated": {"population": "x", "comparison": "y"}}
        entries = [{"id": f"c{number}", **ENTRY, **about} for number, about in enumerate(claims)]
        path.write_text(yaml.safe_dump({"title": "T", "citation": "c", "roles": roles, "claims": entries}))
        findings = Findings()
        settings = read_settings({**DEMO, "claims": [str(path)]}, schema("config"), findings)
        checks = RememberedChecks(tmp_path / "checks.json", Checksums(tmp_path / "sums.json"), [])
        panel = resources("resources/panels/bmp.tsv", claims=(str(path),))
        check_inputs(settings, panel, findings, checks.check)
        checks.save()
        return [str(problem).replace(str(path), "FILE") for problem in findings.problems]

    return check


def test_misspelt_states_of_the_bundled_cells_are_reported_from_memory_too(problems_of, monkeypatch):
    assert problems_of({"abundance": "LSC"}, {"fraction": "BMPR1B", "state": "LSC"}) == []
    monkeypatch.setattr(remembered, "check_cohort", None)
    assert problems_of({"abundance": "NOPE"}, {"fraction": "BMPR1B", "state": "NOPE"}) == [
        'FILE, claim c0, abundance: no cell of demo_cells is in a state "NOPE"'
        "\n     -> one of: LSC, MSC, monocyte, progenitor",
        'FILE, claim c1, state: no cell of demo_cells is in a state "NOPE"'
        "\n     -> one of: LSC, MSC, monocyte, progenitor",
    ]


def test_a_state_beside_abundance_is_refused(problems_of):
    assert problems_of({"abundance": "LSC", "state": "progenitor"}) == [
        'FILE, claim c0: the state "progenitor" is given beside abundance, which is the share of a state itself'
        "\n     -> no state here"
    ]
