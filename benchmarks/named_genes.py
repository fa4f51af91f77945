"""Remake docs/named_genes.md: how often what is said of named genes and loops is wrong, with few samples.

Usage: python benchmarks/named_genes.py (about three minutes of one processor), or with --quick for a small run that
only shows that everything works. Real counts in which nothing differs are those of ../shared/data/lcl_women, split at
random; patients are simulated with a dispersion of 0.4 + 1.2/mean, the milder 0.05 + 1/mean of docs/calibration.md, and
the extreme 1.5 + 5/mean.
"""

from __future__ import annotations

import argparse
import sys
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import yaml
from scipy import stats
from scipy.special import ndtri, stdtrit

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "workflow" / "scripts")]

from autocrine import engine  # noqa: E402
from autocrine.adjustment import benjamini_hochberg, holm  # noqa: E402
from autocrine.design.matrix import build_design  # noqa: E402
from autocrine.design.question import make_model  # noqa: E402
from autocrine.input.schema import with_defaults  # noqa: E402
from autocrine.problems import Findings  # noqa: E402
from autocrine.samples import least_squares as linear  # noqa: E402
from autocrine.samples.scores import TYPE_1, TYPE_2, loop_scores  # noqa: E402

ALPHA = 0.05
CLAIMS = 14
FILES = 4000
MEANS = (5, 20, 100, 1000)
SIZES = (2, 3, 4, 6, 8, 12)
# The last is of extremely unlike samples: a coefficient of variation above 1.2.
SIMULATIONS = {"0.4 + 1.2/mean": (0.4, 1.2), "0.05 + 1/mean": (0.05, 1.0), "1.5 + 5/mean": (1.5, 5.0)}
TESTS = {"normal": "p_value", "t": "moderated_p_value"}
EFFECT = 2.0
SCHEMA = yaml.safe_load((ROOT / "workflow" / "schemas" / "config.schema.yaml").read_text(encoding="utf-8"))
LOOP_GROUPS = ((3, 3), (6, 6), (12, 4), (20, 5))
LOOP_DISPERSIONS = ((0.4, 0.4), (0.1, 0.6))


def fit_groups(counts: pd.DataFrame, size: int) -> pd.DataFrame:
    """Fit the first `size` samples (rows) against the others; return the genes."""
    group = np.repeat([1.0, 0.0], [size, len(counts) - size])
    fit = engine.fit_model(counts, pd.DataFrame({"Intercept": 1.0, "group": group}, counts.index), threads=2)
    return engine.test_contrast(fit, [0.0, 1.0]).assign(base_mean=fit.genes["base_mean"])


