"""Figures hold what they were given, whatever the names, and equal data give equal files."""

import re
import xml.etree.ElementTree as ET
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgba
from matplotlib.text import Text

from autocrine.design.forms.difference import Difference
from autocrine.design.forms.per_unit import PerUnit
from autocrine.design.forms.spline import Spline
from autocrine.design.forms.trend import Trend
from autocrine.design.forms.two_groups import TwoGroups
from autocrine.design.question import Model
from autocrine.input.panel_groups import GROUP_WORDS
from autocrine.page.figures import activities, components, contrast, panel, quality, samples, sensitivity, story
from autocrine.page.figures.style import VECTOR_DPI, save
from autocrine.results import sensitivity as fits
from autocrine.results.multiplicity import adjust_panel
from autocrine.results.outcomes import OUTCOMES
from autocrine.results.robustness import summarise_variants
from autocrine.samples.quality import Components

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
    """Return the texts of a figure, a line each, as the SVG has them."""
    return "\n".join(["", *(words.strip() for words in re.findall(r"<text[^>]*>([^<]*)</text>", text)), ""])


def test_volcano_counts_and_names_panel_genes(genes, tmp_path):
    genes.loc[[0, 3], "log2_fc"] = [-2.0, 2.0]
    text = drawn(saved(contrast.draw_volcano(genes, {"g0", "g3", "g400"}, 0.05, "tested against reference"), tmp_path))
    up = int((genes["log2_fc"][:50] > 0).sum())
    assert f"{up} up, {50 - up} down at FDR 0.05" in text
    assert "\nplain\n" in text and "\nΣ é\n" in text


@pytest.mark.parametrize("draw", [contrast.draw_volcano, contrast.draw_mean_difference])
def test_nothing_significant_still_draws(draw, genes, tmp_path):
    genes["adj_p_value"] = np.nan
    assert "0 up, 0 down" in drawn(saved(draw(genes, set(), 0.05, "a against b"), tmp_path))


def test_histogram_counts_every_p_value(genes):
    figure = contrast.draw_p_values(genes["p_value"])
    assert sum(bar.get_height() for bar in figure.axes[0].patches) == 480


def test_simulated_is_written_into_the_picture(genes, tmp_path):
    figure = contrast.draw_p_values(genes["p_value"])
    assert ">SIMULATED</text>" in saved(figure, tmp_path, "SIMULATED")
    figure = contrast.draw_p_values(genes["p_value"])
    assert "SIMULATED" not in saved(figure, tmp_path)


def test_equal_data_give_equal_files(genes, tmp_path):
    first, second = (
        (saved(contrast.draw_volcano(genes, {"g0"}, 0.05, "t"), tmp_path), (tmp_path / "figure.pdf").read_bytes())
        for _ in range(2)
    )
    assert first == second


def test_every_figure_is_a_pdf_too_with_text_as_text_and_no_date(genes, tmp_path):
    saved(contrast.draw_p_values(genes["p_value"]), tmp_path, "SIMULATED")
    pdf = (tmp_path / "figure.pdf").read_bytes()
    assert pdf.startswith(b"%PDF-") and pdf.rstrip().endswith(b"%%EOF")
    assert b"/Keywords (SIMULATED)" in pdf and b"CreationDate" not in pdf
    assert b"/FontFile2" in pdf and b"/Type3" not in pdf


@pytest.mark.parametrize("words", ["naïve μ e\u0301 ≥ −1", "naïve Հայ"])
def test_letters_that_the_cut_font_lacks_come_from_the_whole_one(words, tmp_path):
    """Greek and an accent by itself are in it, Armenian is not; a letter of neither is a warning, thus an error."""
    figure = plt.figure()
    figure.text(0.5, 0.5, words)
    saved(figure, tmp_path)


@pytest.mark.parametrize("layout", [None, "constrained"])
def test_names_of_axes_are_beside_the_numbers(layout, tmp_path):
    figure, axis = plt.subplots(layout=layout)
    axis.set_yticks([0, 1], ["a long name of a sample", "b"])
    axis.set_xticks([0, 1], ["another long one", "d"], rotation=90)
    axis.set_xlabel("below")
    axis.set_ylabel("left")
    saved(figure, tmp_path)
    figure.set_dpi(VECTOR_DPI)
    numbers = [
        [label.get_window_extent() for label in labels] for labels in (axis.get_xticklabels(), axis.get_yticklabels())
    ]
    below, left = axis.xaxis.label.get_window_extent(), axis.yaxis.label.get_window_extent()
    assert 0 < min(box.y0 for box in numbers[0]) - below.y1 < 8
    assert 0 < min(box.x0 for box in numbers[1]) - left.x1 < 8


