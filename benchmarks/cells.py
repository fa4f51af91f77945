"""Size and power of the tests of detected fractions, size factors of sums of few cells, and time for a large file.

    python benchmarks/cells.py [--sets 20] [--cells 100000 1000000] [--out docs/cells.md] [--time-only]

Cells are simulated: gamma noise between cells, effects of patients and of samples, uneven depth. About twelve minutes
of one core, with a million cells. With `--time-only` the section on time and memory of the page is made anew and the
rest is left. `cell_questions.py` and `cell_quality.py` have what is asked beside fractions, `cell_times.py` the times.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from anndata import AnnData, read_h5ad
from scipy import sparse
from scipy.special import ndtr

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "workflow" / "scripts"), str(ROOT / "benchmarks")]

from cell_questions import as_markdown, measure_all, simulate_pairs, write_sections  # noqa: E402
from cell_times import TIME, measure_times  # noqa: E402

from autocrine import cells  # noqa: E402
from autocrine.cells.strata import common_odds  # noqa: E402
from autocrine.engine.size_factors import estimate_size_factors  # noqa: E402

SEED = 20261128
GENES, CHANGED, FOLD = 1200, 120, 2.0
RARE = 0.05
PAIR_SETS = 6
QUESTION_SETS = 400
REAL = ROOT.parent / "shared" / "data" / "gbm_panobinostat_5patients" / "gbm_panobinostat_5patients.h5ad"
SITUATIONS = {
    "alike": {},
    "half the depth": {"depth": 0.5},
    "0.3 of the cells": {"cells": 0.3},
}


def simulate(
    random: np.random.Generator, patients: int, paired: bool, depth: float = 1.0, number: float = 1.0
) -> AnnData:
    """Return cells of two groups of patients, or of patients with and without treatment. SIMULATED.

    The tested samples have `depth` of the others' counts per cell and `number` of their cells. A gene's share of the
    counts varies between patients (SD 0.5 of its logarithm), between samples of a patient (0.25) and between cells
    (gamma, shape 2); the first `CHANGED` genes change by `FOLD`, up or down. The last row of genes is the rest of the
    transcriptome, 70 % of the counts.
    """
    share = random.lognormal(np.log(8e-5), 1.4, GENES)
    sheet = [
        (f"P{patient if paired else patient + patients * (group == 'untreated')}", group)
        for group in ("imatinib", "untreated")
        for patient in range(patients)
    ]
    of_patient = {patient: random.normal(0, 0.5, GENES) for patient in dict.fromkeys(patient for patient, _ in sheet)}
    change = np.where(np.arange(GENES) < CHANGED, np.log(FOLD) * random.choice([-1, 1], GENES), 0.0)
    counts, rows = [], []
    for patient, group in sheet:
        tested = group == "imatinib"
        n = int(np.clip(random.lognormal(np.log(300), 0.6), 60, 1500) * (number if tested else 1.0))
        level = np.log(share) + of_patient[patient] + random.normal(0, 0.25, GENES) + change * tested
        sizes = random.lognormal(np.log(3500 * (depth if tested else 1.0)) + random.normal(0, 0.25), 0.45, n)
        rates = np.exp(level) * random.standard_gamma(2.0, (n, GENES)) / 2.0
        own = random.poisson(rates * sizes[:, None])
        counts.append(sparse.csr_matrix(np.column_stack([own, random.poisson(0.7 * sizes)]).astype(np.float32)))
        rows += [(f"{patient}_{group}", patient, group, "LSC")] * n
    obs = pd.DataFrame(rows, columns=["sample", "patient", "exposure", "state"], index=map(str, range(len(rows))))
    return AnnData(sparse.vstack(counts, format="csr"), obs, pd.DataFrame(index=[f"g{g}" for g in range(GENES + 1)]))


def pooled_p_values(sums: AnnData) -> np.ndarray:
    """Return p-values of two shares of all cells of the groups, as if cells were independent (chi-square)."""
    tested = (sums.obs["exposure"] == "imatinib").to_numpy()
    positive = np.array([sums.layers["detected"][rows].sum(axis=0) for rows in (tested, ~tested)], dtype=float)
    number = np.array([[sums.obs["cells"][rows].sum()] for rows in (tested, ~tested)], dtype=float)
    share = positive.sum(axis=0) / number.sum()
    error = np.sqrt(share * (1 - share) * (1 / number).sum())
    with np.errstate(invalid="ignore", divide="ignore"):
        return 2 * ndtr(-np.abs(positive[0] / number[0] - positive[1] / number[1]) / error)


def at_own_depth(sums: AnnData) -> AnnData:
    """Return the sums with the detected cells in place of those expected at the common depth."""
    changed = sums.copy()
    changed.layers["expected"] = sums.layers["detected"].astype(float)
    changed.obs["cells_at_depth"] = sums.obs["cells"]
    return changed


def measure(patients: int, paired: bool, situation: str, sets: int) -> list[dict]:
    """Measure size and power of each way in one situation."""
    asked = SITUATIONS[situation]
    found: dict[str, list[tuple[float, ...]]] = {}
    for place in range(sets):
        random = np.random.default_rng([SEED, patients, paired, list(SITUATIONS).index(situation), place])
        adata = simulate(random, patients, paired, asked.get("depth", 1.0), asked.get("cells", 1.0))
        sums = cells.sum_cells(adata, "sample", "state", min_counts=1)
        design = "~ patient + exposure" if paired else "~ exposure"
        groups = {"exposure": ("imatinib", "untreated")}
        table = cells.test_fractions(sums, design, **groups)
        own = cells.test_fractions(at_own_depth(sums), design, **groups)
        tested = (table["status"] == "tested").to_numpy() & (own["status"] == "tested").to_numpy()
        null, changed = tested.copy(), tested.copy()
        null[:CHANGED] = changed[CHANGED:] = False
        null[GENES:] = False
        rare = null & (table["fraction"] < RARE).to_numpy()
        for way, p_value in (
            ("moderated t", table["p_value"].to_numpy()),
            ("plain t", table["plain_p_value"].to_numpy()),
            ("moderated t, own depth", own["p_value"].to_numpy()),
            ("cells counted", pooled_p_values(sums)),
        ):
            found.setdefault(way, []).append(
                (
                    np.mean(p_value[null] < 0.05),
                    np.mean(p_value[null] < 0.005),
                    np.mean(p_value[rare] < 0.05),
                    np.mean(p_value[changed] < 0.05),
                )
            )
    names = ("size", "size at 0.005", "size, rare genes", "power")
    start = {"design": "pairs" if paired else "groups", "patients": patients, "tested samples": situation}
    return [
        {**start, "way": way, **dict(zip(names, np.mean(held, axis=0), strict=True))} for way, held in found.items()
    ]


def measure_real(path: Path, repeats: int) -> pd.DataFrame:
    """Return the size in real cells: those of each sample divided at random, one part thinned to half its depth."""
    whole = read_h5ad(path)
    rows = []
    for condition in ("ctrl", "panobinostat"):
        part = whole[(whole.obs["condition"] == condition).to_numpy()]
        counts = part.X.toarray().astype(int)
        for words, kept in (("as they are", 1.0), ("half the depth", 0.5)):
            found: list[tuple[float, ...]] = []
            for place in range(repeats):
                random = np.random.default_rng([SEED, place])
                tested = random.random(len(counts)) < 0.5
                thinned = counts.copy()
                thinned[tested] = random.binomial(counts[tested], kept)
                obs = pd.DataFrame({"patient": part.obs["patient_id"].astype(str)}, index=part.obs_names)
                obs["exposure"] = np.where(tested, "imatinib", "untreated")
                obs["sample"] = obs["patient"] + obs["exposure"]
                adata = AnnData(thinned.astype(np.float32), obs, part.var)
                sums = cells.sum_cells(adata, "sample", min_umi=10, min_counts=1)
                groups = {"exposure": ("imatinib", "untreated")}
                table = cells.test_fractions(sums, "~ patient + exposure", **groups)
                own = cells.test_fractions(at_own_depth(sums), "~ patient + exposure", **groups)
                found.append(
                    (
                        (table["p_value"] < 0.05)[table["status"] == "tested"].mean(),
                        (own["p_value"] < 0.05)[own["status"] == "tested"].mean(),
                        np.mean(pooled_p_values(sums) < 0.05),
                    )
                )
            names = ("moderated t", "moderated t, own depth", "cells counted")
            sizes = dict(zip(names, np.mean(found, axis=0), strict=True))
            rows.append({"cells of": condition, "tested parts": words, **sizes})
    return pd.DataFrame(rows)


def measure_size_factors(repeats: int) -> pd.DataFrame:
    """Return the bias (log2) of the size factor of one sum of few cells among seven of 300 cells."""
    rows = []
    for few in (10, 20, 50, 100):
        found = []
        for place in range(repeats):
            random = np.random.default_rng([SEED, few, place])
            share = random.lognormal(0, 2.2, 15_000)
            true = np.array([few] + [300] * 7) * random.lognormal(np.log(2000), 0.2, 8)
            counts = random.poisson(share / share.sum() * random.gamma(20, 1 / 20, (8, 15_000)) * true[:, None])
            sums = AnnData(counts, var=pd.DataFrame(index=[f"g{g}" for g in range(15_000)]))
            chosen = sums.var_names.get_indexer(cells.size_factor_genes(sums))
            ways = ({}, {"method": "poscounts"}, {"method": "poscounts", "control_genes": chosen})
            logs = [np.log2(estimate_size_factors(counts, **way) / true) for way in ways]
            found.append([log[0] - log[1:].mean() for log in logs])
        names = ("`ratio`", "`poscounts`", "`poscounts` over `size_factor_genes`")
        rows.append({"cells": few, **dict(zip(names, np.mean(found, axis=0), strict=True))})
    return pd.DataFrame(rows)


def measure_codetection(sets: int, pairs: int = 150) -> pd.DataFrame:
    """Return how often pairs of genes are found to go together, with and without depth and state."""
    situations = [("nothing but depth, SD 0.5", 5, 0.5, 1, 1.0), ("nothing but depth, SD 0.8", 5, 0.8, 1, 1.0)]
    situations += [("two states, depth SD 0.5", 5, 0.5, 2, 1.0)]
    situations += [(f"coupled, {patients} patients", patients, 0.5, 1, 3.0) for patients in (3, 5, 8)]
    rows = []
    for number, (words, patients, spread, states, factor) in enumerate(situations):
        ways: dict[str, list[tuple[float, float]]] = {}
        for place in range(sets):
            random = np.random.default_rng([SEED, number, place])
            adata, asked = simulate_pairs(random, patients, pairs, spread, states, factor)
            positive = adata.X[:, : 2 * pairs].toarray() > 0
            one_table = [
                common_odds(positive[:, pair], positive[:, pairs + pair], np.zeros(len(positive), dtype=int))
                for pair in range(pairs)
            ]
            logs = np.array([odds.log_odds_ratio for odds in one_table])
            p_values = 2 * ndtr(-np.abs(logs) / np.sqrt([odds.variance for odds in one_table]))
            ways.setdefault("one table of all cells", []).append((np.mean(p_values < 0.05), np.median(logs)))
            for way, state in (("patients and depth", None), ("patients, depth and state", "state")):
                if state is None or states > 1:
                    found = cells.test_codetection(adata, asked, "patient", state).tests
                    found = found[found["status"] == "tested"]
                    held = (np.mean(found["p_value"] < 0.05), np.median(found["log_odds_ratio"]))
                    ways.setdefault(way, []).append(held)
        for way, held in ways.items():
            share, log = np.mean(held, axis=0)
            rows.append({"situation": words, "way": way, "p < 0.05": share, "odds ratio": np.exp(log)})
    return pd.DataFrame(rows)


PAGE = (
    """# Single cells: sums, detected fractions, and how well their tests do

