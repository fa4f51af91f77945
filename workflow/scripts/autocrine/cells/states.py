"""States of cells that a cohort asks for, made of labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from autocrine.cells.labels import words_of
from autocrine.problems import Findings, listed
from autocrine.spelling import bare

NOT_ASKED, NO_LABEL = "state not asked for", "no state"


def map_states(
    labels: pd.Series, states: Mapping[str, str | Sequence[str]], where: str, findings: Findings
) -> pd.DataFrame | None:
    """Return the state of each cell.

    Parameters
    ----------
    labels : Series of shape (cells,)
        Label of each cell, such as its type; missing where there is none.
    states : mapping of str to str or sequence of str
        State -> its labels, as in ``{"LSC": ["HSC", "MPP"], "MSC": "stroma"}``.
    where : str
        How messages call the mapping.
    findings : Findings
        Receives a label that is in two states, a state that no cell is in, and a label that no cell has while there is
        one that looks like it; then the result is None. Any other label that no cell has is noted.

    Returns
    -------
    DataFrame of shape (cells, 2), indexed as `labels`
        ``state``, None where there is none; ``reason`` why: "state not asked for" (the label is in no state), "no
        state" (there is no label), or "".
    """
    before = len(findings.problems)
    asked = {str(state): [held] if isinstance(held, str) else list(map(str, held)) for state, held in states.items()}
    words = words_of(labels)
    there = dict.fromkeys(words.dropna())
    homes: dict[str, list[str]] = {}
    for state, held in asked.items():
        for label in dict.fromkeys(held):
            homes.setdefault(label, []).append(state)
    if shared := [f"{label} in {' and '.join(of)}" for label, of in homes.items() if len(of) > 1]:
        findings.problem(where, f"labels are in two states: {listed(shared)}", "each label in one state")
    absent = [label for label in homes if label not in there]
    spelled = {bare(label): label for label in there if label not in homes}
    close = [f'"{label}" (there is "{spelled[bare(label)]}")' for label in absent if bare(label) in spelled]
    empty = [state for state, held in asked.items() if not any(label in there for label in held)]
    if close:
        findings.problem(where, f"no cell has the label {listed(close)}", "labels as they are spelled in the cells")
    elif empty:
        meant = f"labels of the cells: {listed(sorted(there), 12)}"
        findings.problem(where, f"no cell is in the state {listed(empty)}", meant)
    elif absent:
        findings.note(f"{where}: no cell has the label {listed(absent)}")
    if len(findings.problems) > before:
        return None
    state_of = {label: of[0] for label, of in homes.items()}
    found = np.array([state_of.get(word) for word in words], dtype=object)
    reasons = np.where(words.isna(), NO_LABEL, np.where(pd.isna(found), NOT_ASKED, "")).astype(object)
    state = pd.Series(found, index=labels.index, dtype=object)
    return pd.DataFrame({"state": state, "reason": pd.Series(reasons, index=labels.index, dtype=object)})
