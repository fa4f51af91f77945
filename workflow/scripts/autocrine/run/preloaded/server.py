"""Import libraries once, and run the Python scripts that clients name in forks of this process.

Usage: python -P server.py ADDRESS LIBRARY ..., a socket to be made and modules; ends when its standard input does.
"""

import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

# A fork lacks the threads of a library. pyarrow's only clears up its memory. Those of linear algebra save no time:
# a model of 300 samples and 20,000 genes took 47 and 49 s with two of them, and 47 and 48 s with one.
os.environ |= dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"), "1")
os.environ["JE_ARROW_MALLOC_CONF"] = "background_thread:false"


def serve(address: str, libraries: list[str]) -> dict[str, Any] | None:
    """Answer clients until standard input ends; in a fork return what it is to run."""
    folder = Path(address).parent
    load(libraries)
    # A fork would not have the threads that a library has started, and might wait for them for ever.
    if len(os.listdir("/proc/self/task")) > 1:
        folder.rmdir()
        return None
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(f"{address}.part")
    listener.listen(64)
    os.rename(f"{address}.part", address)
    # An interrupt from a terminal comes to each process of a run; here clients and forks end by it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while listener in select.select([listener, sys.stdin], [], [])[0]:
        client, _ = listener.accept()
        try:
            pid = os.fork()
        except OSError:
            # There is no room for another process: the client runs its script itself.
            pid = -1
        if pid == 0:
            listener.close()
            return supervise(client)
        client.close()
        reap()
    # Clients that come now run their scripts themselves.
    os.unlink(address)
    folder.rmdir()
    reap(seconds=1.0)
    return None


def load(libraries: list[str]) -> None:
    """Import libraries, with what numba would else look through in every job."""
    for name in libraries:
        # A job that needs one which is not there says so itself.
        with suppress(ImportError):
            importlib.import_module(name)
    if "numba" in sys.modules:
        target = importlib.import_module("numba.core.registry").cpu_target
        target.typing_context.refresh()
        target.target_context.refresh()
    gc.freeze()


def reap(seconds: float = 0.0) -> None:
    """Take note of forks that have ended, so that their time counts as this process's; wait so long for others."""
    end = time.monotonic() + seconds
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0] or time.monotonic() < end:
            time.sleep(0.01)


def supervise(client: socket.socket) -> dict[str, Any]:
    """Fork once more, and tell the client that process's number and how it ends; if the client is gone it is killed."""
    length, streams, *_ = socket.recv_fds(client, 8, 3)
    with client.makefile("rb") as lines:
        message = lines.read(int.from_bytes(length, "big"))
    if (pid := os.fork()) == 0:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for place, stream in enumerate(streams):
            os.dup2(stream, place)
            os.close(stream)
        client.close()
        work: dict[str, Any] = json.loads(message)
        return work
    for stream in streams:
        os.close(stream)
    client.sendall(f"{pid}\n".encode())
    ended = os.pidfd_open(pid)
    if ended not in select.select([ended, client], [], [])[0]:
        os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    with suppress(OSError):
        client.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)


def run(work: dict[str, Any]) -> None:
    """Run what `python ARGUMENTS` would: a script, or a module with its own arguments."""
    os.chdir(work["folder"])
    os.umask(work["mask"])
    os.environ.clear()
    os.environ |= work["environment"]
    # What some libraries take from the environment once.
    tempfile.tempdir = None
    if "numba" in sys.modules:
        importlib.import_module("numba.core.config").reload_config()
    first, *others = work["arguments"]
    if first == "-m":
        sys.argv = others
        sys.path.insert(0, work["folder"])
        runpy.run_module(others[0], run_name="__main__", alter_sys=True)
    else:
        sys.argv = [first, *others]
        sys.path.insert(0, str(Path(first).parent))
        runpy.run_path(first, run_name="__main__")


if __name__ == "__main__" and (asked := serve(sys.argv[1], sys.argv[2:])):
    run(asked)
