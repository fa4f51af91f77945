"""Claims: what a paper says, as data; and which comparison of a cohort each of them is about."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from jsonschema import Draft202012Validator

from autocrine.config import Contrast, Model
from autocrine.formula import parse_formula
from autocrine.genes import GeneTable
from autocrine.pairs import PATIENT
from autocrine.problems import Findings, listed
from autocrine.schema import find_duplicate_keys, parse_yaml, tell_schema_error
from autocrine.scores import LOOP

# What a design may hold beside the comparison without pairing its samples.
UNPAIRED = ("batch", "sex", "age", "source", "leukemic_fraction")


@dataclass(frozen=True)
class Role:
    """A comparison that claims speak of: which cells, tested group against reference."""

    population: str
    comparison: str
    paired: bool = False


@dataclass(frozen=True)
class Claim:
    """One statement. `gene` or `score` and `role` and `expected` are empty where counts cannot test it.

    `margin` is set beforehand for this claim alone; without it the configuration's holds.
    """

    id: str
    statement: str
    source: str
    gene: str = ""
    score: str = ""
    role: str = ""
    expected: str = ""
    margin: float | None = None
    testable: bool = True
    reason: str = ""
    caveat: str = ""


@dataclass(frozen=True)
class Claims:
    """The claims of one file, in its order."""

    title: str
    citation: str
    note: str
    roles: Mapping[str, Role]
    claims: tuple[Claim, ...]


def read_claims(
    path: str,
    schema: Mapping[str, Any],
    panel: pd.DataFrame,
    genes: Callable[[], GeneTable],
    scores: Sequence[str],
    findings: Findings,
) -> Claims | None:
    """Read and check a file of claims.

    Parameters
    ----------
    path
        YAML.
    schema
        JSON Schema of the file.
    panel
        The gene panel; a claim is about one of its genes.
    genes
        Gives the bundled genes, to say what a name means that the panel does not hold.
    scores
        The scores that a claim may be about.
    findings
        Receives every problem: faults of form, identifiers that stand twice, genes that are unknown or could be
        several, roles that are not described.

    Returns
    -------
    The claims, or None where there is a problem.
    """
    before = len(findings.problems)
    try:
        text = Path(path).read_text(encoding="utf-8")
        content = parse_yaml(text)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        findings.problem(path, f"cannot be read: {' '.join(str(error).split())}", "a YAML file of claims")
        return None
    find_duplicate_keys(text, path, findings)
    for error in sorted(Draft202012Validator(schema).iter_errors(content), key=lambda e: [str(p) for p in e.path]):
        tell_schema_error(error, path, findings)
    _check(content, path, panel, genes, scores, findings)
    if len(findings.problems) > before:
        return None
    return Claims(
        title=content["title"],
        citation=content["citation"],
        note=content.get("note", ""),
        roles={name: Role(**role) for name, role in content["roles"].items()},
        claims=tuple(Claim(**entry) for entry in content["claims"]),
    )


def bind_roles(models: Mapping[str, Model], names: Sequence[str]) -> dict[str, list[tuple[str, str]]]:
    """Return role -> the (model, contrast) pairs that take it, among the models of one cohort."""
    bound: dict[str, list[tuple[str, str]]] = {}
    for model in names:
        for name, contrast in models[model].contrasts.items():
            for role in contrast.roles:
                bound.setdefault(role, []).append((model, name))
    return bound


def check_roles(
    files: Sequence[Claims | None],
    models: Mapping[str, Model],
    cohorts: Mapping[str, Sequence[str]],
    findings: Findings,
) -> None:
    """Tell of roles that no claim speaks of, that several contrasts take, or that say different things.

    Parameters
    ----------
    files
        All claims of a configuration, by file; None for a file with problems, whose roles are not known.
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
                    findings.problem(place, f'the claims know no role "{role}"', f"one of: {listed(known, 30)}")
            taken = [known[role] for role in contrast.roles if role in known]
            cells = list(dict.fromkeys(role.population for role in taken))
            if len(cells) > 1:
                said = f"one comparison would answer for {listed(cells)}"
                findings.problem(place, said, "roles of one population: cells of one kind never answer for another")
            if any(role.paired for role in taken) and not _may_pair(model, contrast):
                findings.warn(
                    f"models.{model.name}: {name}: its role compares samples of the same patients or cultures, and "
                    f'"{PATIENT}" is not in the design: the verdict rests on an unpaired comparison'
                )
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


def _may_pair(model: Model, contrast: Contrast) -> bool:
    """Whether a design holds what may pair samples: a culture or donor has other names than "patient"."""
    try:
        columns = set(parse_formula(model.design).columns)
    except ValueError:
        return True  # told where designs are checked
    return bool(columns - {*contrast.columns, *UNPAIRED})


def _check(content: Any, path: str, panel: pd.DataFrame, genes: Callable[[], GeneTable], scores, findings) -> None:
    """Tell what of the claims cannot be, beyond their form, which may have faults as well."""
    content = content if isinstance(content, dict) else {}
    roles, entries = content.get("roles"), content.get("claims")
    symbols = dict(zip(panel["symbol"], panel["ensembl"].str.split(".").str[0], strict=True))
    seen = set()
    for entry in entries if isinstance(entries, list) else []:
        if not isinstance(entry, dict):
            continue
        claim = {key: str(value) for key, value in entry.items() if value is not None}
        where = f"{path}, claim {claim.get('id', '?')}"
        if claim.get("id") in seen:
            findings.problem(where, "the id stands there twice", "each id once")
        seen.add(claim.get("id", ""))
        role, score, gene = claim.get("role"), claim.get("score"), claim.get("gene")
        if role and isinstance(roles, dict) and role not in roles:
            findings.problem(where, f'there is no role "{role}"', f"one of: {listed(roles, 30)}")
        if score and score not in scores:
            findings.problem(where, f'there is no score "{score}"', f"one of: {listed(scores, 30)}")
        if gene and gene not in symbols:
            findings.problem(where, *_not_in_panel(gene, symbols, genes()))
        if isinstance(entry.get("margin"), float) and not isfinite(entry["margin"]):
            findings.problem(where, f"the margin is {claim['margin']}", "a number above 0")
        unchanged = claim.get("expected") == "unchanged"
        if "margin" in claim and not unchanged:
            findings.problem(where, "a margin has a say only where nothing is expected to change", "no margin here")
        if score and score in scores and unchanged and not score.startswith(LOOP) and "margin" not in claim:
            meant = "a margin in standard deviations: that of the configuration is a log2 fold change"
            findings.problem(where, f'"unchanged" of the score "{score}" has no margin', meant)


def _not_in_panel(name: str, symbols: Mapping[str, str], genes: GeneTable) -> tuple[str, str]:
    """Say why a name is no gene of the panel, and what would be right."""
    gene, mapping, why = genes.claims.claim(name, "symbol")
    if mapping == "unmapped":
        return f'"{name}" is no gene of the panel: {why}', "a symbol of the panel"
    meant = [symbol for symbol, ensembl in symbols.items() if gene in (ensembl, symbol)]
    if meant:
        return f'"{name}" is called "{meant[0]}" in the panel', f'"{meant[0]}"'
    return f'"{name}" is not in the panel', "a row for it in the panel"
