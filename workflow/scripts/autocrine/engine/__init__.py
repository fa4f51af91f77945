"""Negative binomial differential expression: R DESeq2's answers at the speed of compiled kernels.

Arrays and frames in, arrays and frames out. Importing this package is cheap: the compiled kernels, and
PyDESeq2 for the audit mode, are loaded when first used.
"""

from __future__ import annotations

from importlib import import_module

_HOME = {
    "Fit": "autocrine.engine.result",
    "Inference": "autocrine.engine.inference",
    "fit_model": "autocrine.engine.fit",
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
__all__ = list(_HOME)


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__} has no attribute {name}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
