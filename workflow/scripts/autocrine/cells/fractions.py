"""Shares of cells in which genes are detected, compared between samples at one depth."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from autocrine.cells.asking import Comparison, ask_comparison, rows_of_sheet
from autocrine.cells.labels import ALL_CELLS
from autocrine.cells.logit_tests import test_logits
from autocrine.cells.logits import logits, small_count_bias
from autocrine.cells.losses import lost
from autocrine.design.question import Statistics, check_statistics
from autocrine.engine.errors import EngineError
from autocrine.input.objects import NAME_COLUMNS
from autocrine.problems import Findings, listed

if TYPE_CHECKING:
    from anndata import AnnData

# A gene with fewer positive cells at the common depth, over all samples, has no share to compare; nor has one with
# fewer negative cells.
FEWEST_POSITIVE = 3.0
# With fewer genes the curve of variances is not known well enough to lend from.
FEWEST_TO_MODERATE = 300
TESTED, UNSEEN, EVERYWHERE = "tested", "not detected at this depth", "detected in nearly all cells"


def test_fractions(
    sums: AnnData,
    design: str,
    sheet: pd.DataFrame | None = None,
    *,
    state: str | None = None,
    contrast: Mapping[str, Any] | None = None,
    numeric: Sequence[str] = (),
    samples: Mapping[str, Any] | None = None,
    groups: Mapping[str, Any] | None = None,
    incomplete_pairs: str = "keep",
    repeated_patients: str = "stop",
    accept_confounded: Sequence[str] = (),
    random: str = "",
    alpha: float = 0.05,
    equivalence_margin: float = math.log(2),
    power: float = 0.8,
    **column: Any,
) -> pd.DataFrame:
    """Test the share of cells in which each gene is detected, at the common depth of a state.

    The unit is the sample (the patient), never the cell. The share of each sample becomes a logit, log((expected + 1/2)
    / (cells - expected + 1/2)), from which is taken what it is too high on average because cells are few
    (`autocrine.cells.logits`); logits are compared by least squares. The variances of all genes are squeezed towards a
    curve over the mean logit (Smyth 2004, Stat Appl Genet Mol Biol 3:3; Law et al. 2014, Genome Biol 15:R29), and
    Student's t has their degrees of freedom. With fewer than 300 genes, as of a targeted panel, each gene keeps its own
    variance.

    Parameters
    ----------
    sums : AnnData
        As `sum_cells` returns them.
    design : str
        Formula over columns of the sheet, such as ``"~ patient + exposure"``.
    sheet : DataFrame, optional
        Columns of each sample, indexed by sample; the ``obs`` of the sums where left out.
    state : str, optional
        The state to test; may be left out where the sums have one only.
    contrast, **column
        What is asked, as in `autocrine.FittedModel.test`: ``exposure=("imatinib", "untreated")``, ``stage=trend(...)``,
        or a mapping.
    numeric, samples, groups, incomplete_pairs, repeated_patients, accept_confounded, random
        As in `autocrine.fit`.
    alpha : float
        Intervals have the confidence 1 - alpha.
    equivalence_margin : float
        Natural log odds ratio within which a share counts as unchanged; of an effect per unit of a measurement, over
        one standard deviation of it.
    power : float
        Chance to find an odds ratio of the size `detectable_odds_ratio`.

    Returns
    -------
    DataFrame
        A row per gene, in the order of the sums.

        - gene_id, gene_name.
        - status: "tested"; "not detected at this depth" (fewer than 3 positive cells expected in all samples together)
          or "detected in nearly all cells" (fewer than 3 negative ones), both without test.
        - positives: cells expected to be positive at the common depth, over all samples.
        - fraction: mean share over samples at the common depth; fraction_tested, fraction_reference: of the samples of
          each group, own_depth_tested, own_depth_reference: at the cells' own depth, which differs between samples.
          With other contrasts fraction_group_1, ... of each group.
        - odds_ratio, ci_low, ci_high: the tested group against the reference; of a trend per step, of a measurement per
          unit. log_odds_ratio and log_odds_error (natural logarithm).
        - stat, df, p_value: Student's t; of a contrast without direction F, with df of its denominator.
        - adj_p_value: after Benjamini and Hochberg (1995, J R Stat Soc B 57:289) over the tested genes.
        - plain_p_value: the same test with each gene's own variance only.
        - equivalence_p_value: the larger of two one-sided p-values against the margin (Schuirmann 1987, J Pharmacokinet
          Biopharm 15:657); with several groups that of any two. equivalence_margin: the margin as a natural log odds
          ratio in the unit of the effect; missing with several groups.
        - detectable_odds_ratio: found with the given power, above 1.

        ``attrs`` holds title (the comparison in words), state, depth (the common depth), samples (those that were
        compared), warnings (what makes the comparison weak), moderated (whether variances were squeezed),
        prior_freedom, alpha.

    Raises
    ------
    autocrine.InputError
        With every problem of sums, sheet and design; what was left out of the sums is reported with it.
    """
    findings = Findings()
    statistics = check_statistics(alpha, equivalence_margin, power, findings)
    chosen = rows_of_state(sums, state, findings)
    findings.raise_if_any()
    missing = _left_out(sums, state, set(chosen.obs["sample"]))
    names = [words.split(" (")[0] for words in missing]
    obs = (
        chosen.obs
        if sheet is None
        else rows_of_sheet(sheet, chosen.obs["sample"], names, "no cells of this state", findings)
    )
    findings.raise_if_any()
    asked = ask_comparison(
        obs,
        design,
        contrast,
        column,
        "fractions",
        findings,
        numeric=numeric,
        samples=samples,
        groups=groups,
        incomplete_pairs=incomplete_pairs,
        repeated_patients=repeated_patients,
        accept_confounded=accept_confounded,
        random=random,
    )
    if findings.problems and missing:
        # A group may lack samples because they were left out.
        findings.problem("sums", f"left out: {listed(missing)}", "more cells of these samples, or lower limits")
    findings.raise_if_any()
    assert asked is not None  # or a problem was raised
    chosen = chosen[list(asked.design.matrix.index)]
    table = compare_fractions(chosen, asked, statistics, findings)
    findings.raise_if_any()
    depths = sums.uns["import"]["depth"].set_index("state")["depth"]
    held = _state_of(chosen)
    table.attrs |= {
        "title": asked.contrast.title,
        "state": held,
        "depth": int(depths[held]),
        "samples": list(map(str, chosen.obs["sample"])),
        "warnings": [*map(str, findings.warnings), *(f"left out: {words}" for words in missing), *asked.cautions],
        "alpha": alpha,
    }
    return table


# pytest takes every function called test_... that a test module imports for a test.
test_fractions.__test__ = False  # type: ignore[attr-defined]


def rows_of_state(sums: AnnData, state: str | None, findings: Findings) -> AnnData:
    """Return the pseudobulks of a state that have fractions."""
    if "expected" not in sums.layers or "cells_at_depth" not in sums.obs or "import" not in sums.uns:
        findings.problem("sums", "there are no cells expected at a common depth", "sums as cells.sum_cells makes them")
        return sums
    if "state" not in sums.obs:
        if state is not None:
            findings.problem("state", f'"{state}", but the sums have no states', "sums made with a column of states")
        rows = np.ones(sums.n_obs, dtype=bool)
    else:
        held = sorted(map(str, sums.obs["state"].unique()))
        if state is None and len(held) > 1:
            findings.problem("state", f"the sums hold {len(held)} states", f"one of: {listed(held)}")
        if state is not None and state not in held:
            words = f'there is no state "{state}"'
            if small := _left_out(sums, state, set()):
                words += f"; left out: {listed(small)}"
            findings.problem("state", words, f"one of: {listed(held)}")
        rows = (sums.obs["state"] == (held[0] if state is None else state)).to_numpy()
    at_depth = (sums.obs["cells_at_depth"] > 0).to_numpy()
    if rows.any() and not (rows & at_depth).any():
        findings.problem("sums", "no sample reaches the least common depth", "deeper cells, or a lower min_umi")
    return sums[rows & at_depth].copy()


def _state_of(chosen: AnnData) -> str:
    return str(chosen.obs["state"].iloc[0]) if "state" in chosen.obs else ALL_CELLS


def _left_out(sums: AnnData, state: str | None, present: set[str]) -> list[str]:
    """Say which samples of a state are missing, and why."""
    table = lost(sums)
    if state is not None:
        table = table[table["state"] == state]
    table = table[~table["sample"].isin(present) & (table["sample"] != "")]
    return [f"{row.sample} ({row.reason})" for row in table.itertuples()]


def status_of(expected: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """Say of each gene whether its share can be compared, for positives (samples, genes) among cells (samples,)."""
    positives, negatives = expected.sum(axis=0), (cells[:, None] - expected).sum(axis=0)
    return np.where(positives < FEWEST_POSITIVE, UNSEEN, np.where(negatives < FEWEST_POSITIVE, EVERYWHERE, TESTED))


def compare_fractions(chosen: AnnData, asked: Comparison, statistics: Statistics, findings: Findings) -> pd.DataFrame:
    """Compare the shares of cells of all genes; see `test_fractions` for the columns.

    Parameters
    ----------
    chosen : AnnData
        The rows of the design in its order: layers "expected" and "detected", obs with cells and cells_at_depth.
    asked : Comparison
        Design and contrast.
    statistics : Statistics
        Thresholds; the margin is a natural log odds ratio.
    findings : Findings
        Receives a problem where no gene can be tested.
    """
    design, contrast = asked.design, asked.contrast
    expected = np.asarray(chosen.layers["expected"], dtype=float)
    cells = chosen.obs["cells_at_depth"].to_numpy(dtype=float)
    positives = expected.sum(axis=0)
    status = status_of(expected, cells)
    tested = status == TESTED
    detected, all_cells = np.asarray(chosen.layers["detected"]), chosen.obs["cells"].to_numpy(dtype=float)
    shares = {
        "": pd.DataFrame(expected / cells[:, None], chosen.obs_names),
        "own": pd.DataFrame(detected / all_cells[:, None], chosen.obs_names),
    }
    names = next((name for name in NAME_COLUMNS if name in chosen.var.columns), None)
    gene_id = chosen.var_names.astype(str)
    gene_name = gene_id if names is None else chosen.var[names].astype(object).fillna("").astype(str)
    table = {
        "gene_id": gene_id,
        "gene_name": np.where(np.asarray(gene_name) == "", gene_id, gene_name),
        "status": status,
        "positives": positives,
        "fraction": shares[""].mean().to_numpy(),
    }
    samples_of = design.groups.get(contrast.name, ())
    roles = ("tested", "reference") if contrast.form == "two_groups" else tuple(
        f"group_{number}" for number in range(1, len(samples_of) + 1)
    )  # fmt: skip
    for words, values in (("fraction", shares[""]), ("own_depth", shares["own"])):
        for role, samples in zip(roles, samples_of, strict=False):
            table[f"{words}_{role}"] = values.loc[list(samples)].mean().to_numpy()
    result, moderated, prior = None, bool(tested.sum() >= FEWEST_TO_MODERATE), 0.0
    if tested.any():
        bias = small_count_bias(expected[:, tested], cells, detected[:, tested], all_cells)
        values = pd.DataFrame(logits(expected[:, tested], cells) - bias, chosen.obs_names, gene_id[tested])
        try:
            result, prior = test_logits(values, design, contrast, statistics, moderated)
        except EngineError as error:
            findings.problem("fractions", str(error), "samples whose fractions can be compared")
    full = pd.DataFrame(table)
    if result is not None:
        full = full.join(result.set_axis(np.flatnonzero(tested), axis=0))
    elif not findings.problems:
        findings.problem("fractions", "no gene is detected in some cells and not in others", "deeper or more cells")
    full.attrs = {"moderated": moderated, "prior_freedom": prior}
    return full
