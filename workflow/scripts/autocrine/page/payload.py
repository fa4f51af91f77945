"""Numbers for a page: columns as whole numbers in byte planes, compressed, written as text.

A browser undoes it (`workflow/report/page/data.js`): base64, gzip, planes, scale. The first bytes of all numbers
are together, then the second bytes, and so on; high bytes hardly vary, so gzip makes little of them.
"""

import base64
import gzip
import json
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

# Codes below are no numbers: there is none, it is infinite.
MISSING, INFINITE, FIRST = 0, 1, 2
# Below this a p-value is no longer distinguished from others.
SMALLEST = 1e-300


@dataclass(frozen=True)
class Block:
    """One compressed column.

    Attributes
    ----------
    form
        What a browser needs to read it: `kind` ("numbers" or "json"), and of numbers `length`, `planes`, `scale`,
        `offset`, `logarithmic` and `signed`; number = (code - 2) / scale + offset, or e to the power of that. Signed
        codes stand for 0, -1, 1, -2, 2 and so on.
    text
        base64 of the gzipped bytes.
    """

    form: dict[str, Any]
    text: str


def pack_numbers(values: ArrayLike, resolution: float, *, logarithmic: bool = False, signed: bool = False) -> Block:
    """Compress numbers, rounded to a resolution.

    Parameters
    ----------
    values
        Of any shape, taken row by row. NaN is missing, infinity (of any sign) infinite.
    resolution
        Numbers are rounded to multiples of it; of logarithmic ones it is the relative step.
    logarithmic
        Keep the natural logarithm: for positive numbers over many magnitudes. Numbers below `SMALLEST` count as it.
    signed
        For numbers about zero: small ones of either sign have small codes, whose high bytes are zero.

    Returns
    -------
    The block; what a browser reads differs from `values` by at most half a step.

    Raises
    ------
    ValueError
        If the resolution is not above 0 or needs more than 32 bits.
    """
    if not resolution > 0:
        raise ValueError(f"the resolution must be above 0, not {resolution}")
    numbers = np.asarray(values, dtype=float).ravel()
    finite = np.isfinite(numbers)
    held = np.log(np.maximum(numbers[finite], SMALLEST)) if logarithmic else numbers[finite]
    offset = float(held.min()) if held.size and not signed else 0.0
    codes = np.full(numbers.size, MISSING, dtype=np.uint64)
    codes[np.isinf(numbers)] = INFINITE
    steps = np.rint((held - offset) / resolution)
    codes[finite] = (np.where(steps < 0, -2 * steps - 1, 2 * steps) if signed else steps).astype(np.uint64) + FIRST
    highest = int(codes.max(initial=0))
    if highest >= 2**32:
        raise ValueError(f"a resolution of {resolution:g} needs more than 32 bits for these numbers")
    planes = max(1, (highest.bit_length() + 7) // 8)
    raw = b"".join(((codes >> (8 * plane)) & 0xFF).astype(np.uint8).tobytes() for plane in range(planes))
    form = {"kind": "numbers", "length": int(numbers.size), "planes": planes, "scale": 1 / resolution, "offset": offset}
    return Block(form | {"logarithmic": logarithmic, "signed": signed}, compress_text(raw))


def pack_json(content: Any) -> Block:
    """Compress anything that JSON can write: names, codes of few levels."""
    return Block({"kind": "json"}, compress_text(json.dumps(content, separators=(",", ":"), allow_nan=False).encode()))


def safe_json(content: Any) -> str:
    """Write JSON that may be inside a <script> element: no sign of it can end the element or begin a comment."""
    text = json.dumps(content, separators=(",", ":"), allow_nan=False, ensure_ascii=True)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def compress_text(raw: bytes) -> str:
    """Return bytes gzipped, as base64, which the page's scripts undo."""
    # Without a time stamp inside, equal numbers are an equal page.
    return base64.b64encode(gzip.compress(raw, compresslevel=9, mtime=0)).decode("ascii")
