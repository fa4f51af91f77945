"""The server of a run, which tests share, with this checkout's own code imported: it does not change while they run.

Usage: python -P tests/workflow/preloaded/server.py ADDRESS LIBRARY ... A fork for another checkout, or for another
cache of compiled code, forgets what was imported of this one.
"""

import os
import sys
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from pkgutil import walk_packages

REPOSITORY = Path(__file__).resolve().parents[3]
SCRIPTS = REPOSITORY / "workflow" / "scripts"
# Where compiled code is, and whether there is any.
OF_CACHES = ("HOME", "XDG_CACHE_HOME", "NUMBA_CACHE_DIR", "NUMBA_DISABLE_JIT", "NUMBA_NUM_THREADS")
# What need not be there, and what is a program.
LEFT_OUT = ("autocrine.pertpy", "autocrine.run.preloaded.client")


def own_modules() -> list[str]:
    """Return the names of the modules of the library."""
    import autocrine

    return [one.name for one in walk_packages(autocrine.__path__, "autocrine.") if one.name not in LEFT_OUT]


def is_of_this_checkout(arguments: list[str]) -> bool:
    """Return whether `python ARGUMENTS` runs the workflow of this checkout: a job's script, or snakemake."""
    if arguments[0] == "-m":
        files = [after for before, after in pairwise(arguments) if before in ("-s", "--snakefile")]
        return [Path(file) for file in files] in ([REPOSITORY / "workflow" / "Snakefile"], [REPOSITORY / "Snakefile"])
    # Snakemake writes into a script where its modules are.
    return f"'{SCRIPTS}'" in Path(arguments[0]).read_text(encoding="utf-8")


def forget() -> None:
    """Forget the modules of the library, so that they are imported anew."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "autocrine"]:
        del sys.modules[name]


if __name__ == "__main__":
    caches = {name: os.environ.get(name) for name in OF_CACHES}
    sys.path.insert(0, str(SCRIPTS))
    server = import_module("autocrine.run.preloaded.server")
    if asked := server.serve(sys.argv[1], [*sys.argv[2:], *own_modules()]):
        sys.path.remove(str(SCRIPTS))
        same = caches == {name: asked["environment"].get(name) for name in OF_CACHES}
        if not (same and is_of_this_checkout(asked["arguments"])):
            forget()
        server.run(asked)
