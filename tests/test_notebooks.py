"""Notebooks run, and what they show is what their code gives. Those that need a run are tested in tests/workflow."""

import pytest

from tests.notebooks import FOLDER, assert_unchanged


@pytest.mark.parametrize("name", ["genes", "cells"])
def test_a_notebook_shows_what_its_code_gives(name):
    assert_unchanged(FOLDER / f"{name}.ipynb")


@pytest.mark.parametrize("words", ["equivalence", "volcano", "autocrine.fit"])
def test_the_first_goes_from_counts_to_equivalence(words):
    assert words in (FOLDER / "genes.ipynb").read_text(encoding="utf-8")
