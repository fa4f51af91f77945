"""Counts from an address: what is fetched is used only if it is the file the configuration means."""

from autocrine.problems import Findings
from autocrine.readers.files import first_line
from autocrine.readers.table import NCBI
from autocrine.source import Download
from autocrine.tables import sha256_of


def check_download(path: str, download: Download, findings: Findings) -> None:
    """Compare a fetched file with the checksum of the configuration; say the checksum where none is given.

    A series of GEO may come without one. Then the file must at least be of its layout: servers answer with pages too.
    """
    found = sha256_of(path)
    if download.sha256 is None and not (start := first_line(path)).startswith(f"{NCBI[0]}\t"):
        findings.problem(
            path,
            f'what {download.url} gave is no table of NCBI\'s counts: it begins with "{start[:60]}"',
            f"a table whose first column is {NCBI[0]}. NCBI has counts of human series only, and not of all: the "
            "series' page of GEO says so. If the file is kept already, delete it to fetch it again",
        )
    elif download.sha256 is None:
        findings.note(
            f'{path}: fetched without a checksum; "sha256: {found}" in the config makes sure of it from now on'
        )
    elif found != download.sha256:
        findings.problem(
            path,
            f"this is not the file the config means: the sha256 of what {download.url} gave is {found}",
            f"{download.sha256}. Where the config is right, delete the file to fetch it again; else mend the config",
        )
