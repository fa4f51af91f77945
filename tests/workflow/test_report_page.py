"""The report as a reader has it: opened from a folder in a browser, which nothing leaves and nothing enters."""

import json
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd
import pytest

from tests.workflow.browsing import CHROMIUM, until
from tests.workflow.conftest import REPOSITORY, run_workflow, write_config

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: tests/install_chromium.sh installs it")

EVIL = '<img src=x onerror="window.hit=1">'
UNQUOTED = "<img src=x onerror=window.hit=1>"
TITLE = f"Odd </script><script>window.hit=1</script> {EVIL} \"' `${{1}}`"
SAMPLES = [f"{EVIL}{i}" for i in range(3)] + ["=1+1|cmd", "'\"><svg onload=window.hit=1>", "‮evil‬ \u0000".strip("\0 ")]


def small_cohort(folder, name, counts, samples, title, *targets, levels=("r", "s"), design="~ response", **asked):
    """Run six samples of two groups to the report, or to the end where no target is named."""
    folder.mkdir(parents=True, exist_ok=True)
    counts.to_csv(folder / "counts.tsv", sep="\t")
    sheet = pd.DataFrame({"sample": samples, "response": [levels[0]] * 3 + [levels[1]] * 3})
    sheet.to_csv(folder / "samples.tsv", sep="\t", index=False)
    contrasts = {"one": {"factor": "response", "tested": levels[0], "reference": levels[1], "title": title}}
    config = write_config(
        folder / "config.yaml",
        {
            "cohorts": {name: {"title": title, "counts": "counts.tsv", "samples": "samples.tsv"}},
            "models": {"model": {"title": title, "design": design, "contrasts": contrasts}},
            "sensitivity": False,
            "gene_sets": [],
            **asked,
        },
    )
    run = run_workflow(folder, config, *targets)
    assert run.returncode == 0, run.stdout
    return folder / "results" / name / "report.html"


def made_counts(genes, samples, seed=1):
    random = np.random.default_rng(seed)
    mean = random.lognormal(4, 1, len(genes))
    values = random.negative_binomial(5, 5 / (5 + mean[:, None]), (len(genes), len(samples)))
    return pd.DataFrame(values, pd.Index(genes, name="gene_id"), samples)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """A cohort in which every name tries to be more than text."""
    genes = [f"ENSG{i:011d}" for i in range(1, 300)] + [EVIL, "=HYPERLINK(1)", "</script><script>window.hit=1</script>"]
    folder = tmp_path_factory.mktemp("hostile")
    sets = [("A", genes[:20]), (UNQUOTED, genes[1:21]), ("B", genes[100:110]), ("SMALL", genes[:3])]
    lines = ["\t".join([name, "http://address.invalid", *members]) for name, members in sets]
    (folder / "sets.gmt").write_text("\n".join(lines) + "\n")
    rows = [f"{name}\t{gene}\t{(-1) ** place}" for name, members in sets for place, gene in enumerate(members)]
    rows += [f"MYC\t{gene}\t1" for gene in genes[:2]]
    (folder / "network.tsv").write_text("\n".join(["source\ttarget\tweight", *rows]) + "\n")
    asked = {"levels": (EVIL, "b\" onclick='x'"), "gene_sets": ["sets.gmt"], "networks": ["network.tsv"]}
    return small_cohort(folder, "odd", made_counts(genes, SAMPLES), SAMPLES, TITLE, **asked)


def test_first_screen_answers(report, open_page):
    page = open_page(report)
    assert page.locator(".bar .simulated").inner_text() == "SIMULATED"
    first = page.locator("#answer .answers li").first
    assert first.locator(".verdict").inner_text() == "supported" and first.is_visible()
    assert first.bounding_box()["y"] < 900
    # With a picture of its effect, and its caveats in few words, which lead to the claim in full.
    assert first.locator("svg.mark circle").count() == 1 and first.locator("svg.mark").is_visible()
    chip = first.locator(".chip").first
    assert chip.inner_text() == "leukaemic fraction"
    chip.click()
    assert page.locator(chip.get_attribute("href")).bounding_box()["y"] < 900
    page.evaluate("scrollTo(0, 0)")
    assert page.locator("aside").is_visible() and "leukaemic fraction differs" in page.locator("aside").inner_text()
    # Nothing is wider than the page.
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    # And the bar shows every section, with one more than this cohort has.
    nav, last = page.locator(".bar nav").bounding_box(), page.locator(".bar nav a").last.bounding_box()
    assert last["x"] + last["width"] + 50 < nav["x"] + nav["width"]


