"""The page over cohorts as a reader sees it: any gene, kinds of cohorts, claims, by keyboard, dark, on a phone."""

import re

import pandas as pd
import pytest

from tests.workflow.browsing import CHROMIUM, until, violations

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: tests/install_chromium.sh installs it")


@pytest.fixture
def summary(pair):
    return pair / "results" / "summary" / "summary.html"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 1024, 390])
def test_axe_finds_nothing(summary, open_page, width, scheme):
    page = open_page(summary, width=width)
    page.emulate_media(color_scheme=scheme)
    page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true")
    page.wait_for_timeout(300)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    # Colours do not depend on the width.
    assert violations(page, colours=width == 1440) == []


def test_a_gene_beside_the_panel_is_found_with_the_effects_of_its_cohorts(pair, summary, open_page):
    panel = set(pd.read_csv(pair / "results/under/panel.tsv", sep="\t")["gene_id"])
    genes = pd.read_csv(pair / "results/under/response/resistant_vs_sensitive/genes.tsv.gz", sep="\t")
    gene = genes[~genes["gene_id"].isin(panel) & (genes["status"] == "tested")].iloc[5]
    page = open_page(summary)
    # By keyboard alone.
    page.focus(".bar [data-search]")
    page.keyboard.type(gene["gene_id"])
    page.keyboard.press("Enter")
    until(page, f"document.getElementById('gene-name').textContent.includes('{gene['gene_id']}')")
    assert page.evaluate("document.activeElement.id") == "gene-name"
    page.evaluate("document.querySelector('#gene details').open = true")
    rows = page.locator("#gene-cohorts tr").all_inner_texts()
    assert len(rows) == 2 and "Under <b>treatment</b>" in rows[0]
    shown = float(re.search(r"([−-]?\d+\.\d+) \(", rows[0])[1].replace("−", "-"))
    # Rounded to a fraction of the interval.
    assert shown == pytest.approx(gene["log2_fc"], abs=0.006 + 0.005 * (gene["ci_high"] - gene["log2_fc"]))
    # The address is of this gene, in any copy of the page.
    again = open_page(summary, page.evaluate("location.hash"))
    until(again, f"document.getElementById('gene-name').textContent.includes('{gene['gene_id']}')")
    # A stranger's address changes nothing.
    odd = open_page(summary, "#gene=<img src=x onerror=alert(1)>&comparison=__proto__")
    assert "BMP" in odd.inner_text("#gene-name")


def test_the_choice_of_cohorts_hides_them_everywhere_and_changes_no_number(summary, open_page):
    page = open_page(summary)
    assert page.inner_text("#kinds-said") == "2 of 2 shown"
    pools = page.inner_text("#gene-pools")
    page.uncheck("[data-kind=bulk]")
    assert page.inner_text("#kinds-said") == "0 of 2 shown"
    assert page.locator("#gene-cohorts tr").count() == 0 and page.inner_text("#gene-pools") == pools
    assert page.locator("#cohorts tbody tr:visible").count() == 0
    counted = page.locator("section.claims [data-count=supported]").all_inner_texts()
    assert set(counted) == {"0 +"}
    page.check("[data-kind=bulk]")
    assert page.locator("#gene-cohorts tr").count() == 2


def test_dark_is_that_of_a_report(summary, open_page):
    page = open_page(summary)
    background = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(background) == "rgb(255, 255, 255)"
    page.select_option("#scheme", "dark")
    assert page.evaluate(background) == "rgb(20, 25, 31)"
    assert "#E4E9EE" in page.evaluate("document.querySelector('#gene-forest svg').outerHTML").upper()
    page.emulate_media(color_scheme="dark")
    page.select_option("#scheme", "light")
    assert page.evaluate(background) == "rgb(255, 255, 255)"


def test_without_scripts_the_tables_are_there(summary, browser):
    context = browser.new_context(java_script_enabled=False)
    bare = context.new_page()
    bare.goto(summary.as_uri())
    assert not bare.locator("#gene").is_visible() and not bare.locator("#kinds").is_visible()
    shown = bare.inner_text("main")
    for words in ("Cohorts", "Primary genes", "Taken together", "Panel genes", "Methods"):
        assert words in shown, words
    context.close()
