"""The report asked for one comparison against others: numbers against the tables on disk, clicks counted."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import pearsonr, spearmanr

from tests.workflow.browsing import CHROMIUM, Reader, until

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: tests/install_chromium.sh installs it")

RESISTANT, EXPOSED = "lsc_response/resistant_vs_sensitive", "bmp_exposure/BMP4_vs_control"
PROGENITORS = "progenitor_response/resistant_vs_sensitive"


def table_of(demo, key):
    """Return a comparison's genes with the outcome that the page shows: the panel's own where it judges."""
    results = demo / "results" / "demo"
    genes = pd.read_csv(results / key / "genes.tsv.gz", sep="\t").set_index("gene_id")
    panel = pd.read_csv(results / "panel.tsv", sep="\t")
    rows = panel[(panel["model"] + "/" + panel["contrast"] == key) & panel["p_value"].notna()].set_index("gene_id")
    genes.loc[rows.index, "outcome"] = rows["outcome"]
    # Of what was not read the tables have R's convention, and the page nothing.
    genes["log2_fc"] = genes["log2_fc"].where(genes["status"] != "unread")
    up = np.where(genes["log2_fc"] > 0, "up", "down")
    genes["kind"] = np.where(genes["outcome"].isin(["changed", "small_change"]), up, genes["outcome"])
    genes.loc[genes["log2_fc"].isna(), "kind"] = "none"
    return genes


def test_two_comparisons_are_counted_and_correlated_as_the_tables_say(report, open_page, demo):
    one, other = (table_of(demo, key) for key in (RESISTANT, EXPOSED))
    page = open_page(report, f"#contrast={RESISTANT}&with={EXPOSED}&at=pair")
    page.wait_for_selector("#pair-table td")
    both = one.join(other[["log2_fc", "kind"]], rsuffix="_2")
    wanted = pd.crosstab(both["kind"], both["kind_2"])
    order = {
        "higher": "up",
        "lower": "down",
        "equivalent": "equivalent",
        "undetermined": "undetermined",
        "no estimate": "none",
    }
    columns = page.locator("#pair-head th").all_inner_texts()[1:]
    rows = page.locator("#pair-table tr")
    for place in range(rows.count()):
        row = rows.nth(place)
        kind = order[row.locator("th").inner_text()]
        for column, shown in zip(columns, row.locator("td").all_inner_texts(), strict=True):
            assert int(shown.replace(",", "")) == wanted.get(order[column], pd.Series()).get(kind, 0)
    known = both.dropna(subset=["log2_fc", "log2_fc_2"])
    said = page.locator("#pair-said").inner_text().replace("−", "-")
    for test in (pearsonr, spearmanr):
        assert f"{test(known['log2_fc'], known['log2_fc_2']).statistic:.2f}".replace("-0.00", "0.00") in said
    assert f"{len(known):,} genes correlate" in said and "No sample is in both" in said


def test_higher_in_two_and_not_in_a_third(report, open_page, demo):
    tables = {key: table_of(demo, key) for key in (RESISTANT, PROGENITORS, EXPOSED)}
    page = open_page(report, "#overlap")
    page.wait_for_selector("#overlap-uses select")
    reader = Reader(page)
    reader.choose("#overlap-uses tr:nth-child(1) select", "up")
    reader.choose("#overlap-uses tr:nth-child(2) select", "up")
    reader.choose("#overlap-uses tr:nth-child(12) select", "same")
    reader.click("#overlap-list")
    assert reader.count == 4
    fits = (tables[RESISTANT]["kind"] == "up") & (tables[PROGENITORS]["kind"] == "up")
    fits &= tables[EXPOSED]["kind"] == "equivalent"
    until(page, f"document.getElementById('overlap-said').textContent.startsWith('{fits.sum()} genes')")
    page.click("#notice a")
    page.wait_for_selector("#list-table .tabulator-row")
    listed = page.evaluate("Tabulator.findTable('#list-table')[0].getData().map((row) => row.id)")
    assert set(listed) == set(fits.index[fits]) and len(listed) == fits.sum()
    # The same view from its link.
    until(page, "location.hash.includes('same')")
    other = open_page(report, page.evaluate("location.hash").replace("at=lists", "at=overlap"))
    until(other, f"document.getElementById('overlap-said').textContent.startsWith('{fits.sum()} genes')")


def test_up_in_two_comparisons_takes_three_clicks(report, open_page, demo):
    page = open_page(report, f"#contrast={RESISTANT}&at=pair")
    page.wait_for_selector("#pair-table td")
    reader = Reader(page)
    reader.choose("#pair-with", "11")
    until(page, "location.hash.includes('with=')")
    page.wait_for_timeout(200)
    reader.click("#pair-table tr:first-child td:nth-child(2) button")
    until(page, "!document.getElementById('notice').hidden")
    reader.click("#notice a")
    both = (table_of(demo, RESISTANT)["kind"] == "up") & (table_of(demo, EXPOSED)["kind"] == "up")
    until(page, f"document.getElementById('list-title').textContent.endsWith(': {both.sum()} genes')")
    assert reader.count == 3


def test_overlaps_count_every_called_gene(report, open_page, demo):
    page = open_page(report, "#overlap")
    page.wait_for_selector("#overlap-table tr")
    page.wait_for_selector("#overlap-plot svg")
    keys = [
        RESISTANT,
        PROGENITORS,
        "msc_response/resistant_vs_sensitive",
        "lsc_followup_resistant/follow_up_vs_diagnosis",
    ]
    kinds = pd.DataFrame({key: table_of(demo, key)["kind"] for key in keys})
    called = kinds.where(kinds.isin(["up", "down"]), "")
    counts = called[(called != "").any(axis=1)].value_counts()
    words = {"▲ higher": "up", "▼ lower": "down", "· not called": ""}
    rows = page.locator("#overlap-table tr")
    assert rows.count() == min(len(counts), 24)
    for place in range(rows.count()):
        number, *signs = rows.nth(place).locator("td").all_inner_texts()
        assert int(number.replace(",", "")) == counts[tuple(words[sign] for sign in signs)]
    rows.first.locator("button").focus()
    page.keyboard.press("Enter")
    until(page, f"document.getElementById('notice').textContent.includes(': {counts.iloc[0]:,} genes')")


def test_a_rectangle_of_the_scatter_plot_is_a_list(report, open_page):
    page = open_page(report, f"#contrast={RESISTANT}&with={EXPOSED}&at=pair")
    page.wait_for_selector("#pair-plot canvas")
    page.locator("#pair-plot + .take button", has_text="Select").click()
    corners = page.evaluate(
        """() => {
          const chart = echarts.getInstanceByDom(document.getElementById('pair-plot'));
          return [[1, 1], [5, 3]].map((point) => chart.convertToPixel({ gridIndex: 0 }, point));
        }"""
    )
    box = page.locator("#pair-plot").bounding_box()
    page.mouse.move(box["x"] + corners[0][0], box["y"] + corners[0][1])
    page.mouse.down()
    page.mouse.move(box["x"] + corners[1][0], box["y"] + corners[1][1])
    page.mouse.up()
    until(page, "!document.getElementById('notice').hidden")
    page.click("#notice a")
    page.wait_for_selector("#list-table .tabulator-row")
    effects = page.evaluate("Tabulator.findTable('#list-table')[0].getData().map((row) => [row.gene, row.log2])")
    assert "TWIST1" in dict(effects) and all(0.98 <= effect <= 5.02 for _, effect in effects)
