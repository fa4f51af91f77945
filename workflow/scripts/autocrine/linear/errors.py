"""Errors of the linear models beside those of the engine for counts; each says what to change."""

from autocrine.engine.errors import EngineError


class ExpressionError(EngineError):
    """The values are not a samples x genes matrix of numbers, or some are infinite."""


class WeightsError(EngineError):
    """Weights are negative, missing or of the wrong length."""


class BlockError(EngineError):
    """Blocks or their correlation do not fit the samples."""


class VarianceError(EngineError):
    """Variances cannot be squeezed: none has a degree of freedom, or lengths differ."""
