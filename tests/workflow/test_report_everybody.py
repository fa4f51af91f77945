"""The report for everybody: by keyboard, on a phone, in the dark, on paper, without scripts."""

import re
import shutil
import subprocess

import pytest

from tests.workflow.browsing import CHROMIUM, until, violations

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: tests/install_chromium.sh installs it")

# A page of the demo's print edition is read at a table, so it has few of them.
MOST_PAGES = 12


def draw_all(page):
    """Go through all sections, unfold what is folded, and wait until everything is drawn."""
    for section in page.evaluate("[...document.querySelectorAll('main > section')].map((one) => one.id)"):
        page.evaluate(f"document.getElementById('{section}').scrollIntoView()")
        page.wait_for_timeout(200)
    page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true")
    page.wait_for_timeout(500)
    # None was folded again by another.
    assert page.evaluate("[...document.querySelectorAll('details')].every((part) => part.open)")


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (1024, "dark"), (390, "light")])
def test_axe_finds_nothing(report, open_page, width, scheme):
    page = open_page(report, width=width)
    page.emulate_media(color_scheme=scheme)
    draw_all(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    # Colours do not depend on the width.
    assert violations(page, colours=width > 390) == []


def test_dark_follows_the_system_and_the_switch_overrules_it(report, open_page):
    page = open_page(report, "#contrasts")
    page.wait_for_selector("#volcano canvas")
    colours = """() => [
      getComputedStyle(document.body).backgroundColor,
      echarts.getInstanceByDom(document.getElementById('volcano')).getOption().xAxis[0].nameTextStyle.color,
    ]"""
    light, dark = ["rgb(255, 255, 255)", "#1F2933"], ["rgb(20, 25, 31)", "#E4E9EE"]
    assert page.evaluate(colours) == light
    page.emulate_media(color_scheme="dark")
    until(page, "document.documentElement.dataset.scheme === 'dark'")
    assert page.evaluate(colours) == dark
    page.select_option("#scheme", "light")
    assert page.evaluate(colours) == light
    # What is saved is for paper.
    page.select_option("#scheme", "dark")
    assert page.evaluate(colours) == dark
    with page.expect_download() as download:
        page.locator("#volcano + .take button", has_text="SVG").click()
    saved = download.value.path().read_text(encoding="utf-8")
    assert "#1F2933" in saved and "#E4E9EE" not in saved


def test_arrow_keys_go_through_the_heatmap_of_the_panel(report, open_page):
    page = open_page(report)
    assert page.locator("#panel .heat tbody [tabindex='0']").count() == 1
    page.focus("#panel .heat tbody [tabindex='0']")
    for key in ("ArrowDown", "ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
    said = page.locator("#panel-cell").inner_text()
    assert re.match(r"BMP4 in Progenitors on treatment: .*: 2\.1, changed$", said), said
    page.keyboard.press("Enter")
    until(page, "document.getElementById('gene-name').textContent === 'BMP4'")
    assert "contrast=progenitor_response" in page.evaluate("location.hash")


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="no pdftotext: tests/install_chromium.sh installs it")
def test_the_print_edition_is_short_and_whole(report, open_page, tmp_path):
    page = open_page(report, rested=True)
    # Nobody has scrolled: gene and comparison are drawn all the same.
    until(page, "document.querySelector('#p-values canvas') !== null")
    page.pdf(path=tmp_path / "report.pdf", prefer_css_page_size=True)
    info = subprocess.run(["pdfinfo", tmp_path / "report.pdf"], check=True, capture_output=True, text=True).stdout
    assert int(re.search(r"Pages:\s+(\d+)", info)[1]) <= MOST_PAGES
    subprocess.run(["pdftotext", "-layout", tmp_path / "report.pdf", tmp_path / "report.txt"], check=True)
    text = (tmp_path / "report.txt").read_text(encoding="utf-8")
    # What is folded on the screen is printed.
    for words in ("detectable from", "four robust standard deviations", "The same points in every panel"):
        assert words in text, words
    # Every panel gene is in the heatmap, which is in two halves side by side.
    for gene in page.locator("#panel .heat tbody tr[data-gene] th").all_inner_texts():
        assert gene in text, gene
    # Back on the screen it is one table again.
    assert page.locator("#panel .heat").count() == 1


def test_without_scripts_nothing_is_empty(report, browser):
    context = browser.new_context(java_script_enabled=False)
    bare = context.new_page()
    bare.goto(report.as_uri())
    for section in ("gene", "contrasts", "pair", "lists"):
        assert not bare.locator(f"#{section}").is_visible(), section
    shown = bare.inner_text("main")
    for words in ("The answer", "Claims in full", "The gene panel", "Second opinions", "Methods"):
        assert words in shown, words
    context.close()
