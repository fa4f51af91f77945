"""One value per sample out of several genes: the BMP loop's parts together, and the means of gene sets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from autocrine.measure import COUNTS, LOG_EXPRESSION

if TYPE_CHECKING:
    from anndata import AnnData

# Scores of this beginning are loops, in log2 units; all others are of gene sets, in standard deviations.
LOOP_PREFIX = "loop_"
LIGANDS = ("BMP2", "BMP4")
# Who can bind BMP2 and BMP4, one of each type (CellPhoneDB).
TYPE_1 = ("BMPR1A", "BMPR1B")
TYPE_2 = ("BMPR2", "ACVR2A", "ACVR2B")
# The receptor of Grockowiak 2017; it signals with a type II subunit only.
LOOP_RECEPTOR = "BMPR1B"

BMP_SMAD_TARGETS = ("ID1", "ID2", "ID3", "ID4", "SMAD6", "SMAD7", "SMAD9", "ATOH8", "BAMBI", "HEY1")
# Score -> group and part of the role text by which the panel says that a gene stands for it, always upwards. What the
# texts leave out on purpose:
# - lsc: genes that are lost, lower, or inverse by definition of the cells (KIT "lost on TKI-insensitive LSC", CXCR4
#   "down in persisting", CD38 among the "compartment marker" genes), with those that normal stem cells have as well
#   (CD34, THY1, PTPRC, CD44) or that are not said to be of leukaemic stem cells (IL3RA);
# - quiescence: stemness and survival genes, and FOS ("down in persisting");
# - proliferation: CDK6 ("G0 exit") and CCND1 ("cell cycle"), which cells raise for other reasons than dividing.
PANEL_ROLES = {
    "lsc": ("lsc_marker", "CML LSC"),
    "quiescence": ("stemness_quiescence", "quiescence"),
    "proliferation": ("proliferation", "proliferation"),
    "erythroid": ("lineage_state", "erythroid"),
    "monocyte": ("lineage_state", "monocyte marker"),
    "t_cell": ("lineage_state", "T-cell marker"),
}
# The column by which a panel makes scores of its own.
OWN_SCORE = "score"
# A role that says so is of the opposite direction, whatever else it says.
INVERSE = r"\b(?:lost|loss|down|absent|inverse|negative)\b"
# Scores of what a sample consists of, which a comparison may rest on in place of what it asks.
# The column of the sheet as which each of them becomes a covariate.
PURITY_COLUMNS = {score: f"{score} score" for score in PANEL_ROLES}
FEWEST_GENES = 3
ABSENT = "not in the count matrix"
CONSTANT = "the same in all samples"
NOT_COMPARABLE = "how high different genes are cannot be compared in log expression"


@dataclass(frozen=True)
class Scores:
    """Scores of samples, and what they rest on.

    Attributes
    ----------
    values
        Samples x scores, float64; NaN in all samples where a score cannot be made.
    reasons
        Score that cannot be made -> why, in words.
    genes
        Score -> the genes that it rests on.
    left_out
        Score -> gene that belongs to it and is not in it -> why. A score with such genes can still have values.
    """

    values: pd.DataFrame
    reasons: Mapping[str, str]
    genes: Mapping[str, tuple[str, ...]]
    left_out: Mapping[str, Mapping[str, str]]


def levels_of_panel(data: "AnnData", gene_ids: np.ndarray, panel: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the layers vst and log_cpm of panel genes, each samples x symbols.

    `gene_ids` are those of the rows of the panel, "" where the matrix has no such gene.
    """
    there = gene_ids != ""
    found, symbols = data[:, gene_ids[there]], panel.loc[there, "symbol"]
    return {name: pd.DataFrame(found.layers[name], data.obs_names, symbols) for name in ("vst", "log_cpm")}


def score_cohort(log_cpm: pd.DataFrame, vst: pd.DataFrame, panel: pd.DataFrame, measure: str = COUNTS) -> Scores:
    """Make all scores of a cohort.

    Parameters
    ----------
    log_cpm, vst
        Samples x panel symbols that are in the matrix.
    panel
        The panel.
    measure
        What the values are (`autocrine.measure`). Of log expression there are no loop scores: how high probes of
        different genes are cannot be compared.

    Returns
    -------
    The loop scores, then the scores of the panel's gene sets.
    """
    loop, sets = loop_scores(log_cpm), set_scores(vst, panel_sets(panel))
    if measure == LOG_EXPRESSION:
        loop = replace(loop, values=loop.values * np.nan, reasons=dict.fromkeys(loop.values, NOT_COMPARABLE))
    return Scores(
        loop.values.join(sets.values),
        {**loop.reasons, **sets.reasons},
        {**loop.genes, **sets.genes},
        {**loop.left_out, **sets.left_out},
    )


