"""Remake docs/outcomes.md: which test of Cox's model holds its level with few events, and what each one finds.

Usage: python benchmarks/outcome_tests.py (about seven minutes of one processor); --quick shows that everything works.
"""

from __future__ import annotations

import argparse
import sys
from multiprocessing import Pool
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "workflow" / "scripts")]

from scipy import special  # noqa: E402

from autocrine.prognosis.cox import CoxModel, NoMaximumError, Point, wald_test  # noqa: E402
from autocrine.prognosis.slope import fit_slope  # noqa: E402

TESTS = ("Wald", "score", "likelihood ratio")
# Patients, events, covariates.
DESIGNS = (
    *((10, 3, 0), (20, 3, 0), (40, 3, 0), (10, 5, 0), (20, 5, 0), (40, 5, 0), (20, 10, 0), (40, 10, 0), (40, 20, 0)),
    *((20, 5, 1), (40, 5, 1), (20, 10, 1), (40, 10, 1), (40, 20, 1), (40, 5, 3), (40, 10, 3), (40, 20, 3)),
)
# Standard deviation 1 each: levels that are normal, that half of the patients do not have, and with a long tail.
LEVELS = {
    "normal": lambda z: z,
    "half at zero": lambda z: np.maximum(z, 0) / 0.5838,
    "long tail": lambda z: np.exp(z) / 2.1612,
}
# log2 hazard ratios per standard deviation.
EFFECTS = (1.0, 2.0)
# In the mean time to the event.
VISITS = 6
PATIENTS = (5, 6, 8, 10, 20, 40)
ALPHA = 0.05


def draw(random: np.random.Generator, patients: int, events: int, levels: str, covariates: int, effect: float):
    """Draw patients of whom exactly so many have the event.

    Times are exponential, as is what ends follow-up without the event, and seen at visits: six in the mean time to the
    event, so that there are ties. The level has a correlation of 0.5 with the first covariate, which doubles the hazard
    per standard deviation; the effect is a log2 hazard ratio per standard deviation of the level.
    """
    while True:
        beside = random.normal(size=(patients, covariates))
        latent = random.normal(size=patients)
        if covariates:
            latent = 0.5 * beside[:, 0] + np.sqrt(0.75) * latent
        value = LEVELS[levels](latent)
        hazard = 2.0 ** (effect * value + (beside[:, 0] if covariates else 0))
        came = random.exponential(size=patients) / hazard
        ended = random.exponential(size=patients) * events / (patients - events)
        if (came <= ended).sum() == events:
            time = np.ceil(np.minimum(came, ended) * VISITS) / VISITS
            return time, came <= ended, value, beside


def ask(time, event, value, covariates, truth: float) -> dict[str, tuple[float, float]]:
    """Return test -> p-values that there is no effect, and that it is the true one; NaN where there is no maximum."""
    found = {name: (np.nan, np.nan) for name in TESTS}
    try:
        model = CoxModel(time, event, value, covariates)
        points = [model.at(0.0), model.at(truth)]
        found["score"] = tuple(score_test(point) for point in points)
        best = model.best()
    except (NoMaximumError, ValueError, np.linalg.LinAlgError):
        return found
    found["Wald"] = (wald_test(best), wald_test(best, truth))
    found["likelihood ratio"] = tuple(likelihood_ratio_test(best, point) for point in points)
    return found


def score_test(there: Point) -> float:
    """Return the p-value of the score at a coefficient (of no effect: a log-rank test)."""
    # Far from the maximum nothing may be left of the information.
    return float(special.chdtrc(1, there.slope**2 / there.information)) if there.information > 0 else np.nan


def likelihood_ratio_test(best: Point, there: Point) -> float:
    """Return the p-value of the likelihood ratio between the maximum and a coefficient."""
    return float(special.chdtrc(1, max(2 * (best.log_likelihood - there.log_likelihood), 0.0)))


def measure(design: tuple[int, int, int], levels: str, effect: float, repeats: int, seed: int) -> list[dict]:
    """Return a row per test: how often p is below 0.05 and 0.01, coverage of the truth, and lacking answers."""
    random, truth = np.random.default_rng(seed), effect * np.log(2)
    patients, events, covariates = design
    asked = [ask(*draw(random, patients, events, levels, covariates, effect), truth) for _ in range(repeats)]
    rows = []
    for name in TESTS:
        p = np.array([one[name] for one in asked])
        rows.append({
            "design": design, "levels": levels, "effect": effect, "test": name, "repeats": repeats,
            "below_05": (p[:, 0] < ALPHA).mean(), "below_01": (p[:, 0] < 0.01).mean(),
            "coverage": 1 - (p[:, 1] < ALPHA).mean(), "lacking": np.isnan(p[:, 0]).mean(),
        })  # fmt: skip
    return rows


