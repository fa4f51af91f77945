"""Errors the engine raises on purpose, each with one sentence that says what to change."""


class EngineError(ValueError):
    """Base of all errors about the data or the design handed to the engine."""


class CountsError(EngineError):
    """The count matrix is not a samples x genes matrix of non-negative whole numbers."""


class DesignError(EngineError):
    """The design has the wrong shape, missing values or linearly dependent columns."""


class ReplicationError(DesignError):
    """The design leaves no residual degree of freedom to estimate a dispersion from."""


class SizeFactorError(EngineError):
    """Size factors cannot be estimated, or the ones given are not positive finite numbers."""


class ContrastError(EngineError):
    """A contrast or a reduced design does not belong to the fitted design."""
