"""Published effects among the cohorts: as rows of a panel table, by the rules for effects, with verdicts on claims."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from autocrine.claims.claims import Claims
from autocrine.claims.verdicts import judge_claims
from autocrine.cohorts.pooling import Member
from autocrine.columns import PUBLISHED
from autocrine.design.forms.two_groups import TwoGroups
from autocrine.input.genes import SAME_GENE
from autocrine.input.orthologues import NO_ORTHOLOGUE
from autocrine.input.panel import ABSENT, find_panel_genes
from autocrine.input.published import Published, read_published
from autocrine.input.species import HUMAN, MOUSE, OTHER, KnownGenes, identify_rows, main_species
from autocrine.problems import Findings, listed
from autocrine.results.multiplicity import adjust_panel
from autocrine.results.outcomes import PUBLISHED_STATUS
from autocrine.samples.least_squares import detectable_shift

# In the place of a model: nothing was fitted.
MODEL = "published"
# Of the names in a table, as of those of counts.
LEAST_KNOWN = 0.3
MISSING = "no counts: quality, changed fits and second opinion are not known"
NO_SCORES = "a published table has no samples, and so no scores"


def as_member(asked: Published) -> Member:
    """Return published effects as a cohort, which compares two groups in its only role."""
    pair = (MODEL, asked.role)
    forms = {pair: (TwoGroups.form, "")}
    return Member(
        asked.name, asked.title, asked.evidence, asked.data_origin, {asked.role: pair}, forms, asked.species_label, True
    )


def identify_published(
    effects: pd.DataFrame, asked: Published, known: KnownGenes, panel: pd.DataFrame, findings: Findings
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Say which gene each row of a published table is, and which row each panel gene is.

    Parameters
    ----------
    effects
        See `autocrine.input.published.read_published`.
    asked
        The entry.
    known
        The tables of genes.
    panel
        The panel.
    findings
        Receives a problem where the names are another species', and a warning where few are known genes.

    Returns
    -------
    The frames of `map_genes` and of `find_panel_genes`.
    """
    names, where = list(effects.index), f"config, published.{asked.name}"
    said = main_species(names, known) if asked.species in (HUMAN, MOUSE) else ""
    if said not in ("", asked.species):
        found = f"most of the {len(names):,} names are genes of {said}, and the configuration says {asked.species}"
        findings.problem(f"{where}.species", found, f'"species: {said if said in (MOUSE, HUMAN) else OTHER}"')
    mapped = identify_rows(names, None, asked, known)
    share = float((mapped["mapping"] != "unmapped").mean())
    if share < LEAST_KNOWN:
        text = f"only {share:.0%} of its gene names are {asked.species} genes: another species, or probes of an array?"
        findings.warn("unknown_names", text, where)
    var = mapped.set_index("gene_id")
    written = [*panel["symbol"], *panel["ensembl"]]
    found = find_panel_genes(panel, var, known.of(asked.species), known.translation(asked.species, written))
    _check_twice(mapped, found, asked.table, findings)
    return mapped, found


def _check_twice(mapped: pd.DataFrame, found: pd.DataFrame, path: str, findings: Findings) -> None:
    """Tell of panel genes that two rows of a table mean, by an old and a new name; others do not matter."""
    mine = mapped.index[mapped["gene_id"].isin(set(found["gene_id"].dropna()))]
    reasons = {name: f"{SAME_GENE}{name}" for name in mine}
    twice = [
        f"{row} and {name}" for name, reason in reasons.items() for row in mapped.index[mapped["reason"] == reason]
    ]
    if twice:
        right = "a row per gene; `exclude` leaves one out, with its reason"
        findings.problem(path, f"rows of one gene under two names: {listed(twice)}", right)


def load_published(
    asked: Published, known: KnownGenes, panel: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, Findings]:
    """Read a published table and say which genes its rows are.

    Returns
    -------
    The frames of `read_published` and `identify_published`, and the warnings on them.

    Raises
    ------
    InputError
        If the table does not fit its entry.
    """
    findings = Findings()
    effects = read_published(asked, findings)
    findings.raise_if_any()
    mapped, found = identify_published(effects, asked, known, panel, findings)
    findings.raise_if_any()
    return effects, mapped, found, findings


def tabulate_genes(effects: pd.DataFrame, asked: Published, mapped: pd.DataFrame, alpha: float) -> pd.DataFrame:
    """Return every row of a published table as a gene table has it, as far as `autocrine.cohorts.genome` reads these.

    Interval and test are made anew as in `tabulate_published`. A row that is a second one of a gene keeps its own name.
    """
    effect, error = (effects[name].to_numpy(dtype=float) for name in ("log2_fc", "lfc_se"))
    freedom = np.full(len(effects), asked.freedom)
    # Neither margin nor power enters what is kept.
    tests = _tests(effect, error, freedom, alpha, margin=1.0, power=0.8)
    kept = {name: tests[name] for name in ("log2_fc", "lfc_se", "ci_low", "ci_high", "p_value")}
    names = {name: mapped[name].to_numpy() for name in ("gene_id", "gene_name")}
    return pd.DataFrame({**names, **kept, "status": PUBLISHED_STATUS, "reason": effects["reason"].to_numpy()})