@pytest.mark.parametrize("width", [400, 820, 1900])
def test_fits_any_width(report, open_page, width):
    page = open_page(report, width=width, rested=True)
    for section in ("answer", "panel", "gene", "contrasts", "quality", "methods"):
        page.evaluate(f"document.getElementById('{section}').scrollIntoView()")
        # A section draws itself when it has been on the screen.
        page.wait_for_timeout(150)
    page.wait_for_selector("#gene-effects tr")
    page.wait_for_selector("#gene-table .tabulator-row")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_gene_by_alias_with_the_keyboard_and_its_link(report, open_page):
    page = open_page(report)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.focus(".bar input")
    page.keyboard.type("ALK6")
    page.wait_for_selector("#found-top li")
    assert page.get_attribute(".bar input", "aria-expanded") == "true"
    page.keyboard.press("Enter")
    until(page, "document.getElementById('gene-name').textContent === 'BMPR1B'")
    assert "gene=ENSG00000138696" in page.evaluate("location.hash")
    rows = page.locator("#gene-effects tr")
    assert rows.count() == 12
    assert "Higher in resistant" in rows.first.inner_text()
    # A colleague opens the same.
    other = open_page(report, page.evaluate("location.hash"))
    until(other, "document.getElementById('gene-name').textContent === 'BMPR1B'")
    assert other.evaluate("document.getElementById('gene').getBoundingClientRect().top") < 300


def test_methods_describe_every_step_that_was_taken(report, open_page):
    text = open_page(report).locator("#methods-text").inner_text()
    for words in (
        "Scores per sample (",
        "Gene sets (",
        "CAMERA",
        "Claims (",
        "was fitted again",
        "leukaemic fractions",
    ):
        assert words in text


def test_unknown_gene_in_a_link_is_reported(report, open_page):
    page = open_page(report, "#gene=NOSUCHGENE")
    notice = page.locator("#gene #message")
    assert notice.is_visible() and "no gene called NOSUCHGENE" in notice.inner_text()
    # The card below shows a gene that was not asked for, and the page says which.
    until(page, "document.querySelector('#gene-name').textContent")
    assert notice.inner_text().endswith(f"{page.locator('#gene-name').inner_text()} is shown below.")


def test_the_line_that_the_guide_explains_is_in_the_report(report):
    guide = (REPOSITORY / "docs" / "reading.md").read_text(encoding="utf-8")
    (line,) = re.findall(r"^`(BMPR1B: .+)`$", guide, re.MULTILINE)
    assert f"{line};" in report.read_text(encoding="utf-8")


def test_numbers_are_those_of_the_table(report, open_page, demo):
    genes = pd.read_csv(
        demo / "results" / "demo" / "lsc_response" / "resistant_vs_sensitive" / "genes.tsv.gz", sep="\t"
    )
    page = open_page(report, "#gene=ID1&contrast=lsc_response/resistant_vs_sensitive")
    page.wait_for_selector("#gene-effects tr")
    row = genes[genes["gene_name"] == "ID1"].iloc[0]
    shown = page.locator("#gene-effects tr").first.locator("td").nth(2).inner_text().replace("−", "-")
    # Below them is the shrunken effect.
    numbers = [float(word) for word in re.findall(r"-?\d+\.\d+", shown.splitlines()[0])]
    np.testing.assert_allclose(numbers, row[["log2_fc", "ci_low", "ci_high"]].astype(float), atol=0.0066)


