"""A checksum is remembered as long as the file cannot have changed."""

import hashlib
import json
import os
import time
from pathlib import Path

from autocrine.run.checksums import Checksums


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
