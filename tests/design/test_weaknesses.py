"""The design doctor: each warning where it is due, silence where it is not."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autocrine.design.pairs import find_pairs, loss_words
from autocrine.design.weaknesses import (
    confounded,
    describe_small_groups,
    examine_contrast,
    small_groups,
    tabulate_cells,
)

NAMES = ("resistant", "sensitive")


def sheet(first=6, second=6, **columns):
    """Return a sheet of two groups with the given columns, and the groups."""
    response = ["r"] * first + ["s"] * second
    index = [f"R{i + 1}" for i in range(first)] + [f"S{i + 1}" for i in range(second)]
    values = {
        name: np.array(column, dtype=float) if isinstance(column, (tuple, np.ndarray)) else list(column)
        for name, column in columns.items()
    }
    return pd.DataFrame({"response": response, **values}, index=index), [index[:first], index[first:]]


def examine(selected, groups, design=("response",), names=NAMES):
    before = selected.copy(deep=True)
    warnings = examine_contrast(selected, design, ["response"], groups, names)
    pd.testing.assert_frame_equal(selected, before)
    return [caution.words for caution in warnings]


def reasons(selected, groups, names=NAMES, contrast=("response",)):
    return confounded(selected, contrast, groups, names)


# Pairs


def test_pairs_of_a_cohort_with_one_half_pair():
    index = ["T1", "N1", "T2", "N2", "T7", "T8", "T8b", "N9"]
    selected = pd.DataFrame({"patient": ["P1", "P1", "P2", "P2", "P7", "P8", "P8", None]}, index=index)
    tumour, normal = [name for name in index if name[0] == "T"], [name for name in index if name[0] == "N"]
    pairs = find_pairs(selected, "patient", [tumour, normal], ["tumour", "normal"])
    assert pairs.complete == ("P1", "P2")
    assert pairs.incomplete == {"P7": "only tumour (sample T7)", "P8": "only tumour (samples T8, T8b)"}
    assert loss_words(pairs) == (
        "no comparison within patients for 2 of 4 patients: "
        "P7 has only tumour (sample T7), P8 has only tumour (samples T8, T8b)"
    )


def test_pairs_over_more_than_two_groups():
    selected = pd.DataFrame({"patient": list("aabbc")}, index=list("12345"))
    pairs = find_pairs(selected, "patient", [["1", "4"], ["2"], ["3", "5"]], ["x", "y", "z"])
    assert pairs.complete == ("a", "b")
    assert list(pairs.incomplete) == ["c"]


def test_a_sample_in_two_groups_is_no_pair_and_others_do_not_count():
    selected = pd.DataFrame({"patient": list("abb")}, index=list("123"))
    pairs = find_pairs(selected, "patient", [["1"], ["1"]], ["x", "y"])
    assert pairs.complete == ()
    assert pairs.incomplete == {"a": "only x and y (sample 1)"}


def test_nothing_is_lost_of_complete_pairs():
    selected = pd.DataFrame({"patient": ["a", "a"]}, index=["1", "2"])
    assert loss_words(find_pairs(selected, "patient", [["1"], ["2"]], ["x", "y"])) == ""


# Small groups


def test_small_groups_are_reported_in_one_sentence():
    assert small_groups(sheet(3, 5)[1], NAMES) == {}
    small = small_groups(sheet(2, 5)[1], NAMES)
    assert describe_small_groups(small).startswith("resistant has only 2 samples (R1, R2), ")
    both = describe_small_groups(small_groups(sheet(2, 2)[1], NAMES))
    assert both.startswith("2 groups have fewer than 3 samples: resistant (R1, R2), sensitive (S1, S2), which")


# Uneven groups


def test_uneven_batch_names_levels_numbers_and_the_remedy():
    selected, groups = sheet(batch=["B1"] * 4 + ["B2"] * 2 + ["B1"] + ["B2"] * 5)
    assert examine(selected, groups) == [
        "batch is uneven and not in the design: B1 holds 4 of 6 resistant and 1 of 6 sensitive; B2 holds 2 of 6 "
        "resistant and 5 of 6 sensitive: a difference between its levels would pass for an effect; "
        'add "batch" to the design'
    ]
    assert examine(selected, groups, ["batch", "response"]) == []
    assert reasons(selected, groups) == {}


@pytest.mark.parametrize("column", ["batch", "tissue", "source", "sex"])
@pytest.mark.parametrize(("first", "warned"), [("aaaabb", False), ("aaaaab", True)])
def test_a_share_that_differs_by_half_is_the_limit(column, first, warned):
    # 2 of 6 in the other group: a difference of 2/6, then of 3/6.
    warnings = examine(*sheet(**{column: first + "aabbbb"}))
    assert [warning.split()[0] for warning in warnings] == [column] * warned


@pytest.mark.parametrize(
    "values",
    ["aaaaaabbbbbb", "aaaaaaaaaaaa", "abcdefghijkl", [None] * 12, "aaaaaa" + "b" * 5 + "a"],
    ids=["disjoint", "constant", "a level per sample", "missing", "shared once"],
)
def test_other_columns_are_not_judged(values):
    assert examine(*sheet(note=values)) == []


@pytest.mark.parametrize("values", ["aaaaaaaaaaaa", "abcdefghijkl", [None] * 12, [*"aabbab", *[None] * 6]])
@pytest.mark.parametrize("column", ["batch", "sex"])
def test_constant_unique_and_missing_columns_are_no_matter(column, values):
    selected, groups = sheet(**{column: values})
    assert examine(selected, groups) == []
    assert reasons(selected, groups) == {}


def test_one_sample_per_batch_in_small_groups_is_no_matter():
    assert examine(*sheet(2, 2, batch="abcd")) == []


def test_samples_without_value_are_left_out_and_counted():
    selected, groups = sheet(batch=["a", "a", "a", "a", None, None, "a", "b", "b", "b", "b", np.nan])
    (warning,) = examine(selected, groups)
    assert "a holds 4 of 4 resistant and 1 of 5 sensitive" in warning
    assert "(3 samples without batch left out)" in warning


@pytest.mark.parametrize("column", ["source", "sex"])
def test_disjoint_sex_or_source_is_reported_most_strongly(column):
    selected, groups = sheet(**{column: "a" * 6 + "b" * 5 + "c"})
    assert examine(selected, groups) == [
        f"{column} coincides with the groups: resistant has {column} a (6); sensitive has {column} b (5), c (1): "
        f"no {column} is shared, so every difference may just as well be one of {column}, and no design can separate "
        f"them; compare samples that share a {column}"
    ]
    assert reasons(selected, groups) == {}


@pytest.mark.parametrize("column", ["batch", "tissue"])
def test_disjoint_batch_or_tissue_is_confounded(column):
    values = ["a"] * 5 + [None] + ["b"] * 4 + ["c", "c"]
    selected, groups = sheet(**{column: values})
    assert list(reasons(selected, groups)) == [column]
    assert reasons(selected, groups)[column].startswith(
        f"{column} coincides with the groups: resistant has {column} a (5); sensitive has {column} b (4), c (2) "
        f"(1 sample without {column} left out): no {column} is shared"
    )
    assert examine(selected, groups) == []
    assert reasons(selected, groups, contrast=("response", column)) == {}


def test_a_batch_given_as_a_measurement_is_one():
    selected, groups = sheet(batch=(1, 1.1, 1, 1, 1, 1, 2, 2, 2.1, 2, 2, 2))
    assert reasons(selected, groups) == {}
    assert examine(selected, groups)[0].startswith("batch differs and is not in the design: its mean is 1.02 in")


def test_one_shared_sample_ends_confounding():
    selected, groups = sheet(batch="aaaaab" + "bbbbbb")
    assert reasons(selected, groups) == {}
    assert len(examine(selected, groups)) == 1


def test_of_three_groups_one_alone_is_confounded():
    selected = pd.DataFrame({"batch": list("aaabbcbcb")}, index=list("123456789"))
    groups = [list("123"), list("456"), list("789")]
    words = reasons(selected, groups, ["diagnosis", "sensitive", "resistant"])["batch"]
    assert "no other group shares a batch with diagnosis, so" in words


def test_batches_that_split_four_groups_in_two_blocks_are_a_warning():
    index = [str(i) for i in range(12)]
    selected = pd.DataFrame({"batch": ["a"] * 6 + ["b"] * 6}, index=index)
    groups, names = [index[:3], index[3:6], index[6:9], index[9:]], ["LSC r", "LSC s", "HPC r", "HPC s"]
    assert reasons(selected, groups, names) == {}
    (warning,) = examine(selected, groups, names=names)
    assert "no level is shared between (LSC r, LSC s) and (HPC r, HPC s), and no design corrects that" in warning


def test_what_the_patient_decides_is_adjusted_with_the_patient():
    # Three pairs and unpaired men among the resistant, women among the sensitive.
    patient = ["a", "b", "c", "d", "e", "f", "a", "b", "c", "g", "h", "i"]
    sex = ["f", "m", "f", "m", "m", "m", "f", "m", "f", "f", "f", "f"]
    age = (30, 70, 31, 71, 72, 73, 30, 70, 31, 32, 33, 34)
    selected, groups = sheet(patient=patient, sex=sex, age=age)
    assert examine(selected, groups, ["patient", "response"]) == []
    assert sorted(warning.split()[0] for warning in examine(selected, groups)) == ["3", "age", "sex"]


# Measurements


def test_the_warning_about_age_names_both_means():
    selected, groups = sheet(3, 3, age=(60, np.nan, np.nan, 40, 41, 42))
    assert examine(selected, groups) == []
    selected, groups = sheet(4, 3, age=(60, 61, 62, np.nan, 40, 41, 42))
    assert examine(selected, groups) == [
        "age differs and is not in the design: its mean is 61 in resistant (3 samples) and 41 in sensitive "
        "(3 samples), 20.0 standard deviations apart (1 sample without age left out); "
        'add "age" to the design to compare at the same age'
    ]
    assert examine(selected, groups, ["age", "response"]) == []


def test_living_cells_are_what_is_asked_about_and_no_covariate():
    assert examine(*sheet(3, 3, viable_cells=(20_000, 21_000, 22_000, 100_000, 101_000, 102_000))) == []


@pytest.mark.parametrize(("shift", "count"), [(1.0, 1), (0.99, 0), (-1.0, 1)])
def test_one_standard_deviation_is_the_limit(shift, count):
    values = np.array([-1.0, 0.0, 1.0])
    assert len(examine(*sheet(3, 3, quality=np.concatenate([values + shift, values])))) == count


@pytest.mark.parametrize(("shift", "count"), [(3.0, 1), (2.9, 0), (-3.0, 1)])
@pytest.mark.parametrize("size", [2, 4])
def test_means_of_two_samples_are_further_apart_by_chance(shift, count, size):
    few, many = np.array([-1.0, 1.0]) / np.sqrt(2), np.tile([-1.0, 1.0], size // 2)
    many = many / many.std(ddof=1)
    assert len(examine(*sheet(2, size, quality=np.concatenate([few + shift, many])))) == count


@pytest.mark.parametrize(("other", "words"), [(0.1, None), (0.2, "over 100 standard deviations apart")])
def test_measurements_without_spread(other, words):
    warnings = examine(*sheet(3, 3, quality=(0.1, 0.1, 0.1, other, other, other)))
    assert [words in warning for warning in warnings] == [True] * (words is not None)


@pytest.mark.parametrize(
    ("fractions", "words"),
    [
        (
            (0.8, 0.9, 0.7, 0.1, 0.05, 0.15),
            "composition alone would make genes of leukaemic cells higher in resistant; add",
        ),
        (
            (0.1, 0.05, 0.15, 0.8, 0.9, 0.7),
            "composition alone would make genes of leukaemic cells higher in sensitive; add",
        ),
        ((0.8, 0.9, 0.7, 0, 0, 0), "sensitive has no leukaemic cells, so composition alone"),
        ((0, 0, 0, 0.8, 0.9, 0.7), "resistant has no leukaemic cells, so composition alone"),
    ],
)
def test_leukemic_fraction_says_what_composition_does(fractions, words):
    (warning,) = examine(*sheet(3, 3, leukemic_fraction=fractions))
    assert words in warning


def test_no_leukemic_cells_anywhere_is_no_matter():
    assert examine(*sheet(3, 3, leukemic_fraction=np.zeros(6))) == []
    assert examine(*sheet(3, 3, leukemic_fraction=np.full(6, np.nan))) == []


def test_of_several_groups_the_two_furthest_are_reported():
    index = [str(i) for i in range(9)]
    selected = pd.DataFrame({"age": [1.0, 2, 3, 4, 5, 6, 9, 10, 11]}, index=index)
    (warning,) = examine(selected, [index[:3], index[3:6], index[6:]], names=["x", "y", "z"])
    assert "its mean is 2 in x (3 samples) and 10 in z (3 samples), 8.0 standard" in warning


# Patients


def test_ignored_pairs():
    selected, groups = sheet(4, 4, patient=["a", "b", "c", None, "a", "b", "d", "e"])
    assert examine(selected, groups) == [
        "2 patients have samples in both groups (1 sample without patient left out), and the design ignores that; "
        '"patient" in the design would compare within patients (3 patients in one group only would add nothing to that)'
    ]
    assert examine(selected, groups, ["patient", "response"]) == []
    donors = selected.assign(donor=["1", "2", "3", "4", "1", "2", "5", "6"])
    assert examine(donors, groups, ["donor", "response"]) == []
    assert len(examine(selected.assign(donor=None), groups, ["donor", "response"])) == 1
    assert examine_contrast(selected, [], ["patient"], groups, NAMES) == []


@pytest.mark.parametrize("patient", ["abcdaefg", "abcdefgh"])
def test_one_pair_or_none_is_no_matter(patient):
    assert examine(*sheet(4, 4, patient=patient)) == []


def test_repeated_samples_of_patients_in_one_group_only():
    selected, groups = sheet(4, 4, patient="aabcdefg")
    assert examine(selected, groups) == [
        "the design takes repeated samples of a patient for different patients: a 2 times in resistant (R1, R2), so "
        "p-values come out too small; one sample per patient and group would correct that"
    ]


def test_repeated_samples_of_paired_patients():
    warnings = examine(*sheet(4, 4, patient="aabcabde"))
    assert warnings[0].startswith("2 patients have samples in both groups, ")
    assert 'too small; "patient" in the design, or one sample per patient and group' in warnings[1]


MARKS = ("is uneven", "coincides with", "differs and", "ignores that", "repeated samples")


@given(data=st.data())
def test_order_and_names_do_not_matter(data):
    size = data.draw(st.integers(4, 9))
    level = st.lists(st.sampled_from(["a", "b", "c", None]), min_size=size, max_size=size)
    number = st.lists(st.sampled_from([0.0, 0.2, 0.5, 1.0, float("nan")]), min_size=size, max_size=size)
    columns = {name: data.draw(level) for name in ("batch", "sex", "source", "patient")}
    columns |= {name: np.array(data.draw(number)) for name in ("age", "leukemic_fraction")}
    cut = data.draw(st.integers(2, size - 2))
    selected, groups = sheet(cut, size - cut, **columns)
    moved = selected.iloc[data.draw(st.permutations(range(size)))].rename(index="x {}".format)
    renamed = dict(zip("abc", data.draw(st.permutations(["z 1", "y", "10"])), strict=True))
    for name in ("batch", "sex", "source", "patient"):
        moved[name] = moved[name].map(renamed)
    turned = [[f"x {sample}" for sample in reversed(group)] for group in groups]

    def kinds(warnings):
        # A warning begins with its column, or with words of its kind; groups and counts may come there too.
        first = [warning.split()[0] for warning in warnings]
        return sorted(
            (word if word in columns else "", *(mark in warning for mark in MARKS))
            for word, warning in zip(first, warnings, strict=True)
        )

    assert kinds(examine(moved, turned)) == kinds(examine(selected, groups))
    assert list(reasons(moved, turned)) == list(reasons(selected, groups))
    turned.reverse()
    assert kinds(examine(moved, turned, names=NAMES[::-1])) == kinds(examine(selected, groups))


def test_cells_count_samples_and_patients():
    selected = pd.DataFrame(
        {
            "response": list("ssrrr"),
            "time": ["d", None, "d", "d", "f"],
            "age": [1.0] * 5,
            "patient": ["a", "b", "c", "c", None],
        }
    )
    table = tabulate_cells(selected, ["response", "time", "age", "patient", "response"])
    assert list(table.columns) == ["response", "time", "samples", "patients"]
    assert table.fillna("?").to_numpy().tolist() == [["r", "d", 2, 1], ["r", "f", 1, 0], ["s", "d", 1, 1],
                                                     ["s", "?", 1, 1]]  # fmt: skip
    backwards = tabulate_cells(selected.iloc[::-1], ["response", "time"])
    pd.testing.assert_frame_equal(backwards, table)


def test_cells_without_patients_and_with_a_column_called_samples():
    table = tabulate_cells(pd.DataFrame({"samples": ["x", "x", "y"]}), ["samples"])
    assert table.to_numpy().tolist() == [["x", 2], ["y", 1]]


def test_cells_without_columns_are_one():
    assert tabulate_cells(pd.DataFrame({"patient": list("aab")}), ["patient"]).to_numpy().tolist() == [[3, 2]]
