"""A matrix.mtx of genes x cells as a stream of cells, each time that it is asked for; no more of it is ever held."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy import sparse

from autocrine.cells.stored import spans
from autocrine.input.readers.content import opened
from autocrine.problems import InputError, Problem

# Text that is read at once. A line of CellRanger has about twelve bytes.
_LEAST_TEXT, _MOST_TEXT, _LINE = 2**12, 2**24, 12
# So much of it shows whether entries are sorted by cell: more lines than one gene has.
_BEGINNING = 2**20
_MEANT = "the file as CellRanger or STARsolo wrote it, copied or fetched anew"


class Entries(NamedTuple):
    """Entries of a matrix of coordinates: cell, gene (from 0) and count of each."""

    cells: np.ndarray
    genes: np.ndarray
    counts: np.ndarray


@dataclass(frozen=True)
class MtxMatrix:
    """Counts of a file in the coordinate format of Matrix Market, genes x cells.

    Attributes
    ----------
    path : str
        The file, packed or not.
    genes, cells, entries : int
        What its head announces.
    """

    path: str
    genes: int
    cells: int
    entries: int

    format = "mtx"

    def blocks(self, cells_at_once: int, values_at_once: int) -> Iterator[tuple[int, sparse.csr_array]]:
        """Read the file in blocks of cells, in their order.

        A file whose entries are sorted by cell, as CellRanger and STARsolo write them, is never held as a whole. One in
        another order, as its beginning shows, is: 20 bytes for each entry.

        Yields
        ------
        First cell and the counts (cells x genes).

        Raises
        ------
        InputError
            Where the file ends early, is damaged, or is no longer sorted by cell behind its beginning.
        """
        stream = self._entries(min(max(_LINE * values_at_once, _LEAST_TEXT), _MOST_TEXT))
        first = next(stream, None)
        if first is None:
            return
        if (np.diff(first.cells) < 0).any():
            matrix = self._in_memory(first, stream)
            for start, stop in spans(matrix.indptr.astype(np.int64), cells_at_once, values_at_once):
                yield start, matrix[start:stop]
            return
        held = first
        for entries in stream:
            if entries.cells[0] < held.cells[-1] or (np.diff(entries.cells) < 0).any():
                raise self._problem(
                    "its entries are sorted by cell at the beginning and not behind it", "entries sorted by cell"
                )
            # The last cell may go on in what is read next.
            whole = int(np.searchsorted(held.cells, held.cells[-1]))
            yield from self._as_blocks(Entries(*(part[:whole] for part in held)), cells_at_once, values_at_once)
            held = Entries(*(np.concatenate([old[whole:], new]) for old, new in zip(held, entries, strict=True)))
        yield from self._as_blocks(held, cells_at_once, values_at_once)

    def _as_blocks(
        self, entries: Entries, cells_at_once: int, values_at_once: int
    ) -> Iterator[tuple[int, sparse.csr_array]]:
        """Return entries that are sorted by cell as blocks."""
        if not len(entries.cells):
            return
        first, number = int(entries.cells[0]), int(entries.cells[-1] - entries.cells[0]) + 1
        starts = np.concatenate([[0], np.cumsum(np.bincount(entries.cells - first, minlength=number))])
        for start, stop in spans(starts, cells_at_once, values_at_once):
            low, high = starts[start], starts[stop]
            rows = (entries.counts[low:high], entries.genes[low:high], starts[start : stop + 1] - low)
            yield first + start, _sorted_rows(*rows, self.genes)

    def _in_memory(self, first: Entries, rest: Iterator[Entries]) -> sparse.csr_array:
        """Return all entries, in whatever order they come, as cells x genes."""
        held = [_narrow(first), *map(_narrow, rest)]
        starts = np.zeros(self.cells + 1, dtype=np.int64)
        for entries in held:
            starts[1:] += np.bincount(entries.cells, minlength=self.cells)
        starts = np.cumsum(starts)
        free = starts[:-1].copy()
        genes = np.empty(starts[-1], dtype=np.int32)
        counts = np.empty(starts[-1], dtype=np.result_type(*(entries.counts.dtype for entries in held)))
        for entries in held:
            order = np.argsort(entries.cells, kind="stable")
            cells, number = np.unique(entries.cells, return_counts=True)
            # Where each entry goes: behind those of its cell that are there.
            rank = np.arange(len(order)) - np.repeat(np.cumsum(number) - number, number)
            place = np.repeat(free[cells], number) + rank
            genes[place], counts[place] = entries.genes[order], entries.counts[order]
            free[cells] += number
        return _sorted_rows(counts, genes, starts, self.genes)

    def _entries(self, at_once: int) -> Iterator[Entries]:
        """Read the entries, some at a time, in the order of the file."""
        read, line = 0, 1
        with opened(self.path) as file:
            while (head := file.readline()) and (head.startswith(b"%") or not head.strip()):
                line += 1
            while text := file.read(at_once if read else max(at_once, _BEGINNING)) + file.readline():
                begun = b"" if text.endswith(b"\n") else text[text.rfind(b"\n") + 1 :]
                # A line that was cut is no entry.
                part = self._parse(text.removesuffix(begun) if len(begun.split()) < 3 else text, line)
                read, line = read + len(part.cells), line + text.count(b"\n")
                if read > self.entries:
                    raise self._problem(f"more entries than the {self.entries:,} that its head announces", _MEANT)
                if len(part.cells):
                    yield part
        if read < self.entries:
            raise self._problem(f"it ends after {read:,} of {self.entries:,} entries", _MEANT)

    def _parse(self, text: bytes, line: int) -> Entries:
        """Return the entries of some lines, of which the one before has the number `line`."""
        from scipy.io import mmread  # slow to import, and needed for this format alone

        number = text.count(b"\n") + (not text.endswith(b"\n"))
        if b"\n\n" in text or b"\n\r" in text or text.startswith((b"\n", b"\r")):
            number = sum(bool(one.strip()) for one in text.splitlines())
        if not text or not number:
            return Entries(*(np.zeros(0, dtype=np.int32) for _ in Entries._fields))
        # Read as real numbers whatever the head says: of whole ones the reader would drop decimals.
        start = b"%%%%MatrixMarket matrix coordinate real general\n%d %d %d\n"
        try:
            part = mmread(io.BytesIO(start % (self.genes, self.cells, number) + text), spmatrix=False)
        except (ValueError, OverflowError) as error:
            raise self._problem(f"{_place(str(error), line)} of the file", _MEANT) from error
        return Entries(part.col, part.row, part.data)

    def _problem(self, found: str, meant: str) -> InputError:
        return InputError([Problem(self.path, found, meant)])


def _narrow(entries: Entries) -> Entries:
    """Return entries with counts in 32 bits, where all are whole numbers."""
    with np.errstate(invalid="ignore"):
        whole = entries.counts.astype(np.int32)
    return entries._replace(counts=whole) if (whole == entries.counts).all() else entries


def _sorted_rows(counts: np.ndarray, genes: np.ndarray, starts: np.ndarray, width: int) -> sparse.csr_array:
    """Return rows with rising genes; values that appear twice stay so."""
    rows = sparse.csr_array((len(starts) - 1, width), dtype=counts.dtype)
    wide = starts[-1] > np.iinfo(np.int32).max
    rows.indptr, rows.indices, rows.data = starts.astype(np.int64 if wide else np.int32), genes, counts
    rows.has_sorted_indices = False
    rows.sort_indices()
    return rows


def _place(message: str, before: int) -> str:
    """Return what the reader of a part tells, with the line of the whole file."""
    words = message.split(":", 1)
    number = words[0].removeprefix("Line ")
    if len(words) < 2 or not number.isdigit():
        return message
    # The part has two lines of its own before the first.
    return f"{words[1].strip().rstrip('.')} in line {before + int(number) - 2:,}"
