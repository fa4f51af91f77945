"""The second question to a report: lists of genes, and what stays of them in links and session files."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy.stats import mannwhitneyu

from tests.workflow.browsing import CHROMIUM, Reader, until

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: tests/install_chromium.sh installs it")

TWELVE = "BMP4, BMP2 ID1;ID2\nID3\tALK6\nENSG00000122691.15\nSMAD7 SMAD6 MYC GAPDH nosuchgene SPP1"
NAMES = ["BMP4", "BMP2", "ID1", "ID2", "ID3", "BMPR1B", "TWIST1", "SMAD7", "SMAD6", "MYC", "GAPDH", "SPP1"]
EVIL = '<img src=x onerror="window.hit=1">'


def test_twelve_genes_are_pasted_seen_and_exported(report, open_page, demo):
    page = open_page(report, "#lists")
    reader = Reader(page)
    reader.paste("#list-text", TWELVE)
    reader.click("#list-make")
    until(page, "document.getElementById('list-title').textContent === 'My genes: 12 genes'")
    assert "Not found in this cohort: nosuchgene." in page.locator("#list-message").inner_text()
    page.wait_for_selector("#list-heat canvas")
    page.wait_for_selector("#list-dots svg")
    assert reader.count == 2
    with page.expect_download() as download:
        reader.click("#list-take-all")
    assert reader.count == 3
    saved = pd.read_csv(download.value.path(), sep="\t")
    assert len(saved) == 12 * 12 and set(saved["data_origin"]) == {"SIMULATED"}
    assert list(saved["gene"].head(12)) == NAMES
    # The numbers are those of the tables on disk, to the page's rounding.
    for key, rows in saved.groupby("comparison"):
        genes = pd.read_csv(demo / "results" / "demo" / key / "genes.tsv.gz", sep="\t").set_index("gene_id")
        wanted = genes["log2_fc"].reindex(rows["gene_id"]).to_numpy()
        np.testing.assert_allclose(rows["log2_fc"], wanted, atol=0.0011, rtol=0.001)
    with page.expect_download() as download:
        page.locator("#list-heat + .take button", has_text="SVG").click()
    svg = download.value.path().read_text(encoding="utf-8")
    assert svg.startswith("<svg") and ">BMPR1B</text>" in svg and "SIMULATED" in svg


def test_the_list_is_described_as_scipy_describes_it(report, open_page, demo):
    page = open_page(report, "#lists")
    page.fill("#list-text", TWELVE)
    page.click("#list-make")
    page.wait_for_selector("#list-counts tr")
    until(page, "document.getElementById('list-title').textContent === 'My genes: 12 genes'")
    key = "bmp_exposure/BMP4_vs_control"
    genes = pd.read_csv(demo / "results" / "demo" / key / "genes.tsv.gz", sep="\t")
    listed = genes["gene_name"].isin(NAMES)
    inside, others = genes.loc[listed, "log2_fc"].dropna(), genes.loc[~listed, "log2_fc"].dropna()
    above = mannwhitneyu(inside, others).statistic / len(inside) / len(others)
    cells = page.locator("#list-counts tr").last.locator("td").all_inner_texts()
    shown = [float(cell.replace("−", "-").rstrip("%")) for cell in cells[7:10]]
    # The page rounds effects to 0.001, and the share to a whole number.
    np.testing.assert_allclose(shown[:2], [inside.median(), others.median()], atol=0.0061)
    assert abs(shown[2] - 100 * above) < 0.6
    assert sum(int(cell) for cell in cells[1:7]) == 12
    assert "no test" in page.locator("#lists").inner_text()


def test_lists_come_from_a_rectangle_a_filter_the_panel_and_a_count(report, open_page):
    page = open_page(report, "#contrast=bmp_exposure/BMP4_vs_control")
    page.wait_for_selector("#volcano canvas")
    page.wait_for_selector("#gene-table .tabulator-row")
    reader = Reader(page)
    reader.click("#volcano + .take button:has-text('Select')")
    box = page.locator("#volcano").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + 85)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 24, box["y"] + box["height"] * 0.7)
    page.mouse.up()
    until(page, "!document.getElementById('notice').hidden")
    assert reader.count == 1 and "Selection in" in page.locator("#notice").inner_text()
    # With the keyboard: the filters of the table.
    page.locator(".tabulator-col[tabulator-field=outcome] input").fill("changed")
    page.locator(".tabulator-col[tabulator-field=log2] input").fill("-1")
    until(page, "/ of /.test(document.getElementById('table-count').textContent)")
    page.focus("#list-rows")
    page.keyboard.press("Enter")
    until(page, "/-1/.test(document.getElementById('notice').textContent)")
    page.click("#notice a")
    until(page, "/-1/.test(document.getElementById('list-title').textContent)")
    worst = page.evaluate("Math.max(...Tabulator.findTable('#list-table')[0].getData().map((row) => row.log2))")
    assert worst <= -1
    option = page.locator("#list-from option", has_text="Primary genes").get_attribute("value")
    page.select_option("#list-from", option)
    until(page, "document.getElementById('list-title').textContent === 'Primary genes: 5 genes'")
    page.locator("#list-counts tr").first.locator("button").first.click()
    until(page, "document.getElementById('list-title').textContent.startsWith('higher, ')")
    assert page.locator("#list-choice option").count() == 5


def test_a_link_holds_the_whole_view_in_another_copy_of_the_file(report, open_page, tmp_path):
    page = open_page(report, "#contrast=msc_response/resistant_vs_sensitive")
    page.wait_for_selector("#gene-table .tabulator-row")
    page.locator(".tabulator-col[tabulator-field=gene] input").fill("ID")
    page.locator("#gene-table .tabulator-col[tabulator-field=log2] .tabulator-col-title").click()
    page.locator("#volcano + .take button", has_text="Closer").click()
    page.evaluate("document.getElementById('lists').scrollIntoView()")
    page.fill("#list-text", "TWIST1 BMP4")
    page.click("#list-make")
    until(page, "document.getElementById('list-title').textContent === 'My genes: 2 genes'")
    page.fill("#list-name", "two <b>, ~")
    page.press("#list-name", "Tab")
    page.select_option("#list-heat-of", "samples")
    page.locator("details summary", has_text="The same in numbers").click()
    until(page, "location.hash.includes('&open=')")
    page.click("#list-link")
    fragment = page.evaluate("location.hash")
    copy = tmp_path / "a copy.html"
    copy.write_bytes(report.read_bytes())
    other = open_page(copy, fragment)
    until(other, "document.getElementById('list-title').textContent === 'two <b>, ~: 2 genes'")
    assert other.evaluate("Math.abs(document.getElementById('lists').getBoundingClientRect().top)") < 300
    assert other.locator("#list-heat-of").input_value() == "samples"
    assert other.locator("#panel details[open]").count() == 1
    other.evaluate("document.getElementById('contrasts').scrollIntoView()")
    other.wait_for_selector("#gene-table .tabulator-row")
    assert other.locator("#contrasts select").input_value() == "2"
    assert other.locator(".tabulator-col[tabulator-field=gene] input").input_value() == "ID"
    assert other.evaluate("document.querySelector('.tabulator-col[tabulator-field=log2]').ariaSort") == "ascending"
    assert other.locator("#volcano + .take button", has_text="Whole plot").is_visible()
    assert other.evaluate("location.hash") == fragment


def test_back_and_forward_go_through_what_was_looked_at(report, open_page):
    page = open_page(report)
    name = "document.getElementById('gene-name').textContent"
    for gene in ("ID1", "TWIST1"):
        page.fill(".bar input", gene)
        page.keyboard.press("Enter")
        until(page, f"{name} === '{gene}'")
    page.select_option("#gene select", index=3)
    page.evaluate("history.back()")
    until(page, "document.querySelector('#gene select').value === '0'")
    assert page.evaluate(name) == "TWIST1"
    page.evaluate("history.back()")
    until(page, f"{name} === 'ID1'")
    page.evaluate("history.forward()")
    until(page, f"{name} === 'TWIST1'")
    # A link inside the page names a gene and leaves the rest of the view alone.
    page.evaluate("location.hash = '#gene=BMP4'")
    until(page, f"{name} === 'BMP4'")
    assert "v=1" in page.evaluate("location.hash")
    page.evaluate("history.back()")
    until(page, f"{name} === 'TWIST1'")


def test_a_session_is_saved_and_opened(report, open_page, tmp_path):
    page = open_page(report, "#lists")
    page.fill("#list-text", "TWIST1 BMP4 MYC")
    page.click("#list-make")
    until(page, "document.getElementById('list-title').textContent === 'My genes: 3 genes'")
    with page.expect_download() as download:
        page.click("#session-save")
    saved = json.loads(download.value.path().read_text(encoding="utf-8"))
    assert saved["view"]["lists"] == [["My genes", ["ENSG00000122691", "ENSG00000125378", "ENSG00000136997"]]]
    assert len(json.dumps(saved)) < 2000
    other = open_page(report, "#lists")
    other.set_input_files("#session-open", download.value.path())
    until(other, "document.getElementById('list-title').textContent === 'My genes: 3 genes'")


@pytest.mark.parametrize(
    "text",
    [
        "no json",
        json.dumps({"format": "autocrine session", "version": 9}),
        "x" * 2_000_000,
        json.dumps({"format": "autocrine session", "version": 1, "cohort": EVIL, "view": {
            "gene": EVIL, "contrast": EVIL, "list": EVIL, "lists": [[EVIL, [EVIL, "BMP4", "__proto__"]], [{}, 1]],
            "filter": {"gene": EVIL}, "zoom": {"volcano": [0, 1e9, "a", None]}, "uses": [[EVIL, "up"]],
            "sort": "p:" + EVIL, "__proto__": {"whole": False}}}),
    ],
    ids=["no json", "another version", "too large", "names that would be markup"],
)  # fmt: skip
def test_hostile_sessions_lists_and_links_are_text(report, open_page, tmp_path, text):
    page = open_page(report, "#lists")
    page.wait_for_selector("#list-counts tr")
    (tmp_path / "s.json").write_text(text, encoding="utf-8")
    page.set_input_files("#session-open", tmp_path / "s.json")
    until(page, "!document.getElementById('notice').hidden")
    page.fill("#list-text", f"{EVIL}\nBMP4\n\x00\u202eevil \\u003cscript>")
    page.click("#list-make")
    until(page, "document.getElementById('list-title').textContent === 'My genes: 1 gene'")
    page.fill("#list-name", EVIL)
    page.press("#list-name", "Tab")
    until(page, "document.getElementById('list-choice').value.startsWith('<img src=x')")
    for field in ("gene", "contrast", "list", "l", "f.gene", "z.volcano", "use", "open", "at", "colour", "v"):
        page.evaluate("(hash) => { location.hash = hash; }", f"#{field}={EVIL}&x=1")
        page.wait_for_timeout(30)
    page.evaluate("document.getElementById('contrasts').scrollIntoView()")
    page.wait_for_selector("#volcano canvas")
    assert page.evaluate("window.hit") is None
    assert page.evaluate("document.querySelectorAll('img[src=x]').length") == 0


def test_a_list_is_made_with_the_keyboard_alone(report, open_page):
    page = open_page(report, "#lists")
    page.focus("#list-text")
    page.keyboard.type("TWIST1 BMP4")
    page.keyboard.press("Control+Enter")
    until(page, "document.getElementById('list-title').textContent === 'My genes: 2 genes'")
    reached = []
    for _ in range(16):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id || document.activeElement.ariaLabel"))
    for part in ("list-make", "list-from", "list-choice", "list-name", "list-delete", "session-save", "session-open"):
        assert part in reached
    assert "Heatmap of the list" in reached
