"""Size and power of `random: patient` with half pairs and with repeated samples, against what else one may do.

    python benchmarks/repeated_measures.py [--sets 30] [--out docs/repeated_measures.md]

Counts are simulated: gamma noise within a patient, a patient effect of each gene, uneven depth.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "workflow" / "scripts")]

from autocrine.design.blocks import FEWEST_BLOCKS  # noqa: E402
from autocrine.design.question import Statistics, make_model  # noqa: E402
from autocrine.engine import EngineError  # noqa: E402
from autocrine.input.schema import parse_yaml, with_defaults  # noqa: E402
from autocrine.problems import Findings  # noqa: E402
from autocrine.results.analysis import analyse  # noqa: E402

GENES, CHANGED, EFFECT, SEED = 2000, 200, 1.0, 20261128
CONFIG = parse_yaml((ROOT / "workflow/schemas/config.schema.yaml").read_text(encoding="utf-8"))
SCHEMA = CONFIG["properties"]["models"]["additionalProperties"]
STATISTICS = Statistics(0.05, 1.0, 0.8)


def simulate(random: np.random.Generator, sheet: pd.DataFrame, tested: np.ndarray, like: float) -> pd.DataFrame:
    """Return counts (samples x genes), of which the first `CHANGED` genes change in the tested samples.

    `like` is the share of the variance of log expression, beside the counting noise, that patients make.
    """
    mean = random.lognormal(4.5, 1.3, GENES)
    total = random.gamma(3.0, 0.1, GENES) + 0.05
    share = np.clip(random.normal(like, 0.15, GENES), 0, 0.95)
    patients = pd.factorize(sheet["patient"])[0]
    effect = (random.standard_normal((patients.max() + 1, GENES)) * np.sqrt(total * share))[patients]
    change = np.where(np.arange(GENES) < CHANGED, EFFECT * np.log(2) * random.choice([-1, 1], GENES), 0)
    depth = random.uniform(0.5, 2, len(sheet))
    expected = np.exp(np.log(mean) + effect + tested[:, None] * change) * depth[:, None]
    within = np.maximum(total * (1 - share), 1e-3)
    counts = random.poisson(random.gamma(1 / within, expected * within))
    return pd.DataFrame(counts, index=sheet.index, columns=[f"g{i}" for i in range(GENES)])


def pairs(random: np.random.Generator, patients: int, half: float) -> pd.DataFrame:
    """Return a sheet of patients before and after, of whom a share lacks one sample."""
    rows = [(f"P{i:02d}", time) for i in range(patients) for time in ("after", "before")]
    lone = random.permutation(patients)[: round(half * patients)]
    lost = {(f"P{i:02d}", ("after", "before")[place % 2]) for place, i in enumerate(lone)}
    sheet = pd.DataFrame([row for row in rows if row not in lost], columns=["patient", "group"])
    return sheet.set_axis([f"s{i}" for i in range(len(sheet))])


def repeats(random: np.random.Generator, patients: int) -> pd.DataFrame:
    """Return a sheet of two groups of patients with one to three samples each."""
    rows = [(f"P{i:02d}", ("after", "before")[i % 2]) for i in range(patients) for _ in range(random.integers(1, 4))]
    sheet = pd.DataFrame(rows, columns=["patient", "group"])
    return sheet.set_axis([f"s{i}" for i in range(len(sheet))])


WAYS = {
    "pairs": {"design": "~ patient + group", "incomplete_pairs": "drop"},
    "random": {"design": "~ group", "random": "patient"},
    "as if all were patients": {"design": "~ group", "repeated_patients": "keep"},
}


def ask(counts: pd.DataFrame, sheet: pd.DataFrame, way: str) -> np.ndarray:
    """Return moderated p-values of all genes, NaN where one has none."""
    entry = {"contrasts": {"c": {"factor": "group", "tested": "after", "reference": "before"}}, **WAYS[way]}
    findings = Findings()
    model = make_model("m", with_defaults(entry, SCHEMA))
    analysis = analyse(counts, sheet, model, STATISTICS, "m", findings)
    if analysis is None:
        raise EngineError("; ".join(problem.found for problem in findings.problems))
    return analysis.tabulate(model.contrasts["c"])[0]["moderated_p_value"].to_numpy()


def study(kind: str, patients: int, like: float, sets: int) -> list[dict]:
    """Measure size and power of each way in one situation."""
    found: dict[str, list[tuple[float, float]]] = {}
    for number in range(sets):
        random = np.random.default_rng([SEED, patients, number, int(100 * like), kind == "pairs"])
        sheet = pairs(random, patients, 0.3) if kind == "pairs" else repeats(random, patients)
        counts = simulate(random, sheet, (sheet["group"] == "after").to_numpy(dtype=float), like)
        for way in WAYS if kind == "pairs" else list(WAYS)[1:]:
            if way == "random" and (sheet["patient"].value_counts() > 1).sum() < FEWEST_BLOCKS:
                continue
            p_value = ask(counts, sheet, way)
            changed, rest = p_value[:CHANGED], p_value[CHANGED:]
            found.setdefault(way, []).append(
                (np.mean(rest[~np.isnan(rest)] < 0.05), np.mean(changed[~np.isnan(changed)] < 0.05))
            )
    return [
        {"situation": kind, "patients": patients, "alike": like, "way": way,
         "size": np.mean([a for a, _ in held]), "power": np.mean([b for _, b in held])}
        for way, held in found.items()
    ]  # fmt: skip


def worked_example() -> pd.DataFrame:
    """Count genes called in pairs of tumour and normal tissue (ptc_paired), all and without one normal."""
    folder = ROOT.parent / "shared" / "data" / "ptc_paired"
    counts = pd.read_csv(folder / "counts.tsv.gz", sep="\t", index_col=0).T
    sheet = pd.read_csv(folder / "samples.tsv", sep="\t", dtype=str).set_index("sample")
    sheet = sheet.rename(columns={"tissue": "group"})[["patient", "group"]]
    sheet["group"] = sheet["group"].map({"tumor": "after", "tumour": "after", "normal": "before"})
    left_out = sheet.index[sheet["group"] == "before"][0]
    rows = []
    for words, samples in (("all pairs", sheet.index), (f"without {left_out}", sheet.index.drop(left_out))):
        for way in ("pairs", "random"):
            findings = Findings()
            entry = {"contrasts": {"c": {"factor": "group", "tested": "after", "reference": "before"}}, **WAYS[way]}
            model = make_model("m", with_defaults(entry, SCHEMA))
            analysis = analyse(counts.loc[samples], sheet.loc[samples], model, STATISTICS, "m", findings)
            assert analysis is not None, findings.problems
            table = analysis.tabulate(model.contrasts["c"])[0]
            rows.append(
                {"samples": words, "way": way, "fitted": len(analysis.design.matrix),
                 "called": int((table["moderated_adj_p_value"] < 0.05).sum()),
                 "interval": float((table["ci_high"] - table["ci_low"])[table["base_mean"] >= 10].median())}
            )  # fmt: skip
    return pd.DataFrame(rows)


PAGE = """# Repeated measures: size and power

