"""Jobs of a run on one machine fork from a process that has imported their libraries: imports are much of a small job.

The first job runs beside the server's start and imports for itself; so does a job whose server has ended.
"""

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Collection
from functools import cache, wraps
from itertools import count
from pathlib import Path
from threading import Lock
from typing import Any

HERE = Path(__file__).parent
# Programs beside this file, by their modules: so a deployment that fetches files one by one fetches them too.
CLIENT, SERVER = "autocrine.run.preloaded.client", "autocrine.run.preloaded.server"
# The address of a server that runs share, as those in tests do.
ADDRESS = "AUTOCRINE_PRELOADED"
# What most jobs import. Nothing of this library: a job reads its code when it starts, as its record says.
LIBRARIES = (
    *("anndata", "formulaic", "h5py", "jinja2", "jsonschema", "matplotlib.pyplot", "numba", "pandas", "pyarrow.csv"),
    *("fontTools.subset", "scipy.interpolate", "scipy.stats", "snakemake.script"),
)
# The imports of so few jobs cost no more than those of a server.
FEW_JOBS = 4
# Seconds that a job waits for a server that is still importing; by itself it would import as long.
PATIENCE = 20.0


class Server:
    """A process that imports libraries and runs scripts in forks of itself; it ends with this process.

    Parameters
    ----------
    libraries
        Names of the modules.
    """

    def __init__(self, libraries: Collection[str]) -> None:
        self.address = str(Path(tempfile.mkdtemp(prefix="autocrine-")) / "socket")
        command = [sys.executable, "-P", program(SERVER), self.address, *libraries]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        atexit.register(self.end)
        self.deadline = time.monotonic() + PATIENCE

    def wait(self) -> None:
        """Wait until it answers, has ended, or takes too long."""
        while not Path(self.address).exists() and self.process.poll() is None and time.monotonic() < self.deadline:
            time.sleep(0.02)

    def end(self) -> None:
        """End it. Scripts that still run go on; one that starts later imports for itself."""
        self.process.communicate()
        # It has removed its socket itself, unless it was killed.
        shutil.rmtree(Path(self.address).parent, ignore_errors=True)


def find_server(libraries: Collection[str], jobs: int) -> tuple[str, Callable[[], None]] | None:
    """Return the address of the server that `ADDRESS` names, else of a new one, and what waits for it.

    None where so few jobs are worth none, or where it has no folder for its socket.
    """
    if address := os.environ.get(ADDRESS):
        return address, lambda: None
    if jobs <= FEW_JOBS:
        return None
    try:
        server = Server(libraries)
    except OSError:
        return None
    return server.address, server.wait


def can_fork() -> bool:
    """Return whether a server can work here: on Linux, whose libraries survive a fork, with handles of processes.

    An older kernel has none of these, and a container may forbid them.
    """
    if sys.platform != "linux" or not hasattr(os, "pidfd_open"):
        return False
    try:
        os.close(os.pidfd_open(os.getpid()))
    except OSError:
        return False
    return True


def program(module: str) -> str:
    """Return the path of a program beside this file, by the name of its module."""
    return str(HERE / f"{module.rpartition('.')[2]}.py")


def hand_over(
    execute: Callable[..., None], find: Callable[[], tuple[str, Callable[[], None]] | None], scripts: str | Path
) -> Callable[..., None]:
    """Let snakemake hand the Python scripts of a folder to a server.

    Parameters
    ----------
    execute
        The method of snakemake's Python scripts that starts Python on a file.
    find
        Called with the first of these scripts: the address of the server's socket, and what waits for it before each
        script but the first; None where there is none.
    scripts
        The folder, or its address.

    Returns
    -------
    The method for these scripts. Others, those with an environment of their own, and those that snakemake measures or
    lets the user edit start as before.
    """
    number, known, lock = count(), cache(find), Lock()

    def server() -> tuple[str, Callable[[], None]] | None:
        # Several scripts may be the first.
        with lock:
            return known()

    @wraps(execute)
    def started(script: Any, fname: str, edit: bool = False) -> None:
        path = os.path.normpath(script.path.get_path_or_uri(secret_free=True))
        apart = script.conda_env or script.container_img or script.env_modules or script.bench_record
        if edit or apart or Path(scripts) not in Path(path).parents or (found := server()) is None:
            return execute(script, fname, edit)
        address, wait = found
        if next(number):
            wait()
        # The client is to snakemake what Python would be: its folder, environment, signals, and how it ends.
        return script._execute_cmd(
            "{python} -I -S {client:q} {address:q} {fname:q}",
            python=sys.executable,
            client=program(CLIENT),
            address=address,
            fname=fname,
            is_python_script=True,
        )

    return started
