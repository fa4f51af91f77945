"""A fetched file is used only if it is the one that is meant."""

import gzip
import hashlib
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from autocrine.input import download as downloading
from autocrine.input.download import DownloadError, check_download, fetch
from autocrine.input.source import Download, hide_secrets, without_secrets
from autocrine.problems import Findings
from autocrine.tables import sha256_of


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "counts é.tsv"
    path.write_bytes(b"gene\tS1\n" * 100_000)
    return str(path)


def test_checksums_are_those_of_sha256sum(file):
    assert sha256_of(file) == hashlib.sha256(b"gene\tS1\n" * 100_000).hexdigest()


def test_the_right_file_passes_a_wrong_one_is_reported_with_both_checksums(file):
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


@pytest.fixture
def server(monkeypatch):
    """A server on loopback that answers as its path asks; `asked` counts what it was asked for."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            asked.append(self.path)
            name = self.path.strip("/").partition("?")[0]
            if name == "silent":
                time.sleep(3)
                return
            if name == "loop":
                self.send_response(302)
                self.send_header("Location", "/loop")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            later = name == "later" and len(asked) < 3
            code = 503 if later else int(name) if name.isdigit() else 200
            body = gzip.compress(b"gene\tS1\n", mtime=0) if name == "packed" else b"gene\tS1\n"
            self.send_response(code)
            self.send_header("Content-Length", str(len(body) + (50 if name == "short" else 0)))
            self.end_headers()
            self.wfile.write(body)
            if name == "short":
                self.close_connection = True

        def log_message(self, *_):
            pass

    held = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=held.serve_forever, daemon=True).start()
    # Not by way of a proxy that the machine may have.
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setattr(downloading, "PAUSES", (0, 0, 0))
    monkeypatch.setattr(downloading, "SILENCE", 0.3)
    yield f"http://127.0.0.1:{held.server_port}", asked
    held.shutdown()
    held.server_close()


def fetched(url, path):
    fetch(Download(url, "x", None), str(path))
    return path.read_bytes()


def test_a_file_is_kept_byte_by_byte(server, tmp_path):
    url, asked = server
    assert fetched(f"{url}/plain", tmp_path / "x") == b"gene\tS1\n"
    assert fetched(f"{url}/packed", tmp_path / "x")[:2] == b"\x1f\x8b"
    asked.clear()
    assert fetched(f"{url}/later", tmp_path / "x") == b"gene\tS1\n" and len(asked) == 3


@pytest.mark.parametrize(
    ("path", "words", "times"),
    [
        ("404", "the server answered 404 Not Found", 1),
        ("403", "the server answered 403 Forbidden", 1),
        ("401", "the server answered 401 Unauthorized", 1),
        ("599", "the server answered 599", 1),
        ("503", "the server answered 503 Service Unavailable, 4 times", 4),
        ("silent", "no data for 0.3 s, 4 times", 4),
        ("short", ", 4 times", 4),
        ("loop", "without end", None),
    ],
)
def test_a_server_that_gives_nothing_is_reported_in_words(server, tmp_path, path, words, times):
    url, asked = server
    with pytest.raises(DownloadError) as caught:
        fetched(f"{url.replace('//', '//me:hidden@')}/{path}?token=hidden", tmp_path / "x")
    assert words in str(caught.value) and url in str(caught.value)
    assert "hidden" not in str(caught.value) and "me:" not in str(caught.value)
    assert times is None or len(asked) == times


@pytest.mark.parametrize(
    ("url", "words"),
    [("http://127.0.0.1:9/x", "the connection broke off or was refused"), ("http://no.invalid/x", "no such host")],
)
def test_a_server_that_is_not_there_is_reported(server, tmp_path, url, words):
    with pytest.raises(DownloadError, match=words):
        fetched(url, tmp_path / "x")


def test_passwords_are_not_shown():
    assert without_secrets("https://me:secret@host:8/a b?acc=GSE1&x=%20") == "https://host:8/a b?acc=GSE1&x=%20"
    assert without_secrets("https://h/a?X-Amz-Signature=secret&acc=1") == "https://h/a?X-Amz-Signature=***&acc=1"
    shown = hide_secrets({"a": [{"url": "https://me:secret@h/x"}], "b": "C:\\x", "c": 3})
    assert shown == {"a": [{"url": "https://h/x"}], "b": "C:\\x", "c": 3}
