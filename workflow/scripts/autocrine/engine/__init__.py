"""Negative binomial differential expression: R DESeq2's answers at the speed of compiled kernels.

Arrays and frames in, arrays and frames out. Importing this package is cheap: the compiled kernels, and
PyDESeq2 for the audit mode, are loaded when first used.
"""

from __future__ import annotations

from importlib import import_module

_HOME = {
    "Fit": "result",
    "fit_model": "fit",
    "test_contrast": "wald",
    "adjust_p_values": "filtering",
    "test_threshold": "thresholds",
    "test_nested": "lrt",
    "shrink_contrast": "shrinkage",
    "estimate_size_factors": "size_factors",
    "estimate_length_factors": "length_factors",
    "stabilise_variance": "stabilisation",
    "detectable_effect": "power",
    "without_each_sample": "single_samples",
    "warm_up": "warm",
    "EngineError": "errors",
    "CountsError": "errors",
    "DesignError": "errors",
    "ReplicationError": "errors",
    "SizeFactorError": "errors",
    "ContrastError": "errors",
}
__all__ = list(_HOME)


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__} has no attribute {name}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