def test_volcano_table_and_gene_go_together(report, open_page):
    page = open_page(report, "#contrast=bmp_exposure/BMP4_vs_control")
    page.wait_for_selector("#gene-table .tabulator-row")
    assert page.locator("#contrasts select").input_value() == "11"
    before = page.locator("#beside-name").inner_text()
    # A click on the highest point of the volcano.
    place = page.evaluate(
        """() => {
          const chart = echarts.getInstanceByDom(document.getElementById('volcano'));
          const points = chart.getOption().series.find((s) => s.name.startsWith('higher')).data;
          const top = points.reduce((a, b) => (b[1] > a[1] ? b : a));
          return [...chart.convertToPixel({ gridIndex: 0 }, [top[0], top[1]]), top[2]];
        }"""
    )
    box = page.locator("#volcano").bounding_box()
    page.mouse.click(box["x"] + place[0], box["y"] + place[1])
    until(page, f"document.getElementById('beside-name').textContent !== {json.dumps(before)}")
    name = page.locator("#beside-name").inner_text()
    assert page.locator("#gene-table .tabulator-row").first.inner_text().startswith(name)
    # The reader stays at the plot.
    assert page.locator("#volcano").bounding_box()["y"] == pytest.approx(box["y"], abs=2)


def test_the_keyboard_passes_the_table_of_genes(report, open_page):
    page = open_page(report)
    page.evaluate("document.getElementById('contrasts').scrollIntoView()")
    page.wait_for_selector("#gene-table .tabulator-row")
    inside = "document.activeElement.closest('#gene-table') !== null"
    page.focus("#gene-table input")
    genes = []
    for _ in range(30):
        page.keyboard.press("Tab")
        if not page.evaluate(inside):
            break
        if page.evaluate("document.activeElement.matches('.tabulator-row a')"):
            genes.append(page.evaluate("document.activeElement.textContent"))
            page.keyboard.press("ArrowDown")
            genes.append(page.evaluate("document.activeElement.textContent"))
    assert not page.evaluate(inside) and page.evaluate("document.activeElement.id") == "take-table"
    assert len(set(genes)) == 2


def test_table_sorts_filters_switches_and_is_saved(report, open_page):
    page = open_page(report, "#contrasts")
    page.wait_for_selector("#gene-table .tabulator-row")
    page.locator("#gene-table .tabulator-col[tabulator-field=log2] .tabulator-col-title").click()
    until(page, "document.querySelector('.tabulator-col[tabulator-field=log2]').ariaSort === 'ascending'")
    lowest = [
        row["log2"] for row in page.evaluate("Tabulator.findTable('#gene-table')[0].getData('active').slice(0, 50)")
    ]
    assert lowest == sorted(lowest)
    page.locator(".tabulator-col[tabulator-field=panel] input").press_sequentially("ligand")
    until(page, "Tabulator.findTable('#gene-table')[0].getDataCount('active') < 40")
    with page.expect_download() as download:
        page.click("#take-table")
    saved = pd.read_csv(download.value.path(), sep="\t")
    assert "BMP4" in set(saved["Gene"]) and len(saved) < 40
    assert download.value.suggested_filename == "genes_lsc_response-resistant_vs_sensitive.tsv"
    page.select_option("#contrasts select", index=2)
    until(page, "location.hash.includes('msc_response/resistant_vs_sensitive')")
    assert page.evaluate("Tabulator.findTable('#gene-table')[0].getDataCount('active')") < 40


@pytest.mark.parametrize("kind", ["SVG", "PNG"])
@pytest.mark.parametrize("frame", ["volcano", "beside-samples"])
def test_views_are_saved_as_pictures(report, open_page, kind, frame):
    page = open_page(report, "#contrasts")
    page.wait_for_selector("#volcano canvas")
    page.wait_for_selector("#beside-samples svg")
    with page.expect_download() as download:
        page.locator(f"#{frame} + .take button", has_text=kind).click()
    raw = download.value.path().read_bytes()
    if kind == "SVG":
        assert raw.startswith(b"<svg") and b"SIMULATED" in raw
    else:
        assert raw.startswith(b"\x89PNG") and len(raw) > 5000


