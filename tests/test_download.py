"""A fetched file is used only if it is the one that is meant."""

import gzip
import hashlib

import pytest

from autocrine.download import check_download
from autocrine.problems import Findings
from autocrine.source import Download
from autocrine.tables import sha256_of


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "counts é.tsv"
    path.write_bytes(b"gene\tS1\n" * 100_000)
    return str(path)


def test_checksums_are_those_of_sha256sum(file):
    assert sha256_of(file) == hashlib.sha256(b"gene\tS1\n" * 100_000).hexdigest()


def test_the_right_file_passes_a_wrong_one_is_told_with_both_checksums(file):
    findings = Findings()
    check_download(file, Download("https://host/x", "x", sha256_of(file)), findings)
    assert not findings.problems and not findings.notes
    check_download(file, Download("https://host/x", "x", "0" * 64), findings)
    text = str(findings.problems[0])
    assert "not the file the config means" in text and sha256_of(file) in text and "0" * 64 in text


@pytest.fixture
def series(tmp_path):
    path = tmp_path / "GSE1.tsv.gz"
    path.write_bytes(gzip.compress(b"GeneID\tGSM1\n" + b"1\t2\n" * 100_000, mtime=0))
    return path


def test_without_a_checksum_it_is_said_what_would_make_sure(series):
    findings = Findings()
    check_download(str(series), Download("https://host/x", "x", None), findings)
    assert not findings.problems and f"sha256: {sha256_of(str(series))}" in findings.notes[0]


@pytest.mark.parametrize(
    "came",
    [
        b"<!DOCTYPE html>\n<html>",
        b"",
        gzip.compress(b"gene\tS1\n", mtime=0),
        b"\x1f\x8b\x08" + b"\0" * 7 + b"\xff" * 40,
    ],
)
def test_without_a_checksum_a_page_is_not_taken_for_counts(series, came):
    series.write_bytes(came)
    findings = Findings()
    check_download(str(series), Download("https://host/x", "x", None), findings)
    assert not findings.notes
    text = str(findings.problems[0])
    assert "https://host/x gave is no table of NCBI's counts" in text and "delete it to fetch it again" in text
