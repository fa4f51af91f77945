"""Remake docs/calibration.md: how often the tests err, and how often they find, where the truth is known.

Usage: python benchmarks/calibration.py (about four minutes of one processor), or with --quick for a small run that
only shows that everything works; its page goes to the screen unless --out names a file.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "workflow" / "scripts"), str(ROOT / "benchmarks")]

from autocrine.design.forms import FORMS  # noqa: E402
from autocrine.design.matrix import Design, build_design  # noqa: E402
from autocrine.design.question import Model, Statistics, make_model  # noqa: E402
from autocrine.design.spline import find_knots, weigh_knots  # noqa: E402
from autocrine.input.schema import with_defaults  # noqa: E402
from autocrine.problems import Findings  # noqa: E402
from autocrine.results.effects import estimate_effects  # noqa: E402
from autocrine.results.fitting import base_means, fit_counts  # noqa: E402
from autocrine.results.gene_table import tabulate_genes  # noqa: E402

SCHEMA = yaml.safe_load((ROOT / "workflow" / "schemas" / "config.schema.yaml").read_text(encoding="utf-8"))
STRATA = (5, 20, 100, 1000)
STAGES = ["diagnosis", "sensitive", "resistant"]
# Two of three steps may cancel or be zero: what a slope cannot see, and what the check of the steps is there for.
STEPS = ((0.5, 0.5), (1.0, 1.0), (2.0, 2.0), (2.0, 0.0), (0.0, 2.0), (1.0, -1.0), (2.0, -2.0))
NUISANCE_SD = 0.3
# The share of unchanged genes in the second table of false discoveries.
MOST_UNCHANGED = 0.98
# What the page needs of a gene table.
KEPT = (
    "p_value", "moderated_p_value", "adj_p_value", "moderated_adj_p_value", "ci_low", "ci_high", "equivalence_p_value",
    "threshold_p_value", "step_p_value", "min_detectable_log2_fc", "outcome",
)  # fmt: skip


@dataclass(frozen=True)
class Study:
    """A design with the truth that is put into it.

    Attributes
    ----------
    sheet
        The sample sheet.
    design, contrasts
        The model, as a configuration has it.
    asked
        The contrasts that are measured; the minimal detectable effect is that of the first.
    direction
        Samples x parts of the effect; log2 expression moves by direction @ parts.
    unit
        The parts of an effect of one.
    cases
        The parts of changed genes; each case is as frequent as any other, its sign is random.
    nuisance
        Columns whose every level moves every gene (standard deviation 0.3 on the log2 scale).
    unchanged
        The share of genes without an effect.
    """

    sheet: pd.DataFrame
    design: str
    contrasts: Mapping[str, Mapping[str, Any]]
    asked: Mapping[str, str]
    direction: np.ndarray
    unit: tuple[float, ...] = (1.0,)
    cases: tuple[tuple[float, ...], ...] = ((0.5,), (1.0,), (2.0,))
    nuisance: tuple[str, ...] = ()
    unchanged: float = 0.8

    @property
    def model(self) -> Model:
        """The model with the schema's defaults."""
        schema = SCHEMA["properties"]["models"]["additionalProperties"]
        return make_model("m", with_defaults({"design": self.design, "contrasts": self.contrasts}, schema))


def default_statistics() -> Statistics:
    """Return the thresholds of a configuration that names none."""
    return Statistics(**with_defaults({}, SCHEMA["properties"]["statistics"]))


def make_studies() -> dict[str, Study]:
    """Return the studies by name."""
    return {
        "4 v 4": _two_groups(4),
        "6 v 6, 2 batches": _two_groups(6, batches=2),
        "12 v 12": _two_groups(12),
        "8 pairs": _pairs(8),
        "follow-up, 6 + 6 nested patients": _follow_up(6),
        "ordered stages 12 / 6 / 6": _stages(6),
        "age, 24 samples": _age(24),
        "curve of age, 24 samples": _curve(24),
    }


