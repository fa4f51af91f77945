"""Compiling and caching every kernel ahead of use."""

from __future__ import annotations


def warm_up() -> None:
    """Compile all kernels, or load them from the cache.

    Kernels have explicit signatures, so importing their modules compiles them; done once per
    environment, later processes read the cache. Safe when two processes do it at once.
    """
    from autocrine.engine.kernels import dispersion, influence, moments, regression, shrinkage  # noqa: F401
