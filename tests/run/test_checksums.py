"""A checksum is remembered as long as the file cannot have changed."""

import asyncio
import hashlib
import inspect
import json
import os
import time
from pathlib import Path

import pytest
from snakemake.io import _IOFile

from autocrine.run.checksums import Checksums, read_once


def old(path, text):
    """Write a file as if some time ago, as far as its own date goes."""
    path.write_text(text)
    os.utime(path, (1e9, 1e9))
    return path


def test_checksum_is_read_again_where_anything_differs(tmp_path, monkeypatch):
    path, read = old(tmp_path / "counts.tsv", "abc"), []

    def digest(name):
        read.append(name)
        return hashlib.sha256(Path(name).read_bytes()).hexdigest()

    monkeypatch.setattr("autocrine.run.checksums.sha256_of", digest)
    # The clock is far enough from the last change for it to be remembered.
    monkeypatch.setattr(time, "time_ns", lambda: os.stat(path).st_ctime_ns + 10**10)
    checksums = Checksums(tmp_path / "store" / "checksums.json")
    first = checksums.of(path)
    assert checksums.of(path) == first and len(read) == 1
    checksums.save()
    again = Checksums(checksums.store)
    assert again.of(path) == first and len(read) == 1
    # The same size and the same date: only the date of the inode differs.
    old(path, "abd")
    assert again.of(path) == hashlib.sha256(b"abd").hexdigest() != first
    assert len(read) == 2


def test_what_was_just_written_is_not_remembered(tmp_path):
    path = tmp_path / "counts.tsv"
    path.write_text("abc")
    checksums = Checksums(tmp_path / "store.json")
    checksums.of(path)
    checksums.save()
    assert not checksums.known and not checksums.store.exists()


def test_a_damaged_store_is_begun_anew(tmp_path):
    for text in ["", "[1]", '{"a": 3}', "\x00"]:
        (tmp_path / "store.json").write_text(text)
        assert Checksums(tmp_path / "store.json").known == {}
    path = tmp_path / "a"
    path.write_text("abc")
    (tmp_path / "store.json").write_text(json.dumps({str(path): [1, "wrong"]}))
    assert Checksums(tmp_path / "store.json").of(path) == hashlib.sha256(b"abc").hexdigest()


class File(str):
    """A file as snakemake has it, which counts how often it is read."""

    is_storage = False
    read = 0

    async def checksum(self, threshold=None, force=False):
        File.read += 1
        return f"sha256:{hashlib.sha256(Path(self).read_bytes()).hexdigest()}" if force or threshold else None


def test_snakemake_reads_a_file_once_until_it_changes(tmp_path, monkeypatch):
    path = old(tmp_path / "genes.tsv", "abc")
    monkeypatch.setattr(time, "time_ns", lambda: os.stat(path).st_ctime_ns + 10**10)
    checksum = read_once(File.checksum)
    monkeypatch.setattr(File, "read", 0)

    def ask(file, *arguments, **named):
        return asyncio.run(checksum(file, *arguments, **named))

    first = ask(File(path), 10)
    assert [ask(File(path), 10) for _ in range(5)] == [first] * 5 and File.read == 1
    assert ask(File(path)) is None and ask(File(path), 10, force=True) == first and File.read == 3
    old(path, "abd")
    assert ask(File(path), 10) != first and File.read == 4
    # What lies in a store has the store's checksum, whatever its copy here.
    stored = File(path)
    stored.is_storage = True
    ask(stored, 10), ask(stored, 10)
    assert File.read == 6
    # Of what is not there snakemake says so itself.
    with pytest.raises(FileNotFoundError):
        ask(File(tmp_path / "absent"), 10)
    assert read_once(checksum) is checksum


def test_snakemake_has_what_is_replaced():
    assert inspect.iscoroutinefunction(_IOFile.checksum) and isinstance(_IOFile.is_storage, property)
    assert read_once(_IOFile.checksum) is not _IOFile.checksum
