"""Tables of effects of papers: errors equal those of R, scales are converted, and what cannot be right is reported."""

import gzip

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from autocrine.input.published import make_published, read_published
from autocrine.input.published_numbers import PER_LOG2, error_of_p, quantile
from autocrine.input.schema import with_defaults
from autocrine.problems import Findings
from tests.models import SCHEMA

# R 4.2: y <- c(5.1,6.3,5.8,7.0,4.2,4.9,3.9,5.0,4.4); g <- factor(rep(c("a","b"), c(4,5)), levels = c("b","a"));
# summary(lm(y ~ g)), confint(lm(y ~ g)).
EFFECT, ERROR, STATISTIC, P, LOW, HIGH = 1.57, 0.4241125188, 3.701847813, 7.636374127e-03, 0.5671332527, 2.572866747
ENTRY = {
    "table": "t.tsv",
    "columns": {"gene": "gene", "effect": "effect", "error": "se"},
    "scale": "log2",
    "role": "r",
    "tested": "resistant",
    "reference": "sensitive",
    "samples": {"tested": 4, "reference": 5},
    "test": "t",
    "source": {"citation": "Someone 2019", "doi": "10.1000/x"},
}
EFFECTS = np.array([1.5, -0.8, 0.02, 2.4, -3.1, 0.4, -0.2, 0.9, -1.1, 0.05, 0.6, -0.5])
GENES = [f"G{i}" for i in range(len(EFFECTS))]


def asked(**changed):
    schema = SCHEMA["properties"]["published"]["additionalProperties"]
    return make_published("paper", with_defaults({**ENTRY, **changed}, schema))


def table_of(**columns):
    return pd.DataFrame({"gene": GENES, "effect": EFFECTS, "se": 0.3, **columns})


def read(folder, table, **changed):
    path = folder / "t.tsv"
    text = table if isinstance(table, str) else table.to_csv(sep="\t", index=False)
    path.write_text(text, encoding="utf-8")
    findings = Findings()
    return read_published(asked(table=str(path), **changed), findings), findings


def columns(*names):
    return {"gene": "gene", "effect": "effect", **{name: name for name in names}}


@pytest.mark.parametrize(
    ("names", "values"),
    [(("p",), (P,)), (("statistic",), (STATISTIC,)), (("ci_low", "ci_high"), (LOW, HIGH)), (("error",), (ERROR,))],
)
def test_errors_are_those_of_r(tmp_path, names, values):
    table = pd.DataFrame({"gene": ["BMP4"], "effect": [EFFECT], **{n: [v] for n, v in zip(names, values, strict=True)}})
    found, findings = read(tmp_path, table, columns=columns(*names))
    assert not findings.problems
    assert found.loc["BMP4", "lfc_se"] == pytest.approx(ERROR, rel=1e-8)
    assert found.loc["BMP4", "log2_fc"] == EFFECT


def test_normal_quantiles_and_degrees_of_freedom():
    assert quantile(0.01241933065, np.inf) == pytest.approx(2.5)  # R: 2*pnorm(-2.5)
    assert quantile(P, 7) == pytest.approx(STATISTIC)
    assert error_of_p(np.array([1.0, 1.0, 0.0, 1.0]), np.array([0.0, 1.0, 0.5, np.nan]), 7) == pytest.approx(
        [np.nan] * 4, nan_ok=True
    )
    assert asked().freedom == 7 and asked(degrees_of_freedom=11.5).freedom == 11.5
    assert np.isinf(asked(test="normal", degrees_of_freedom=11.5).freedom)


@pytest.mark.parametrize("scale", ["log2", "ln", "log10"])
def test_logarithms_are_brought_to_log2_with_their_errors(tmp_path, scale):
    base = {"log2": 2, "ln": np.e, "log10": 10}[scale]
    table = table_of(effect=np.log(2.0**EFFECTS) / np.log(base), se=0.3 * np.log(2) / np.log(base))
    found, findings = read(tmp_path, table, scale=scale)
    assert not findings.problems and PER_LOG2[scale] == pytest.approx(np.log2(base))
    assert found["log2_fc"].to_numpy() == pytest.approx(EFFECTS)
    assert found["lfc_se"].to_numpy() == pytest.approx(0.3)


@pytest.mark.parametrize("scale", ["fold_change", "signed_fold_change"])
def test_fold_changes_are_brought_to_log2(tmp_path, scale):
    ratio = 2.0**EFFECTS
    p = 2 * stats.t.sf(np.abs(EFFECTS) / 0.3, 7)
    table = table_of(effect=ratio if scale == "fold_change" else np.where(ratio < 1, -1 / ratio, ratio), p=p)
    found, findings = read(tmp_path, table, scale=scale, columns=columns("p"))
    assert not findings.problems
    assert found["log2_fc"].to_numpy() == pytest.approx(EFFECTS)
    assert found["lfc_se"].to_numpy() == pytest.approx(0.3)


