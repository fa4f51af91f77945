"""Enrichment scores are those of GSEApy, and of the definition written out gene by gene."""

import numpy as np
import pandas as pd
import pytest

from autocrine.input.gmt import read_gmt
from autocrine.problems import Findings
from autocrine.results.enrichment import EDGE_SHOWN, draw_ranks, random_scores, score_enrichment
from autocrine.results.gene_sets import members_of
from tests.conftest import REPOSITORY

REFERENCE = REPOSITORY / "tests" / "references" / "enrichment"


def scored(statistic, sets):
    """Score sets of names of genes."""
    members = members_of(statistic.index, pd.Series(list(sets.values())))
    table = score_enrichment(statistic.to_numpy(dtype=float), members, len(sets), list(statistic.index))
    return table.set_axis(list(sets))


def by_definition(values, inside):
    """The running sum, gene by gene (Subramanian et al. 2005), and the place of its largest deviation."""
    order = np.argsort(-values, kind="stable")
    total, others = np.abs(values[inside]).sum(), len(values) - inside.sum()
    sums, height = [], 0.0
    for gene in order:
        height += abs(values[gene]) / total if inside[gene] else -1 / others
        sums.append(height)
    at = int(np.argmax(np.abs(sums)))
    edge = order[: at + 1] if sums[at] > 0 else order[at + 1 :]
    return sums[at], {int(gene) for gene in edge if inside[gene]}


def test_scores_and_leading_edges_are_those_of_gseapy():
    statistic = pd.read_csv(REFERENCE / "statistic.tsv", sep="\t", index_col="gene_id")["stat"]
    gmt = read_gmt(str(REFERENCE / "sets.gmt"), Findings())
    sets = dict(zip(gmt["gene_set"], gmt["genes"], strict=True))
    theirs = pd.read_csv(REFERENCE / "prerank.tsv", sep="\t", index_col="gene_set")
    ours = scored(statistic.sample(frac=1, random_state=3), sets)
    assert list(ours.index) == list(theirs.index)
    assert ours["enrichment_score"].to_numpy() == pytest.approx(theirs["ES"].to_numpy(), abs=1e-12)
    # Both divide by a mean over random sets, theirs over 10,000.
    assert ours["nes"].to_numpy() == pytest.approx(theirs["NES"].to_numpy(), rel=0.06)
    assert np.median(np.abs(ours["nes"] / theirs["NES"] - 1)) < 0.02
    for name, genes in theirs["Lead_genes"].str.split(";").items():
        strongest = list(statistic[genes].abs().sort_values(ascending=False).index)
        assert ours.loc[name, "leading_edge"] == len(genes)
        assert ours.loc[name, "leading_edge_genes"].split(", ") == strongest[:EDGE_SHOWN]


def test_scores_are_those_of_the_definition():
    random = np.random.default_rng(1)
    genes = [f"g{i:02d}" for i in range(40)]
    for _ in range(200):
        values = random.normal(size=40).round(2)
        inside = np.zeros(40, dtype=bool)
        inside[random.choice(40, random.integers(1, 39), replace=False)] = True
        table = scored(pd.Series(values, genes), {"A": tuple(np.array(genes)[inside])})
        height, edge = by_definition(values, inside)
        assert abs(table["enrichment_score"].iloc[0]) == pytest.approx(abs(height), abs=1e-12)
        if table["enrichment_score"].iloc[0] == pytest.approx(height, abs=1e-12):
            assert table["leading_edge"].iloc[0] == len(edge)


def test_the_leading_edge_names_the_strongest_first_from_either_end():
    statistic = pd.Series(np.arange(100, dtype=float)[::-1] - 49.5, [f"g{i:02d}" for i in range(100)])
    table = scored(statistic, {"top": ("g02", "g00", "g01"), "bottom": ("g97", "g99", "g98"), "both": ("g00", "g99")})
    assert list(table["leading_edge_genes"][:2]) == ["g00, g01, g02", "g99, g98, g97"]
    assert table["enrichment_score"][:2].tolist() == [1, -1]
    many = scored(statistic, {"many": tuple(statistic.index[:30])}).iloc[0]
    assert many["leading_edge"] == 30
    assert many["leading_edge_genes"].split(", ") == list(statistic.index[:EDGE_SHOWN])


def test_what_cannot_be_scored_has_no_numbers_and_disturbs_no_other_set():
    statistic = pd.Series([3.0, 2, 0, 0, -1, np.nan, np.inf], list("abcdefg"))
    sets = {
        "none": (),
        "absent": ("x",),
        "untested": ("f", "g"),
        "zero": ("c", "d"),
        "all": tuple("abcde"),
        "A": ("a",),
    }
    table = scored(statistic, sets)
    assert table["enrichment_score"].notna().tolist() == [False] * 5 + [True]
    assert table["nes"].notna().tolist() == [False] * 5 + [True]
    assert set(table["leading_edge_genes"][:5]) == {""}
    assert table.loc["A", ["enrichment_score", "leading_edge", "leading_edge_genes"]].tolist() == [1, 1, "a"]
    # Genes without a statistic are as if they were not there.
    assert table.loc["A"].tolist() == scored(statistic.iloc[:5], {"A": ("a",)}).loc["A"].tolist()


def test_random_sets_have_a_normalised_score_of_one_on_average():
    values = np.random.default_rng(4).normal(size=3000)
    index = pd.Index([f"g{i}" for i in range(3000)])
    random = np.random.default_rng(5)
    sets = {f"S{i}": tuple(random.choice(index, random.integers(5, 400), replace=False)) for i in range(600)}
    table = scored(pd.Series(values, index), sets)
    for side in (table["nes"] > 0, table["nes"] < 0):
        assert table["nes"][side].abs().mean() == pytest.approx(1, abs=0.06)


def test_random_sets_are_drawn_without_replacement_and_alike_in_every_run():
    draws = draw_ranks(300, 50, 20)
    assert all(len(set(row)) == 50 for row in draws) and draws.max() < 300
    assert (draw_ranks.__wrapped__(300, 50, 20) == draws).all()
    scores = random_scores(np.arange(300, 0, -1.0), 5, draws)
    assert len(scores) == 20 and (np.abs(scores) <= 1).all()
