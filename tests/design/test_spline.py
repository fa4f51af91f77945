"""Natural cubic splines and what a design makes of them."""

import numpy as np
import pandas as pd
import pytest

from autocrine import any_difference, fit, spline
from autocrine.design.formula import parse_formula, with_column, without_column
from autocrine.design.matrix import build_design
from autocrine.design.question import words_of
from autocrine.design.spline import find_knots, weigh_knots
from autocrine.problems import Findings
from autocrine.samples.least_squares import test_values as score_values
from tests.models import model_of

X = np.array([1.0, 2, 4, 7, 11, 16, 22, 23])
# splines::ns(x, df = 3), R 4.2.2; its knots are 5 and 14.3333.
NS = np.array(
    [
        [0.0, 0.0, 0.0],
        [-0.04258038055730, 0.13363893318331, -0.09020627989873],
        [-0.09690659396977, 0.36897833109579, -0.24906037348966],
        [-0.00484557009736, 0.53921847076245, -0.36218675347894],
        [0.32865065016345, 0.47378221528131, -0.27158870960060],
        [0.49739446528236, 0.33142118984307, 0.07124261993285],
        [-0.02041926091979, 0.40734615696315, 0.61278172866526],
        [-0.14051240992794, 0.43234587670136, 0.70816653322658],
    ]
)
SHEET = pd.DataFrame({"age": X, "sex": list("fmfmfmmf")}, index=[f"S{i}" for i in range(8)])


def build(design, contrasts=None, sheet=SHEET):
    findings = Findings()
    model = model_of(design, contrasts or {"c": {"factor": "sex", "tested": "m", "reference": "f"}})
    return build_design(sheet, model, "m", findings), [str(problem) for problem in findings.problems]


def test_curves_are_those_of_r():
    knots = find_knots(X, 3)
    np.testing.assert_allclose(knots, [1, 5, 14 + 1 / 3, 23])
    ours = weigh_knots(X, knots)
    np.testing.assert_allclose(ours.sum(axis=1), 1)
    fitted = ours @ np.linalg.lstsq(ours, NS, rcond=None)[0]
    np.testing.assert_allclose(fitted, NS, atol=1e-12)
    np.testing.assert_allclose(weigh_knots(knots, knots), np.eye(4), atol=1e-14)


def test_a_spline_is_a_term_of_a_design_with_its_knots_as_coefficients():
    design, problems = build("~ sex + spline(age, 2)")
    assert problems == [] and list(design.matrix) == ["Intercept", "sex[m]", "spline(age, 2)[9]", "spline(age, 2)[23]"]
    basis = weigh_knots(X, find_knots(X, 2))[:, 1:]
    np.testing.assert_allclose(design.matrix.iloc[:, 2:], basis)
    assert design.terms["age"] == [2, 3]
    crossed, _ = build("~ sex * spline(age, 2)")
    np.testing.assert_allclose(crossed.matrix.iloc[:, 4:], basis * (SHEET["sex"] == "m").to_numpy()[:, None])


def test_terms_with_a_spline_are_taken_out_whole():
    formula = parse_formula("~ sex * spline(`my age`, 3) + log2(dose)")
    assert without_column(formula, "my age") == "~ sex + log2(dose)"
    assert without_column(formula, "sex") == "~ spline(`my age`, 3) + log2(dose)"
    assert parse_formula(with_column(formula, "batch")).columns == ("batch", "sex", "my age", "dose")


@pytest.mark.parametrize(
    ("ages", "design", "contrasts", "words"),
    [
        ([1.0, 1, 1, 1, 1, 1, 2, 3], "~ sex + spline(age, 3)", None,
         'spline(age, 3): too many of the 8 selected samples share a value of "age" (3 different ones)'),
        (list("abcdabcd"), "~ sex + spline(age, 3)", None, 'spline(age, 3): "age" holds groups'),
        (X, "~ spline(age, 3)", {"c": {"per_unit": "age"}},
         'the design holds spline(age, 3), and a curve has no effect per unit of "age"'),
    ],
)  # fmt: skip
def test_what_makes_no_curve_is_reported(ages, design, contrasts, words):
    assert any(words in problem for problem in build(design, contrasts, SHEET.assign(age=ages))[1])


AGES = pd.DataFrame({"age": np.random.default_rng(5).uniform(20, 80, 40), "sex": ["f", "m"] * 20})
AGES.index = [f"S{i}" for i in range(40)]
ALONG_AGE = {"c": {"spline": "age"}}


