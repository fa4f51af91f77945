"""Numbers survive the way into the page; tests/page/test_page_scripts.py follows them out of it in JavaScript."""

import base64
import gzip
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autocrine.page.payload import pack_json, pack_numbers, safe_json


def unpack(block):
    """Read a block as the page does."""
    raw, form = np.frombuffer(gzip.decompress(base64.b64decode(block.text)), np.uint8), block.form
    planes = raw.reshape(form["planes"], form["length"]).astype(float)
    codes = sum(planes[i] * 256.0**i for i in range(form["planes"]))
    steps = codes - 2
    if form["signed"]:
        steps = np.where(codes % 2 == 1, -(steps + 1), steps) / 2
    values = steps / form["scale"] + form["offset"]
    values = np.exp(values) if form["logarithmic"] else values
    return np.where(codes == 0, np.nan, np.where(codes == 1, np.inf, values))


numbers = st.floats(-1e4, 1e4) | st.just(np.nan) | st.just(np.inf) | st.just(-np.inf)


@given(st.lists(numbers, max_size=60), st.sampled_from([0.001, 0.01, 1.0]), st.booleans())
def test_numbers_come_back_within_half_a_step(values, step, signed):
    values = np.array(values, dtype=float)
    read = unpack(pack_numbers(values, step, signed=signed))
    np.testing.assert_array_equal(np.isnan(read), np.isnan(values))
    np.testing.assert_array_equal(np.isinf(read), np.isinf(values))
    finite = np.isfinite(values)
    np.testing.assert_allclose(read[finite], values[finite], rtol=0, atol=step * 0.5001)


@given(st.lists(st.floats(1e-320, 1e6) | st.just(0.0), min_size=1, max_size=60))
def test_p_values_keep_their_digits_over_all_magnitudes(values):
    read = unpack(pack_numbers(values, 0.001, logarithmic=True))
    np.testing.assert_allclose(read, np.maximum(values, 1e-300), rtol=0.000501)


def test_equal_numbers_are_equal_text_and_shape_does_not_matter():
    grid = np.arange(12.0).reshape(3, 4)
    assert pack_numbers(grid, 1) == pack_numbers(grid.ravel(), 1)
    assert pack_numbers([5.0], 1).text == pack_numbers([5.0], 1).text


@pytest.mark.parametrize(("values", "step", "words"), [([1.0], 0, "above 0"), ([0.0, 1e9], 1e-3, "32 bits")])
def test_impossible_resolutions_are_refused(values, step, words):
    with pytest.raises(ValueError, match=words):
        pack_numbers(values, step)


def test_typical_columns_stay_small():
    """The budget of the page: at most two bytes of text per fold change of 20,000 genes."""
    random = np.random.default_rng(1)
    assert len(pack_numbers(random.normal(0, 0.7, 20000), 0.001).text) < 2.4 * 20000


def test_numbers_about_zero_are_smaller_with_their_sign_last():
    values = np.random.default_rng(1).normal(0, 0.6, 20000)
    values[::100] *= 10
    assert len(pack_numbers(values, 0.02, signed=True).text) < 0.9 * len(pack_numbers(values, 0.02).text)


@pytest.mark.parametrize("text", ["</script><script>", "<!--", "a & b", "\u2028"])
def test_json_cannot_end_its_element(text):
    written = safe_json({"name": text})
    assert json.loads(written) == {"name": text}
    assert not set("<>&\u2028") & set(written)


def test_json_refuses_what_browsers_cannot_read():
    with pytest.raises(ValueError):
        safe_json({"x": float("nan")})
    with pytest.raises(ValueError):
        pack_json([float("inf")])
