"""The pages of the documentation: the site builds without a broken link, and messages are those of the code."""

import ast
import html
import importlib.util
import os
import re
import subprocess
import sys

import pytest

from tests.conftest import REPOSITORY
from tests.workflow.browsing import CHROMIUM

DOCS = REPOSITORY / "docs"
SOURCES = [
    *(REPOSITORY / "workflow" / "scripts").rglob("*.py"),
    *(REPOSITORY / "workflow" / "rules").glob("*.smk"),
]
# What fetches from elsewhere while a page is shown; a link that a reader follows is none.
LOADED = re.compile(r"<(?:script|img|iframe|source)[^>]*\ssrc=\"?(?:https?:)?//|<link[^>]*stylesheet[^>]*//", re.I)


def texts_of_code():
    """Return every text of the library and the rules, with a break in place of each value put into one."""
    for path in SOURCES:
        if path.suffix == ".smk":
            yield path.read_text(encoding="utf-8")
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                parts = (part.value if isinstance(part, ast.Constant) else "\0" for part in node.values)
                yield "".join(map(str, parts))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def test_messages_that_are_explained_are_those_of_the_code():
    page = (DOCS / "troubleshooting.md").read_text(encoding="utf-8")
    messages = re.findall(r"^\| `([^`]+)` \|", page, re.MULTILINE)
    assert len(messages) > 40 and len(messages) == len(set(messages))
    texts = set(texts_of_code())
    said = "\n".join(texts)
    lost = []
    for message in messages:
        pattern = "\0".join(re.escape(part) for part in message.split("…")).replace("\0", "[^\n]{0,40}")
        if not re.search(pattern, said):
            lost.append(message)
    assert lost == []


def test_every_claim_about_another_tool_has_a_source():
    page, _, listed = (DOCS / "comparison.md").read_text(encoding="utf-8").partition("\n## Sources")
    sources = re.findall(r"^\| ([A-Z]\d) \| (.+) \|$", listed, re.MULTILINE)
    assert set(re.findall(r"\[([A-Z]\d)\]\(#sources\)", page)) == {name for name, _ in sources}
    assert all("](https://" in source for _, source in sources)
    table = page.split("## Side by side")[1].split("\n## ")[0]
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines() if line.startswith("|")
    ]
    assert len(rows[0]) == 7 and {len(row) for row in rows} == {7}
    for feature, *others, _, own in rows[2:]:
        assert all("(#sources)" in cell for cell in others if cell not in ("", "-")), feature
        # Of ours the page that shows it; what it is, is the whole repository.
        assert "](" in own or feature == "kind", feature


def test_the_first_page_is_short_and_its_commands_are_targets():
    page, makefile = ((REPOSITORY / name).read_text(encoding="utf-8") for name in ("README.md", "Makefile"))
    assert len(page.splitlines()) < 120
    targets = set(re.findall(r"\bmake (\w+)", page))
    assert {"demo", "test"} <= targets
    assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in targets)


def test_terms_of_the_glossary_are_in_order():
    page = (DOCS / "glossary.md").read_text(encoding="utf-8")
    terms = re.findall(r"^\| ([^|]+?) \|", page, re.MULTILINE)[2:]
    assert len(terms) > 40 and terms == sorted(terms, key=str.casefold)


# Row of the summary in docs/statistics.md -> section of docs/calibration.md.
CALIBRATED = {
    "size of the test of a difference (moderated t or F), 0.05": "Size of the moderated test of a difference",
    "size of R's test of a difference, 0.05": "Size of R DESeq2's test of a difference",
    "coverage of the interval, unchanged genes, 0.95": "Coverage of the 95 % interval, unchanged genes",
    "coverage of the interval, changed genes, 0.95": "Coverage of the 95 % interval, changed genes",
    "size of the equivalence test at the margin, 0.05": "Size of the equivalence test at the margin",
    "power of the equivalence test, unchanged genes": "Power of the equivalence test for unchanged genes",
    "size of the threshold test at the margin, 0.05": "Size of the threshold test at the margin",
    "power at the stated detectable effect, 0.8": "Power at the stated minimal detectable effect",
}


def rows_below(page, heading):
    """Return the rows of the first table of a section, each a list of its cells."""
    section = page.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    table = re.search(r"(?:^\|.*\n)+", section, re.MULTILINE)[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]


def test_the_summary_of_the_calibration_is_that_of_its_page():
    measured, summary = ((DOCS / f"{name}.md").read_text(encoding="utf-8") for name in ("calibration", "statistics"))
    shown = {row[0]: row[1:] for row in rows_below(summary, "How well the tests keep their promises")}
    for row, heading in CALIBRATED.items():
        # Four mean counts; each cell has its Monte-Carlo error in brackets.
        columns = zip(*(cells[1:5] for cells in rows_below(measured, heading)), strict=True)
        numbers = [sorted(float(cell.split()[0]) for cell in column) for column in columns]
        assert shown.pop(row) == [f"{column[0]:.3f} to {column[-1]:.3f}" for column in numbers], row
    assert list(shown) == ["check of a trend's steps, one step of 0 and one of 2, 0.05"]