def measure_slopes(patients: int, covariates: int, levels: str, repeats: int, seed: int) -> dict:
    """Return how often slopes without an effect have p below 0.05 and 0.01; responses with a long tail."""
    random = np.random.default_rng(seed)
    p = []
    for _ in range(repeats):
        beside, value = random.normal(size=(patients, covariates)), LEVELS[levels](random.normal(size=patients))
        if np.ptp(value) > 0:
            # Standard exponential: log10 reductions of which a few are deep.
            p.append(fit_slope(random.exponential(size=patients), value, beside).p_value)
    p = np.array(p)
    return {"patients": patients, "covariates": covariates, "levels": levels,
            "below_05": (p < ALPHA).mean(), "below_01": (p < 0.01).mean()}  # fmt: skip


def table_of(rows: pd.DataFrame, levels: str, value: str, digits: int = 1) -> list[str]:
    """Return lines of Markdown: a row per design, a column per test, in per cent."""
    chosen = rows[rows["levels"] == levels].pivot(index="design", columns="test", values=value)[list(TESTS)]
    head = "| patients | events | covariates | " + " | ".join(TESTS) + " |"
    lines = [head, "|" + " ---: |" * (3 + len(TESTS))]
    for design in DESIGNS:
        if design in chosen.index:
            cells = [f"{100 * share:.{digits}f}" for share in chosen.loc[[design]].iloc[0]]
            lines.append("| " + " | ".join([*map(str, design), *cells]) + " |")
    return [*lines, ""]


def write_page(null: pd.DataFrame, effects: pd.DataFrame, slopes: pd.DataFrame, repeats: int, fewer: int) -> str:
    """Return docs/outcomes.md."""
    errors = [100 * np.sqrt(ALPHA * (1 - ALPHA) / number) for number in (repeats, fewer)]
    lines = [
        "# Tests of outcomes: what they promise with few events",
        "",
        "Remade by one command, `python benchmarks/outcome_tests.py`. What is computed is described in",
        "[statistics.md](statistics.md#outcomes-of-patients).",
        "",
        f"SIMULATED: {repeats:,} cohorts per row without an effect, {fewer:,} with one (seed 1); the Monte-Carlo",
        f"errors of 5 % are {errors[0]:.1f} and {errors[1]:.1f} %. Times to the event and what ends follow-up before",
        f"it are exponential and seen at visits, {VISITS} in the mean time to the event, so that there are ties",
        "(Efron). Exactly so many patients have the event as the row says. Levels have the standard deviation 1:",
        "normal; a normal level that half of the patients do not have (zero); and the exponential of a normal one,",
        "with a long tail. The first covariate is correlated with the level (0.5) and doubles the hazard",
        "per standard deviation; the others do nothing. A cohort without a finite estimate counts as not found by",
        "Wald's test and by the likelihood ratio.",
        "",
    ]
    for level, column in (("0.05", "below_05"), ("0.01", "below_01")):
        lines += [f"## Size: p below {level} where nothing is to be found, in per cent", ""]
        for levels in LEVELS:
            lines += [f"Levels {levels}:", "", *table_of(null, levels, column)]
    lines += ["## Cohorts without a finite estimate, in per cent", ""]
    lines += ["Nothing is to be found; levels half at zero. The score needs no estimate.", ""]
    lines += table_of(null, "half at zero", "lacking")
    for effect in EFFECTS:
        chosen = effects[effects["effect"] == effect]
        lines += [f"## Normal levels, hazard ratio {2**effect:g} per standard deviation", ""]
        lines += ["Found (p below 0.05), in per cent:", "", *table_of(chosen, "normal", "below_05", 0)]
        lines += ["The 95 % interval holds the truth, in per cent:", "", *table_of(chosen, "normal", "coverage")]
    lines += ["## Slopes of a response", ""]
    lines += ["Least squares with Student's t, responses exponential (a long tail); in per cent.", ""]
    lines += ["| patients | covariates | levels | p below 0.05 | p below 0.01 |", "| ---: | ---: | --- | ---: | ---: |"]
    lines += [
        f"| {row.patients} | {row.covariates} | {row.levels} | {100 * row.below_05:.1f} | {100 * row.below_01:.1f} |"
        for row in slopes.itertuples()
    ]
    return "\n".join([*lines, ""])


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=800, help="cohorts for each row without an effect")
    parser.add_argument("--fewer", type=int, default=400, help="cohorts for each row with one")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--out", type=Path, help="the page to write, docs/outcomes.md when left out")
    parser.add_argument("--quick", action="store_true", help="20 cohorts for each row")
    options = parser.parse_args()
    repeats, fewer = (20, 20) if options.quick else (options.repeats, options.fewer)
    asked = [(design, levels, 0.0, repeats, 1) for design in DESIGNS for levels in LEVELS]
    asked += [(design, "normal", effect, fewer, 1) for design in DESIGNS for effect in EFFECTS]
    with Pool(options.processes) as pool:
        found = pd.DataFrame([row for rows in pool.starmap(measure, asked, chunksize=1) for row in rows])
    slopes = pd.DataFrame(
        [
            measure_slopes(patients, covariates, levels, repeats, 1)
            for covariates in (0, 1) for patients in PATIENTS for levels in LEVELS
        ]
    )  # fmt: skip
    page = write_page(found[found["effect"] == 0], found[found["effect"] > 0], slopes, repeats, fewer)
    if options.quick and not options.out:
        print(page)
    else:
        (options.out or ROOT / "docs" / "outcomes.md").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
