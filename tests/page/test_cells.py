"""What the report says and draws of single cells."""

import base64
import gzip
import warnings

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from jinja2 import DictLoader, Environment, StrictUndefined

from autocrine.cells import ambient, fractions, quality, survivors
from autocrine.design.question import Statistics, make_model
from autocrine.input.cell_source import make_cells
from autocrine.page.blocks import pack_shares
from autocrine.page.cell_methods import DEVIATIONS, LEAST_MITO_LIMIT, MITO_DEVIATIONS, write_cell_methods
from autocrine.page.cells import (
    BOUNDED,
    NO_AMBIENT,
    NO_RISE,
    TESTED,
    choose_genes,
    describe_cells,
    describe_losses,
    doublet_words,
    living_words,
    pair_words,
    summarise_makers,
)
from autocrine.page.figures.cells import SharePanel, draw_pairs, draw_shares, draw_states
from autocrine.page.figures.sketch import LARGEST, draw_sketch, save_picture, state_colours
from autocrine.page.render import (
    format_detectable,
    format_effect,
    format_interval,
    format_number,
    format_p_value,
    name_subject,
)
from tests.conftest import REPOSITORY

ASKED = Statistics(0.05, 1.0, 0.8)
HOSTILE = '<script>alert(1)</script> $x_1^$ & "LSC"'


def models(**titles):
    contrast = {"factor": "exposure", "tested": "imatinib", "reference": "untreated"}
    rest = {"groups": {}, "incomplete_pairs": "keep", "repeated_patients": "stop", "accept_confounded": [],
            "random": "", "unwanted_factors": 0, "unwanted_from": "residuals"}  # fmt: skip
    return {
        name: make_model(name, {"title": title, "samples": {}, "design": "~ patient + exposure",
                                "contrasts": {"c": contrast}, **rest})
        for name, title in titles.items()
    }  # fmt: skip


def tables(state="LSC"):
    """Small tables of one model `m` with one contrast `c`."""
    sums = pd.DataFrame(
        [("S1", state, 100, 90, "summed"), ("S1", "MSC", 20, 12, "12 cells, fewer than 20"),
         ("S2", state, 80, 80, "summed")],
        columns=["sample", "state", "cells_before_quality", "cells", "status"],
    )  # fmt: skip
    sums = sums.assign(kept_share=sums["cells"] / sums["cells_before_quality"], umi_per_cell=1500.0,
                       genes_per_cell=700.0, counts=1, doublet_share=0.05, fusion_positive=9.0, fusion_negative=1.0,
                       leukemic_fraction=0.9, common_depth=900, cells_at_depth=70)  # fmt: skip
    lost = pd.DataFrame(
        [("S1", "MSC", 12, 8000, "sums and fractions", "12 cells, fewer than 20"),
         ("S1", state, 7, -1, "sums and fractions", "a high share of mitochondrial counts"),
         ("S2", "", 5, -1, "sums and fractions", "no state"), ("S1", "", 4, -1, "sums and fractions", "no state")],
        columns=["sample", "state", "cells", "counts", "left_out_of", "reason"],
    )  # fmt: skip
    at = {"model": "m", "contrast": "c", "state": state}
    odds = {"odds_ratio": 2.6, "ci_low": 2.0, "ci_high": 3.4, "p_value": 1e-6, "adj_p_value": 1e-4,
            "equivalence_p_value": 0.9, "detectable_odds_ratio": 1.4}  # fmt: skip
    detection = pd.DataFrame(
        [{**at, "gene_id": "E1", "symbol": "BMPR1B", "status": "tested", "fraction": 0.15, "fraction_tested": 0.2,
          "fraction_reference": 0.1, "own_depth_tested": 0.3, "own_depth_reference": 0.3, **odds, "reason": "",
          "ambient": "not_known"},
         {**at, "gene_id": "E2", "symbol": "BMP4", "status": "not_tested", "reason": "no sample has enough cells"},
         {**at, "gene_id": "E3", "symbol": "ID1", "status": "tested", "reason": ""}]
    )  # fmt: skip
    living = {**at, "symbol": "BMPR1B", "reading": "selection", "adj_reading": "selection", "obstacle": "",
              "reason": "", "ci_low": 0.1, "ci_high": 3.0, "p_value": 0.007, "adj_p_value": 0.021}  # fmt: skip
    ratios = {"positives": 0.502, "negatives": 0.19, "difference": 2.65}
    survivors = pd.DataFrame([{**living, "what": what, "ratio": ratio} for what, ratio in ratios.items()])
    composition = pd.DataFrame([{**at, "status": "tested", "share_tested": 0.4, "share_reference": 0.5, **odds,
                                 "adj_p_value": np.nan, "clr_p_value": 0.5, "reason": ""}])  # fmt: skip
    pair = {**at, "ligand": "BMP4", "receptor": "BMPR1B", "status": "tested", "patients": 5, "cells": 1600, "both": 178,
            "expected": 117.0, **odds, "reason": "", "doublets": 30.0, "status_without_doublets": "tested",
            "odds_ratio_without_doublets": 2.4, "adj_p_value_without_doublets": 0.003}  # fmt: skip
    codetection = pd.DataFrame([pair, {**pair, "contrast": "d"}])
    made = pd.DataFrame(
        [("BMP4", "S1", state, 90, 20, 0.25, 0.8, 0.6), ("BMP4", "S1", "MSC", 22, 60, 0.75, 0.2, 0.4),
         ("BMP4", "S2", state, 80, 0, np.nan, 1.0, 1.0), ("BMP6", "S1", state, 90, 0, np.nan, 0.8, 0.6)],
        columns=["gene", "sample", "state", "cells", "counts", "share", "cell_share", "count_share"],
    )  # fmt: skip
    losses = pd.DataFrame([{**at, "group_low": "imatinib", "kept_low": 0.3, "group_high": "untreated", "kept_high": 0.9,
                            "ratio": 3.0}])  # fmt: skip
    bounds = pd.DataFrame({"sample": ["S1", "S2"], "kind": "not_known", "obstacle": "no_raw",
                           "contamination_upper": [0.4, 0.3]})  # fmt: skip
    return {"pseudobulks": sums, "lost": lost, "unequal_losses": losses, "ambient": bounds, "detection": detection,
            "survivors": survivors, "composition": composition, "codetection": codetection, "makers": made}  # fmt: skip