Made by `python benchmarks/cells.py --cells {given} --out docs/cells.md`. What follows under *In Python* is run by a
test. [notebooks/cells.ipynb](notebooks/cells.ipynb) shows it on simulated cells.

## In Python

```python
import autocrine
from autocrine import cells

sums = cells.sum_cells(adata, sample="run", state="cell_type")
fractions = cells.test_fractions(sums, "~ patient + exposure", state="LSC", exposure=("imatinib", "untreated"))
lsc = sums[sums.obs["state"] == "LSC"]
genes = autocrine.fit(
    lsc,
    "~ patient + exposure",
    size_factor_method="poscounts",
    size_factor_genes=cells.size_factor_genes(lsc),
).test(exposure=("imatinib", "untreated"))
left_out = cells.lost(sums)
```

`adata` is an AnnData object, or the path of an `.h5ad` file, or of an `.h5` file or a folder of CellRanger or STARsolo
(`matrix.mtx`, barcodes and features), which is read twice in blocks and never as a whole; or a mapping of the samples
to their files, `{{"P1_imatinib": "runs/P1/filtered_feature_bc_matrix", ...}}`. Features that are no genes, such as
antibodies and peaks, are left out. States may be in a table of their own (`labels`, indexed by barcode). The
sums are an AnnData object with a row per sample and state, called `P1_imatinib.LSC`; `layers["detected"]` holds the
cells in which each gene has a count, `layers["expected"]` those that would have one at the common depth of the
state. Columns of `obs` that are the same in all cells of a sample, such as patient and exposure, come along; others
are given as a sheet, indexed by sample: `cells.test_fractions(sums, design, sheet, ...)`. `help(cells.sum_cells)` and
`help(cells.test_fractions)` describe all of it.

