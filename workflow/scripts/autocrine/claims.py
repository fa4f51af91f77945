"""Claims: what a paper says, as data; and which comparison of a cohort each of them is about."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from jsonschema import Draft202012Validator

from autocrine.config import Model
from autocrine.genes import GeneTable
from autocrine.problems import Findings, listed
from autocrine.schema import find_duplicate_keys, tell_schema_error


@dataclass(frozen=True)
class Role:
    """A comparison that claims speak of: which cells, tested group against reference."""

    population: str
    comparison: str


@dataclass(frozen=True)
class Claim:
    """One statement. `gene` or `score` and `role` and `expected` are empty where counts cannot test it."""

    id: str
    statement: str
    source: str
    gene: str = ""
    score: str = ""
    role: str = ""
    expected: str = ""
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
        content = yaml.safe_load(text)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        findings.problem(path, f"cannot be read: {' '.join(str(error).split())}", "a YAML file of claims")
        return None
    find_duplicate_keys(text, path, findings)
    for error in sorted(Draft202012Validator(schema).iter_errors(content), key=lambda e: [str(p) for p in e.path]):
        tell_schema_error(error, path, findings)
    if len(findings.problems) > before:
        return None
    found = Claims(
        title=content["title"],
        citation=content["citation"],
        note=content.get("note", ""),
        roles={name: Role(role["population"], role["comparison"]) for name, role in content["roles"].items()},
        claims=tuple(Claim(**entry) for entry in content["claims"]),
    )
    _check(found, path, panel, genes, scores, findings)
    return found if len(findings.problems) == before else None


def bind_roles(models: Mapping[str, Model], names: Sequence[str]) -> dict[str, list[tuple[str, str]]]:
    """Return role -> the (model, contrast) pairs that take it, among the models of one cohort."""
    bound: dict[str, list[tuple[str, str]]] = {}
    for model in names:
        for name, contrast in models[model].contrasts.items():
            for role in contrast.roles:
                bound.setdefault(role, []).append((model, name))
    return bound


def check_roles(
    files: Sequence[Claims], models: Mapping[str, Model], cohorts: Mapping[str, Sequence[str]], findings: Findings
) -> None:
    """Tell of roles that no claim speaks of, and of those that several contrasts of a cohort take.

    Parameters
    ----------
    files
        All claims of a configuration, by file.
    models
        All models of the configuration.
    cohorts
        Cohort -> names of its models.
    findings
        Receives the problems.
    """
    known = list(dict.fromkeys(role for claims in files for role in claims.roles))
    for model in models.values():
        for name, contrast in model.contrasts.items():
            for role in contrast.roles:
                if role not in known:
                    findings.problem(
                        f"config, models.{model.name}.contrasts.{name}.role",
                        f'the claims know no role "{role}"',
                        f"one of: {listed(known, 30)}",
                    )
    for cohort, names in cohorts.items():
        for role, pairs in bind_roles(models, names).items():
            if len(pairs) > 1:
                taken = listed(f"{model}.{contrast}" for model, contrast in pairs)
                findings.problem(
                    f"config, cohorts.{cohort}", f'the role "{role}" is taken by {taken}', "one comparison per role"
                )


def _check(claims: Claims, path: str, panel: pd.DataFrame, genes: Callable[[], GeneTable], scores, findings) -> None:
    """Tell what of the claims cannot be, beyond their form."""
    symbols = dict(zip(panel["symbol"], panel["ensembl"].str.split(".").str[0], strict=True))
    seen = set()
    for claim in claims.claims:
        where = f"{path}, claim {claim.id}"
        if claim.id in seen:
            findings.problem(where, "the id stands there twice", "each id once")
        seen.add(claim.id)
        if claim.role and claim.role not in claims.roles:
            findings.problem(where, f'there is no role "{claim.role}"', f"one of: {listed(claims.roles, 30)}")
        if claim.score and claim.score not in scores:
            findings.problem(where, f'there is no score "{claim.score}"', f"one of: {listed(scores, 30)}")
        if claim.gene and claim.gene not in symbols:
            findings.problem(where, *_not_in_panel(claim.gene, symbols, genes()))


def _not_in_panel(name: str, symbols: Mapping[str, str], genes: GeneTable) -> tuple[str, str]:
    """Say why a name is no gene of the panel, and what would be right."""
    gene, mapping, why = genes.claims.claim(name, "symbol")
    if mapping == "unmapped":
        return f'"{name}" is no gene of the panel: {why}', "a symbol of the panel"
    meant = [symbol for symbol, ensembl in symbols.items() if gene in (ensembl, symbol)]
    if meant:
        return f'"{name}" is called "{meant[0]}" in the panel', f'"{meant[0]}"'
    return f'"{name}" is not in the panel', "a row for it in the panel"