def test_prints_to_pdf(report, open_page, tmp_path):
    page = open_page(report, rested=True)
    page.pdf(path=tmp_path / "report.pdf", format="A4")
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")
    assert page.locator("details[data-print]").first.get_attribute("open") is not None


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="no pdftotext: tests/install_chromium.sh installs it")
def test_the_printed_page_holds_what_was_looked_at(report, open_page, tmp_path):
    page = open_page(report, "#gene=TWIST1", rested=True)
    until(page, "document.getElementById('gene-name').textContent === 'TWIST1'")
    page.pdf(path=tmp_path / "report.pdf", format="A4")
    subprocess.run(["pdftotext", "-layout", tmp_path / "report.pdf", tmp_path / "report.txt"], check=True)
    text = (tmp_path / "report.txt").read_text(encoding="utf-8")
    # Beside the claims and tables that name it, the gene's own page: who it is, and a row of it per comparison.
    assert "ENSG00000122691 · Entrez 7291" in text
    for words in ("SIMULATED", "Claims in full", "TKI-resistant", "Methods", "Benjamini"):
        assert words in text, words


def test_pictures_are_drawn_and_without_scripts_the_main_ones_and_the_words_of_all(report, open_page, browser):
    page = open_page(report)
    page.evaluate("for (const image of document.images) image.loading = 'eager'")
    until(page, "[...document.images].every((image) => image.naturalWidth > 100)")
    # Each has its own size before it is read, so that nothing below it moves when it appears.
    sizes = page.evaluate(
        "[...document.images].flatMap((one) => "
        "[one.getAttribute('width') - one.naturalWidth, one.getAttribute('height') - one.naturalHeight])"
    )
    assert max(map(abs, sizes)) <= 1
    assert page.evaluate("document.images.length") >= 16 and report.stat().st_size < 6e6
    bare = browser.new_context(java_script_enabled=False).new_page()
    bare.goto(report.as_uri())
    shown = bare.inner_text("main")
    assert bare.locator("img[src]").count() == 1 and "Quality" in shown
    words = bare.locator("#quality figure img").first.get_attribute("alt")
    assert words.startswith("Scatter plots") and bare.locator("header noscript").is_visible()
    bare.context.close()


def test_every_picture_and_plot_says_what_it_shows(report, open_page):
    page = open_page(report, "#contrasts")
    page.wait_for_selector("#volcano canvas")
    assert page.evaluate("[...document.images].every((image) => image.alt.length > 20)")
    for frame in ("volcano", "mean-difference", "p-values"):
        page.locator(f"#{frame}").scroll_into_view_if_needed()
        page.wait_for_selector(f"#{frame} canvas")
        assert len(page.get_attribute(f"#{frame}", "aria-label")) > 20
    named = "[...document.querySelectorAll('input, select, button')].every(" + (
        "(one) => one.labels?.length || one.ariaLabel || one.textContent.trim())"
    )
    assert page.evaluate(named)


