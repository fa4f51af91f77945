"""`autocrine.Inference` in PyDESeq2 against its default inference: processor time and numbers, on the same counts.

Usage: python benchmarks/pydeseq2_inference.py [SET ...] (sets of ../shared/data, and `simulated`: 200 samples; about 12
minutes of one processor for all, nearly all of it the default inference). `--order` compares the default inference with
itself, the samples listed in another order.
"""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from pydeseq2.dds import DeseqDataSet
from pydeseq2.default_inference import DefaultInference
from pydeseq2.ds import DeseqStats

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "workflow" / "scripts"))

from autocrine import Inference  # noqa: E402

SHARED = ROOT.parent / "shared" / "data"
ASKED = {
    "airway": ("~cell + dex", ["dex", "trt", "untrt"]),
    "pasilla": ("~type + condition", ["condition", "treated", "untreated"]),
    "mov10_hek293": ("~sampletype", ["sampletype", "MOV10_overexpression", "control"]),
    "bottomly": ("~experiment_number + strain", ["strain", "DBA/2J", "C57BL/6J"]),
    "ptc_paired": ("~patient + tissue", ["tissue", "tumour", "normal"]),
    "simulated": ("~batch + group", ["group", "b", "a"]),
}
LEAST_READS = 10
ALPHA = 0.05


def read(name: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return counts (samples x genes with ten reads or more) and sheet."""
    if name == "simulated":
        random = np.random.default_rng(1)
        sheet = pd.DataFrame(
            {"batch": list("wxyz") * 50, "group": ["a"] * 100 + ["b"] * 100}, [f"s{i}" for i in range(200)]
        )
        mean = random.lognormal(4, 1.5, 2000) * np.where(sheet[["group"]] == "b", random.lognormal(0, 0.3, 2000), 1)
        shape = 1 / random.lognormal(-1.5, 0.7, 2000)
        return pd.DataFrame(random.poisson(random.gamma(shape, mean / shape)), sheet.index).rename(columns=str), sheet
    counts = pd.read_csv(SHARED / name / "counts.tsv.gz", sep="\t", index_col=0).T
    sheet = pd.read_csv(SHARED / name / "samples.tsv", sep="\t", index_col=0).astype(str)
    counts = counts.loc[sheet.index]
    return counts.loc[:, counts.sum() >= LEAST_READS].astype(int), sheet


def solve(counts: pd.DataFrame, sheet: pd.DataFrame, name: str, inference: DefaultInference):
    """Return processor seconds, genes and results."""
    design, contrast = ASKED[name]
    started = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data = DeseqDataSet(counts=counts, metadata=sheet, design=design, inference=inference, quiet=True)
        data.deseq2()
        stats = DeseqStats(data, contrast=contrast, inference=inference, quiet=True)
        stats.summary()
    return time.process_time() - started, data.var, stats.results_df


def main() -> None:
    """Print a row per set."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="*", default=list(ASKED), choices=[*ASKED, []], metavar="SET")
    parser.add_argument("--order", action="store_true")
    options = parser.parse_args()
    print("| set | samples, genes | seconds | times faster | other gene-wise dispersions | calls | changed |")
    print("|---|---|---|---|---|---|---|")
    for name in options.sets:
        counts, sheet = read(name)
        slow, genes, table = solve(counts, sheet, name, DefaultInference(n_cpus=1))
        if options.order:
            places = np.random.default_rng(1).permutation(len(sheet))
            fast, others, other = solve(counts.iloc[places], sheet.iloc[places], name, DefaultInference(n_cpus=1))
        else:
            solve(counts.iloc[:, :200], sheet, name, Inference(n_cpus=1))
            fast, others, other = solve(counts, sheet, name, Inference(n_cpus=1))
        differ = (genes["genewise_dispersions"] / others["genewise_dispersions"] - 1).abs() > 1e-6
        called, again = table["padj"] < ALPHA, other["padj"] < ALPHA
        print(
            f"| {name} | {counts.shape[0]}, {counts.shape[1]:,} | {slow:.1f}, {fast:.2f} | {slow / fast:.0f} | "
            f"{int(differ.sum())} | {int(called.sum()):,} | {int((called != again).sum())} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
