"""What the tables of the page show."""

import json
from dataclasses import asdict, replace

import numpy as np
import pandas as pd
import pytest

from autocrine.claims.roles import UNPAIRED_WORDS, Role
from autocrine.design.question import Statistics
from autocrine.design.weaknesses import examine_contrast
from autocrine.page.render import FULL_SHADE, shade
from autocrine.page.sections import (
    describe_unwanted,
    find_shades,
    gather_warnings,
    group_panel,
    primary_rows,
    summarise_contrast,
)
from autocrine.problems import Caution
from tests.models import model_of

STATISTICS = Statistics(alpha=0.05, equivalence_margin=1.0, power=0.8)


def test_summary_counts_calls():
    genes = pd.DataFrame(
        {
            "gene_id": list("abcd"),
            "log2_fc": [1.0, -2.0, 3.0, 0.1],
            "adj_p_value": [0.01, 1e-8, 0.6, np.nan],
            "moderated_adj_p_value": [0.07, 1e-6, 0.7, np.nan],
            "status": ["tested", "tested", "tested", "outlier"],
            "outcome": ["changed", "changed", "equivalent", "undetermined"],
        }
    )
    lists = {"deseq2": 2, "moderated": 1}
    assert summarise_contrast(genes, STATISTICS) == {"tested": 3, "up": 1, "down": 1, "equivalent": 1, **lists}
    by_t = summarise_contrast(genes, replace(STATISTICS, calls="moderated"))
    assert by_t == {"tested": 3, "up": 0, "down": 1, "equivalent": 1, **lists}
    none = summarise_contrast(genes.assign(adj_p_value=np.nan, moderated_adj_p_value=np.nan), STATISTICS)
    assert none == {"tested": 3, "up": 0, "down": 0, "equivalent": 1, "deseq2": 0, "moderated": 0}


def test_groups_of_the_panel_hold_a_cell_per_contrast():
    panel = pd.DataFrame(
        [
            ("own", "X1", "", "secondary", "m", "a", 1.0),
            ("ligand", "BMP4", "E4", "primary", "m", "a", 2.0),
            ("ligand", "BMP4", "E4", "primary", "m", "b", 3.0),
        ],
        columns=["group", "symbol", "gene_id", "tier", "model", "contrast", "log2_fc"],
    ).assign(role="r")
    groups = group_panel(panel, [("m", "b"), ("m", "a")])
    assert [group["heading"] for group in groups] == ["Ligands", "Own"]
    assert [cell["log2_fc"] for cell in groups[0]["genes"][0]["cells"]] == [3.0, 2.0]
    assert groups[1]["genes"][0]["cells"][0] is None


def test_warnings_come_swapped_samples_first_and_name_comparisons_by_title():
    contrasts = {
        "a": {"factor": "response", "tested": "x", "reference": "y", "title": "X against Y"},
        "b": {"factor": "response", "tested": "y", "reference": "x", "role": "paired"},
        "d": {"difference": ["a", "b"]},
    }
    models = {"m": model_of("~ response", contrasts), "n": model_of("~ response", {"a": contrasts["a"]})}
    groups = {"groups": {"x": ["S1"], "y": ["S2"]}}
    fits = {
        "m": {
            "warnings": [
                asdict(Caution("odd", "odd input", "input", "counts.tsv")),
                asdict(Caution("uneven", 'uneven; add "y"', contrasts=("a",), advice='add "x" to the design')),
                asdict(Caution("few", "few samples of leukemic_fraction")),
            ],
            "contrasts": {"a": groups, "b": {"groups": {"y": ["S1"], "x": ["S3"]}}, "d": groups},
        },
        "n": {"warnings": [asdict(Caution("small", "small", contrasts=("a",)))], "contrasts": {"a": groups}},
    }
    quality = [
        {"sample": "S1", "sex_flag": "", "outlier_flag": ""},
        {"sample": "S2", "sex_flag": "swap", "outlier_flag": "far"},
    ]
    claims = [{"roles": {"paired": Role("cells", "after against before", paired=True)}}]
    gathered = gather_warnings([Caution("odd", "odd input", "input", "counts.tsv")], quality, fits, models, claims)
    # Advice is a field of its own: words of a sheet that read like it stay, and no name within a text is replaced.
    assert [warning["text"] for warning in gathered] == [
        "counts.tsv: odd input", "swap", 'X against Y: uneven; add "y"', "few samples of leukemic_fraction",
        UNPAIRED_WORDS, "small", "far",
    ]  # fmt: skip
    # A warning is beside verdicts on the comparison that it concerns, and on differences of this comparison.
    assert [warning["touches"] for warning in gathered] == [
        [], ["m/a", "m/d", "n/a"], ["m/a", "m/d"], ["m/a", "m/b", "m/d"], ["m/b"], ["n/a"], ["m/a", "m/d", "n/a"]
    ]  # fmt: skip
    assert gathered[1]["where"] == "S2" and gathered[2]["where"] == models["m"].title


