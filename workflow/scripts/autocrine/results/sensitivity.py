"""How far an answer rests on a donor, a covariate, normalisation or filter: fits with one thing changed."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from autocrine.columns import CHANGED_FITS
from autocrine.columns.shared import EXTREMES
from autocrine.design.formula import with_column, without_column
from autocrine.design.matrix import Design, build_design
from autocrine.design.question import Model, Statistics
from autocrine.engine import EngineError
from autocrine.measure import COUNTS
from autocrine.problems import Findings
from autocrine.results.effects import estimate_effects
from autocrine.results.fitting import fit_design

# Columns that are tried as a further covariate, where the sheet has them and the design does not.
COVARIATES = ("batch", "sex", "age", "leukemic_fraction")
# Beyond this number of donors they are left out in as many groups, so that the time stays bounded.
MOST_DONORS = 40
# A fit with fewer residual degrees of freedom says next to nothing.
FEWEST_FREEDOM = 2
KINDS = ("donor", "without", "with", "unwanted", "normalisation", "filter", "cells")
EFFECTS = ["log2_fc", "lfc_se", "ci_low", "ci_high", "p_value", "moderated_p_value", "equivalence_p_value"]
# What only some forms of contrast have: a trend its steps, a contrast without direction the ends of its effect.
STEPS, ENDS = "step_p_value", list(EXTREMES.names)
COLUMNS = list(CHANGED_FITS.names[:-1])
# Between the names of donors that are left out together.
SEPARATOR = " | "


@dataclass(frozen=True)
class Variant:
    """A model with one thing changed.

    `changed` names within `kind` what it is, for programs, and `words` say it. `coefficients` is the number of those of
    the main fit, `reference` the genes that factors may be estimated from, `counts` those in place of the main fit's.
    """

    kind: str
    changed: str
    words: str
    sheet: pd.DataFrame
    model: Model
    statistics: Statistics
    coefficients: int
    reference: tuple[str, ...] = ()
    control_genes: tuple[str, ...] = ()
    method: str | None = None
    counts: pd.DataFrame | None = None


def plan_variants(
    sheet: pd.DataFrame,
    model: Model,
    design: Design,
    statistics: Statistics,
    method: str,
    reference: Sequence[str],
    numeric: Collection[str] = (),
    asked_method: str | None = None,
    control_genes: Sequence[str] = (),
    other_counts: Mapping[str, tuple[str, pd.DataFrame]] | None = None,
) -> list[Variant]:
    """Plan the fits with one thing changed.

    Parameters
    ----------
    sheet
        Samples x columns.
    model, design
        As fitted.
    statistics
        Thresholds and filter, as fitted.
    method
        How the size factors of the fit were estimated; "none" of log expression.
    reference
        Genes of the matrix that serve as reference; none, where there are none.
    numeric
        Further columns that may act as covariates.
    asked_method, control_genes
        How the configuration asks for the size factors of the fit; see `autocrine.input.contract.scaling_of`.
    other_counts
        What else the counts of cells could be: name -> words and counts (`autocrine.cells.other_counts`).

    Returns
    -------
    Without each donor (or sample, where the sheet names no patients); without each covariate of the design; with each
    known covariate that the design lacks; with a factor of unwanted variation from residuals and from reference genes,
    or without those of the fit; size factors from reference genes, from genes with zeros too, and from all genes where
    those of the fit are not; with or without the low-count filter; with other counts.
    """
    plain = Variant("", "", "", sheet.loc[list(design.matrix.index)], model, statistics, design.matrix.shape[1])
    plain = replace(plain, reference=tuple(reference), control_genes=tuple(control_genes), method=asked_method)
    variants = [
        replace(plain, kind="donor", changed=donors, words=f"without {words}", sheet=plain.sheet.drop(index=samples))
        for donors, words, samples in _donors(plain.sheet)
    ]
    asked = {column for contrast in model.contrasts.values() for column in contrast.columns}
    for column in design.formula.columns:
        smaller = without_column(design.formula, column) if column not in asked else None
        if smaller:
            fewer = replace(model, design=smaller)
            variants.append(replace(plain, kind="without", changed=column, words=f"without {column}", model=fewer))
    for column in dict.fromkeys((*COVARIATES, *numeric)):
        if column in sheet.columns and column not in (*design.formula.columns, *asked):
            larger = replace(model, design=with_column(design.formula, column))
            variants.append(replace(plain, kind="with", changed=column, words=f"with {column}", model=larger))
    variants += _with_other_factors(plain)
    if method == "none":
        # Log expression is neither normalised nor filtered here.
        return variants
    if len(reference) and set(reference) != set(control_genes):
        words = f"size factors from {len(reference)} reference genes"
        scaled = replace(plain, kind="normalisation", changed="reference_genes", words=words)
        variants.append(replace(scaled, control_genes=tuple(reference), method=None))
    if len(control_genes):
        words = "size factors from all genes"
        variants.append(replace(plain, kind="normalisation", changed="all_genes", words=words, control_genes=()))
    if method == "ratio":
        words = "size factors from genes with zeros too"
        variants.append(replace(plain, kind="normalisation", changed="poscounts", words=words, method="poscounts"))
    other = {"none": "filterByExpr", "filterByExpr": "none"}[statistics.low_count_filter]
    words = {"none": "without a low-count filter", "filterByExpr": "with the low-count filter"}[other]
    filtered = replace(statistics, low_count_filter=other)
    variants.append(replace(plain, kind="filter", changed=other, words=words, statistics=filtered))
    for name, (words, counts) in (other_counts or {}).items():
        variants.append(replace(plain, kind="cells", changed=name, words=words, counts=counts))
    return variants


def fit_variants(
    counts: pd.DataFrame,
    variants: Sequence[Variant],
    genes: Sequence[str],
    engine: str,
    threads: int,
    lengths: pd.DataFrame | None = None,
    measure: str = COUNTS,
) -> pd.DataFrame:
    """Fit every variant and read the asked genes from it.

    Parameters
    ----------
    counts
        Samples x genes, raw.
    variants
        See `plan_variants`.
    genes
        The genes to read, gene_ids of `counts`.
    engine, threads
        See `autocrine.engine.fit_model`.
    lengths
        Average transcript lengths, like `counts`, where they are known.
    measure
        What `counts` hold (`autocrine.measure`).

    Returns
    -------
    A row per contrast, variant and gene with the columns `COLUMNS`. Where a variant cannot answer a contrast there is
    one row without gene and with the reason.
    """
    parts = [pd.DataFrame(columns=COLUMNS)]
    for variant in variants:
        parts += _fit(variant, counts, lengths, list(genes), engine, measure, threads)
    return pd.concat([part for part in parts if len(part)] or parts, ignore_index=True)[COLUMNS]


def _donors(sheet: pd.DataFrame) -> Iterator[tuple[str, str, list[str]]]:
    """Yield donors, or groups of them where there are many: their names, the same in words, and their samples."""
    named = sheet["patient"] if "patient" in sheet.columns else pd.Series(None, index=sheet.index, dtype=object)
    named = named.where(named.notna(), pd.Series(sheet.index, index=sheet.index))
    donors = list(dict.fromkeys(named))
    size = int(np.ceil(len(donors) / MOST_DONORS))
    for start in range(0, len(donors), size):
        part = donors[start : start + size]
        words = str(part[0]) if len(part) == 1 else f"{part[0]} to {part[-1]} ({len(part)} donors)"
        yield SEPARATOR.join(map(str, part)), words, list(sheet.index[named.isin(part)])


def _with_other_factors(plain: Variant) -> list[Variant]:
    """Plan the fits with other factors of unwanted variation than the main fit's."""
    ways = {
        "residuals": "a factor of unwanted variation from residuals",
        "reference_genes": f"a factor of unwanted variation from {len(plain.reference)} reference genes",
    }
    variants = []
    if plain.model.unwanted_factors:
        model = replace(plain.model, unwanted_factors=0)
        words = "without factors of unwanted variation"
        variants.append(replace(plain, kind="unwanted", changed="none", words=words, model=model))
    for way, words in ways.items():
        model = replace(plain.model, unwanted_factors=1, unwanted_from=way)
        if model != plain.model and (way == "residuals" or plain.reference):
            variants.append(replace(plain, kind="unwanted", changed=way, words=f"with {words}", model=model))
    return variants