def loop_scores(log_cpm: pd.DataFrame) -> Scores:
    """Score how far each sample holds a BMP ligand and a whole receptor for it.

    Parameters
    ----------
    log_cpm
        Samples x genes (symbols), log2 of normalised counts per million plus one (`autocrine.samples.normalisation`).

    Returns
    -------
    Scores loop_BMP2 and loop_BMP4 (best type I receptor) and loop_BMP2_BMPR1B and loop_BMP4_BMPR1B (BMPR1B alone), in
    log2 units: the mean of the ligand and of the scarcer of its receptor's two parts, the best type I and the best type
    II subunit, which is the log of their geometric mean. Without the ligand, or without any subunit of a type, there is
    no score; a subunit that is absent while another of its type is there is named under `left_out`.

    A mean can rise by one of its parts alone, so a higher score says "more of both or much more of one". In bulk it
    says that ligand and receptor are expressed together and never that a cell signals to itself.

    Raises
    ------
    ValueError
        If two columns have the same name.
    """
    _check_names(log_cpm)
    receptors = {"": TYPE_1, f"_{LOOP_RECEPTOR}": (LOOP_RECEPTOR,)}
    parts = {
        f"{LOOP_PREFIX}{ligand}{tail}": ((ligand,), first, TYPE_2)
        for tail, first in receptors.items()
        for ligand in LIGANDS
    }
    values, reasons, genes, left_out = {}, {}, {}, {}
    for score, needed in parts.items():
        asked = [gene for part in needed for gene in part]
        genes[score] = tuple(gene for gene in asked if gene in log_cpm.columns)
        left_out[score] = {gene: ABSENT for gene in asked if gene not in log_cpm.columns}
        missing = [" and ".join(part) for part in needed if not set(part) & set(genes[score])]
        if missing:
            values[score], reasons[score] = np.nan, f"{', '.join(missing)}: {ABSENT}"
        else:
            ligand, first, second = (_best(log_cpm, part) for part in needed)
            values[score] = (ligand + np.minimum(first, second)) / 2
    return Scores(pd.DataFrame(values, index=log_cpm.index, dtype=float), reasons, genes, left_out)


def set_scores(vst: pd.DataFrame, sets: Mapping[str, Sequence[str]]) -> Scores:
    """Score gene sets by the mean of their genes' z-scores, so that no gene weighs more for varying more.

    Parameters
    ----------
    vst
        Samples x genes, variance stabilised. z-scores are over these samples, so scores of different selections of
        samples have different units.
    sets
        Score -> its genes, all meant in the same direction.

    Returns
    -------
    Scores in standard deviations of a gene (mean z-score; Lee et al. 2008, PLoS Comput Biol 4:e1000217). Genes that do
    not vary are left out; with fewer than three genes left there is no score.

    Raises
    ------
    ValueError
        If two columns have the same name.
    """
    _check_names(vst)
    varies = pd.Series(np.ptp(vst.to_numpy(dtype=float), axis=0) > 1e-9, index=vst.columns)
    values, reasons, genes, left_out = {}, {}, {}, {}
    for score, members in sets.items():
        members = list(dict.fromkeys(members))
        why = {gene: CONSTANT if gene in varies.index else ABSENT for gene in members if not varies.get(gene, False)}
        left_out[score], genes[score] = why, tuple(gene for gene in members if gene not in why)
        if len(genes[score]) < FEWEST_GENES:
            values[score], reasons[score] = np.nan, _too_few(genes[score], why)
        else:
            chosen = vst[list(genes[score])]
            values[score] = ((chosen - chosen.mean()) / chosen.std(ddof=1)).mean(axis=1, skipna=False)
    return Scores(pd.DataFrame(values, index=vst.index, dtype=float), reasons, genes, left_out)


def panel_sets(panel: pd.DataFrame) -> dict[str, list[str]]:
    """Choose the panel genes that make each set score.

    Parameters
    ----------
    panel
        The panel, with symbol, role, group and tier.

    Returns
    -------
    Score -> symbols in panel order: bmp_smad_targets (direct targets of the BMP SMADs, named here because their roles
    in the panel differ), the scores of `PANEL_ROLES` by group and role text, and those that a column "score" of the
    panel names, which take the place of others of their name. Primary genes are in none: a score is to be shown beside
    them. A score of which the panel has no gene is left out.
    """
    free = panel[panel["tier"] != "primary"]
    upwards = free[~free["role"].str.contains(INVERSE, case=False)]
    sets = {"bmp_smad_targets": free.loc[free["symbol"].isin(BMP_SMAD_TARGETS), "symbol"]}
    for score, (group, words) in PANEL_ROLES.items():
        fits = (upwards["group"] == group) & upwards["role"].str.contains(words, case=False, regex=False)
        sets[score] = upwards.loc[fits, "symbol"]
    if OWN_SCORE in free:
        sets |= {score: rows["symbol"] for score, rows in free.groupby(OWN_SCORE, sort=False) if score}
    return {score: list(symbols) for score, symbols in sets.items() if len(symbols)}


def score_names(panel: pd.DataFrame) -> list[str]:
    """Return the names of all scores that a panel gives, whatever the cohort."""
    loops = [f"{LOOP_PREFIX}{ligand}{tail}" for tail in ("", f"_{LOOP_RECEPTOR}") for ligand in LIGANDS]
    return [*loops, *panel_sets(panel)]


def _best(log_cpm: pd.DataFrame, genes: Sequence[str]) -> np.ndarray:
    """Return per sample the level of the highest of the genes that are there."""
    return log_cpm[[gene for gene in genes if gene in log_cpm.columns]].to_numpy(dtype=float).max(axis=1)


def _check_names(values: pd.DataFrame) -> None:
    if not values.columns.is_unique:
        twice = sorted(set(values.columns[values.columns.duplicated()].astype(str)))
        raise ValueError(f"several columns are called {', '.join(twice)}: which of them a score means is not known")


def _too_few(used: tuple[str, ...], why: Mapping[str, str]) -> str:
    names = f" ({', '.join(used)})" if used else ""
    lost = "".join(f"; {gene}: {reason}" for gene, reason in why.items())
    return f"{len(used)} usable gene{'s' if len(used) != 1 else ''}{names}, fewer than {FEWEST_GENES}{lost}"
