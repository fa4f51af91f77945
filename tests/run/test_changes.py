"""Two runs compared: everything that changed is reported, and nothing else."""

import numpy as np
import pandas as pd
import pytest

import compare
from autocrine.run.changes import (
    compare_claims,
    compare_ledgers,
    compare_meta,
    compare_panels,
    compare_pooled_claims,
    describe,
    differing,
)
from autocrine.run.ledger import make_crate
from autocrine.tables import write_json, write_table
from tests.run.test_ledger import RECORD


@pytest.fixture
def panel():
    rows = [(m, c, s) for m, c in (("m", "a"), ("m", "b")) for s in ("BMP2", "BMP4", "NA")]
    table = pd.DataFrame(rows, columns=["model", "contrast", "symbol"])
    return table.assign(log2_fc=[0.1, 2.0, np.nan] * 2, ci_low=-1.0, ci_high=3.0, p_value=0.01, status="tested",
                        min_detectable_log2_fc=np.inf, outcome="undetermined")  # fmt: skip


@pytest.fixture
def claims():
    return pd.DataFrame({"title": "T", "claim": ["C1", "C2"], "verdict": "supported", "model": ["m", ""],
                         "contrast": ["a", ""], "log2_fc": [1.0, np.nan], "ci_low": 0.5, "ci_high": 1.5})  # fmt: skip


def test_equal_runs_have_no_changes(panel, claims):
    changes = pd.concat([compare_panels(panel, panel.sample(frac=1, random_state=0)), compare_claims(claims, claims)])
    assert changes.empty
    assert describe(changes, ["x"]) == "x\nNo claim, no panel gene and no input changed.\n"


def test_each_change_is_reported_once_with_both_values(panel):
    new = panel.copy()
    new.loc[1, ["log2_fc", "outcome"]] = [2.5, "changed"]
    new.loc[2, "log2_fc"] = 0.3
    new = pd.concat([new.drop(index=3), panel.iloc[[0]].assign(symbol="ID1")])
    found = compare_panels(panel, new).set_index(["contrast", "name", "field"])
    assert len(found) == 5
    assert found.loc[("a", "BMP4", "outcome"), ["old", "new"]].tolist() == ["undetermined", "changed"]
    assert found.loc[("a", "BMP4", "log2_fc"), ["old", "new"]].tolist() == [2.0, 2.5]
    assert np.isnan(found.loc[("a", "NA", "log2_fc"), "old"])
    assert found.loc[("b", "BMP2", ""), "change"] == "disappeared"
    assert found.loc[("a", "ID1", ""), "change"] == "appeared"


def test_numbers_that_are_not_listed_are_counted(panel, claims):
    """Verdicts and effects may stay while a p-value does not: that is no run without a change."""
    changes = pd.concat([
        compare_panels(panel, panel.assign(p_value=0.02)),
        compare_claims(claims.assign(verdict_p_value=0.01), claims.assign(verdict_p_value=0.011)),
    ])  # fmt: skip
    # Any column of numbers is compared, those that later versions bring too.
    changes = pd.concat([changes, compare_panels(panel.assign(new=1.0), panel.assign(new=[1.0] * 5 + [2.0]))])
    text = describe(changes, [])
    assert "Further numbers that differ: 9" in text and "Nothing changed" not in text


def test_rounding_is_no_change():
    old = pd.Series([1.0, np.nan, np.inf, 1e-200, 0.0])
    assert not differing(old, pd.Series([1.0 + 1e-9, np.nan, np.inf, 1e-200, 0.0])).any()
    assert differing(old, pd.Series([1.001, 0.0, 1.0, 2e-200, 1e-9])).all()


def test_effects_that_are_zero_but_for_rounding_are_the_same(panel):
    before, after = (panel.assign(composition_log2_fc=value, adj_p_value=1e-20) for value in (-1.9e-16, 2.3e-16))
    assert compare_panels(before, after).empty
    assert set(compare_panels(before, after.assign(adj_p_value=1e-22))["field"]) == {"adj_p_value"}


def test_a_verdict_is_described_in_words(claims):
    new = claims.assign(verdict=["inconclusive", "supported"])
    text = describe(compare_claims(claims, new), [])
    assert "Verdicts (1)\n  C1 in a of m: supported -> inconclusive" in text


def test_ledgers_are_compared_by_inputs_configuration_and_versions():
    kinds = ("input", "config", "seed", "version", "code")
    old = {kind: {} for kind in kinds} | {"input": {"a": "1", "b": "2"}, "version": {"numpy": "1"}}
    new = {kind: {} for kind in kinds} | {"input": {"a": "9", "c": "3"}, "version": {"numpy": "1"}}
    found = compare_ledgers(old, new)
    assert found[["name", "change"]].to_numpy().tolist() == [["a", "changed"], ["b", "disappeared"], ["c", "appeared"]]


@pytest.fixture
def runs(panel, claims, tmp_path):
    """Two runs of which the second has another margin and another effect."""
    for name, alpha, effect in (("old", 0.05, 2.0), ("new", 0.01, 2.5)):
        folder = tmp_path / name / "results" / "demo"
        write_table(folder / "panel.tsv", panel.replace({"log2_fc": {2.0: effect}}), "measured")
        write_table(folder / "claims.tsv", claims, "measured")
        write_json(folder / "ro-crate-metadata.json", make_crate(RECORD | {"config": {"alpha": alpha}}))
    return tmp_path / "old" / "results" / "demo", tmp_path / "new" / "results" / "demo"


