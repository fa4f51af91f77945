"""What the page shows, and that it shows text as text."""

import numpy as np
import pandas as pd
import pytest
from jinja2 import UndefinedError

from autocrine.report import (
    describe_method,
    embed_svg,
    format_number,
    format_p_value,
    primary_rows,
    render,
    summarise_contrast,
)


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
    ],
)
def test_numbers_read_easily(value, text):
    assert format_number(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(np.nan, "–"), (0.04321, "0.043"), (1.234e-8, "1.2e-08"), (0.0, "0.0e+00")]
)
def test_p_values_read_easily(value, text):
    assert format_p_value(value) == text


def test_names_cannot_become_markup():
    odd = "<script>alert(1)</script>\"' onload=x"
    page = render(
        '<p title="{{ name }}">{{ name }}</p><img src="{{ figure }}">', "p {}", name=odd, figure=embed_svg(b"<svg/>")
    )
    assert "<script" not in page and '" onload' not in page and "&lt;script&gt;" in page
    assert 'src="data:image/svg+xml;base64,PHN2Zy8+"' in page


def test_a_name_that_the_page_lacks_is_an_error():
    with pytest.raises(UndefinedError):
        render("{{ nothing }}", "")


def test_primary_genes_follow_the_order_of_the_contrasts():
    panel = pd.DataFrame(
        [("BMP4", "primary", "m", "a", 1), ("ID1", "secondary", "m", "a", 2), ("BMP4", "primary", "m", "b", 3)],
        columns=["symbol", "tier", "model", "contrast", "log2_fc"],
    )
    rows = primary_rows(panel, [("m", "b"), ("m", "a")])
    assert [row["symbol"] for row in rows] == ["BMP4"]
    assert [cell["log2_fc"] for cell in rows[0]["cells"]] == [3, 1]


def test_methods_state_the_values_that_were_applied():
    fit = {
        "samples": 12,
        "design": "~ sex + response",
        "coefficients": ["Intercept", "sex", "response"],
        "residual_degrees_of_freedom": 9,
        "left_out": ["batch[2]"],
        "size_factor_method": "poscounts",
        "engine": "pydeseq2",
        "trend": {"fit_type": "local"},
        "versions": {"pydeseq2": "0.5.4"},
        "contrasts": {"a": {"form": "trend"}, "b": {"form": "any_difference"}},
        "statistics": {"alpha": 0.1, "equivalence_margin": 0.5, "power": 0.8, "low_count_filter": "filterByExpr"},
    }
    text = describe_method(fit)
    for words in (
        "12 samples",
        '"~ sex + response"',
        "positive counts",
        "estimated by PyDESeq2 0.5.4",
        "(local trend)",
        "90% Wald",
        "rate of 0.1",
        "within log2 0.5",
        "filterByExpr",
        "slope over its groups",
        "likelihood ratio",
        "were left out: batch[2].",
    ):
        assert words in text  # fmt: skip
