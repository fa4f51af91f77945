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

matplotlib.use("svg")
import matplotlib.pyplot as plt

from autocrine.page.pictures import embed_svg, pack_svg, shrink_svg

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
    address = str(embed_svg(svg))
    assert not set(address) & set('"<>#&')
    head, _, text = address.partition(",")
    assert head == "data:image/svg+xml"
    assert drawn(unquote(text)) == drawn(shrink_svg(svg))
    assert gzip.decompress(base64.b64decode(pack_svg(svg))).decode() == shrink_svg(svg)
    assert pack_svg(svg) == pack_svg(svg)


def test_coordinates_lose_no_more_than_half_a_hundredth():
    path = b'<svg><path d="M 1.005001 -0.001 \nL 123456.789 2 z" transform="scale(0.015625)"/></svg>'
    assert shrink_svg(path) == '<svg><path d="M1.01 0L123456.79 2z" transform="scale(0.015625)"/></svg>'
