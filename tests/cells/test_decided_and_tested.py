"""From cells of a configuration to decisions and tests: assignment, decisions, the sheet of sums, tests of models."""

import warnings

import numpy as np
import pandas as pd
import pytest
import yaml
from anndata import AnnData

from autocrine.cells.assignment import EXCLUDED, NO_SAMPLE, assign_cells, assigned_groups
from autocrine.cells.decisions import check_doublets, decide_cells, tabulate_pseudobulks
from autocrine.cells.other_counts import other_counts
from autocrine.cells.pseudobulks import check_names, pseudobulk_sheet, sheet_of_specimens, warn_of_lost_samples
from autocrine.cells.settled import Settled, settle_cells
from autocrine.cells.survey import survey_cells
from autocrine.cells.survivors import check_viable
from autocrine.input.cell_source import CellSource
from autocrine.input.cohort import make_cohort
from autocrine.input.schema import with_defaults
from autocrine.problems import Findings
from tests.conftest import REPOSITORY

WHERE = "config, cohorts.a"
SAMPLES = pd.Index(["S1", "S2"])


def cells(**columns):
    table = {"sample": ["S1"] * 3 + ["S2"] * 3, "type": ["HSC", "MPP", "T", "HSC", None, "MPP"], **columns}
    return pd.DataFrame(table, index=[f"AC{n}" for n in range(6)])


def assigned(source, table=None, labels=None, samples=SAMPLES, excluded=()):
    findings = Findings()
    given = cells() if table is None else table
    found = assign_cells(given, source, labels, samples, dict.fromkeys(excluded, "bad"), WHERE, findings)
    return found, [problem.found for problem in findings.problems]


LSC = {"LSC": ("HSC", "MPP")}


def test_states_are_made_of_labels_and_what_is_left_out_has_a_reason():
    found, problems = assigned(CellSource(("x",), label_column="type", states=LSC))
    assert not problems
    assert found["state"].tolist() == ["LSC", "LSC", None, "LSC", None, "LSC"]
    assert found["reason"].tolist() == ["", "", "state not asked for", "", "no state", ""]
    groups = assigned_groups(found)
    assert groups.to_dict("list") == {"sample": ["S1", "S2"], "state": ["LSC", "LSC"], "cells": [2, 2]}


def test_each_label_is_a_state_where_none_are_named_and_none_where_there_are_no_labels():
    found, _ = assigned(CellSource(("x",), label_column="type"))
    assert found["state"].tolist() == ["HSC", "MPP", "T", "HSC", None, "MPP"]
    found, _ = assigned(CellSource(("x",)))
    assert "state" not in found and (found["reason"] == "").all()


def test_labels_of_a_table_are_found_by_sample_and_barcode():
    labels = cells(fusion=["positive", "negative", "unknown", "positive", "", "negative"])
    source = CellSource(("x",), label_column="type", label_file="l.tsv", fusion="fusion", only_fusion="positive")
    found, problems = assigned(source, cells()[["sample"]], labels.iloc[::-1])
    assert not problems
    assert found["fusion"].tolist() == ["positive", "negative", "unknown", "positive", "unknown", "negative"]
    assert found["reason"].tolist() == ["", "fusion not positive", "fusion not positive", "", "no state",
                                        "fusion not positive"]  # fmt: skip


@pytest.mark.parametrize(
    ("source", "options", "words"),
    [
        (CellSource(("x",), label_column="kind"), {}, 'there is no column "kind" in the files\' obs'),
        (CellSource(("x",), label_column="type", states={"MSC": ("stroma",)}), {}, "no cell is in the state MSC"),
        (
            CellSource(("x",), fusion="call"),
            {"table": cells(call=["positive", "yes", *["unknown"] * 4])},
            'calls of the fusion are "yes" (1 cells)',
        ),
        (
            CellSource(("x",)),
            {"samples": pd.Index(["S1", "S3"])},
            "the samples differ. Only in the sheet: S3. Only with cells: S2",
        ),
        (CellSource(("x",)), {"excluded": ["S9"]}, "there is no sample S9"),
    ],
)
def test_what_cannot_be_assigned_is_one_message(source, options, words):
    found, problems = assigned(source, **options)
    assert found is None and problems == [words]


