"""Notebooks that read the results of a run show what the demo's results are."""

import shutil

import pytest

from tests.notebooks import FOLDER, assert_unchanged


@pytest.mark.parametrize("name", ["results", "results_r"])
def test_a_notebook_shows_the_results_of_the_demo(demo, name):
    if name == "results_r" and shutil.which("Rscript") is None:
        pytest.skip("R is not installed")
    # A folder that lies to the results as that of the notebooks does.
    folder = demo / "docs" / "notebooks"
    folder.mkdir(parents=True, exist_ok=True)
    assert_unchanged(FOLDER / f"{name}.ipynb", folder)
