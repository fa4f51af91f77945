"""Figures and sentences for a paper, taken from the report as a reader takes them."""

import re
import shutil
import struct
import subprocess
import xml.etree.ElementTree as ET

import pandas as pd
import pytest

from tests.workflow.browsing import CHROMIUM, Reader, until

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: tests/install_chromium.sh installs it")

KEY = "lsc_response/resistant_vs_sensitive"
TITLE = "Odd <b>&\"' title"


def studio(page, frame):
    page.locator(f"#{frame}").scroll_into_view_if_needed()
    page.wait_for_selector(f"#{frame} canvas, #{frame} svg")
    page.locator(f"#{frame} + .take button", has_text="Figure").click()
    until(page, "document.querySelector('#studio img').naturalWidth > 100")


def saved(page, kind):
    with page.expect_download() as download:
        page.click(f"#studio [data-kind={kind}]")
    return download.value.path().read_bytes(), download.value.suggested_filename


def texts(svg):
    return ["".join(part.itertext()) for part in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]


@pytest.mark.parametrize("frame", ["volcano", "gene-samples", "list-heat"])
def test_a_plot_becomes_a_figure_with_title_size_and_letters(report, open_page, frame):
    page = open_page(report, f"#gene=BMP4&contrast={KEY}&l=mine~ID1,BMP4,TWIST1&list=mine")
    studio(page, frame)
    page.fill("#studio [name=title]", TITLE)
    page.select_option("#studio [name=width]", "two")
    page.fill("#studio [name=height]", "90")
    page.select_option("#studio [name=points]", "7")
    page.select_option("#studio [name=dots]", "600")
    svg, name = saved(page, "SVG")
    root = ET.fromstring(svg)
    assert (root.get("width"), root.get("height")) == ("180mm", "90mm")
    words = texts(svg)
    assert TITLE in words and "SIMULATED" in words
    assert b"Arial, Helvetica" in svg and not list(root.iter("{http://www.w3.org/2000/svg}script"))
    png, _ = saved(page, "PNG")
    width, height = struct.unpack(">II", png[16:24])
    assert (width, height) == (pytest.approx(180 / 25.4 * 600, abs=4), pytest.approx(90 / 25.4 * 600, abs=4))
    assert png[37:41] == b"pHYs" and struct.unpack(">I", png[41:45]) == (23622,)
    assert name.endswith(".svg") and "<" not in name


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="no pdftotext: tests/install_chromium.sh installs it")
def test_a_figure_becomes_a_pdf_with_letters_and_says_what_its_fonts_lack(report, open_page, tmp_path):
    page = open_page(report, f"#gene=BMP4&contrast={KEY}&at=gene")
    page.wait_for_selector("#gene-effects tr")
    page.click("#gene-forest-part summary")
    studio(page, "gene-forest")
    raw, name = saved(page, "PDF")
    assert raw.startswith(b"%PDF") and name == "BMP4_all-comparisons.pdf"
    (tmp_path / "f.pdf").write_bytes(raw)
    run = subprocess.run(["pdftotext", "-layout", tmp_path / "f.pdf", "-"], capture_output=True, text=True, check=True)
    shown = page.locator("#gene-effects tr").first.locator("td").nth(2).inner_text().splitlines()[0]
    assert shown.replace("−", "–") in run.stdout and "SIMULATED" in run.stdout and "BMP4" in run.stdout
    page.fill("#studio [name=title]", "TGF-β")
    page.click("#studio [data-kind=PDF]")
    until(page, "document.querySelector('#studio [role=status]').textContent.includes('no “β”')")
    page.keyboard.press("Escape")
    assert page.locator("#studio").is_hidden()


def test_names_of_a_list_are_beside_their_points(report, open_page):
    page = open_page(report, f"#contrast={KEY}&l=mine~ID1,MYC,GATA2&list=mine&at=contrasts")
    studio(page, "volcano")
    page.select_option("#studio [name=names]", "list")
    words = texts(saved(page, "SVG")[0])
    assert {"ID1", "MYC", "GATA2"} & set(words) and "TWIST1" not in words
    page.select_option("#studio [name=names]", "none")
    assert not {"ID1", "TWIST1"} & set(texts(saved(page, "SVG")[0]))


def test_sentences_methods_and_references_are_copied(report, open_page, demo):
    page = open_page(report, f"#gene=BMP4&contrast={KEY}&at=gene")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.wait_for_selector("#gene-effects tr")
    reader = Reader(page)
    reader.click("#gene .card .cite summary")
    reader.click("#gene .card .cite button")
    until(page, "document.querySelector('#gene .card .cite button').textContent === 'Copied'")
    copied = page.evaluate("navigator.clipboard.readText()")
    panel = pd.read_csv(demo / "results" / "demo" / "panel.tsv", sep="\t")
    mine = panel[(panel["symbol"] == "BMP4") & (panel["model"] + "/" + panel["contrast"] == KEY)].iloc[0]
    assert copied.startswith("SIMULATED data. Leukaemic stem cells on treatment (6 resistant against 6 sensitive")
    numbers = re.search(r"fold change (\S+), 95% interval (\S+) to (\S+); adjusted p (\S+), (.*?\))\)", copied)
    shown = [float(word.replace("−", "-")) for word in numbers.groups()[:3]]
    assert shown == pytest.approx(mine[["log2_fc", "ci_low", "ci_high"]].tolist(), abs=0.0066)
    assert float(numbers[4]) == pytest.approx(mine["primary_adj_p_value"], rel=0.05) and numbers[5] == mine["family"]
    assert "Caveat: leukaemic fraction differs" in copied and reader.count == 2
    for button, words in (
        ("methods-short", "autocrine"),
        ("methods-text", "1. Anders S, Huber W."),
        ("methods-bibtex", "@article{Love2014moderated,"),
    ):
        page.evaluate(f"document.querySelector('[data-copy={button}]').closest('details')?.setAttribute('open', '')")
        page.click(f"[data-copy={button}]")
        until(page, f"document.querySelector('[data-copy={button}]').textContent === 'Copied'")
        assert words in page.evaluate("navigator.clipboard.readText()"), button
    claim = page.locator("#claims .cite").first
    claim.locator("summary").click()
    claim.locator("button").click()
    assert "is supported" in page.evaluate("navigator.clipboard.readText()")