@pytest.mark.parametrize("kind", ["svg", "pdf"])
def test_clouds_of_a_genome_stay_small_files(genes, kind, tmp_path):
    many = pd.concat([genes] * 60, ignore_index=True)
    many["log2_fc"], many["gene_id"] = RANDOM.normal(size=len(many)), [f"g{i}" for i in range(len(many))]
    many["base_mean"] = RANDOM.lognormal(3, 2, len(many))
    for draw in (contrast.draw_volcano, contrast.draw_mean_difference):
        saved(draw(many, set(many["gene_id"][:218]), 0.05, "a against b"), tmp_path)
        assert (tmp_path / f"figure.{kind}").stat().st_size < 300_000


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
    assert "\n100\n" in text and "\n0.01\n" in text and "mathdefault" not in text


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
    assert (f"\n{names[1]}\n" in text) == (samples <= quality.MOST_NAMES)
    associations = pd.DataFrame({"column": ["group", "age"], "r_squared": [0.2, 0.9]})
    components = quality.draw_components(scores, np.array([0.6, 0.2]), sheet, associations)
    if samples > 2:
        assert [axis.get_title(loc="left") for axis in components.axes][:2] == ["age", "group"]
    assert "\none\n" not in drawn(saved(components, tmp_path))
    saved(quality.draw_distances(square), tmp_path)
    saved(quality.draw_scree(np.array([0.6, 0.2])), tmp_path)


def test_associations_may_be_none(tmp_path):
    empty = pd.DataFrame(columns=["component", "column", "samples", "r_squared", "p_value"])
    assert "No column of the sheet groups" in drawn(saved(quality.draw_associations(empty), tmp_path))


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
            "moderated_p_value": [0.7, 1e-9, 0.6, 0.06, np.nan],
            "equivalence_p_value": [0.2, 1.0, 1e-4, 0.5, np.nan],
            "equivalence_margin": 1.0,
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
            changed=str(i),
            variant=f"{kind} {i}",
            reason="",
            log2_fc=main["log2_fc"] + RANDOM.normal(scale=0.3, size=4),
            ci_low=np.nan,
            ci_high=np.nan,
            p_value=(p_value := RANDOM.uniform(size=4) ** 4),
            moderated_p_value=p_value,
            equivalence_p_value=RANDOM.uniform(size=4) ** 4,
        )
        for i, kind in enumerate(kinds)
    ]
    lost = {"model": "m", "contrast": "a", "kind": "with", "changed": "age", "variant": "with age"}
    lost |= {"gene_id": "", "reason": "no age"}
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
    figure = sensitivity.draw_sensitivity(primary, variants, TITLES, 0.05)
    first, second = figure.axes
    summary = summarise_variants(variants, primary[primary["contrast"] == "a"], 0.05)
    assert len(markers(first)) == summary["sensitivity_fits"].sum() == 4 * 18
    assert len(markers(first, open_=True)) == summary["sensitivity_other"].sum() > 0
    assert markers(second) == []
    assert len(set(markers(first))) == 4 * 18
    text = drawn(saved(figure, tmp_path))
    for words in ("T$W_1$", "$b_1$ against &lt;c&gt;", "not tested: absent from the count", "without a donor"):
        assert f"\n{words}" in text, words


def test_sensitivity_knows_every_kind_of_fit_and_keeps_lanes_apart():
    assert tuple(sensitivity.KINDS) == tuple(sensitivity.LANES) == fits.KINDS
    assert len({marker for _, marker, _ in sensitivity.KINDS.values()}) == len(fits.KINDS)
    ends = [(centre - shift, centre + shift) for centre, shift in sensitivity.LANES.values()]
    assert all(above[1] < below[0] for above, below in pairwise([(0, sensitivity.MAIN_LANE), *ends]))
    assert ends[-1][1] < sensitivity.GENE_HEIGHT


def test_sensitivity_draws_separated_genes_at_the_edge(primary, variants):
    primary.loc[primary["symbol"] == "BMP4", ["log2_fc", "ci_low", "ci_high"]] = [24.0, -30.0, 90.0]
    variants.loc[variants["gene_id"] == "g1", "log2_fc"] = -25.0
    figure = sensitivity.draw_sensitivity(primary, variants, TITLES, 0.05)
    low, high = figure.axes[0].get_xlim()
    assert -7 < low < -6 and 6 < high < 7
    assert all(low < x < high for x, _ in markers(figure.axes[0]))
    heads = [line for line in figure.axes[0].lines if line.get_marker() is sensitivity.ARROWS[-1]]
    assert sum(len(line.get_xdata()) for line in heads) == 18 + 1


