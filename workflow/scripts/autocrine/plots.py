"""Figures of gene tables for notebooks; each returns a matplotlib Figure, with `savefig` and all else."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from autocrine.measure import COUNTS, WORDS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from autocrine.api import FittedModel

__all__ = ["dispersions", "intervals", "mean_difference", "p_values", "volcano"]


def volcano(genes: pd.DataFrame, marked: Collection[str] = (), title: str | None = None) -> Figure:
    """Draw effect (log2) against p-value of every gene.

    Parameters
    ----------
    genes : DataFrame
        What `FittedModel.test` returned.
    marked : collection of str
        Names or gene_id of genes to ring; the clearest of them are named.
    title : str, optional
        The comparison in words where left out.
    """
    return _draw("contrast", "draw_volcano", genes, _ids(genes, marked), _alpha(genes), _title(genes, title))


def mean_difference(genes: pd.DataFrame, marked: Collection[str] = (), title: str | None = None) -> Figure:
    """Draw mean normalised count against effect (log2) of every gene; parameters are those of `volcano`."""
    return _draw("contrast", "draw_mean_difference", genes, _ids(genes, marked), _alpha(genes), _title(genes, title))


def intervals(genes: pd.DataFrame, names: Sequence[str], title: str | None = None) -> Figure:
    """Draw effect and interval of some genes against the equivalence margin, coloured by outcome.

    Parameters
    ----------
    genes : DataFrame
        What `FittedModel.test` returned; not of any difference, which has no interval.
    names : sequence of str
        Names or gene_id of the genes, from top to bottom.
    title : str, optional
        The comparison in words where left out.

    Raises
    ------
    KeyError
        If there is no such gene.
    """
    rows = []
    for name in names:
        found = genes[(genes["gene_id"] == name) | (genes["gene_name"] == name)]
        if found.empty:
            raise KeyError(f"there is no gene {name}")
        rows.append(found.iloc[:1])
    if not rows:
        raise ValueError("name at least one gene")
    return _draw("intervals", "draw_intervals", pd.concat(rows), _title(genes, title))


def p_values(genes: pd.DataFrame) -> Figure:
    """Draw the histogram of p-values: flat with a peak near 0 is what a sound test with true effects looks like."""
    return _draw("contrast", "draw_p_values", genes["p_value"])


def dispersions(fitted: FittedModel, title: str = "Dispersions") -> Figure:
    """Draw dispersions of each gene alone, the trend, and the final ones against the mean count.

    Of a linear model (`random`), the standard deviations against the mean log2 expression.
    """
    if fitted.analysis.model.random:
        return _draw("contrast", "draw_variances", fitted.dispersions, WORDS[COUNTS].log_mean, title)
    return _draw("contrast", "draw_dispersions", fitted.dispersions, title)


def _draw(module: str, function: str, *arguments: Any) -> Figure:
    """Draw in the style of the workflow, and leave the caller's style and open figures as they were."""
    from importlib import import_module

    import matplotlib.pyplot as plt

    with plt.rc_context():
        style = import_module("autocrine.page.figures.style")
        draw: Callable[..., Figure] = getattr(import_module(f"autocrine.page.figures.{module}"), function)
    with plt.rc_context(style.STYLE):
        figure = draw(*arguments)
    plt.close(figure)
    return figure


def _ids(genes: pd.DataFrame, marked: Collection[str]) -> set[str]:
    wanted = set(marked)
    return set(genes.loc[genes["gene_id"].isin(wanted) | genes["gene_name"].isin(wanted), "gene_id"])


def _alpha(genes: pd.DataFrame) -> float:
    return float(genes.attrs.get("alpha", 0.05))


def _title(genes: pd.DataFrame, title: str | None) -> str:
    return str(genes.attrs.get("title", "")) if title is None else title
