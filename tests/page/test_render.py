"""A page shows text as text, numbers as a reader reads them, and allows its own scripts only."""

import base64
import gzip
import hashlib

import numpy as np
import pytest
from jinja2 import UndefinedError

from autocrine.page.pictures import embed_svg
from autocrine.page.render import Library, format_number, format_p_value, render, shade


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (np.nan, "–"),
        (None, "–"),
        (3, "3"),
        (12345, "12,345"),
        (12345.0, "12,345"),
        (1234.56, "1,235"),
        (-0.4567, "−0.46"),
        (-0.001, "0.00"),
    ],
)
def test_numbers_read_easily(value, text):
    assert format_number(value) == text


@pytest.mark.parametrize(("value", "text"), [(np.nan, "–"), (0.04321, "0.043"), (1.234e-8, "1.2e-8"), (0.0, "<1e-300")])
def test_p_values_read_easily(value, text):
    assert format_p_value(value) == text


def page_of(source, scripts=(), **content):
    return render({"page": source}, "page", "p {}", list(scripts), **content)


def test_names_cannot_become_markup():
    odd = "<script>alert(1)</script>\"' onload=x"
    page = page_of(
        '<p title="{{ name }}">{{ name }}</p><img src="{{ figure }}">', name=odd, figure=embed_svg(b"<svg/>")
    )
    assert "<script" not in page and '" onload' not in page and "&lt;script&gt;" in page
    assert 'src="data:image/svg+xml,%3Csvg/%3E"' in page


def test_a_name_that_the_page_lacks_is_an_error():
    with pytest.raises(UndefinedError):
        page_of("{{ nothing }}")


def test_the_policy_names_the_scripts_of_the_page():
    script = "const é = '<b>';"
    page = page_of("{{ script_hashes }}{% for script in scripts %}<script>{{ script }}</script>{% endfor %}", [script])
    # The closed form: base64 of the SHA-256 of the element's text.
    expected = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert page == f"'sha256-{expected}'<script>{script}</script>"
    for ending in ("x = '</SCRIPT>'", "<!-- x"):
        with pytest.raises(ValueError, match="end it early"):
            page_of("", [ending])


def test_libraries_are_packed_and_the_policy_names_what_they_unpack_to():
    source = 'const ü = "</script>";\n'
    library = Library("big", source, later=True)
    page = render(
        {"page": "{{ script_hashes }} {{ libraries[0].name }} {{ libraries[0].packed }}"}, "page", "", [], [library]
    )
    allowed, name, packed = page.split()
    assert gzip.decompress(base64.b64decode(packed)).decode() == source and name == "big"
    assert allowed == f"'sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}'"


@pytest.mark.parametrize(
    ("value", "name"), [(np.nan, "none"), (None, "none"), (0.0, "s0"), (9.0, "s10"), (-4.0, "s-10"), (1.9, "s5")]
)
def test_cells_are_shaded_by_effect(value, name):
    assert shade(value) == name
