"""Runs in tests, and their jobs, fork from one process with their libraries: most of a small run is imports.

It is the server that a run starts for its own jobs (`autocrine.run.preloaded`), with snakemake and this checkout's own
code too (`server.py`). The folder `client`
is on the path of a run (`environment_of_runs`); its `sitecustomize` hands snakemake to the server. Where it is not on
the path all start as those of users do: in the guide to a new cohort, on Slurm, and in tests that put a folder of their
own there.
"""

import atexit
import json
import os
import resource
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from autocrine.run.preloaded import ADDRESS, CLIENT, LIBRARIES, can_fork, program

# What each start of snakemake imports.
OF_SNAKEMAKE = ("snakemake.cli", "snakemake.profiles", "snakemake.report.html_reporter", "snakemake.storage")
LIMITS = [name for name in dir(resource) if name.startswith("RLIMIT_")]


@cache
def environment_of_runs() -> dict[str, str]:
    """Start the server, which ends with this process, and return what a run needs in its environment."""
    if not can_fork():
        return {}
    address = str(Path(tempfile.mkdtemp(prefix="preloaded-")) / "socket")
    command = [sys.executable, "-P", str(Path(__file__).parent / "server.py"), address, *LIBRARIES, *OF_SNAKEMAKE]
    server = subprocess.Popen([*command, "pydeseq2.ds", "smart_open"], stdin=subprocess.PIPE)
    atexit.register(server.communicate)
    limits = {name: resource.getrlimit(getattr(resource, name)) for name in LIMITS}
    path = os.pathsep.join(filter(None, [str(Path(__file__).parent / "client"), os.environ.get("PYTHONPATH")]))
    asked = json.dumps({"client": program(CLIENT), "limits": limits})
    return {"PYTHONPATH": path, ADDRESS: address, "PRELOADED": asked}
