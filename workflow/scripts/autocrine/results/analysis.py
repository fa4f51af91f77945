"""One fit with all that was asked of it: from counts and sheet to gene tables, for the workflow and for notebooks."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_float_dtype

from autocrine.design.asked import any_difference, ask_contrasts, per_unit, spline
from autocrine.design.examination import Examination, examine_design
from autocrine.design.forms.contrast import Contrast
from autocrine.design.formula import Variable
from autocrine.design.matrix import Design, build_design, express
from autocrine.design.pairs import PATIENT
from autocrine.design.question import Model, Statistics
from autocrine.engine import Fit
from autocrine.linear import Fit as LinearFit
from autocrine.measure import COUNTS
from autocrine.problems import Caution, Findings
from autocrine.results.fitting import base_means, fit_design
from autocrine.results.gene_table import tabulate_genes
from autocrine.samples.normalisation import Scaling
from autocrine.samples.unwanted import reach_of_factors


@dataclass(frozen=True)
class Analysis:
    """A model fitted to its samples.

    Attributes
    ----------
    counts
        Samples of the fit x genes, as they were given.
    sheet
        All samples x columns, of which the model selects.
    model, statistics
        What was asked.
    where
        How messages name the model.
    plain
        The design without factors of unwanted variation.
    design
        The design that was fitted.
    examination
        What makes the design weak or misleading, its samples, its cells, the cost of its terms.
    fit
        `autocrine.engine.Fit` or `autocrine.linear.Fit`, over the genes that passed the low-count filter.
    scaling
        What counts were divided by.
    var
        All genes, indexed by gene_id: gene_name, written, base_mean (mean normalised count).
    """

    counts: pd.DataFrame
    sheet: pd.DataFrame
    model: Model
    statistics: Statistics
    where: str
    plain: Design
    design: Design
    examination: Examination
    fit: Fit | LinearFit
    scaling: Scaling
    var: pd.DataFrame

    def tabulate(self, contrast: Contrast) -> tuple[pd.DataFrame, dict[str, Any]]:
        """Return the gene table of a contrast of the model and a summary; see `tabulate_genes`."""
        return tabulate_genes(self.fit, self.design, contrast, self.var, self.statistics)

    def ask(self, contrasts: dict[str, Contrast], findings: Findings) -> "Analysis | None":
        """Return the same fit with other contrasts.

        Nothing is fitted again: the vectors are expressed in the coefficients of the fit.

        Parameters
        ----------
        contrasts
            Name -> contrast, in place of those of the model.
        findings
            Receives unknown columns and levels, and contrasts that the samples do not determine.

        Returns
        -------
        The analysis, or None where there is a problem.
        """
        model = replace(self.model, contrasts=contrasts)
        asked = build_design(self.sheet, model, self.where, findings)
        if asked is None:
            return None
        if list(asked.matrix.index) != list(self.plain.matrix.index):
            changed = set(asked.matrix.index) ^ set(self.plain.matrix.index)
            findings.problem(
                self.where,
                f"with these contrasts other samples would be fitted ({len(changed)} differ)",
                "contrasts named when the model is fitted",
            )
            return None
        examination = examine_design(asked, model, self.where, findings)
        ours, theirs = self.plain.matrix.to_numpy(), asked.matrix.to_numpy()
        vectors = asked.contrasts
        if ours.shape != theirs.shape or not np.array_equal(ours, theirs):
            vectors = {name: held.map(lambda vector: express(vector, theirs, ours)) for name, held in vectors.items()}
        outside = [name for name, held in vectors.items() if not self._is_reached(np.array(held.all()))]
        for name in outside:
            findings.problem(
                f"{self.where}.contrasts.{name}",
                "unwanted_factors were estimated along the contrasts that the fit named, and this is none of them",
                "the contrast among those named when the model is fitted",
            )
        if outside:
            return None
        plain = replace(self.plain, contrasts=vectors, groups=asked.groups, spans=asked.spans)
        factors = self.design.matrix.drop(columns=plain.matrix.columns)
        design = plain.append(factors) if len(factors.columns) else plain
        return replace(self, model=model, plain=plain, design=design, examination=examination)

    def _is_reached(self, vectors: np.ndarray) -> bool:
        """Whether factors of unwanted variation, if the fit has any, were estimated along all of these directions."""
        return bool(np.allclose(vectors @ self._unreached(), 0, atol=1e-8))

    def _unreached(self) -> np.ndarray:
        """Return the projection (coefficients x coefficients) onto what factors were not estimated along, or 0."""
        coefficients = self.plain.matrix.shape[1]
        if not self.model.unwanted_factors or self.model.unwanted_from != "residuals":
            return np.zeros((coefficients, coefficients))
        reach = reach_of_factors(self.plain)
        return np.eye(coefficients) - reach.T @ reach

    def leave_out(self, design: str, findings: Findings) -> tuple[pd.DataFrame, "Analysis"] | None:
        """Examine what a smaller design leaves out, for a likelihood-ratio test against it.

        Parameters
        ----------
        design
            A formula whose terms are among those of the fit; ``~ 1`` for none of them.
        findings
            Receives unknown columns, and for each column that is left out, but not where its interactions alone are,
            what examine_design tells of any difference of its groups, or of its measurement.

        Returns
        -------
        The smaller design, samples x coefficients with the factors of unwanted variation, and the analysis with what
        speaks against the test; or None where there is a problem.
        """
        samples = self.plain.matrix.index
        kept: tuple[Variable, ...] = ()
        if "".join(design.split()) == "~1":
            matrix = pd.DataFrame({"Intercept": 1.0}, samples)
        else:
            smaller = replace(self.model, design=design, contrasts={}, unwanted_factors=0)
            reduced = build_design(self.sheet, smaller, "reduced design", findings)
            if reduced is None:
                return None
            matrix, kept = reduced.matrix.reindex(samples), reduced.formula.variables
        # A column of which interactions alone are left out is no question by itself.
        left = dict.fromkeys(one.column for one in self.plain.formula.variables if one not in kept)
        left.pop(PATIENT, None)
        cautions = [caution for column in left for caution in self._examine_column(column, findings)]
        small, unreached = matrix.to_numpy(), self.plain.matrix.to_numpy() @ self._unreached()
        if np.linalg.matrix_rank(np.column_stack([small, unreached])) > np.linalg.matrix_rank(small):
            findings.problem(
                "reduced design",
                "unwanted_factors were estimated along the contrasts that the fit named, and it leaves out more",
                "any difference of what is left out among the contrasts named when the model is fitted",
            )
        factors = self.design.matrix.drop(columns=self.plain.matrix.columns)
        found = self.examination.cautions
        general = [one for one in found if not one.contrasts and one.kind != "numbers_as_groups"]
        examination = replace(self.examination, cautions=tuple(dict.fromkeys([*general, *cautions])))
        return matrix.join(factors), replace(self, examination=examination)

    def _examine_column(self, column: str, findings: Findings) -> list[Caution]:
        """Examine the design as for any difference of the groups of a column, or for a change along it."""
        selected = self.plain.selected
        variables = [variable for variable in self.plain.formula.variables if variable.column == column]
        if is_float_dtype(selected[column]):
            question = spline() if any(variable.df for variable in variables) else per_unit()
        else:
            sizes = selected[column].value_counts()
            groups = sorted(sizes.index[sizes > 1])
            if len(groups) < 2:
                return []
            question = any_difference(*groups)
        asked = ask_contrasts(None, {column: question}, {}, selected)
        # The samples and columns are those of the fit; what columns of the model are made of is no nuisance of them.
        model = replace(self.model, samples={}, groups={}, incomplete_pairs="keep", contrasts=asked)
        design = build_design(selected, model, self.where, Findings())
        if design is None:
            return []
        return [*examine_design(design, replace(model, groups=self.model.groups), self.where, findings).cautions]


def analyse(
    counts: pd.DataFrame,
    sheet: pd.DataFrame,
    model: Model,
    statistics: Statistics,
    where: str,
    findings: Findings,
    *,
    var: pd.DataFrame | None = None,
    reference: Collection[str] = (),
    lengths: pd.DataFrame | None = None,
    always: Collection[str] = (),
    control_genes: Collection[str] = (),
    method: str | None = None,
    engine: str = "parity",
    measure: str = COUNTS,
    threads: int = 1,
) -> Analysis | None:
    """Build the design of a model, examine it and fit it.

    Parameters
    ----------
    counts
        Samples x genes, raw counts or what `measure` says: all samples of the sheet, in its order.
    sheet
        Samples x columns; float64 columns are measurements, all others groups.
    model, statistics
        What is asked.
    where
        How messages name the model, e.g. "config, models.lsc_response".
    findings
        Receives every problem of the design.
    var
        Genes, indexed by gene_id, with gene_name and written (the name in the counts); names of `counts` when left out.
    reference
        Genes that factors of unwanted variation may be estimated from.
    lengths, always, control_genes, method, engine, measure, threads
        See `autocrine.results.fitting.fit_design`; `lengths` are of all samples, like `counts`.

    Returns
    -------
    The analysis, or None where there is a problem.

    Raises
    ------
    autocrine.engine.EngineError
        Where there is no fit, with the reason.
    """
    before = len(findings.problems)
    plain = build_design(sheet, model, where, findings)
    examination = examine_design(plain, model, where, findings) if plain else None
    if plain is None or examination is None or len(findings.problems) > before:
        return None
    samples = list(plain.matrix.index)
    raw = counts.loc[samples]
    fit, scaling, design = fit_design(
        raw,
        plain,
        model,
        statistics,
        reference=reference,
        lengths=None if lengths is None else lengths.loc[samples],
        always=always,
        control_genes=control_genes,
        method=method,
        engine=engine,
        measure=measure,
        threads=threads,
    )
    if var is None:
        names = raw.columns.astype(str)
        var = pd.DataFrame({"gene_name": names, "written": names}, index=raw.columns)
    var = var[["gene_name", "written"]].assign(base_mean=base_means(raw, scaling.factors))
    return Analysis(raw, sheet, model, statistics, where, plain, design, examination, fit, scaling, var)