def page(cells, picture=None):
    """Render the section alone, with the filters of the page."""
    folder = REPOSITORY / "workflow" / "report" / "page"
    names = ("macros.html.j2", "cells.html.j2")
    sources = {name: (folder / name).read_text(encoding="utf-8") for name in names}
    environment = Environment(loader=DictLoader(sources), autoescape=True, undefined=StrictUndefined)
    environment.filters |= {"number": format_number, "p_value": format_p_value,
                            "capitalised": lambda text: text[:1].upper() + text[1:]}  # fmt: skip
    figures = {"cell_shares": "s.svg", "codetection": "c.svg", "states": "b.svg"}
    return environment.get_template("cells.html.j2").render(
        cells=cells, cell_figures=figures, picture=picture, statistics=ASKED
    )


def test_words_of_the_tables_are_those_of_the_tests():
    assert (TESTED, NO_RISE, BOUNDED) == (fractions.TESTED, survivors.NO_RISE, ambient.BOUNDED)
    assert set(NO_AMBIENT) == {ambient.NO_RAW, ambient.NO_HAEMOGLOBIN, ambient.NO_OTHER_CELLS}


def test_primary_genes_and_those_of_claims_are_shown():
    panel = pd.DataFrame({"symbol": ["BMP4", "ID1", "BMP4"], "tier": ["primary", "secondary", "primary"]})
    claims = pd.DataFrame({"of_cells": ["", "fraction", "codetection", "abundance"],
                           "cells_subject": ["", "BMPR1B", "BMP6 + ACVR2A", "LSC"]})  # fmt: skip
    assert choose_genes(panel, claims) == ["BMP4", "BMPR1B", "BMP6", "ACVR2A"]
    assert choose_genes(panel, None) == ["BMP4"]


def test_kept_and_left_out_cells_are_counted_by_sample_and_reason():
    described = describe_cells(tables(), models(m="Stem cells"), ["BMPR1B", "BMP4"], ASKED)
    assert described["states"] == ["LSC", "MSC"] and [row["sample"] for row in described["samples"]] == ["S1", "S2"]
    assert described["samples"][0]["cells"]["MSC"]["cells"] == 12 and "MSC" not in described["samples"][1]["cells"]
    assert [(row["sample"], row["state"]) for row in described["dropped"]] == [("S1", "MSC")]
    # The nine without a state come before the seven of poor quality.
    assert [part["cells"] for part in described["left_out"]] == [9, 7]
    assert described["left_out"][0]["reason"] == "no state"
    (part,) = described["fractions"]
    assert part["title"] == "Stem cells: imatinib against untreated"
    assert [(row["symbol"], row["called"]) for row in part["rows"]] == [("BMPR1B", True), ("BMP4", False)]


