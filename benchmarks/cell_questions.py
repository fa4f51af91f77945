"""Size and power of what is asked of cells beside fractions; `benchmarks/cells.py` writes it into docs/cells.md.

    python benchmarks/cell_questions.py [--sets 400]

prints these sections alone. Everything is simulated, with fixed seeds, but for sums of real cells where that is said.
About six minutes of one core.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from anndata import AnnData, concat
from scipy import sparse
from scipy.special import expit, ndtr

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "workflow" / "scripts"), str(ROOT / "benchmarks")]

from cell_quality import measure_ambient, measure_doublets, measure_quality  # noqa: E402

from autocrine import cells  # noqa: E402
from autocrine.cells.asking import Comparison, ask_comparison  # noqa: E402
from autocrine.cells.composition import compare_states  # noqa: E402
from autocrine.cells.logit_tests import test_logits  # noqa: E402
from autocrine.cells.survivors import log_living, read_survivors  # noqa: E402
from autocrine.design.question import Statistics  # noqa: E402
from autocrine.problems import Findings  # noqa: E402

SEED = 20261129
STATISTICS = Statistics(0.05, float(np.log(2)), 0.8)
# Spread of logits: between patients, and between samples of a patient.
BETWEEN, WITHIN = 0.6, 0.3
PATIENTS = (3, 5, 8)


def ask(patients: int, paired: bool) -> tuple[Comparison, np.ndarray, np.ndarray]:
    """Return the comparison of two groups, which samples are of the tested one, and the patient of each sample."""
    tested = np.arange(2 * patients) < patients
    patient = np.arange(2 * patients) % patients if paired else np.arange(2 * patients)
    sheet = pd.DataFrame({"exposure": np.where(tested, "imatinib", "untreated")})
    sheet["patient"] = [f"P{number}" for number in patient]
    sheet.index = [f"S{number}" for number in range(len(sheet))]
    design = "~ patient + exposure" if paired else "~ exposure"
    findings = Findings()
    asked = ask_comparison(sheet, design, None, {"exposure": ("imatinib", "untreated")}, "benchmark", findings)
    findings.raise_if_any()
    assert asked is not None  # or a problem was raised
    return asked, tested, patient


def draw_levels(random: np.random.Generator, patient: np.ndarray, size: int) -> np.ndarray:
    """Return what patients and samples add to logits (samples, size)."""
    return random.normal(0, BETWEEN, (patient.max() + 1, size))[patient] + random.normal(
        0, WITHIN, (len(patient), size)
    )


def draw_cells(random: np.random.Generator, samples: int) -> np.ndarray:
    """Return numbers of cells of samples: 60 to 1,500, half of them more than 300."""
    return np.clip(random.lognormal(np.log(300), 0.6, samples), 60, 1500).astype(int)


def pooled_p_values(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return p-values of shares of states in two sums of cells, as if cells were independent (chi-square)."""
    first, second = one.sum(), other.sum()
    share = (one + other) / (first + second)
    with np.errstate(invalid="ignore", divide="ignore"):
        error = np.sqrt(share * (1 - share) * (1 / first + 1 / second))
        return 2 * ndtr(-np.abs(one / first - other / second) / error)


# Shares of the states: the first is the one that changes.
COMPOSITIONS = {
    "alike": ((0.08, 0.02, 0.1, 0.2, 0.25, 0.35), 1.0, 1.0),
    "0.3 of the cells": ((0.08, 0.02, 0.1, 0.2, 0.25, 0.35), 1.0, 0.3),
    "8 % doubled": ((0.08, 0.02, 0.1, 0.2, 0.25, 0.35), 2.0, 1.0),
    "50 % halved": ((0.5, 0.02, 0.08, 0.1, 0.14, 0.16), 0.5, 1.0),
}


