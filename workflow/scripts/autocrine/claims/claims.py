"""Claims: what a paper says, as data."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from autocrine.claims.of_cells import ABUNDANCE, CODETECTION, FRACTION, KINDS, SURVIVORS, subject_of
from autocrine.claims.roles import Role
from autocrine.input.genes import GeneTable
from autocrine.input.panel import explain_absence
from autocrine.input.schema import Validator, read_yaml, report_schema_error
from autocrine.problems import Findings, listed
from autocrine.samples.scores import LOOP_PREFIX


@dataclass(frozen=True)
class Claim:
    """One statement. What it is about, `role` and `expected` are empty where counts cannot test it.

    It is about a `gene`, a `score`, or something that only single cells show (`autocrine.claims.of_cells`): the share
    of cells with a gene (`fraction`), living cells with it (`survivors`), two genes in the same cells
    (`codetection`) or the share of a state (`abundance`); of all but the last `state` may say which cells are meant.

    `margin` is set beforehand for this claim alone; without it the configuration's holds. `beside` names genes and
    scores that would go up or down in the same comparison if the claim meant what it is taken for.
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
    beside: Mapping[str, str] = field(default_factory=dict)
    fraction: str = ""
    survivors: str = ""
    codetection: Sequence[str] = ()
    abundance: str = ""
    state: str = ""

    @property
    def of_cells(self) -> str:
        """Which kind of claim on cells it is; empty of a claim on a gene or a score."""
        return next((kind for kind in KINDS if getattr(self, kind)), "")

    @property
    def cells_subject(self) -> str:
        """What a claim on cells is about."""
        return subject_of(self.of_cells, getattr(self, self.of_cells)) if self.of_cells else ""


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
        Receives every problem: faults of form, identifiers that appear twice, genes that are unknown or could be
        several, roles that are not described.

    Returns
    -------
    The claims, or None where there is a problem.
    """
    before = len(findings.problems)
    content = read_yaml(path, findings)
    if content is None:
        if len(findings.problems) == before:
            findings.problem(path, "the file is empty", "a YAML file of claims")
        return None
    for error in sorted(Validator(schema).iter_errors(content), key=lambda e: [str(p) for p in e.path]):
        report_schema_error(error, path, findings)
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


def claimed_pairs(paths: Iterable[str]) -> list[tuple[str, str]]:
    """Return the pairs of genes that files of claims, which were checked, say to be seen in the same cells."""
    pairs: dict[tuple[str, str], None] = {}
    for path in paths:
        content = read_yaml(str(path), Findings()) or {}
        for entry in content.get("claims", []):
            if CODETECTION in entry:
                first, second = map(str, entry[CODETECTION])
                pairs[first, second] = None
    return list(pairs)


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
            findings.problem(where, "the id appears twice", "each id once")
        seen.add(claim.get("id", ""))
        role, score, gene = claim.get("role"), claim.get("score"), claim.get("gene")
        if role and isinstance(roles, dict) and role not in roles:
            findings.problem(where, f'there is no role "{role}"', f"one of: {listed(roles, 30)}")
        if score and score not in scores:
            findings.problem(where, f'there is no score "{score}"', f"one of: {listed(scores, 30)}")
        of_cells = [entry.get(kind) for kind in (FRACTION, SURVIVORS)]
        pair = entry.get(CODETECTION)
        of_cells += pair if isinstance(pair, list) else []
        for named in filter(None, (gene, *of_cells)):
            if str(named) not in symbols:
                findings.problem(where, *explain_absence(str(named), panel, genes()))
        if claim.get("state") and not any(entry.get(kind) for kind in KINDS):
            findings.problem(where, "a state of cells is named, and the claim is not about cells", "no state here")
        elif claim.get("state") and claim.get(ABUNDANCE):
            found = f'the state "{claim["state"]}" is given beside {ABUNDANCE}, which is the share of a state itself'
            findings.problem(where, found, "no state here")
        others = entry.get("beside") if isinstance(entry.get("beside"), dict) else {}
        for other in others:
            if other not in symbols and other not in scores:
                meant = "symbols of the panel, or scores"
                findings.problem(f"{where}, beside", f'"{other}" is no gene of the panel and no score', meant)
            elif other in (gene, score):
                findings.problem(f"{where}, beside", f'"{other}" is what the claim is about', "other genes and scores")
        unchanged = claim.get("expected") == "unchanged"
        if "margin" in claim and not unchanged:
            findings.problem(where, "a margin applies only where nothing is expected to change", "no margin here")
        if score and score in scores and unchanged and not score.startswith(LOOP_PREFIX) and "margin" not in claim:
            meant = "a margin in standard deviations: that of the configuration is a log2 fold change"
            findings.problem(where, f'"unchanged" of the score "{score}" has no margin', meant)
