"""Remake docs/gene_sets.md: how often gene sets are called where nothing differs, and how often planted ones are found.

Usage: python benchmarks/gene_set_calibration.py (about five minutes of one processor), on the real lines of
../shared/data/lcl_women split at random, with the bundled GO sets; --quick shows that everything works.
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
from autocrine.input.genes import read_gene_table  # noqa: E402
from autocrine.input.gmt import read_gmt  # noqa: E402
from autocrine.input.species import KnownGenes  # noqa: E402
from autocrine.problems import Findings  # noqa: E402
from autocrine.results.gene_sets import PRESET_CORRELATION, normal_scores, resolve_sets, test_sets  # noqa: E402
from autocrine.results.rotation import linear_effects  # noqa: E402

ALPHA = 0.05
SIZES = (4, 6, 8, 12, 20)
PLANTED = {20: (0.25, 0.5, 1.0), 100: (0.25, 0.5, 1.0)}
PLANTED_AT = (4, 8, 20)
METHODS = {"preset 0.01, Wald statistic": "preset", "estimated (CAMERA)": "estimated"}


def read_sets(genes: pd.Index) -> pd.DataFrame:
    """Return the bundled GO sets in the genes of the matrix."""
    resources, findings = ROOT / "resources", Findings()
    table = read_gene_table(
        str(resources / "genes" / "human_grch38.tsv.gz"), str(resources / "genes" / "refused_aliases.tsv")
    )
    var = pd.DataFrame({"gene_name": ""}, index=genes)
    return resolve_sets(
        read_gmt(str(resources / "gene_sets" / "go_biological_process.gmt.gz"), findings), var, KnownGenes(table)
    )


def test_split(counts: pd.DataFrame, size: int, sets: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Test the sets between the first samples and the others, by either method."""
    matrix = pd.DataFrame({"Intercept": 1.0, "group": np.repeat([1.0, 0.0], size)}, counts.index)
    vector = np.array([0.0, 1.0])
    fit = engine.fit_model(counts, matrix, threads=2)
    genes = engine.test_contrast(fit, vector).rename_axis("gene_id").reset_index()
    levels = engine.stabilise_variance(counts.to_numpy(), size_factors=fit.size_factors, threads=2)
    effects = linear_effects(pd.DataFrame(levels, counts.index, counts.columns), matrix, vector)
    (preset,) = test_sets([genes.set_index("gene_id")["stat"]], sets, correlation=PRESET_CORRELATION)
    (estimated,) = test_sets([normal_scores(genes)], sets, [effects])
    return {"preset": preset, "estimated": estimated}


test_split.__test__ = False


def on_null_splits(counts: pd.DataFrame, sets: pd.DataFrame, splits: int, random: np.random.Generator) -> pd.DataFrame:
    """Return a row per size, split and method: sets called, share of p < .05, and of the rotation test."""
    rows = []
    for size in SIZES:
        for split in range(splits):
            chosen = counts.iloc[random.permutation(len(counts))[: 2 * size]]
            for method, table in test_split(chosen.loc[:, (chosen > 0).any()], size, sets).items():
                rows.append({
                    "size": size, "split": split, "method": method, "called": int((table["adj_p_value"] < ALPHA).sum()),
                    "below": (table["p_value"].dropna() < ALPHA).mean(),
                    "rotation": (table["rotation_p_value"].dropna() < ALPHA).mean(),
                })  # fmt: skip
    return pd.DataFrame(rows)


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
                    for method, table in test_split(chosen.loc[:, (chosen > 0).any()], size, sets).items():
                        found = table.iloc[place]
                        rows.append({
                            "size": size, "genes": genes, "shift": shift, "method": method,
                            "found": found["adj_p_value"] < ALPHA, "nominal": found["p_value"] < ALPHA,
                        })  # fmt: skip
    return pd.DataFrame(rows)


def write_page(null: pd.DataFrame, planted: pd.DataFrame, splits: int, repeats: int, sets: int) -> str:
    """Write the tables in Markdown."""
    names = {method: words for words, method in METHODS.items()}
    lines = [
        "# Gene sets where nothing differs, and where something does", "",
        "Made by `python benchmarks/gene_set_calibration.py`: real lines of women (lcl_women) split at random, "
        f"{sets:,} GO sets, false discovery rate 5 %.", "", f"## Null splits ({splits} for each size)", "",
        "| a group | method | splits with any set called | sets called: mean | p < .05 | rotation p < .05 |",
        "|---|---|---|---|---|---|",
    ]  # fmt: skip
    for (size, method), rows in null.groupby(["size", "method"], sort=False):
        rotation = f"{rows['rotation'].mean():.3f}" if rows["rotation"].notna().any() else "-"
        lines.append(
            f"| {size} | {names[method]} | {(rows['called'] > 0).mean():.0%} | {rows['called'].mean():.1f} | "
            f"{rows['below'].mean():.3f} | {rotation} |"
        )
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
    parser.add_argument("--out", type=Path, help="the page to write, docs/gene_sets.md when left out")
    parser.add_argument("--quick", action="store_true", help="one split and planted set of each kind")
    options = parser.parse_args()
    splits, repeats = (1, 1) if options.quick else (options.splits, options.repeats)
    counts = pd.read_csv(ROOT.parent / "shared" / "data" / "lcl_women" / "counts.tsv.gz", sep="\t", index_col=0).T
    sets, random = read_sets(counts.columns), np.random.default_rng(options.seed)
    sizes = sets["genes"].map(len)
    sets = sets[(sizes >= 5) & (sizes <= 500)].reset_index(drop=True)
    null = on_null_splits(counts, sets, splits, random)
    page = write_page(null, on_planted_sets(counts, sets, repeats, random), splits, repeats, len(sets))
    if options.quick and not options.out:
        print(page)
    else:
        (options.out or ROOT / "docs" / "gene_sets.md").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