# As a page writes it, and what a reader sees.
TITLE, SEEN = "*LSC* &lt;b&gt; [x](y)", "*LSC* <b> [x](y)"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    if importlib.util.find_spec("mkdocs") is None or importlib.util.find_spec("mkdocstrings") is None:
        pytest.skip("mkdocs is not installed: make test installs it")
    folder, runs = tmp_path_factory.mktemp("site"), tmp_path_factory.mktemp("runs")
    (runs / "results" / "mine").mkdir(parents=True)
    (runs / "results" / "mine" / "report.html").write_text(f"<title>{TITLE}</title>", encoding="utf-8")
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "--site-dir", str(folder)]
    run = subprocess.run(
        command,
        cwd=REPOSITORY,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1", "GALLERY": str(runs)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return folder


def test_site_builds_without_a_broken_link(site):
    """Strict: links between pages, anchors, files and entries of the navigation."""
    assert (site / "index.html").is_file()
    pages = {path.stem for path in DOCS.glob("*.md")}
    assert pages <= {path.stem for path in (site / "docs").glob("*.html")}


def test_styles_and_scripts_of_the_site_are_in_it(site):
    """Those of the theme too, which is installed in .venv, within the repository."""
    asked = re.compile(r'<(?:link[^>]*rel="?stylesheet"?[^>]*|script[^>]*)(?:href|src)="([^"]+)"|href="([^"]+\.css)"')
    for page in (site / "index.html", site / "docs" / "notebooks" / "claims.html"):
        names = [one or other for one, other in asked.findall(page.read_text(encoding="utf-8"))]
        assert len(names) > 3
        assert [name for name in names if not (page.parent / name.partition("?")[0]).is_file()] == []


def test_site_loads_nothing_from_a_network(site):
    loading = [path.name for path in site.rglob("*.html") if LOADED.search(path.read_text(encoding="utf-8"))]
    assert loading == []
    styles = [path for path in site.rglob("*.css") if re.search(r"url\(\s*[\"']?(https?:)?//", path.read_text("utf-8"))]
    assert styles == []


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: tests/install_chromium.sh installs it")
@pytest.mark.parametrize("start", ["index.html", "docs/notebooks/claims.html"])
def test_search_works_in_a_folder_without_a_network(site, browser, start):
    """Opened as a file: results come, lead to their page, and nothing outside the folder is asked for."""
    page = browser.new_page()
    asked, errors = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto((site / start).as_uri())
    field = page.get_by_role("textbox", name="Search")
    field.click()
    field.press_sequentially("glmGamPoi")
    # Each letter brings other results: one that has the whole word is awaited.
    page.locator(".md-search-result__link", has_text="glmGamPoi").first.click()
    page.wait_for_url(re.compile(r"\.html\?h=glmgampoi"))
    assert "glmGamPoi" in page.locator("article").inner_text()
    assert errors == [] and [url for url in asked if not url.startswith((site.as_uri(), "data:"))] == []
    page.close()


def test_site_has_every_public_name(site):
    page = (site / "docs" / "api.html").read_text(encoding="utf-8")
    import autocrine
    from autocrine import cells, plots

    for module in (autocrine, cells, plots):
        for name in module.__all__:
            assert f'id="{module.__name__}.{name}"' in page, name
    assert 'id="autocrine.pertpy.Autocrine"' in page


def test_notebooks_are_pages_with_what_their_code_gave(site):
    page = (site / "docs" / "notebooks" / "claims.html").read_text(encoding="utf-8")
    assert "not surely within log2 0.5" in page and 'href="claims.ipynb"' in page
    assert "data:image/png;base64" in (site / "docs" / "notebooks" / "genes.html").read_text(encoding="utf-8")
    # Other pages lead to these, which lead to the notebooks.
    for name in ("genes", "cells", "claims", "results", "results_r"):
        assert f'href="notebooks/{name}.html"' in (site / "docs" / "python.html").read_text(encoding="utf-8")
        assert (site / "docs" / "notebooks" / f"{name}.ipynb").is_file()


def test_gallery_has_the_reports_of_runs_by_their_titles(site):
    assert TITLE in (site / "results" / "mine" / "report.html").read_text(encoding="utf-8")
    page = (site / "docs" / "gallery.html").read_text(encoding="utf-8")
    (shown,) = re.findall(r'<a href="\.\./results/mine/report\.html">(.*?)</a>', page)
    assert html.unescape(shown) == SEEN and "<" not in shown