def test_hostile_names_are_text_everywhere(hostile, open_page):
    page = open_page(hostile, "#contrasts", rested=True)
    page.wait_for_selector("#gene-table .tabulator-row")
    page.locator(".tabulator-col[tabulator-field=gene] input").press_sequentially("onerror")
    until(page, "Tabulator.findTable('#gene-table')[0].getDataCount('active') === 1")
    assert EVIL in page.locator("#gene-table .tabulator-row").inner_text()
    page.locator("#gene-table .tabulator-row a").click()
    until(page, f"document.getElementById('gene-name').textContent === {json.dumps(EVIL)}")
    page.fill(".bar input", "<img")
    page.wait_for_selector("#found-top li")
    page.keyboard.press("Escape")
    for frame in ("gene-samples", "volcano"):
        page.locator(f"#{frame}").hover(position={"x": 150, "y": 150})
    with page.expect_download() as download:
        page.locator("#gene-samples + .take button", has_text="SVG").click()
    svg = download.value.path().read_text(encoding="utf-8")
    assert "<img" not in svg and "&lt;img" in svg
    # And it is whole: names of fonts and odd signs of names end nothing.
    ET.fromstring(svg)
    assert page.locator("#what-if").count() == 0
    page.evaluate("document.getElementById('quality').scrollIntoView()")
    page.select_option("#map-sample", index=1)
    until(page, f"document.getElementById('map-said').textContent.startsWith({json.dumps(SAMPLES[0])})")
    page.locator("#map-plot").hover(position={"x": 150, "y": 150})
    page.locator("#quality-table a").nth(1).click()
    until(page, f"document.getElementById('map-said').textContent.startsWith({json.dumps(SAMPLES[1])})")
    assert page.evaluate("window.hit") is None
    assert page.title().startswith("Odd </script>")
    assert EVIL in page.locator("h1").inner_text()


def test_policy_stops_what_should_get_through(report, browser, tmp_path):
    """Even if markup got into the page, no script of it would run and nothing would be fetched."""
    page_text = report.read_text(encoding="utf-8")
    broken = page_text.replace(
        "<main>", '<main><img src="http://127.0.0.1:9/x.png"><script>window.hit=1</script>' + EVIL, 1
    )
    (tmp_path / "broken.html").write_text(broken, encoding="utf-8")
    page = browser.new_page()
    refused = []
    page.on("console", lambda message: refused.append(message.text))
    page.goto((tmp_path / "broken.html").as_uri())
    page.wait_for_selector("html[data-ready=yes]")
    assert page.evaluate("window.hit") is None
    assert sum("Content Security Policy" in text for text in refused) >= 2
    page.close()


def test_a_cohort_without_findings_makes_a_good_report(tmp_path, open_page):
    samples = [f"S{i}" for i in range(6)]
    counts = made_counts([f"ENSG{i:011d}" for i in range(1, 400)], samples, seed=3)
    path = small_cohort(tmp_path, "none", counts, samples, "Nothing differs", "results/none/report.html")
    page = open_page(path, "#contrasts")
    page.wait_for_selector("#gene-table .tabulator-row")
    assert "no proof that nothing differs" in page.locator("#contrast-said").inner_text()
    # No claim is about it: the answer is what changed, and what would have been seen.
    answer = page.locator("#answer .tops").inner_text()
    assert "None of" in answer and "a single test would probably have found a change of" in answer
    assert "higher in r" not in page.locator("#contrast-said").inner_text()
    page.evaluate("document.getElementById('gene').scrollIntoView()")
    page.wait_for_selector("#gene-effects tr")
    assert (
        "Undetermined" in page.locator("#gene-effects").inner_text()
        or "unchanged" in page.locator("#gene-effects").inner_text()
    )


def test_a_measured_cohort_opens_at_its_known_answer(four, open_page):
    """Dexamethasone raises FKBP5 about sixteen-fold in airway muscle (Himes et al. 2014); found by an alias."""
    page = open_page(four / "results" / "airway" / "report.html", "#gene=AIG6")
    until(page, "document.getElementById('gene-name').textContent === 'FKBP5'")
    page.wait_for_selector("#gene-effects tr")
    said = page.locator("#gene-effects tr").first.inner_text()
    assert "Higher in" in said and 3.9 < float(re.search(r"\d\.\d+", said)[0]) < 4.1
    assert page.locator(".simulated").count() == 0
    answer = page.locator("#answer").inner_text()
    assert "4 trt against 4 untrt, adjusted for cell" in answer
    # None of the claims is about this cohort: the panel's first genes are what it can answer.
    # Four donors: R's list and the panel's own tests agree on BMPR1B.
    assert re.search(r"equivalent\s+0\.1\d\s.*changed\s+0\.9\d\s", answer, re.DOTALL)
    assert "Among all genes" not in answer
    # A row per gene, since there are fewer comparisons: all of it is seen without scrolling to the side.
    wide = "(table) => table.scrollWidth <= table.clientWidth"
    table = page.locator("#answer .scroll", has=page.get_by_role("columnheader", name="Gene", exact=True))
    assert table.locator("tbody tr").count() == 5 and table.evaluate(wide)