def test_heights_of_a_curve_are_those_of_the_design_against_their_mean_over_the_samples():
    model = model_of("~ sex + spline(age, 3)", ALONG_AGE)
    design = build_design(AGES, model, "m", Findings())
    coefficients = np.random.default_rng(1).normal(size=design.matrix.shape[1])
    curve = coefficients @ np.array(list(design.contrasts["c"].parts.values())).T
    fitted = design.matrix.iloc[:, 2:].to_numpy() @ coefficients[2:]
    values = np.array(design.contrasts["c"].values)
    assert len(values) == 7 and values[0] == AGES["age"].min() and values[-1] == AGES["age"].max()
    np.testing.assert_allclose(curve[[0, -1]], fitted[[AGES["age"].argmin(), AGES["age"].argmax()]] - fitted.mean())
    expected = weigh_knots(values, find_knots(AGES["age"], 3))[:, 1:] @ coefficients[2:] - fitted.mean()
    np.testing.assert_allclose(curve, expected)
    words = words_of(model.contrasts["c"], model)
    assert words.above == "changes with age" and words.at == "at" and not model.contrasts["c"].directed


def test_a_change_that_comes_and_goes_is_found_and_what_does_not_change_is_not():
    counts, hump = simulate(np.random.default_rng(2), 400)
    fitted = fit(counts, "~ sex + spline(age, 3)", AGES, numeric=["age"])
    genes = fitted.test(age=spline()).set_index("gene_id")
    straight = fit(counts, "~ sex + age", AGES, numeric=["age"]).test({"per_unit": "age"}).set_index("gene_id")
    changed = genes.index[: len(hump)]
    assert (genes["adj_p_value"][changed] < 0.05).mean() > 0.9 > 0.5 > (straight["adj_p_value"][changed] < 0.05).mean()
    # Binomial (4 standard errors): the likelihood ratio is on the safe side of nothing here.
    for column in ("p_value", "moderated_p_value"):
        assert 0.01 < (genes[column][len(hump) :] < 0.05).mean() < 0.05 + 4 * np.sqrt(0.0475 / 360)
    found = genes.loc[changed[0]]
    heights = found.filter(like="log2_fc_value_").to_numpy(dtype=float)
    assert len(heights) == 7 and found["log2_fc"] == pytest.approx(heights.max() - heights.min())
    assert found["highest"].startswith("age ") and 40 < float(found["highest"].split()[1]) < 60
    assert found["log2_fc"] == pytest.approx(2 * hump[0], rel=0.4)
    assert genes["log2_fc_shrunken"].isna().all() and (genes["equivalence_p_value"][changed] > 0.05).all()
    assert (genes["outcome"][len(hump) :] == "equivalent").mean() > 0.5


def test_a_score_changes_along_the_same_curve():
    model = model_of("~ sex + spline(age, 3)", ALONG_AGE)
    design = build_design(AGES, model, "m", Findings())
    noise = np.random.default_rng(3).normal(size=(40, 2)) * 0.3
    scores = pd.DataFrame(noise + np.column_stack([shape(AGES["age"]), np.zeros(40)]), AGES.index, ["hump", "flat"])
    tested = score_values(scores, design, model.contrasts["c"], 0.05, margin=2.0)
    assert tested["p_value"]["hump"] < 0.001 < 0.05 < tested["p_value"]["flat"]
    assert tested["error"]["hump"] == "hc3" and tested["equivalence_p_value"]["flat"] < 0.05
    assert tested["estimate_value_4"]["hump"] > tested["estimate_value_1"]["hump"]


@pytest.mark.parametrize(
    ("design", "found"),
    [
        ("~ sex + age", "the design holds age"),
        ("~ spline(age, 3) + log2(age)", "the design holds spline(age, 3) and log2(age)"),
        ("~ sex", 'the design "~ sex" does not hold "age"'),
    ],
)
def test_a_curve_needs_its_term(design, found):
    findings = Findings()
    build_design(AGES, model_of(design, ALONG_AGE), "m", findings)
    assert found in [problem.found for problem in findings.problems]


HOURS = pd.DataFrame({"hours": np.repeat([0.0, 6, 24, 48.5], 3), "sex": list("fmm") * 4})


