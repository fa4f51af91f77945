"""How well estimated leukaemic fractions hold: mixtures of known shares, with what reality adds.

Prints the table of docs/fractions.md.
Run with `PYTHONPATH=workflow/scripts python benchmarks/leukaemic_fractions.py`.
"""

import numpy as np
import pandas as pd

from autocrine.samples.composition import Estimated, estimated_effect
from autocrine.samples.fractions import estimate_fractions

GENES, SAMPLES, SETS, DEPTH = 4000, 24, 40, 2e6
CASES = {
    "as the model has it": {},
    "noise of genes in each sample, sd 0.5": {"noise": 0.5},
    "another laboratory: genes off by sd 0.5 in all samples": {"noise": 0.3, "batch": 0.5},
    "another laboratory: genes off by sd 1": {"noise": 0.3, "batch": 1.0},
    "libraries of 50,000 to 5,000,000 reads": {"noise": 0.3, "depth": (5e4, 5e6)},
    "a tenth of the RNA is in no profile": {"noise": 0.3, "missing": 0.1},
    "three tenths of the RNA are in no profile": {"noise": 0.3, "missing": 0.3},
    "the missing profile is like the leukaemic one": {"noise": 0.3, "missing": 0.2, "alike": 0.5},
    "leukaemic markers twice as high as in the reference": {"noise": 0.3, "shift": 2.0},
    "leukaemic markers four times as high": {"noise": 0.3, "shift": 4.0},
}


def simulate(random, noise=0.0, batch=0.0, depth=(DEPTH, DEPTH), missing=0.0, alike=0.0, shift=1.0):
    """Return counts, profiles (counts) and the true share of the leukaemic profile in the RNA of each sample."""
    base = random.lognormal(2, 1.5, GENES)
    names = ["LSC", "HSC", "T", "missing"]
    levels = np.stack([base * random.lognormal(0, 0.15, GENES) for _ in names])
    for place, _ in enumerate(names):
        genes = random.choice(GENES, 120, replace=False)
        levels[place, genes] *= random.uniform(4, 40, 120)
    if alike:
        special = levels[0] > 3 * levels[1:3].max(axis=0)
        taken = special & (random.random(GENES) < alike)
        levels[3, taken] = levels[0, taken]
    rna = levels / levels.sum(axis=1, keepdims=True)
    truth = random.uniform(0.05, 0.95, SAMPLES)
    rest = random.dirichlet([2, 2], SAMPLES) * (1 - truth)[:, None]
    shares = np.column_stack([truth, rest]) * (1 - missing)
    shares = np.column_stack([shares, np.full(SAMPLES, missing)])
    own = rna.copy()
    if shift != 1:
        own[0, rna[0] > 3 * rna[1:3].max(axis=0)] *= shift
        own[0] /= own[0].sum()
    means = shares @ own * random.lognormal(0, batch, GENES) * random.lognormal(0, noise, (SAMPLES, GENES))
    library = np.exp(random.uniform(*np.log(depth), SAMPLES))
    counts = random.poisson(means / means.sum(axis=1, keepdims=True) * library[:, None])
    profiles = pd.DataFrame(random.poisson(rna[:3].T * 2e7), index=[f"g{i}" for i in range(GENES)], columns=names[:3])
    return counts, profiles, shares[:, 0]


def measure(case, sets=SETS):
    """Return error, coverage, median width and share of refused samples of one case, and coverage of contrasts.

    A contrast is the upper half of the samples against the lower, by their true fraction.
    """
    random, rows, contrasts = np.random.default_rng(2018), [], []
    for _ in range(sets):
        counts, profiles, truth = simulate(random, **case)
        names = [f"s{i}" for i in range(SAMPLES)]
        fractions = estimate_fractions(counts, names, profiles, "LSC")
        rows.append(fractions.table.reset_index().assign(truth=truth))
        upper = truth > np.median(truth)
        matrix = pd.DataFrame({"intercept": 1.0, "upper": upper.astype(float)}, index=names)
        groups = [list(matrix.index[upper]), list(matrix.index[~upper])]
        given = Estimated(fractions.table, fractions.draws)
        effect = estimated_effect(pd.DataFrame(index=names), matrix, np.array([0.0, 1.0]), groups, given)
        if effect["estimated"]:
            expected = np.log2(truth[upper]).mean() - np.log2(truth[~upper]).mean()
            contrasts.append(effect["leukemic_low"] <= expected <= effect["leukemic_high"])
    table = pd.concat(rows)
    estimated = table[table["reason"] == ""]
    held = (estimated["fraction_low"] <= estimated["truth"]) & (estimated["truth"] <= estimated["fraction_high"])
    return {
        "bias": (estimated["fraction_estimate"] - estimated["truth"]).mean(),
        "error": np.sqrt(((estimated["fraction_estimate"] - estimated["truth"]) ** 2).mean()),
        "held": held.mean(),
        "width": (estimated["fraction_high"] - estimated["fraction_low"]).median(),
        "refused": 1 - len(estimated) / len(table),
        "contrasts": np.mean(contrasts) if contrasts else np.nan,
        "contrasts_refused": 1 - len(contrasts) / sets,
    }


if __name__ == "__main__":
    print("| mixtures | bias | error (rms) | range holds | median width | refused | contrast holds | refused |")
    print("|" + " --- |" * 8)
    for name, case in CASES.items():
        row = measure(case)
        numbers = (
            f"{row['bias']:.3f} | {row['error']:.3f} | {row['held']:.1%} | {row['width']:.2f} | {row['refused']:.1%}"
        )
        print(f"| {name} | {numbers} | {row['contrasts']:.0%} | {row['contrasts_refused']:.0%} |")
