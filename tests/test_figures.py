"""Figures hold what they were given, whatever the names, and equal data give equal files."""

import xml.etree.ElementTree as ET
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from autocrine import sensitivity as fits
from autocrine.figures import contrast, panel, quality, sensitivity
from autocrine.figures.style import save
from autocrine.multiplicity import adjust_panel
from autocrine.robustness import summarise_variants

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


@pytest.fixture
def primary():
    """Main fits of two contrasts: five primary genes, the last without effect; BMP4 and BMPR1B decided, BMP2 not."""
    symbols = ["BMP2", "BMP4", "BMPR1B", "T$W_1$", "BCR::ABL1"]
    main = pd.DataFrame(
        {
            "model": "m",
            "symbol": symbols,
            "gene_id": [f"g{i}" for i in range(4)] + [""],
            "tier": "primary",
            "log2_fc": [0.3, 2.5, 0.1, -1.0, np.nan],
            "ci_low": [-1.2, 1.9, -0.4, -2.1, np.nan],
            "ci_high": [1.8, 3.1, 0.6, 0.1, np.nan],
            "p_value": [0.7, 1e-9, 0.6, 0.06, np.nan],
            "equivalence_p_value": [0.2, 1.0, 1e-4, 0.5, np.nan],
            "reason": ["", "", "", "", "absent from the count matrix"],
            "composition_log2_fc": 0.8,
        }
    )
    main["outcome"] = adjust_panel(main, np.ones(5, dtype=bool), 0.05)["outcome"]
    return pd.concat([main.assign(contrast=name) for name in ("a", "b")], ignore_index=True)


@pytest.fixture
def variants(primary):
    """Fits of every kind of contrast "a", with other p-values than the main fit's; one that could not answer."""
    main = primary[(primary["contrast"] == "a") & (primary["gene_id"] != "")]
    kinds = ["donor"] * 12 + ["without", "with", "with", "normalisation", "normalisation", "filter"]
    parts = [
        main[["model", "contrast", "gene_id"]].assign(
            kind=kind,
            variant=f"{kind} {i}",
            reason="",
            log2_fc=main["log2_fc"] + RANDOM.normal(scale=0.3, size=4),
            ci_low=np.nan,
            ci_high=np.nan,
            p_value=RANDOM.uniform(size=4) ** 4,
            equivalence_p_value=RANDOM.uniform(size=4) ** 4,
        )
        for i, kind in enumerate(kinds)
    ]
    lost = {"model": "m", "contrast": "a", "kind": "with", "variant": "with age", "gene_id": "", "reason": "no age"}
    return pd.concat([*parts, pd.DataFrame([lost])], ignore_index=True)


TITLES = {("m", "a"): ("Model", "a against b"), ("m", "b"): ("Model", "$b_1$ against <c>")}


def markers(axis, open_=None):
    """Return the places of the markers of an axis that mean fits with one thing changed."""
    shapes = {marker for _, marker, _ in sensitivity.KINDS.values()}
    lines = [line for line in axis.lines if line.get_linestyle() == "None" and str(line.get_marker()) in shapes]
    lines = [line for line in lines if line.get_markerfacecolor() != sensitivity.MARK]
    chosen = [line for line in lines if open_ is None or (line.get_markerfacecolor() == "white") == open_]
    return [tuple(place) for line in chosen for place in line.get_xydata()]


def test_sensitivity_has_a_marker_per_fit_open_where_the_outcome_differs(primary, variants, tmp_path):
    figure = sensitivity.draw_sensitivity(primary, variants, TITLES, 0.05, 1.0)
    first, second = figure.axes
    summary = summarise_variants(variants, primary[primary["contrast"] == "a"], 0.05)
    assert len(markers(first)) == summary["sensitivity_fits"].sum() == 4 * 18
    assert len(markers(first, open_=True)) == summary["sensitivity_other"].sum() > 0
    assert markers(second) == []
    assert len(set(markers(first))) == 4 * 18
    text = drawn(saved(figure, tmp_path))
    for words in ("T$W_1$", "$b_1$ against &lt;c&gt;", "not tested: absent from the count", "without a donor"):
        assert f"<!-- {words}" in text or f"<!--  {words}" in text, words


def test_sensitivity_knows_every_kind_of_fit_and_keeps_lanes_apart():
    assert tuple(sensitivity.KINDS) == tuple(sensitivity.LANES) == fits.KINDS
    assert len({marker for _, marker, _ in sensitivity.KINDS.values()}) == len(fits.KINDS)
    ends = [(centre - shift, centre + shift) for centre, shift in sensitivity.LANES.values()]
    assert all(above[1] < below[0] for above, below in pairwise([(0, sensitivity.MAIN_LANE), *ends]))
    assert ends[-1][1] < sensitivity.GENE_HEIGHT


def test_sensitivity_draws_separated_genes_at_the_edge(primary, variants):
    primary.loc[primary["symbol"] == "BMP4", ["log2_fc", "ci_low", "ci_high"]] = [24.0, -30.0, 90.0]
    variants.loc[variants["gene_id"] == "g1", "log2_fc"] = -25.0
    figure = sensitivity.draw_sensitivity(primary, variants, TITLES, 0.05, 1.0)
    low, high = figure.axes[0].get_xlim()
    assert -7 < low < -6 and 6 < high < 7
    assert all(low < x < high for x, _ in markers(figure.axes[0]))
    heads = [line for line in figure.axes[0].lines if line.get_marker() is sensitivity.ARROWS[-1]]
    assert sum(len(line.get_xdata()) for line in heads) == 18 + 1


def test_sensitivity_draws_what_has_no_interval_and_no_test(primary, variants, tmp_path):
    primary[["ci_low", "ci_high", "composition_log2_fc"]] = np.nan
    primary.loc[0, "p_value"] = np.nan
    figure = sensitivity.draw_sensitivity(primary, variants, TITLES, 0.05, 1.0)
    assert sum("not tested" in text.get_text() for text in figure.axes[0].texts) == 2
    saved(figure, tmp_path)
    nothing = sensitivity.draw_sensitivity(primary.iloc[:0], variants, TITLES, 0.05, 1.0)
    assert "no primary genes" in drawn(saved(nothing, tmp_path))


@pytest.mark.parametrize(("comparisons", "columns"), [(1, 1), (3, 3), (4, 2), (12, 3), (13, 4), (20, 4)])
def test_sensitivity_grows_with_its_comparisons(comparisons, columns, primary, variants):
    names = [f"c{i}" for i in range(comparisons)]
    one = primary[primary["contrast"] == "a"]
    main = pd.concat([one.assign(contrast=name) for name in names], ignore_index=True)
    titles = {("m", name): ("A model", f"{name} against control") for name in names}
    figure = sensitivity.draw_sensitivity(main, variants.iloc[:0], titles, 0.05, 1.0)
    places = [axis.get_position() for axis in figure.axes]
    assert len(places) == comparisons and len({round(place.x0, 3) for place in places}) == columns
    assert figure.get_figwidth() <= sensitivity.WIDTH
    heights = [place.height * figure.get_figheight() for place in places]
    assert heights == pytest.approx([5 * sensitivity.GENE_HEIGHT * sensitivity.LANE] * comparisons)
    plt.close(figure)