def test_sensitivity_has_a_scale_for_each_unit_of_effects(primary, variants):
    """A slope per day of 0.02 was a line at zero on the scale of groups."""
    slope = primary["contrast"] == "b"
    columns = ["log2_fc", "ci_low", "ci_high", "equivalence_margin", "composition_log2_fc"]
    primary.loc[slope, columns] = primary.loc[~slope, columns].to_numpy() / 100
    figure = sensitivity.draw_sensitivity(primary, variants, TITLES, 0.05, {("m", "b"): "day"})
    groups, days = figure.axes
    assert np.ptp(days.get_xlim()) < 0.02 * np.ptp(groups.get_xlim())
    assert days.get_xlabel() == "log2 per day" and len(days.get_xticks()) >= 3


def test_colours_of_slopes_are_those_of_the_span_that_the_margin_holds_for():
    table = panel_table([("GENE", "x", "primary", 0.0, "changed")]).assign(equivalence_margin=[1.0, 0.05])
    table["log2_fc"] = [2.0, 0.1]
    found, titles = panel.over_span(table, TITLES, {("m", "b"): "day"}, 1.0)
    assert found["log2_fc"].tolist() == pytest.approx([2.0, 2.0])
    assert titles[("m", "a")] == TITLES[("m", "a")]
    assert titles[("m", "b")][1] == "$b_1$ against <c> (colours: effects × 20)"


def test_sensitivity_draws_what_has_no_interval_and_no_test(primary, variants, tmp_path):
    primary[["ci_low", "ci_high", "composition_log2_fc"]] = np.nan
    primary.loc[0, "p_value"] = np.nan
    figure = sensitivity.draw_sensitivity(primary, variants, TITLES, 0.05)
    assert sum("not tested" in text.get_text() for text in figure.axes[0].texts) == 2
    saved(figure, tmp_path)
    nothing = sensitivity.draw_sensitivity(primary.iloc[:0], variants, TITLES, 0.05)
    assert "no primary genes" in drawn(saved(nothing, tmp_path))


@pytest.mark.parametrize(("comparisons", "columns"), [(1, 1), (3, 3), (4, 2), (12, 3), (13, 4), (20, 4)])
def test_sensitivity_grows_with_its_comparisons(comparisons, columns, primary, variants):
    names = [f"c{i}" for i in range(comparisons)]
    one = primary[primary["contrast"] == "a"]
    main = pd.concat([one.assign(contrast=name) for name in names], ignore_index=True)
    titles = {("m", name): ("A model", f"{name} against control") for name in names}
    figure = sensitivity.draw_sensitivity(main, variants.iloc[:0], titles, 0.05)
    places = [axis.get_position() for axis in figure.axes]
    assert len(places) == comparisons and len({round(place.x0, 3) for place in places}) == columns
    assert figure.get_figwidth() <= sensitivity.WIDTH
    heights = [place.height * figure.get_figheight() for place in places]
    assert heights == pytest.approx([5 * sensitivity.GENE_HEIGHT * sensitivity.LANE] * comparisons)
    plt.close(figure)


def panel_table(genes, contrasts=("a", "b")):
    """Return a panel table of genes (symbol, group, tier, effect, outcome), alike in every comparison."""
    columns = ["symbol", "group", "tier", "log2_fc", "outcome"]
    one = pd.DataFrame(genes, columns=columns).assign(model="m")
    return pd.concat([one.assign(contrast=name) for name in contrasts], ignore_index=True)


def names(axis):
    return [label.get_text() for label in axis.get_yticklabels()]


def blocks(figure):
    return [axis for axis in figure.axes if axis.get_label() != "scale"]


def marks(axis):
    """Return outcome -> (column, gene) of the marks of a block."""
    symbols = dict(zip(np.round(axis.get_yticks(), 3), names(axis), strict=True))
    return {
        str(dots.get_label()): {(int(x), symbols[round(y, 3)]) for x, y in dots.get_offsets()}
        for dots in axis.collections
    }


def test_panel_marks_follow_outcomes_and_absent_genes_are_grey_or_counted(tmp_path):
    genes = [
        ("BMP4", "ligand", "primary", 2.0, "changed"),
        ("BMP2", "ligand", "primary", 0.4, "small_change"),
        ("BMP5", "ligand", "secondary", 0.1, "equivalent"),
        ("BMP6", "ligand", "secondary", 3.0, "undetermined"),
        ("GHOST", "ligand", "primary", np.nan, "changed"),
        ("SPECTRE", "ligand", "secondary", np.nan, "undetermined"),
    ]
    figure = panel.draw_panel(panel_table(genes), TITLES)
    (axis,) = blocks(figure)
    assert names(axis) == [gene for gene, *_ in genes[:-1]]
    expected = {"changed": "BMP4", "small_change": "BMP2", "equivalent": "BMP5"}
    assert marks(axis) == {outcome: {(0, gene), (1, gene)} for outcome, gene in expected.items()}
    (image,) = axis.images
    assert image.get_array().mask.tolist() == [[False, False]] * 4 + [[True, True]]
    text = drawn(saved(figure, tmp_path))
    for words in (
        "a against b",
        "$b_1$ against &lt;c&gt;",
        "grey: no estimate",
        "beyond ±4",
        "; 1 gene has no estimate",
    ):
        assert words in text, words