def test_excluded_samples_and_cells_without_one_are_left_out():
    found, problems = assigned(CellSource(("x",)), cells(sample=["S1"] * 3 + ["S2", "S2", None]), excluded=["S2"])
    assert not problems
    assert found["reason"].tolist() == ["", "", "", EXCLUDED, EXCLUDED, NO_SAMPLE]


def measured(number=60, seed=3):
    """Cells of two samples and states, of which state B is small and quiet, and a few broken ones at the end."""
    random = np.random.default_rng(seed)
    table = pd.DataFrame(
        {
            "sample": np.repeat(["S1", "S2"], 2 * number),
            "state": np.tile(np.repeat(["A", "B"], number), 2),
            "fusion": np.tile(["positive", "negative", "unknown"], 4 * number // 3),
        },
        index=[f"AC{n}" for n in range(4 * number)],
    ).assign(reason="")
    deep = np.where(table["state"] == "A", 5_000, 900) * random.lognormal(0, 0.2, len(table))
    cells = pd.DataFrame({"depth": deep.astype(int), "genes": (deep / 2).astype(int), "mito_share": 0.02}, table.index)
    cells.iloc[[0, 1], 0], cells.iloc[[2], 2] = 100, 0.4
    return cells, table


def test_small_quiet_cells_stay_broken_ones_go_and_all_are_counted():
    given, table = measured()
    source = CellSource(("x",), label_column="type", fusion="bcr_abl1", doublets="off")
    decided, limits = decide_cells(given, table, source)
    assert decided["reason"].iloc[:3].tolist() == [
        "fewer counts than min_umi",
        "fewer counts than min_umi",
        "a high share of mitochondrial counts",
    ]
    assert decided["kept"].iloc[3:].mean() > 0.99 and limits["limits_from"].eq("sample and state").all()
    findings = Findings()
    settled = settle_cells(decided, {"min_cells": 20, "min_counts": 1000, "min_umi": 500}, "cells", findings)
    table = tabulate_pseudobulks(decided, settled, source).set_index(["sample", "state"])
    assert table["cells_before_quality"].eq(60).all() and table["cells"].sum() == decided["kept"].sum()
    assert table.loc[("S1", "A"), "cells"] == 57 and table["doublets"].isna().all()
    kept = decided[decided["kept"]]
    share = (kept["fusion"] == "positive").sum() / (kept["fusion"] != "unknown").sum()
    called = table["fusion_positive"] / (table["fusion_positive"] + table["fusion_negative"])
    assert np.allclose(table["leukemic_fraction"], called) and abs(called.mean() - share) < 0.02
    assert table["counts"].sum() == kept["depth"].sum() and (table["status"] == "summed").all()
    # Written to a file and read back, the decisions are the same.
    again = Settled.of_record(settled.record())
    pd.testing.assert_frame_equal(again.groups, settled.groups)
    assert again.limits == settled.limits


def test_cells_are_taken_as_they_come_where_that_is_asked_and_doublets_removed():
    given, table = measured()
    given = given.assign(call=["Doublet"] + ["singlet"] * (len(given) - 1))
    source = CellSource(("x",), quality="given", doublets="remove", doublet_column="call")
    decided, limits = decide_cells(given, table, source)
    assert limits.empty and decided["reason"].tolist() == ["likely a doublet"] + [""] * (len(given) - 1)


def test_a_pseudobulk_too_small_is_named_with_its_reason():
    given, table = measured()
    source = CellSource(("x",), quality="given", doublets="off")
    few = table.assign(reason=np.where((table["state"] == "B") & (table["sample"] == "S2"), "no state", ""))
    few.iloc[-5:, few.columns.get_loc("reason")] = ""
    decided, _ = decide_cells(given, few, source)
    settled = settle_cells(decided, {"min_cells": 20, "min_counts": 1000, "min_umi": 50}, "cells", Findings())
    status = tabulate_pseudobulks(decided, settled, source).set_index(["sample", "state"])["status"]
    assert status["S2", "B"] == "5 cells, fewer than 20" and status["S1", "B"] == "summed"


def test_the_sheet_has_a_row_per_sum_and_measured_fractions_stay():
    sheet = pd.DataFrame({"exposure": ["a", "b"], "leukemic_fraction": [0.5, 0.6]}, index=["S1", "S2"])
    groups = pd.DataFrame({"sample": ["S1", "S1", "S2"], "state": ["A", "B", "A"], "cells": [30, 40, 50],
                           "leukemic_fraction": [0.1, 0.2, 0.3]})  # fmt: skip
    rows = pseudobulk_sheet(sheet, groups)
    assert rows.index.tolist() == ["S1.A", "S1.B", "S2.A"] and rows["patient"].tolist() == ["S1", "S1", "S2"]
    assert rows["leukemic_fraction"].tolist() == [0.5, 0.5, 0.6] and rows["cells"].dtype == float
    sums = groups.assign(fusion_positive=[3, 8, 15], fusion_negative=[27, 32, 35])
    back = sheet_of_specimens(rows, sums)
    assert back["leukemic_fraction"].tolist() == [0.5, 0.6]
    assert back.index.tolist() == ["S1", "S2"] and back["exposure"].tolist() == ["a", "b"]
    bare = pseudobulk_sheet(sheet.drop(columns="leukemic_fraction"), groups)
    assert bare["leukemic_fraction"].tolist() == [0.1, 0.2, 0.3]
    # Of a sample it is that of all its cells, and not of the state that comes first.
    assert sheet_of_specimens(bare, sums)["leukemic_fraction"].tolist() == [11 / 70, 15 / 50]


def test_a_column_of_doublets_says_yes_or_no():
    """A column of scores, or with other words, marked no cell, and nothing said so."""
    for values in (["Doublet", "singlet", None], [True, False, True], [1, 0, np.nan], ["Multiplet", "Negative", "0"]):
        findings = Findings()
        check_doublets(pd.Series(values, name="called"), "where", findings)
        assert not findings.problems
    for values, words in (([0.12, 0.9, 0.3], "0.12, 0.3, 0.9"), (["DBL", "SNG", "doublet"], "DBL, SNG")):
        check_doublets(pd.Series(values, name="called"), "where", findings)
        assert findings.problems[-1].found == f'"called" says neither doublet nor singlet: {words}'


def test_other_counts_are_thinned_to_the_fewest_cells_and_without_doublets():
    random = np.random.default_rng(1)
    counts = pd.DataFrame(random.poisson(200, (3, 500)), index=["a", "b", "c"])
    sheet = pd.DataFrame({"specimen": ["a", "b", "c"], "cells": [100.0, 20.0, 40.0]}, index=counts.index)
    doublets = np.zeros(counts.shape, dtype=int)
    doublets[1, :5] = 7
    found = other_counts(counts, sheet, doublets)
    words, thinned = found["equal_cells"]
    assert words == "every sample thinned to the fewest cells (20)"
    # A fifth, the whole, half of the counts; binomial within five standard errors.
    shares = thinned.sum(axis=1) / counts.sum(axis=1)
    assert np.allclose(shares, [0.2, 1.0, 0.5], atol=5 * 0.5 / np.sqrt(counts.sum(axis=1).min()))
    assert (thinned <= counts).all().all() and thinned.equals(other_counts(counts, sheet, None)["equal_cells"][1])
    _, left = found["without_doublets"]
    assert (counts - left).sum().sum() == 35
    assert not other_counts(counts, sheet.drop(columns="specimen"), doublets)
    assert list(other_counts(counts, sheet.assign(cells=50.0), np.zeros(counts.shape))) == []


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["ENSG1", "", "ENSG3"], "1 gene has no name"),
        (["ENSG1", "ENSG1", "ENSG3"], "1 genes appear twice: ENSG1"),
        (["2-Sep", "ENSG2", "ENSG3"], "2-Sep"),
    ],
)
def test_names_of_genes_are_looked_at_before_any_count(names, words, tmp_path):
    data = AnnData(np.ones((3, 3), dtype=np.float32), pd.DataFrame(index=list("abc")))
    with warnings.catch_warnings():
        # anndata warns of names that appear twice.
        warnings.simplefilter("ignore")
        data.var_names = names
    data.write_h5ad(tmp_path / "S1.h5ad")
    (tmp_path / "samples.tsv").write_text("sample\tpatient\nS1\tP1\n", encoding="utf-8")
    entry = {"cells": {"files": f"{tmp_path}/{{sample}}.h5ad"}, "samples": f"{tmp_path}/samples.tsv"}
    schema = yaml.safe_load((REPOSITORY / "workflow" / "schemas" / "config.schema.yaml").read_text(encoding="utf-8"))
    cohort = make_cohort("a", with_defaults(entry, schema["properties"]["cohorts"]["additionalProperties"]))
    findings = Findings()
    assert survey_cells(cohort, {}, findings) is None
    (problem,) = findings.problems
    assert words in problem.found and problem.where.startswith(f"{tmp_path}/S1.h5ad")


