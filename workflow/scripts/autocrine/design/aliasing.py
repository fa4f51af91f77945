"""Aliasing: which columns of a design the samples cannot distinguish, what that costs and what would correct it."""

from collections.abc import Collection, Mapping
from itertools import combinations

import pandas as pd

from autocrine.design.formula import Formula
from autocrine.problems import Findings, listed


def explain_aliasing(
    selected: pd.DataFrame,
    formula: Formula,
    lost: Collection[str],
    kept: Collection[str],
    faulty: Collection[str],
    rescued: Mapping[str, Collection[str]],
    where: str,
    findings: Findings,
) -> None:
    """Tell why contrasts cannot be estimated, which still can, and what leaving out a column would do.

    Parameters
    ----------
    selected, formula
        The samples and the design.
    lost, kept
        Contrasts that the samples do not determine, and those that they do.
    faulty
        Columns of contrasts that are not sound in themselves: what these share with others is reported too.
    rescued
        Column of the design -> the lost contrasts that could be estimated without it.
    where
        How messages name the model.
    findings
        Receives the problems.
    """
    reasons = {
        pair: text
        for pair, text in inseparable_pairs(selected, formula).items()
        if lost or set(faulty).intersection(pair)
    }
    if lost and not reasons:
        reasons = {(): "terms of the design carry the same information between them"}
    ways = [
        f'without "{column}" {listed(contrasts)} can be estimated, but then any effect of {column} counts as one of '
        "the groups"
        for column, contrasts in rescued.items()
    ]
    expected = "; ".join(ways) if ways else "a design that leaves one of them out"
    for text in reasons.values():
        ending = f". Lost by it: {listed(lost)}" if lost else ""
        ending += f". Not touched by it: {listed(kept)}" if lost and kept else ""
        findings.problem(f"{where}.design", f'"{formula.text}": {text}{ending}', expected)


def inseparable_pairs(selected: pd.DataFrame, formula: Formula) -> dict[tuple[str, ...], str]:
    """Say for each pair of grouping columns whose levels fall apart into separate blocks which goes with which.

    Two factors of an additive design can be distinguished if and only if each level of the one is linked to each level
    of the other through shared samples.
    """
    factors = [column for column in formula.columns if not pd.api.types.is_float_dtype(selected[column])]
    reasons: dict[tuple[str, ...], str] = {}
    for first, second in combinations(factors, 2):
        if selected[first].nunique() < selected[second].nunique():
            first, second = second, first
        blocks = _blocks(selected[first], selected[second])
        if len(blocks) > 1:
            parts = [
                f"{first} {listed(sorted(ones), 4)} {'hold' if len(ones) > 1 else 'holds'} only "
                f"{second} {listed(sorted(twos), 4)}"
                for ones, twos in blocks[:4]
            ]
            reasons[first, second] = f"{'; '.join(parts)}; so {first} and {second} cannot be distinguished"
    return reasons


def _blocks(first: pd.Series, second: pd.Series) -> list[tuple[set[str], set[str]]]:
    """Group the levels of two columns into blocks that share no sample with one another."""
    blocks: list[tuple[set[str], set[str]]] = []
    for one, two in sorted(set(zip(first, second, strict=True))):
        linked = [block for block in blocks if one in block[0] or two in block[1]]
        merged = ({one}.union(*(b[0] for b in linked)), {two}.union(*(b[1] for b in linked)))
        blocks = [block for block in blocks if block not in linked] + [merged]
    # Blocks that hold the same level of the second column only differ in the first: one line for all of them.
    joined: dict[frozenset[str], set[str]] = {}
    for ones, twos in blocks:
        joined.setdefault(frozenset(twos), set()).update(ones)
    return [(ones, set(twos)) for twos, ones in joined.items()]