def test_panel_marks_what_has_a_caveat():
    table = panel_table([(name, "ligand", "primary", 2.0, "changed") for name in ("A", "B", "C", "D")])
    first = table["contrast"] == table["contrast"].iat[0]
    said = {
        "composition_flag": {"A": "composition alone would do it", "B": ""},
        "one_sample_words": {"B": "rests on one sample"},
    }
    for column, words in said.items():
        table[column] = table["symbol"].map(words).fillna("").where(first, "")
    table["sensitivity_fits"] = 4
    table["sensitivity_other"] = np.where(first, table["symbol"].map({"C": 2.0, "D": 1.0}).fillna(0), 0.0)
    assert table.loc[panel.has_caveat(table), "symbol"].tolist() == ["A", "B", "C"]
    (axis,) = blocks(panel.draw_panel(table, TITLES))
    (dots,) = [dots for dots in axis.collections if dots.get_label() == "caveat"]
    assert len(dots.get_offsets()) == 3


def test_panel_knows_every_outcome_and_gives_each_another_mark():
    assert set(panel.MARKS) == set(OUTCOMES) - {"undetermined"}
    assert len({str(look) for _, look in panel.MARKS.values()}) == 3
    assert set(OUTCOMES) - {"changed"} < set(story.LOOKS)
    shapes = {(marker, open_) for _, marker, _, _, open_ in story.LOOKS.values()}
    assert len(shapes) == len({colour for *_, colour, _ in story.LOOKS.values()}) == len(story.LOOKS)


def test_panel_has_words_for_every_group_of_the_bundled_panel():
    bundled = pd.read_csv("resources/panels/bmp.tsv", sep="\t", dtype=str)
    assert set(bundled["group"]) == set(GROUP_WORDS)
    most = int(panel.BLOCK / panel.HEADING_LETTER) + 2
    assert len(set(GROUP_WORDS.values())) == len(GROUP_WORDS)
    assert all(len(words) <= most + 4 for words in GROUP_WORDS.values())


def test_panel_orders_groups_by_biology_and_keeps_a_users_own_behind(tmp_path):
    genes = [
        ("T", "target", "secondary", 1.0, "changed"),
        ("Z1", "my_set", "secondary", 1.0, "changed"),
        ("L1", "ligand", "primary", 1.0, "changed"),
        ("A1", "$another_1$", "secondary", 1.0, "changed"),
        ("Q", "qc_identity", "context", 1.0, "changed"),
        ("Z2", "my_set", "secondary", 1.0, "changed"),
        ("L2", "ligand", "secondary", 1.0, "changed"),
        ("E", "", "secondary", 1.0, "changed"),
    ]
    figure = panel.draw_panel(panel_table(genes), TITLES)
    (axis,) = blocks(figure)
    assert names(axis) == ["L1", "L2", "T", "Q", "Z1", "Z2", "A1", "E"]
    headings = [text.get_text() for text in axis.texts]
    assert headings == ["Ligands", "Direct targets", "Quality: sex genes", "My set", "$another 1$", "No group"]
    assert [label.get_fontweight() for label in axis.get_yticklabels()].count("bold") == 1
    saved(figure, tmp_path)


def test_panel_of_one_gene_and_of_none_significant(tmp_path):
    figure = panel.draw_panel(
        panel_table([("X", "mine", "one", 0.2, "undetermined")], ("a",)), {("m", "a"): ("M", "c")}
    )
    (axis,) = blocks(figure)
    assert names(axis) == ["X"] and marks(axis) == {}
    saved(figure, tmp_path)


@pytest.mark.parametrize(("comparisons", "context_shown"), [(2, True), (12, True), (40, False)])
def test_panel_stays_a_page_high(comparisons, context_shown, tmp_path):
    bundled = pd.read_csv("resources/panels/bmp.tsv", sep="\t", dtype=str)
    keys = [("m", f"c{i}") for i in range(comparisons)]
    genes = bundled[["symbol", "group", "tier"]].assign(log2_fc=1.0, outcome="changed").to_numpy().tolist()
    figure = panel.draw_panel(panel_table(genes, [name for _, name in keys]), {key: ("M", key[1]) for key in keys})
    shown = [name for axis in blocks(figure) for name in names(axis)]
    assert len(shown) == len(set(shown)) == (227 if context_shown else (bundled["tier"] != "context").sum())
    assert shown[0] == "BMP2" and (shown[-1] == "DDX3Y") == context_shown
    assert figure.get_figwidth() <= panel.WIDTH + 0.1
    assert ("107 context genes are in the table" in drawn(saved(figure, tmp_path))) == (not context_shown)