def test_a_curve_is_compared_at_two_of_its_values_beside_groups_of_others():
    contrasts = {
        "late": {"factor": "hours", "tested": 48.5, "reference": 0},
        "steps": {"factor": "hours", "trend": [0, 6, 48.5], "places": [0, 6, 48.5]},
        "sex": {"factor": "sex", "tested": "m", "reference": "f"},
        "curve": {"spline": "hours"},
    }
    design = build_design(HOURS, model_of("~ sex + spline(hours, 2)", contrasts), "m", Findings())
    coefficients = np.random.default_rng(1).normal(size=4)
    curve = weigh_knots([0.0, 6, 48.5], find_knots(HOURS["hours"], 2))[:, 1:] @ coefficients[2:]
    found = {name: asked.main @ coefficients for name, asked in design.contrasts.items()}
    assert found["late"] == pytest.approx(curve[2] - curve[0])
    assert found["steps"] == pytest.approx(np.polyfit([0, 6, 48.5], curve, 1)[0])
    assert found["sex"] == pytest.approx(coefficients[1])
    assert design.groups["late"] == ([9, 10, 11], [0, 1, 2])


@pytest.mark.parametrize(
    ("design", "tested", "found"),
    [
        ("~ hours", 24, '"hours" is a measurement, not a group'),
        ("~ spline(hours, 2)", 12, 'tested: "hours" is "12" in none of the selected samples'),
    ],
)
def test_values_between_samples_and_straight_lines_are_not_compared(design, tested, found):
    findings = Findings()
    model = model_of(design, {"c": {"factor": "hours", "tested": tested, "reference": 0}})
    build_design(HOURS, model, "m", findings)
    assert found in [problem.found for problem in findings.problems]


def shape(age):
    """Return a change that comes and goes, log2, from -1 at both ends to 1 in the middle."""
    return 1 - 2 * (np.abs(np.asarray(age) - 50) / 30) ** 2


def simulate(random, genes):
    """Return counts, of which the first tenth of genes comes and goes with age, and how far these do."""
    size = random.uniform(0.7, 1.2, genes // 10)
    effect = np.zeros((len(AGES), genes))
    effect[:, : len(size)] = shape(AGES["age"])[:, None] * size
    mean = random.uniform(100, 1000, genes) * 2**effect
    counts = random.negative_binomial(20, 20 / (20 + mean))
    return pd.DataFrame(counts, AGES.index, [f"G{i}" for i in range(genes)]), size


def test_values_of_a_curve_are_distinguished_by_all_their_digits():
    days = pd.DataFrame({"day": np.repeat([20240110.0, 20240131, 20240215, 20240320], 4)})
    days.index = [f"S{i}" for i in range(16)]
    asked = {"c": {"factor": "day", "tested": 20240131, "reference": "20240320.0"}}
    design = build_design(days, model_of("~ spline(day, 2)", asked), "m", Findings())
    rows = design.matrix.to_numpy()
    np.testing.assert_allclose(design.contrasts["c"].main, rows[4] - rows[12], atol=1e-12)
    assert [len(group) for group in design.groups["c"]] == [4, 4]


def test_knots_are_counted_again_when_patients_without_a_pair_are_gone():
    patients = ["p1", "p1", "p2", "p2", "p3", "p3", "p4", "p5", "p6", "p7", "p8", "p9"]
    sheet = pd.DataFrame(
        {"patient": patients, "tp": list("abababaabaab"), "age": [1.0, 1, 1, 1, 2, 2, 3, 4, 5, 6, 7, 8]}
    )
    sheet.index = [f"S{i}" for i in range(12)]
    findings, two = Findings(), {"c": {"factor": "tp", "tested": "b", "reference": "a"}}
    model = model_of("~ tp + patient + spline(age, 3)", two, incomplete_pairs="drop")
    assert build_design(sheet, model, "m", findings) is None
    assert 'too many of the 6 selected samples share a value of "age" (2 different ones)' in str(findings.problems)


@pytest.mark.parametrize("ages", [[1.0] * 8 + [2.0] * 8, [1.0] * 5 + [1 + 1e-12] * 3 + [2.0] * 8])
def test_values_that_no_sample_has_are_no_knots(ages):
    findings = Findings()
    sheet = pd.DataFrame({"age": ages}, index=[f"S{i}" for i in range(16)])
    build_design(sheet, model_of("~ spline(age, 2)", ALONG_AGE), "m", findings)
    assert "share a value" in str(findings.problems[0])


def test_any_difference_takes_all_values_that_a_curve_was_measured_at():
    random = np.random.default_rng(1)
    sheet = pd.DataFrame({"hours": np.repeat([0.0, 6, 24, 48], 6)}, index=[f"S{i}" for i in range(24)])
    counts = pd.DataFrame(random.negative_binomial(5, 0.02, size=(24, 50)), sheet.index, [f"G{i}" for i in range(50)])
    fitted = fit(counts, "~ spline(hours, 3)", sheet, numeric=["hours"])
    every, named = (fitted.test(hours=any_difference(*groups)) for groups in ((), ("0", "6", "24", "48")))
    pd.testing.assert_frame_equal(every, named)