def test_unequal_losses_are_warnings_of_their_comparison():
    (warning,) = describe_losses(tables()["unequal_losses"], models(m="Stem cells"))
    assert warning["touches"] == ["m/c"] and warning["where"].startswith("Stem cells, ")
    assert warning["text"] == (
        "imatinib kept 30% of its cells of LSC, untreated 90%: losing cells unequally makes a difference in shares by "
        "itself"
    )
    assert describe_losses(tables()["unequal_losses"].iloc[:0], models(m="Stem cells")) == []


@pytest.mark.parametrize(
    ("reading", "obstacle", "ratios", "words"),
    [
        ("selection", "", (0.502, 0.19), "cells with G fell to 0.50 times, those without to 0.19 times: selection"),
        ("induction", "", (1.8, 0.4), "cells with G grew to 1.80 times, those without fell to 0.40 times: induction"),
        ("selection_or_induction", "undecided", (0.9, 0.4),
         "cells with G fell to 0.90 times, those without to 0.40 times: selection or induction is not known"),
        ("selection_or_induction", "no_viable_cells", (np.nan, np.nan),
         "the share rose; living cells were not counted in every sample (viable_cells): selection or induction is not "
         "known"),
        ("no_rise", "", (0.2, 0.2), "no larger share of cells with G is shown"),
        ("no_rise", "fell", (0.14, 0.22),
         "the share of cells with G fell: those with it to 0.14 times, those without to 0.22 times"),
    ],
)  # fmt: skip
def test_living_cells_in_words(reading, obstacle, ratios, words):
    # What a gene alone says has no part in the words.
    row = {"reading": "induction", "adj_reading": reading, "obstacle": obstacle, "reason": ""}
    row |= {"adj_p_value": 0.03 if obstacle == "fell" else 0.3, "ratio": 0.6}
    rows = {"positives": {"ratio": ratios[0]}, "negatives": {"ratio": ratios[1]}, "difference": row}
    assert living_words(rows, "G", 0.05) == words
    # Without counted cells there are no rows of positives and negatives.
    if obstacle == "no_viable_cells":
        assert living_words({"difference": row}, "G", 0.05) == words
    assert living_words({"difference": {**row, "reason": "too few"}}, "G", 0.05) == "too few"


def test_pairs_are_seen_in_the_same_cells_and_nothing_is_said_of_signals():
    row = tables()["codetection"].iloc[0].to_dict()
    more = "BMP4 and BMPR1B are seen in the same cells more often than depth and state explain"
    assert pair_words(row, ASKED) == more
    assert "less often" in pair_words({**row, "odds_ratio": 0.4}, ASKED)
    unsure = {**row, "adj_p_value": 0.2}
    assert pair_words(unsure, ASKED).endswith("a single test would probably have found an odds ratio of 1.4")
    assert "about as often" in pair_words({**unsure, "equivalence_p_value": 0.01}, ASKED)
    few = "too few cells in which both could be seen"
    assert pair_words({**unsure, "status": few, "reason": few}, ASKED) == few
    described = describe_cells(tables(), models(m="Stem cells"), [], ASKED)
    # The samples of a model are one: its contrasts say the same, once.
    assert [row["words"] for row in described["pairs"]] == [more]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({}, ""),
        ({"status_without_doublets": ""}, ""),
        ({"adj_p_value_without_doublets": 0.2, "odds_ratio_without_doublets": 1.2},
         "without likely doublets (30 cells) this is not shown (odds ratio 1.2)"),
        ({"odds_ratio_without_doublets": 0.4},
         "without likely doublets (30 cells) they are seen less often (odds ratio 0.4)"),
        ({"adj_p_value": 0.3}, "without likely doublets (30 cells) they are seen more often (odds ratio 2.4)"),
        ({"adj_p_value": 0.3, "adj_p_value_without_doublets": 0.2, "odds_ratio_without_doublets": 0.4}, ""),
        ({"status_without_doublets": "no cells", "adj_p_value_without_doublets": np.nan},
         "without likely doublets (30 cells) there is no test: no cells"),
    ],
)  # fmt: skip
def test_pairs_say_where_likely_doublets_decide(changed, words):
    held = tables()
    held["codetection"] = held["codetection"].assign(**changed)
    assert doublet_words(held["codetection"].iloc[0].to_dict(), ASKED) == words
    text = page(describe_cells(held, models(m="Stem cells"), [], ASKED))
    assert words in text and ("without likely doublets (" in text) == bool(words)