def measure_composition(
    sets: int, patients_of: Sequence[int] = PATIENTS, designs: Sequence[bool] = (True, False)
) -> pd.DataFrame:
    """Return how often shares of six states are found to differ: the changed state, and the others."""
    rows = []
    for paired in designs:
        for patients in patients_of:
            asked, tested, patient = ask(patients, paired)
            for number, (words, (shares, odds, part)) in enumerate(COMPOSITIONS.items()):
                found = []
                for place in range(sets):
                    random = np.random.default_rng([SEED, 1, paired, patients, number, place])
                    level = np.log(shares) + draw_levels(random, patient, len(shares))
                    level[tested, 0] += np.log(odds)
                    whole = np.rint(draw_cells(random, len(patient)) * np.where(tested, part, 1.0)).astype(int)
                    true = np.exp(level) / np.exp(level).sum(axis=1, keepdims=True)
                    numbers = pd.DataFrame(random.multinomial(whole, true), index=asked.design.matrix.index)
                    table = compare_states(numbers, asked, STATISTICS)
                    merged = [numbers[tested].sum().to_numpy(), numbers[~tested].sum().to_numpy()]
                    counted = pooled_p_values(*merged)
                    found.append([table["p_value"].to_numpy(), table["clr_p_value"].to_numpy(), counted])
                # A state that is hardly seen has no test.
                held = np.where(np.isnan(found), np.nan, np.array(found) < 0.05)
                for way, values in zip(
                    ("t", "t, centred log ratio", "cells counted"), held.swapaxes(0, 1), strict=True
                ):
                    start = {"design": "pairs" if paired else "groups", "patients": patients, "situation": words}
                    by_state = np.nanmean(values, axis=0)
                    rows.append({**start, "way": way, "first state": by_state[0], "others": by_state[1:].mean()})
    return pd.DataFrame(rows)


SURVIVORS = {
    "nothing": (1.0, 1.0),
    "all fall to 0.3": (0.3, 0.3),
    "positives to 0.6, negatives to 0.2": (0.6, 0.2),
    "positives stay, negatives to 0.3": (1.0, 0.3),
    "positives to 3, negatives stay": (3.0, 1.0),
    "a third of the negatives turns positive": (None, None),
}


def measure_survivors(
    sets: int, patients_of: Sequence[int] = PATIENTS, designs: Sequence[bool] = (True, False), share: float = 0.1
) -> pd.DataFrame:
    """Return how often living positives and negatives are found to change, and what is read from that."""
    rows = []
    for paired in designs:
        for patients in patients_of:
            asked, tested, patient = ask(patients, paired)
            for number, (words, (positive, negative)) in enumerate(SURVIVORS.items()):
                significant, readings = [], []
                for place in range(sets):
                    random = np.random.default_rng([SEED, 2, paired, patients, number, place])
                    own = expit(np.log(share / (1 - share)) + draw_levels(random, patient, 1)[:, 0])
                    spread = random.normal(0, 0.4, patient.max() + 1)[patient] + random.normal(0, 0.2, len(patient))
                    alive = np.exp(np.log(2e5) + spread) * np.array([own, 1 - own])
                    if positive is None:
                        turned = np.where(tested, alive[1] / 3, 0.0)
                        alive = alive + np.array([turned, -turned])
                    else:
                        alive = alive * np.where(tested, np.array([[positive], [negative]]), 1.0)
                    whole = draw_cells(random, len(patient))
                    held = {"cells_at_depth": whole, "state_share": 1.0}
                    held["positives"] = random.binomial(whole, alive[0] / alive.sum(axis=0))
                    # Cells are counted with an error of 10 %.
                    viable = alive.sum(axis=0) * random.lognormal(0, 0.1, len(patient))
                    names = asked.design.matrix.index
                    logs = log_living(pd.DataFrame(held, index=names), pd.Series(viable, names))
                    tests = test_logits(logs, asked.design, asked.contrast, STATISTICS)[0]
                    tests = tests.rename(columns={"log_odds_ratio": "log_ratio"})
                    significant.append((tests["p_value"] < 0.05).to_numpy())
                    readings.append(read_survivors(tests, 0.05)[0])
                start = {"design": "pairs" if paired else "groups", "patients": patients, "truth": words}
                shares = dict(zip(logs.columns, np.mean(significant, axis=0), strict=True))
                read = {
                    name: readings.count(name) / sets
                    for name in ("selection", "induction", "selection_or_induction", "no_rise")
                }
                rows.append({**start, **shares, **read})
    return pd.DataFrame(rows)


