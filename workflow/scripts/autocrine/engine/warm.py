"""Compiling and caching every kernel ahead of use."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module

# the slowest first, so that the others fill the gaps
_MODULES = (
    "dispersion",
    "regression",
    "influence",
    "standard_errors",
    "shrinkage",
    "moments",
    "residuals",
    "quasi_newton",
)


def warm_up(processes: int | None = None) -> None:
    """Compile all kernels, or load them from the cache.

    Kernels have explicit signatures, so importing their modules compiles them; done once per
    environment, later processes read the cache. Safe when two processes do it at once.

    Parameters
    ----------
    processes : int, optional
        How many modules are compiled side by side, each by an interpreter of its own, since the
        compiler holds a lock; one per processor where absent. With 1, all is done in this process.
    """
    processes = processes or os.cpu_count() or 1
    if processes > 1:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        with ThreadPoolExecutor(processes) as pool:
            # a child that fails costs time only: its kernels are compiled below, and what is wrong is raised there
            list(pool.map(lambda name: _compile_apart(name, environment), _MODULES))
    for name in _MODULES:
        import_module(f"autocrine.engine.kernels.{name}")


def _compile_apart(name: str, environment: dict[str, str]) -> None:
    command = [sys.executable, "-c", f"import autocrine.engine.kernels.{name}"]
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