def test_makers_are_means_over_samples_with_a_count():
    first, second = summarise_makers(tables()["makers"])
    assert [row["state"] for row in first["rows"]] == ["MSC", "LSC"] and first["rows"][0]["share"] == 0.75
    assert first["rows"][1]["samples"] == 1 and second == {"gene": "BMP6", "rows": []}


def test_states_of_models_that_differ_in_their_state_only_appear_once():
    both = tables()
    both["composition"] = pd.concat([both["composition"], both["composition"].assign(model="n")])
    asked = models(m="Stem cells", n="Progenitors")
    (part,) = describe_cells(both, asked, [], ASKED)["composition"]
    assert part["title"].count("; ") == 1 and part["rows"][0]["called"]
    both["composition"].loc[both["composition"]["model"] == "n", "odds_ratio"] = 9.0
    assert len(describe_cells(both, asked, [], ASKED)["composition"]) == 2


def test_the_section_says_what_it_may_and_never_speaks_of_autocrine_signals():
    picture = {"image": "p.png", "way": "pca", "receptor": "BMPR1B", "cells": 4488}
    text = page(describe_cells(tables(), models(m="Stem cells"), ["BMPR1B", "BMP4"], ASKED), picture)
    for words in (
        "Cells with BMPR1B fell to 0.50 times, those without to 0.19 times: selection.",
        '<td class="n">0.007</td><td class="n">0.021</td>',
        "Shares add up to one: a fall of one state raises the others.",
        "S1, MSC</strong> is left out of sums and fractions: 12 cells, fewer than 20.",
        "no sample has enough cells",
        "imatinib kept 30% of its cells of LSC",
        "Distances mean little; no number rests on it.",
        "9 (no state), 7 (a high share of mitochondrial counts)",
        '<span class="up">2.60</span>',
        "no count in any sample",
    ):
        assert words in text, words
    assert "autocrine" not in text.lower() and "nan" not in text.lower().replace("mean", "")
    assert page(None).strip() == ""
    assert "The cells in a picture" not in page(describe_cells(tables(), models(m="a"), [], ASKED))


def test_ambient_rna_is_reported_where_it_is_known():
    asked = models(m="a"), ["BMPR1B"], ASKED
    unknown = page(describe_cells(tables(), *asked))
    assert "alone would show is not known: no droplets without cells were given." in unknown
    assert "Ambient RNA</th>" not in unknown and "ambient?" not in unknown
    found = tables()
    found["ambient"] = found["ambient"].assign(kind=["bounded", "not_known"], obstacle=["", "no_haemoglobin"])
    found["detection"] = found["detection"].assign(ambient="not_above")
    known = page(describe_cells(found, *asked))
    assert "≤ 40.0%" in known and "30.0%" not in known.split("<h3>Shares")[0].replace("30.0%, 30.0%", "")
    assert "A dash is the largest share" in known and known.count("ambient?") == 2 and "not known" not in known


def test_hostile_names_are_text():
    described = describe_cells(tables(HOSTILE), models(m=HOSTILE), ["BMPR1B"], ASKED)
    text = page(described)
    assert "<script" not in text and text.count("&lt;script&gt;") > 5


def test_cells_without_states_are_all_cells():
    plain = {name: table.assign(state="") if "state" in table else table for name, table in tables().items()}
    plain["pseudobulks"] = plain["pseudobulks"].drop_duplicates("sample")
    text = page(describe_cells(plain, models(m="a"), ["BMPR1B"], ASKED))
    assert "All cells" in text and "()" not in text