def cells_of(page, body):
    return page.evaluate(
        "(body) => [...document.getElementById(body).rows].map((row) => [...row.cells].map((cell) => cell.innerText))",
        body,
    )


def test_similar_sets_are_listed_under_one_and_regulators_asked_for_come_first(hostile, open_page):
    page = open_page(hostile, "#contrasts", rested=True)
    until(page, "document.getElementById('activities-body').rows.length > 0")
    folder = hostile.parent
    tested, activities = (
        pd.read_csv(folder / f"{name}.tsv.gz", sep="\t", keep_default_na=False, na_values=["NA"])
        for name in ("gene_sets", "activities")
    )
    page.evaluate("() => document.querySelectorAll('#sets-body details').forEach((part) => { part.open = true; })")
    shown = cells_of(page, "sets-body")
    listed = tested[(tested["status"] == "tested") & (tested["folded_into"] == "")].sort_values("adj_p_value")
    (folded,) = tested.loc[tested["folded_into"] != "", "gene_set"]
    assert {folded, *listed["gene_set"]} == {"A", UNQUOTED, "B"} and len(shown) == 2
    for row, found in zip(shown, listed.to_dict("records"), strict=True):
        under = f"\n1 similar set\n{folded}" if found["similar_sets"] else ""
        assert re.sub(r"\n+", "\n", row[0]) == found["gene_set"] + under
        assert row[1] == str(int(found["size"])) and float(row[3].replace("−", "-")) == pytest.approx(
            found["nes"], abs=0.006
        )
        edge = f"leading edge, {int(found['leading_edge'])}: {found['leading_edge_genes']}"
        assert row[6].split("\n")[-1].startswith(edge)
    rows = cells_of(page, "activities-body")
    assert rows[0][:2] == ["MYC", "2"] and rows[0][-1] == "not tested: fewer than five targets"
    known = activities[activities["status"] == "tested"].sort_values(["adj_p_value", "p_value"])
    assert [row[0] for row in rows[1:]] == list(known["regulator"]) and UNQUOTED in [row[0] for row in rows]
    page.evaluate("document.querySelector('#activities figure img').loading = 'eager'")
    until(page, "document.querySelector('#activities figure img').naturalWidth > 100")
    assert page.evaluate("window.hit") is None


def test_a_page_without_networks_says_nothing_of_regulators(report, open_page):
    page = open_page(report)
    assert page.locator("#activities").count() == 0 and page.locator("nav a[href='#activities']").count() == 0


def test_a_reader_comes_back_to_the_place_that_was_left(report, open_page):
    # Sections below the first screen are laid out late, and only then is the place in pixels the same one.
    page = open_page(report)
    page.evaluate("document.getElementById('quality').scrollIntoView()")
    page.wait_for_timeout(1500)
    place = "Math.round(document.getElementById('quality').getBoundingClientRect().top)"
    left = page.evaluate(place)
    page.reload()
    page.wait_for_selector("html[data-ready=yes]")
    assert abs(page.evaluate(place) - left) < 100
    page.goto(report.as_uri() + "#methods")
    page.wait_for_timeout(500)
    assert abs(page.evaluate("document.getElementById('methods').getBoundingClientRect().top")) < 100


def test_a_link_that_is_put_into_an_open_page_leads_to_its_section(report, open_page):
    """A window that glided there ended 1,200 pixels above it: what it passed was drawn on the way, and grew."""
    page = open_page(report)
    page.wait_for_timeout(3000)
    page.evaluate("location.hash = '#gene=BMP4'")
    until(page, "document.getElementById('gene-name').textContent === 'BMP4'")
    page.wait_for_timeout(1500)
    assert abs(page.evaluate("document.getElementById('gene').getBoundingClientRect().top")) < 100
