"""Takes the pictures of the documentation from the report of the demo, after `make demo`: `make pictures`."""

import io
import shutil
import sys
from pathlib import Path
from typing import NamedTuple

from PIL import Image
from playwright.sync_api import Page, sync_playwright

REPOSITORY = Path(__file__).resolve().parents[2]
REPORT = REPOSITORY / "results" / "demo" / "report.html"
BROWSER = shutil.which("chromium") or shutil.which("chromium-headless-shell")
# A desk, a tablet and a phone, side by side at half their size.
WIDTHS = (1280, 768, 390)
GAP = 24


class View(NamedTuple):
    """What a picture shows: the section, what the address says of the view, the colours; one part per width."""

    height: int
    section: str = ""
    address: str = ""
    colours: str = "light"
    widths: tuple[int, ...] = (1240,)


PICTURES = {
    "report.png": View(860),
    "panel.png": View(720, "panel"),
    "gene.png": View(860, "gene", "#gene=TWIST1&contrast=bmp_exposure/BMP4_vs_control"),
    "widths.png": View(1100, widths=WIDTHS),
    "widths_dark.png": View(
        1100, "gene", "#gene=TWIST1&contrast=bmp_exposure/BMP4_vs_control", colours="dark", widths=WIDTHS
    ),
}


def shoot(page: Page, report: Path, view: View, width: int) -> Image.Image:
    """Return what the page shows at one width."""
    page.emulate_media(color_scheme=view.colours)
    page.set_viewport_size({"width": width, "height": view.height})
    page.goto("about:blank")
    page.goto(report.as_uri() + view.address)
    page.wait_for_timeout(2000)
    if view.section:
        page.evaluate("id => document.getElementById(id).scrollIntoView()", view.section)
        # What is out of sight is drawn when it comes into view.
        page.wait_for_timeout(1500)
    return Image.open(io.BytesIO(page.screenshot())).convert("RGB")


def side_by_side(parts: list[Image.Image]) -> Image.Image:
    """Put pictures beside one another at half their size; one alone stays as it is."""
    if len(parts) == 1:
        return parts[0]
    halves = [part.resize((part.width // 2, part.height // 2), Image.Resampling.LANCZOS) for part in parts]
    size = (sum(half.width for half in halves) + GAP * (len(halves) - 1), halves[0].height)
    together, left = Image.new("RGB", size, "#9AA5B1"), 0
    for half in halves:
        together.paste(half, (left, 0))
        left += half.width + GAP
    return together


def main(report: Path = REPORT) -> None:
    """Take all pictures."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        page = browser.new_page()
        for name, view in PICTURES.items():
            together = side_by_side([shoot(page, report, view, width) for width in view.widths])
            # A palette takes a third of the space, and shows the same.
            shown = together.quantize(256, method=Image.Quantize.FASTOCTREE)
            shown.save(REPOSITORY / "docs" / name, optimize=True)
        browser.close()


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
