"""Figures inside a page, small: what matplotlib writes for people who read SVG is left out, and the rest is packed."""

import base64
import io
import re

from markupsafe import Markup
from PIL import Image

from autocrine.page.payload import compress_text

# A hundredth of a point is less than any screen or printer shows.
DIGITS = 2
# Pixels of CSS in a point.
PIXELS = 96 / 72
# Points of a few colours, more or less transparent where they lie on one another.
COLOURS = 256
# What ends an attribute of a page, or means something else in an address; without ":" the names of the standards that
# an SVG follows do not look like addresses that are asked.
SIGNS = str.maketrans({":": "%3A", '"': "%22", "%": "%25", "#": "%23", "<": "%3C", ">": "%3E", "&": "%26"})


def embed_svg(svg: bytes) -> Markup:
    """Return the attributes of an <img> that shows an SVG of matplotlib: no script of it can run there."""
    text = shrink_svg(svg)
    # As text: base64 would make it a quarter larger.
    return _attributes("src", "data:image/svg+xml," + text.translate(SIGNS), *_size_of(text))


def embed_png(png: bytes) -> Markup:
    """Return the attributes of an <img> that shows a PNG."""
    with Image.open(io.BytesIO(png)) as picture:
        size = picture.size
    return _attributes("src", "data:image/png;base64," + base64.b64encode(png).decode("ascii"), *size)


def pack_svg(svg: bytes) -> Markup:
    """Return the attributes of an <img> whose SVG, as base64 of its gzipped text, the page's script unpacks."""
    text = shrink_svg(svg)
    return _attributes("data-packed", compress_text(text.encode("utf-8")), *_size_of(text))


def _attributes(name: str, value: str, width: float, height: float) -> Markup:
    # With its size a picture has its place before it is read, and nothing moves under the reader's pointer.
    return Markup(f'{name}="{value}" width="{width:.0f}" height="{height:.0f}"')


def _size_of(svg: str) -> tuple[float, float]:
    """Return the width and height of an SVG of matplotlib in pixels of CSS; it has them in points."""
    found = re.match(r'<svg [^>]*?width="([\d.]+)pt" height="([\d.]+)pt"', svg)
    if found is None:
        raise ValueError("an SVG of matplotlib begins with its width and height in points")
    return PIXELS * float(found[1]), PIXELS * float(found[2])


def shrink_svg(svg: bytes) -> str:
    """Return an SVG of matplotlib that draws the same in two thirds of the letters.

    Comments, metadata and white space are left out, and coordinates have two decimals; factors of transformations stay.
    """
    text = re.sub(
        r"<\?xml.*?\?>|<!DOCTYPE.*?>|<!--.*?-->|<metadata>.*?</metadata>", "", svg.decode("utf-8"), flags=re.S
    )
    text = re.sub(r'xlink:href="data:image/png;base64,([^"]*)"', lambda found: _shrink_cloud(found[1]), text)
    text = re.sub(r"\s+", " ", text).replace("> <", "><").strip()
    text = re.sub(r' d="([^"]*)"', lambda found: f' d="{_shrink_path(found[1])}"', text)
    text = re.sub(r' (x|y|cx|cy|width|height)="(-?\d+\.\d+)"', lambda found: f' {found[1]}="{_round(found[2])}"', text)
    return re.sub(r'style="([^"]*)"', lambda found: found[0].replace(": ", ":").replace("; ", ";"), text)


def _shrink_cloud(png: str) -> str:
    """Return a cloud of points, which is a picture, with a palette of its few colours: a quarter of the bytes."""
    written = io.BytesIO()
    with Image.open(io.BytesIO(base64.b64decode(png))) as picture:
        picture.quantize(COLOURS, method=Image.Quantize.FASTOCTREE).save(written, "PNG", optimize=True)
    return f'xlink:href="data:image/png;base64,{base64.b64encode(written.getvalue()).decode("ascii")}"'


def _shrink_path(path: str) -> str:
    rounded = re.sub(r"-?\d+\.\d+", lambda found: _round(found[0]), path)
    return re.sub(r" ?([A-Za-z]) ?", r"\1", rounded).strip()


def _round(number: str) -> str:
    text = f"{float(number):.{DIGITS}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
