"""All that can be known to be wrong, in one pass over all cohorts and models."""

import yaml

from autocrine.check import check_inputs
from autocrine.config import read_settings
from autocrine.problems import Findings, InputError, Problem, listed
from tests.conftest import REPOSITORY

SCHEMAS = REPOSITORY / "workflow" / "schemas"


def test_every_cohort_model_and_the_panel_are_checked(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "good.csv").write_text("gene,S1,S2,S3,S4\nTP53,1,2,3,4\nMYC,5,6,7,8\n")
    (tmp_path / "bad.csv").write_text("gene,S1,S2,S3,S4\nTP53,1,2.5,3,4\n")
    (tmp_path / "s.csv").write_text("sample,group,lane\nS1,a,x\nS2,a,x\nS3,b,y\nS4,b,y\n")
    (tmp_path / "panel.tsv").write_text("symbol\trole\nBMP4\tligand\n")
    contrasts = {"c": {"factor": "group", "tested": "a", "reference": "b"}}
    config = {
        "cohorts": {name: {"counts": f"{name}.csv", "samples": "s.csv"} for name in ("good", "bad", "none")},
        "models": {
            "fine": {"design": "~ group", "contrasts": contrasts},
            "aliased": {"design": "~ lane + group", "contrasts": contrasts},
        },
    }
    findings = Findings()
    schema, samples = (yaml.safe_load((SCHEMAS / f"{name}.schema.yaml").read_text()) for name in ("config", "samples"))
    check_inputs(read_settings(config, schema, findings), samples, "panel.tsv", findings)
    found = [str(problem) for problem in findings.problems]
    assert sum("aliased (cohort" in text for text in found) == 3
    assert any(text.startswith("bad.csv: values up to 4 with decimals") for text in found)
    assert any(text.startswith("none.csv: cannot be read") for text in found)
    assert any(text.startswith("panel.tsv: columns are missing: ensembl, group, tier") for text in found)
    assert len(found) == 6
    assert {path.name for path in tmp_path.iterdir()} == {"good.csv", "bad.csv", "s.csv", "panel.tsv"}


def test_message_numbers_problems_and_says_that_nothing_happened():
    text = str(InputError([Problem("a.tsv", "odd", "even"), Problem("b.tsv", "red")]))
    assert text.splitlines() == [
        "2 problems in the input. Nothing was run and nothing was written.",
        "  1. a.tsv: odd",
        "     -> even",
        "  2. b.tsv: red",
    ]


def test_long_lists_stay_readable():
    assert listed(range(20), 3) == "0, 1, 2 and 17 more"
    assert listed([]) == "none"
