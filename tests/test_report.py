"""What the page shows, and that it shows text as text."""

import base64
import hashlib

import numpy as np
import pandas as pd
import pytest
from jinja2 import UndefinedError

from autocrine.report import (
    embed_svg,
    format_number,
    format_p_value,
    gather_warnings,
    group_panel,
    primary_rows,
    render,
    shade,
    summarise_contrast,
)
from tests.models import model_of


def test_summary_counts_calls_and_lists_the_clearest():
    genes = pd.DataFrame(
        {
            "gene_id": list("abcd"),
            "log2_fc": [1.0, -2.0, 3.0, 0.1],
            "p_value": [1e-3, 1e-9, 0.5, np.nan],
            "adj_p_value": [0.01, 1e-8, 0.6, np.nan],
            "status": ["tested", "tested", "tested", "outlier"],
            "outcome": ["changed", "changed", "equivalent", "undetermined"],
        }
    )
    found = summarise_contrast(genes, 0.05)
    assert [found[key] for key in ("genes", "tested", "up", "down", "equivalent")] == [4, 3, 1, 1, 1]
    assert [row["gene_id"] for row in found["top"]] == ["b", "a"]
    assert found["statuses"] == {"tested": 3, "outlier": 1}
    assert summarise_contrast(genes.assign(adj_p_value=np.nan), 0.05)["top"] == []


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (np.nan, "–"),
        (None, "–"),
        (3, "3"),
        (12345, "12,345"),
        (12345.0, "12,345"),
        (1234.56, "1,235"),
        (-0.4567, "-0.46"),
        (-0.001, "0.00"),
    ],
)
def test_numbers_read_easily(value, text):
    assert format_number(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(np.nan, "–"), (0.04321, "0.043"), (1.234e-8, "1.2e-08"), (0.0, "0.0e+00")]
)
def test_p_values_read_easily(value, text):
    assert format_p_value(value) == text


def page_of(source, scripts=(), **content):
    return render({"page": source}, "page", "p {}", list(scripts), **content)


def test_names_cannot_become_markup():
    odd = "<script>alert(1)</script>\"' onload=x"
    page = page_of(
        '<p title="{{ name }}">{{ name }}</p><img src="{{ figure }}">', name=odd, figure=embed_svg(b"<svg/>")
    )
    assert "<script" not in page and '" onload' not in page and "&lt;script&gt;" in page
    assert 'src="data:image/svg+xml;base64,PHN2Zy8+"' in page


def test_a_name_that_the_page_lacks_is_an_error():
    with pytest.raises(UndefinedError):
        page_of("{{ nothing }}")


def test_the_policy_names_the_scripts_of_the_page():
    script = "const é = '<b>';"
    page = page_of("{{ script_hashes }}{% for script in scripts %}<script>{{ script }}</script>{% endfor %}", [script])
    # The closed form: base64 of the SHA-256 of the element's text.
    expected = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert page == f"'sha256-{expected}'<script>{script}</script>"
    for ending in ("x = '</SCRIPT>'", "<!-- x"):
        with pytest.raises(ValueError, match="end it early"):
            page_of("", [ending])


@pytest.mark.parametrize(
    ("value", "name"), [(np.nan, "none"), (None, "none"), (0.0, "s0"), (9.0, "s10"), (-4.0, "s-10"), (1.9, "s5")]
)
def test_cells_are_shaded_by_effect(value, name):
    assert shade(value) == name


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


def test_warnings_come_samples_first_and_name_comparisons_by_title():
    contrasts = {
        "a": {"factor": "response", "tested": "x", "reference": "y", "title": "X against Y"},
        "b": {"factor": "response", "tested": "y", "reference": "x"},
    }
    models = {"m": model_of("~ response", contrasts), "n": model_of("~ response", {"a": contrasts["a"]})}
    fits = {"m": {"warnings": ["a, b: uneven", "batch: no contrast"]}, "n": {"warnings": ["a: small"]}}
    quality = [
        {"sample": "S1", "sex_flag": "", "outlier_flag": ""},
        {"sample": "S2", "sex_flag": "swap", "outlier_flag": "far"},
    ]
    told = gather_warnings({"warnings": ["odd input"]}, quality, fits, models)
    assert [warning["text"] for warning in told] == [
        "odd input", "swap", "far", "X against Y, y against x: uneven", "batch: no contrast", "small"
    ]  # fmt: skip
    assert told[1]["where"] == "S2" and told[3]["where"] == models["m"].title


def test_primary_genes_follow_the_order_of_the_contrasts():
    panel = pd.DataFrame(
        [("BMP4", "primary", "m", "a", 1), ("ID1", "secondary", "m", "a", 2), ("BMP4", "primary", "m", "b", 3)],
        columns=["symbol", "tier", "model", "contrast", "log2_fc"],
    ).assign(gene_id="E1")
    rows = primary_rows(panel, [("m", "b"), ("m", "a")])
    assert [row["symbol"] for row in rows] == ["BMP4"]
    assert [cell["log2_fc"] for cell in rows[0]["cells"]] == [3, 1]