def _fit(
    variant: Variant,
    counts: pd.DataFrame,
    lengths: pd.DataFrame | None,
    genes: list[str],
    engine: str,
    measure: str,
    threads: int,
) -> Iterator[pd.DataFrame]:
    design, model, reasons = _sound(variant)
    identity = {"kind": variant.kind, "changed": variant.changed, "variant": variant.words}
    factors = variant.model.unwanted_factors
    if design is not None and variant.kind == "with" and design.matrix.shape[1] == variant.coefficients:
        # A covariate that is constant within patients adds nothing to a design that holds the patients.
        reasons |= dict.fromkeys(model.contrasts, "the design accounts for it already")
    elif design is not None and design.matrix.shape[0] - design.matrix.shape[1] - factors < FEWEST_FREEDOM:
        left = "it would leave fewer than two residual degrees of freedom"
        reasons |= dict.fromkeys(model.contrasts, left)
    elif design is not None:
        samples = list(design.matrix.index)
        try:
            fit, _, design = fit_design(
                (counts if variant.counts is None else variant.counts).loc[samples],
                design,
                model,
                variant.statistics,
                reference=variant.reference,
                lengths=None if lengths is None else lengths.loc[samples],
                always=genes,
                genes=genes,
                control_genes=variant.control_genes,
                method=variant.method,
                engine=engine,
                measure=measure,
                threads=threads,
            )
        except EngineError as error:
            reasons |= dict.fromkeys(model.contrasts, str(error))
        else:
            for name, contrast in model.contrasts.items():
                effects = estimate_effects(fit, design, contrast, variant.statistics)
                found = effects.reindex(columns=[*EFFECTS, STEPS, *ENDS]).rename_axis("gene_id").reset_index()
                found[ENDS] = found[ENDS].astype(object).fillna("")
                yield found.assign(contrast=name, **identity, reason="")
    for name, reason in reasons.items():
        none = dict.fromkeys(["gene_id", *ENDS], "")
        yield pd.DataFrame([{"contrast": name, **identity, **none, "reason": reason}]).reindex(columns=COLUMNS)


def _sound(variant: Variant) -> tuple[Design | None, Model, dict[str, str]]:
    """Build the design with the contrasts that the variant can still answer; and why it cannot answer the others."""
    wanted, reasons = variant.model, {}
    design = build_design(variant.sheet, wanted, "", Findings())
    if design is not None:
        return design, wanted, reasons
    kept = {}
    for name, contrast in wanted.contrasts.items():
        parts = {part: wanted.contrasts[part] for part in contrast.difference} | {name: contrast}
        findings = Findings()
        if build_design(variant.sheet, replace(wanted, contrasts=parts), "", findings) is not None:
            kept |= parts
        else:
            reasons[name] = "; ".join(problem.found for problem in findings.problems)
    reasons = {name: reason for name, reason in reasons.items() if name not in kept}
    smaller = replace(wanted, contrasts={name: wanted.contrasts[name] for name in wanted.contrasts if name in kept})
    return (build_design(variant.sheet, smaller, "", Findings()) if kept else None), smaller, reasons
