"""Moderated linear models of log expression: R limma's answers, for counts with weights, arrays and repeated measures.

Arrays and frames in, arrays and frames out. Names are those of `autocrine.engine` where the thing is the same.
Importing this package is cheap: what it offers is loaded when first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # Relative, since the workflow takes absolute ones for what a job needs at once (rules/sources.smk).
    from ..engine.thresholds import test_threshold
    from .array_weights import estimate_array_weights
    from .block_correlation import BlockCorrelation, estimate_block_correlation
    from .contrast import test_contrast, test_nested, test_together
    from .errors import BlockError, ExpressionError, VarianceError, WeightsError
    from .fit import fit_model
    from .power import detectable_effect
    from .precision_weights import Voom, voom, voom_with_quality_weights
    from .result import Fit
    from .single_samples import without_each_sample
    from .squeeze import Squeezed, squeeze_variances
    from .warm import warm_up

_HOME = {
    "Fit": "autocrine.linear.result",
    "fit_model": "autocrine.linear.fit",
    "test_contrast": "autocrine.linear.contrast",
    "test_together": "autocrine.linear.contrast",
    "test_nested": "autocrine.linear.contrast",
    "test_threshold": "autocrine.engine.thresholds",
    "detectable_effect": "autocrine.linear.power",
    "Voom": "autocrine.linear.precision_weights",
    "voom": "autocrine.linear.precision_weights",
    "voom_with_quality_weights": "autocrine.linear.precision_weights",
    "estimate_array_weights": "autocrine.linear.array_weights",
    "BlockCorrelation": "autocrine.linear.block_correlation",
    "estimate_block_correlation": "autocrine.linear.block_correlation",
    "Squeezed": "autocrine.linear.squeeze",
    "squeeze_variances": "autocrine.linear.squeeze",
    "warm_up": "autocrine.linear.warm",
    "without_each_sample": "autocrine.linear.single_samples",
    "ExpressionError": "autocrine.linear.errors",
    "WeightsError": "autocrine.linear.errors",
    "BlockError": "autocrine.linear.errors",
    "VarianceError": "autocrine.linear.errors",
}
__all__ = [
    "BlockCorrelation",
    "BlockError",
    "ExpressionError",
    "Fit",
    "Squeezed",
    "VarianceError",
    "Voom",
    "WeightsError",
    "detectable_effect",
    "estimate_array_weights",
    "estimate_block_correlation",
    "fit_model",
    "squeeze_variances",
    "test_contrast",
    "test_nested",
    "test_threshold",
    "test_together",
    "voom",
    "voom_with_quality_weights",
    "warm_up",
    "without_each_sample",
]


if not TYPE_CHECKING:
    # Unseen by checkers of types, so that a name that is not there is a mistake to them.
    def __getattr__(name: str) -> object:
        if name not in _HOME:
            raise AttributeError(f"module {__name__} has no attribute {name}")
        return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
