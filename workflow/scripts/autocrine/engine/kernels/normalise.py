"""Normalised counts of a gene, and their mean."""

from __future__ import annotations

from autocrine.engine.kernels.compile import helper


@helper
def normalise(counts, factors, out):
    """Write counts over factors, each (n,), into ``out`` and return their mean.

    In two loops: one that both adds up and writes to memory is compiled twice, for memory that may overlap and for
    memory that does not, with another order of the sum in each. Which one runs would depend on where arrays lie.
    """
    for i in range(out.shape[0]):
        out[i] = counts[i] / factors[i]
    total = 0.0
    for i in range(out.shape[0]):
        total += out[i]
    return total / out.shape[0]
