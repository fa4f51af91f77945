"""The dossier of a gene in the report: what is beside its effects, against the tables on disk."""

import re

import pandas as pd
import pytest

from tests.workflow.browsing import CHROMIUM, Reader, until

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: tests/install_chromium.sh installs it")

KEY = "lsc_response/resistant_vs_sensitive"


def numbers(text):
    return [float(word) for word in re.findall(r"-?\d+\.\d+", text.replace("−", "-"))]


def test_a_gene_comes_with_everything_that_bears_on_it(report, open_page, demo):
    page = open_page(report)
    reader = Reader(page)
    reader.paste(".bar input", "BMP4")
    page.keyboard.press("Enter")
    until(page, "document.getElementById('gene-name').textContent === 'BMP4'")
    page.wait_for_selector("#gene-effects tr")
    assert reader.count == 1
    results = demo / "results" / "demo"
    row = page.locator("#gene-effects tr").first
    # Donors left out one by one, from the table of changed fits.
    fits = pd.read_csv(results / "lsc_response" / "sensitivity.tsv.gz", sep="\t")
    fits = fits[(fits["gene_id"] == "ENSG00000125378") & (fits["contrast"] == "resistant_vs_sensitive")]
    donors = fits[fits["kind"] == "donor"].sort_values("log2_fc")
    words = re.search(r"One donor left out: (.*?)\. (?:One|$)", row.inner_text())[1]
    assert donors["variant"].iloc[0] in words and donors["variant"].iloc[-1] in words
    assert numbers(words) == pytest.approx([donors["log2_fc"].min(), donors["log2_fc"].max()], abs=0.016)
    assert row.locator("svg line[y1='17']").count() == len(donors)
    assert row.locator("svg circle[r='1.6']").count() == len(fits) - len(donors)
    # The shrunken effect, and what the leukaemic fraction alone would do.
    panel = pd.read_csv(results / "panel.tsv", sep="\t")
    mine = panel[(panel["symbol"] == "BMP4") & (panel["model"] + "/" + panel["contrast"] == KEY)].iloc[0]
    shrunken = re.search(r"shrunken (\S+)", row.inner_text())[1]
    assert numbers(shrunken) == pytest.approx([mine["log2_fc_shrunken"]], abs=0.006)
    said = page.locator("#gene-now").inner_text()
    assert mine["composition_flag"] in said.lower() and "voom: " in said and "PyDESeq2: " in said
    assert page.locator("#gene-warnings").inner_text().startswith("Warning 1: leukaemic fraction differs")
    claims = pd.read_csv(results / "claims.tsv", sep="\t")
    assert page.locator("#gene-claims li").count() == (claims["gene"] == "BMP4").sum()
    assert page.locator("#gene-claims li .verdict").first.inner_text() != "not testable"


def test_previous_and_next_go_through_the_current_list(report, open_page):
    page = open_page(report, "#gene=MYC&l=mine~ID1,TWIST1,MYC&list=mine&at=gene&v=1")
    name = "document.getElementById('gene-name').textContent"
    until(page, f"{name} === 'MYC'")
    assert page.locator("#gene-of-list").inner_text() == "3 of 3 in “mine”"
    for gene in ("ID1", "TWIST1"):
        page.click("#gene-after")
        until(page, f"{name} === '{gene}'")
    page.focus("#gene-before")
    page.keyboard.press("Enter")
    until(page, f"{name} === 'ID1'")
    page.evaluate("history.back()")
    until(page, f"{name} === 'TWIST1'")


def test_samples_are_coloured_and_split_by_any_column(report, open_page, demo):
    page = open_page(report, f"#gene=BMP4&contrast={KEY}")
    page.wait_for_selector("#gene-samples svg")
    sheet = pd.read_csv(demo / "results" / "demo" / "lsc_response" / "samples.tsv", sep="\t")
    columns = page.locator("#gene-colour option").all_inner_texts()
    assert {"sex", "batch", "leukemic_fraction"} <= set(columns)
    page.select_option("#gene-split", "sex")
    page.select_option("#gene-colour", "batch")
    until(page, "location.hash.includes('colour=batch') && location.hash.includes('split=sex')")
    until(page, "document.querySelector('#gene-samples svg').textContent.includes('female')")
    drawn = page.evaluate(
        """() => echarts.getInstanceByDom(document.getElementById('gene-samples')).getOption().series
             .filter((one) => one.type === 'scatter').map((one) => [one.name, one.data.length])"""
    )
    assert {name: count for name, count in drawn if count} == sheet["batch"].value_counts().to_dict()
    page.select_option("#gene-colour", "leukemic_fraction")
    until(page, "document.querySelector('#gene-samples svg').textContent.includes('leukemic')")


def test_a_gene_set_becomes_a_list_from_its_gene_and_from_its_comparison(report, open_page):
    page = open_page(report, "#gene=ID1&contrast=bmp_exposure/BMP4_vs_control")
    page.wait_for_selector("#gene-sets:not([hidden])")
    page.click("#gene-sets summary")
    button = page.locator("#gene-sets-names button", has_text="BMP_SMAD_TARGETS")
    button.click()
    until(page, "document.getElementById('notice').textContent.includes('BMP_SMAD_TARGETS')")
    page.click("#notice a")
    until(page, "document.getElementById('list-title').textContent === 'BMP_SMAD_TARGETS: 10 genes'")
    groups = page.locator("#list-from optgroup").evaluate_all("(all) => all.map((one) => one.label)")
    assert groups == ["Panel", "Gene sets of the comparison"]
