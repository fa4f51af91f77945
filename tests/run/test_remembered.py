"""The check of a cohort is made once for the same contents, and one with a problem each time."""

import json
import os

import pytest
import yaml

from autocrine.problems import Findings
from autocrine.run import remembered
from autocrine.run.check import check_inputs
from autocrine.run.checksums import Checksums
from autocrine.run.config import read_settings
from autocrine.run.remembered import RememberedChecks
from tests.run.test_check import resources, schema

PANEL = "symbol\tensembl\trole\tgroup\ttier\nTP53\t\tr\tg\tprimary\n"
NAMES = [f"c{number}" for number in range(200)]


@pytest.fixture
def checked(monkeypatch):
    """Names of the cohorts that are checked and not remembered."""
    names, check = [], remembered.check_cohort

    def spied(cohort, *arguments):
        names.append(cohort.name)
        return check(cohort, *arguments)

    monkeypatch.setattr(remembered, "check_cohort", spied)
    return names


@pytest.fixture
def study(tmp_path, monkeypatch):
    """A configuration of three cohorts in the working folder."""
    monkeypatch.chdir(tmp_path)
    return write_study(NAMES[:3])


def write_study(names):
    """Write files of cohorts and return their configuration."""
    for place, name in enumerate(names):
        rows = [
            ",".join([gene, *(str(100 * place + 10 * sample + number) for sample in range(6))])
            for number, gene in enumerate(("TP53", "MYC", "ACTB"), 1)
        ]
        with open(f"{name}.csv", "w") as file:
            file.write("gene,S1,S2,S3,S4,S5,S6\n" + "\n".join(rows) + "\n")
        with open(f"{name}_samples.csv", "w") as file:
            file.write("sample,group,sex\nS1,a,f\nS2,a,f\nS3,b,m\nS4,b,f\nS5,b,m\nS6,b,m\n")
    with open("panel.tsv", "w") as file:
        file.write(PANEL)
    contrasts = {"c": {"factor": "group", "tested": "a", "reference": "b"}}
    return {
        "cohorts": {name: {"counts": f"{name}.csv", "samples": f"{name}_samples.csv"} for name in names},
        "models": {"m": {"design": "~ group", "contrasts": contrasts}},
        "claims": [],
    }


def run(config, code=()):
    """Check a configuration as a run does: (outline, findings)."""
    findings = Findings()
    checks = RememberedChecks("store/checks.json", Checksums("store/checksums.json"), code)
    outline = check_inputs(
        read_settings(config, schema("config"), findings), resources("panel.tsv"), findings, checks.check
    )
    checks.save()
    return outline, findings


def test_a_second_check_says_the_same_and_reads_nothing(study, checked):
    first = run(study)
    assert checked == NAMES[:3]
    assert first[1].warnings and not first[1].problems
    assert run(study) == first
    plain = Findings()
    assert (check_inputs(read_settings(study, schema("config"), plain), resources("panel.tsv"), plain), plain) == first
    assert checked == NAMES[:3]


def test_one_changed_cohort_of_two_hundred_is_checked(tmp_path, monkeypatch, checked):
    monkeypatch.chdir(tmp_path)
    config = write_study(NAMES)
    run(config)
    assert checked == NAMES
    checked.clear()
    text = (tmp_path / "c7.csv").read_text()
    (tmp_path / "c7.csv").write_text(text.replace("TP53,", "TP53,9", 1))
    run(config)
    assert checked == ["c7"]
    checked.clear()
    sheet = (tmp_path / "c9_samples.csv").read_text()
    (tmp_path / "c9_samples.csv").write_text(sheet.replace("S2,a,f", "S2,a,m"))
    run(config)
    assert checked == ["c9"]


@pytest.mark.parametrize(
    ("change", "names"),
    [
        (lambda config: config["cohorts"]["c1"].update(title="New"), ["c1"]),
        (lambda config: config["models"]["m"].update(design="~ group + sex"), NAMES[:3]),
        (lambda config: config.update(statistics={"alpha": 0.01}), NAMES[:3]),
        (lambda config: config["cohorts"].update(d=dict(config["cohorts"]["c0"])), ["d"]),
        (lambda config: config["cohorts"].pop("c2"), []),
        (lambda config: [config["cohorts"].pop(name) for name in ("c1", "c2")], ["c0"]),
    ],
    ids=["title", "design", "thresholds", "more", "fewer", "alone"],
)
def test_what_a_check_rests_on_decides_whether_it_is_remembered(study, checked, change, names):
    run(study)
    checked.clear()
    change(study)
    run(study)
    assert checked == names