def files_with_errors(p_values: np.ndarray, random: np.random.Generator) -> tuple[float, float]:
    """Return the share of files with 14 claims of which one is decided: by Bonferroni, by Holm."""
    known = p_values[np.isfinite(p_values)]
    drawn = random.choice(known, (FILES, CLAIMS))
    by_holm = [holm(row).min() < ALPHA for row in drawn[: FILES // 4]]
    return float((drawn.min(axis=1) < ALPHA / CLAIMS).mean()), float(np.mean(by_holm))


def on_real_counts(
    counts: pd.DataFrame, sizes: tuple[int, ...], splits: int, random: np.random.Generator
) -> pd.DataFrame:
    """Split lines of which nothing differs; a row per size, split and test."""
    rows = []
    for size in sizes:
        for split in range(splits):
            chosen = counts.iloc[random.permutation(len(counts))[: 2 * size]]
            table = fit_groups(chosen.loc[:, (chosen > 0).any()], size)
            for test, column in TESTS.items():
                p_value = table[column].to_numpy()
                adjusted, _ = engine.adjust_p_values(p_value, table["base_mean"].to_numpy(), ALPHA)
                bonferroni, by_holm = files_with_errors(p_value, random)
                rows.append({
                    "size": size, "split": split, "test": test, "below": np.nanmean(p_value < ALPHA),
                    "bonferroni": bonferroni, "holm": by_holm, "calls": int((adjusted < ALPHA).sum()),
                })  # fmt: skip
    return pd.DataFrame(rows)


def draw_patients(
    size: int, genes: int, dispersion: tuple[float, float], random: np.random.Generator
) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Draw two groups of patients; return counts, the stratum of each gene and its true log2 fold change.

    A tenth of the genes differ four-fold; gene-wise dispersions scatter (log-normal, 0.3), libraries differ four-fold.
    """
    stratum = random.permutation(np.resize(MEANS, genes))
    mean = stratum * random.lognormal(0, 0.3, genes)
    spread = (dispersion[0] + dispersion[1] / mean) * random.lognormal(0, 0.3, genes)
    effect = np.where(random.random(genes) < 0.1, random.choice([-EFFECT, EFFECT], genes), 0.0)
    side = np.repeat([0.5, -0.5], size)
    depth = 2 ** random.uniform(-1, 1, 2 * size)
    expected = depth[:, None] * mean * 2 ** (side[:, None] * effect)
    counts = random.poisson(random.gamma(1 / spread, expected * spread))
    names = [f"g{i}" for i in range(genes)]
    return pd.DataFrame(counts, [f"s{i}" for i in range(2 * size)], names), stratum, effect


def on_patients(sizes: tuple[int, ...], sets: int, genes: int, seed: int) -> pd.DataFrame:
    """Simulate; a row per dispersion, size, set, stratum and test."""
    rows = []
    for place, (name, dispersion) in enumerate(SIMULATIONS.items()):
        for size in sizes:
            for number in range(sets):
                random = np.random.default_rng([seed, place, size, number])
                counts, stratum, effect = draw_patients(size, genes, dispersion, random)
                table = fit_groups(counts, size)
                reach = {
                    "normal": -ndtri(ALPHA / 2) * table["lfc_se"],
                    "t": stdtrit(table["df"], 1 - ALPHA / 2) * table["moderated_se"],
                }
                for asked in (*MEANS, 0):
                    of = (stratum == asked) | (asked == 0)
                    null, moved = of & (effect == 0), of & (effect != 0)
                    for test, column in TESTS.items():
                        p_value = table[column].to_numpy()
                        miss = np.abs(table["log2_fc"] - effect) / reach[test]
                        bonferroni, by_holm = files_with_errors(p_value[null], random)
                        adjusted = benjamini_hochberg(np.where(null, p_value, np.nan))
                        rows.append({
                            "dispersion": name, "size": size, "set": number, "mean": asked, "test": test,
                            "below": np.nanmean(p_value[null] < ALPHA), "bonferroni": bonferroni, "holm": by_holm,
                            "coverage": float((miss[of] <= 1).mean()),
                            "power": np.nanmean(p_value[moved] < ALPHA),
                            "calls": int(np.nansum(adjusted < ALPHA)),
                        })  # fmt: skip
    return pd.DataFrame(rows)


def on_loops(loops: int, random: np.random.Generator) -> pd.DataFrame:
    """Test loop scores of two groups; a row per case: shares of p < .05 without and with a four-fold ligand."""
    rows = []
    for (first, second), dispersions in product(LOOP_GROUPS, LOOP_DISPERSIONS):
        names = [f"s{i}" for i in range(first + second)]
        sheet = pd.DataFrame({"group": ["r"] * first + ["t"] * second}, names)
        asked = {"c": {"factor": "group", "tested": "t", "reference": "r"}}
        schema = SCHEMA["properties"]["models"]["additionalProperties"]
        model = make_model("m", with_defaults({"design": "~ group", "contrasts": asked}, schema))
        design = build_design(sheet, model, "", Findings())
        spread, tested = np.repeat(dispersions, (first, second))[:, None], (sheet["group"] == "t").to_numpy()
        row = {"groups": f"{first} v {second}", "dispersions": " / ".join(map(str, dispersions))}
        for kind, ligand in (("size", 1.0), ("power", 4.0)):
            genes = {}
            for gene in ("BMP4", *TYPE_1, *TYPE_2):
                mean = 200.0 * np.where(tested & (gene == "BMP4"), ligand, 1.0)[:, None] * np.ones(loops)
                genes[gene] = np.log2(random.poisson(random.gamma(1 / spread, mean * spread)) + 1)
            each = (pd.DataFrame({gene: levels[:, i] for gene, levels in genes.items()}, names) for i in range(loops))
            scores = pd.concat([loop_scores(one).values["loop_BMP4"] for one in each], axis=1, keys=range(loops))
            high, low = scores[tested], scores[~tested]
            found = {
                "pooled": stats.ttest_ind(high, low).pvalue,
                "welch": stats.ttest_ind(high, low, equal_var=False).pvalue,
                "ours": linear.test_values(scores, design, model.contrasts["c"], ALPHA)["p_value"],
            }
            row |= {f"{kind}_{test}": float((np.asarray(p_value) < ALPHA).mean()) for test, p_value in found.items()}
        rows.append(row)
    return pd.DataFrame(rows)


def write_loops(table: pd.DataFrame, loops: int) -> str:
    """Write the table of loop scores in Markdown."""
    lines = [
        f"## Loop scores ({loops:,} loops for each row)", "",
        "Share of p < .05 where nothing differs in mean count (negative binomial, mean 200; dispersion of the first / "
        "the second group), and where the ligand of the second group is four-fold.", "",
        "| groups | dispersions | pooled t | Welch | the workflow's | power: pooled t | Welch | the workflow's |",
        "|---|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    for row in table.to_dict("records"):
        cells = [f"{row[f'{kind}_{test}']:.3f}" for kind in ("size", "power") for test in ("pooled", "welch", "ours")]
        lines.append(f"| {row['groups']} | {row['dispersions']} | {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def write_page(real: pd.DataFrame | None, simulated: pd.DataFrame, splits: int, sets: int, genes: int) -> str:
    """Write the tables in Markdown."""
    lines = [
        "# What is said of named genes, by number of samples", "",
        "Made by `python benchmarks/named_genes.py`. The statistic of a gene is compared with the normal distribution, "
        "as R DESeq2 does (`p_value`), or the gene has the moderated t test (`moderated_p_value`; "
        "[statistics.md](statistics.md#the-moderated-t)), on which everything rests that the workflow says of named "
        "genes. A file of claims holds 14 genes; it errs where any of them is decided at 5 % though none differs.", "",
    ]  # fmt: skip
    if real is not None:
        lines += [
            f"## Real lines of which nothing differs ({splits} splits of lcl_women for each size)", "",
            "| a group | p < .05 | file errs: Bonferroni | Holm | genome-wide calls: mean (median) |",
            "|---|---|---|---|---|",
        ]  # fmt: skip
        for size, rows in real.groupby("size"):
            cells = _side_by_side(rows, ("below", "bonferroni", "holm"))
            calls = [rows.loc[rows["test"] == test, "calls"] for test in TESTS]
            counted = " -> ".join(f"{each.mean():.1f} ({each.median():.0f})" for each in calls)
            lines.append(f"| {size} | {cells} | {counted} |")
        lines.append("")
    for name, rows_of in simulated.groupby("dispersion", sort=False):
        lines += [
            f"## Simulated patients, dispersion {name} ({sets} sets of {genes:,} genes for each size)", "",
            f"Normal -> t. Power: log2 fold change {EFFECT:g}, p < .05.", "",
            "| a group | mean | p < .05 | file errs: Bonferroni | Holm | intervals that hold the truth | power |",
            "|---|---|---|---|---|---|---|",
        ]  # fmt: skip
        for (size, mean), rows in rows_of.groupby(["size", "mean"]):
            cells = _side_by_side(rows, ("below", "bonferroni", "holm", "coverage", "power"))
            lines.append(f"| {size} | {mean or 'all'} | {cells} |")
        lines.append("")
    return "\n".join(lines)


def _side_by_side(rows: pd.DataFrame, columns: tuple[str, ...]) -> str:
    means = rows.groupby("test")[list(columns)].mean()
    return " | ".join(" -> ".join(f"{means.loc[test, column]:.3f}" for test in TESTS) for column in columns)


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--splits", type=int, default=24, help="splits of the real lines for each size")
    parser.add_argument("--sets", type=int, default=10, help="simulated sets for each size")
    parser.add_argument("--genes", type=int, default=6000, help="genes of a simulated set")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, help="the page to write, docs/named_genes.md when left out")
    parser.add_argument("--quick", action="store_true", help="two splits and sets, three sizes")
    options = parser.parse_args()
    splits, sets, genes, sizes, loops = options.splits, options.sets, options.genes, SIZES, 4000
    if options.quick:
        splits, sets, genes, sizes, loops = 2, 2, 1200, SIZES[:3], 200
    path, real = ROOT.parent / "shared" / "data" / "lcl_women" / "counts.tsv.gz", None
    if path.exists():
        counts = pd.read_csv(path, sep="\t", index_col=0).T
        real = on_real_counts(counts, sizes, splits, np.random.default_rng(options.seed))
    page = write_page(real, on_patients(sizes, sets, genes, options.seed), splits, sets, genes)
    page += "\n" + write_loops(on_loops(loops, np.random.default_rng(options.seed)), loops)
    if options.quick and not options.out:
        print(page)
    else:
        (options.out or ROOT / "docs" / "named_genes.md").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