Made by `python benchmarks/repeated_measures.py --out docs/repeated_measures.md`; {sets} simulated sets of {genes:,}
genes in each situation, of which {changed} change twofold. *Size* is the share of unchanged genes with p < 0.05 by
the test that panel genes, claims and intervals rest on, *power* that of the changed ones. *Alike* is the share of the
variance, beside counting noise, that patients make.

`random: patient` fits weighted linear models in which a patient's samples have one correlation, estimated over all
genes. *Pairs* is the design `~ patient + group` with complete pairs only, *as if all were patients* the design `~
group`.

## Half pairs

Patients before and after, of whom three in ten lack one of the two samples. Pairs leave these patients out; without
the patient the test loses what pairs are for.

{pairs}

## Repeated samples

Two groups of patients, with one to three samples each. Taken for as many patients, repeated samples make the test
wrong.

{repeats}

## A real set

Tumour and normal tissue of eight patients (`../shared/data/ptc_paired`), and the same without one normal sample:
samples that were fitted, genes called by the moderated test, and the median width of intervals of genes with a mean
count of 10 or more. Both ways differ in the models too, negative binomial or linear.

{example}

## When to use which

- **All pairs are complete, one sample each**: the patient in the design. It needs no assumption about how alike a
  patient's samples are, and is the default.
- **Some patients lack a sample, or have several at uneven times**: `random: patient`. It uses all samples, and
  compares within patients as far as there are pairs and between patients else.
- **Technical replicates of one specimen**: `sum_by`, which adds counts up. They are no repeated measures.
- **Fewer than three patients with two samples or more**: neither; the run says so.
"""


def main() -> None:
    """Measure and write the page, or print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", type=int, default=12)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    rows = pd.DataFrame(
        [
            row
            for kind in ("pairs", "repeats")
            for patients in (6, 10, 20)
            for like in (0.2, 0.5, 0.8)
            for row in study(kind, patients, like, given.sets)
        ]
    )
    tables = {
        kind: _markdown(rows[rows["situation"] == kind].drop(columns="situation")) for kind in ("pairs", "repeats")
    }
    page = PAGE.format(sets=given.sets, genes=GENES, changed=CHANGED, **tables, example=_markdown(worked_example()))
    if given.out:
        given.out.write_text(page, encoding="utf-8")
    else:
        print(page)


def _markdown(table: pd.DataFrame) -> str:
    lines = [list(table.columns), ["---"] * table.shape[1]]
    for row in table.itertuples(index=False):
        lines.append(
            [f"{cell:.3f}" if isinstance(cell, float) and cell != round(cell, 1) else str(cell) for cell in row]
        )
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


if __name__ == "__main__":
    main()
