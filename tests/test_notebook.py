"""docs/notebook.ipynb runs, and what it shows is what the code gives."""

import ast

import matplotlib.pyplot as plt
import nbformat
import pandas as pd
import pytest

from tests.conftest import REPOSITORY

NOTEBOOK = REPOSITORY / "docs" / "notebook.ipynb"


def test_the_notebook_shows_what_its_code_gives(monkeypatch):
    monkeypatch.chdir(NOTEBOOK.parent)
    plt.rcdefaults()
    names, shown = {}, 0
    with pd.option_context("display.float_format", None, "display.width", 80, "display.max_columns", 20):
        for cell in nbformat.read(NOTEBOOK, as_version=4).cells:
            if cell.cell_type != "code":
                continue
            *statements, last = ast.parse(cell.source).body
            exec(compile(ast.Module(statements, []), "cell", "exec"), names)
            value = eval(compile(ast.Expression(last.value), "cell", "eval"), names)
            stored = cell.outputs[-1]["data"]["text/plain"]
            if "Figure" in stored:
                assert "image/png" in cell.outputs[-1]["data"] and type(value).__name__ == "Figure"
            elif pd.__version__ < "3":
                assert repr(value) == stored
            shown += 1
    assert shown == sum(cell.cell_type == "code" for cell in nbformat.read(NOTEBOOK, as_version=4).cells)


@pytest.mark.parametrize("words", ["equivalence", "volcano", "autocrine.fit"])
def test_it_goes_from_counts_to_equivalence(words):
    assert words in NOTEBOOK.read_text(encoding="utf-8")