def test_limits_of_fold_changes_are_symmetrical_as_logarithms(tmp_path):
    reach = stats.t.isf(0.05, 7) * 0.3
    table = table_of(effect=2.0**EFFECTS, ci_low=2 ** (EFFECTS - reach), ci_high=2 ** (EFFECTS + reach))
    asked_for = {"scale": "fold_change", "columns": columns("ci_low", "ci_high"), "confidence": 0.9}
    found, findings = read(tmp_path, table, **asked_for)
    assert not findings.problems and found["lfc_se"].to_numpy() == pytest.approx(0.3)


def test_a_packed_table_with_signs_of_print_and_gaps(tmp_path):
    text = "gene;effect;se\nBMP4;\u22121.5;0.3\nID1;NA;0.2\n;1;0.2\nID2;0.5;\n"
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(text.encode()))
    findings = Findings()
    found = read_published(asked(table=str(tmp_path / "t.csv.gz")), findings)
    assert not findings.problems
    assert found["log2_fc"].tolist() == pytest.approx([-1.5, np.nan, 0.5], nan_ok=True)
    assert found["reason"].tolist() == ["", "no effect in the published table", "no error in the published table"]
    assert any("1 rows name no gene" in note for note in findings.notes)


RATIO = 2.0**EFFECTS
WRONG = {
    "ratios called log2": ({"effect": RATIO}, {}, "all 12 effects are above 0 and called log2"),
    "signed called log2": (
        {"effect": np.where(EFFECTS < 0, -1 / RATIO, RATIO)},
        {},
        "none of 12 effects called log2 lies between -1 and 1",
    ),
    "log called ratio": (
        {"p": 0.2},
        {"scale": "fold_change", "columns": columns("p")},
        "5 of 12 fold changes are 0 or less",
    ),
    "log called signed": (
        {"p": 0.2},
        {"scale": "signed_fold_change", "columns": columns("p")},
        "8 of 12 signed fold changes lie between -1 and 1",
    ),
    "intensities": ({"effect": EFFECTS * 400}, {}, "are beyond 30 on the log2 scale"),
    "log10 that are log2": ({"effect": EFFECTS * 6}, {"scale": "log10"}, "beyond 30 on the log2 scale, with log10"),
    "no error": ({"se": 0.0}, {}, "errors of 0 or less"),
    "negative error": ({"se": -0.1}, {}, "errors of 0 or less"),
    "error of ratio": ({"effect": RATIO}, {"scale": "fold_change"}, "an error of fold changes is no error"),
    "bounds": ({"p": "<0.001"}, {"columns": columns("p")}, 'cells of "p" say only "<0.001" (line 2)'),
    "p of 0": ({"p": [0.0, *[0.3] * 11]}, {"columns": columns("p")}, "p is exactly 0 in 1 row"),
    "p of 1": ({"p": [1.0, 1.0, *[0.3] * 10]}, {"columns": columns("p")}, "p is exactly 1 in 2 rows"),
    "p above 1": ({"p": [3.0, *[0.3] * 11]}, {"columns": columns("p")}, "lie outside 0 to 1, such as 3"),
    "adjusted": (
        {"adj.P.Val": 0.2},
        {"columns": {**columns(), "p": "adj.P.Val"}},
        'the column "adj.P.Val" is called like adjusted p-values',
    ),
    "comma": ({"se": "0,3"}, {}, "have a decimal comma: 0,3 (line 2)"),
    "words": ({"se": "high"}, {}, 'cells of "se" are no numbers: high (line 2)'),
    "columns": ({}, {"columns": columns("SE")}, '"SE" (SE)'),
    "without error": ({}, {"columns": columns()}, "no column of an error"),
    "only one limit": ({"ci_low": 1}, {"columns": columns("ci_low")}, "no column of an error"),
    "twice": ({"gene": ["G0", "G0", *GENES[2:]]}, {}, "1 genes appear twice: G0"),
    "other sign": ({"statistic": -EFFECTS}, {"columns": columns("statistic")}, "12 statistics have another sign"),
    "outside": (
        {"ci_low": EFFECTS + 1, "ci_high": EFFECTS + 2},
        {"columns": columns("ci_low", "ci_high")},
        "12 of 12 effects lie outside their confidence limits",
    ),
    "limits of ratios": (
        {"ci_low": EFFECTS - 0.1, "ci_high": EFFECTS + 2},
        {"columns": columns("ci_low", "ci_high")},
        "beside its middle on the log scale",
    ),
    "standard deviations": (
        {"se": 0.45, "p": 2 * stats.t.sf(np.abs(EFFECTS) / 0.3, 7)},
        {"columns": {**columns("p"), "error": "se"}},
        "they are 1.50 times what follows",
    ),
    "another test": (
        {"p": 2 * stats.norm.sf(np.abs(EFFECTS) / 0.3)},
        {"columns": {**columns("p"), "error": "se"}},
        "errors disagree with effects and p-values by t with 7 degrees of freedom",
    ),
    "no freedom": ({}, {"samples": {"tested": 1, "reference": 1}}, "1 and 1 samples has no degrees of freedom"),
    "no such gene": ({}, {"exclude": {"BMP4": "a probe of two genes"}}, "the table has no gene BMP4"),
}


