"""Files of object stores: Amazon's S3 and its like, and Google Cloud Storage."""

from pathlib import Path
from urllib.parse import urlsplit

# The package that knows each kind of store; it is installed by those who need it.
PACKAGES = {"s3": "s3fs", "gs": "gcsfs"}


class StoreError(RuntimeError):
    """A store did not give a file; in words, and whether that may be better a moment later."""

    def __init__(self, words: str, passing: bool = False) -> None:
        super().__init__(words)
        self.passing = passing


def is_stored(url: str) -> bool:
    """Whether an address is that of an object in a store."""
    return urlsplit(url).scheme in PACKAGES


def copy_object(url: str, path: str | Path, most_bytes: int) -> None:
    """Copy an object to a file.

    Credentials are those that the store's own tools use (``AWS_ACCESS_KEY_ID``, ``~/.aws``, ``gcloud auth``); without
    any, the object is asked for as everybody may. ``AWS_ENDPOINT_URL`` names another server of the S3 kind.

    Parameters
    ----------
    url
        s3://bucket/key or gs://bucket/key.
    path
        Where it goes.
    most_bytes
        A larger object is refused.

    Raises
    ------
    StoreError
        With the cause in words.
    """
    scheme = urlsplit(url).scheme
    try:
        from fsspec.core import url_to_fs

        store, key = url_to_fs(url)
    except ImportError:
        package = PACKAGES[scheme]
        raise StoreError(f"{scheme}:// needs the package {package}: pip install {package}") from None
    try:
        _copy(store, key, path, most_bytes)
    except Exception as error:
        if type(error).__name__ != "NoCredentialsError":
            raise _in_words(error) from None
        try:
            _copy(url_to_fs(url, anon=True)[0], key, path, most_bytes)
        except Exception as refused:
            raise _in_words(refused) from None


def _copy(store, key: str, path: str | Path, most_bytes: int) -> None:
    if (store.size(key) or 0) > most_bytes:
        raise StoreError(f"more than {most_bytes / 1e9:.0f} GB")
    store.get_file(key, str(path))


def _in_words(error: Exception) -> StoreError:
    # The libraries of stores have errors of many kinds of their own, beside those of the system.
    if isinstance(error, StoreError):
        return error
    if isinstance(error, FileNotFoundError | IsADirectoryError):
        return StoreError("there is no such object")
    if isinstance(error, PermissionError):
        return StoreError("the store refuses it: no credentials, or none that may read it")
    return StoreError(f"the store cannot be asked ({type(error).__name__}: {error})", passing=True)