def _sheet(**columns: list) -> pd.DataFrame:
    sheet = pd.DataFrame(columns)
    return sheet.set_axis([f"s{i}" for i in range(len(sheet))])


def _two_groups(size: int, batches: int = 0) -> Study:
    sheet = _sheet(group=["t"] * size + ["r"] * size)
    if batches:
        sheet["batch"] = [f"b{i % batches}" for i in range(2 * size)]
    return Study(
        sheet=sheet,
        design="~ batch + group" if batches else "~ group",
        contrasts={"c": {"factor": "group", "tested": "t", "reference": "r"}},
        asked={"c": ""},
        direction=(sheet[["group"]] == "t").to_numpy(float),
        nuisance=("batch",) if batches else (),
    )


def _pairs(patients: int) -> Study:
    names = [f"p{i:02d}" for i in range(patients)]
    sheet = _sheet(patient=names * 2, timepoint=["dx"] * patients + ["fu"] * patients)
    return Study(
        sheet=sheet,
        design="~ patient + timepoint",
        contrasts={"c": {"factor": "timepoint", "tested": "fu", "reference": "dx"}},
        asked={"c": ""},
        direction=(sheet[["timepoint"]] == "fu").to_numpy(float),
        nuisance=("patient",),
    )


def _follow_up(size: int) -> Study:
    """Return patients of two responses at two times; the question is whether they change alike."""
    sheet = _pairs(2 * size).sheet
    sheet["response"] = (["r"] * size + ["s"] * size) * 2
    changes = {
        f"in_{response}": {
            "tested": {"response": response, "timepoint": "fu"},
            "reference": {"response": response, "timepoint": "dx"},
        }
        for response in ("r", "s")
    }
    later = (sheet["response"] == "r") & (sheet["timepoint"] == "fu")
    return Study(
        sheet=sheet,
        design="~ patient + timepoint + timepoint:response",
        contrasts={**changes, "between": {"difference": ["in_r", "in_s"]}},
        asked={"between": "difference of changes"},
        direction=later.to_numpy(float)[:, None],
        nuisance=("patient", "timepoint"),
    )


def _stages(size: int) -> Study:
    """Return patients at diagnosis and at one of two later stages."""
    sheet = _pairs(2 * size).sheet
    sheet["stage"] = ["diagnosis"] * 2 * size + ["sensitive"] * size + ["resistant"] * size
    place = sheet["stage"].map(STAGES.index).to_numpy()
    return Study(
        sheet=sheet.drop(columns="timepoint"),
        design="~ patient + stage",
        contrasts={form: {"factor": "stage", form: STAGES} for form in ("trend", "any_difference")},
        asked={"trend": "trend", "any_difference": "any difference"},
        direction=np.column_stack([place >= 1, place >= 2]).astype(float),
        unit=(1.0, 1.0),
        cases=STEPS,
        nuisance=("patient",),
    )


