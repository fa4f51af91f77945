"""Random designs on real counts, answered by the engine and by the installed R DESeq2, side by side.

Usage: python benchmarks/parity_fuzz.py --work FOLDER (about 20 minutes of one processor, nearly all of it R's), which
prints the table of differences; a second run with the same folder keeps R's answers. --designs says how many, and
--freeze writes R's answers to the designs of `FROZEN` for tests/engine/test_parity_fuzz.py.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "workflow" / "scripts"), str(ROOT / "benchmarks")]

from random_designs import KINDS, SPARSE, Problem, make_problem  # noqa: E402

ALPHA = 0.05
# Seed and number: each kind of design once, and designs whose trend an earlier version took for unfit (sparse counts).
FROZEN = [
    *[(1, number) for number in range(12)],
    (1, 31),
    (1, 57),
    (1, 81),
    (2, 9),
    (2, 69),
    (2, 513),
    (2, 58),
    (2, 1042),
]
FROZEN_GENES = 60
EXPLANATIONS = (
    "Causes found so far:", "",
    "- Seed 2, number 994 and seed 1, number 9 (same calls): one gene whose likelihood is flat towards zero dispersion "
    "ends above the limit from which genes enter the trend (1e-6) in the engine and below it in R, whose rounding "
    "noise there is larger than its own stopping rule (see [statistics.md](statistics.md), gene-wise dispersions).",
    "- Seed 2, number 526: both give up the parametric trend; the local ones give priors that differ by 0.3 %.",
    "- Seed 2, number 909: the same p-values (within 1e-11); independent filtering leaves out 6 genes here, none in R.",
)  # fmt: skip


def write_problem(folder: Path, problem: Problem) -> None:
    """Write a design as `parity_fuzz.R` reads it."""
    folder.mkdir(parents=True, exist_ok=True)
    problem.counts.T.to_csv(folder / "counts.tsv", sep="\t", index_label="gene")
    problem.design.to_csv(folder / "design.tsv", sep="\t", index_label="sample", float_format="%.17g")
    (folder / "contrast.tsv").write_text("\n".join(map(str, problem.contrast)) + "\n")
    if problem.levels:
        problem.sheet.to_csv(folder / "samples.tsv", sep="\t", index_label="sample", float_format="%.17g")
        (folder / "formula.txt").write_text(problem.formula + "\n")
        (folder / "levels.txt").write_text("\n".join(problem.levels) + "\n")
    if problem.poscounts:
        (folder / "sizes.txt").write_text("poscounts\n")
    if problem.factors is not None:
        problem.factors.T.to_csv(folder / "factors.tsv", sep="\t", index_label="gene", float_format="%.17g")


def solve(problem: Problem) -> tuple[pd.DataFrame, object]:
    """Return the engine's table and fit."""
    from autocrine import engine

    given = {"size_factor_method": "poscounts" if problem.poscounts else "ratio"}
    if problem.factors is not None:
        given = {"normalization_factors": problem.factors.to_numpy()}
    fit = engine.fit_model(problem.counts, problem.design, **given)
    table = engine.test_contrast(fit, problem.contrast)
    table["adj_p_value"] = engine.adjust_p_values(table["p_value"], fit.genes["base_mean"], ALPHA)[0]
    return table, fit


def compare(problem: Problem, folder: Path) -> dict:
    """Set the engine's answer beside R's."""
    if (folder / "error.txt").exists():
        return {"error": (folder / "error.txt").read_text().strip()}
    theirs = pd.read_csv(folder / "genes.tsv", sep="\t", index_col="gene")
    r_fit = dict(pd.read_csv(folder / "fit.tsv", sep="\t").to_numpy())
    ours, fit = solve(problem)
    theirs = theirs.reindex(ours.index)
    called, r_called = (ours["adj_p_value"] < ALPHA), (theirs["adj_p_value"] < ALPHA)
    differ = called != r_called
    # R calls genes without a read in the compared groups of some designs; no test can say anything of them.
    nothing = (ours["log2_fc"] == 0) & (ours["p_value"] == 1)
    return {
        "calls": int(r_called.sum()),
        "changed": int(differ.sum()),
        "changed_unseen": int((differ & nothing).sum()),
        "fit_type": fit.trend["fit_type"],
        "r_fit_type": r_fit["fit_type"],
        "prior_ratio": fit.prior_variance / float(r_fit["prior_variance"]),
        "genes": [str(gene) for gene in ours.index[differ]][:5],
    }