def simulate_pairs(
    random: np.random.Generator, patients: int, pairs: int, spread: float, states: int, factor: float
) -> tuple[AnnData, list[tuple[str, str]]]:
    """Return 800 cells of each patient with pairs of genes, a ligand in 10 % and a receptor in 18 % of them. SIMULATED.

    Depth has the SD `spread` of its logarithm. With two states both genes are four times as high in the second; in
    cells rich in ligand the receptor is `factor` times as high.
    """
    n = 800 * patients
    depth = random.lognormal(0, spread, n)[:, None]
    high = np.where(np.arange(n) % states == 1, 4.0, 1.0)[:, None]
    rich = random.random((n, pairs)) < 0.5
    ligand = random.poisson(0.12 * depth * np.where(rich, 1.8, 0.2) * high)
    receptor = random.poisson(0.21 * depth * np.where(rich, factor, 1.0) * 2 / (factor + 1) * high)
    counts = sparse.csr_matrix(np.hstack([ligand, receptor, random.poisson(2000 * depth)]).astype(np.float32))
    names = [f"{kind}{place}" for kind in ("ligand", "receptor") for place in range(pairs)]
    obs = pd.DataFrame(index=[f"c{place}" for place in range(n)])
    obs["patient"] = np.repeat([f"P{place}" for place in range(patients)], 800)
    obs["state"] = np.where(high[:, 0] > 1, "MSC", "LSC")
    adata = AnnData(counts, obs, pd.DataFrame(index=[*names, "rest"]))
    return adata, list(zip(names[:pairs], names[pairs:], strict=True))


def measure_coupling(sets: int, pairs: int = 100) -> pd.DataFrame:
    """Return how often co-detection is found to differ between groups, and how often two genes count as unrelated."""
    rows = []
    for patients in PATIENTS:
        for number, (words, factors) in enumerate(
            {"no coupling": (1.0, 1.0), "coupled in both": (3.0, 3.0), "coupled in one": (3.0, 1.0)}.items()
        ):
            found = []
            for place in range(sets):
                random = np.random.default_rng([SEED, 3, patients, number, place])
                parts = []
                for group, factor in zip(("resistant", "sensitive"), factors, strict=True):
                    part, asked = simulate_pairs(random, patients, pairs, 0.5, 1, factor)
                    part.obs["patient"] = group + part.obs["patient"].astype(str)
                    part.obs_names = group + part.obs_names
                    parts.append(part)
                held = cells.test_codetection(concat(parts), asked, "patient")
                names = sorted(set(held.patients["patient"]))
                sheet = pd.DataFrame({"response": [name[:-2] for name in names]}, index=names)
                table = cells.compare_codetection(held, "~ response", sheet, response=("resistant", "sensitive"))
                tested = table[table["status"] == "tested"]
                own = cells.test_codetection(parts[1], asked, "patient").tests
                alike = own.loc[own["status"] == "tested", "equivalence_p_value"]
                found.append(((tested["p_value"] < 0.05).mean(), tested["log_ratio"].median(), (alike < 0.05).mean()))
            size, log, unrelated = np.mean(found, axis=0)
            rows.append(
                {
                    "patients": patients,
                    "situation": words,
                    "p < 0.05": size,
                    "ratio of odds ratios": float(np.exp(log)),
                    "second group counts as unrelated": unrelated,
                }
            )
    return pd.DataFrame(rows)


