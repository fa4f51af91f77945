"""Runs in tests, and their jobs, fork from a process that has imported their libraries: most of a small one is imports.

The folder `client` is on the path of a run (`environment_of_runs`); its `sitecustomize` hands snakemake, and each job
that it starts, to the server, whose forks do the work. Where it is not on the path all start as those of users do: in
the guide to a new cohort, on Slurm, and in tests that put a folder of their own there.
"""

import atexit
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent
LIMITS = [name for name in dir(resource) if name.startswith("RLIMIT_")]


@cache
def environment_of_runs() -> dict[str, str]:
    """Start the server, which ends with this process, and return what a run needs in its environment."""
    if not hasattr(os, "pidfd_open"):
        return {}
    address = str(Path(tempfile.mkdtemp(prefix="preloaded-")) / "socket")
    server = subprocess.Popen([sys.executable, HERE / "server.py", address], stdin=subprocess.PIPE)
    atexit.register(shutil.rmtree, Path(address).parent, ignore_errors=True)
    atexit.register(server.communicate)
    limits = {name: resource.getrlimit(getattr(resource, name)) for name in LIMITS}
    path = os.pathsep.join(filter(None, [str(HERE / "client"), os.environ.get("PYTHONPATH")]))
    return {"PYTHONPATH": path, "PRELOADED": json.dumps({"address": address, "limits": limits})}
