"""Tests of shares of states."""

import io
import subprocess

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import autocrine
from autocrine.cells.composition import cells_per_state, share_bias, test_composition, why_no_composition
from autocrine.problems import InputError

ASKED = {"exposure": ("imatinib", "untreated")}
STATES = ("LSC", "GMP", "MEP", "monocyte", "T", "stroma")


def make_composition(patients=5, states=STATES, seed=1, change=0.0, cells=400):
    """Return cells per sample and state of pairs, LSC changed by `change` (log), and the sheet. SIMULATED."""
    random = np.random.default_rng(seed)
    base = np.log(np.linspace(1, 3, len(states)))
    rows, sheet = [], []
    for patient in range(patients):
        own = base + random.normal(0, 0.4, len(states))
        for exposure in ("imatinib", "untreated"):
            level = own + random.normal(0, 0.2, len(states))
            level[0] += change * (exposure == "imatinib")
            name = f"P{patient}_{exposure}"
            numbers = random.multinomial(cells, np.exp(level) / np.exp(level).sum())
            rows += [(name, state, number) for state, number in zip(states, numbers, strict=True)]
            sheet.append((name, f"P{patient}", exposure))
    kept = pd.DataFrame(rows, columns=["sample", "state", "cells"])
    return kept, pd.DataFrame(sheet, columns=["sample", "patient", "exposure"]).set_index("sample")


def values_of(kept):
    """Return the logits that are compared, by their definition."""
    table = kept.pivot(index="sample", columns="state", values="cells")
    total = table.sum(axis=1).to_numpy()[:, None]
    return np.log((table + 0.5) / (total - table + 0.5)) - share_bias(table.to_numpy(float), total[:, 0])


def test_the_paired_test_is_that_of_r():
    kept, sheet = make_composition(change=np.log(2))
    table = test_composition(kept, "~ patient + exposure", sheet, **ASKED).set_index("state")
    logit = values_of(kept).join(sheet)
    for state in ("LSC", "stroma"):
        lines = logit[[state, "patient", "exposure"]].rename(columns={state: "y"}).to_csv(index=False)
        code = """
        d <- read.csv(file("stdin")); d$exposure <- factor(d$exposure, c("untreated", "imatinib"))
        fit <- lm(y ~ patient + exposure, d); s <- summary(fit)$coefficients["exposureimatinib", ]
        ci <- confint(fit)["exposureimatinib", ]; t <- t.test(
          d$y[d$exposure == "imatinib"], d$y[d$exposure == "untreated"], paired = TRUE)
        cat(format(c(s, exp(ci), t$p.value), digits = 15))"""
        run = subprocess.run(["Rscript", "-e", code], input=lines, capture_output=True, text=True, check=True)
        answer = np.loadtxt(io.StringIO(run.stdout))
        names = ["log_odds_ratio", "log_odds_error", "stat", "p_value", "ci_low", "ci_high", "p_value"]
        assert table.loc[state, names].tolist() == pytest.approx(answer, rel=1e-9)
    assert table.loc["LSC", "odds_ratio"] > 1.3 and table.loc["LSC", "p_value"] < 0.05
    assert (table["df"] == 4).all() and table["clr_p_value"].notna().all()
    wanted = stats.false_discovery_control(table["p_value"])
    np.testing.assert_allclose(table["adj_p_value"], wanted)


def test_shares_and_the_second_way_follow_from_the_cells():
    kept, sheet = make_composition()
    table = test_composition(kept, "~ exposure", sheet, repeated_patients="keep", **ASKED).set_index("state")
    numbers = kept.pivot(index="sample", columns="state", values="cells")
    share = numbers.div(numbers.sum(axis=1), axis=0)
    treated = sheet["exposure"].reindex(numbers.index) == "imatinib"
    np.testing.assert_allclose(table["share_tested"], share[treated].mean().reindex(table.index))
    np.testing.assert_allclose(table["share_reference"], share[~treated].mean().reindex(table.index))
    assert table["cells"].to_dict() == numbers.sum().to_dict()
    logs = np.log(numbers + 0.5)
    centred = logs.sub(logs.mean(axis=1), axis=0)
    wanted = stats.ttest_ind(centred[treated], centred[~treated]).pvalue
    # Hundreds of cells have hardly a bias.
    np.testing.assert_allclose(table["clr_p_value"].reindex(numbers.columns), wanted, atol=0.02)


def test_two_states_are_one_question():
    kept, sheet = make_composition(states=("LSC", "GMP"), change=1.0)
    table = test_composition(kept, "~ patient + exposure", sheet, **ASKED)
    one, other = table["log_odds_ratio"]
    assert one == pytest.approx(-other, rel=1e-9)
    np.testing.assert_allclose(table["p_value"], table["p_value"].iloc[0])
    np.testing.assert_allclose(table["clr_p_value"], table["p_value"], rtol=1e-6)
    assert table["adj_p_value"].isna().all()


def test_the_bias_of_few_cells_is_the_mean_logit_of_counted_draws():
    random, share, total = np.random.default_rng(2), np.array([0.01, 0.2]), np.array([60.0, 900.0])
    found = share_bias(total[:, None] * share, total)
    for place, number in enumerate(total):
        drawn = random.binomial(int(number), share, (200_000, 2))
        logit = np.log((drawn + 0.5) / (number - drawn + 0.5))
        np.testing.assert_allclose(found[place], logit.mean(axis=0) - np.log(share / (1 - share)), atol=0.01)
    assert found[0, 0] > 0.1


