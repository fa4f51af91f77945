"""Tests of which cells are kept."""

import subprocess

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from autocrine.cells.quality import LEAST_MITO_LIMIT, judge_quality, kept_shares, unequal_losses
from autocrine.problems import InputError


def make_marrow(seed=1, number=2000, quiescent=160, samples=("A", "B"), broken=0.03):
    """Return cells of marrow: of a quiescent state with a seventh of the RNA, and some broken ones. SIMULATED."""
    random = np.random.default_rng(seed)
    parts = []
    for sample in samples:
        small = np.arange(number) < quiescent
        umi = random.lognormal(np.log(np.where(small, 1300, 9000)), 0.35)
        genes = umi**0.8 * random.lognormal(0.35, 0.08, number)
        mito = random.beta(4, 96, number)
        lost = random.random(number) < broken
        mito[lost] = random.uniform(0.25, 0.6, lost.sum())
        parts.append(
            pd.DataFrame(
                {
                    "sample": sample,
                    "state": np.where(small, "LSC", random.choice(["GMP", "monocyte"], number)),
                    "umi": np.rint(umi),
                    "genes": np.rint(genes),
                    "mito_share": mito,
                    "broken": lost,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def test_small_quiescent_cells_stay_where_they_are_labelled_and_broken_ones_do_not():
    cells = make_marrow()
    quiescent, broken = cells["state"] == "LSC", cells["broken"]
    labelled, _ = judge_quality(cells)
    mixed, limits = judge_quality(cells.drop(columns="state"))
    assert (mixed[quiescent & ~broken] != "").mean() > 0.3 and (limits["limits_from"] == "sample").all()
    assert (labelled[quiescent & ~broken] != "").mean() < 0.02
    assert (labelled[broken] == "high_mito").mean() > 0.97 and (labelled[~broken] != "").mean() < 0.02


def test_a_small_state_of_each_sample_is_judged_by_all_samples_together():
    cells = make_marrow(quiescent=20, samples=("A", "B", "C"))
    quiescent = cells["state"] == "LSC"
    reasons, limits = judge_quality(cells)
    assert (limits.loc[limits["state"] == "LSC", "limits_from"] == "state").all()
    assert (reasons[quiescent & ~cells["broken"]] != "").mean() < 0.1
    # In one sample alone they are 20, and the limits of the sample take many of them out.
    alone = cells[cells["sample"] == "A"]
    reasons, limits = judge_quality(alone)
    assert (limits.loc[limits["state"] == "LSC", "limits_from"] == "sample").all()
    assert (reasons[alone["state"] == "LSC"] != "").mean() > 0.3


def test_limits_are_medians_and_deviations_of_cells_above_the_floors():
    cells = make_marrow(samples=("A",))
    cells.loc[5:9, "umi"] = 400
    reasons, limits = judge_quality(cells)
    row = limits.set_index("state").loc["LSC"]
    own = cells[(cells["state"] == "LSC") & (cells["umi"] >= 500) & (cells["genes"] >= 200)]
    for name in ("umi", "genes"):
        logs = np.log1p(own[name])
        middle, reach = np.median(logs), 5 * 1.4826 * stats.median_abs_deviation(logs)
        assert row[[f"{name}_low", f"{name}_high"]].tolist() == pytest.approx(
            np.expm1([middle - reach, middle + reach])
        )
    reach = np.median(own["mito_share"]) + 3 * 1.4826 * stats.median_abs_deviation(own["mito_share"])
    assert row["mito_high"] == pytest.approx(max(reach, 0.08))
    assert row["cells"] == 160 and row["above_floors"] == len(own)
    inside = cells["state"] == "LSC"
    outlying = (cells["umi"] < row["umi_low"]) | (cells["umi"] > row["umi_high"])
    wanted = np.where(cells["umi"] < 500, "few_umi", np.where(outlying, "outlying_umi", ""))[inside]
    first = reasons[inside].isin(["few_umi", "outlying_umi"])
    assert (reasons[inside].where(first, "") == wanted).all()


def test_median_and_deviation_are_those_of_r():
    cells = make_marrow(samples=("A",), number=61, quiescent=0).assign(state="GMP")
    _, limits = judge_quality(cells, 0, 0)
    values = ",".join(map(str, cells["umi"]))
    code = f"x <- log1p(c({values})); cat(format(expm1(median(x) + c(-5, 5) * mad(x)), digits = 15))"
    printed = subprocess.run(["Rscript", "-e", code], capture_output=True, text=True, check=True).stdout.split()
    assert limits[["umi_low", "umi_high"]].iloc[0].tolist() == pytest.approx(list(map(float, printed)), rel=1e-10)


def test_of_fifty_sound_cells_hardly_one_is_lost():
    random, lost = np.random.default_rng(3), []
    for _ in range(200):
        cells = pd.DataFrame({"sample": "A", "state": "LSC", "umi": random.lognormal(8, 0.5, 50)})
        cells["genes"], cells["mito_share"] = cells["umi"] ** 0.8, random.beta(2, 98, 50)
        lost.append((judge_quality(cells)[0] != "").mean())
    assert np.mean(lost) < 0.01


def test_floors_come_first_and_are_the_only_limits_where_cells_are_few():
    cells = pd.DataFrame({"sample": "A", "umi": [499, 500, 9e5] * 10, "genes": [300, 199, 300] * 10})
    reasons, limits = judge_quality(cells)
    assert reasons.tolist() == ["few_umi", "few_genes", ""] * 10
    (row,) = limits.to_dict("records")
    assert row["limits_from"] == "floors" and np.isnan([row["umi_low"], row["mito_high"]]).all()
    assert row["state"] == "" and row["cells"] == 30 and row["above_floors"] == 10


def test_equal_values_and_missing_shares_make_no_limits():
    cells = pd.DataFrame({"sample": "A", "umi": [1000] * 80 + [1001] * 20, "genes": [500] * 99 + [499]})
    reasons, limits = judge_quality(cells.assign(mito_share=np.nan, state=None))
    assert (reasons == "").all() and np.isnan(limits["mito_high"]).all() and np.isnan(limits["umi_high"]).all()
    some = cells.assign(mito_share=[np.nan] * 50 + [0.0] * 48 + [0.0799, 0.081])
    reasons, limits = judge_quality(some)
    assert limits["mito_high"].tolist() == [LEAST_MITO_LIMIT] and reasons[reasons != ""].to_dict() == {99: "high_mito"}


def test_order_of_cells_changes_nothing():
    cells = make_marrow().sample(frac=1, random_state=1)
    reasons, limits = judge_quality(cells)
    sorted_reasons, sorted_limits = judge_quality(cells.sort_index())
    pd.testing.assert_series_equal(reasons.sort_index(), sorted_reasons)
    pd.testing.assert_frame_equal(limits, sorted_limits)


def test_kept_shares_count_every_cell_once():
    cells = make_marrow(number=300)
    cells.loc[:9, "state"] = np.nan
    reasons, _ = judge_quality(cells)
    kept = kept_shares(cells, reasons)
    assert kept["cells_before_quality"].sum() == 600 and kept["cells"].sum() == (reasons == "").sum()
    counted = [column for column in kept if column in set(reasons)]
    assert (kept[counted].sum(axis=1) + kept["cells"] == kept["cells_before_quality"]).all()
    assert set(kept["state"]) == {"", "LSC", "GMP", "monocyte"}
    first = cells[(cells["sample"] == "B") & (cells["state"] == "GMP")]
    row = kept.set_index(["sample", "state"]).loc[("B", "GMP")]
    assert row["kept_share"] == pytest.approx((reasons[first.index] == "").mean())
    whole = kept_shares(cells.drop(columns="state"), pd.Series("", cells.index))
    assert whole["kept_share"].tolist() == [1, 1] and list(whole) == [
        "sample", "state", "cells_before_quality", "cells", "kept_share",
    ]  # fmt: skip


def test_states_of_which_a_group_lost_twice_as_much_are_named():
    kept = pd.DataFrame(
        [(f"S{n}", state, 200, number) for state, numbers in
         {"LSC": (180, 190, 60, 80), "GMP": (180, 190, 150, 150)}.items() for n, number in enumerate(numbers)],
        columns=["sample", "state", "cells_before_quality", "cells"],
    )  # fmt: skip
    groups = {"S0": "untreated", "S1": "untreated", "S2": "imatinib", "S3": "imatinib"}
    (row,) = unequal_losses(kept, groups).to_dict("records")
    assert (row["state"], row["group_low"], row["group_high"]) == ("LSC", "imatinib", "untreated")
    assert row["kept_low"] == pytest.approx(np.sqrt(60.5 * 80.5) / 201)
    assert row["ratio"] == pytest.approx(np.sqrt(180.5 * 190.5 / (60.5 * 80.5)))
    assert unequal_losses(kept, groups, 3).empty and len(unequal_losses(kept, pd.Series(groups), 1.0)) == 2
    assert unequal_losses(kept, {"S0": "untreated"}).empty


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"mito_share": 4.0}, "not per cent"),
        ({"umi": -1}, "umi has negative"),
        ({"genes": np.nan}, "100 values of genes are missing"),
        ({"mito_share": "high"}, "values of mito_share are missing or no numbers"),
    ],
)
def test_bad_cells_are_reported(change, words):
    cells = make_marrow(number=100, samples=("A",)).assign(**change)
    with pytest.raises(InputError, match=words):
        judge_quality(cells)
    with pytest.raises(InputError, match='no column "umi"'):
        judge_quality(cells.drop(columns="umi"))
    with pytest.raises(InputError, match="min_umi"):
        judge_quality(cells, min_umi=-1)
