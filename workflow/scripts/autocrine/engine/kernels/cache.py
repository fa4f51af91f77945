"""Where compiled kernels are kept between processes."""

from __future__ import annotations

import atexit
import hashlib
import os
import shutil
import tempfile
from pathlib import Path

import numba
from numba.core.caching import CacheImpl, UserProvidedCacheLocator


class KernelLocator(UserProvidedCacheLocator):
    """Finds kernels by their names alone, where numba's own locators ask for the place of the source too.

    The folder is named by the contents of all sources, so that equal checkouts share it wherever they are.
    """

    def get_cache_path(self) -> str:
        """Return the folder of the kernels."""
        return str(Path(numba.config.CACHE_DIR) / "kernels")

    @classmethod
    def from_function(cls, py_func: object, py_file: str) -> KernelLocator | None:
        """Take the functions of this package; others are left to numba's locators."""
        return super().from_function(py_func, py_file) if Path(py_file).parent == Path(__file__).parent else None


def choose_folder() -> None:
    """Point numba's cache at a folder that can be used.

    ``NUMBA_CACHE_DIR`` is honoured; numba itself writes entries by rename, so two processes may fill
    it at once. Inside, a folder is named by the kernels' sources, since numba notices a change of the
    file a kernel is in but not of the functions it calls. A folder that is filled but cannot be
    written (a shared environment, a container) is copied to a private one that lives as long as the
    process, since numba ignores caches it cannot write to. Without the variable a folder of the user
    is taken, and where there is none, a temporary one.
    """
    wanted = numba.config.CACHE_DIR
    folder = (Path(wanted) if wanted else user_folder()) / _digest_of_sources()
    if not _writable(folder):
        private = Path(tempfile.mkdtemp(prefix="autocrine-kernels-"))
        atexit.register(shutil.rmtree, private, ignore_errors=True)
        if folder.is_dir():
            shutil.copytree(folder, private, dirs_exist_ok=True)
        folder = private
    numba.config.CACHE_DIR = str(folder)
    locators = [KernelLocator, *CacheImpl._locator_classes]
    numba.config.CACHE_LOCATOR_CLASSES = ",".join(f"{each.__module__}.{each.__qualname__}" for each in locators)


def _digest_of_sources() -> str:
    digest = hashlib.sha256()
    here = Path(__file__).parent
    for source in [*sorted(here.glob("*.py")), here.parent / "plan.py"]:
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


def user_folder() -> Path:
    """Return the folder of kernels of the user, where the variable names none."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return Path(base) / "autocrine" / "kernels"


def _writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False
