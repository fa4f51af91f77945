"""What the report says of outcomes of patients, from `outcomes.tsv`."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from autocrine.problems import listed
from autocrine.prognosis.answers import ANSWERS, TOO_FEW
from autocrine.prognosis.question import SURVIVAL, Outcome

# Below so many events per variable estimates are known to wander (Peduzzi et al. 1995).
FEW_PER_VARIABLE = 10


def describe_outcomes(table: pd.DataFrame | None, outcomes: Mapping[str, Outcome]) -> list[dict[str, Any]]:
    """Describe every outcome of a cohort.

    Parameters
    ----------
    table
        `outcomes.tsv`; None where the cohort has no outcomes.
    outcomes
        The outcomes by name.

    Returns
    -------
    Per outcome: title, kind, `lead` (patients, events, covariates), `finding` (what was found, in a sentence), `few` (a
    warning, or empty), `tested` (whether there is any number), and rows as `first` (primary genes and scores) and
    `others` (further genes), each with `words` for the answer.
    """
    described = []
    for name, rows in () if table is None else table.groupby("outcome_name", sort=False):
        rows = rows.assign(words=rows["answer"].map(ANSWERS))
        first = (rows["tier"] == "primary") | (rows["variable"] == "score")
        described.append(
            {
                "title": outcomes[name].title,
                "kind": rows["kind"].iloc[0],
                "lead": _lead(rows.iloc[0]),
                "finding": _finding(rows),
                "few": _few(rows.iloc[0]) if rows["p_value"].notna().any() else "",
                "tested": bool(rows["p_value"].notna().any()),
                "first": rows[first].to_dict("records"),
                "others": rows[~first].to_dict("records"),
            }
        )
    return described


def _lead(row: pd.Series) -> str:
    """Say who is asked about, and beside what."""
    said = f"{row['patients']:.0f} patients, one sample each"
    beside = f" Beside each gene or score the models hold {row['covariates']}." if row["covariates"] else ""
    if row["kind"] != SURVIVAL:
        return f"{said}; a response{' in ' + row['outcome_unit'] if row['outcome_unit'] else ''}.{beside}"
    return f"{said}; {row['events']:.0f} had the event: {row['events_per_variable']:.3g} events per variable.{beside}"


def _few(row: pd.Series) -> str:
    """Say where estimates rest on few events."""
    if row["kind"] != SURVIVAL or row["events_per_variable"] >= FEW_PER_VARIABLE:
        return ""
    return (
        f"{row['events_per_variable']:.3g} events per variable are few (10 is the usual advice): only strong effects "
        "can be seen, and those that are seen come out too large."
    )


def _finding(rows: pd.DataFrame) -> str:
    """Say what was found, or that there were too few to ask."""
    tested, few = rows[rows["p_value"].notna()], rows[rows["answer"].isin(TOO_FEW)]
    if tested.empty:
        if few.empty:
            return "No gene or score can be tested."
        return f"{ANSWERS[few['answer'].iloc[0]].capitalize()} for any answer: {few['reason'].iloc[0]}."
    found = tested[tested["answer"] != "undetermined"]
    names = [
        name.replace("_", " ") if kind == "score" else name
        for kind, name in zip(found["variable"], found["name"], strict=True)
    ]
    said = f"Of {len(tested)} genes and scores "
    said += listed(names) if names else "none"
    said += f" {'goes' if len(names) < 2 else 'go'} together with it"
    said += "." if names else ", which says of none that it does not matter."
    return said + (f" For {len(few)} no hazard ratio can be estimated." if len(few) else "")
