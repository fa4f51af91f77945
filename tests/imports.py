"""What scripts and library files import, read from their text."""

import ast
import sys
from functools import cache
from pathlib import Path

from tests.conftest import REPOSITORY

SCRIPTS = REPOSITORY / "workflow" / "scripts"
LIBRARY = SCRIPTS / "autocrine"


def module_file(name: str) -> Path | None:
    """Return the file of a module of the library, or None for other modules."""
    path = SCRIPTS.joinpath(*name.split("."))
    if path.with_suffix(".py").is_file():
        return path.with_suffix(".py")
    return path / "__init__.py" if (path / "__init__.py").is_file() else None


@cache
def names_in(file: Path) -> frozenset[str]:
    """Return the dotted names that a file imports, at its head or later."""
    names = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return frozenset(names)


@cache
def imported(file: Path) -> frozenset[Path]:
    """Return the library files that a file imports, with those of the packages on the way."""
    found = set()
    for parts in (name.split(".") for name in names_in(file)):
        for end in range(1, len(parts) + 1):
            if parts[0] == "autocrine" and (path := module_file(".".join(parts[:end]))):
                found.add(path)
    return frozenset(found)


def closure(script: Path) -> set[Path]:
    """Return all library files that a script needs; engines, which load parts when used, are needed whole."""
    todo, done = [script], set()
    while todo:
        for path in imported(todo.pop()) - done:
            done.add(path)
            todo.append(path)
    for engine in (LIBRARY / "engine", LIBRARY / "linear"):
        if engine / "__init__.py" in done:
            done |= {path for path in engine.rglob("*") if path.is_file() and path.suffix in (".py", ".gz")}
    return done


def packages(script: Path) -> set[str]:
    """Return the packages of others that a script and its library files import."""
    files = {file for file in closure(script) if file.suffix == ".py"} | {script}
    names = {name.partition(".")[0] for file in files for name in names_in(file)}
    return names - {"autocrine"} - sys.stdlib_module_names