def test_panel_blocks_break_only_groups_that_are_too_high():
    parts = [panel.Part("A", tuple("abc")), panel.Part("B", tuple(str(i) for i in range(150))), panel.Part("C", ("x",))]
    arranged = panel.arrange(parts, 3)
    assert len(arranged) == 3
    assert [name for block in arranged for part in block for name in part.symbols] == [
        name for part in parts for name in part.symbols
    ]
    assert [part.heading for block in arranged for part in block] == ["A", "B", "B (more)", "B (more)", "C"]
    # A group that is called so itself keeps its name.
    assert panel.Part("B (more)", ("a",)).continued(("b",)).continued(("c",)).heading == "B (more) (more)"


def test_panel_says_which_comparisons_have_no_direction(tmp_path):
    table = panel_table([("BMP4", "ligand", "primary", 2.0, "changed")])
    table["highest"] = np.where(table["contrast"] == "b", "late", "")
    text = drawn(saved(panel.draw_panel(table, TITLES), tmp_path))
    assert "$b_1$ against &lt;c&gt; (no direction)" in text and "a against b (no direction)" not in text


def two_groups(name, tested, reference, column="stage"):
    return TwoGroups(name, name, groups=({column: tested}, {column: reference}))


@pytest.fixture
def cohort():
    """Five patients: all at diagnosis, three early, two late; one sample in no group. Two genes, one without counts."""
    sheet = pd.DataFrame(
        [(f"P{i}", "diagnosis", 1.0) for i in range(5)]
        + [(f"P{i}", "early_on", 2.0) for i in range(3)]
        + [(f"P{i}", "late", 8.0) for i in (0, 4)]
        + [("P9", "other", 4.0)],
        columns=["patient", "stage", "dose"],
    )
    sheet.insert(0, "sample", [f"s{i}" for i in range(len(sheet))])
    for name, held in (("early", ("diagnosis", "early_on")), ("late", ("diagnosis", "late"))):
        sheet[f"in {name}"] = sheet["stage"].where(sheet["stage"].isin(held), "")
    levels = pd.DataFrame({"BMP4": np.r_[0.0, np.linspace(1, 5, 10)], "T$W_1$": 0.0}, index=sheet["sample"])
    genes = pd.DataFrame({"symbol": ["BMP4", "T$W_1$", "GHOST"], "reason": ["", "", "absent from the count matrix"]})
    return sheet, genes, levels


def model_of(design, *contrasts):
    return Model("m", "A $model_1$", {}, design, {contrast.name: contrast for contrast in contrasts})


BOTH = two_groups("early", "early_on", "diagnosis"), two_groups("late", "late", "diagnosis")


def dots(axis):
    return {str(part.get_label()): part.get_offsets().data for part in axis.collections}


def test_samples_has_a_dot_per_sample_once_and_open_ones_on_the_floor(cohort, tmp_path):
    figure = samples.draw_samples(model_of("~ patient + stage", *BOTH), *cohort)
    first, second, third = figure.axes
    seen, floor = dots(first)["counted"], dots(first)["no count"]
    assert len(seen) == 9 and floor[:, 1].tolist() == [0.0]
    assert len(dots(second)["counted"]) == 0 and len(dots(second)["no count"]) == 10
    low, high = first.get_ylim()
    assert low < 0 < seen[:, 1].max() < high
    places = np.vstack([seen, floor])
    assert len(np.unique(places, axis=0)) == 10
    assert np.unique(np.round(places[:, 0]), return_counts=True)[1].tolist() == [5, 3, 2]
    assert len(third.collections) == 0 and "absent from" in third.texts[0].get_text()
    labels = [label.get_text() for label in first.get_xticklabels()]
    assert labels == ["diagnosis\nn = 5", "early on\nn = 3", "late\nn = 2"]
    assert "A $model_1$" in drawn(saved(figure, tmp_path))


def test_samples_joins_within_patients_only_and_only_where_the_design_does(cohort):
    sheet, genes, levels = cohort
    paired, unpaired = (
        samples.draw_samples(model_of(design, *BOTH), sheet, genes, levels).axes[0]
        for design in ("~ patient + stage", "~ stage")
    )
    lines = [line.get_ydata() for line in paired.lines if line.get_gid() == "patient"]
    whose = levels["BMP4"].to_numpy()[:10], sheet["patient"].to_numpy()[:10]
    expected = [whose[0][whose[1] == name].tolist() for name in ("P0", "P1", "P2", "P4")]
    assert sorted(line.tolist() for line in lines) == sorted(expected)
    assert not [line for line in unpaired.lines if line.get_gid() == "patient"]
    means = [line.get_ydata()[0] for line in unpaired.lines if line.get_gid() == "mean"]
    assert means == pytest.approx([whose[0][:5].mean(), whose[0][5:8].mean(), whose[0][8:].mean()])


