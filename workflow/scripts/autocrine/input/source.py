"""Where the counts of a cohort are, and the choices that reading them needs."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from autocrine.measure import COUNTS
from autocrine.problems import listed

# Where GEO offers the counts that NCBI made of a series' reads (www.ncbi.nlm.nih.gov/geo/info/rnaseqcounts.html).
GEO_COUNTS = "https://www.ncbi.nlm.nih.gov/geo/download/?type=rnaseq_counts&acc={accession}&format=file&file={name}"

_SECRET = re.compile(r"token|key|secret|pass|pwd|sig|auth|cred|session", re.IGNORECASE)


@dataclass(frozen=True)
class Source:
    """Where counts are, and the choices that reading them needs.

    Attributes
    ----------
    paths
        Files, folders and patterns.
    format
        What the files are ("star", "salmon", ...), or "auto".
    layer
        Of an .h5ad file.
    strandedness
        Of STAR's files.
    transcripts
        Table of the transcripts' genes, for salmon.
    lengths
        Matrix of average transcript lengths, for a table of estimated counts.
    absent_genes
        What becomes of genes that are in some files only.
    measure
        What the values are (`autocrine.measure`).
    """

    paths: tuple[str, ...]
    format: str = "auto"
    layer: str = "X"
    strandedness: str = "auto"
    transcripts: str | None = None
    lengths: str | None = None
    absent_genes: str = "error"
    measure: str = COUNTS

    @property
    def where(self) -> str:
        """The paths in words."""
        return listed(self.paths, 3)


@dataclass(frozen=True)
class Download:
    """Counts at an address.

    `name` is that of the file they become; `sha256` is its checksum, or None where none is known.
    """

    url: str
    name: str
    sha256: str | None


def make_source(entry: Mapping[str, Any]) -> Source:
    """Turn one filled entry of `cohorts` into a source; it has no paths where the counts are at an address.

    Those of a cohort of cells are added by `make_cohort`.
    """
    counts = entry.get("counts", ())
    paths = () if isinstance(counts, Mapping) else (counts,) if isinstance(counts, str) else tuple(counts)
    choices = ("format", "layer", "strandedness", "transcripts", "lengths", "absent_genes", "measure")
    return Source(paths, **{key: entry[key] for key in choices if key in entry})


def make_download(counts: Any) -> Download | None:
    """Turn `counts` of the configuration into a download, where it names an address or a GEO series."""
    if not isinstance(counts, Mapping):
        return None
    checksum = counts.get("sha256")
    checksum = checksum.lower() if checksum else None
    if "geo" in counts:
        name = f"{counts['geo']}_raw_counts_GRCh38.p13_NCBI.tsv.gz"
        return Download(GEO_COUNTS.format(accession=counts["geo"], name=name), name, checksum)
    name = PurePosixPath(unquote(urlsplit(counts["url"]).path)).name
    return Download(counts["url"], name or "counts", checksum)


def without_secrets(url: str) -> str:
    """Return an address as it may be shown: no user, no password, and no value of a query that is called like one."""
    parts = urlsplit(url)
    query = [(key, "***" if _SECRET.search(key) else value) for key, value in parse_qsl(parts.query, True)]
    hidden = any(value == "***" for _, value in query)
    shown = urlencode(query, safe="*") if hidden else parts.query
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], query=shown))


def hide_secrets(value: Any) -> Any:
    """Return a copy of a configuration in which addresses are as they may be shown."""
    if isinstance(value, Mapping):
        return {key: hide_secrets(item) for key, item in value.items()}
    if isinstance(value, list):
        return [hide_secrets(item) for item in value]
    return without_secrets(value) if isinstance(value, str) and re.match(r"\w+://", value) else value
