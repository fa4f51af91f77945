"""Where compiled kernels are kept between processes."""

from __future__ import annotations

import atexit
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

import numba
from numba.core.caching import CacheImpl, UserProvidedCacheLocator

_HERE = Path(__file__).parent


class KernelLocator(UserProvidedCacheLocator):
    """Finds kernels by their names alone, where numba's own locators ask for the place of the source too.

    The folder is named by the contents of all sources, so that equal checkouts share it wherever they are. Kernels of
    other packages of the library, in folders of this one's name, have one each within it.
    """

    def get_cache_path(self) -> str:
        """Return the folder of the kernels."""
        folder = Path(self._py_file).parent
        name = _HERE.name if folder == _HERE else f"{folder.parent.name}-{_digest(folder.glob('*.py'))}"
        return str(Path(numba.config.CACHE_DIR) / name)

    @classmethod
    def from_function(cls, py_func: object, py_file: str) -> KernelLocator | None:
        """Take the kernels of this library; others are left to numba's locators."""
        folder = Path(py_file).parent
        ours = folder.name == _HERE.name and folder.parent.parent == _HERE.parent.parent
        return super().from_function(py_func, py_file) if ours else None


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
    folder = (Path(wanted) if wanted else user_folder()) / _digest([*_HERE.glob("*.py"), _HERE.parent / "plan.py"])
    if not _writable(folder):
        private = Path(tempfile.mkdtemp(prefix="autocrine-kernels-"))
        atexit.register(shutil.rmtree, private, ignore_errors=True)
        if folder.is_dir():
            shutil.copytree(folder, private, dirs_exist_ok=True)
        folder = private
    numba.config.CACHE_DIR = str(folder)
    locators = [KernelLocator, *CacheImpl._locator_classes]
    numba.config.CACHE_LOCATOR_CLASSES = ",".join(f"{each.__module__}.{each.__qualname__}" for each in locators)


def _digest(sources: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for source in sorted(sources):
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
