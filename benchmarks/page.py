"""Remake the section "The report page" of docs/benchmarks.md: how large reports are and how soon a reader can use them.

Usage: python benchmarks/page.py (about twenty minutes), with --work to keep the runs, --quick for a small one. Needs
Chromium (tests/install_chromium.sh).
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

ROOT = Path(__file__).resolve().parents[1]
HEADING = "## The report page"
OPENINGS = 5
TEXT = """{heading}

Remade by `python benchmarks/page.py`. SIMULATED counts, with all that a configuration has by default; the page is
opened from a folder in headless Chromium, {openings} times, each in a browser of its own (medians). *Usable*: text on
the screen and search for genes answering. *Drawn*: from choosing a gene to its samples, its effects in every
comparison, and the plots and the table of all genes of the comparison below. Budgets: 10 MB and 2 s to usable, for 60
samples and 10 comparisons.

| cohort | size, MB | usable, s | drawn, s |
|---|---|---|---|
{rows}
"""


@dataclass(frozen=True)
class Shape:
    """A cohort: genes, samples in groups of equal size, and all comparisons of two groups up to a number."""

    genes: int
    samples: int
    groups: int
    comparisons: int
    changed: float


SHAPES = {
    "20,000 genes, 60 samples, 10 comparisons": Shape(20_000, 60, 5, 10, 0.1),
    "20,000 genes, 300 samples, 20 comparisons": Shape(20_000, 300, 7, 20, 0.1),
    "20,000 genes, 60 samples, 10 comparisons, nothing differs": Shape(20_000, 60, 5, 10, 0.0),
}


def write_cohort(shape: Shape, folder: Path) -> Path:
    """Simulate a cohort with the genes of the bundled table into a folder, and return its configuration."""
    random = np.random.default_rng(1)
    genes = pd.read_csv(ROOT / "resources" / "genes" / "human_grch38.tsv.gz", sep="\t", dtype=str)
    panel = pd.read_csv(ROOT / "resources" / "panels" / "bmp.tsv", sep="\t", dtype=str)["ensembl"].dropna()
    known = genes[(genes["primary"] == "1") & genes["gene_id"].str.startswith("ENSG", na=False)]["gene_id"]
    ids = list(dict.fromkeys([*panel[panel.str.startswith("ENSG")], *known]))[: shape.genes]
    group = np.arange(shape.samples) % shape.groups
    mean = np.exp(random.normal(4, 2, len(ids)))
    effect = random.normal(0, 1, (len(ids), shape.groups)) * (random.uniform(size=(len(ids), 1)) < shape.changed)
    dispersion = (0.05 + 3 / mean) * np.exp(random.normal(0, 0.5, len(ids)))
    level = mean[:, None] * np.exp(effect[:, group] + random.normal(0, 0.2, shape.samples))
    counts = random.poisson(random.gamma(1 / dispersion[:, None], level * dispersion[:, None]))
    names = [f"sample_{number:03d}" for number in range(shape.samples)]
    folder.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(counts, pd.Index(ids, name="gene_id"), names).to_csv(folder / "counts.tsv", sep="\t")
    sheet = pd.DataFrame({"sample": names, "group": [f"g{number}" for number in group]})
    sheet.to_csv(folder / "samples.tsv", sep="\t", index=False)
    pairs = list(combinations(range(shape.groups), 2))[: shape.comparisons]
    contrasts = {f"g{b}_vs_g{a}": {"factor": "group", "tested": f"g{b}", "reference": f"g{a}"} for a, b in pairs}
    cohort = {"title": "Simulated", "counts": "counts.tsv", "samples": "samples.tsv", "simulated": True}
    config = {
        "cohorts": {"large": cohort},
        "models": {"all_pairs": {"design": "~ group", "contrasts": contrasts}},
    }
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    return folder / "config.yaml"


def make_report(shape: Shape, folder: Path) -> Path:
    """Simulate a cohort and run the workflow to its report."""
    write_cohort(shape, folder)
    page = folder / "results" / "large" / "report.html"
    command = [sys.executable, "-m", "snakemake", "--cores", "2", "-s", str(ROOT / "workflow" / "Snakefile")]
    subprocess.run([*command, "--configfile", "config.yaml", "--quiet", "all"], cwd=folder, check=True)
    return page


def open_page(page: Path) -> tuple[float, float]:
    """Open a report in a new browser; return the seconds until it is usable, and from there until it is drawn."""
    from playwright.sync_api import sync_playwright

    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright:
        path = shutil.which("chromium") or shutil.which("chromium-headless-shell")
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        tab = browser.new_page(viewport={"width": 1280, "height": 900})
        tab.goto(page.as_uri(), wait_until="commit")
        # The page's own clock, so that the start of the browser does not count.
        usable = """() => new Promise((done) => { const look = () => document.documentElement.dataset.ready
            ? requestAnimationFrame(() => done(performance.now())) : setTimeout(look, 5); look(); })"""
        drawn = """() => new Promise((done) => {
            const start = performance.now();
            document.getElementById("gene").scrollIntoView();
            const seen = ["#gene-effects tr", "#gene-table .tabulator-row"];
            const look = () => (seen.every((part) => document.querySelector(part))
              ? requestAnimationFrame(() => done(performance.now() - start)) : setTimeout(look, 5));
            look();
        })"""
        seconds = (tab.evaluate(usable) / 1000, tab.evaluate(drawn) / 1000)
        browser.close()
    return seconds


def measure(work: Path, shapes: dict[str, Shape]) -> list[str]:
    """Return a row of the table per shape."""
    rows = []
    for number, (name, shape) in enumerate(shapes.items()):
        page = work / str(number) / "results" / "large" / "report.html"
        if not page.exists():
            make_report(shape, work / str(number))
        times = [statistics.median(column) for column in zip(*(open_page(page) for _ in range(OPENINGS)), strict=True)]
        rows.append(f"| {name} | {page.stat().st_size / 1e6:.1f} | " + " | ".join(f"{t:.2f}" for t in times) + " |")
    return rows


def replace_section(page: Path, heading: str, text: str) -> None:
    """Put a section into a page in place of the one of the same heading; at its end where there is none."""
    before, _, rest = page.read_text(encoding="utf-8").partition(f"\n{heading}\n")
    _, mark, after = rest.partition("\n## ")
    page.write_text(f"{before.rstrip()}\n\n{text.strip()}\n{mark}{after}", encoding="utf-8")


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, help="keep the runs here; a second call goes on with them")
    parser.add_argument("--quick", action="store_true", help="one small cohort, to the screen")
    options = parser.parse_args()
    work = options.work or Path(tempfile.mkdtemp(prefix="page-"))
    shapes = {"small": Shape(500, 12, 3, 3, 0.1)} if options.quick else SHAPES
    text = TEXT.format(heading=HEADING, openings=OPENINGS, rows="\n".join(measure(work, shapes)))
    if options.quick:
        print(text)
    else:
        replace_section(ROOT / "docs" / "benchmarks.md", HEADING, text)


if __name__ == "__main__":
    main()
