"""Simulated sets and R limma's answers to them (make_reference.R)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

DATA = Path(__file__).parent / "data"
SHARED = Path(__file__).parents[2].parent / "shared"


class Answers:
    """The tables of make_reference.R, by name and case."""

    def __init__(self, prefix: str = ""):
        self.prefix, self.tables = prefix, {}

    def table(self, name: str, case: str) -> pd.DataFrame:
        """Return the rows of a case, without columns that are empty in all of them."""
        if name not in self.tables:
            self.tables[name] = pd.read_csv(DATA / f"{self.prefix}{name}.tsv.gz", sep="\t", low_memory=False)
        rows = self.tables[name]
        found = rows[rows["case"] == case].drop(columns="case")
        assert len(found), f"no case {case} in {name}"
        return found.reset_index(drop=True)

    def genes(self, case: str) -> pd.DataFrame:
        """Return answers per gene."""
        return self.table("genes", case).set_index("gene").dropna(axis=1, how="all")

    def matrix(self, name: str, case: str) -> pd.DataFrame:
        """Return a matrix, samples x genes."""
        return self.table(name, case).set_index("gene").T

    def samples(self, case: str) -> np.ndarray:
        """Return one value per sample."""
        return self.table("samples", case)["value"].to_numpy()

    def numbers(self, case: str) -> dict[str, float]:
        """Return single numbers."""
        return dict(self.table("numbers", case).to_numpy())


@pytest.fixture(scope="session")
def answers():
    """R's answers to the simulated sets."""
    return Answers()


@pytest.fixture(scope="session")
def real_answers():
    """R's answers to the real sets."""
    return Answers("real_")


@pytest.fixture(scope="session")
def counts(answers):
    """Simulated counts, samples x genes."""
    return answers.matrix("counts", "counts")


@pytest.fixture(scope="session")
def design(answers):
    """The design of the simulated sets."""
    return answers.table("design", "design").set_index("sample").drop(columns="block")


@pytest.fixture(scope="session")
def blocks(answers):
    """The blocks of the simulated sets."""
    return answers.table("design", "design")["block"].to_numpy()


@pytest.fixture(scope="session")
def arrays(answers):
    """Simulated values as of arrays."""
    return answers.matrix("expression", "arrays")


@pytest.fixture(scope="session")
def gappy(answers):
    """The same with missing values."""
    return answers.matrix("expression", "missing")


@pytest.fixture(scope="session")
def precision(answers):
    """Weights per value."""
    return answers.matrix("weights", "arrays")


@pytest.fixture(scope="session")
def shared():
    """Path of something beside the repository, or a skip."""

    def find(name: str) -> Path:
        path = SHARED / name
        if not path.exists():
            pytest.skip(f"../shared/{name} is absent")
        return path

    return find
