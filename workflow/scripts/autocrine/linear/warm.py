"""Compile the kernels of the linear models before they are needed."""

from importlib import import_module

_MODULES = ("regression", "smoothing", "quality", "components")


def warm_up() -> None:
    """Compile all kernels, or load them from the cache; as `autocrine.engine.warm_up`, in this process."""
    for name in _MODULES:
        import_module(f"autocrine.linear.kernels.{name}")
