"""Samples that hold the same cells."""

import numpy as np
import pandas as pd

from autocrine.cells.copies import check_copies
from autocrine.cells.labels import label_cells
from autocrine.problems import Findings


def copies_in(table):
    findings = Findings()
    labels = label_cells(table, "sample", None, "cells", findings)
    depth, genes = table["depth"].to_numpy(), table["genes"].to_numpy()
    check_copies(table.index, labels, depth, genes, "cells", findings)
    return [problem.found for problem in findings.problems]


def run(sample, seed, n=200, kit=250):
    """Return cells of one sample; a kit of few barcodes has most of them come up in every sample."""
    random = np.random.default_rng(seed)
    barcodes = random.choice([f"AC{place}" for place in range(kit)], n, replace=False)
    depth = random.poisson(60, n)
    return pd.DataFrame({"sample": sample, "depth": depth, "genes": depth // 2 + random.integers(0, 6, n)}, barcodes)


def test_barcodes_that_come_up_by_chance_are_no_copies():
    assert copies_in(pd.concat([run("a", 1), run("b", 2), run("c", 3)])) == []


def test_copies_are_reported_also_of_a_part_and_of_several():
    first, other = run("a", 1), run("b", 2, kit=4000)
    words = "the same barcodes with the same counts in several samples: "
    assert copies_in(pd.concat([first, other, first.assign(sample="c")])) == [f"{words}a = c (200 cells)"]
    assert copies_in(pd.concat([first, first.assign(sample="c")[:90]])) == [f"{words}a = c (90 cells)"]
    half = pd.concat([first.assign(sample="c")[:90], run("c", 5, 120).set_axis([f"x{p}" for p in range(120)])])
    assert copies_in(pd.concat([first, half])) == []
    copies = [first, first.assign(sample="c"), other, other.assign(sample="d")]
    assert copies_in(pd.concat(copies)) == [f"{words}a = c (200 cells), b = d (200 cells)"]


def test_cells_of_few_counts_say_nothing():
    empty = run("a", 1).assign(depth=3, genes=3)
    assert copies_in(pd.concat([empty, empty.assign(sample="b")])) == []