def test_other_code_remembers_nothing(study, checked, tmp_path):
    (tmp_path / "code.py").write_text("old")
    run(study, ["code.py"])
    run(study, ["code.py"])
    (tmp_path / "code.py").write_text("new")
    run(study, ["code.py"])
    assert checked == 2 * NAMES[:3]


def test_samples_shared_by_cohorts_are_reported_from_memory_too(study, checked, tmp_path):
    (tmp_path / "c1.csv").write_text((tmp_path / "c0.csv").read_text())
    said = [run(study)[1].warnings for _ in range(2)]
    assert checked == NAMES[:3]
    assert said[0] == said[1] and any("cohorts c0 and c1 share 6 samples" in str(caution) for caution in said[0])


@pytest.mark.parametrize("fault", ["counts", "sheet", "missing", "pipe"])
def test_a_problem_is_never_remembered(study, checked, tmp_path, fault):
    path = tmp_path / ("c1_samples.csv" if fault == "sheet" else "c1.csv")
    text = path.read_text()
    if fault in ("missing", "pipe"):
        path.unlink()
    else:
        path.write_text(text.replace("a,f", "b,f") if fault == "sheet" else text.replace("TP53,", "TP53,-"))
    if fault == "pipe":
        os.mkfifo(path)
    problems = [run(study)[1].problems for _ in range(2)]
    assert problems[0] == problems[1] != []
    assert checked == [*NAMES[:3], "c1"]
    path.unlink(missing_ok=True)
    path.write_text(text)
    assert not run(study)[1].problems


@pytest.mark.parametrize("text", ["", "[1]", "\x00", '{"a": 3}', "3"])
def test_a_damaged_store_is_begun_anew(study, checked, tmp_path, text):
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "checks.json").write_text(text)
    first = run(study)
    assert checked == NAMES[:3] and run(study) == first and checked == NAMES[:3]


@pytest.mark.parametrize("record", [3, None, {"outline": 3}, {"warnings": [{"kind": "x"}]}, {"warnings": ["x"]}])
def test_a_damaged_record_is_made_again(study, checked, tmp_path, record):
    first = run(study)
    store = tmp_path / "store" / "checks.json"
    held = json.loads(store.read_text())
    if isinstance(record, dict):
        record = {"outline": [], "samples": {}, "notes": [], "warnings": [], **record}
    store.write_text(json.dumps(dict.fromkeys(held, record)))
    assert run(study) == first and checked == 2 * NAMES[:3]


def test_a_folder_that_cannot_be_written_to_costs_time_only(study, checked, tmp_path):
    (tmp_path / "store").write_text("a file in the place of the folder")
    assert run(study) == run(study) and checked == 2 * NAMES[:3]


def test_a_file_that_changes_while_it_is_checked_is_not_remembered(study, checked, tmp_path, monkeypatch):
    check = remembered.check_cohort

    def changing(cohort, *arguments):
        found = check(cohort, *arguments)
        if cohort.name == "c1":
            (tmp_path / "c1.csv").write_text((tmp_path / "c1.csv").read_text() + "RPL3,1,2,3,4,5,6\n")
        return found

    monkeypatch.setattr(remembered, "check_cohort", changing)
    run(study)
    checked.clear()
    monkeypatch.setattr(remembered, "check_cohort", check)
    run(study)
    assert checked == ["c1"]


def test_the_last_used_are_kept(study, checked, monkeypatch):
    monkeypatch.setattr(remembered, "MOST", 2)
    run(study)
    checked.clear()
    run(study)
    assert checked == ["c0"]


def test_the_demo_of_cells_is_remembered(monkeypatch, checked):
    """Of a cohort of cells the headers are read."""
    from tests.conftest import REPOSITORY

    monkeypatch.chdir(REPOSITORY)
    config = yaml.safe_load((REPOSITORY / "resources" / "demo_cells" / "config.yaml").read_text(encoding="utf-8"))
    settings = read_settings(config, schema("config"), Findings())
    checks = RememberedChecks("no/such/folder.json", Checksums("no/such/folder.json"), [])
    (cohort,) = settings.cohorts.values()
    first = checks.check(cohort, settings, schema("samples"))
    assert checks.check(cohort, settings, schema("samples")) == first
    assert checked == [cohort.name]