def test_samples_orders_groups_and_keeps_questions_apart(cohort):
    sheet, genes, levels = cohort
    sheet["sex"] = sheet["in by_sex"] = ["male", "female"] * 5 + ["male"]
    sheet["in steps"] = sheet["stage"].where(sheet["stage"] != "other", "")
    steps = Trend("steps", "t", groups=tuple({"stage": name} for name in ("late", "diagnosis", "early_on")))
    dose = PerUnit("dose", "per unit of dose", measurement="dose")
    minus = Difference("minus", "d", difference=("early", "late"))
    model = model_of(
        "~ sex + stage + log2(dose)", steps, *BOTH, minus, dose, two_groups("by_sex", "male", "female", "sex")
    )
    stage, sex, by_dose = samples.questions_of(model, sheet)
    assert list(stage.groups) == ["late", "diagnosis", "early_on"]
    assert {name: len(held) for name, held in sex.groups.items()} == {"female": 5, "male": 6}
    assert by_dose.doublings and by_dose.measurement.tolist() == sheet["dose"].tolist()
    figure = samples.draw_samples(model, sheet, genes, levels)
    assert len(figure.axes) == 9
    along = figure.axes[6]
    assert along.get_xscale() == "log" and along.get_xlabel() == "dose\nn = 11"
    places = np.vstack([dots(along)["counted"], dots(along)["no count"]])
    assert sorted(places[:, 0]) == sorted(sheet["dose"])


def test_samples_draw_a_curve_with_its_band_about_the_mean_of_the_dots(cohort):
    sheet, genes, levels = cohort
    ends = [float(sheet["dose"].min()), float(sheet["dose"].median()), float(sheet["dose"].max())]
    curve = pd.DataFrame({"value": ends, "height": [-1.0, 0.0, 1.0], "reach": [0.5, 0.2, 0.5]})
    model = model_of("~ spline(dose, 2)", Spline("c", "t", measurement="dose"))
    figure = samples.draw_samples(model, sheet, genes, levels, {"c": {"BMP4": curve}})
    drawn_one, other = figure.axes[:2]
    (line,) = [line for line in drawn_one.lines if line.get_gid() == "curve"]
    assert line.get_xdata()[[0, -1]].tolist() == [ends[0], ends[-1]]
    assert line.get_ydata()[[0, -1]] == pytest.approx(levels["BMP4"].mean() + np.array([-1.0, 1.0]))
    assert [part.get_gid() for part in drawn_one.collections if part.get_gid()] == ["band"]
    assert not [line for line in other.lines if line.get_gid() == "curve"]
    assert "fitted curve" in [text.get_text() for text in figure.legends[0].get_texts()]


@pytest.mark.parametrize(("count", "columns"), [(1, 1), (5, 5), (7, 4), (12, 6), (30, 6)])
def test_samples_draws_any_number_of_genes(count, columns, cohort, tmp_path):
    sheet, _, levels = cohort
    genes = pd.DataFrame({"symbol": [f"g{i}" for i in range(count)], "reason": ""})
    wide = pd.DataFrame({f"g{i}": levels["BMP4"] for i in range(count)})
    figure = samples.draw_samples(model_of("~ stage", *BOTH), sheet, genes, wide)
    assert len(figure.axes) == min(count, samples.MOST_GENES)
    assert len({round(axis.get_position().x0, 4) for axis in figure.axes}) == columns
    assert figure.get_figwidth() <= samples.WIDTH + 0.01
    assert ("The first 12 primary genes" in drawn(saved(figure, tmp_path))) == (count > 12)


def test_samples_without_primary_genes_and_twice_the_same(cohort, tmp_path):
    sheet, genes, levels = cohort
    model = model_of("~ patient + stage", *BOTH)
    assert "no primary genes" in drawn(saved(samples.draw_samples(model, sheet, genes.iloc[:0], levels), tmp_path))
    first, second = (saved(samples.draw_samples(model, *cohort), tmp_path) for _ in range(2))
    assert first == second


SIZES = {("m", "a"): "6 + 6", ("m", "b"): "12"}


@pytest.fixture
def tested(primary):
    """Primary genes with what their family says."""
    return primary.assign(primary_adj_p_value=primary["p_value"], highest="")


def effects(axis):
    """Return look, effect and height of the markers of a panel."""
    return [(line.get_gid(), *line.get_xydata()[0]) for line in axis.lines if line.get_gid() in story.LOOKS]


