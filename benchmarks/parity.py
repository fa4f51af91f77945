"""The parity table: our engine and default PyDESeq2 against R DESeq2's frozen answers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from simulate import make_design
from worker import ALPHA, with_pydeseq2

ROOT = Path(__file__).resolve().parents[1]
SIMULATED = ROOT / "tests" / "engine" / "data"
SHARED = ROOT.parent / "shared"
REAL = {
    "pasilla": ("pasilla", ["type", "condition"], "treated", "untreated"),
    "airway": ("airway", ["cell", "dex"], "trt", "untrt"),
    "ptc_paired": ("ptc_paired", ["patient", "tissue"], "tumour", "normal"),
    "bottomly": ("bottomly", ["experiment_number", "strain"], "DBA/2J", "C57BL/6J"),
    "mov10_oe_vs_kd": ("mov10_hek293", ["sampletype"], "MOV10_overexpression", "MOV10_knockdown"),
    "mov10_oe_vs_control": ("mov10_hek293", ["sampletype"], "MOV10_overexpression", "control"),
    "bap_day1_vs_day0": ("bap_hesc_io", ["day"], "1", "0"),
    "sultan": ("sultan_hek_ramos", ["cell_line"], "Ramos B cell", "HEK293T"),
}
NAMES = {
    "log2FoldChange": "log2_fc", "lfcSE": "lfc_se", "padj": "adj_p_value", "baseMean": "base_mean",
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """Counts (samples x genes), a design whose last column is tested, and R's answers."""

    counts: pd.DataFrame
    design: pd.DataFrame
    genes: pd.DataFrame
    size_factors: np.ndarray
    trend: tuple[float, float]
    prior_variance: float


def read_cases() -> dict[str, Case | None]:
    """All sets; None for the real ones where the folder beside the repository is absent."""
    cases: dict[str, Case | None] = {}
    for name, (folder, factors, tested, reference) in REAL.items():
        source, answers = SHARED / "data" / folder, SHARED / "reference" / name
        if not (source.is_dir() and answers.is_dir()):
            cases[name] = None
            continue
        counts = pd.read_csv(source / "counts.tsv.gz", sep="\t", index_col=0)
        samples = pd.read_csv(source / "samples.tsv", sep="\t", dtype=str)
        samples = samples.set_index(samples.columns[0]).loc[counts.columns, factors]
        design = make_design(samples, {factors[-1]: reference})
        column = f"{factors[-1]}:{tested}"
        design = design[[c for c in design if c != column] + [column]]
        genes = pd.read_csv(answers / "genes.tsv.gz", sep="\t", index_col=0).rename(columns=NAMES)
        fit = dict(pd.read_csv(answers / "fit.tsv", sep="\t").to_numpy())
        factors_r = pd.read_csv(answers / "size_factors.tsv", sep="\t")["size_factor"].to_numpy()
        trend = float(fit["trend_asymptotic"]), float(fit["trend_extra_poisson"])
        cases[name] = Case(counts.T, design, genes, factors_r, trend, float(fit["disp_prior_var"]))
    keys = pd.read_csv(SIMULATED / "fit.tsv", sep="\t")
    for folder in sorted(path for path in SIMULATED.iterdir() if (path / "genes.tsv.gz").exists()):
        fit = dict(keys.loc[keys["set"] == folder.name, ["key", "value"]].to_numpy())
        counts = pd.read_csv(folder / "counts.tsv.gz", sep="\t", index_col=0).T
        samples = pd.read_csv(folder / "samples.tsv", sep="\t", index_col=0)
        numeric = samples.select_dtypes("number")
        reference = {"condition": "b"} if folder.name == "three_levels" else None
        design = make_design(samples.drop(columns=numeric.columns), reference)
        for column in numeric:
            design.insert(1, column, numeric[column].to_numpy(float))
        genes = pd.read_csv(folder / "genes.tsv.gz", sep="\t", index_col=0)
        size_factors = np.array(fit["size_factors"].split(","), float)
        trend = float(fit["asymptotic"]), float(fit["extra_poisson"])
        cases[f"simulated: {folder.name}"] = Case(
            counts, design, genes, size_factors, trend, float(fit["prior_variance"])
        )
    return cases


def compare(case: Case, threads: int, with_default: bool) -> dict:
    """Differences of one set.

    Parameters
    ----------
    case : Case
        The set.
    threads : int
        Threads, and processes of PyDESeq2.
    with_default : bool
        Whether default PyDESeq2 is run too.

    Returns
    -------
    dict
        Counts of calls and changed calls, percentiles of differences, genes whose fold change differs
        by more than 1e-3.
    """
    from autocrine import engine

    fit = engine.fit_model(case.counts, case.design, threads=threads)
    found = engine.test_contrast(fit, np.eye(case.design.shape[1])[-1])
    adjusted, _ = engine.adjust_p_values(found["p_value"], fit.genes["base_mean"], ALPHA)
    r = case.genes
    r_calls = (r["adj_p_value"] < ALPHA).to_numpy()
    fold = (found["log2_fc"] - r["log2_fc"]).abs()
    row = {
        "genes": len(r),
        "samples": len(case.design),
        "residual_df": len(case.design) - case.design.shape[1],
        "fit_type": fit.trend["fit_type"],
        "r_calls": int(r_calls.sum()),
        "changed": int(((adjusted < ALPHA) != r_calls).sum()),
        "size_factors": float(np.abs(fit.size_factors / case.size_factors - 1).max()),
        "trend": float(
            np.nanmax(np.abs(np.array([fit.trend["asymptotic"], fit.trend["extra_poisson"]]) / case.trend - 1))
        )
        if fit.trend["fit_type"] == "parametric"
        else None,
        "prior": abs(fit.prior_variance / case.prior_variance - 1),
        "log2_fc": _p99(fold),
        "lfc_se": _p99(found["lfc_se"] / r["lfc_se"] - 1),
        "adj_p_value": _p99(adjusted - r["adj_p_value"]),
        "apart": {str(g): [float(found["log2_fc"][g]), float(r["log2_fc"][g])] for g in fold.index[fold > 1e-3]},
    }
    if with_default:
        default = with_pydeseq2(case.counts.to_numpy(), case.design, threads)
        row["default_changed"] = int(((default < ALPHA) != r_calls).sum())
    return row


def _p99(difference: pd.Series | np.ndarray) -> float:
    values = np.abs(np.asarray(difference, dtype=float))
    values = values[np.isfinite(values)]
    return float(np.percentile(values, 99)) if len(values) else 0.0
