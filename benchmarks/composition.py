"""How many called effects of composition alone pass for more, by the plain p-value and among called effects.

Usage: python benchmarks/composition.py (about five minutes). Prints the table that docs/statistics.md has a part of.
Effects are drawn as the test takes them: normal about what composition does, errors of moderated degrees of freedom.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "workflow" / "scripts"))

from autocrine.samples.composition import compare_with_composition  # noqa: E402

ALPHA, POWER, GENES = 0.05, 0.8, 1_000_000
# By how much a p-value is multiplied for the number of genes, and what composition does, in true errors.
STRICTNESS, ALONE = (5.0, 20.0, 150.0), (0.5, 1.0, 2.0, 3.0, 4.0, 7.0, 12.0)
FREEDOM = (4.0, 12.0, 30.0)


def measure(alone: float, freedom: float, strictness: float, random: np.random.Generator) -> tuple[float, float, float]:
    """Return the share of effects of composition alone that are called, and of these which pass for more, both ways."""
    effects = pd.DataFrame({"log2_fc": alone + random.standard_normal(GENES), "df": freedom})
    effects["moderated_se"] = np.sqrt(random.chisquare(freedom, GENES) / freedom)
    t = effects["log2_fc"] / effects["moderated_se"]
    called = effects[2 * stats.t.sf(t, freedom) * strictness < ALPHA].assign(outcome="changed")
    plain = stats.t.sf((called["log2_fc"] - alone) / called["moderated_se"], freedom) < ALPHA
    strict = np.full(len(called), strictness)
    found = compare_with_composition(called, alone, 0.0, "", ALPHA, POWER, strict)
    return len(called) / GENES, float(plain.mean()), float((found["composition_flag"] == "").mean())


def main() -> None:
    """Measure and print."""
    print("| df | p-values times | composition, errors | called | plain | among called |\n|---|---|---|---|---|---|")
    for freedom in FREEDOM:
        for strictness in STRICTNESS:
            for alone in ALONE:
                shares = measure(alone, freedom, strictness, np.random.default_rng(1))
                cells = [f"{freedom:.0f}", f"{strictness:.0f}", f"{alone:g}", *(f"{share:.3f}" for share in shares)]
                print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
