"""Figures hold what they were given, whatever the names, and equal data give equal files."""

import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd
import pytest

from autocrine.figures import contrast, panel, quality
from autocrine.figures.style import save

RANDOM = np.random.default_rng(0)
ODD = ["plain", "$x_1$", "<b>&", "Σ é", "-", "a_b^c"]


@pytest.fixture
def genes():
    """A gene table of 500 genes, 50 of them changed, some without test."""
    p_value = np.r_[np.full(50, 1e-6), RANDOM.uniform(size=430), np.full(20, np.nan)]
    return pd.DataFrame(
        {
            "gene_id": [f"g{i}" for i in range(500)],
            "gene_name": [ODD[i % len(ODD)] for i in range(500)],
            "base_mean": RANDOM.lognormal(3, 2, 500),
            "log2_fc": RANDOM.normal(size=500),
            "p_value": p_value,
            "adj_p_value": np.where(p_value < 1e-5, 0.001, np.where(np.isnan(p_value), np.nan, 0.9)),
        }
    )


def saved(figure, tmp_path, origin="measured"):
    save(figure, tmp_path / "figure.svg", origin)
    text = (tmp_path / "figure.svg").read_text(encoding="utf-8")
    ET.fromstring(text)
    return text


def drawn(text: str) -> str:
    """Return the texts of a figure: the drawing library notes each beside its outlines."""
    return "\n".join(line.strip() for line in text.splitlines() if line.strip().startswith("<!--"))


def test_volcano_counts_and_names_panel_genes(genes, tmp_path):
    genes.loc[[0, 3], "log2_fc"] = [-2.0, 2.0]
    text = drawn(saved(contrast.draw_volcano(genes, {"g0", "g3", "g400"}, 0.05, "tested against reference"), tmp_path))
    up = int((genes["log2_fc"][:50] > 0).sum())
    assert f"{up} up, {50 - up} down at FDR 0.05" in text
    assert "<!-- plain -->" in text and "<!-- Σ é -->" in text


@pytest.mark.parametrize("draw", [contrast.draw_volcano, contrast.draw_mean_difference])
def test_nothing_significant_still_draws(draw, genes, tmp_path):
    genes["adj_p_value"] = np.nan
    assert "0 up, 0 down" in drawn(saved(draw(genes, set(), 0.05, "a against b"), tmp_path))


def test_histogram_counts_every_p_value(genes):
    figure = contrast.draw_p_values(genes["p_value"])
    assert sum(bar.get_height() for bar in figure.axes[0].patches) == 480


def test_simulated_is_written_into_the_picture(genes, tmp_path):
    figure = contrast.draw_p_values(genes["p_value"])
    assert "<!-- SIMULATED -->" in saved(figure, tmp_path, "SIMULATED")
    figure = contrast.draw_p_values(genes["p_value"])
    assert "SIMULATED" not in saved(figure, tmp_path)


def test_equal_data_give_equal_files(genes, tmp_path):
    first, second = (saved(contrast.draw_volcano(genes, {"g0"}, 0.05, "t"), tmp_path) for _ in range(2))
    assert first == second


def test_dispersions_draw_with_values_at_the_floor(tmp_path):
    table = pd.DataFrame(
        {
            "base_mean": [0, 1, 10, 100],
            "dispersion_gene": [np.nan, 1e-8, 0.5, 0.1],
            "dispersion_trend": [np.nan, 1.0, 0.3, 0.1],
            "dispersion": [np.nan, 0.5, 0.4, 0.1],
        }
    )
    text = drawn(saved(contrast.draw_dispersions(table, "Dispersions"), tmp_path))
    assert "<!-- 100 -->" in text and "<!-- 0.01 -->" in text and "mathdefault" not in text


@pytest.mark.parametrize("samples", [2, 6, 120])
def test_quality_figures_draw_any_number_of_samples(samples, tmp_path):
    names = [f"{ODD[i % len(ODD)]} {i}" for i in range(samples)]
    table = pd.DataFrame(
        {
            "sample": names,
            "library_size": RANDOM.integers(1e6, 2e7, samples),
            "detected_genes": RANDOM.integers(9e3, 2e4, samples),
            "outlier_flag": ["few counts", *[np.nan] * (samples - 1)],
        }
    )
    scores = pd.DataFrame(RANDOM.normal(size=(samples, 2)), index=names, columns=["PC1", "PC2"])
    sheet = pd.DataFrame(
        {"group": [ODD[i % 2] for i in range(samples)], "age": RANDOM.uniform(20, 80, samples), "one": "x"}, index=names
    )
    square = pd.DataFrame(np.abs(np.subtract.outer(*[scores["PC1"].to_numpy()] * 2)), index=names, columns=names)
    text = drawn(saved(quality.draw_libraries(table), tmp_path))
    assert (f"<!-- {names[1]} -->" in text) == (samples <= quality.MOST_NAMES)
    assert "<!-- one -->" not in drawn(saved(quality.draw_components(scores, np.array([0.6, 0.2]), sheet), tmp_path))
    saved(quality.draw_distances(square), tmp_path)
    saved(quality.draw_scree(np.array([0.6, 0.2])), tmp_path)


def test_associations_may_be_none(tmp_path):
    empty = pd.DataFrame(columns=["component", "column", "samples", "r_squared", "p_value"])
    assert "No column of the sheet groups" in drawn(saved(quality.draw_associations(empty), tmp_path))


def test_panel_marks_changed_genes_and_keeps_absent_ones():
    rows = [
        {"symbol": s, "group": "g", "tier": "primary", "model": "m", "contrast": c, "log2_fc": fc, "adj_p_value": p}
        for s, fc, p in (("BMP4", 2.0, 0.01), ("TWIST1", 0.1, 0.9), ("BCR::ABL1", np.nan, np.nan))
        for c in ("a", "b")
    ]
    axis = panel.draw_panel(pd.DataFrame(rows), 0.05).axes[0]
    assert [label.get_text() for label in axis.get_yticklabels()] == ["BMP4", "TWIST1", "BCR::ABL1"]
    assert axis.collections[0].get_offsets().tolist() == [[0, 0], [1, 0]]