def test_samples_of_one_file_may_share_barcodes():
    """The table of cells was joined by barcode, and had more rows than there are cells."""
    table = cells().set_axis(["AC0", "AC1", "AC2", "AC0", "AC1", "AC3"], axis=0)
    source = CellSource(("x",), label_column="type")
    found, problems = assigned(source, table)
    measured = pd.DataFrame({"depth": range(6), "genes": 5, "mito_share": 0.0}, table.index)
    decided, _ = decide_cells(table.join([]).assign(**measured), found, source)
    assert not problems and decided["depth"].tolist() == list(range(6))


def test_a_label_without_sample_belongs_to_one_cell():
    """It was given to the cells of all samples that share the barcode."""
    table = cells().set_axis(["AC0", "AC1", "AC2", "AC0", "AC1", "AC3"], axis=0)
    labels = table[["type"]].loc[~table.index.duplicated()]
    source = CellSource(("x",), label_column="type", label_file="l.tsv")
    found, problems = assigned(source, table.drop(columns="type"), labels)
    assert found is None and problems == [
        "2 rows are of cells of several samples, which share barcodes: AC0 is in S1, S2"
    ]


def test_sums_have_names_of_their_own():
    findings = Findings()
    groups = pd.DataFrame({"sample": ["S0", "S0", "S0.x"], "state": ["LSC", "x.LSC", "LSC"]})
    check_names(groups, WHERE, findings)
    (problem,) = findings.problems
    assert problem.found == (
        'sums of cells would both be called "S0.x.LSC": state x.LSC of sample S0, state LSC of sample S0.x'
    )


def test_samples_without_a_sum_are_warned_of():
    findings = Findings()
    warn_of_lost_samples(["S1", "S2"], pd.DataFrame({"sample": ["S1", "S1"]}), WHERE, findings)
    warn_of_lost_samples(["S1"], pd.DataFrame({"sample": ["S1"]}), WHERE, findings)
    (warning,) = findings.warnings
    assert "no sum of cells is left of S2:" in str(warning) and warning.samples == ("S2",)


@pytest.mark.parametrize(
    ("numbers", "problem", "warned"),
    [
        ([5.0, 0.0], "there are none in S2", ()),
        ([5.0, -1.0], "there are none in S2", ()),
        ([5.0, np.nan], "", ("S2",)),
        ([np.nan, np.nan], "", ()),
        ([5.0, 7.0], "", ()),
    ],
)
def test_living_cells_are_counted_in_all_samples_or_in_none(numbers, problem, warned):
    """One sample without them had living cells not compared, without a word."""
    findings = Findings()
    check_viable(pd.DataFrame({"viable_cells": numbers}, SAMPLES), "samples.tsv", findings)
    assert [one.found for one in findings.problems] == [problem] * bool(problem)
    assert [one.samples for one in findings.warnings] == [warned] * bool(warned)
