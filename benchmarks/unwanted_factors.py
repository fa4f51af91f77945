"""Remake docs/unwanted_factors.md: factors of unwanted variation where nothing differs and with a hidden batch.

Usage: python benchmarks/unwanted_factors.py (about ten minutes of two processors), or with --quick for a small run that
only shows that everything works. Real counts in which nothing differs are those of ../shared/data/lcl_women, split at
random; a batch is planted into them, or into simulated counts, and coincides partly with the groups.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "workflow" / "scripts")]

from autocrine import engine  # noqa: E402
from autocrine.design.matrix import build_design  # noqa: E402
from autocrine.design.question import Statistics, make_model  # noqa: E402
from autocrine.input.panel import CONTROL_GROUP  # noqa: E402
from autocrine.input.schema import with_defaults  # noqa: E402
from autocrine.problems import Findings  # noqa: E402
from autocrine.results.fitting import fit_design  # noqa: E402
from autocrine.samples.unwanted import estimate_factors, usable_levels  # noqa: E402

ALPHA = 0.05
STATISTICS = Statistics(alpha=ALPHA, equivalence_margin=1.0, power=0.8)
SCHEMA = yaml.safe_load((ROOT / "workflow" / "schemas" / "config.schema.yaml").read_text(encoding="utf-8"))
# What the fit holds beside the groups: number of factors, what from. "batch" is the planted batch itself.
WAYS = {
    "nothing": (0, "residuals"),
    "1 from residuals": (1, "residuals"),
    "2 from residuals": (2, "residuals"),
    "1 from reference genes": (1, "reference_genes"),
    "1 as RUVr": (1, "ruvr"),
    "the batch itself": (0, "residuals"),
}
# Group size, samples of the second batch in either group.
HIDDEN = {4: (3, 1), 6: (5, 1), 12: (9, 3)}
TRUE_SHARE, TRUE_SIZE = 0.05, 1.5


def real_counts(counts: pd.DataFrame, size: int, random: np.random.Generator) -> pd.DataFrame:
    """Draw two groups of lines in which nothing differs."""
    drawn = counts.iloc[random.permutation(len(counts))[: 2 * size]]
    return drawn.loc[:, (drawn > 0).any()]


def simulated_counts(reference: list[str], size: int, random: np.random.Generator) -> pd.DataFrame:
    """Simulate genes of dispersion 0.2 + 1/mean without any structure."""
    mean = random.lognormal(4, 1.5, 8000)
    drawn = random.poisson(random.gamma(1 / (0.2 + 1 / mean), (0.2 + 1 / mean) * mean, (2 * size, len(mean))))
    names = [*reference, *(f"g{i}" for i in range(len(mean) - len(reference)))]
    counts = pd.DataFrame(drawn, [f"s{i}" for i in range(2 * size)], names)
    return counts.loc[:, (counts > 0).any()]


def plant(
    counts: pd.DataFrame, held: tuple[int, int], share: float, size: int, random: np.random.Generator
) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Plant a batch that moves four of five genes, and changes of a share of genes; return counts, batch, changes."""
    in_batch = np.concatenate([np.arange(size) < held[0], np.arange(size) < held[1]])
    effect = random.normal(0, 1.5, counts.shape[1]) * (random.random(counts.shape[1]) < 0.8)
    true = np.where(random.random(counts.shape[1]) < share, random.choice([-1, 1], counts.shape[1]), 0) * TRUE_SIZE
    group = np.repeat([1.0, 0.0], size)[:, None]
    moved = random.poisson(counts.to_numpy() * 2 ** (in_batch[:, None] * effect + group * true))
    kept = (moved > 0).any(axis=0)
    return pd.DataFrame(moved, counts.index, counts.columns).loc[:, kept], in_batch, true[kept]


def test_ways(counts: pd.DataFrame, batch: np.ndarray | None, true: np.ndarray, size: int, reference: list[str]):
    """Fit the groups in every way; yield the share of p < .05 of unchanged genes (t), and calls of both lists."""
    sheet = pd.DataFrame({"response": np.repeat(["r", "s"], size)}, counts.index)
    if batch is not None:
        sheet["batch"] = np.where(batch, "2", "1")
    for way, (number, kind) in WAYS.items():
        if way == "the batch itself" and batch is None:
            continue
        design = "~ batch + response" if way == "the batch itself" else "~ response"
        contrasts = {"c": {"factor": "response", "tested": "r", "reference": "s"}}
        entry = with_defaults(
            {"design": design, "contrasts": contrasts}, SCHEMA["properties"]["models"]["additionalProperties"]
        )
        model = make_model("m", entry)
        built = build_design(sheet, model, "", Findings())
        if kind == "ruvr":
            built = built.append(residual_directions(counts, built))
        else:
            model = replace(model, unwanted_factors=number, unwanted_from=kind)
        fit, _, held = fit_design(counts, built, model, STATISTICS, reference=reference, threads=2)
        found = engine.test_contrast(fit, held.contrasts["c"].main)
        means = fit.genes["base_mean"].to_numpy()
        row = {"way": way, "below": float(np.nanmean(found["moderated_p_value"][true == 0] < ALPHA))}
        for name, column in (("deseq2", "p_value"), ("moderated", "moderated_p_value")):
            adjusted, _ = engine.adjust_p_values(found[column].to_numpy(), means, ALPHA)
            row[f"false_{name}"] = int(((adjusted < ALPHA) & (true == 0)).sum())
            row[f"true_{name}"] = int(((adjusted < ALPHA) & (true != 0)).sum())
        yield row


