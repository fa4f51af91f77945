"""The bytes of a file of the user: unpacked, within bounds, and never of anything that is no file."""

import bz2
import gzip
import lzma
import os
import stat
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, cast
from xml.etree import ElementTree

from autocrine.problems import Findings, listed

# How packed files begin, and what they are called.
_PACKED = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ\x00": "xz", b"\x28\xb5\x2f\xfd": "zstd"}
# Endings that say nothing of what is in a file.
PACKED_ENDINGS = (".gz", ".bz2", ".xz", ".zst")
# Text of this size is the matrix of more than ten thousand samples, for which there are better formats.
MOST_TEXT = 1024 * 2**20
# Tables of counts shrink to a tenth, sparse ones to a hundredth.
MOST_RATIO, SMALL = 300, 2**26
_KINDS = {
    stat.S_ISDIR: "a folder",
    stat.S_ISFIFO: "a named pipe",
    stat.S_ISCHR: "a device",
    stat.S_ISBLK: "a device",
    stat.S_ISSOCK: "a socket",
}
_CHUNK = 2**20


def is_file(path: str, findings: Findings) -> bool:
    """Whether there is a file at a path: what has no end, or blocks whoever opens it, is a problem."""
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        findings.problem(path, f"cannot be read ({reason})", "a file that exists, relative to the run folder")
        return False
    kind = next((words for holds, words in _KINDS.items() if holds(mode)), None)
    if kind:
        findings.problem(path, f"this is {kind}, not a file", "a file that can be read again and again")
    return kind is None


def read_content(path: str, findings: Findings) -> bytes | None:
    """Return the bytes of a file, unpacked where it is gzip, bzip2, xz or zstd.

    Parameters
    ----------
    path
        Of the file.
    findings
        Receives a problem, always with the path: no file, unreadable, damaged, an archive or a workbook, or larger than
        any text should be, packed or not.

    Returns
    -------
    The bytes, or None where there is a problem.
    """
    if not is_file(path, findings):
        return None
    try:
        with open(path, "rb") as file:
            start = file.read(8)
        if start.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
            findings.problem(path, *_archive(path, start))
            return None
        kind = packing(start)
        size = os.stat(path).st_size
        most = MOST_TEXT if kind is None else min(MOST_TEXT, max(SMALL, MOST_RATIO * size))
        with opened(path) as file:
            content = _read(file, most + 1)
    except (EOFError, zlib.error, lzma.LZMAError, OSError) as error:
        # Of damage the libraries tell by OSErrors without a number.
        if isinstance(error, OSError) and error.errno is not None:
            findings.problem(
                path, f"cannot be read ({error.strerror})", "a file that exists, relative to the run folder"
            )
        else:
            findings.problem(
                path, f"the {kind} file is damaged ({error})", "the file copied or fetched anew; `gzip -t` tests one"
            )
        return None
    if len(content) > most:
        packed = f" from {size / 2**20:,.1f} MB" if kind else ""
        findings.problem(
            path,
            f"more than {most / 2**20:,.0f} MB of text{packed}",
            "a table of counts; those of ten thousand samples as .h5ad",
        )
        return None
    if content.startswith(b"version https://git-lfs.github.com/"):
        findings.problem(
            path, "this is a pointer of Git LFS, not the file itself", "the file, fetched by `git lfs pull`"
        )
        return None
    return content


def packing(start: bytes) -> str | None:
    """Name the packing of a file by its first bytes; None where it is not packed."""
    return next((name for mark, name in _PACKED.items() if start.startswith(mark)), None)


def opened(path: str) -> BinaryIO:
    """Open a file for reading its bytes, unpacked."""
    with open(path, "rb") as file:
        kind = packing(file.read(8))
    if kind == "zstd":
        import pyarrow

        return cast(BinaryIO, pyarrow.input_stream(path, compression="zstd"))
    ways: dict[str | None, Callable[..., object]] = {"gzip": gzip.open, "bzip2": bz2.open, "xz": lzma.open}
    return cast(BinaryIO, ways.get(kind, open)(path, "rb"))


def _read(file: BinaryIO, most: int) -> bytes:
    """Read up to so many bytes, without allocating memory for more."""
    parts, length = [], 0
    while length < most and (part := file.read(min(_CHUNK, most - length))):
        parts.append(part)
        length += len(part)
    return b"".join(parts)


def _archive(path: str, start: bytes) -> tuple[str, str]:
    """Say what a file is that holds several, and what would be right."""
    meant = "the sheet saved as tab-separated text or CSV UTF-8"
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        return "this is a workbook of an old Excel", meant
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            if "xl/workbook.xml" not in names:
                return f"this is a zip archive ({listed(names, 3)})", "its file, unpacked"
            with archive.open("xl/workbook.xml") as book:
                sheets = ElementTree.fromstring(book.read(_CHUNK)).iter()
                titles = [str(part.get("name")) for part in sheets if part.tag.endswith("}sheet")]
    except (zipfile.BadZipFile, ElementTree.ParseError, OSError, ValueError, NotImplementedError, RuntimeError):
        return "this is a damaged workbook or zip archive", meant
    return f"this is an Excel workbook (sheets: {listed(titles, 5)})", meant


def bare_name(path: str) -> str:
    """Return the name of a file without the ending of its packing."""
    name = Path(path).name
    return next((name.removesuffix(ending) for ending in PACKED_ENDINGS if name.endswith(ending)), name)
