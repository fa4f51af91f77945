"""The types of the interface, as a user's script sees them: `make lint` checks this file strictly, and pytest runs it.

Each mistake below must be one to mypy: where it finds none, it reports an ignore that is not used.
"""

from typing import assert_type

import numpy as np
import pandas as pd
import pytest

import autocrine
from autocrine import engine, plots

SHEET = pd.DataFrame({"group": ["a", "b"] * 4}, index=[f"S{i}" for i in range(8)])
COUNTS = pd.DataFrame(
    np.random.default_rng(1).poisson(80, (8, 50)), index=SHEET.index, columns=[f"g{i}" for i in range(50)]
)


def test_a_script_has_types() -> None:
    fitted = autocrine.fit(COUNTS, "~ group", SHEET, alpha=0.1, numeric=["age"][:0])
    assert_type(fitted, autocrine.FittedModel)
    genes: pd.DataFrame = fitted.test(group=("b", "a"), margin=0.5)
    assert len(genes) == 50
    assert_type(fitted.warnings(group=("b", "a")), list[str])
    assert isinstance(fitted.analysis.fit, engine.Fit)  # linear models where samples vary together
    assert_type(fitted.analysis.fit.freedom, float)
    plots.volcano(genes, marked=["g1"], title=None)
    design = pd.DataFrame({"all": 1.0, "b": [0.0, 1.0] * 4}, index=SHEET.index)
    fit = engine.fit_model(COUNTS, design)
    assert_type(fit, engine.Fit)
    adjusted, chosen = engine.adjust_p_values(engine.test_contrast(fit, [0, 1])["p_value"], fit.genes["base_mean"])
    assert adjusted.shape == (50,) and chosen["threshold"] >= 0
    try:
        fitted.test(group=("c", "a"))
    except autocrine.InputError as error:
        assert_type(error.problems[0].where, str)
    except autocrine.EngineError:
        raise


def test_a_mistake_is_one_to_a_checker_of_types() -> None:
    fitted = autocrine.fit(COUNTS, "~ group", SHEET)
    with pytest.raises(TypeError):
        autocrine.fit(COUNTS, "~ group", SHEET, alhpa=0.1)  # type: ignore[call-arg]
    with pytest.raises(autocrine.InputError):
        autocrine.fit(COUNTS, "~ group", SHEET, alpha="0.1")  # type: ignore[arg-type]
    with pytest.raises(AttributeError):
        autocrine.fitt  # type: ignore[attr-defined]  # noqa: B018
    with pytest.raises(AttributeError):
        engine.fitt  # type: ignore[attr-defined]  # noqa: B018
    with pytest.raises(AttributeError):
        fitted.tests("group")  # type: ignore[attr-defined]
    with pytest.raises(TypeError):
        engine.fit_model(COUNTS)  # type: ignore[call-arg]