def residual_directions(counts: pd.DataFrame, design) -> pd.DataFrame:
    """Return the first direction of the residuals alone, without its part along the groups, as RUVr has it."""
    levels = usable_levels(counts, engine.estimate_size_factors(counts)[:, None])
    factors = estimate_factors(levels, design, 1, "residuals")
    matrix = design.matrix.to_numpy()
    return factors - matrix @ np.linalg.lstsq(matrix, factors.to_numpy(), rcond=None)[0]


def measure(counts: pd.DataFrame, reference: list[str], draws: int, sizes: list[int]) -> pd.DataFrame:
    """Measure every way on every kind of counts."""
    rows, random = [], np.random.default_rng(20170606)
    for size in sizes:
        for _ in range(draws):
            for kind in ("simulated", "real"):
                drawn = (
                    real_counts(counts, size, random) if kind == "real" else simulated_counts(reference, size, random)
                )
                nothing = np.zeros(drawn.shape[1])
                rows += [{"kind": f"{kind}, nothing hidden", "size": size, **row}
                         for row in test_ways(drawn, None, nothing, size, reference)]  # fmt: skip
                for share, words in ((0.0, "hidden batch"), (TRUE_SHARE, "hidden batch and true changes")):
                    planted, batch, true = plant(drawn, HIDDEN[size], share, size, random)
                    rows += [{"kind": f"{kind}, {words}", "size": size, **row}
                             for row in test_ways(planted, batch, true, size, reference)]  # fmt: skip
            print(f"{size} v {size}: {len(rows)} fits", file=sys.stderr)
    return pd.DataFrame(rows)


def write_page(found: pd.DataFrame, draws: int) -> str:
    """Write docs/unwanted_factors.md."""
    lines = f"""# Factors of unwanted variation: what they do

Made by `python benchmarks/unwanted_factors.py`. Real counts are those of 41 lines of women in which nothing differs
(lcl_women), split at random; simulated ones have no structure (dispersion 0.2 + 1/mean). The hidden batch moves four of
five genes by log2 N(0, 1.5) and holds 3 and 1, 5 and 1, 9 and 3 samples of the groups of 4, 6 and 12. True changes are
log2 {TRUE_SIZE} in 5 % of the genes. Means over {draws} draws. `p < .05`: share of unchanged genes, t test. Calls:
genome-wide at a false discovery rate of 5 %, by R's list and by that of the t test. "As RUVr" is the first direction of
the residuals without its part along the groups (Risso et al. 2014), which corrects no batch that coincides with them;
the workflow does not offer it.""".split("\n")
    for kind, part in found.groupby("kind", sort=False):
        lines += ["", f"## {kind.capitalize()}", ""]
        lines += [
            "| n a group | the fit holds | p < .05 | false calls, R | false calls, t | true calls, R | true calls, t |"
        ]
        lines += ["| --- | --- | --- | --- | --- | --- | --- |"]
        for (size, way), rows in part.groupby(["size", "way"], sort=False):
            mean = rows.drop(columns=["kind", "way", "size"]).mean()
            shown = [
                f"{mean[name]:.0f}" for name in ("false_deseq2", "false_moderated", "true_deseq2", "true_moderated")
            ]
            lines.append(f"| {size} | {way} | {mean['below']:.3f} | {' | '.join(shown)} |")
    return "\n".join([*lines, ""])


def main() -> None:
    """Measure and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a small run; prints instead of writing the page")
    quick = parser.parse_args().quick
    data = ROOT.parent / "shared" / "data" / "lcl_women" / "counts.tsv.gz"
    if not data.exists():
        sys.exit(f"{data} is not there: the real counts are beside the repository")
    counts = pd.read_csv(data, sep="\t", index_col=0).T
    counts.columns = counts.columns.str.split(".").str[0]
    panel = pd.read_csv(ROOT / "resources" / "panels" / "bmp.tsv", sep="\t", dtype=str)
    named = panel[panel["group"] == CONTROL_GROUP]
    known = set(named["ensembl"]) | set(named["symbol"])
    reference = [gene for gene in counts.columns if gene in known]
    draws, sizes = (1, [4]) if quick else (10, list(HIDDEN))
    page = write_page(measure(counts, reference, draws, sizes), draws)
    if quick:
        print(page)
    else:
        (ROOT / "docs" / "unwanted_factors.md").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
