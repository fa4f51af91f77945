"""Remake docs/gene_sets.md: how often gene sets are called where nothing differs, and how often planted ones are found.

Usage: python benchmarks/gene_set_calibration.py (about five minutes of one processor), on the real lines of
../shared/data/lcl_women split at random, with the bundled GO sets; --network collectri.csv measures the regulators of a
network too (docs/activities.md); --quick shows that everything works.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "workflow" / "scripts")]

from autocrine import engine  # noqa: E402
from autocrine.adjustment import benjamini_hochberg  # noqa: E402
from autocrine.input.genes import read_gene_table  # noqa: E402
from autocrine.input.gmt import read_gmt  # noqa: E402
from autocrine.input.network import read_network  # noqa: E402
from autocrine.input.species import KnownGenes  # noqa: E402
from autocrine.problems import Findings  # noqa: E402
from autocrine.results.activities import resolve_network, test_activities  # noqa: E402
from autocrine.results.enrichment import draw_ranks, random_scores, score_enrichment  # noqa: E402
from autocrine.results.gene_sets import (  # noqa: E402
    PRESET_CORRELATION,
    members_of,
    normal_scores,
    resolve_sets,
    test_sets,
)
from autocrine.results.rotation import Effects, linear_effects  # noqa: E402

ALPHA = 0.05
SIZES = (4, 6, 8, 12, 20)
PLANTED = {20: (0.25, 0.5, 1.0), 100: (0.25, 0.5, 1.0)}
PLANTED_AT = (4, 8, 20)
METHODS = {"preset 0.01, Wald statistic": "preset", "estimated (CAMERA)": "estimated"}
# Known to be wrong, and measured because it is in wide use.
PERMUTED = "gene permutations (GSEA preranked)"
DRAWS, GRID = 1000, 24
PLANTED_REGULATORS = {20: (0.5, 1.0), 100: (0.5, 1.0)}


def known_genes() -> KnownGenes:
    """Return the bundled human genes."""
    genes = ROOT / "resources" / "genes"
    return KnownGenes(read_gene_table(str(genes / "human_grch38.tsv.gz"), str(genes / "refused_aliases.tsv")))


def read_sets(genes: pd.Index) -> pd.DataFrame:
    """Return the bundled GO sets in the genes of the matrix."""
    path = ROOT / "resources" / "gene_sets" / "go_biological_process.gmt.gz"
    return resolve_sets(read_gmt(str(path), Findings()), pd.DataFrame({"gene_name": ""}, index=genes), known_genes())


def read_edges(path: Path, genes: pd.Index) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the regulators and edges of a network in the genes of the matrix."""
    findings = Findings()
    network = read_network(str(path), findings)
    findings.raise_if_any()
    return resolve_network(network, pd.DataFrame({"gene_name": ""}, index=genes), known_genes(), ())


def fit_split(counts: pd.DataFrame, size: int) -> tuple[pd.DataFrame, Effects]:
    """Return the gene table and the linear effects of the first samples against the others."""
    matrix = pd.DataFrame({"Intercept": 1.0, "group": np.repeat([1.0, 0.0], size)}, counts.index)
    vector = np.array([0.0, 1.0])
    fit = engine.fit_model(counts, matrix, threads=2)
    genes = engine.test_contrast(fit, vector).rename_axis("gene_id").reset_index()
    levels = engine.stabilise_variance(counts.to_numpy(), size_factors=fit.size_factors, threads=2)
    return genes, linear_effects(pd.DataFrame(levels, counts.index, counts.columns), matrix, vector)


