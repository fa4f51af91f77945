"""Counts from an address: what is fetched is used only if it is the file the configuration means."""

import hashlib

from autocrine.problems import Findings
from autocrine.source import Download


def sha256_of(path: str) -> str:
    """Return the SHA-256 checksum of a file."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_download(path: str, download: Download, findings: Findings) -> None:
    """Compare a fetched file with the checksum of the configuration; say the checksum where none is given."""
    found = sha256_of(path)
    if download.sha256 is None:
        findings.note(
            f'{path}: fetched without a checksum; "sha256: {found}" in the config makes sure of it from now on'
        )
    elif found != download.sha256:
        findings.problem(
            path,
            f"this is not the file the config means: the sha256 of what {download.url} gave is {found}",
            f"{download.sha256}. Where the config is right, delete the file to fetch it again; else mend the config",
        )