@pytest.mark.parametrize(("cells", "changed", "said"), WRONG.values(), ids=WRONG.keys())
def test_what_cannot_be_right_is_reported(tmp_path, cells, changed, said):
    _, findings = read(tmp_path, table_of(**cells), **changed)
    messages = [str(problem) for problem in findings.problems]
    assert len(messages) == 1 or "SE" in changed.get("columns", {}), messages
    assert any(said in text and "->" in text for text in messages), messages


def test_all_problems_are_reported_at_once(tmp_path):
    table = table_of(effect=RATIO, p=["<0.05", "0", *["0,3"] * 10])
    _, findings = read(tmp_path, table, columns={**columns("p"), "error": "se"})
    message = " ".join(map(str, findings.problems))
    assert "say only" in message and "decimal comma" in message and "as fold changes are" in message


@pytest.mark.parametrize(
    ("cells", "changed", "accept"),
    [
        ({"effect": RATIO}, {}, "scale"),
        ({"padj": 2 * stats.t.sf(np.abs(EFFECTS) / 0.3, 7)}, {"columns": {**columns(), "p": "padj"}}, "p_is_raw"),
    ],
)
def test_what_the_user_confirms_is_accepted(tmp_path, cells, changed, accept):
    assert read(tmp_path, table_of(**cells), **changed)[1].problems
    found, findings = read(tmp_path, table_of(**cells), **changed, accept=[accept])
    assert not findings.problems and (found["reason"] == "").all()


def test_genes_whose_p_says_nothing_have_no_effect_if_that_is_accepted(tmp_path):
    table = table_of(p=[0.0, 1.0, *[0.3] * 10])
    found, findings = read(tmp_path, table, columns=columns("p"), accept=["p_at_bounds"])
    assert not findings.problems
    assert found["reason"].tolist()[:3] == ["no error follows from p here"] * 2 + [""]


def test_genes_chosen_by_their_p_values_are_shown_and_not_pooled(tmp_path):
    table = table_of(p=np.linspace(0.001, 0.049, 12))
    found, findings = read(tmp_path, table, columns=columns("p"))
    assert [caution.kind for caution in findings.warnings] == ["selected_genes"]
    assert found["log2_fc"].notna().all() and set(found["reason"]) == {findings.warnings[0].text.partition(". ")[0]}
    found, findings = read(tmp_path, table, columns=columns("p"), accept=["selected_genes"])
    assert not findings.warnings and set(found["reason"]) == {""}


@pytest.mark.parametrize("name", ["error", "statistic"])
def test_genes_chosen_by_p_values_that_the_table_does_not_print_are_found_too(name, tmp_path):
    """Their p-values follow from effects and errors."""
    table = pd.DataFrame(
        {"gene": GENES, "effect": EFFECTS, "error": np.abs(EFFECTS) / 4, "statistic": np.sign(EFFECTS) * 4}
    )
    found, findings = read(tmp_path, table, columns=columns(name))
    assert [one.kind for one in findings.warnings] == ["selected_genes"] and (found["reason"] != "").all()
    _, findings = read(tmp_path, table.assign(error=0.3, statistic=EFFECTS / 0.3), columns=columns(name))
    assert not findings.warnings


def test_genes_left_out_are_reported(tmp_path):
    found, findings = read(tmp_path, table_of(), exclude={"G1": "a probe of two genes"})
    assert "G1" not in found.index and any("a probe of two genes" in note for note in findings.notes)


def test_effects_printed_to_two_digits_agree_with_their_p_values(tmp_path):
    p = [f"{value:.2g}" for value in 2 * stats.t.sf(np.abs(EFFECTS) / 0.3, 7)]
    table = table_of(effect=EFFECTS.round(2), se=0.3, p=p)
    _, findings = read(tmp_path, table, columns={**columns("p"), "error": "se"})
    assert not findings.problems


def test_zero_with_p_of_one_was_not_measured(tmp_path):
    table = table_of(effect=[0.0, *EFFECTS[1:]], p=[1.0, *2 * stats.t.sf(np.abs(EFFECTS[1:]) / 0.3, 7)])
    found, findings = read(tmp_path, table, columns={**columns("p"), "error": "se"})
    assert not findings.problems and np.isnan(found.loc["G0", "log2_fc"])
    # Without p it is an effect that was printed as 0.00.
    found, _ = read(tmp_path, table)
    assert found.loc["G0", "log2_fc"] == 0 and found.loc["G0", "reason"] == ""


def test_columns_of_one_name_do_no_harm_unless_they_are_asked_for(tmp_path):
    text = "gene\teffect\tse\tFDR\tFDR\nBMP4\t1.5\t0.3\t0.1\t0.2\n"
    found, findings = read(tmp_path, text)
    assert not findings.problems and found.loc["BMP4", "log2_fc"] == 1.5
    _, findings = read(tmp_path, text.replace("FDR\tFDR", "se\tx"))
    assert "columns of one name: se" in str(findings.problems[0])