def test_story_has_a_panel_per_gene_and_a_marker_per_comparison(tested, tmp_path):
    figure = story.draw_story(tested, TITLES, SIZES)
    assert [axis.get_title(loc="left") for axis in figure.axes] == list(dict.fromkeys(tested["symbol"]))
    looks = [{look for look, *_ in effects(axis)} for axis in figure.axes]
    assert looks == [{"undetermined"}, {"up"}, {"equivalent"}, {"undetermined"}, set()]
    for axis, gene in zip(figure.axes, tested["symbol"], strict=False):
        found = tested[(tested["symbol"] == gene) & tested["log2_fc"].notna()]
        assert [x for _, x, _ in effects(axis)] == found["log2_fc"].tolist()
        heights = [y for *_, y in effects(axis)]
        assert heights == sorted(set(heights))
        ends = [tuple(line.get_xdata()) for line in axis.lines if line.get_gid() == "interval"]
        assert ends == list(zip(found["ci_low"], found["ci_high"], strict=True))
    text = drawn(saved(figure, tmp_path))
    for words in (
        "6 + 6",
        "12",
        "$b_1$ against &lt;c&gt;",
        "not tested: absent from the",
        "1e-9",
        "equivalence margin, 1",
    ):
        assert f"\n{words}" in text, words
    assert "changed, lower" not in text and "beyond the scale" not in text


def test_story_colours_directions_apart_and_knows_effects_without_one(tested):
    gene = tested[tested["symbol"] == "BMP4"].iloc[0].to_dict()
    assert story.look_of(gene) == "up"
    assert story.look_of(gene | {"log2_fc": -2.5}) == "down"
    assert story.look_of(gene | {"highest": "late"}) == "different"
    assert story.look_of(gene | {"outcome": "small_change"}) == "small_change"
    assert story.look_of(gene | {"log2_fc": np.nan}) is None
    assert story.LOOKS["up"][3] == story.UP and story.LOOKS["down"][3] == story.DOWN


def test_story_draws_what_is_beyond_the_scale_at_its_edge(tested, tmp_path):
    tested.loc[tested["symbol"] == "BMP4", ["log2_fc", "ci_low", "ci_high"]] = [24.0, -30.0, 90.0]
    figure = story.draw_story(tested, TITLES, SIZES)
    axis = figure.axes[1]
    low, high = axis.get_xlim()
    assert -7 < low < -6 and 6 < high < 7
    assert all(low < x < high for _, x, _ in effects(axis))
    for way in (-1, 1):
        assert sum(line.get_marker() is story.ARROWS[way] for line in axis.lines) == 2
    assert "beyond the scale" in drawn(saved(figure, tmp_path))


def test_story_gives_each_unit_a_scale_of_its_own(tested, tmp_path):
    """Slopes, as per day, were points on the zero line of the scale of two groups."""
    slopes = tested[tested["contrast"] == "a"].assign(contrast="slope")
    slopes[["log2_fc", "ci_low", "ci_high", "equivalence_margin"]] *= 1e-4
    titles, units = TITLES | {("m", "slope"): ("M", "with age")}, {("m", "slope"): "day"}
    figure = story.draw_story(pd.concat([tested, slopes]), titles, SIZES, units=units)
    alone = story.draw_story(tested, TITLES, SIZES)
    groups, of_slopes = figure.axes[::2], figure.axes[1::2]
    assert [axis.get_xlim() for axis in groups] == [axis.get_xlim() for axis in alone.axes]
    assert [axis.get_xlabel() for axis in figure.axes[:2]] == ["log2 fold change", "log2 fold change per day"]
    for axis, symbol in zip(of_slopes, dict.fromkeys(tested["symbol"]), strict=True):
        found = slopes[(slopes["symbol"] == symbol) & slopes["log2_fc"].notna()]
        assert [x for _, x, _ in effects(axis)] == found["log2_fc"].tolist()
        low, high = axis.get_xlim()
        assert high - low < 1e-3 and axis.get_title(loc="left") == ""
    text = drawn(saved(figure, tmp_path))
    # Numbers of samples have their heading once in each of the two rows of panels.
    assert "\nwith age" in text and text.count("\nn\n") == 2


@pytest.mark.parametrize(("count", "columns"), [(0, 1), (1, 1), (4, 2), (5, 3), (20, 3)])
def test_story_draws_any_number_of_genes(count, columns, tested, tmp_path):
    one = tested[tested["symbol"] == "BMP2"]
    many = pd.concat([tested.iloc[:0], *(one.assign(symbol=f"g{i}") for i in range(count))])
    figure = story.draw_story(many, TITLES, SIZES)
    assert len(figure.axes) == max(1, min(count, story.MOST_GENES))
    assert len({round(axis.get_position().x0, 4) for axis in figure.axes}) == columns
    assert figure.get_figwidth() <= story.WIDTH + 0.01
    assert ("no primary genes" in drawn(saved(figure, tmp_path))) == (count == 0)