def main() -> None:
    """Draw, ask R, compare and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--designs", type=int, default=216, help="designs of all kinds in turn")
    parser.add_argument("--sparse", type=int, default=220, help="further designs of sparse counts")
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "parity.md")
    parser.add_argument("--freeze", action="store_true", help="only write R's answers to the frozen designs")
    options = parser.parse_args()
    if options.freeze:
        freeze(options.work)
        return
    places = [place for place, kind in enumerate(KINDS) if kind in SPARSE]
    more = [(2, len(KINDS) * (i // len(places)) + places[i % len(places)]) for i in range(options.sparse)]
    drawn = [*((1, number) for number in range(options.designs)), *more]
    problems = {}
    for seed, number in drawn:
        problems[seed, number] = make_problem(number, seed)
        folder = options.work / f"{seed}-{number:04d}"
        if not (folder / "counts.tsv").exists():
            write_problem(folder, problems[seed, number][1])
    version, rows = ask_r(options.work), []
    for (seed, number), (kind, problem) in problems.items():
        samples, coefficients = problem.design.shape
        shape = {"samples": samples, "coefficients": coefficients}
        found = compare(problem, options.work / f"{seed}-{number:04d}")
        rows.append({"seed": seed, "number": number, "kind": kind, **shape, **found})
    options.out.write_text(write_page(pd.DataFrame(rows), version), encoding="utf-8")


def ask_r(work: Path) -> str:
    """Let R answer the designs of a folder that have no answer; return the version of DESeq2."""
    command = ["Rscript", str(ROOT / "benchmarks" / "parity_fuzz.R"), str(work)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.split()[-1]


def freeze(work: Path) -> None:
    """Write R's answers to the frozen designs: the trend, all calls and some of the other genes."""
    for seed, number in FROZEN:
        write_problem(work / f"{seed}-{number:04d}", make_problem(number, seed)[1])
    version, genes, fits = ask_r(work), [], []
    for seed, number in FROZEN:
        folder, place = work / f"{seed}-{number:04d}", {"seed": seed, "number": number}
        table = pd.read_csv(folder / "genes.tsv", sep="\t")
        others = table[~(table["adj_p_value"] < ALPHA)].sample(FROZEN_GENES, random_state=1)
        chosen = pd.concat([table[table["adj_p_value"] < ALPHA], others]).sort_index()
        genes.append(chosen[["gene", "log2_fc", "lfc_se", "p_value", "adj_p_value"]].assign(**place))
        fits.append({**place, **dict(pd.read_csv(folder / "fit.tsv", sep="\t").to_numpy()), "deseq2": version})
    target = ROOT / "tests" / "references" / "parity_fuzz"
    target.mkdir(parents=True, exist_ok=True)
    table = pd.concat(genes)
    table = table[["seed", "number", *(name for name in table if name not in ("seed", "number"))]]
    packing = {"method": "gzip", "mtime": 0}
    table.to_csv(target / "genes.tsv.gz", sep="\t", index=False, float_format="%.7g", compression=packing)
    pd.DataFrame(fits).to_csv(target / "fits.tsv", sep="\t", index=False)


def write_page(table: pd.DataFrame, version: str) -> str:
    """Write the differences by kind of design, and the designs that differ, in Markdown."""
    answered = table[table["calls"].notna()]
    refused = table[table["calls"].isna()]
    calls, changed = int(answered["calls"].sum()), int(answered["changed"].sum())
    trends = int((answered["fit_type"] != answered["r_fit_type"]).sum())
    lines = [
        "# Random designs against R", "",
        "Made by `python benchmarks/parity_fuzz.py --work FOLDER`, which draws designs on real counts "
        f"(../shared/data), lets the installed R answer them, and compares. R DESeq2 {version}; "
        f"calls are adjusted p-values below {ALPHA}.",
        "",
        f"{len(answered)} designs, {calls:,} calls of R, {changed} changed ({changed / max(calls, 1):.2%}); "
        f"{trends} with another type of trend; {len(refused)} that R refused.", "",
        "| design | number | R's calls | changed calls | of them without a read where compared | other trend |",
        "|---|---|---|---|---|---|",
    ]  # fmt: skip
    for kind, rows in [*answered.groupby("kind", sort=False), ("all", answered)]:
        other = (rows["fit_type"] != rows["r_fit_type"]).sum()
        counts = " | ".join(str(int(rows[name].sum())) for name in ("calls", "changed", "changed_unseen"))
        lines.append(f"| {kind} | {len(rows)} | {counts} | {other} |")
    lines += ["", "Designs that differ:", "",
              "| seed, number | design | samples, coefficients | R's calls | changed | trend, R's | prior / R's |",
              "|---|---|---|---|---|---|---|"]  # fmt: skip
    differing = answered[(answered["changed"] > 0) | (answered["fit_type"] != answered["r_fit_type"])]
    for row in differing.itertuples():
        lines.append(
            f"| {row.seed}, {row.number} | {row.kind} | {row.samples}, {row.coefficients} | {int(row.calls)} | "
            f"{int(row.changed)} | {row.fit_type}, {row.r_fit_type} | {row.prior_ratio:.4f} |"
        )
    lines += ["", *EXPLANATIONS, ""]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
