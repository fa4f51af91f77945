"""Import the libraries of snakemake and of jobs once, and do what a client hands over in a fork.

Usage: python server.py ADDRESS, a socket to be made; ends when its standard input does.
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
from pathlib import Path

# Threads of a library would not live on in a fork; a job of the tests has one.
os.environ |= dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"), "1")
LIBRARIES = (
    *("anndata", "formulaic", "h5py", "jinja2", "matplotlib.pyplot", "numba", "pandas", "pyarrow.csv", "pydeseq2.ds"),
    *("scipy.interpolate", "scipy.stats", "jsonschema", "smart_open", "snakemake.cli", "snakemake.script"),
)


def serve(address: str) -> dict | None:
    """Answer clients until the tests end; in a fork return what is to be done."""
    for name in LIBRARIES:
        importlib.import_module(name)
    registry = importlib.import_module("numba.core.registry").cpu_target
    registry.typing_context.refresh()
    registry.target_context.refresh()
    gc.freeze()
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(f"{address}.part")
    listener.listen(64)
    os.rename(f"{address}.part", address)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while listener in select.select([listener, sys.stdin], [], [])[0]:
        client, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            return supervise(client)
        client.close()
    return None


def supervise(client: socket.socket) -> dict:
    """Fork once more, and tell the client that process's number and how it ends; if the client is gone it is killed."""
    length, streams, *_ = socket.recv_fds(client, 8, 3)
    message = client.makefile("rb").read(int.from_bytes(length, "big"))
    if (pid := os.fork()) == 0:
        for place, stream in enumerate(streams):
            os.dup2(stream, place)
            os.close(stream)
        client.close()
        return json.loads(message)
    for stream in streams:
        os.close(stream)
    client.sendall(f"{pid}\n".encode())
    ended = os.pidfd_open(pid)
    if ended not in select.select([ended, client], [], [])[0]:
        os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    try:
        client.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
    finally:
        os._exit(0)


def run(work: dict) -> None:
    """Run what `python ARGUMENTS` would: a script, or a module with its own arguments."""
    os.chdir(work["folder"])
    os.umask(work["mask"])
    os.environ.clear()
    os.environ |= work["environment"]
    importlib.import_module("numba.core.config").reload_config()
    first, *others = work["arguments"]
    if first == "-m":
        sys.argv, sys.path[0] = others, work["folder"]
        runpy.run_module(others[0], run_name="__main__", alter_sys=True)
    else:
        sys.argv, sys.path[0] = [first], str(Path(first).parent)
        runpy.run_path(first, run_name="__main__")


if __name__ == "__main__" and (asked := serve(sys.argv[1])):
    run(asked)