@pytest.mark.parametrize(
    ("value", "words"),
    [(np.nan, "–"), (0.0, "<1e-99"), (1.6e-18, "2e-18"), (0.00099999, "1e-3"), (0.0042, "0.004"), (0.5, "0.50"),
     (1, "1.00")],
)  # fmt: skip
def test_story_writes_p_values_short(value, words):
    assert story.p_words(value) == words


def test_components_of_models_name_groups_and_what_is_not_drawn(tmp_path):
    names = [f"S{i}" for i in range(6)]
    found = Components(pd.DataFrame(RANDOM.normal(size=(6, 2)), names, ["PC1", "PC2"]), np.array([0.6, 0.3]))
    groups = samples.Question({"$x_1$ <b>": names[:2], "reference": names[2:4]})
    measured = samples.Question(measurement=pd.Series(range(6), names, name="dose & time"))
    models = {"one": ("First", found, groups), "two": ("Second", found, measured)}
    text = drawn(saved(components.draw_model_components(models), tmp_path))
    for words in ("First", "Second", "$x_1$ &lt;b&gt;", "reference", "others", "dose &amp; time", "PC1 (60%)"):
        assert f"\n{words}\n" in text, words
    many = {str(i): (f"Model {i}", found, groups) for i in range(components.MOST_MODELS + 2)}
    text = drawn(saved(components.draw_model_components(many), tmp_path))
    assert "Not drawn: Model 12, Model 13" in text


def test_a_model_of_two_samples_has_one_component(tmp_path):
    found = Components(pd.DataFrame({"PC1": [1.0, -1.0]}, ["a", "b"]), np.array([1.0]))
    question = samples.Question({"x": ["a"], "y": ["b"]})
    text = drawn(saved(components.draw_model_components({"m": ("T", found, question)}), tmp_path))
    assert "PC1 (100%)" in text and "others" not in text


def activities_table(files=("net.csv",), others=20):
    rows = [
        (model, contrast, file, name, 0.0005 if name == "R01" else 0.3, 0.01 if name == "R01" else 0.9, -3.0, "tested")
        for model, contrast in TITLES
        for file in files
        for name in ["MYC", "SMAD1", *[f"R{i:02d}" for i in range(others)]]
    ]
    columns = ["model", "contrast", "file", "regulator", "p_value", "adj_p_value", "stat", "status"]
    return pd.DataFrame(rows, columns=columns)


@pytest.mark.parametrize("files", [("net.csv",), ("net.csv", "pathways.tsv")])
def test_activities_show_what_is_asked_for_and_the_clearest_of_each_file(files, tmp_path):
    table = activities_table(files)
    table.loc[table["regulator"] == "SMAD1", ["status", "p_value", "adj_p_value", "stat"]] = ["too_few", *[np.nan] * 3]
    assert activities.choose_regulators(table)[0] == (files[0], ["SMAD1", "MYC"])
    figure = activities.draw_activities(table, TITLES, 0.05)
    axes = [axis for axis in figure.axes if axis.get_label() != "scale"]
    assert [len(axis.get_xticks()) for axis in axes] == [2, activities.MOST_OTHERS] * len(files)
    assert axes[1].get_xticklabels()[0].get_text() == "R01"
    first, second = ([patch.get_facecolor() for patch in axis.patches] for axis in axes[:2])
    assert len(first) == 2 * len(TITLES) and first[0] == to_rgba(activities.MISSING) != first[1]
    # Blue, as the targets fall; nearly white where nothing is known to change.
    assert second[0][2] > 2 * second[0][0] and min(second[1][:3]) > 0.8
    (marks,) = axes[1].collections
    assert len(marks.get_offsets()) == len(TITLES) and not axes[0].collections
    text = drawn(saved(figure, tmp_path))
    assert all(word in text for word in ("SMAD1", "R01", *files))
    (title,) = axes[0].findobj(lambda artist: isinstance(artist, Text) and artist.get_text() == files[0])
    names = [label.get_window_extent() for label in axes[0].get_xticklabels()]
    assert title.get_window_extent().y0 > max(name.y1 for name in names)


def test_activities_may_be_none(tmp_path):
    saved(activities.draw_activities(activities_table().head(0), TITLES, 0.05), tmp_path)


def test_text_of_figures_is_text_in_fonts_that_other_computers_have(tmp_path):
    figure, axis = plt.subplots()
    axis.set_title("BMP4 & '<b>'")
    text = saved(figure, tmp_path)
    assert "BMP4 &amp; '&lt;b&gt;'" in drawn(text)
    fonts = set(re.findall(r"font-family: ([^;]*);|font: [^;]*?px ([^;]*);", text))
    assert {own or other for own, other in fonts} == {"'DejaVu Sans', Verdana, Arial, Helvetica, sans-serif"}
