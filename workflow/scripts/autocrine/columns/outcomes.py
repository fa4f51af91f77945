"""Columns of what became of the patients later."""

from autocrine.columns.kinds import Table, _integer, _number, _text
from autocrine.columns.shared import DATA_ORIGIN, REASON

OUTCOMES = Table(
    "<cohort>/outcomes.tsv",
    "a row per outcome of patients and panel gene or score",
    (
        _text(
            "outcome_name kind outcome_unit",
            "the outcome as the configuration calls it; `survival` or `response`; its unit",
        ),
        _text("evidence", "`prediction`: levels of a sample against what became of the patient later"),
        _text("variable name", "`gene` or `score`; the symbol, or the score"),
        _text("gene_id tier", "of genes, as in `panel.tsv`; empty `gene_id`: not in the matrix"),
        _text(
            "measure per",
            "what `estimate` is, `hazard ratio` or `slope`; and per what: a doubling, a unit of the score",
        ),
        _text("covariates", "columns of the sheet that are held beside it"),
        _integer("patients events", "patients with a known outcome, one sample each; those with the event (survival)"),
        _number("events_per_variable", "events over coefficients of the model, covariates among them"),
        _integer("patients_with_counts", "of genes: patients with any read of it"),
        _number("estimate ci_low ci_high", "hazard ratio of Cox's model, or slope of least squares, with its interval"),
        _number("coefficient se df", "log hazard ratio or slope, its standard error, degrees of freedom (slopes)"),
        _number("p_value", "two-sided; Wald's test, or Student's t"),
        _text(
            "family", "the adjustment: Holm over primary genes, Benjamini-Hochberg over the panel or over the scores"
        ),
        _number("adj_p_value", "adjusted by it"),
        _number(
            "min_detectable",
            "the hazard ratio above 1, or slope, that a single test would find with the configured power (after "
            "Schoenfeld); one over it below 1",
        ),
        _text(
            "answer",
            "`higher_risk`, `lower_risk` (survival), `higher`, `lower` (response), with more of the gene or score; "
            "`undetermined`; `too_few_events`, `too_few_patients`; `not_testable`",
        ),
        REASON,
        DATA_ORIGIN,
    ),
)
