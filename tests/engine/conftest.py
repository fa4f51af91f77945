"""Sets with frozen R references, and the real sets beside the repository where they are there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

DATA = Path(__file__).parent / "data"
SHARED = Path(__file__).parents[2].parent / "shared"
REAL = {
    "pasilla": ("pasilla", ["type", "condition"], "condition", "treated", "untreated"),
    "airway": ("airway", ["cell", "dex"], "dex", "trt", "untrt"),
    "ptc_paired": ("ptc_paired", ["patient", "tissue"], "tissue", "tumour", "normal"),
    "bottomly": ("bottomly", ["experiment_number", "strain"], "strain", "DBA/2J", "C57BL/6J"),
    "mov10_oe_vs_kd": ("mov10_hek293", ["sampletype"], "sampletype", "MOV10_overexpression", "MOV10_knockdown"),
    "mov10_oe_vs_control": ("mov10_hek293", ["sampletype"], "sampletype", "MOV10_overexpression", "control"),
    "bap_day1_vs_day0": ("bap_hesc_io", ["day"], "day", "1", "0"),
    "sultan": ("sultan_hek_ramos", ["cell_line"], "cell_line", "Ramos B cell", "HEK293T"),
}


@dataclass(frozen=True)
class Case:
    """A data set, the contrast tested in it, and R's answers."""

    counts: pd.DataFrame
    samples: pd.DataFrame
    design: pd.DataFrame
    reduced: pd.DataFrame
    contrast: np.ndarray
    genes: pd.DataFrame
    fit: dict


def make_design(samples: pd.DataFrame, factors: list[str], references: dict[str, str]) -> pd.DataFrame:
    """Treatment-coded design with an intercept; columns of numbers enter as they are."""
    design = pd.DataFrame({"Intercept": 1.0}, index=samples.index)
    for factor in factors:
        if samples[factor].dtype.kind == "f":
            design[factor] = samples[factor]
            continue
        levels = sorted(samples[factor].unique())
        reference = references.get(factor, levels[0])
        for level in levels:
            if level != reference:
                design[f"{factor}:{level}"] = (samples[factor] == level).astype(float)
    return design


def contrast_of(design: pd.DataFrame, factor: str, tested: str, reference: str) -> np.ndarray:
    """Weights of tested minus reference."""
    weights = pd.Series(0.0, index=design.columns)
    for level, sign in ((tested, 1.0), (reference, -1.0)):
        if f"{factor}:{level}" in weights:
            weights[f"{factor}:{level}"] = sign
    return weights.to_numpy()


def read_simulated(name: str) -> Case:
    """A simulated set with its frozen reference."""
    counts = pd.read_csv(DATA / name / "counts.tsv.gz", sep="\t", index_col=0).T
    samples = pd.read_csv(DATA / name / "samples.tsv", sep="\t", index_col=0)
    genes = pd.read_csv(DATA / name / "genes.tsv.gz", sep="\t", index_col=0)
    keys = pd.read_csv(DATA / "fit.tsv", sep="\t")
    design = make_design(samples, list(samples.columns), {})
    tested = ("c", "b") if name == "three_levels" else ("b", "a")
    reduced = design[[c for c in design if not c.startswith("condition:")]]
    fit = dict(keys.loc[keys["set"] == name, ["key", "value"]].to_numpy())
    return Case(counts, samples, design, reduced, contrast_of(design, "condition", *tested), genes, fit)


def read_real(name: str) -> Case:
    """A real set, or a skip where the shared folder is absent."""
    folder, factors, factor, tested, reference = REAL[name]
    source, answers = SHARED / "data" / folder, SHARED / "reference" / name
    for path in (source, answers):
        if not path.is_dir():
            pytest.skip(f"../shared/{path.relative_to(SHARED)} is absent")
    counts = pd.read_csv(source / "counts.tsv.gz", sep="\t", index_col=0)
    samples = pd.read_csv(source / "samples.tsv", sep="\t", dtype=str)
    samples = samples.set_index(samples.columns[0]).loc[counts.columns]
    design = make_design(samples, factors, {factor: reference})
    reduced = design[[c for c in design if not c.startswith(f"{factor}:")]]
    genes = pd.read_csv(answers / "genes.tsv.gz", sep="\t", index_col=0)
    fit = dict(pd.read_csv(answers / "fit.tsv", sep="\t").to_numpy())
    fit["size_factors"] = pd.read_csv(answers / "size_factors.tsv", sep="\t")["size_factor"].to_numpy()
    return Case(counts.T, samples, design, reduced, contrast_of(design, factor, tested, reference), genes, fit)


@pytest.fixture(scope="session")
def data():
    """Folder of the frozen references."""
    return DATA


@pytest.fixture(scope="session")
def shared():
    """Path of something beside the repository, or a skip."""

    def find(name: str) -> Path:
        path = SHARED / name
        if not path.exists():
            pytest.skip(f"../shared/{name} is absent")
        return path

    return find


@pytest.fixture(scope="session")
def real():
    """Read a real set, or skip."""
    return read_real


@pytest.fixture(scope="session")
def simulated():
    """Read a simulated set once per session."""
    cache: dict[str, Case] = {}

    def read(name: str) -> Case:
        if name not in cache:
            cache[name] = read_simulated(name)
        return cache[name]

    return read


@pytest.fixture(scope="session")
def fitted(simulated):
    """Fit a simulated set once per session."""
    from autocrine import engine

    cache: dict[str, object] = {}

    def fit(name: str):
        if name not in cache:
            case = simulated(name)
            cache[name] = engine.fit_model(case.counts, case.design, threads=2)
        return cache[name]

    return fit