def test_claims_on_cells_are_ratios_by_name():
    claim = {"gene": "", "score": "", "of_cells": "fraction", "cells_subject": "BMPR1B", "unit": "log2 odds ratio"}
    assert name_subject(claim) == "Cells with BMPR1B"
    assert name_subject({**claim, "of_cells": "survivors"}) == "Living cells with BMPR1B"
    assert name_subject({**claim, "of_cells": "abundance", "cells_subject": "LSC"}) == "LSC among all cells"
    pair = {**claim, "of_cells": "codetection", "cells_subject": "BMP4 + BMPR1B"}
    assert name_subject(pair) == "BMP4 and BMPR1B in the same cells"
    assert name_subject({"of_cells": "", "gene": "", "score": "loop_BMP4"}) == "loop BMP4"
    effect = {"log2_fc": 1.0, "min_detectable_log2_fc": 1.0}
    assert format_effect({"log2_fc": np.log2(2.65), "unit": "log2 odds ratio"}) == "odds ratio 2.65"
    assert format_effect(effect | {"unit": "log2 odds ratio of the share"}) == "odds ratio of the share 2.00"
    assert format_effect(effect | {"unit": "log2 ratio of survivors"}) == "ratio of survivors 2.00"
    assert format_detectable(effect | {"unit": "log2 ratio of survivors"}) == "a ratio of survivors of 2"
    assert format_detectable(effect | {"unit": "log2"}) == format_effect(effect | {"unit": "log2"}) == "log2 1.00"
    assert format_effect({"log2_fc": -1.5, "unit": "standard deviations"}) == "−1.50 standard deviations"
    assert format_interval({"ci_low": 1.0, "ci_high": 2.0, "unit": "log2 odds ratio"}) == "2.00 to 4.00"
    assert format_interval({"ci_low": 1.0, "ci_high": np.inf, "unit": "log2 odds ratio"}) == "2.00 to ∞"
    assert format_interval({"ci_low": 1.0, "ci_high": 2.0, "unit": "log2 ratio of survivors"}) == "2.00 to 4.00"
    assert format_interval({"ci_low": np.nan, "ci_high": np.nan, "unit": "log2"}) == ""


def test_methods_say_what_was_chosen_and_cite_it():
    source = make_cells({"cells": {"files": "a.h5ad", "min_umi": 250, "doublets": "remove", "only_fusion": "positive"}})
    record = {"state_source": "column cell_type of labels.tsv"}
    paragraphs, cited = write_cell_methods(source, record, {"way": "umap", "cells": 4488})
    text = " ".join(paragraphs)
    for words in ("fewer than 250 counts or 200 genes", "Likely doublets were left out", "call positive",
                  "column cell_type", "4,488 cells", "UMAP of the first 30"):  # fmt: skip
        assert words in text, words
    assert len(cited) == 5
    assert (DEVIATIONS, MITO_DEVIATIONS, LEAST_MITO_LIMIT) == (
        quality.DEVIATIONS, quality.MITO_DEVIATIONS, quality.LEAST_MITO_LIMIT
    )  # fmt: skip
    given = make_cells({"cells": {"files": "a.h5ad", "quality": "given", "doublets": "off"}})
    paragraphs, cited = write_cell_methods(given, {}, None)
    assert "Cells were taken as they came" in paragraphs[0] and len(paragraphs) == 2
    assert sorted(work.text.split()[0] for work in cited) == ["Mantel", "Robins"]


@pytest.fixture
def no_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield
    plt.close("all")


def shares(ambient=False):
    rows = [(f"P{p}_{what}.LSC", "BMPR1B", 0.05 * p + 0.1 * (what == "i"), 0.3) for p in (1, 2, 3) for what in "ui"]
    table = pd.DataFrame(rows, columns=["sample", "symbol", "fraction", "own_fraction"])
    table.loc[0, "fraction"] = np.nan
    return table.assign(ambient_fraction=0.01 if ambient else np.nan)


GROUPS = {"untreated": [f"P{p}_u.LSC" for p in (1, 2, 3)], HOSTILE: [f"P{p}_i.LSC" for p in (1, 2, 3)]}
PATIENTS = {f"P{p}_{what}.LSC": f"P{p}" for p in (1, 2, 3) for what in "ui"}


def marks(figure, gid):
    return [mark for axis in figure.axes for mark in axis.get_children() if mark.get_gid() == gid]


def test_shares_are_points_of_patients_with_pairs_joined(no_warnings):
    panels = [SharePanel("BMPR1B", HOSTILE, GROUPS), SharePanel("absent", "x", GROUPS)]
    figure = draw_shares(shares(), panels, PATIENTS)
    figure.draw_without_rendering()
    equal, own = marks(figure, "equal"), marks(figure, "own")
    assert len(equal) == len(own) == 2 and [len(points.get_xdata()) for points in own] == [3, 3]
    assert equal[1].get_ydata() == pytest.approx([0.15, 0.2, 0.25])
    # The first patient has no value at equal depth without treatment, and no line.
    (lines,) = marks(figure, "pairs")
    assert len(lines.get_segments()) == 2 and not marks(figure, "ambient")
    assert len(marks(draw_shares(shares(ambient=True), panels, PATIENTS), "ambient")) == 2
    assert draw_shares(shares(), panels[1:], PATIENTS).axes[0].texts[0].get_text() == "No share of cells to show"


