"""Figures of gene tables leave a notebook's style and backend alone."""

import os
import subprocess
import sys

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

import autocrine
from autocrine import plots
from tests.conftest import REPOSITORY

OUTCOMES = ["changed", "changed", "equivalent", "small_change", "undetermined"]


@pytest.fixture
def genes():
    random = np.random.default_rng(1)
    effect = np.array([2.0, -2.0, 0.0, 0.4, np.nan])
    table = pd.DataFrame(
        {
            "gene_id": [f"ENSG{i}" for i in range(5)],
            "gene_name": list("ABCDE"),
            "base_mean": random.lognormal(5, 1, 5),
            "log2_fc": effect,
            "ci_low": effect - 0.3,
            "ci_high": effect + 0.3,
            "p_value": [1e-9, 1e-8, 0.9, 0.01, np.nan],
            "adj_p_value": [1e-8, 1e-7, 0.9, 0.02, np.nan],
            "equivalence_margin": 1.0,
            "outcome": OUTCOMES,
        }
    )
    table.attrs = {"title": "a against b", "alpha": 0.05}
    return table


def texts(figure):
    figure.canvas.draw()
    axis = figure.axes[0]
    return [axis.get_title(loc="left"), *(label.get_text() for label in axis.get_yticklabels())]


def test_intervals_have_a_row_per_gene_in_the_order_given(genes):
    figure = plots.intervals(genes, ["C", "ENSG0", "E"])
    title, *rows = texts(figure)
    assert title == "a against b" and rows == ["C", "A", "E"]
    assert "no estimate" in [note.get_text() for note in figure.axes[0].texts]
    (legend,) = figure.legends
    assert [entry.get_text() for entry in legend.get_texts()] == ["changed, up", "equivalent", "equivalence margin, 1"]
    with pytest.raises(KeyError, match="there is no gene X"):
        plots.intervals(genes, ["X"])


def test_every_figure_is_drawn_and_none_stays_open(genes):
    before, style = plt.get_fignums(), dict(plt.rcParams)
    for figure in (
        plots.volcano(genes, ["A"]), plots.mean_difference(genes, title="mine"), plots.p_values(genes)
    ):  # fmt: skip
        assert isinstance(figure, Figure)
    assert texts(plots.volcano(genes))[0] == "a against b\n2 up, 1 down at FDR 0.05"
    assert plt.get_fignums() == before
    changed = {name for name in style if name != "backend" and style[name] != plt.rcParams[name]}
    assert not changed


def test_the_backend_of_a_notebook_stays(genes):
    code = (
        "import matplotlib; from autocrine import plots; import pandas as pd;"
        "plots.p_values(pd.DataFrame({'p_value': [0.1, 0.5]})); print(matplotlib.get_backend())"
    )
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY / "workflow" / "scripts"), "MPLBACKEND": "pdf"}
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert run.stdout.strip() == "pdf", run.stderr


def test_dispersions_of_a_model_with_samples_that_vary_together_are_standard_deviations():
    random = np.random.default_rng(4)
    sheet = pd.DataFrame({"patient": list("ppqqrrss"), "dose": list("abababab")}, index=[f"S{i}" for i in range(8)])
    counts = pd.DataFrame(random.poisson(80, (8, 200)), sheet.index, [f"g{i}" for i in range(200)])
    axis = plots.dispersions(autocrine.fit(counts, "~ dose", sheet, random="patient"), "Variances").axes[0]
    assert axis.get_ylabel() == "Standard deviation (log2)" and axis.get_title(loc="left") == "Variances"