- **The unit is the patient.** Cells of one sample share all that happened to it. Taken for independent, they find
  differences where there are none (*cells counted* below).
- **At one depth.** A gene is detected in more cells where cells were read more deeply. Each cell with x counts among
  L counts has the chance 1 - (1 - T / L)^x that it keeps one when it is thinned to the common depth T, the 10 %
  quantile of the shallowest sample of the state. Nothing is drawn at random.
- **Few cells.** In rare genes the logit of a share of few cells is too high on average, so that groups of few cells
  would differ from others in all of them. That bias is computed and taken off.
- **What is left out is listed**, with the reason: cells without sample or state, sums of fewer than 20 cells or
  20,000 counts, and samples too shallow for fractions (`min_umi`, 500 counts).

## Size and power

{sets} simulated sets of {genes:,} genes in each situation, of which {changed} change twofold in their share of the
counts (half of them up). Numbers of patients are per group. *Size* is the share of unchanged genes with p < 0.05 (or
0.005), *rare* genes are seen in fewer than 5 % of the cells at the common depth, *power* is the share of changed genes
with p < 0.05. `p_value` of `test_fractions` is *moderated t*, `plain_p_value` is *plain t*. Groups have 60 to 1,500
cells a sample, half of them more than 300.

{tests}

The moderated t lies between {lowest:.3f} and {highest:.3f} in all situations. At the cells' own depth a difference in
depth is taken for one in expression, and cells that are counted as if they were patients are wrong everywhere.
Moderation lends from other genes, so it needs many: with fewer than 300 tested genes `test_fractions` takes the plain
t. The simulation has gamma noise, and neither ambient RNA nor doublets.