def pair_tables():
    tests = tables()["codetection"].assign(adj_p_value=0.01)
    rows = [("P1", "tested", 1.2, 0.3), ("P2", "tested", 0.4, 0.3), ("P3", "too few cells", 0.1, 3.0),
            ("P4", "too few cells", np.nan, np.nan)]  # fmt: skip
    patients = pd.DataFrame(rows, columns=["patient", "status", "log_odds_ratio", "log_odds_error"])
    return tests, patients.assign(model="m", ligand="BMP4", receptor="BMPR1B", state="LSC")


def test_pairs_are_a_forest_of_patients_with_their_mean(no_warnings):
    tests, patients = pair_tables()
    figure = draw_pairs(tests, patients, {"m": HOSTILE}, 0.05)
    figure.draw_without_rendering()
    assert (
        len(marks(figure, "patient")) == 2 and len(marks(figure, "left out")) == 1 and len(marks(figure, "mean")) == 1
    )
    assert marks(figure, "patient")[0].get_xdata() == pytest.approx([np.exp(1.2)])
    assert marks(figure, "interval")[0].get_xdata() == pytest.approx(np.exp([1.2 - 0.588, 1.2 + 0.588]), rel=1e-3)
    none = tests.assign(status="too few", reason="too few cells", odds_ratio=np.nan, ci_low=np.nan, ci_high=np.nan)
    assert not marks(draw_pairs(none, patients, {"m": "a"}, 0.05), "mean")
    draw_pairs(none, patients.iloc[:0], {"m": "a"}, 0.05).draw_without_rendering()
    draw_pairs(tests.iloc[:0], patients.iloc[:0], {}, 0.05).draw_without_rendering()


def test_shares_of_states_add_up_to_one(no_warnings):
    figure = draw_states(tables(HOSTILE)["pseudobulks"])
    figure.draw_without_rendering()
    bars = marks(figure, "state")
    assert sum(bar.get_width() for bar in bars) == pytest.approx(2) and len(bars) == 4
    alone = tables()["pseudobulks"].query("state == 'LSC'")
    assert draw_states(alone).axes[0].texts[0].get_text() == "The cells have one state only"


def test_the_picture_is_small_marked_and_the_same_again(no_warnings, tmp_path):
    random = np.random.default_rng(4)
    cells = pd.DataFrame(
        {"state": random.choice(["LSC", HOSTILE, "C"], 20_000), "patient": random.choice(list("ABCDEF"), 20_000)}
    )
    cells["seen"] = random.random(20_000) < 0.1
    places = random.normal(size=(20_000, 2))
    for name in ("a.png", "b.png"):
        save_picture(draw_sketch(cells, places, "umap", "BMPR1B"), tmp_path / name, "SIMULATED")
    data = (tmp_path / "a.png").read_bytes()
    assert data == (tmp_path / "b.png").read_bytes() and len(data) <= LARGEST and b"SIMULATED" in data
    figure = draw_sketch(cells, places, "umap", "BMPR1B")
    assert [axis.get_title(loc="left") for axis in figure.axes] == ["by state", "by patient"]
    assert len(marks(figure, "seen")[0].get_offsets()) == cells["seen"].sum()
    many = draw_sketch(cells.assign(patient=[str(i % 40) for i in range(20_000)]), places, "pca")
    assert many.axes[1].get_legend() is None and not marks(many, "seen")
    assert draw_sketch(cells, None, "pca").axes[0].texts[0].get_text() == "Too few cells for a picture"
    assert len(set(state_colours(list("abcdefgh")).values())) == 8


def test_shares_for_the_explorer_are_a_byte_each_and_come_back_within_half_a_step():
    table = pd.DataFrame({"sample": ["A", "B", "A"], "symbol": ["G", "G", "H"], "fraction": [0.0, 1.0, 0.123]})
    block = pack_shares(table, ["H", "absent", "G"], ["B", "A"])
    assert block.form["planes"] == 1 and block.form["length"] == 6
    codes = np.frombuffer(gzip.decompress(base64.b64decode(block.text)), dtype=np.uint8)
    assert (codes == 0).tolist() == [True, False, True, True, False, False]
    read = (codes.astype(float) - 2) / block.form["scale"] + block.form["offset"]
    assert read[[1, 4, 5]] == pytest.approx([0.123, 1.0, 0.0], abs=0.5 / 253)