def tabulate_published(
    effects: pd.DataFrame,
    asked: Published,
    mapped: pd.DataFrame,
    found: pd.DataFrame,
    panel: pd.DataFrame,
    alpha: float,
    margin: float,
    power: float,
) -> pd.DataFrame:
    """Say of every panel gene what a published table says, with the columns of `panel.tsv` that summaries read.

    Parameters
    ----------
    effects, mapped, found
        See `read_published` and `identify_published`.
    asked
        The entry.
    panel
        The panel.
    alpha, margin, power
        As for cohorts with counts: levels and intervals, the margin in log2, and the power of detectable effects.

    Returns
    -------
    A row per panel gene. Test, interval and equivalence are made anew from effect and error by the law that the entry
    states, so that they hold at `alpha`; p-values are adjusted over the panel as in a cohort, not as in the paper.
    """
    own = effects.set_axis(mapped["gene_id"].to_numpy(), axis=0)
    own = own.reindex(found["gene_id"]).set_index(panel.index)
    absent = ABSENT.replace("count matrix", "published table")
    reason = own["reason"].where(
        found["gene_id"].notna(), found["reason"].str.replace("count matrix", "published table")
    )
    table = panel[["symbol", "tier"]].assign(
        model=MODEL, contrast=asked.role, gene_id=found["gene_id"].fillna(""), reason=reason.fillna(absent)
    )
    tested = (table["reason"] == "").to_numpy() | own["log2_fc"].notna().to_numpy()
    effect = np.where(tested, own["log2_fc"], np.nan).astype(float)
    error = np.where(tested, own["lfc_se"], np.nan).astype(float)
    freedom = np.full(len(table), asked.freedom)
    table = table.assign(**_tests(effect, error, freedom, alpha, margin, power), equivalence_margin=margin)
    table = table.join(adjust_panel(table, (panel["tier"] == "primary").to_numpy(), alpha))
    status = np.where(found["gene_id"].notna(), PUBLISHED_STATUS, "absent")
    return table.assign(status=np.where(found["status"] == NO_ORTHOLOGUE, NO_ORTHOLOGUE, status))


def _tests(
    effect: np.ndarray, error: np.ndarray, freedom: np.ndarray, alpha: float, margin: float, power: float
) -> dict[str, np.ndarray]:
    """Return effect, error, interval and tests; infinite degrees of freedom are the normal distribution."""
    from scipy import special

    normal = np.isinf(freedom)
    finite = np.where(normal, 1.0, freedom)

    def below(value: np.ndarray) -> np.ndarray:
        return np.where(normal, special.ndtr(value), special.stdtr(finite, value))

    reach = -np.where(normal, special.ndtri(alpha / 2), special.stdtrit(finite, alpha / 2)) * error
    shift = np.where(normal, special.ndtri(power) - special.ndtri(alpha / 2), detectable_shift(finite, alpha, power))
    p_value = 2 * below(-np.abs(effect) / error)
    return {
        "log2_fc": effect, "lfc_se": error, "ci_low": effect - reach, "ci_high": effect + reach, "p_value": p_value,
        "moderated_se": error, "df": np.where(np.isfinite(error), freedom, np.nan), "moderated_p_value": p_value,
        "equivalence_p_value": below((np.abs(effect) - margin) / error), "min_detectable_log2_fc": shift * error,
    }  # fmt: skip


def judge_published(
    files: Sequence[Claims], table: pd.DataFrame, asked: Published, alpha: float, margin: float
) -> pd.DataFrame:
    """Judge the claims on published effects: those on genes, by the rules of a cohort; scores need samples.

    `table` is that of `tabulate_published`.
    """
    pair = (MODEL, asked.role)
    named = dict.fromkeys(claim.score for file in files for claim in file.claims if claim.score)
    scores = pd.DataFrame({"score": list(named)}, dtype=object).assign(
        model=MODEL, contrast=asked.role, p_value=np.nan, reason=NO_SCORES
    )
    cells = {MODEL: asked.cells} if asked.cells else None
    words = {pair: TwoGroups.words_for()}
    return pd.concat(
        [judge_claims(file, table, scores, {asked.role: [pair]}, alpha, margin, words, cells=cells) for file in files],
        ignore_index=True,
    )


def describe_published(asked: Published, mapped: pd.DataFrame, found: pd.DataFrame, findings: Findings) -> dict:
    """Return the row of `published.tsv`: where effects come from, what was made of them, and what is missing."""
    row = {
        "cohort": asked.name,
        "title": asked.title,
        "citation": asked.citation,
        "doi": asked.doi,
        "role": asked.role,
        "tested": asked.tested,
        "reference": asked.reference,
        "samples_tested": asked.samples[0],
        "samples_reference": asked.samples[1],
        "scale": asked.scale,
        "error_from": asked.error_words,
        "df": asked.freedom,
        "genes": len(mapped),
        "known_genes": int((mapped["mapping"] != "unmapped").sum()),
        "panel_genes": int(found["gene_id"].notna().sum()),
        "missing": MISSING,
        "warnings": " | ".join(caution.text for caution in findings.warnings),
    }
    return {name: row[name] for name in PUBLISHED.names if name in row}
