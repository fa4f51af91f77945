"""The cells of a model in words."""

import pandas as pd
import pytest

from autocrine.design.selection import cells_of
from tests.models import model_of

CONTRASTS = {"c": {"factor": "response", "tested": "r", "reference": "s"}}


@pytest.mark.parametrize(
    ("columns", "cells", "words"),
    [
        ({"compartment": ["LSC", "LSC"], "tissue": ["marrow", "blood"]}, "", "LSC"),
        ({"compartment": [None, None], "tissue": ["marrow", "blood"]}, "", "blood, marrow"),
        ({"cell_line": ["K562", "K562"]}, "", "K562"),
        ({"compartment": ["LSC", "LSC"]}, "K562 cells", "K562 cells"),
        ({}, "", ""),
    ],
)
def test_cells_are_those_of_the_configuration_or_of_the_sheet(columns, cells, words):
    sheet = pd.DataFrame({"response": ["r", "s"], **columns}, index=["S1", "S2"])
    model = model_of("~ response", CONTRASTS, **({"cells": cells} if cells else {}))
    assert cells_of(sheet, model) == words