def test_command_prints_and_writes(runs, tmp_path, capsys):
    assert compare.main(*runs, tmp_path / "changes.tsv") == 0
    text = capsys.readouterr().out
    assert "Configuration (1)\n  alpha: 0.05 -> 0.01" in text
    assert "BMP4 in a of m: 2.000 -> 2.500" in text
    table = pd.read_csv(tmp_path / "changes.tsv", sep="\t", keep_default_na=False)
    assert table["kind"].tolist() == ["config", "gene", "gene"]


def test_other_tables_that_differ_are_named(runs, capsys):
    """A changed answer of an outcome was "Nothing changed."."""
    for folder, p_value in zip(runs, (0.8, 1e-6), strict=True):
        write_table(folder / "outcomes.tsv", pd.DataFrame({"p_value": [p_value]}), "measured")
        write_table(folder / "quality.tsv", pd.DataFrame({"library_size": [1.0]}), "measured")
    assert compare.main(*runs) == 0
    assert "Tables that differ and are not compared row by row: outcomes.tsv.\n" in capsys.readouterr().out


def test_runs_without_a_ledger_are_compared_as_far_as_they_go(runs, capsys):
    (runs[0] / "ro-crate-metadata.json").unlink()
    assert compare.main(*runs) == 0
    text = capsys.readouterr().out
    assert "Not compared: ro-crate-metadata.json is not in" in text and "BMP4 in b of m" in text


def test_folders_that_are_no_runs_are_refused_in_words(runs, tmp_path, capsys):
    assert compare.main(tmp_path / "nothing", tmp_path) == 2
    errors = capsys.readouterr().err
    assert "there is no such folder" in errors and "no results of a cohort" in errors
    assert compare.main(runs[0], runs[1].parent) == 2
    assert "one holds the results of a cohort, the other those of several" in capsys.readouterr().err


def test_tables_of_another_program_are_refused(runs, capsys):
    (runs[0] / "panel.tsv").write_text("a\tb\n1\t2\n")
    assert compare.main(*runs) == 2
    assert "Are both made by this workflow?" in capsys.readouterr().err


@pytest.fixture
def meta():
    rows = [
        ("lsc", "state", "measured", "two_groups", "", gene, left) for gene in ("BMP4", "ID1") for left in ("", "c")
    ]
    names = ["role", "evidence", "data_origin", "form", "unit", "symbol", "left_out"]
    table = pd.DataFrame(rows, columns=names)
    return table.assign(log2_fc=1.0, ci_low=0.5, ci_high=1.5, p_value=0.01, tau2=0.1, outcome="changed")


def test_effects_over_cohorts_are_compared_without_what_left_one_out(meta):
    new = meta.copy()
    new.loc[[0, 1], ["log2_fc", "outcome"]] = [2.0, "undetermined"]
    changes = compare_meta(meta, new)
    assert changes[["kind", "model", "contrast", "name", "field"]].to_numpy().tolist() == [
        ["gene", "state measured two_groups", "lsc", "BMP4", field] for field in ("outcome", "log2_fc")
    ]
    assert compare_meta(meta, meta.sample(frac=1, random_state=1)).empty
    # Cohorts of which none has a role have nothing to put together.
    assert compare_meta(meta.iloc[:0], meta.iloc[:0]).empty
    assert set(compare_meta(meta.iloc[:0], meta)["change"]) == {"appeared"}
    # Results of earlier versions have no species, and are of people.
    assert compare_meta(meta, meta.assign(species="human")).empty
    mice = compare_meta(meta, pd.concat([meta, meta.assign(species="mouse")]).fillna({"species": "human"}))
    assert set(mice["model"]) == {"state mouse measured two_groups"} and set(mice["change"]) == {"appeared"}


def test_pooled_verdicts_are_compared_where_there_are_any():
    old = pd.DataFrame({"title": "T", "claim": ["C1", "C2"], "verdict_a": "supported"})
    assert compare_pooled_claims(old, old).empty
    new = old.assign(pooled_verdict_state=["supported", np.nan])
    (appeared,) = compare_pooled_claims(old, new).to_dict("records")
    assert (appeared["name"], appeared["model"], appeared["change"]) == ("C1", "state", "appeared")
    (changed,) = compare_pooled_claims(new, new.replace({"supported": "inconclusive"})).to_dict("records")
    assert (changed["field"], changed["old"], changed["new"]) == ("verdict", "supported", "inconclusive")


def test_all_cohorts_of_two_runs_and_their_summary(runs, meta, tmp_path, capsys):
    old, new = (folder.parent for folder in runs)
    for folder, effect in ((old, 1.25), (new, 3.5)):
        write_table(folder / "summary" / "meta_analysis.tsv", meta.assign(log2_fc=effect), "measured")
    write_table(new / "second" / "panel.tsv", pd.DataFrame({"symbol": ["A"]}), "measured")
    assert compare.main(old, new, tmp_path / "changes.tsv") == 0
    text = capsys.readouterr().out
    assert "BMP4 in a of m: 2.000 -> 2.500" in text and f"Only in {new}: second" in text
    assert "ID1 in lsc of state measured two_groups: 1.250 -> 3.500" in text
    table = pd.read_csv(tmp_path / "changes.tsv", sep="\t", keep_default_na=False)
    assert table.groupby("cohort").size().to_dict() == {"demo": 3, "summary": 2}
    # What only one of them has is reported, the summary too; a refusal leaves no older table.
    (old / "summary" / "meta_analysis.tsv").unlink()
    assert compare.main(old, new) == 0
    assert f"Only in {new}: second, summary" in capsys.readouterr().out
    assert compare.main(old, tmp_path / "nothing", tmp_path / "changes.tsv") == 2
    assert not (tmp_path / "changes.tsv").exists()
