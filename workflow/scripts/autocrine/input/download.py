"""Counts from an address: fetched within bounds, and used only if they are the file that the configuration means."""

import time
from http import HTTPStatus
from typing import Any

from autocrine.input.object_store import StoreError, copy_object, is_stored
from autocrine.input.readers.files import first_line
from autocrine.input.readers.table import NCBI
from autocrine.input.source import Download, without_secrets
from autocrine.problems import Findings
from autocrine.tables import sha256_of

# Seconds until a server has to answer, and for which it may fall silent; then the pauses before it is asked again.
CONNECT, SILENCE, PAUSES = 15, 60, (1, 5, 20)
# A server that sends less than this on average, after some minutes, does not end (bytes per second; seconds).
SLOWEST, PATIENCE = 1000, 300
MOST_BYTES = 50 * 10**9
# Answers that may be others a moment later.
_PASSING = {408, 425, 429, 500, 502, 503, 504}
_CHUNK = 2**20


class DownloadError(RuntimeError):
    """An address did not give its file; the message holds no password."""


def fetch(download: Download, path: str) -> None:
    """Fetch the file of an address.

    A server that does not answer, breaks off or is busy is asked again, three times. Users and passwords may be in
    the address, or better in ~/.netrc. Objects of a store (s3://, gs://) are copied by `copy_object`.

    Parameters
    ----------
    download
        The address.
    path
        Where its file goes.

    Raises
    ------
    DownloadError
        With the address and the status or cause in words.
    """
    shown = without_secrets(download.url)
    for pause in (*PAUSES, None):
        try:
            (_copy_once if is_stored(download.url) else _fetch_once)(download.url, path)
            return
        except _PassingError as error:
            if pause is None:
                raise DownloadError(f"{shown}: {error}, {len(PAUSES) + 1} times") from None
            print(f"{shown}: {error}; asking again in {pause} s")
            time.sleep(pause)
        except DownloadError as error:
            raise DownloadError(f"{shown}: {error}") from None


class _PassingError(Exception):
    """What may be better a moment later, in words."""


def _copy_once(url: str, path: str) -> None:
    try:
        copy_object(url, path, MOST_BYTES)
    except StoreError as error:
        raise (_PassingError if error.passing else DownloadError)(str(error)) from None


def _fetch_once(url: str, path: str) -> None:
    import requests

    # The bytes of the file: a server that packs them on the way would change their number.
    asked = {"stream": True, "timeout": (CONNECT, SILENCE), "headers": {"Accept-Encoding": "identity"}}
    try:
        with requests.get(url, **asked) as answer:
            if answer.status_code >= 400:
                status = f"the server answered {answer.status_code} {_status(answer.status_code)}"
                raise (_PassingError if answer.status_code in _PASSING else DownloadError)(status)
            _keep(answer, path)
    except requests.exceptions.ConnectTimeout:
        raise _PassingError(f"no answer within {CONNECT} s") from None
    except requests.exceptions.Timeout:
        raise _PassingError(f"no data for {SILENCE} s") from None
    except requests.exceptions.TooManyRedirects:
        raise DownloadError("it leads from one address to another without end") from None
    except requests.exceptions.SSLError:
        raise DownloadError("the certificate of the server is not accepted") from None
    except requests.exceptions.ConnectionError as error:
        reason = getattr(error.args[0] if error.args else None, "reason", None)
        if type(reason).__name__ == "NameResolutionError":
            raise DownloadError("there is no such host, or no network") from None
        # Silence within a body is reported like this too.
        silent = "timed out" in str(error)
        words = f"no data for {SILENCE} s" if silent else "the connection broke off or was refused"
        raise _PassingError(words) from None
    except requests.exceptions.ChunkedEncodingError:
        raise _PassingError("the connection broke off") from None
    except requests.exceptions.RequestException as error:
        raise DownloadError(f"it cannot be asked ({type(error).__name__})") from None


def _keep(answer: Any, path: str) -> None:
    """Write the body of an answer."""
    announced, received, began = answer.headers.get("Content-Length", ""), 0, time.monotonic()
    with open(path, "wb") as file:
        for part in answer.iter_content(_CHUNK):
            file.write(part)
            received += len(part)
            elapsed = time.monotonic() - began
            if received > MOST_BYTES:
                raise DownloadError(f"more than {MOST_BYTES / 1e9:.0f} GB")
            if elapsed > PATIENCE and received < SLOWEST * elapsed:
                raise _PassingError(f"less than {SLOWEST} bytes per second for {PATIENCE} s")
    if "Content-Encoding" not in answer.headers and announced.isdigit() and received != int(announced):
        raise _PassingError(f"{received:,} of {int(announced):,} bytes came")


def _status(code: int) -> str:
    try:
        return HTTPStatus(code).phrase
    except ValueError:
        return ""


def check_download(path: str, download: Download, findings: Findings) -> None:
    """Compare a fetched file with the checksum of the configuration; say the checksum where none is given.

    A series of GEO may come without one. Then the file must at least be of its layout: servers answer with pages too.
    """
    found, shown = sha256_of(path), without_secrets(download.url)
    if download.sha256 is None and not (start := first_line(path)).startswith(f"{NCBI[0]}\t"):
        findings.problem(
            path,
            f'what {shown} gave is no table of NCBI\'s counts: it begins with "{start[:60]}"',
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
            f"this is not the file the config means: the sha256 of what {shown} gave is {found}",
            f"{download.sha256}. Where the config is right, delete the file to fetch it again; else correct the config",
        )
