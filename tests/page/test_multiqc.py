"""Sections for MultiQC are what its documentation of custom content asks for, and hold the numbers of the tables."""

import json
import shutil
import subprocess

import numpy as np
import pandas as pd
import pytest

from autocrine.page.multiqc import (
    CATEGORIES,
    VERDICTS,
    claims_section,
    comparisons_section,
    count_genes,
    quality_section,
)
from autocrine.tables import write_json

# The keys of the documentation ("Section configuration"), and those of the data in the file itself and of a plot.
KEYS = {"id", "parent_id", "parent_name", "parent_description", "section_name", "description", "plot_type", "pconfig"}
OF_PLOT = {"table": "headers", "bargraph": "categories"}


def read(section):
    """Read a section as MultiQC does: data by sample, each value named by a header or a category."""
    section = json.loads(json.dumps(section, allow_nan=False))
    named = OF_PLOT[section["plot_type"]]
    assert set(section) == KEYS | {named, "data"}
    assert section["pconfig"]["id"] and section["pconfig"]["title"].startswith("autocrine: ")
    for values in section["data"].values():
        assert set(values) <= set(section[named])
    return section


@pytest.fixture
def quality():
    return pd.DataFrame(
        {
            "sample": ["S1", "S<2>"],
            "library_size": [2_000_000.0, 900_000.0],
            "detected_genes": [14_000.0, 12_000.0],
            "median_level": [np.nan, np.nan],
            "size_factor": [1.2, np.nan],
            "sex_flag": ["", ""],
            "outlier_flag": ["", "few genes & reads"],
            "data_origin": ["measured", "measured"],
        }
    )


def test_samples_have_their_measures_and_gaps_are_left_out(quality):
    section = read(quality_section(quality, "one", "A <b>cohort</b>", "measured"))
    assert section["id"] == "autocrine_quality_one" and section["plot_type"] == "table"
    assert set(section["headers"]) == {"library_size", "detected_genes", "size_factor", "outlier_flag"}
    assert section["data"] == {
        "S1": {"library_size": 2e6, "detected_genes": 14e3, "size_factor": 1.2},
        "S&lt;2&gt;": {"library_size": 9e5, "detected_genes": 12e3, "outlier_flag": "few genes &amp; reads"},
    }
    assert section["headers"]["library_size"]["format"] == "{:,.0f}"
    assert section["headers"]["size_factor"]["format"] == "{:,.3f}"
    assert "<b>" not in json.dumps(section) and "measured" in section["description"]


def test_whole_numbers_have_no_decimals_however_small(quality):
    section = quality_section(quality.assign(detected_genes=[434.0, 12.0]), "one", "A cohort", "measured")
    assert section["headers"]["detected_genes"]["format"] == "{:,.0f}"


@pytest.fixture
def genes():
    return pd.DataFrame(
        {
            "log2_fc": [2.0, -2.0, 0.3, 0.0, 1.0, np.nan, 3.0],
            "lfc_se": 0.5,
            "outcome": [
                "changed",
                "changed",
                "small_change",
                "equivalent",
                "undetermined",
                "undetermined",
                "undetermined",
            ],
            "status": ["tested"] * 5 + ["all_zero", "outlier"],
        }
    )


def test_genes_are_counted_by_outcome_each_once(genes):
    counted = count_genes(genes)
    assert counted == {
        "above": 1, "below": 1, "differs": 0, "small_change": 1, "equivalent": 1, "undetermined": 1, "no_test": 2
    }  # fmt: skip
    assert sum(counted.values()) == len(genes) and list(counted) == list(CATEGORIES)


def test_a_contrast_without_direction_has_effects_neither_above_nor_below_zero(genes):
    counted = count_genes(genes.assign(lfc_se=np.nan, log2_fc=genes["log2_fc"].abs()))
    assert (counted["above"], counted["below"], counted["differs"]) == (0, 0, 2)


def test_comparisons_are_bars_with_names_and_colours(genes):
    section = read(comparisons_section({"m a_vs_b": count_genes(genes)}, "one", "A cohort", "SIMULATED"))
    assert section["data"] == {"m a_vs_b": count_genes(genes)}
    assert all(set(category) == {"name", "color"} for category in section["categories"].values())
    # Slopes, trends and differences have no tested group.
    names = [category["name"] for category in section["categories"].values()]
    assert names[:3] == ["changed, effect above zero", "changed, effect below zero", "changed, without direction"]
    assert section["description"].startswith(
        "Genes of each comparison by outcome; the report of the cohort has the genes. What an effect above zero is "
        "depends on the comparison: higher in the tested group, rises towards the last group, the first change lies "
        "above the second, rises with the measurement. "
    )
    assert section["pconfig"]["ylab"] == "genes" and "SIMULATED" in section["description"]


def test_claims_are_counted_by_file_and_verdict():
    claims = pd.DataFrame({"title": ["A", "A", "B"], "verdict": ["supported", "not_testable", "inconclusive"]})
    section = read(claims_section(claims, "one", "A cohort", "measured"))
    assert section["data"] == {
        "A": {"supported": 1, "contradicted": 0, "inconclusive": 0, "not_testable": 1},
        "B": {"supported": 0, "contradicted": 0, "inconclusive": 1, "not_testable": 0},
    }
    assert list(section["categories"]) == list(VERDICTS)


def test_sections_of_cohorts_do_not_merge(quality):
    """MultiQC joins sections of one id."""
    first, second = (quality_section(quality, name, "A cohort", "measured") for name in ("one", "two"))
    assert first["id"] != second["id"] and first["pconfig"]["id"] != second["pconfig"]["id"]
    assert first["parent_id"] == second["parent_id"]


def test_multiqc_reads_them(quality, genes, tmp_path):
    """By MultiQC itself, which is no dependency of the tests (GPL-3): with `multiqc` on PATH."""
    program = shutil.which("multiqc")
    if program is None:
        pytest.skip("MultiQC is not installed")
    claims = pd.DataFrame({"title": ["A", "B"], "verdict": ["supported", "not_testable"]})
    sections = {
        "quality": quality_section(quality, "one", "A <b>cohort</b>", "SIMULATED"),
        "comparisons": comparisons_section({"m a_vs_b": count_genes(genes)}, "one", "A cohort", "SIMULATED"),
        "claims": claims_section(claims, "one", "A cohort", "SIMULATED"),
    }
    for name, section in sections.items():
        write_json(tmp_path / "results" / "one" / "multiqc" / f"autocrine_{name}_mqc.json", section)
    command = [program, "--strict", "--no-version-check", "--outdir", str(tmp_path / "out"), str(tmp_path / "results")]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    held = json.loads((tmp_path / "out" / "multiqc_data" / "multiqc_data.json").read_text(encoding="utf-8"))
    assert set(held["report_plot_data"]) == {f"autocrine_{name}_one_plot" for name in sections}
    report = (tmp_path / "out" / "multiqc_report.html").read_text(encoding="utf-8")
    assert "Samples of A ‹b›cohort‹/b›" in report and "The data are SIMULATED." in report
    assert "<b>cohort" not in report
