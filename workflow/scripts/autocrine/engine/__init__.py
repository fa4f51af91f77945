"""Negative binomial differential expression: R DESeq2's answers at the speed of compiled kernels.

Arrays and frames in, arrays and frames out. Importing this package is cheap: the compiled kernels, and
PyDESeq2 for the audit mode, are loaded when first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # Relative, since the workflow takes absolute ones for what a job needs at once (rules/sources.smk).
    from .errors import ContrastError, CountsError, DesignError, EngineError, ReplicationError, SizeFactorError
    from .filtering import adjust_p_values
    from .fit import fit_model
    from .length_factors import estimate_length_factors
    from .lrt import test_nested
    from .own_tests import OwnFit, fit_own
    from .power import detectable_effect
    from .result import Fit
    from .shrinkage import shrink_contrast
    from .single_samples import without_each_sample
    from .size_factors import estimate_size_factors
    from .stabilisation import stabilise_variance
    from .thresholds import test_threshold
    from .wald import test_contrast
    from .warm import warm_up

_HOME = {
    "Fit": "autocrine.engine.result",
    "Inference": "autocrine.engine.inference",
    "fit_model": "autocrine.engine.fit",
    "fit_own": "autocrine.engine.own_tests",
    "OwnFit": "autocrine.engine.own_tests",
    "test_contrast": "autocrine.engine.wald",
    "adjust_p_values": "autocrine.engine.filtering",
    "test_threshold": "autocrine.engine.thresholds",
    "test_nested": "autocrine.engine.lrt",
    "shrink_contrast": "autocrine.engine.shrinkage",
    "estimate_size_factors": "autocrine.engine.size_factors",
    "estimate_length_factors": "autocrine.engine.length_factors",
    "stabilise_variance": "autocrine.engine.stabilisation",
    "detectable_effect": "autocrine.engine.power",
    "without_each_sample": "autocrine.engine.single_samples",
    "warm_up": "autocrine.engine.warm",
    "EngineError": "autocrine.engine.errors",
    "CountsError": "autocrine.engine.errors",
    "DesignError": "autocrine.engine.errors",
    "ReplicationError": "autocrine.engine.errors",
    "SizeFactorError": "autocrine.engine.errors",
    "ContrastError": "autocrine.engine.errors",
}
__all__ = [
    "ContrastError",
    "CountsError",
    "DesignError",
    "EngineError",
    "Fit",
    "OwnFit",
    "ReplicationError",
    "SizeFactorError",
    "adjust_p_values",
    "detectable_effect",
    "estimate_length_factors",
    "estimate_size_factors",
    "fit_model",
    "fit_own",
    "shrink_contrast",
    "stabilise_variance",
    "test_contrast",
    "test_nested",
    "test_threshold",
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
