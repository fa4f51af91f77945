"""Notebooks of the documentation, run cell by cell; `python -m tests.notebooks PATH ...` stores what they show."""

import ast
import base64
import io
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import nbformat
import pandas as pd
from nbformat import NotebookNode

from tests.conftest import REPOSITORY

FOLDER = REPOSITORY / "docs" / "notebooks"
# Between what the cells of a notebook in R print.
MARK = "%%%% next cell"


def code_cells(path: Path) -> list[NotebookNode]:
    """Return the cells of code of a notebook."""
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


def run(path: Path, folder: Path | None = None) -> Iterator[tuple[NotebookNode, list[NotebookNode]]]:
    """Run a notebook in `folder` or its own; yield each cell with its outputs in the format of notebooks."""
    language = nbformat.read(path, as_version=4).metadata.kernelspec.language
    yield from {"python": _run_python, "R": _run_r}[language](path, folder or path.parent)


def assert_unchanged(path: Path, folder: Path | None = None) -> None:
    """Run a notebook and compare what its cells give with what they show; pandas 3 writes other words."""
    for cell, given in run(path, folder):
        assert [sorted(_data(output)) for output in given] == [sorted(_data(output)) for output in cell.outputs]
        if pd.__version__ < "3" or any(output.output_type == "stream" for output in given):
            for output, stored in zip(given, cell.outputs, strict=True):
                assert "image/png" in _data(output) or _data(output)["text/plain"] == _data(stored)["text/plain"]


def store(path: Path) -> None:
    """Run a notebook and write it with what its code gives."""
    notebook = nbformat.read(path, as_version=4)
    cells = (cell for cell in notebook.cells if cell.cell_type == "code")
    for count, (cell, (_, given)) in enumerate(zip(cells, run(path), strict=True), 1):
        cell.execution_count, cell.outputs = count, given
        for output in given:
            if output.output_type == "execute_result":
                output.execution_count = count
    nbformat.write(notebook, path)


def _data(output: NotebookNode) -> dict[str, str]:
    return output["data"] if "data" in output else {"text/plain": output["text"]}


def _run_python(path: Path, folder: Path) -> Iterator[tuple[NotebookNode, list[NotebookNode]]]:
    """The value of the last expression of a cell is its output, written while the notebook's own options hold."""
    names: dict[str, Any] = {"__name__": "__main__"}
    options = ("display.float_format", None, "display.width", 80, "display.max_columns", 20)
    with chdir(folder), pd.option_context(*options), plt.rc_context():
        # As a notebook finds it; figures of other tests have the style of the library.
        plt.rcdefaults()
        for cell in code_cells(path):
            statements = ast.parse(cell.source).body
            last = statements.pop() if statements and isinstance(statements[-1], ast.Expr) else None
            exec(compile(ast.Module(statements, []), path.name, "exec"), names)
            value = None if last is None else eval(compile(ast.Expression(last.value), path.name, "eval"), names)
            yield cell, _shown(value)


def _run_r(path: Path, folder: Path) -> Iterator[tuple[NotebookNode, list[NotebookNode]]]:
    """Run all cells in one process; what a cell prints is its output."""
    cells = code_cells(path)
    script = "".join(f'{cell.source}\ncat("{MARK}\\n")\n' for cell in cells)
    done = subprocess.run(
        ["Rscript", "--vanilla", "/dev/stdin"],
        input=script,
        cwd=folder,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for cell, text in zip(cells, done.stdout.split(f"{MARK}\n")[:-1], strict=True):
        yield cell, [nbformat.v4.new_output("stream", name="stdout", text=text)] if text else []


def _shown(value: Any) -> list[NotebookNode]:
    if value is None:
        return []
    data = {"text/plain": repr(value)}
    if isinstance(value, pd.DataFrame):
        data["text/html"] = value._repr_html_()
    if isinstance(value, plt.Figure):
        picture = io.BytesIO()
        value.savefig(picture, format="png", dpi=100)
        data = {"text/plain": "<Figure>", "image/png": base64.b64encode(picture.getvalue()).decode()}
    return [nbformat.v4.new_output("execute_result", data)]


if __name__ == "__main__":
    for name in sys.argv[1:]:
        store(Path(name).resolve())