def test_split(genes: pd.DataFrame, effects: Effects, sets: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Test the sets in one split, by either method."""
    (preset,) = test_sets([genes.set_index("gene_id")["stat"]], sets, correlation=PRESET_CORRELATION)
    (estimated,) = test_sets([normal_scores(genes)], sets, [effects])
    return {"preset": preset, "estimated": estimated}


test_split.__test__ = False


def permute_genes(genes: pd.DataFrame, sets: pd.DataFrame) -> pd.DataFrame:
    """Test the sets as GSEA does on ranked genes: the share of random sets of that sign with as large a score.

    Scores are compared after division by the mean of random sets of the nearest of `GRID` sizes.
    """
    scores = normal_scores(genes).dropna()
    owner, place = members_of(scores.index, sets["genes"])
    size = np.bincount(owner, minlength=len(sets))
    found = score_enrichment(scores.to_numpy(), (owner, place), len(sets), list(scores.index))
    strength = np.abs(np.sort(scores.to_numpy())[::-1])
    asked = (size >= 5) & (size <= 500)
    sizes = np.unique(np.geomspace(5, 500, GRID).round().astype(int))
    draws, p_value = draw_ranks(len(scores), 500, DRAWS), np.full(len(sets), np.nan)
    nearest = np.abs(np.log(np.maximum(size, 1))[:, None] - np.log(sizes)).argmin(axis=1)
    nes = found["nes"].to_numpy()
    for number, one in enumerate(sizes):
        null = random_scores(strength, int(one), draws)
        for sign in (1, -1):
            same = np.sort(np.abs(null[np.sign(null) == sign]))
            these = np.flatnonzero(asked & (nearest == number) & (np.sign(nes) == sign))
            beyond = len(same) - np.searchsorted(same / same.mean(), np.abs(nes[these]))
            p_value[these] = (beyond + 1) / (len(same) + 1)
    return pd.DataFrame({"p_value": p_value, "adj_p_value": benjamini_hochberg(p_value), "rotation_p_value": np.nan})


Network = tuple[pd.DataFrame, pd.DataFrame]


def on_null_splits(
    counts: pd.DataFrame, sets: pd.DataFrame, network: Network | None, splits: int, random: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return a row per size, split and method, of sets and of regulators: how many are called, shares of p < .05."""
    rows, of_regulators = [], []
    for size in SIZES:
        for split in range(splits):
            chosen = counts.iloc[random.permutation(len(counts))[: 2 * size]]
            genes, effects = fit_split(chosen.loc[:, (chosen > 0).any()], size)
            tables = {**test_split(genes, effects, sets), "permuted": permute_genes(genes, sets)}
            for method, table in tables.items():
                rows.append({"size": size, "split": split, "method": method, **summarise(table)})
            if network is not None:
                (table,) = test_activities([normal_scores(genes)], *network, [effects])
                ignored = table["p_value_independent"]
                independent = table.assign(p_value=ignored, adj_p_value=benjamini_hochberg(ignored.to_numpy()))
                for method, found in (("independent", independent), ("estimated", table)):
                    of_regulators.append({"size": size, "split": split, "method": method, **summarise(found)})
    return pd.DataFrame(rows), pd.DataFrame(of_regulators)


def summarise(table: pd.DataFrame) -> dict[str, float]:
    """Count what is called, and the shares of p-values below .05."""
    return {
        "called": int((table["adj_p_value"] < ALPHA).sum()),
        "below": (table["p_value"].dropna() < ALPHA).mean(),
        "rotation": (table["rotation_p_value"].dropna() < ALPHA).mean(),
    }


def on_planted_sets(counts: pd.DataFrame, sets: pd.DataFrame, splits: int, random: np.random.Generator) -> pd.DataFrame:
    """Raise the genes of drawn sets in one half of a null split; return who finds them among all sets at FDR 5 %."""
    rows = []
    usable = [tuple(gene for gene in genes if gene in counts.columns) for genes in sets["genes"]]
    for size in PLANTED_AT:
        for genes, shifts in PLANTED.items():
            fitting = [place for place, members in enumerate(usable) if 0.8 * genes <= len(members) <= 1.2 * genes]
            for shift in shifts:
                for _ in range(splits):
                    place = int(random.choice(fitting))
                    chosen = counts.iloc[random.permutation(len(counts))[: 2 * size]].copy()
                    moved = list(usable[place])
                    lowered = random.binomial(chosen.iloc[size:][moved].to_numpy(), 2.0**-shift)
                    chosen.loc[chosen.index[size:], moved] = lowered
                    split = fit_split(chosen.loc[:, (chosen > 0).any()], size)
                    for method, table in test_split(*split, sets).items():
                        found = table.iloc[place]
                        rows.append({
                            "size": size, "genes": genes, "shift": shift, "method": method,
                            "found": found["adj_p_value"] < ALPHA, "nominal": found["p_value"] < ALPHA,
                        })  # fmt: skip
    return pd.DataFrame(rows)


def on_planted_regulators(
    counts: pd.DataFrame, network: Network, splits: int, random: np.random.Generator
) -> pd.DataFrame:
    """Move the targets of drawn regulators by the sign of their edges; return who finds them among all at FDR 5 %."""
    rows, (regulators, edges) = [], network
    there = edges[edges["gene_id"].isin(counts.columns)]
    sizes = there["regulator"].value_counts().reindex(regulators["regulator"]).fillna(0).to_numpy()
    for size in PLANTED_AT:
        for targets, shifts in PLANTED_REGULATORS.items():
            fitting = np.flatnonzero((sizes >= 0.7 * targets) & (sizes <= 1.4 * targets))
            for shift in shifts:
                for _ in range(splits):
                    place = int(random.choice(fitting))
                    chosen = counts.iloc[random.permutation(len(counts))[: 2 * size]].copy()
                    of = there[there["regulator"] == regulators["regulator"][place]]
                    halves = (chosen.index[size:], chosen.index[:size])
                    for half, rest in zip(halves, (of[of["weight"] > 0], of[of["weight"] < 0]), strict=True):
                        moved = list(rest["gene_id"])
                        counted = chosen.loc[half, moved].to_numpy(dtype=int)
                        chosen.loc[half, moved] = random.binomial(counted, 2.0**-shift)
                    genes, effects = fit_split(chosen.loc[:, (chosen > 0).any()], size)
                    (table,) = test_activities([normal_scores(genes)], regulators, edges, [effects])
                    found = table.iloc[place]
                    rows.append({
                        "size": size, "targets": targets, "shift": shift, "found": found["adj_p_value"] < ALPHA,
                        "nominal": found["p_value"] < ALPHA, "rotation": found["rotation_p_value"] < ALPHA,
                    })  # fmt: skip
    return pd.DataFrame(rows)


def write_activities(
    null: pd.DataFrame, planted: pd.DataFrame, splits: int, repeats: int, network: Network, name: str
) -> str:
    """Write the tables of regulators in Markdown."""
    words = {"independent": "targets independent (ULM of decoupler)", "estimated": "allowed for (`p_value`)"}
    regulators, edges = network
    lines = [
        "# Activities of regulators where nothing differs, and where something does", "",
        f"Made by `python benchmarks/gene_set_calibration.py --network {name}`: real lines of women (lcl_women) split "
        f"at random, {len(regulators):,} regulators with {len(edges):,} edges, false discovery rate 5 %. The network "
        "is CollecTRI (Müller-Dott et al. 2023), which is no part of this repository.", "",
        f"## Null splits ({splits} for each size)", "",
        "| a group | method | splits with any regulator called | called: mean | p < .05 | rotation p < .05 |",
        "|---|---|---|---|---|---|",
    ]  # fmt: skip
    for (size, method), rows in null.groupby(["size", "method"], sort=False):
        rotation = f"{rows['rotation'].mean():.3f}" if method == "estimated" else "-"
        lines.append(
            f"| {size} | {words[method]} | {(rows['called'] > 0).mean():.0%} | {rows['called'].mean():.1f} | "
            f"{rows['below'].mean():.3f} | {rotation} |"
        )
    lines += [
        "", f"## Planted activities ({repeats} for each row)", "",
        "The targets of one regulator are lowered in one half of a null split where they rise with it, and in the "
        "other where they fall. Found: at FDR 5 % among all regulators; in brackets p < .05 of that regulator, and of "
        "its rotation test.", "", "| a group | targets | log2 shift | found |", "|---|---|---|---|",
    ]  # fmt: skip
    for (size, targets, shift), rows in planted.groupby(["size", "targets", "shift"]):
        found, nominal, rotation = (rows[column].mean() for column in ("found", "nominal", "rotation"))
        lines.append(f"| {size} | {targets} | {shift:g} | {found:.2f} ({nominal:.2f}, {rotation:.2f}) |")
    return "\n".join([*lines, ""])


def write_page(null: pd.DataFrame, planted: pd.DataFrame, splits: int, repeats: int, sets: int) -> str:
    """Write the tables in Markdown."""
    names = {method: words for words, method in METHODS.items()} | {"permuted": PERMUTED}
    lines = [
        "# Gene sets where nothing differs, and where something does", "",
        "Made by `python benchmarks/gene_set_calibration.py`: real lines of women (lcl_women) split at random, "
        f"{sets:,} GO sets, false discovery rate 5 %.", "", f"## Null splits ({splits} for each size)", "",
        "| a group | method | splits with any set called | sets called: mean | p < .05 | rotation p < .05 |",
        "|---|---|---|---|---|---|",
    ]  # fmt: skip
    for (size, method), rows in null.groupby(["size", "method"], sort=False):
        rotation = f"{rows['rotation'].mean():.3f}" if rows["rotation"].notna().any() else "-"
        called = f"{(rows['called'] > 0).mean():.0%} | {rows['called'].mean():.1f}"
        # A thousand random sets have no p-value small enough for an adjustment over thousands of sets.
        called = "- | -" if method == "permuted" else called
        lines.append(f"| {size} | {names[method]} | {called} | {rows['below'].mean():.3f} | {rotation} |")
    lines += [
        "", f"## Planted sets ({repeats} for each row)", "",
        "All genes of one GO set are lowered in one half of a null split. Found: at FDR 5 % among all sets; in "
        "brackets p < .05 of that set.", "",
        "| a group | genes | log2 shift | " + " | ".join(METHODS) + " |", "|---|---|---|---|---|",
    ]  # fmt: skip
    for (size, genes, shift), rows in planted.groupby(["size", "genes", "shift"]):
        by = rows.groupby("method")[["found", "nominal"]].mean()
        cells = [f"{by.loc[method, 'found']:.2f} ({by.loc[method, 'nominal']:.2f})" for method in METHODS.values()]
        lines.append(f"| {size} | {genes} | {shift:g} | {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--splits", type=int, default=24, help="null splits for each size")
    parser.add_argument("--repeats", type=int, default=12, help="planted sets for each row")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, help="the folder to write to, docs when left out")
    parser.add_argument("--network", type=Path, help="a network of regulators, to write docs/activities.md too")
    parser.add_argument("--quick", action="store_true", help="one split and planted set of each kind")
    options = parser.parse_args()
    splits, repeats = (1, 1) if options.quick else (options.splits, options.repeats)
    counts = pd.read_csv(ROOT.parent / "shared" / "data" / "lcl_women" / "counts.tsv.gz", sep="\t", index_col=0).T
    sets, random = read_sets(counts.columns), np.random.default_rng(options.seed)
    sizes = sets["genes"].map(len)
    sets = sets[(sizes >= 5) & (sizes <= 500)].reset_index(drop=True)
    network = read_edges(options.network, counts.columns) if options.network else None
    null, of_regulators = on_null_splits(counts, sets, network, splits, random)
    planted = on_planted_sets(counts, sets, repeats, random)
    pages = {"gene_sets.md": write_page(null, planted, splits, repeats, len(sets))}
    if network is not None:
        planted = on_planted_regulators(counts, network, repeats, random)
        name = options.network.name
        pages["activities.md"] = write_activities(of_regulators, planted, splits, repeats, network, name)
    for name, page in pages.items():
        if options.quick and not options.out:
            print(page)
        else:
            (options.out or ROOT / "docs").joinpath(name).write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
