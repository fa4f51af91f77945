"""How kernels are compiled: ahead of the first call, cached on disk, without the interpreter lock."""

from __future__ import annotations

import numba
from numba import types

from autocrine.engine.kernels import cache
from autocrine.engine.plan import PlanArrays

cache.choose_folder()

f8 = types.float64
i8 = types.int64
vector = types.Array(f8, 1, "C")
matrix = types.Array(f8, 2, "C")
integers = types.Array(i8, 1, "C")
b1 = types.boolean
flags = types.Array(b1, 1, "C")
plan = types.NamedTuple([vector if name.endswith("_value") else integers for name in PlanArrays._fields], PlanArrays)

# Sums may be reordered and products fused, which lets the compiler use vector instructions; NaN and infinity keep
# their meaning. The order is chosen when a kernel is compiled, so it depends on neither threads nor genes.
_FLAGS = {"reassoc", "contract", "nsz"}
# Functions that kernels alone call need nothing that Python could call them by.
_INTERNAL = {"nogil": True, "error_model": "numpy", "no_cpython_wrapper": True}


def kernel(signature: object) -> object:
    """Decorate a per-chunk kernel with an explicit signature."""
    return numba.njit(signature, nogil=True, cache=True, fastmath=_FLAGS, error_model="numpy")


def helper(function: object) -> object:
    """Decorate a function used inside kernels, inlined into them.

    Loops around a helper become vector code only so. A call that is left would find the helper as it was compiled for
    itself in the process that compiled the kernel, and the kernel's own copy of it in those that read the kernel from
    the cache: two orders of one sum.
    """
    return numba.njit(fastmath=_FLAGS, forceinline=True, **_INTERNAL)(function)


def exact_helper(function: object) -> object:
    """Decorate a helper whose floating point operations must happen in the order they are written."""
    return numba.njit(fastmath={"contract"}, forceinline=True, **_INTERNAL)(function)
