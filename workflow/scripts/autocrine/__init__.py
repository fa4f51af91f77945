"""Differential expression of leukaemic stem cells, and what it says of named genes.

`fit` takes counts and a design; what it returns is asked for contrasts. `Inference` speeds PyDESeq2 up.
"""

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    # Relative, so that a job that imports a part of the package is not taken for one that needs the whole.
    from .api import FittedModel, any_difference, fit, per_unit, spline, trend
    from .engine.errors import EngineError
    from .engine.inference import Inference
    from .problems import InputError

# Loaded when used: jobs of the workflow import parts of the package and should not wait for the rest.
_HOME = {
    "EngineError": "engine.errors",
    "FittedModel": "api",
    "Inference": "engine.inference",
    "InputError": "problems",
    "any_difference": "api",
    "fit": "api",
    "per_unit": "api",
    "spline": "api",
    "trend": "api",
}
__all__ = [
    "EngineError",
    "FittedModel",
    "Inference",
    "InputError",
    "any_difference",
    "fit",
    "per_unit",
    "spline",
    "trend",
]

if not TYPE_CHECKING:
    # Unseen by checkers of types, so that a name that is not there is a mistake to them.
    def __getattr__(name: str) -> object:
        if name not in _HOME:
            raise AttributeError(f"module {__name__} has no attribute {name}")
        return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
