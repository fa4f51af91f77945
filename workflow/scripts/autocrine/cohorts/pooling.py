"""Effects of the same role in several cohorts: which there are, which may be put together, and their meta-analysis."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from autocrine.cohorts.meta_analysis import FEWEST_COHORTS, common_effect, random_effects
from autocrine.cohorts.origins import origin_words
from autocrine.columns import EFFECTS, META_ANALYSIS
from autocrine.design.forms import FORMS
from autocrine.input.panel import TIERS
from autocrine.results.multiplicity import adjust_panel
from autocrine.results.outcomes import PUBLISHED_STATUS, UNSEEN, unseen

# The comparison, whether patients are in the state or will come to it, whether anything was measured, in which species,
# and what one unit of the effect is: a year of age is no standard deviation of it.
STRATUM = ["role", "evidence", "origin", "species", "form", "unit"]
SHOWN = [
    "log2_fc", "lfc_se", "ci_low", "ci_high", "p_value", "df", "moderated_p_value", "equivalence_margin",
    "min_detectable_log2_fc", "outcome", "status",
]  # fmt: skip
# What is read of a panel table.
READ = ("model", "contrast", "symbol", "gene_id", "tier", "reason", *SHOWN)
# The fields of a meta-analysis as columns, and of those that would be mistaken for the pooled ones as `common_...`.
COMMON = ("common_log2_fc", "common_se", "common_ci_low", "common_ci_high", "q", "q_p_value")
POOLED = (
    "log2_fc", "lfc_se", "ci_low", "ci_high", "p_value", "equivalence_p_value", "tau2", "tau2_paule_mandel", "i2",
    "hk_factor", "predicted_low", "predicted_high",
)  # fmt: skip
EFFECT_COLUMNS, META_COLUMNS = list(EFFECTS.names), list(META_ANALYSIS.names)


@dataclass(frozen=True)
class Member:
    """A cohort among others: what it stands for, and which of its comparisons takes which role.

    `forms` are the form of each of these and what its effect is per (see `autocrine.design.question.unit_of`).
    `data_origin` is "measured" or "SIMULATED"; of a `published` table, what its paper did.
    """

    name: str
    title: str
    evidence: str
    data_origin: str
    bound: Mapping[str, tuple[str, str]]
    forms: Mapping[tuple[str, str], tuple[str, str]]
    species: str = "human"
    published: bool = False


def align_effects(
    members: Sequence[Member], panels: Sequence[pd.DataFrame], roles: Mapping[str, tuple[str, str]]
) -> pd.DataFrame:
    """Collect the effects of every panel gene in the comparisons that take a role.

    Parameters
    ----------
    members
        The cohorts.
    panels
        `panel.tsv` of each, its genes called by the same symbols in all.
    roles
        Role -> population and comparison in words, in the order of the rows.

    Returns
    -------
    A row per role, cohort and gene with `EFFECT_COLUMNS`. `reason` says why an effect has no part in a meta-analysis,
    and is empty for those that have.
    """
    parts = [pd.DataFrame(columns=EFFECT_COLUMNS)]
    for role, (population, comparison) in roles.items():
        for member, panel in zip(members, panels, strict=True):
            if role not in member.bound:
                continue
            model, contrast = member.bound[role]
            found = panel[(panel["model"] == model) & (panel["contrast"] == contrast)]
            form, unit = member.forms[model, contrast]
            of_member = {"role": role, "population": population, "comparison": comparison, "evidence": member.evidence,
                    "species": member.species, "form": form, "unit": unit, "cohort": member.name,
                    "cohort_title": member.title}  # fmt: skip
            origin = {
                "origin": member.data_origin,
                "data_origin": origin_words([member.data_origin], [member.published]),
            }
            part = found.assign(**of_member, **origin, reason=why_not_combined(found, form))
            parts.append(part[EFFECT_COLUMNS])
    effects = pd.concat([part for part in parts if len(part)] or parts, ignore_index=True)
    # Cohorts with panels of their own may differ: a gene that any names as primary is, in whatever order they come.
    rank = effects["tier"].map({tier: place for place, tier in enumerate(TIERS)})
    tier = rank.groupby(effects["symbol"]).transform("min").map(dict(enumerate(TIERS)))
    return effects.assign(tier=tier.fillna(effects["tier"]))


def why_not_combined(panel: pd.DataFrame, form: str) -> np.ndarray:
    """Say of each row of a panel table why its effect cannot be put together with others; empty where it can.

    A genome-wide filter is no reason: the panel's genes were named beforehand, and a low gene has a large error.
    """
    if not FORMS[form].directed:
        return np.full(len(panel), "its effect has no direction", dtype=object)
    effect = panel["log2_fc"].to_numpy(dtype=float)
    reasons = panel["reason"].replace("", "no estimate").to_numpy(dtype=object)
    nothing = unseen(effect, panel["p_value"].to_numpy(dtype=float), panel["status"])
    return np.select([nothing, ~can_be_combined(panel, form)], [UNSEEN, reasons], "").astype(object)


def can_be_combined(table: pd.DataFrame, form: str) -> np.ndarray:
    """Tell of each row of a table of genes whether its effect can be put together with others.

    `table` has log2_fc, lfc_se, p_value and status, and where a published table is among them `reason`.
    """
    if not FORMS[form].directed:
        return np.zeros(len(table), dtype=bool)
    effect, se = table["log2_fc"].to_numpy(dtype=float), table["lfc_se"].to_numpy(dtype=float)
    there = np.isfinite(effect) & np.isfinite(se) & (se > 0)
    unsure = table["status"].isin(["outlier", "not_converged"]).to_numpy()
    # What has an effect and a reason all the same: a published table of genes chosen by their p-values.
    why = table["reason"] if "reason" in table else pd.Series("", index=table.index)
    kept_out = ((table["status"] == PUBLISHED_STATUS) & (why != "")).to_numpy()
    nothing = unseen(effect, table["p_value"].to_numpy(dtype=float), table["status"])
    return np.asarray(there & ~unsure & ~kept_out & ~nothing)


def pool_effects(effects: pd.DataFrame, alpha: float) -> pd.DataFrame:
    """Put the effects of each gene and stratum together.

    Parameters
    ----------
    effects
        See `align_effects`.
    alpha
        Intervals have the confidence 1 - alpha; below it a test has decided.

    Returns
    -------
    A row per stratum and gene, and where there are `FEWEST_COHORTS` or more a further one without each cohort
    (`left_out`), with `META_COLUMNS`. Fewer cohorts have a common effect, to describe them, and nothing pooled.
    The margin is that of the cohorts, the smallest where measurements reach differently far.
    P-values are adjusted over the genes of a stratum as in the panel of a cohort; see `multiplicity.adjust_panel`.
    Without a cohort they are adjusted over the same genes, those that it lacked with their own p-values.
    """
    rows = []
    words = {key: _origin_of(found) for key, found in effects.groupby(STRATUM, sort=False)}
    for key, found in effects.groupby([*STRATUM, "symbol"], sort=False):
        rows.append(_pool(found.iloc[0], found[found["reason"] == ""], words[key[:-1]], alpha))
    if not rows:
        return pd.DataFrame(columns=META_COLUMNS)
    table = pd.concat(rows, ignore_index=True)
    parts = []
    for _, stratum in table.groupby(STRATUM, sort=False):
        main = stratum[stratum["left_out"] == ""]
        for _, part in stratum.groupby("left_out", sort=False):
            # A gene that the cohort left out never had is still asked: without it p-values would be adjusted for less.
            family = pd.concat([part, main[~main["symbol"].isin(part["symbol"])]])
            parts.append(_adjust(family, alpha).loc[part.index])
    return _add_leave_one_out(pd.concat(parts).sort_index())[META_COLUMNS]


def _origin_of(effects: pd.DataFrame) -> str:
    """Return the `data_origin` of a stratum: one for all of its genes, though not every table has each of them."""
    return origin_words(list(effects["origin"]), list(effects["data_origin"] != effects["origin"]))


def _adjust(family: pd.DataFrame, alpha: float) -> pd.DataFrame:
    """Add the adjusted p-values and the outcome of genes that are asked together."""
    primary = (family["tier"] == "primary").to_numpy()
    adjusted = adjust_panel(family, primary, alpha, "p_value")
    values = {
        f"{kind}adj_p_value": adjusted[f"primary_{kind}adj_p_value"].where(
            primary, adjusted[f"panel_{kind}adj_p_value"]
        )
        for kind in ("", "equivalence_")
    }
    outcome = adjusted["outcome"].where(family["reason"] == "", "")
    return family.assign(**values, family=adjusted["family"], outcome=outcome)


def _pool(first: pd.Series, there: pd.DataFrame, data_origin: str, alpha: float) -> pd.DataFrame:
    """Return the rows of a gene: all cohorts with an estimate, `there`, and from `FEWEST_COHORTS` on all but one."""
    y, v = there["log2_fc"].to_numpy(dtype=float), there["lfc_se"].to_numpy(dtype=float) ** 2
    names, k = list(there["cohort"]), len(there)
    without = ["", *names] if k >= FEWEST_COHORTS else [""]
    taken = np.array([[name != left for name in names] for left in without], dtype=bool).reshape(len(without), k)
    margins = there["equivalence_margin"].to_numpy(dtype=float) if k else [float(first["equivalence_margin"])]
    margin = np.where(taken, margins, np.inf).min(axis=1) if k else np.array(margins)
    found = pool_rows(np.where(taken, y, np.nan), np.where(taken, v, np.nan), alpha, margin, enough=len(without) > 1)
    if FORMS[first["form"]].in_steps:
        # Equivalence of steps is that of any two groups, and only the slope is pooled.
        found["equivalence_p_value"] = np.nan
    published = (there["data_origin"] != there["origin"]).to_numpy()
    counts = {"cohorts": taken, "published": taken & published, "higher": taken & (y > 0), "lower": taken & (y < 0)}
    columns = [*STRATUM, "population", "comparison", "symbol", "tier"]
    return found.assign(
        **first[columns].to_dict(),
        data_origin=data_origin,
        gene_id=next((gene for gene in there["gene_id"] if gene), first["gene_id"]),
        left_out=without,
        **{name: held.sum(axis=1) for name, held in counts.items()},
        # Without one they are the same but for it; of many cohorts these would be most of the table.
        cohort_names=[", ".join(names), *[""] * (len(without) - 1)],
        equivalence_margin=margin,
        reason="" if k >= FEWEST_COHORTS else too_few(k),
    )


def pool_rows(
    effects: np.ndarray, variances: np.ndarray, alpha: float, margin: np.ndarray, *, enough: ArrayLike = True
) -> pd.DataFrame:
    """Estimate the common effect and, where `enough`, the random effects of rows of cohorts.

    Parameters
    ----------
    effects, variances
        Rows x cohorts, NaN where there is no estimate; see `autocrine.cohorts.meta_analysis`.
    alpha
        Intervals have the confidence 1 - alpha.
    margin
        Of each row: an absolute effect below it counts as none.
    enough
        Whether cohorts are enough to be pooled, in each row or in all.

    Returns
    -------
    A row for each, with the columns `COMMON` and `POOLED`, NaN where nothing can be said.
    """
    table = pd.DataFrame(np.nan, range(len(effects)), [*COMMON, *POOLED])
    some = np.isfinite(effects).any(axis=1) if effects.shape[1] else np.zeros(len(effects), dtype=bool)
    pooled = some & np.asarray(enough)
    for columns, rows, estimate in (
        (COMMON, some, lambda y, v, _: common_effect(y, v, alpha)),
        (POOLED, pooled, lambda y, v, most: random_effects(y, v, alpha, most)),
    ):
        if rows.any():
            found = estimate(effects[rows], variances[rows], margin[rows])
            table.loc[rows, list(columns)] = np.column_stack([getattr(found, field.name) for field in fields(found)])
    return table


def too_few(cohorts: int) -> str:
    """Say why effects of so many cohorts are not pooled."""
    plural = "" if cohorts == 1 else "s"
    return f"{cohorts or 'no'} cohort{plural} with an estimate; {FEWEST_COHORTS} are needed to pool"


def _add_leave_one_out(table: pd.DataFrame) -> pd.DataFrame:
    """Add to the row of all cohorts how far its estimate and outcome rest on one of them."""
    key = [*STRATUM, "symbol"]
    main, without = table[table["left_out"] == ""], table[table["left_out"] != ""]
    joined = without.merge(main[[*key, "outcome"]], on=key, suffixes=("", "_of_all"))
    joined["other"] = joined["outcome"] != joined["outcome_of_all"]
    ranges = joined.groupby(key).agg(
        leave_one_out_low=("log2_fc", "min"),
        leave_one_out_high=("log2_fc", "max"),
        leave_one_out_other=("other", "sum"),
    )
    table = table.join(ranges, on=key)
    table.loc[table["left_out"] != "", list(ranges.columns)] = np.nan
    return table
