"""States of cells that claims name, against those that cohorts of cells have."""

from collections.abc import Mapping, Sequence
from typing import Any

from autocrine.claims.of_cells import ABUNDANCE
from autocrine.claims.roles import bind_roles
from autocrine.design.question import Model
from autocrine.problems import Findings, listed


def check_states(
    files: Mapping[str, Any],
    models: Mapping[str, Model],
    cohorts: Mapping[str, Sequence[str]],
    states: Mapping[str, Sequence[str] | None],
    findings: Findings,
) -> None:
    """Tell of claims on a state of cells that no cohort has which could test them: often one that was misspelt.

    Parameters
    ----------
    files
        Path -> its claims (`autocrine.claims.claims`); None of a file with problems.
    models
        All models of the configuration.
    cohorts
        Cohort of cells -> names of its models.
    states
        Cohort of cells -> its states; None where they are not known, because the cohort has problems.
    findings
        Receives a problem for each such claim. Nothing is said of a claim whose role no cohort of cells with states
        takes: files of claims are shared by cohorts.
    """
    bound = {cohort: bind_roles(models, names) for cohort, names in cohorts.items()}
    for path, claims in files.items():
        for claim in claims.claims if claims else ():
            named = claim.abundance or claim.state
            taking = [cohort for cohort, roles in bound.items() if claim.role in roles] if named else []
            held = [states[cohort] for cohort in taking]
            if None in held:
                continue
            known = sorted({state for part in held for state in part or ()})
            if known and named not in known:
                findings.problem(
                    f"{path}, claim {claim.id}, {ABUNDANCE if claim.abundance else 'state'}",
                    f'no cell of {listed(taking)} is in a state "{named}"',
                    f"one of: {listed(known, 30)}",
                )
