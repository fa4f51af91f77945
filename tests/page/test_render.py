"""A page shows text as text, numbers as a reader reads them, and allows its own scripts only."""

import base64
import gzip
import hashlib

import numpy as np
import pytest
from jinja2 import UndefinedError
from markupsafe import Markup

from autocrine.page.pictures import embed_svg
from autocrine.page.render import (
    Library,
    find_digits,
    format_detectable,
    format_effect,
    format_fold,
    format_interval,
    format_number,
    format_p_value,
    read_page,
    render,
    shade,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (np.nan, "–"),
        (None, "–"),
        (3, "3"),
        (12345, "12,345"),
        (12345.0, "12,345"),
        (1234.56, "1,235"),
        (-5.4875e15, "−5.49e15"),
        (-0.4567, "−0.46"),
        (-0.001, "0.00"),
    ],
)
def test_numbers_read_easily(value, text):
    assert format_number(value) == text


@pytest.mark.parametrize(("value", "text"), [(np.nan, "–"), (0.04321, "0.043"), (1.234e-8, "1.2e-8"), (0.0, "<1e-300")])
def test_p_values_read_easily(value, text):
    assert format_p_value(value) == text


@pytest.mark.parametrize(
    ("shown", "value", "text"),
    [
        ([0.0146, -0.013, 0.0421], -0.013, "−0.0130"),
        ([0.5, -0.02, 1.02], -0.02, "−0.02"),
        ({"log2_fc": 4.228e-5, "ci_low": 3.287e-5, "ci_high": np.nan}, 4.228e-5, "4.23e-5"),
        ({"estimate": -2.4e-6}, -2.4e-6, "−2.40e-6"),
        ({"log2_fc": 0.0012, "ci_low": None}, 0.0, "0.00000"),
        (1e-4, 0.0, "0"),
        (1e-4, -0.00245, "−0.00245"),
        (1e-4, 12.3456, "12.3"),
        ([0.0, np.nan], 0.0, "0.00"),
    ],
)
def test_small_effects_keep_three_digits_beside_one_another(shown, value, text):
    assert format_number(value, find_digits(shown)) == text


def test_a_change_close_to_none_keeps_the_digits_that_show_it():
    assert [format_fold(log2) for log2 in (0, 1, 4, -0.07, 4.2e-5, 1e-3)] == [
        "1.000-fold", "2.0-fold", "16-fold", "1.050-fold", "1.000029-fold", "1.00069-fold",
    ]  # fmt: skip


def test_the_effect_of_a_claim_says_what_it_is_per():
    row = {"log2_fc": 3.1e-4, "ci_low": -1e-5, "ci_high": 6.3e-4, "min_detectable_log2_fc": 9e-4, "unit": "log2"}
    row["per"] = " per day"
    assert format_effect(row) == "log2 3.10e-4 per day" and format_interval(row) == "−1.00e-5 to 6.30e-4"
    assert format_detectable(row) == "log2 9.00e-4 per day"
    two_groups = {"log2_fc": 0.04, "ci_low": -0.9, "ci_high": 0.98, "unit": "log2", "per": ""}
    assert (format_effect(two_groups), format_interval(two_groups)) == ("log2 0.04", "−0.90 to 0.98")
    score = {
        "log2_fc": 0.0124,
        "ci_low": 0.002,
        "ci_high": 0.0228,
        "unit": "standard deviations",
        "per": " per unit of age",
    }
    assert format_effect(score) == "0.0124 standard deviations per unit of age"


def page_of(source, scripts=(), **content):
    return render({"page": source}, "page", "p {}", list(scripts), **content)


def test_names_cannot_become_markup():
    odd = "<script>alert(1)</script>\"' onload=x"
    page = page_of(
        '<p title="{{ name }}">{{ name }}</p><img {{ figure }} alt="">',
        name=odd,
        figure=embed_svg(b'<svg width="3pt" height="6pt"/>'),
    )
    assert "<script" not in page and '" onload' not in page and "&lt;script&gt;" in page
    assert '"data:image/svg+xml,%3Csvg width=%223pt%22 height=%226pt%22/%3E" width="4" height="8" alt="">' in page


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


def test_the_files_of_a_page_are_read_by_kind_in_their_order(tmp_path):
    files = {
        "templates": {"report.html.j2": "{{ style }} {{ libraries | map(attribute='name') | join(' ') }}", "a.j2": ""},
        "styles": {"b.css": "p {}", "a.css": "q {}"},
        "dark": {"dark.css": "r {}"},
        "first_scripts": {"start.js": "start()"},
        "libraries": {"tabulator.min.js": "table()\n//# sourceMappingURL=tabulator.min.js.map\n"},
        "scripts": {"b.js": "b()", "a.js": "a()"},
        "licences": {"tabulator.LICENSE": "MIT <of somebody>"},
    }
    for name, text in (item for texts in files.values() for item in texts.items()):
        (tmp_path / name).write_text(text, encoding="utf-8")
    page = read_page({kind: [str(tmp_path / name) for name in texts] for kind, texts in files.items()})
    assert [(library.name, library.source) for library in page["libraries"]] == [
        ("tabulator", "table()\n\n"), ("page", "b()\na()"),
    ]  # fmt: skip
    assert page["scripts"] == ["start()"] and page["licences"] == files["licences"] and page["dark"] == Markup("r {}")
    assert render(**page, first="report.html.j2") == "p {}\nq {} tabulator page"


def test_libraries_are_packed_and_the_policy_names_what_they_unpack_to():
    source = 'const ü = "</script>";\n'
    library = Library("big", source)
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