## Size in real cells

Cells of five patients (glioblastoma slices, 300 genes, 500 cells a sample; Zhao et al. 2021, GSE148842), those
of each sample divided at random into two parts, of which one was thinned to half its depth or not; {repeats} times
each. Nothing differs but depth. Parts of one sample have no difference between patients or samples in them, so that
cells may be counted here: only the depth is at fault.

{real}

## What few patients can show

Three patients can show large changes only. `detectable_odds_ratio` says for each gene what could have been seen.

## Size factors of sums of few cells

One sum of few cells among seven of 300: log2 of its estimated size factor over the true one ({repeats} simulated
sets of 15,000 genes).

{factors}

Most genes have no count in few cells, and a median over those that have one by chance takes the sum for deeper than
it is. `cells.size_factor_genes` takes the genes of which the smallest sum is expected to have 5 counts or more.

## Two genes in the same cells

```python
found = cells.test_codetection(adata, [("BMP4", "BMPR1B")], sample="run", state="cell_type", patient="patient")
found.tests, found.patients
```

asks whether two genes are detected in the same cells more often than depth and state explain: an odds ratio for each
patient within samples, states and 10 or 20 bins of depth (Mantel-Haenszel), and Student's t over patients. A patient
takes part where 5 or more cells with both genes are expected without any relation, and three such patients are needed.
Simulated here: 800 cells a patient, a ligand in 10 % and a receptor in 18 % of them, {pairs} pairs; *coupled* is a
receptor three times as high in cells rich in ligand. *Odds ratio* is the median over pairs.

