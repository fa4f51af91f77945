"""Activities are decoupler's ULM, CAMERA where weights are equal, and keep their level where targets go together."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from autocrine.adjustment import benjamini_hochberg
from autocrine.input.genes import GeneTable
from autocrine.input.species import KnownGenes
from autocrine.results import activities
from autocrine.results.activities import FIRST, name_targets, order_regulators, resolve_network
from autocrine.results.gene_sets import test_sets as run_sets
from autocrine.results.rotation import Effects, linear_effects
from tests.conftest import REPOSITORY

REFERENCE = REPOSITORY / "tests" / "references" / "activities"
COLUMNS = ["gene_id", "gene_name", "entrez", "biotype", "chromosome", "aliases", "primary"]
GENES = GeneTable(
    pd.DataFrame(
        [
            ("ENSG00000125378", "BMP4", "652", "", "14", "BMP2B", "1"),
            ("ENSG00000122691", "TWIST1", "7291", "", "7", "", "1"),
            ("ENSG00000125968", "ID1", "3397", "", "20", "", "1"),
        ],
        columns=COLUMNS,
    ),
    {},
)
MICE = GeneTable(
    pd.DataFrame(
        [
            ("ENSMUSG00000021835", "Bmp4", "12159", "", "", "", "1", "ENSG00000125378", "BMP4", "one2one"),
            ("ENSMUSG00000042745", "Id1", "15901", "", "", "", "1", "ENSG00000125968", "ID1", "one2many"),
        ],
        columns=[*COLUMNS, "human_id", "human_name", "orthology"],
    ),
    {},
)


def network(*edges):
    return pd.DataFrame(edges, columns=["regulator", "target", "weight"])


def example(genes=300, samples=8, seed=1, **sets):
    """A statistic and effects of unrelated genes, and regulators of random targets."""
    random = np.random.default_rng(seed)
    names = [f"g{i:03d}" for i in range(genes)]
    values = pd.DataFrame(random.normal(size=(samples, genes)), columns=names)
    design = pd.DataFrame({"a": 1.0, "b": np.repeat([0.0, 1.0], samples // 2)})
    return pd.Series(random.normal(size=genes), names), linear_effects(values, design, np.array([0.0, 1.0])), random


def run(statistic, edges, effects, **options):
    edges = pd.DataFrame(edges, columns=["regulator", "gene_id", "weight"])
    regulators = pd.DataFrame({"regulator": list(dict.fromkeys(edges["regulator"]))})
    (table,) = activities.test_activities([statistic], regulators, edges, [effects], **options)
    return table.set_index("regulator")


def test_scores_are_those_of_decoupler():
    statistic = pd.read_csv(REFERENCE / "statistic.tsv", sep="\t", index_col="gene_id")["stat"]
    edges = pd.read_csv(REFERENCE / "network.tsv", sep="\t").set_axis(["regulator", "gene_id", "weight"], axis=1)
    theirs = pd.read_csv(REFERENCE / "ulm.tsv", sep="\t", index_col="regulator")
    random = np.random.default_rng(1)
    effects = Effects(
        pd.Series(random.normal(size=400), statistic.index),
        pd.DataFrame(random.normal(size=(400, 6)), statistic.index),
    )
    ours = run(statistic.sample(frac=1, random_state=2), edges, effects).loc[theirs.index]
    assert ours["score"].to_numpy() == pytest.approx(theirs["score"].to_numpy(), abs=1e-9)
    adjusted = benjamini_hochberg(ours["p_value_independent"].to_numpy())
    assert adjusted == pytest.approx(theirs["adj_p_value"].to_numpy(), rel=1e-6)


@pytest.mark.parametrize("correlation", [None, 0.05])
def test_equal_weights_give_the_test_of_sets(correlation):
    statistic, effects, random = example()
    chosen = {f"R{size}": sorted(random.choice(statistic.index, size, replace=False)) for size in (5, 20, 100)}
    edges = [(name, gene, 2.5) for name, genes in chosen.items() for gene in genes]
    table = run(statistic, edges, effects, correlation=correlation)
    sets = pd.DataFrame({"gene_set": list(chosen), "genes": [tuple(genes) for genes in chosen.values()]})
    (expected,) = run_sets([statistic], sets, [effects], correlation=correlation)
    for column in ("score", "p_value", "p_value_independent", "adj_p_value", "rotation_p_value"):
        assert table[column].to_numpy() == pytest.approx(expected[column].to_numpy(), rel=1e-9), column
    assert table["estimate"].to_numpy() == pytest.approx(expected["estimate"].to_numpy() / 2.5, rel=1e-9)
    assert table["share_agreeing"].to_numpy() == pytest.approx(expected["share_up"].to_numpy())


def test_the_slope_is_that_of_a_regression_over_all_genes():
    statistic, effects, random = example(genes=120)
    targets = random.choice(statistic.index, 30, replace=False)
    weights = pd.Series(random.normal(size=30), targets)
    row = run(statistic, [("R", gene, weight) for gene, weight in weights.items()], effects).loc["R"]
    fit = stats.linregress(weights.reindex(statistic.index).fillna(0), statistic)
    assert row["estimate"] == pytest.approx(fit.slope) and row["p_value_independent"] == pytest.approx(fit.pvalue)
    assert row["score"] == pytest.approx(fit.slope / fit.stderr) and row["raised"] == (weights > 0).sum()
    assert row["share_agreeing"] == np.mean(np.sign(statistic[targets]) == np.sign(weights[targets]))


def test_turning_every_sign_turns_the_score_and_nothing_else():
    statistic, effects, random = example()
    edges = [("R", gene, weight) for gene, weight in zip(statistic.index[:40], random.normal(size=40), strict=True)]
    one, other = (run(statistic, [(r, g, sign * w) for r, g, w in edges], effects).loc["R"] for sign in (1, -1))
    assert one["score"] == pytest.approx(-other["score"])
    for column in ("p_value", "variance_inflation", "rotation_p_value"):
        assert one[column] == pytest.approx(other[column])


def test_targets_that_go_together_by_their_signs_widen_the_test_and_the_level_holds():
    """Half of the targets fall where the others rise, by something that the design does not know."""
    genes, samples, targets = 400, 10, 40
    names = [f"g{i:03d}" for i in range(genes)]
    signs = np.where(np.arange(targets) % 2, 1.0, -1.0)
    design = pd.DataFrame({"a": 1.0, "b": np.repeat([0.0, 1.0], samples // 2)})
    edges = [("R", gene, sign) for gene, sign in zip(names, signs, strict=False)]
    found = []
    for seed in range(300):
        random = np.random.default_rng(seed)
        values = random.normal(size=(samples, genes))
        values[:, :targets] += 0.7 * random.normal(size=(samples, 1)) * signs
        effects = linear_effects(pd.DataFrame(values, columns=names), design, np.array([0.0, 1.0]))
        t = effects.contrast / np.sqrt((effects.residual**2).mean(axis=1))
        found.append(run(pd.Series(stats.norm.ppf(stats.t.cdf(t, samples - 2)), names), edges, effects).loc["R"])
    found = pd.DataFrame(found).astype({"p_value": float, "p_value_independent": float, "rotation_p_value": float})
    assert (found["p_value_independent"] < 0.05).mean() > 0.4
    assert (found["p_value"] < 0.05).mean() < 0.08
    assert 0.02 < (found["rotation_p_value"] < 0.05).mean() < 0.09
    assert found["variance_inflation"].astype(float).median() > 5


def test_regulators_with_few_targets_are_not_tested_and_change_no_other():
    statistic, effects, _ = example()
    enough = [("A", gene, 1.0) for gene in statistic.index[:5]]
    few = [("B", gene, 1.0) for gene in statistic.index[:4]] + [("C", "absent", 1.0)]
    everything = [("D", gene, 1.0) for gene in statistic.index]
    table = run(statistic, [*few, *enough, *everything], effects)
    assert table["status"].to_dict() == {"B": "too_few", "C": "too_few", "A": "tested", "D": "too_few"}
    assert table["size"].to_dict() == {"B": 4, "C": 0, "A": 5, "D": 300}
    numbers = ["score", "p_value", "adj_p_value", "rotation_p_value", "estimate"]
    assert table.loc[["B", "C", "D"], numbers].isna().all(axis=None)
    alone = run(statistic, enough, effects)
    assert table.loc["A", numbers].tolist() == alone.loc["A", numbers].tolist()


def test_genes_without_a_statistic_take_no_part():
    statistic, effects, _ = example()
    edges = [("A", gene, 1.0) for gene in statistic.index[:10]]
    with_missing = pd.concat([statistic, pd.Series([np.nan, np.inf], ["x", "y"])])
    assert run(with_missing, [*edges, ("A", "x", 1.0)], effects).equals(run(statistic, edges, effects))
    with pytest.raises(ValueError, match="several statistics"):
        run(pd.concat([statistic, statistic[:1]]), edges, effects)


def test_targets_are_found_by_any_name_and_the_others_are_counted():
    var = pd.DataFrame({"gene_name": ["BMP4", "ID1", "OWN"]}, index=["ENSG00000125378", "ENSG00000125968", "X1"])
    edges = network(
        ("S", "3397", 2.0), ("S", "ID1", 4.0), ("S", "TWIST1", 1.0), ("S", "NOBODY", 1.0), ("S", "BMP2B", 1.0),
        ("T", "OWN", -1.0), ("T", "ENSG00000125968.3", 1.0), ("T", "ID1", -1.0),
    )  # fmt: skip
    regulators, found = resolve_network(edges, var, KnownGenes(GENES), {"ENSG00000125378"})
    assert list(found.itertuples(index=False, name=None)) == [("S", "ENSG00000125968", 3.0), ("T", "X1", -1.0)]
    assert list(regulators.columns) == [
        "regulator", "targets_written", "targets_absent", "targets_unknown", "targets_left_out",
    ]  # fmt: skip
    assert regulators.values.tolist() == [["S", 5, 1, 1, 1], ["T", 3, 0, 2, 0]]


def test_targets_of_people_are_read_in_mice_by_single_orthologues():
    var = pd.DataFrame({"gene_name": ["Bmp4", "Id1"]}, index=MICE.genes["gene_id"])
    edges = network(("SMAD1", "BMP4", 1.0), ("SMAD1", "ID1", 1.0), ("SMAD1", "NOBODY", 1.0))
    regulators, found = resolve_network(edges, var, KnownGenes(GENES, lambda: MICE), (), "mouse")
    assert list(found["gene_id"]) == ["ENSMUSG00000021835"]
    assert regulators.loc[0, "targets_no_single_orthologue"] == 1 and regulators.loc[0, "targets_unknown"] == 1


def test_significant_targets_are_named_where_they_go_the_way_of_the_score():
    tested = pd.DataFrame({"regulator": ["A", "B"], "score": [2.0, np.nan]})
    edges = pd.DataFrame(
        [("A", "a", 1.0), ("A", "b", -1.0), ("A", "c", 1.0), ("A", "d", 1.0), ("B", "a", 1.0)],
        columns=["regulator", "gene_id", "weight"],
    )
    genes = pd.DataFrame(
        {"gene_id": list("abcd"), "stat": [3.0, -9.0, -8.0, 7.0], "adj_p_value": [0.01, 0.01, 0.01, 0.2]}
    )
    table = name_targets(tested, edges, genes, {"a": "GENE A"}, 0.05)
    assert table["targets_hit"].tolist() == ["b, GENE A", ""] and table["hits"].tolist() == [2, 0]


def test_what_is_asked_for_comes_first_however_it_is_written():
    assert order_regulators(["TWIST1", "A", "MYC", "SMAD5", "STAT5A", "SMAD1"]) == [
        "SMAD1", "SMAD5", "STAT5A", "MYC", "TWIST1",
    ]  # fmt: skip
    assert order_regulators(["Twist1", "Smad1", "SMAD1_5"]) == ["Smad1", "SMAD1_5", "Twist1"]
    assert len(set(FIRST)) == len(FIRST)
