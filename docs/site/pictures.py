"""Takes the pictures of the documentation from the report of the demo, after `make demo`: `make pictures`."""

import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

REPOSITORY = Path(__file__).resolve().parents[2]
REPORT = REPOSITORY / "results" / "demo" / "report.html"
BROWSER = "/usr/bin/chromium"
WIDTH = 1240
# Picture -> height, the section that it shows, and what the address says of the view.
PICTURES = {
    "report.png": (860, "", ""),
    "panel.png": (720, "panel", ""),
    "gene.png": (860, "gene", "#gene=TWIST1&contrast=bmp_exposure/BMP4_vs_control"),
}


def take(page: Page, report: Path, name: str) -> None:
    """Write one picture into docs/."""
    height, section, view = PICTURES[name]
    page.set_viewport_size({"width": WIDTH, "height": height})
    page.goto("about:blank")
    page.goto(report.as_uri() + view)
    page.wait_for_timeout(2000)
    if section:
        page.evaluate("id => document.getElementById(id).scrollIntoView()", section)
        # What is out of sight is drawn when it comes into view.
        page.wait_for_timeout(1500)
    path = REPOSITORY / "docs" / name
    page.screenshot(path=str(path))
    # A palette takes a third of the space, and shows the same.
    Image.open(path).convert("RGB").quantize(256, method=Image.Quantize.FASTOCTREE).save(path, optimize=True)


def main(report: Path = REPORT) -> None:
    """Take all pictures."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        page = browser.new_page()
        for name in PICTURES:
            take(page, report, name)
        browser.close()


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