def _age(size: int) -> Study:
    age = np.random.default_rng(1).uniform(20, 80, size).round()
    sheet = _sheet(age=age, sex=["f", "m"] * (size // 2))
    return Study(
        sheet=sheet,
        design="~ sex + scale(age)",
        contrasts={"c": {"per_unit": "age"}},
        asked={"c": "per standard deviation"},
        direction=((sheet[["age"]] - sheet["age"].mean()) / sheet["age"].std()).to_numpy(),
        nuisance=("sex",),
    )


def _curve(size: int) -> Study:
    """Return samples along an age at whose middle genes are highest, or lowest, and alike at both ends."""
    age = np.random.default_rng(1).uniform(20, 80, size)
    sheet = _sheet(age=age, sex=["f", "m"] * (size // 2))
    knots = find_knots(age, 3)
    # From the first knot to the fourth; halfway between the middle two the curve is furthest from both ends.
    heights = np.array([0.0, 1.0, 1.0, 0.0])
    reach = np.ptp(weigh_knots(np.append(knots, (knots[1:] + knots[:-1]) / 2), knots) @ heights)
    return Study(
        sheet=sheet,
        design="~ sex + spline(age, 3)",
        contrasts={"c": {"spline": "age"}},
        asked={"c": "any change along a curve"},
        direction=(weigh_knots(age, knots) @ heights / reach)[:, None],
        nuisance=("sex",),
    )


def true_effect(form: str, parts: np.ndarray) -> np.ndarray:
    """Return the effect that a form of contrast asks for, from the parts (genes x parts) of genes' effects."""
    if not FORMS[form].directed:
        levels = np.cumsum(np.column_stack([np.zeros(len(parts)), parts]), axis=1)
        return np.ptp(levels, axis=1)
    return parts.mean(axis=1)


def draw_genes(study: Study, n_genes: int, random: np.random.Generator) -> tuple[pd.DataFrame, np.ndarray]:
    """Draw genes: stratum, mean, dispersion and case (0 for unchanged), and the parts (genes x parts) of their effects.

    Means are log-normal (standard deviation 0.3) around those of the strata, dispersions (0.05 + 1/mean) with
    log-normal scatter of 0.3.
    """
    stratum = random.permutation(np.resize(STRATA, n_genes))
    mean = stratum * random.lognormal(0, 0.3, n_genes)
    dispersion = (0.05 + 1 / mean) * random.lognormal(0, 0.3, n_genes)
    case = np.where(random.random(n_genes) < study.unchanged, 0, random.integers(1, len(study.cases) + 1, n_genes))
    sign = random.choice([-1.0, 1.0], n_genes)
    parts = np.array([np.zeros(len(study.unit)), *study.cases])[case] * sign[:, None]
    genes = pd.DataFrame({"stratum": stratum, "mean": mean, "dispersion": dispersion, "case": case})
    return genes.set_axis([f"g{i}" for i in range(n_genes)]), parts


def draw_counts(study: Study, genes: pd.DataFrame, parts: np.ndarray, random: np.random.Generator) -> pd.DataFrame:
    """Draw negative binomial counts (samples x genes); library sizes vary four-fold."""
    level = study.direction @ parts.T
    for column in study.nuisance:
        codes, levels = pd.factorize(study.sheet[column])
        level += random.normal(0, NUISANCE_SD, (len(levels), len(genes)))[codes]
    level -= level.mean(axis=0)
    depth = 2 ** random.uniform(-1, 1, len(level))
    mean, dispersion = depth[:, None] * genes["mean"].to_numpy() * 2**level, genes["dispersion"].to_numpy()
    counts = random.poisson(random.gamma(1 / dispersion, mean * dispersion))
    return pd.DataFrame(counts, index=study.sheet.index, columns=genes.index)


def analyse(study: Study, n_genes: int, random: np.random.Generator, threads: int) -> dict[str, pd.DataFrame]:
    """Simulate and analyse one set.

    Returns
    -------
    Contrast -> the table of its genes with the truth: stratum, case, effect, and the difference between the most
    different groups, which is what equivalence and the margin are about. With the first contrast also
    `promised_found`, see `find_again`.
    """
    statistics, model, findings = default_statistics(), study.model, Findings()
    design = build_design(study.sheet, model, "", findings)
    findings.raise_if_any()
    genes, parts = draw_genes(study, n_genes, random)
    counts = draw_counts(study, genes, parts, random)
    fit, _ = fit_counts(counts, design.matrix, statistics, threads=threads)
    named = {"gene_name": genes.index, "written": genes.index}
    var = pd.DataFrame({**named, "base_mean": base_means(counts, fit.size_factors)}, genes.index)
    tables = {}
    for name in study.asked:
        contrast = model.contrasts[name]
        table, _ = tabulate_genes(fit, design, contrast, var, statistics)
        table.index = genes.index
        truth = genes[["stratum", "case"]].assign(
            effect=true_effect(contrast.form, parts), difference=true_effect("any_difference", parts)
        )
        tables[name] = truth.join(table[[column for column in KEPT if column in table]])
    first = next(iter(study.asked))
    stated = tables[first]["min_detectable_log2_fc"].to_numpy()
    found = find_again(study, design, first, genes, stated, random, threads)
    return {name: table.assign(promised_found=found if name == first else np.nan) for name, table in tables.items()}


def find_again(
    study: Study,
    design: Design,
    name: str,
    genes: pd.DataFrame,
    stated: np.ndarray,
    random: np.random.Generator,
    threads: int,
) -> np.ndarray:
    """Give half of the unchanged genes the effect stated for them in a second set, with new patients and batches.

    Returns
    -------
    Per gene whether the test of a difference found it there; NaN for genes that were given nothing.
    """
    statistics = default_statistics()
    given = (genes["case"].to_numpy() == 0) & np.isfinite(stated) & (random.random(len(genes)) < 0.5)
    effect = np.where(given, random.choice([-1.0, 1.0], len(genes)) * stated, 0)
    counts = draw_counts(study, genes, effect[:, None] * np.array(study.unit), random)
    fit, _ = fit_counts(counts, design.matrix, statistics, threads=threads)
    p_value = estimate_effects(fit, design, study.model.contrasts[name], statistics)["moderated_p_value"]
    found = pd.Series(p_value.to_numpy(), fit.genes.index).reindex(genes.index) < statistics.alpha
    return np.where(given, found, np.nan)


def measure(
    studies: Mapping[str, Study], n_sets: int, n_genes: int, seed: int, threads: int = 1
) -> dict[str, pd.DataFrame]:
    """Analyse sets of every study.

    Parameters
    ----------
    studies
        By name.
    n_sets, n_genes
        How many sets of each, of how many genes.
    seed
        Decides all draws.
    threads
        Of the engine.

    Returns
    -------
    Study and contrast in words -> the genes of all its sets (column `set`), as `analyse` gives them, with the form of
    the contrast in `attrs`.
    """
    measured = {}
    for place, (title, study) in enumerate(studies.items()):
        sets = [
            analyse(study, n_genes, np.random.default_rng([seed, place, number]), threads) for number in range(n_sets)
        ]
        for name, words in study.asked.items():
            joined = pd.concat([tables[name].assign(set=number) for number, tables in enumerate(sets)])
            joined.attrs["form"] = study.model.contrasts[name].form
            measured[f"{title}: {words}" if words else title] = joined
    return measured


def main() -> None:
    """Measure and write."""
    from calibration_page import Run, write_page

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", type=int, default=30, help="simulated sets per design")
    parser.add_argument("--genes", type=int, default=6000, help="genes per set")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--out", type=Path, help="the page to write, docs/calibration.md when left out")
    parser.add_argument("--quick", action="store_true", help="two sets of 800 genes")
    options = parser.parse_args()
    n_sets, n_genes = (2, 800) if options.quick else (options.sets, options.genes)
    studies = make_studies()
    few = {title: replace(study, unchanged=MOST_UNCHANGED) for title, study in studies.items()}
    run = Run(n_sets, n_genes, options.seed, MOST_UNCHANGED, "python benchmarks/calibration.py")
    measured, measured_few = (
        measure(asked, n_sets, n_genes, seed, options.threads)
        for asked, seed in ((studies, options.seed), (few, options.seed + 1))
    )
    page = write_page(measured, measured_few, run, default_statistics())
    if options.quick and not options.out:
        print(page)
    else:
        (options.out or ROOT / "docs" / "calibration.md").write_text(page, encoding="utf-8")
    print(f"{time.process_time():.0f} seconds of processor time", file=sys.stderr)


if __name__ == "__main__":
    main()
