"""Degrees of freedom of a fit: what the samples leave, and what the dispersions of all genes lend."""

from __future__ import annotations

from scipy.special import polygamma

_STEPS = 50


def prior_freedom(prior_variance: float) -> float:
    """Return the degrees of freedom that a gene borrows from all others.

    A prior of log dispersions with this variance says as much about a gene as a scaled chi-square variance of d0
    degrees of freedom, whose logarithm has the variance trigamma(d0 / 2). The equation is solved by Newton's method on
    its inverse (Smyth 2004, Stat Appl Genet Mol Biol 3:3, appendix).

    Parameters
    ----------
    prior_variance : float
        Variance of log dispersions around the trend, above 0.

    Returns
    -------
    float
        d0.
    """
    half = 0.5 + 1 / prior_variance
    for _ in range(_STEPS):
        value = polygamma(1, half)
        step = value * (1 - value / prior_variance) / polygamma(2, half)
        half += step
        if abs(step) < 1e-12 * half:
            break
    return float(2 * half)


def moderated_freedom(residual: int, prior_variance: float) -> float:
    """Return the degrees of freedom of a moderated t: those of the samples and those of the prior."""
    return float(residual + prior_freedom(prior_variance))
