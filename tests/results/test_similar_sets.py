"""Sets are folded by the Jaccard index of their genes, the clearest first, and never across sides."""

import numpy as np
import pandas as pd
import pytest

from autocrine.results import similar_sets
from autocrine.results.gene_sets import members_of
from autocrine.results.similar_sets import LEAST_SHARED, fold_sets, similar_pairs


def pairs_of(sets, genes):
    return similar_pairs(*members_of(pd.Index(list(genes)), pd.Series(sets, dtype=object)), len(sets))


def as_dict(pairs):
    starts, others = pairs
    return {one: set(others[starts[one] : starts[one + 1]]) for one in range(len(starts) - 1)}


@pytest.mark.parametrize("rows", [7, 512])
def test_pairs_are_those_of_the_jaccard_index(monkeypatch, rows):
    monkeypatch.setattr(similar_sets, "_ROWS", rows)
    random = np.random.default_rng(2)
    genes = [f"g{i}" for i in range(30)]
    sets = [tuple(random.choice(genes, random.integers(0, 20), replace=False)) for _ in range(60)]
    # Some nearly alike, and some alike.
    sets += [(*one[:-1], "g0") for one in sets[:30] if "g0" not in one] + sets[40:50]
    found = as_dict(pairs_of(sets, genes))
    expected = {
        one: {
            other
            for other, theirs in enumerate(sets)
            if other != one and (set(mine) | set(theirs))
            and len(set(mine) & set(theirs)) / len(set(mine) | set(theirs)) >= LEAST_SHARED
        }
        for one, mine in enumerate(sets)
    }  # fmt: skip
    assert found == expected
    assert sum(map(len, expected.values())) > 40


def results(p_values, scores=None, statuses=None):
    count = len(p_values)
    return pd.DataFrame(
        {
            "gene_set": [f"S{i}" for i in range(count)],
            "status": statuses or ["tested"] * count,
            "score": scores or [2.0] * count,
            "p_value": p_values,
        }
    )


def chain():
    """Each set is alike to the next one only."""
    return pairs_of([("a", "b", "c", "d"), ("b", "c", "d", "e"), ("c", "d", "e", "f")], "abcdef")


def test_the_clearest_set_stands_for_those_alike_to_it():
    table = fold_sets(results([0.03, 0.01, 0.02]), chain())
    assert table["folded_into"].tolist() == ["S1", "", "S1"]
    assert table["similar_sets"].fillna(-1).tolist() == [-1, 2, -1]


def test_no_chain_brings_unlike_sets_together():
    table = fold_sets(results([0.01, 0.02, 0.03]), chain())
    assert table["folded_into"].tolist() == ["", "S0", ""]
    assert table["similar_sets"].fillna(-1).tolist() == [1, -1, 0]


def test_sets_that_change_to_other_sides_or_were_not_tested_are_not_folded():
    table = fold_sets(results([0.01, 0.02, 0.03], scores=[2.0, -2.0, 2.0]), chain())
    assert table["folded_into"].tolist() == ["", "", ""]
    table = fold_sets(results([np.nan, 0.02, 0.03], [np.nan, 2.0, 2.0], ["too_few", "tested", "tested"]), chain())
    assert table["folded_into"].tolist() == ["", "", "S1"]
    assert table["similar_sets"].fillna(-1).tolist() == [-1, 1, -1]


def test_of_equal_p_values_the_set_with_the_larger_score_is_kept():
    table = fold_sets(results([0.0, 0.0, 0.5], scores=[40.0, 50.0, 1.0]), chain())
    assert table["folded_into"].tolist() == ["S1", "", "S1"]


def test_nothing_is_nothing():
    assert as_dict(pairs_of([], "a")) == {} and as_dict(pairs_of([(), ()], "a")) == {0: set(), 1: set()}
    assert list(fold_sets(results([]), pairs_of([], "a")).columns[-2:]) == ["folded_into", "similar_sets"]
