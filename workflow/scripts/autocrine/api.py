"""The interface for notebooks and programs: counts and a design in, gene tables out.

>>> import autocrine
>>> fitted = autocrine.fit(adata, "~ patient + timepoint")
>>> genes = fitted.test(timepoint=("follow_up", "diagnosis"))

It computes what the workflow computes, with the same checks; every problem of the input comes in one `InputError`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from numbers import Integral
from typing import TYPE_CHECKING, Any

import pandas as pd

from autocrine.design.asked import any_difference, ask_contrasts, per_unit, spline, trend
from autocrine.design.forms.contrast import Contrast
from autocrine.design.matrix import build_design
from autocrine.design.question import Statistics, check_contrast, check_statistics, make_model
from autocrine.engine import EngineError
from autocrine.input.objects import name_genes, read_objects
from autocrine.problems import Findings
from autocrine.results.analysis import Analysis, analyse
from autocrine.results.engines import adjust, engine_of

if TYPE_CHECKING:
    from anndata import AnnData

__all__ = ["FittedModel", "any_difference", "fit", "per_unit", "spline", "trend"]


def fit(
    data: AnnData | pd.DataFrame,
    design: str,
    sheet: pd.DataFrame | None = None,
    *,
    layer: str = "X",
    lengths: str | pd.DataFrame | None = None,
    numeric: Sequence[str] = (),
    samples: Mapping[str, Any] | None = None,
    groups: Mapping[str, Any] | None = None,
    contrasts: Mapping[str, Mapping[str, Any]] | None = None,
    incomplete_pairs: str = "keep",
    repeated_patients: str = "stop",
    accept_confounded: Sequence[str] = (),
    unwanted_factors: int = 0,
    unwanted_from: str = "residuals",
    random: str = "",
    reference_genes: Collection[str] = (),
    size_factor_method: str | None = None,
    size_factor_genes: Collection[str] = (),
    duplicate_genes: str = "error",
    alpha: float = 0.05,
    equivalence_margin: float = 1.0,
    margin_per: str = "sd",
    power: float = 0.8,
    low_count_filter: str = "none",
    calls: str = "deseq2",
    threshold_test: str = "greaterAbs2014",
    engine: str = "parity",
    threads: int = 1,
) -> FittedModel:
    """Fit a negative binomial model per gene, or a linear one where samples vary together (`random`).

    Parameters
    ----------
    data : AnnData or DataFrame
        Raw counts: an AnnData object (samples x genes), or a frame of samples x genes.
    design : str
        Formula over columns of the sheet, such as ``"~ patient + timepoint"``.
    sheet : DataFrame, optional
        Samples x columns, indexed by sample; the ``obs`` of an AnnData object where left out. Columns are groups, but
        for those in `numeric`, ``age``, ``leukemic_fraction``, the numbers of `autocrine.cells.sum_cells`, and columns
        of floating-point numbers that are not whole: batches called 1, 2, 3 do not become a slope.
    layer : str
        Where an AnnData object holds its raw counts: ``"X"``, ``"raw"`` or the name of a layer.
    lengths : str or DataFrame, optional
        Average transcript lengths, like the counts, for counts that were estimated from transcripts (tximport's
        ``length``): a layer of the AnnData object, or a frame of samples x genes.
    numeric : sequence of str
        Columns of the sheet that are measurements.
    samples, groups, incomplete_pairs, repeated_patients, accept_confounded, unwanted_factors, unwanted_from, random
        As ``models.<name>`` of the configuration (config/README.md): which samples are fitted, groups made of columns,
        patients without a partner, repeated samples, accepted overlap, hidden factors, samples that vary together.
    contrasts : mapping of str to mapping, optional
        Name -> contrast as in the configuration, for `FittedModel.test` by name. Needed only where
        ``incomplete_pairs="drop"`` is to know them, or hidden factors from residuals, which are estimated along them.
    reference_genes : collection of str
        Genes that hidden factors are estimated from, with ``unwanted_from="reference_genes"``.
    size_factor_method : {"ratio", "poscounts"}, optional
        Median of ratios over genes without zeros, or over positive counts; the first that is possible where left out.
    size_factor_genes : collection of str
        Genes that size factors rest on; all where empty.
    duplicate_genes : {"error", "sum"}
        What becomes of rows with the same name.
    alpha, equivalence_margin, margin_per, power, low_count_filter, calls, threshold_test
        As ``statistics`` of the configuration: the level of tests; the log2 fold change within which genes count as
        unchanged, and over which span of a measurement; the power of detectable effects; the filter before the fit;
        whose p-values make outcomes; which test of thresholds.
    engine : {"parity", "pydeseq2"}
        R DESeq2's answers, or PyDESeq2's.
    threads : int
        How many threads fit genes.

    Returns
    -------
    FittedModel

    Raises
    ------
    autocrine.InputError
        With every problem of counts, sheet and design: where, what was found, what would be right.
    autocrine.EngineError
        Where there is no fit, with the reason.
    """
    findings = Findings()
    counts, checked = read_objects(data, sheet, layer, lengths, numeric, duplicate_genes, findings)
    entry = {
        "samples": dict(samples or {}),
        "design": design,
        "contrasts": {name: dict(asked) for name, asked in (contrasts or {}).items()},
        "groups": dict(groups or {}),
        "incomplete_pairs": incomplete_pairs,
        "repeated_patients": repeated_patients,
        "accept_confounded": list(accept_confounded),
        "unwanted_factors": unwanted_factors,
        "unwanted_from": unwanted_from,
        "random": random,
    }
    statistics = Statistics(
        alpha, equivalence_margin, power, low_count_filter, calls, "estimated", margin_per, threshold_test
    )
    _check_choices(entry, statistics, size_factor_method, duplicate_genes, engine, findings)
    if random and engine != "parity":
        findings.problem("engine", "PyDESeq2 has no model of samples that vary together (random)", '"parity"')
    model = make_model("model", entry)
    for contrast in model.contrasts.values():
        check_contrast(contrast, model, findings)
    if findings.problems and checked is not None:
        # What is wrong with the design is said together with what is wrong with the counts.
        build_design(checked, replace(model, unwanted_factors=0), "model", findings)
    findings.raise_if_any()
    assert counts is not None and checked is not None  # or a problem was raised
    values = counts.values.T.loc[checked.index]
    lacking = [name for name in (*size_factor_genes, *reference_genes) if name not in values.columns]
    if lacking:
        findings.problem("counts", f"there is no gene {', '.join(map(str, lacking[:8]))}", "names in the counts")
        findings.raise_if_any()
    analysis = analyse(
        values,
        checked,
        model,
        statistics,
        "model",
        findings,
        var=name_genes(counts),
        reference=reference_genes,
        lengths=None if counts.lengths is None else counts.lengths.T.loc[checked.index],
        control_genes=size_factor_genes,
        method=size_factor_method,
        engine=engine,
        threads=threads,
    )
    findings.raise_if_any()
    assert analysis is not None  # or a problem was raised
    return FittedModel(analysis, tuple(map(str, findings.warnings)))


@dataclass(frozen=True, repr=False)
class FittedModel:
    """A model fitted to counts, of which contrasts are asked.

    Attributes
    ----------
    analysis : Analysis
        The fit with its design, size factors and examination, for whoever needs more than tables.
    input_warnings : tuple of str
        What makes the counts suspect.
    """

    analysis: Analysis
    input_warnings: tuple[str, ...] = ()

    def __repr__(self) -> str:
        samples, coefficients = self.analysis.design.matrix.shape
        genes = f"{len(self.analysis.var):,} genes, {samples} samples, {coefficients} coefficients"
        return f'<FittedModel "{self.analysis.model.design}": {genes}>'

    def test(
        self, contrast: str | Mapping[str, Any] | None = None, *, margin: float | None = None, **column: Any
    ) -> pd.DataFrame:
        """Test one contrast of every gene.

        Parameters
        ----------
        contrast : str or mapping, optional
            The name of a contrast given to `fit`, or a contrast as in the configuration, such as ``{"tested": {...},
            "reference": {...}}`` or ``{"difference": [{...}, {...}]}``.
        margin : float, optional
            Another equivalence margin than that of `fit`, in log2.
        **column
            One column of the design with what is asked of it: ``timepoint=("follow_up", "diagnosis")`` tests the first
            group against the second; ``stage=trend("a", "b", "c")``, ``stage=any_difference()``,
            ``age=per_unit()``, ``age=spline()``. A column called ``contrast`` or ``margin`` is asked as a mapping.

        Returns
        -------
        DataFrame
            A row per gene with the columns of ``genes.tsv.gz`` (docs/tables.md): effects, standard errors, intervals,
            R DESeq2's and moderated p-values, equivalence, threshold, shrunken and detectable effects, outcome, status.
            ``attrs`` holds ``title`` (the comparison in words), ``alpha``, ``warnings`` (what makes it weak or
            misleading) and ``genes`` (their number by status and outcome).

        Raises
        ------
        autocrine.InputError
            If a column or group is not there, or the samples do not determine the contrast.
        """
        analysis, question = self._asked(contrast, column)
        if margin is not None:
            findings, statistics = Findings(), analysis.statistics
            check_statistics(statistics.alpha, margin, statistics.power, findings)
            findings.raise_if_any()
            analysis = replace(analysis, statistics=replace(analysis.statistics, equivalence_margin=margin))
        table, filtering = analysis.tabulate(question)
        table.attrs = {
            "title": question.title,
            "alpha": analysis.statistics.alpha,
            "warnings": self._warnings(analysis, question.name),
            "genes": {**filtering["status"], **filtering["outcome"]},
        }
        return table

    def test_reduced(self, design: str) -> pd.DataFrame:
        """Test all that a smaller design leaves out, by likelihood ratio.

        Parameters
        ----------
        design : str
            A formula whose terms are among those of the fit, such as ``"~ patient"``; ``"~ 1"`` for none of them.

        Returns
        -------
        DataFrame
            Per gene: gene_id, gene_name, base_mean, stat, df (coefficients left out), p_value and adj_p_value (R
            DESeq2's test and filtering), moderated_p_value and moderated_adj_p_value (the dispersions taken as
            estimated). ``attrs`` holds ``alpha`` and ``warnings``.

        Raises
        ------
        autocrine.InputError
            If a column is not there, the designs are not nested, or something stops a test of what is left out as it
            would stop `test`: a batch that coincides with the groups, repeated samples of patients. That is not asked
            of a column that the smaller design still holds, whose interactions alone are left out.
        """
        findings = Findings()
        left_out = self.analysis.leave_out(design, findings)
        findings.raise_if_any()
        assert left_out is not None  # or a problem was raised
        reduced, analysis = left_out
        try:
            tested = engine_of(analysis.fit).test_nested(analysis.fit, reduced)
        except EngineError as error:
            findings.problem("reduced design", f'"{design}": {error}', f'terms of "{analysis.model.design}"')
            findings.raise_if_any()
        alpha = analysis.statistics.alpha
        table = tested.drop(columns="freedom").assign(
            adj_p_value=adjust(analysis.fit, tested["p_value"].to_numpy(), alpha)[0],
            moderated_adj_p_value=adjust(analysis.fit, tested["moderated_p_value"].to_numpy(), alpha)[0],
        )
        table = table.reindex(analysis.var.index)
        table.insert(0, "gene_id", analysis.var.index)
        table.insert(1, "gene_name", analysis.var["gene_name"])
        table.insert(2, "base_mean", analysis.var["base_mean"])
        table = table.reset_index(drop=True)
        table.attrs = {"alpha": alpha, "warnings": self._warnings(analysis, None)}
        return table

    def warnings(self, contrast: str | Mapping[str, Any] | None = None, **column: Any) -> list[str]:
        """Return what makes a contrast weak or misleading although it can be computed; of the design without one.

        Parameters are those of `test`.
        """
        if contrast is None and not column:
            return self._warnings(self.analysis, None)
        analysis, question = self._asked(contrast, column)
        return self._warnings(analysis, question.name)

    def without_each_sample(
        self, genes: Sequence[str], contrast: str | Mapping[str, Any] | None = None, **column: Any
    ) -> pd.DataFrame:
        """Return the effect on some genes without each sample in turn.

        Parameters
        ----------
        genes : sequence of str
            Their gene_id.
        contrast, **column
            See `test`; not of any difference, which has no direction.

        Returns
        -------
        DataFrame
            A row per gene and sample left out: gene_id, sample, log2_fc, moderated_p_value.
        """
        analysis, question = self._asked(contrast, column)
        vector = analysis.design.direction(question)
        if vector is None:
            raise ValueError("this contrast has no direction, so no effect without a sample")
        left = engine_of(analysis.fit).without_each_sample(analysis.fit.of_genes(list(genes)), vector)
        left = left.rename(columns={"gene": "gene_id"})
        left["sample"] = analysis.design.matrix.index.to_numpy()[left["sample"].to_numpy(dtype=int)]
        return left

    @property
    def size_factors(self) -> pd.Series:
        """Size factor of each sample."""
        return pd.Series(self.analysis.scaling.size_factors, self.analysis.design.matrix.index, name="size_factor")

    @property
    def dispersions(self) -> pd.DataFrame:
        """How every gene was fitted: the columns of ``dispersions.tsv.gz`` (docs/tables.md), by gene_id."""
        return self.analysis.fit.genes

    @property
    def design_matrix(self) -> pd.DataFrame:
        """Samples x coefficients."""
        return self.analysis.design.matrix

    def _asked(self, contrast: str | Mapping[str, Any] | None, column: Mapping[str, Any]) -> tuple[Analysis, Contrast]:
        """Return the analysis that holds a contrast, and the contrast."""
        if isinstance(contrast, str):
            if contrast not in self.analysis.model.contrasts:
                raise KeyError(
                    f'there is no contrast "{contrast}"; named in fit: {list(self.analysis.model.contrasts)}'
                )
            return self.analysis, self.analysis.model.contrasts[contrast]
        findings = Findings()
        asked = ask_contrasts(contrast, column, self.analysis.model.contrasts, self.analysis.plain.selected)
        analysis: Analysis | None = None
        for question in asked.values():
            check_contrast(question, replace(self.analysis.model, contrasts=asked), findings)
        if not findings.problems:
            analysis = self.analysis.ask(asked, findings)
        findings.raise_if_any()
        assert analysis is not None  # or a problem was raised
        return analysis, list(asked.values())[-1]

    def _warnings(self, analysis: Analysis, name: str | None) -> list[str]:
        cautions = [
            caution.words for caution in analysis.examination.cautions if name is None or caution.touches([name])
        ]
        return [*self.input_warnings, *cautions, *(remark.text for remark in analysis.fit.warnings)]


CHOICES = {
    "incomplete_pairs": ("keep", "drop", "stop"),
    "repeated_patients": ("stop", "keep"),
    "unwanted_from": ("residuals", "reference_genes"),
    "low_count_filter": ("none", "filterByExpr"),
    "calls": ("deseq2", "moderated"),
    "margin_per": ("sd", "range", "unit"),
    "threshold_test": ("greaterAbs2014", "greaterAbs"),
    "size_factor_method": (None, "ratio", "poscounts"),
    "duplicate_genes": ("error", "sum"),
    "engine": ("parity", "pydeseq2"),
}


def _check_choices(
    entry: Mapping[str, Any],
    statistics: Statistics,
    size_factor_method: str | None,
    duplicate_genes: str,
    engine: str,
    findings: Findings,
) -> None:
    """Tell of arguments that are none of their choices or outside their bounds."""
    given = {**entry, **vars(statistics)}
    given |= {"size_factor_method": size_factor_method, "duplicate_genes": duplicate_genes, "engine": engine}
    for name, choices in CHOICES.items():
        if given[name] not in choices:
            findings.problem(name, f"{given[name]!r} is no choice", f"one of: {', '.join(map(repr, choices))}")
    check_statistics(statistics.alpha, statistics.equivalence_margin, statistics.power, findings)
    number = given["unwanted_factors"]
    if not isinstance(number, Integral) or number < 0:
        findings.problem("unwanted_factors", f"{number!r}", "a whole number from 0 up")
    elif number and given["unwanted_from"] == "residuals" and not given["contrasts"]:
        findings.problem(
            "unwanted_factors",
            "factors from residuals are estimated along contrasts, and none is named",
            "contrasts={...} with those that will be tested",
        )