def test_advice_on_the_design_is_left_to_who_runs_it():
    """On what is really found."""
    sheet = pd.DataFrame({"leukemic_fraction": [0.9, 0.8, 0.85, 0.1, 0.2, 0.15]}, index=list("abcdef"))
    (caution,) = examine_contrast(sheet, [], [], (list("abc"), list("def")), ("x", "y"))
    record = json.loads(json.dumps(asdict(replace(caution, contrasts=("a",)))))
    fits = {"m": {"warnings": [record], "contrasts": {"a": {"groups": {}}}}}
    models = {"m": model_of("~ response", {"a": {"factor": "response", "tested": "x", "reference": "y"}})}
    (warning,) = gather_warnings([], [], fits, models)
    assert caution.kind == "uneven_means" and caution.text.startswith("leukemic_fraction differs")
    assert "to the design" in caution.words and "design to" not in warning["text"]
    assert warning["text"].startswith("leukaemic fraction differs")
    assert "composition alone would make" in warning["text"]


def test_factors_are_numbered_in_each_way_whatever_they_are_called():
    rows = [("residuals", "a", "batch", 0.9, 0.001, ""), ("residuals", "a", "sex", 0.1, 0.5, ""),
            ("residuals", "unwanted", "sex", 0.2, 0.6, ""), ("reference_genes", "b", "sex", 0.8, 0.01, "")]  # fmt: skip
    table = pd.DataFrame(rows, columns=["way", "factor", "column", "r_squared", "p_value", "reason"])
    lost = {"way": "reference_genes", "factor": "", "reason": "too few genes"}
    models = {name: model_of("~ response", {}) for name in ("m", "n")}
    described = describe_unwanted(
        {"m": table.assign(in_fit="no"), "n": pd.DataFrame([lost]).reindex(columns=table.columns).assign(in_fit="no")},
        models,
    )
    assert [(row["way"], row["factor"], row["words"]) for row in described] == [
        ("residuals", "1", "batch (90%, p 0.001)"), ("residuals", "2", "none of the columns"),
        ("reference genes", "1", "sex (80%, p 0.01)"), ("reference genes", "–", "too few genes"),
    ]  # fmt: skip


def test_comparisons_with_small_effects_have_a_scale_of_colours_of_their_own():
    panel = pd.DataFrame({"model": "m", "contrast": ["a"] * 3 + ["age"] * 3 + ["none"],
                          "log2_fc": [1.0, -9.0, 0.1, 0.02, -0.08, np.nan, np.nan]})  # fmt: skip
    contrasts = [("m", name) for name in ("a", "age", "any", "none")]
    reaches = dict(zip(contrasts, (0.7, 0.023, np.nan, 0.01), strict=True))
    shades = find_shades(panel, contrasts, reaches)
    assert shades == pytest.approx([FULL_SHADE, 0.0788, FULL_SHADE, FULL_SHADE])
    assert (shade(-0.08, "", shades[1]), shade(-0.08)) == ("s-10", "s0")


def test_primary_genes_follow_the_order_of_the_contrasts():
    panel = pd.DataFrame(
        [("BMP4", "primary", "m", "a", 1), ("ID1", "secondary", "m", "a", 2), ("BMP4", "primary", "m", "b", 3)],
        columns=["symbol", "tier", "model", "contrast", "log2_fc"],
    ).assign(gene_id="E1", p_value=0.01, outcome="changed", genome_wide_outcome="undetermined")
    panel = panel.assign(adj_p_value=[0.2, 0.2, np.nan])
    rows = primary_rows(panel, [("m", "b"), ("m", "a")], STATISTICS)
    assert [row["symbol"] for row in rows] == ["BMP4"]
    assert [cell["also"] for cell in rows[0]["cells"]] == [
        "Among all genes: undetermined; its counts are too low for that list.",
        "Among all genes: undetermined (adjusted p 0.2).",
    ]
    assert [cell["log2_fc"] for cell in rows[0]["cells"]] == [3, 1]