def test_a_state_that_a_sample_lacks_has_no_cell_there_and_rare_states_no_test():
    kept, sheet = make_composition()
    kept.loc[kept["state"] == "T", "cells"] = 0
    kept.loc[(kept["state"] == "T") & (kept["sample"] == "P0_imatinib"), "cells"] = 9
    kept = kept[(kept["cells"] > 0) & ~((kept["state"] == "MEP") & (kept["sample"] == "P1_imatinib"))]
    table = test_composition(kept, "~ patient + exposure", sheet, **ASKED).set_index("state")
    assert table.loc["T", "status"] == "too few cells" and np.isnan(table.loc["T", "p_value"])
    assert table.loc["MEP", "status"] == "tested" and table["adj_p_value"].isna().all()
    assert cells_per_state(kept).loc["P1_imatinib", "MEP"] == 0
    lone = pd.concat([kept.assign(state="LSC"), kept[kept["state"] == "T"]])
    table = test_composition(lone, "~ patient + exposure", sheet, **ASKED).set_index("state")
    assert table["status"].to_dict() == {"LSC": "nearly all cells", "T": "too few cells"}
    assert table["p_value"].isna().all()


def test_a_state_without_a_cell_in_the_compared_samples_leaves_the_others_as_they_are():
    """Its logarithm was infinite, and the comparison was refused."""
    kept, sheet = make_composition(states=STATES[:4])
    more = pd.concat([kept, pd.DataFrame({"sample": ["other"], "state": ["stroma"], "cells": [40]})])
    wider = pd.concat([sheet, pd.DataFrame({"patient": ["P9"], "exposure": ["none"]}, index=["other"])])
    asked = dict(design="~ patient + exposure", **ASKED)
    found = test_composition(more, sheet=wider, samples={"exposure": ["imatinib", "untreated"]}, **asked)
    assert found.set_index("state").loc["stroma", "status"] == "too few cells"
    expected = test_composition(kept, sheet=sheet, **asked)
    for name in ("p_value", "clr_p_value"):
        assert found[name].dropna().to_numpy() == pytest.approx(expected[name].to_numpy(), rel=1e-9)


def test_a_state_that_one_group_lacks_is_tested_and_has_no_size():
    """Its odds ratio was 97 (58 to 163), made of the half that is added to counts."""
    kept, sheet = make_composition(states=("LSC", "GMP", "MEP"))
    kept.loc[(kept["state"] == "LSC") & kept["sample"].str.endswith("imatinib"), "cells"] = 0
    table = test_composition(kept, "~ patient + exposure", sheet, **ASKED).set_index("state")
    sizes = ["odds_ratio", "ci_low", "ci_high", "log_odds_ratio", "log_odds_error", "equivalence_p_value"]
    assert table.loc["LSC", sizes].isna().all() and table.loc["LSC", "p_value"] < 1e-3
    assert table.loc[["GMP", "MEP"], sizes].notna().all(axis=None)
    two = test_composition(kept[kept["state"] != "MEP"], "~ patient + exposure", sheet, **ASKED)
    assert two[sizes].isna().all(axis=None) and (two["p_value"] < 1e-3).all()


def test_other_forms_and_cells_without_state():
    kept, sheet = make_composition()
    sheet["dose"] = np.linspace(0.5, 3.3, len(sheet))
    without = pd.DataFrame({"sample": ["P0_imatinib"], "state": [""], "cells": [40]})
    kept = pd.concat([kept, without])
    table = test_composition(kept, "~ dose", sheet, repeated_patients="keep", dose=autocrine.per_unit())
    assert table["state"].tolist() == sorted(STATES)
    assert table.attrs["warnings"][0] == "40 of 4,040 kept cells have no state and take no part"
    logit = values_of(kept[kept["state"] != ""])
    line = stats.linregress(sheet["dose"].reindex(logit.index), logit["LSC"])
    assert table.set_index("state").loc["LSC", "p_value"] == pytest.approx(line.pvalue, rel=1e-8)


def test_sorted_samples_are_refused_with_the_reason():
    kept, sheet = make_composition()
    one = kept[kept["state"] == "LSC"]
    with pytest.raises(InputError, match="of one state \\(sorted samples\\)"):
        test_composition(one, "~ patient + exposure", sheet, **ASKED)
    each = kept.drop_duplicates("sample").assign(state=np.tile(["LSC", "GMP"], 5))
    assert "sorted samples" in why_no_composition(cells_per_state(each))
    with pytest.raises(InputError, match=r"sorted for CD34\+"):
        test_composition(kept, "~ patient + exposure", sheet.assign(sorted_for="CD34+"), **ASKED)
    assert why_no_composition(cells_per_state(kept), sheet.assign(sorted_for=np.nan)) == ""
    assert why_no_composition(cells_per_state(kept.assign(state=""))) == "no cell has a state"
    some = kept[(kept["state"] == "LSC") | (kept["sample"] != "P1_imatinib")]
    warnings = test_composition(some, "~ patient + exposure", sheet, **ASKED).attrs["warnings"]
    assert warnings[0] == "all cells are of one state, as if sorted, in P1_imatinib"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"design": "~ age + exposure"}, 'no column "age"'),
        ({"exposure": ("imatinib", "dasatinib")}, "dasatinib"),
        ({"alpha": 0}, "alpha"),
        ({"kept": pd.DataFrame({"sample": ["a"]})}, "no column state, cells"),
        ({"sheet": pd.DataFrame({"exposure": ["x"]}, index=["s1"])}, "no row for the samples P0_imatinib"),
    ],
)
def test_bad_questions_are_reported(change, words):
    kept, sheet = make_composition()
    with pytest.raises(InputError, match=words):
        test_composition(**{"kept": kept, "design": "~ patient + exposure", "sheet": sheet, **ASKED, **change})
