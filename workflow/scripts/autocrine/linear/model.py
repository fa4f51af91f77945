"""Least squares of many genes with one design: weights, blocks and missing values."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from autocrine.engine.threads import for_chunks

# Of a direction that the samples of a gene determine, no more than this part lies outside what they span.
_UNDETERMINED = 1e-7
_GENES_AT_ONCE = 1024


class Regressions(NamedTuple):
    """Regressions of G genes.

    Attributes
    ----------
    projections : ndarray of shape (G, p)
        Coefficients of the orthonormal basis of the design; the shortest ones where the values do not determine all.
    square : ndarray of shape (G,)
        Residual sum of squares, weighted and whitened.
    freedom : ndarray of shape (G,)
        Values that are there, minus the rank of the design on them.
    undetermined : ndarray of shape (u,)
        The genes whose values do not determine all coefficients.
    """

    projections: np.ndarray
    square: np.ndarray
    freedom: np.ndarray
    undetermined: np.ndarray


@dataclass(frozen=True)
class Model:
    """Values of genes and what their regressions rest on; samples are ordered so that those of a block are together.

    Attributes
    ----------
    values : ndarray of shape (G, n)
        Values, NaN where missing.
    weights : ndarray of shape (G or 1, n)
        Precision weights: a value has the variance sigma^2 / weight. One of weight 0 is missing.
    basis : ndarray of shape (p, n)
        Orthonormal basis of the design.
    triangle : ndarray of shape (p, p)
        The design is basis' times this.
    block_start : ndarray of shape (B + 1,)
        First sample of each block, and n.
    correlation : float
        Of two values of a block; 0 without blocks.
    sample_order : ndarray of shape (n,)
        The row of the design that each sample is.
    threads : int
        Threads.
    """

    values: np.ndarray = field(repr=False)
    weights: np.ndarray = field(repr=False)
    basis: np.ndarray = field(repr=False)
    triangle: np.ndarray = field(repr=False)
    block_start: np.ndarray = field(repr=False)
    correlation: float
    sample_order: np.ndarray = field(repr=False)
    threads: int

    @cached_property
    def alike(self) -> np.ndarray:
        """Which genes (G,) have the same weights and no missing value."""
        if len(self.weights) > 1:
            return np.zeros(len(self.values), dtype=bool)
        there = self.weights[0] > 0
        return ~np.isnan(self.values if there.all() else self.values[:, there]).any(axis=1)

    def subset(self, genes: np.ndarray) -> Model:
        """Return the model of some genes (positions or a mask)."""
        weights = self.weights if len(self.weights) == 1 else self.weights[genes]
        return replace(self, values=self.values[genes], weights=weights)

    def directions(self, vectors: np.ndarray) -> np.ndarray:
        """Turn weights of coefficients (K, p) into weights of the basis (K, p)."""
        return np.ascontiguousarray(np.linalg.solve(self.triangle.T, vectors.T).T)

    def regress(self) -> Regressions:
        """Fit every gene."""
        from autocrine.linear.kernels.regression import regress

        n_genes, p = len(self.values), len(self.basis)
        projections, square = np.empty((n_genes, p)), np.empty(n_genes)
        freedom = np.empty(n_genes)
        alike = self.alike
        if alike.any():
            projections[alike], square[alike], freedom[alike] = self._regress_alike(alike)
        rest = np.flatnonzero(~alike)
        if len(rest) == 0:
            return Regressions(projections, square, freedom, rest)
        part = self if len(rest) == n_genes else self.subset(rest)
        found, left = np.empty((len(rest), p)), np.empty(len(rest))
        there, dependent = np.empty(len(rest), dtype=np.int64), np.empty(len(rest), dtype=bool)

        def work(a: int, b: int) -> None:
            into = found[a:b], left[a:b], there[a:b], dependent[a:b]
            regress(*part._of_slice(a, b), *self._blocks, *into)

        for_chunks(work, len(rest), self.threads)
        free = there - float(p)
        lacking = np.flatnonzero(dependent)
        for gene in lacking.tolist():
            found[gene], left[gene], free[gene] = part._regress_undetermined(gene)
        projections[rest], square[rest], freedom[rest] = found, left, free
        return Regressions(projections, square, freedom, rest[lacking])

    def loadings(self, directions: np.ndarray) -> np.ndarray:
        """Return vectors (G or 1, K, p) whose products are the covariances of effects per unit of variance.

        ``directions`` (K, p) are in terms of the basis. Where a gene's values do not determine an effect its vector is
        NaN. All genes share one set if they have the same weights and no missing value.
        """
        from autocrine.linear.kernels.regression import loadings

        alike, k, p = self.alike, *directions.shape
        if alike.any():
            first = self.subset(np.flatnonzero(alike)[:1])
            shared = np.empty((1, k, p))
            loadings(first.values, self.basis, first.weights, *self._blocks, directions, shared)
            if alike.all():
                return shared
        out = np.empty((len(self.values), k, p))
        if alike.any():
            out[alike] = shared
        rest = np.flatnonzero(~alike)
        part = self if len(rest) == len(out) else self.subset(rest)
        found = np.empty((len(rest), k, p))

        def work(a: int, b: int) -> None:
            loadings(*part._of_slice(a, b), *self._blocks, directions, found[a:b])

        for_chunks(work, len(rest), self.threads)
        for gene in np.flatnonzero(np.isnan(found).any(axis=(1, 2))).tolist():
            found[gene] = part._load_undetermined(gene, directions)
        out[rest] = found
        return out

    def _of_slice(self, a: int, b: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        return self.values[a:b], self.basis, self.weights if len(self.weights) == 1 else self.weights[a:b]

    @property
    def _blocks(self) -> tuple[np.ndarray, float]:
        return self.block_start, self.correlation

    def whitened(self, gene: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the design's basis (m, p) and the values (m,) of a gene, whitened, of the m values that are there."""
        weights = self.weights[gene if len(self.weights) > 1 else 0]
        there = np.flatnonzero((weights > 0) & ~np.isnan(self.values[gene]))
        columns = np.column_stack([self.basis[:, there].T, self.values[gene, there]]) * np.sqrt(weights[there])[:, None]
        block_of = np.searchsorted(self.block_start, there, side="right")
        for block in np.unique(block_of) if self.correlation else ():
            rows = block_of == block
            inflation = 1 + (rows.sum() - 1) * self.correlation
            taken = 1 - np.sqrt((1 - self.correlation) / inflation)
            columns[rows] -= taken * columns[rows].mean(axis=0)
        columns /= np.sqrt(1 - self.correlation)
        return columns[:, :-1], columns[:, -1]

    def _regress_alike(self, genes: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
        """Fit genes (a mask) that share weights and miss nothing, by products of matrices."""
        places, there = np.flatnonzero(genes), np.flatnonzero(self.weights[0] > 0)
        flat = replace(self, values=np.zeros((1, self.basis.shape[1])))
        columns, _ = flat.whitened(0)
        # What whitens the values, as a matrix; the identity where there are neither weights nor blocks.
        plain = len(there) == len(self.weights[0]) and self.correlation == 0 and (self.weights == 1).all()
        root = None if plain else replace(flat, basis=np.eye(self.basis.shape[1])).whitened(0)[0][:, there]
        q, r = np.linalg.qr(columns)
        projections, square = np.empty((len(places), len(self.basis))), np.empty(len(places))

        def work(a: int, b: int) -> None:
            for first in range(a, b, _GENES_AT_ONCE):
                last = min(first + _GENES_AT_ONCE, b)
                chosen = places[first:last]
                whole = chosen[-1] - chosen[0] + 1 == len(chosen)
                values = self.values[chosen[0] : chosen[-1] + 1] if whole else self.values[chosen]
                if root is not None:
                    values = values[:, there] @ root.T
                loading = values @ q
                residual = values - loading @ q.T
                square[first:last] = np.einsum("gi,gi->g", residual, residual)
                projections[first:last] = np.linalg.solve(r, loading.T).T

        for_chunks(work, len(places), self.threads)
        return projections, square, float(len(there) - len(self.basis))

    def _regress_undetermined(self, gene: int) -> tuple[np.ndarray, float, float]:
        columns, values = self.whitened(gene)
        if len(values) == 0:
            return np.full(len(self.basis), np.nan), np.nan, 0.0
        left, sizes, right = _decompose(columns)
        loading = left.T @ values
        residual = values - left @ loading
        return right.T @ (loading / sizes), float(residual @ residual), float(len(values) - len(sizes))

    def _load_undetermined(self, gene: int, directions: np.ndarray) -> np.ndarray:
        out = np.full(directions.shape, np.nan)
        columns, values = self.whitened(gene)
        if len(values) == 0:
            return out
        _, sizes, right = _decompose(columns)
        inside = directions @ right.T
        outside = np.linalg.norm(directions - inside @ right, axis=1)
        known = outside <= _UNDETERMINED * np.linalg.norm(directions, axis=1)
        out[known] = 0.0
        out[known, : len(sizes)] = inside[known] / sizes
        return out


def make_model(
    values: np.ndarray,
    design: np.ndarray,
    weights: np.ndarray | None,
    block_of: np.ndarray | None,
    correlation: float,
    threads: int,
) -> Model:
    """Order samples by block and decompose the design.

    Parameters
    ----------
    values : ndarray of shape (n, G)
        Values.
    design : ndarray of shape (n, p)
        Full rank.
    weights : ndarray of shape (n,) or (n, G), or None
        Weights.
    block_of : ndarray of shape (n,) or None
        Number of the block of each sample.
    correlation : float
        Of two values of a block.
    threads : int
        Threads.

    Returns
    -------
    Model
        The samples in the order of their blocks.
    """
    n = len(values)
    weights = np.ones(n) if weights is None else weights
    block_start, order = np.arange(n + 1), np.arange(n)
    if block_of is not None and correlation != 0:
        order = np.argsort(block_of, kind="stable")
        values, design, weights, block_of = values[order], design[order], weights[order], block_of[order]
        block_start = np.concatenate([[0], np.flatnonzero(np.diff(block_of)) + 1, [n]])
    else:
        correlation = 0.0
    basis, triangle = np.linalg.qr(design)
    return Model(
        _writable(values.T),
        _writable(np.atleast_2d(weights.T)),
        np.ascontiguousarray(basis.T),
        triangle,
        block_start.astype(np.int64),
        correlation,
        order,
        threads,
    )


def _writable(values: np.ndarray) -> np.ndarray:
    """Return the values row by row; a copy where pandas handed out what cannot be written to, as kernels ask."""
    return np.require(values, requirements=["C", "W"])


def _decompose(columns: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Singular value decomposition without what is zero up to rounding."""
    left, sizes, right = np.linalg.svd(columns, full_matrices=False)
    kept = sizes > _UNDETERMINED * sizes[0]
    return left[:, kept], sizes[kept], right[kept]
