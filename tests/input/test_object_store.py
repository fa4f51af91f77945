"""Counts in an object store, with a store that the test imitates; tests/storage has a server of the S3 kind."""

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from autocrine.input import download as downloading
from autocrine.input.download import DownloadError, fetch
from autocrine.input.object_store import is_stored
from autocrine.input.source import Download

URL = "s3://bucket/folder/counts.tsv"


class NoCredentialsError(Exception):
    """As botocore calls it."""


class Store:
    def __init__(self, size=5, error=None):
        self.bytes, self.error = size, error

    def size(self, key):
        return self.bytes

    def get_file(self, key, path):
        if self.error:
            raise self.error
        Path(path).write_text(key)


def stores(monkeypatch, named, anonymous=None):
    """Have fsspec answer with one store for those who have credentials, with another for all."""

    def url_to_fs(url, anon=False):
        return (anonymous if anon else named), url.removeprefix("s3://")

    monkeypatch.setitem(sys.modules, "fsspec", SimpleNamespace())
    monkeypatch.setitem(sys.modules, "fsspec.core", SimpleNamespace(url_to_fs=url_to_fs))
    monkeypatch.setattr(downloading, "PAUSES", (0,))


def fetched(path):
    fetch(Download(URL, "counts.tsv", None), str(path))
    return path.read_text()


def test_stores_are_known_by_their_scheme():
    assert is_stored(URL) and is_stored("gs://b/k") and not is_stored("https://host/s3://x")


def test_an_object_becomes_a_file_also_without_credentials(monkeypatch, tmp_path):
    stores(monkeypatch, Store())
    assert fetched(tmp_path / "one") == "bucket/folder/counts.tsv"
    stores(monkeypatch, Store(error=NoCredentialsError()), Store())
    assert fetched(tmp_path / "two") == "bucket/folder/counts.tsv"


@pytest.mark.parametrize(
    ("store", "words"),
    [
        (Store(error=FileNotFoundError()), f"{URL}: there is no such object"),
        (Store(error=PermissionError()), "the store refuses it: no credentials, or none that may read it"),
        (Store(size=10**12), "more than 50 GB"),
        (Store(error=OSError("reset")), "the store cannot be asked (OSError: reset), 2 times"),
    ],
)
def test_what_a_store_refuses_is_said_with_the_address(monkeypatch, tmp_path, store, words):
    stores(monkeypatch, store)
    with pytest.raises(DownloadError) as error:
        fetched(tmp_path / "one")
    assert words in str(error.value)


@pytest.mark.parametrize(("scheme", "package"), [("s3", "s3fs"), ("gs", "gcsfs")])
def test_a_package_that_is_not_installed_is_named(monkeypatch, tmp_path, scheme, package):
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    with pytest.raises(DownloadError, match=rf"{scheme}:// needs the package {package}: pip install {package}"):
        fetch(Download(f"{scheme}://bucket/key", "key", None), str(tmp_path / "one"))