{codetection}

One table of all cells finds nearly every pair of genes. What remains open: states within a state, and the cell cycle,
can still correlate two genes; doublets of two kinds of cells pull the odds ratio down where the other kind makes
one of the genes. A result says that two genes are seen in the same cells, never that one acts on the other.

{questions}

"""
    + TIME
)


def main() -> None:
    """Measure and write the page, or print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", type=int, default=20)
    parser.add_argument("--cells", type=int, nargs="+", default=[100_000])
    parser.add_argument("--out", type=Path)
    parser.add_argument(
        "--time-only", action="store_true", help="make only the section on time and memory of --out anew"
    )
    given = parser.parse_args()
    if given.time_only:
        if not given.out:
            parser.error("--time-only needs --out")
        section = TIME.format(time=as_markdown(measure_times(given.cells)))
        given.out.write_text(with_section(given.out.read_text(encoding="utf-8"), section), encoding="utf-8")
        return
    tests = pd.DataFrame(
        [
            row
            for paired in (True, False)
            for patients in (3, 5, 8)
            for situation in SITUATIONS
            for row in measure(patients, paired, situation, given.sets)
        ]
    )
    sizes = tests.loc[tests["way"] == "moderated t", "size"]
    page = PAGE.format(
        sets=given.sets,
        given=" ".join(map(str, given.cells)),
        genes=GENES,
        changed=CHANGED,
        repeats=given.sets,
        tests=as_markdown(tests),
        lowest=sizes.min(),
        highest=sizes.max(),
        real=as_markdown(measure_real(REAL, given.sets)),
        factors=as_markdown(measure_size_factors(given.sets)),
        pairs=150 * PAIR_SETS,
        codetection=as_markdown(measure_codetection(PAIR_SETS)),
        questions=write_sections(measure_all(QUESTION_SETS), QUESTION_SETS),
        time=as_markdown(measure_times(given.cells)),
    )
    page = page.rstrip() + "\n"
    if given.out:
        given.out.write_text(page, encoding="utf-8")
    else:
        print(page)


def with_section(page: str, section: str) -> str:
    """Return a page with one section in place of what is there under its heading."""
    heading = section.split("\n", 1)[0]
    before, found, after = page.partition(f"{heading}\n")
    if not found:
        raise SystemExit(f"the page has no section {heading!r}")
    _, next_heading, rest = after.partition("\n## ")
    return f"{before}{section.rstrip()}\n" + (f"{next_heading}{rest}" if next_heading else "")


if __name__ == "__main__":
    main()