def measure_all(sets: int) -> dict[str, pd.DataFrame]:
    """Return all tables by name; of what takes long a part of the sets is measured."""
    return {
        "quality": measure_quality(sets // 50),
        "composition": measure_composition(sets // 2),
        "survivors": measure_survivors(sets),
        "doublets": measure_doublets(sets // 100),
        "ambient": measure_ambient(sets // 10),
        "coupling": measure_coupling(sets // 200),
    }


PAGE = """## Two genes in the same cells, between groups

`cells.compare_codetection(found, "~ response", sheet, unit="patient", response=("resistant", "sensitive"))` compares
the patients' log odds ratios between groups; where co-detection was tested per sample, samples within patients. Cells
as above, so many patients in each group, {coupling_pairs} pairs of genes. The last column is how often the odds ratio
of the second group alone is shown to lie between 1/2 and 2 (`equivalence_p_value`); coupled it is 1.7.

{coupling}

## Which cells are kept

```python
import numpy as np
import pandas as pd

measured = pd.DataFrame({{"sample": adata.obs["run"], "state": adata.obs["cell_type"]}})
measured["umi"] = np.asarray(adata.X.sum(axis=1)).ravel()
measured["genes"] = np.asarray((adata.X > 0).sum(axis=1)).ravel()
reasons, limits = cells.judge_quality(measured)
kept = cells.kept_shares(measured, reasons)
exposure = adata.obs.drop_duplicates("run").set_index("run")["exposure"]
unequal = cells.unequal_losses(kept, exposure)
```

Floors come first (500 counts, 200 genes), then 5 median absolute deviations of log counts and log genes, and 3 of the
mitochondrial share, whose limit is never below 8 %. Quiescent cells hold little RNA, so limits over a mixture take
them out; labelled cells are compared with those of their state. The table has what
part of the sound quiescent cells, of other sound cells and of broken ones is left out of simulated marrow, 3,000 cells
with 8 % quiescent ones; broken cells have 20 to 60 % mitochondrial counts ({quality_sets} sets).

{quality}

With a tenth of the RNA a part of the quiescent cells lies below 500 counts: floors do not know states.

## Shares of states

`cells.test_composition(kept, "~ patient + exposure", sheet, exposure=("imatinib", "untreated"))` compares the share
of each state among the kept cells of samples: *t* on logits, and as a second way the *centred log ratio*
(`clr_p_value`). Six states; logits vary between patients (SD {between:g}) and between samples of a patient (SD
{within:g}); {composition_sets} sets each. *First state* is the share of sets in which the changed one (or the first,
where nothing changes) has p < 0.05, *others* that of the unchanged states, whose shares do change where the first
one's does.

{composition}

Where nothing changes the share over all six states lies between {lowest:.3f} and {highest:.3f}. Where a state of half
of the cells is halved, the others are found to rise, as their shares do (with 8 patients up to {moved:.2f}; by the
centred log ratio {moved_centred:.2f}): a change in shares does not say which state changed. Counting cells is wrong
everywhere.

## Survivors

```python
sheet = adata.obs.drop_duplicates("run").set_index("run")[["patient", "exposure"]].assign(viable_cells=120_000)
living = cells.living_shares(sums, "BMPR1B", state="LSC")
survivors = cells.test_survivors(living, "~ patient + exposure", sheet, exposure=("imatinib", "untreated"))
survivors.tests, survivors.reading
```

A larger share of positive cells is read as *selection* where living positives fell and negatives fell more, as
*induction* where positives grew; `viable_cells` are the living cells counted in each well. 10 % of the cells are
positive before treatment, numbers of living cells vary between patients (SD 0.4 of the logarithm) and samples (0.2),
their count has an error of 10 %; {sets_of_questions} sets each. The first three columns of numbers are shares of sets
with p < 0.05 for living positives, living negatives and their difference (the log odds ratio), the others how often
each reading is given.

{survivors}

Where nothing happens the three tests lie between {lowest_nothing:.3f} and {highest_nothing:.3f}. Selection asks for
more than a larger share: of positives that fall to 0.6 and negatives to 0.2, five pairs find the share in {share:.0%}
and the selection in {five:.0%}, eight pairs in {eight:.0%}; the rest is not distinguished. Positives that stay while
negatives die cannot be distinguished from few that grew, and are left undecided.

## Doublets

`cells.score_doublets` compares the cells of one run with sums of two of them, `cells.mark_doublets` marks as many as
the load lets expect (0.8 % per 1,000 cells). Simulated runs: 2,000 cells of 1,000 genes, 1.6 % doublets; states
differ in a tenth of the genes. *Real cells*: 250 of marrow and blood (Triana et al. 2021, 462 genes), of which 60
were added up to 30 doublets, with the true number marked ({doublet_sets} sets). *AUC* is how often a doublet has a
higher score than a cell; *marked of two states* is the share of doublets of two states that is marked.

{doublets}

Depth distinguishes many doublets from simulated cells, and fewer from real ones. One to four of ten
marked cells are none.

## Ambient RNA

`cells.soup_profile` sums the droplets without cell of an unfiltered matrix, `cells.bound_contamination` bounds the
ambient share of the counts of cells by haemoglobin in states that make none, and `cells.compare_with_ambient` says of
which genes more cells are positive than ambient RNA alone would make. Simulated: 300 LSC and 300 erythroid cells,
4,000 empty droplets, an ambient share that varies between cells; 100 *silent* genes that LSC do not make
({ambient_sets} sets). *Limit holds* is how often the limit (95 %) is not below the true share.

{ambient}

Without empty droplets the limit rests on the haemoglobin of all cells and holds only if the soup is as rich in it, as
it is here; the contamination then counts as not known.
"""


def write_sections(tables: dict[str, pd.DataFrame], sets: int) -> str:
    """Return the sections of docs/cells.md that these tables make."""
    composition, survivors = tables["composition"], tables["survivors"]
    own = composition[composition["way"] != "cells counted"]
    # Of all six states, of which the first is one.
    null = own[own["situation"].isin(["alike", "0.3 of the cells"])]
    null = (null["first state"] + 5 * null["others"]) / 6
    halved = composition[(composition["situation"] == "50 % halved") & (composition["patients"] == 8)]
    moved = halved.groupby("way")["others"].max()
    nothing = survivors[survivors["truth"] == "nothing"][["positives", "negatives", "difference"]]
    selected = survivors[survivors["truth"] == "positives to 0.6, negatives to 0.2"].set_index(["design", "patients"])
    written = PAGE.format(
        **{name: as_markdown(table) for name, table in tables.items()},
        between=BETWEEN,
        within=WITHIN,
        composition_sets=sets // 2,
        sets_of_questions=sets,
        quality_sets=sets // 50,
        doublet_sets=sets // 100,
        ambient_sets=sets // 10,
        coupling_pairs=100 * (sets // 200),
        lowest=null.min(),
        highest=null.max(),
        moved=moved["t"],
        moved_centred=moved["t, centred log ratio"],
        lowest_nothing=nothing.min().min(),
        highest_nothing=nothing.max().max(),
        five=selected.loc[("pairs", 5), "selection"],
        eight=selected.loc[("pairs", 8), "selection"],
        share=selected.loc[("pairs", 5), "difference"],
    )
    return written.strip()


def as_markdown(table: pd.DataFrame) -> str:
    """Return a table as Markdown, numbers with three decimals."""
    lines = [list(table.columns), ["---"] * table.shape[1]]
    for row in table.itertuples(index=False):
        lines.append([f"{cell:.3f}" if isinstance(cell, float) else str(cell) for cell in row])
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def main() -> None:
    """Measure and print the sections."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", type=int, default=400)
    sets = parser.parse_args().sets
    print(write_sections(measure_all(sets), sets))


if __name__ == "__main__":
    main()
