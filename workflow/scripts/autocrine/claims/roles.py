"""Roles: which comparison of a cohort stands for one that claims speak of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from autocrine.design.formula import parse_formula
from autocrine.design.pairs import PATIENT
from autocrine.design.question import Contrast, Model
from autocrine.problems import Caution, Findings, listed

UNPAIRED_WORDS = (
    f'its role compares samples of the same patients or cultures, and "{PATIENT}" is not in the design: the verdict '
    "rests on an unpaired comparison"
)
# What a design may hold beside the comparison without pairing its samples.
UNPAIRED = ("batch", "sex", "age", "source", "leukemic_fraction")


@dataclass(frozen=True)
class Role:
    """A comparison that claims speak of: which cells, tested group against reference."""

    population: str
    comparison: str
    paired: bool = False


def bind_roles(models: Mapping[str, Model], names: Sequence[str]) -> dict[str, list[tuple[str, str]]]:
    """Return role -> the (model, contrast) pairs that take it, among the models of one cohort."""
    bound: dict[str, list[tuple[str, str]]] = {}
    for model in names:
        for name, contrast in models[model].contrasts.items():
            for role in contrast.roles:
                bound.setdefault(role, []).append((model, name))
    return bound


def unpaired(contrast: str) -> Caution:
    """Return the warning about a contrast that takes a role of pairs without pairing its samples."""
    return Caution("unpaired_role", UNPAIRED_WORDS, contrasts=(contrast,))


def check_roles(
    files: Sequence[Any],
    models: Mapping[str, Model],
    cohorts: Mapping[str, Sequence[str]],
    findings: Findings,
) -> None:
    """Tell of roles that no claim speaks of, that several contrasts take, or that say different things.

    Parameters
    ----------
    files
        All claims of a configuration (`autocrine.claims.claims`), by file; None for a file with problems, whose roles
        are not known.
    models
        All models of the configuration.
    cohorts
        Cohort -> names of its models.
    findings
        Receives the problems; a warning where a role speaks of the same patients and the design does not hold them; and
        a note of each cohort in which no contrast takes a role, so that no claim can be tested on it.
    """
    known: dict[str, Role] = {}
    titles: set[str] = set()
    for claims in files:
        if claims and claims.title in titles:
            findings.problem("config, claims", f'two files have the title "{claims.title}"', "a title for each file")
        titles |= {claims.title} if claims else set()
        for name, role in claims.roles.items() if claims else ():
            if known.setdefault(name, role) != role:
                meant = "the same population, comparison and pairing in every file of claims"
                findings.problem(f"config, claims, role {name}", "two files describe it differently", meant)
    for model in models.values() if files and all(files) else ():
        for name, contrast in model.contrasts.items():
            place = f"config, models.{model.name}.contrasts.{name}.role"
            for role in contrast.roles:
                if role not in known:
                    findings.problem(place, f'the claims have no role "{role}"', f"one of: {listed(known, 30)}")
            taken = [known[role] for role in contrast.roles if role in known]
            cells = list(dict.fromkeys(role.population for role in taken))
            if len(cells) > 1:
                said = f"one comparison would answer for {listed(cells)}"
                findings.problem(place, said, "roles of one population: cells of one kind never answer for another")
            if any(is_unpaired(role, model, contrast) for role in taken):
                findings.warnings.append(replace(unpaired(name), where=f"models.{model.name}"))
    for cohort, names in cohorts.items():
        bound = bind_roles(models, names)
        if files and not bound:
            findings.note(f"cohort {cohort}: no contrast takes a role, so none of the claims can be tested on it")
        for role, pairs in bound.items():
            if len(pairs) > 1:
                taken = listed(f"{model}.{contrast}" for model, contrast in pairs)
                findings.problem(
                    f"config, cohorts.{cohort}", f'the role "{role}" is taken by {taken}', "one comparison per role"
                )


def check_published_roles(
    files: Sequence[Any], published: Mapping[str, str], sources: Mapping[str, str], findings: Findings
) -> None:
    """Tell of published tables whose role no claim speaks of, and of two of one source that take one role.

    Parameters
    ----------
    files
        See `check_roles`.
    published, sources
        Name of a published table -> its role, its DOI.
    findings
        Receives problems of unknown roles, and a warning where the same patients may count twice.
    """
    known = {name for claims in files if claims for name in claims.roles}
    taken: dict[tuple[str, str], str] = {}
    for name, role in published.items():
        if files and all(files) and role not in known:
            place, right = f"config, published.{name}.role", f"one of: {listed(sorted(known), 30)}"
            findings.problem(place, f'the claims have no role "{role}"', right)
        other = taken.setdefault((role, sources[name]), name)
        if other != name and sources[name] != "none":
            text = (
                f"published tables {other} and {name} have one DOI and one role. The summary takes cohorts for "
                "independent, and counts the same patients twice"
            )
            findings.warn("shared_samples", text)


def is_unpaired(role: Role, model: Model, contrast: Contrast) -> bool:
    """Whether a role compares the same patients and the design of its contrast holds nothing that may pair samples.

    A culture or donor has other names than "patient".
    """
    try:
        columns = set(parse_formula(model.design).columns)
    except ValueError:
        return False  # reported where designs are checked
    return role.paired and not columns - {*contrast.columns, *UNPAIRED}
