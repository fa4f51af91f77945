"""Pictures in the page draw what the figures draw, in fewer letters."""

import base64
import gzip
import io
import re
from urllib.parse import unquote
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest
from PIL import Image

matplotlib.use("svg")
import matplotlib.pyplot as plt

from autocrine.page.pictures import embed_png, embed_svg, pack_svg, shrink_svg

NUMBER = r"-?\d+(?:\.\d+)?"


@pytest.fixture(scope="module")
def svg():
    """A figure with text, a path, markers and a cloud that is a picture."""
    figure, axes = plt.subplots()
    axes.plot(np.linspace(-3, 3, 50), np.sin(np.linspace(-3, 3, 50)), marker="o")
    axes.scatter(range(5), range(5), rasterized=True)
    axes.set_title('A & B <c> 50% #1 it\'s "said"')
    file = io.BytesIO()
    with plt.rc_context({"svg.fonttype": "none"}):
        figure.savefig(file, format="svg")
    plt.close(figure)
    return file.getvalue()


def drawn(svg):
    """Return tag, attributes but for numbers, numbers, and text of each element that draws."""
    found = []
    for element in ElementTree.fromstring(svg).iter():
        if not element.tag.startswith("{http://www.w3.org/2000/svg}") or element.tag.endswith("metadata"):
            continue
        said = " ".join(f"{name}={value}" for name, value in sorted(element.attrib.items()) if "data:" not in value)
        # Steps of a path need no blanks around them.
        words = re.sub(rf"\s|{NUMBER}", "", said)
        found.append(
            (element.tag, words, [float(number) for number in re.findall(NUMBER, said)], (element.text or "").strip())
        )
    return found


def test_all_elements_are_where_they_were(svg):
    before, after = drawn(svg), drawn(shrink_svg(svg))
    assert [each[:2] for each in after] == [each[:2] for each in before]
    for (*_, old, said), (*_, new, kept) in zip(before, after, strict=True):
        assert new == pytest.approx(old, abs=0.0051)
        assert re.sub(r"\s", "", kept) == re.sub(r"\s", "", said)
    assert len(shrink_svg(svg)) < 0.9 * len(svg)


def test_embedded_and_packed_pictures_are_the_shrunken_one(svg):
    shown = re.fullmatch(r'src="data:image/svg\+xml,([^"<>#&]*)" width="(\d+)" height="(\d+)"', embed_svg(svg))
    packed = re.fullmatch(r'data-packed="([^"<>#&]*)" width="(\d+)" height="(\d+)"', pack_svg(svg))
    assert drawn(unquote(shown[1])) == drawn(shrink_svg(svg))
    assert gzip.decompress(base64.b64decode(packed[1])).decode() == shrink_svg(svg)
    assert pack_svg(svg) == pack_svg(svg)
    root = ElementTree.fromstring(svg)
    # A point is a 72nd of an inch, and a pixel of CSS a 96th.
    pixels = [f"{float(root.get(side).removesuffix('pt')) / 72 * 96:.0f}" for side in ("width", "height")]
    assert [*shown.groups()[1:]] == [*packed.groups()[1:]] == pixels


def test_a_png_keeps_its_bytes_and_has_its_size():
    file = io.BytesIO()
    Image.new("RGB", (30, 20)).save(file, "PNG")
    text = base64.b64encode(file.getvalue()).decode()
    assert embed_png(file.getvalue()) == f'src="data:image/png;base64,{text}" width="30" height="20"'


def test_coordinates_lose_no_more_than_half_a_hundredth():
    path = b'<svg><path d="M 1.005001 -0.001 \nL 123456.789 2 z" transform="scale(0.015625)"/></svg>'
    assert shrink_svg(path) == '<svg><path d="M1.01 0L123456.79 2z" transform="scale(0.015625)"/></svg>'
