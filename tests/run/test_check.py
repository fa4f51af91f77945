"""All that can be known to be wrong, in one pass over all cohorts and models."""

import os
import subprocess
import sys
from types import SimpleNamespace

import yaml

from autocrine.input.genes import read_gene_table
from autocrine.problems import Findings, InputError, Problem, listed
from autocrine.run.check import SharedInputs, _check_published_once, check_inputs
from autocrine.run.config import read_settings
from tests.conftest import REPOSITORY

SCHEMAS = REPOSITORY / "workflow" / "schemas"


def schema(name):
    return yaml.safe_load((SCHEMAS / f"{name}.schema.yaml").read_text(encoding="utf-8"))


def resources(panel, claims=(), gene_sets=()):
    genes = REPOSITORY / "resources" / "genes"
    return SharedInputs(
        panel,
        claims,
        gene_sets,
        schema("samples"),
        schema("claims"),
        lambda: read_gene_table(str(genes / "human_grch38.tsv.gz"), str(genes / "refused_aliases.tsv")),
    )


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
    (tmp_path / "sets.gmt").write_text("no tab in this line\n")
    (tmp_path / "unsigned.csv").write_text("source,target\nMYC,TERT\n")
    (tmp_path / "foreign.csv").write_text("source,target,weight\nP01106,O14746,1\n")
    config["networks"] = ["unsigned.csv", "foreign.csv"]
    check_inputs(
        read_settings(config, schema("config"), findings), resources("panel.tsv", gene_sets=("sets.gmt",)), findings
    )
    found = [str(problem) for problem in findings.problems]
    assert sum("aliased (cohort" in text for text in found) == 3
    assert any(text.startswith("bad.csv: values up to 4 with decimals") for text in found)
    assert any(text.startswith("none.csv: cannot be read") for text in found)
    assert any(text.startswith("panel.tsv: columns are missing: ensembl, group, tier") for text in found)
    assert any(text.startswith("sets.gmt, line 1: there is no tab") for text in found)
    assert any(text.startswith("unsigned.csv: no column of weights") for text in found)
    assert any(text.startswith("foreign.csv: none of its 1 targets is a known gene: O14746") for text in found)
    assert len(found) == 9
    inputs = {"good.csv", "bad.csv", "s.csv", "panel.tsv", "sets.gmt", "unsigned.csv", "foreign.csv"}
    assert {path.name for path in tmp_path.iterdir()} == inputs


def test_what_needs_reference_genes_and_columns_of_the_sheet_is_reported_before_the_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "c.csv").write_text("gene,S1,S2,S3,S4\nTP53,1,2,3,4\nMYC,5,6,7,8\n")
    (tmp_path / "s.csv").write_text("sample,group\nS1,a\nS2,a\nS3,b\nS4,b\n")
    head = "symbol\tensembl\trole\tgroup\ttier\n"
    (tmp_path / "panel.tsv").write_text(head + "ACTB\t\tr\treference_gene\tsecondary\n")
    contrasts = {"c": {"factor": "group", "tested": "a", "reference": "b"}}
    factors = {"design": "~ group", "contrasts": contrasts, "unwanted_from": "reference_genes", "unwanted_factors": 1}
    scaled = {"size_factors": {"genes": "reference_genes"}, "show_without": "batch"}
    config = {
        "cohorts": {"a": {"counts": "c.csv", "samples": "s.csv", **scaled}},
        "models": {"m": factors, "n": {**factors, "unwanted_factors": 2, "unwanted_from": "residuals"}},
        "claims": [],
    }
    findings = Findings()
    check_inputs(read_settings(config, schema("config"), findings), resources("panel.tsv"), findings)
    found = [str(problem) for problem in findings.problems]
    one = 'genes of the group "reference_gene" in the panel: 1'
    assert any(text.startswith(f"config, cohorts.a.size_factors.genes: {one}") for text in found)
    assert any(text.startswith(f"config, models.m.unwanted_factors: {one}; 1 factors need more") for text in found)
    assert any(text.startswith("config, models.n.unwanted_factors: ") and "would leave none" in text for text in found)
    assert any(text.startswith("config, cohorts.a.show_without: the sample sheet has no column") for text in found)
    assert len(found) == 4


def test_claims_and_the_roles_of_contrasts_are_checked_together(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "claims.yaml").write_text(
        "title: t\ncitation: c\nroles: {known: {population: p, comparison: q}}\nclaims:\n"
        "  - {id: A, statement: s, source: x, gene: BMP2A, role: known, expected: up}\n"
        "  - {id: A, statement: s, source: x, score: loop_BMP9, role: unheard, expected: up}\n"
        "  - {id: B, statement: s, source: x, testable: false}\n"
    )
    (tmp_path / "sound.yaml").write_text(
        "title: t\ncitation: c\nroles: {known: {population: p, comparison: q}}\nclaims:\n"
        "  - {id: A, statement: s, source: x, gene: BMP2, role: known, expected: up}\n"
    )
    (tmp_path / "good.csv").write_text("gene,S1,S2,S3,S4\nTP53,1,2,3,4\nMYC,5,6,7,8\n")
    (tmp_path / "s.csv").write_text("sample,group\nS1,a\nS2,a\nS3,b\nS4,b\n")
    contrast = {"factor": "group", "tested": "a", "reference": "b"}
    contrasts = {"c": contrast | {"role": "known"}, "d": contrast | {"role": ["known", "nope"]}}
    config = {
        "cohorts": {"good": {"counts": "good.csv", "samples": "s.csv"}},
        "models": {"m": {"design": "~ group", "contrasts": contrasts}},
    }
    panel = str(REPOSITORY / "resources" / "panels" / "bmp.tsv")
    reported = {}
    for name in ("claims", "sound"):
        findings = Findings()
        check_inputs(read_settings(config, schema("config"), findings), resources(panel, (f"{name}.yaml",)), findings)
        reported[name] = "\n".join(str(problem) for problem in findings.problems)
    assert 'claims.yaml, claims (entry 3): the key "reason" is missing' in reported["claims"]
    for words in ('the claims have no role "nope"', 'the role "known" is taken by m.c, m.d'):
        assert words in reported["sound"]


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


def test_checking_samples_imports_nothing_of_cells():
    code = (
        "import sys, autocrine.claims.roles, autocrine.cohorts.origins, autocrine.run.check; "
        "print([name for name in ('scipy', 'anndata', 'h5py', 'numba') if name in sys.modules])"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": str(REPOSITORY / "workflow" / "scripts")},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert run.stdout.strip() == "[]"


def test_effects_of_one_table_are_published_once():
    """The same table under two names was pooled as two papers."""
    of = {
        name: SimpleNamespace(table="p.tsv", columns={"effect": column})
        for name, column in zip("abc", "xyx", strict=True)
    }
    findings = Findings()
    _check_published_once(SimpleNamespace(published=of), findings)
    (problem,) = findings.problems
    assert problem.found == 'a, c are column "x" of one table: p.tsv'
