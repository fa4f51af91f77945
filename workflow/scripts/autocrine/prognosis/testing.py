"""Panel genes and scores of first samples, tested against what became of the patients; or too few events to say."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from autocrine.adjustment import benjamini_hochberg, holm
from autocrine.design.question import Statistics
from autocrine.prognosis.cox import CoxModel, NoMaximumError, detectable_effect, wald_test
from autocrine.prognosis.patients import Patients
from autocrine.prognosis.question import RESPONSE, SURVIVAL, Outcome
from autocrine.prognosis.slope import fit_slope
from autocrine.samples.least_squares import detectable_shift
from autocrine.samples.scores import ABSENT, LOOP_PREFIX, Scores

# What an outcome says of patients is stated before it comes about, whatever the cohort's groups stand for.
EVIDENCE = "prediction"
MEASURES = {SURVIVAL: "hazard ratio", RESPONSE: "slope"}
PER_GENE, PER_LOOP, PER_SET = "doubling", "log2 unit", "standard deviation of a gene"
# With fewer events no test both holds its level and finds much; with fewer per variable none was measured
# (docs/outcomes.md).
FEWEST_EVENTS, FEWEST_EVENTS_PER_VARIABLE, FEWEST_FREEDOM = 5, 1.25, 3
CONSTANT = "it does not vary beside the covariates"
NO_MAXIMUM = "no finite hazard ratio fits: the value, or a covariate, parts those with the event from all others"


def test_outcome(
    outcome: Outcome,
    patients: Patients,
    genes: pd.DataFrame,
    scores: Scores,
    panel: pd.DataFrame,
    statistics: Statistics,
) -> pd.DataFrame:
    """Test every panel gene and every score against an outcome, one at a time beside the covariates.

    Parameters
    ----------
    outcome
        What is asked.
    patients
        Those with a known outcome.
    genes
        Samples x panel symbols that are in the matrix, log2 (`log_cpm`).
    scores
        Of the same samples.
    panel
        The panel, with symbol and tier, and gene_id ("" for genes that are not in the matrix).
    statistics
        `alpha` and `power`.

    Returns
    -------
    A row per gene of the panel, then per score. Of survival `estimate` is the hazard ratio of Cox's model per doubling
    of a gene or unit of a score, `coefficient` and `se` are its logarithm; of a response both are the slope. Intervals
    and p-values are Wald's, or Student's t. `adj_p_value` is by Holm for primary genes, over these; by Benjamini and
    Hochberg for the other genes, over all of the panel; and so for scores, over these.
    """
    asked = [
        *((row, genes.get(row["name"]), ABSENT) for row in _gene_rows(panel)),
        *((row, scores.values[row["name"]], scores.reasons.get(row["name"], ABSENT)) for row in _score_rows(scores)),
    ]
    rows = [
        row
        | {"patients_with_counts": _seen(row, patients, values)}
        | _tested(outcome, patients, values, absent, statistics)
        for row, values, absent in asked
    ]
    table = pd.DataFrame(rows)
    table["adj_p_value"], table["family"] = _adjusted(table)
    called = table["adj_p_value"].to_numpy(dtype=float) < statistics.alpha
    words = ("higher_risk", "lower_risk") if outcome.kind == SURVIVAL else ("higher", "lower")
    direction = np.where(table["coefficient"] > 0, *words)
    table["answer"] = np.where(table["answer"] == "", np.where(called, direction, "undetermined"), table["answer"])
    epv = patients.events / (1 + patients.covariates.shape[1]) if outcome.kind == SURVIVAL else np.nan
    shared = {
        "outcome_name": outcome.name,
        "evidence": EVIDENCE,
        "kind": outcome.kind,
        "outcome_unit": outcome.unit,
        "measure": MEASURES[outcome.kind],
        "covariates": ", ".join(outcome.covariates),
        "patients": len(patients.samples),
        "events": patients.events if outcome.kind == SURVIVAL else np.nan,
        "events_per_variable": epv,
    }
    return table.assign(**shared)[list(COLUMNS)]


# pytest takes every function called test_... that a test module imports for a test.
test_outcome.__test__ = False  # type: ignore[attr-defined]

COLUMNS = (
    *("outcome_name", "kind", "outcome_unit", "evidence", "variable", "name", "gene_id", "tier"),
    *(
        "measure",
        "per",
        "covariates",
        "patients",
        "events",
        "events_per_variable",
        "patients_with_counts",
        "estimate",
        "ci_low",
        "ci_high",
    ),
    *("coefficient", "se", "df", "p_value", "family", "adj_p_value", "min_detectable", "answer", "reason"),
)


def _gene_rows(panel: pd.DataFrame) -> Iterator[dict[str, Any]]:
    for symbol, gene_id, tier in zip(panel["symbol"], panel["gene_id"], panel["tier"], strict=True):
        yield {"variable": "gene", "name": symbol, "gene_id": gene_id, "tier": tier, "per": PER_GENE}


def _score_rows(scores: Scores) -> Iterator[dict[str, Any]]:
    for name in scores.values.columns:
        per = PER_LOOP if name.startswith(LOOP_PREFIX) else PER_SET
        yield {"variable": "score", "name": name, "gene_id": "", "tier": "", "per": per}


def _seen(row: Mapping[str, Any], patients: Patients, values: pd.Series | None) -> float:
    """Return in how many patients a gene was seen: a count of zero is a level of zero."""
    return np.nan if row["variable"] != "gene" or values is None else float((values[patients.samples] > 0).sum())


def _tested(
    outcome: Outcome, patients: Patients, values: pd.Series | None, absent: str, statistics: Statistics
) -> dict[str, Any]:
    """Return the numbers of one gene or score, or why there are none; an answer only where no p-value decides it."""
    numbers = ("estimate", "ci_low", "ci_high", "coefficient", "se", "df", "p_value", "min_detectable")
    empty: dict[str, Any] = dict.fromkeys(numbers, np.nan)
    held = None if values is None else values.loc[patients.samples].to_numpy(dtype=float)
    if held is None or np.isnan(held).any():
        return empty | {"answer": "not_testable", "reason": absent}
    beside = patients.covariates.to_numpy()
    columns = np.column_stack([np.ones(len(held)), beside, held])
    if np.ptp(held) < 1e-9 or np.linalg.matrix_rank(columns) < columns.shape[1]:
        return empty | {"answer": "not_testable", "reason": CONSTANT}
    if few := too_few(outcome, patients):
        return empty | few
    ask = _hazard if outcome.kind == SURVIVAL else _slope
    try:
        return empty | ask(patients, held, beside, statistics) | {"answer": "", "reason": ""}
    except (NoMaximumError, np.linalg.LinAlgError):
        return empty | {"answer": "too_few_events", "reason": NO_MAXIMUM}
    except ValueError as error:
        return empty | {"answer": "not_testable", "reason": str(error)}


def too_few(outcome: Outcome, patients: Patients) -> Mapping[str, str]:
    """Return answer and reason where there are too few events, or patients, for any test; else nothing."""
    coefficients = 1 + patients.covariates.shape[1]
    if outcome.kind == RESPONSE:
        freedom = len(patients.samples) - coefficients - 1
        if freedom >= FEWEST_FREEDOM:
            return {}
        reason = (
            f"{len(patients.samples)} patients leave {max(freedom, 0)} degrees of freedom; {FEWEST_FREEDOM} are needed"
        )
        return {"answer": "too_few_patients", "reason": reason}
    events, each = patients.events, patients.events / coefficients
    said = f"{events} event{'s' if events != 1 else ''} in {len(patients.samples)} patients"
    if events < FEWEST_EVENTS:
        return {"answer": "too_few_events", "reason": f"{said}; {FEWEST_EVENTS} are the fewest that are tested"}
    if each < FEWEST_EVENTS_PER_VARIABLE:
        needed = f"{FEWEST_EVENTS_PER_VARIABLE:g} for each are needed"
        return {"answer": "too_few_events", "reason": f"{said}, for {coefficients} variables; {needed}"}
    return {}


def _hazard(patients: Patients, value: np.ndarray, covariates: np.ndarray, statistics: Statistics) -> dict[str, float]:
    model = CoxModel(patients.time, patients.event, value, covariates)
    best, null = model.best(), model.at(0.0)
    se = 1 / np.sqrt(best.information)
    reach = special.ndtri(1 - statistics.alpha / 2) * se
    return {
        "estimate": np.exp(best.coefficient),
        "ci_low": np.exp(best.coefficient - reach),
        "ci_high": np.exp(best.coefficient + reach),
        "coefficient": best.coefficient,
        "se": se,
        "p_value": wald_test(best),
        "min_detectable": np.exp(detectable_effect(null, statistics.alpha, statistics.power)),
    }


def _slope(patients: Patients, value: np.ndarray, covariates: np.ndarray, statistics: Statistics) -> dict[str, float]:
    fit = fit_slope(patients.response, value, covariates)
    low, high = fit.interval(statistics.alpha)
    shift = float(detectable_shift(np.array([fit.df]), statistics.alpha, statistics.power)[0])
    return {
        "estimate": fit.estimate, "ci_low": low, "ci_high": high, "coefficient": fit.estimate, "se": fit.se,
        "df": fit.df, "p_value": fit.p_value, "min_detectable": shift * fit.se,
    }  # fmt: skip


def _adjusted(table: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return adjusted p-values, and the family of each."""
    p = table["p_value"].to_numpy(dtype=float)
    gene, primary = (table["variable"] == "gene").to_numpy(), (table["tier"] == "primary").to_numpy()
    adjusted = np.select(
        [primary, gene],
        [holm(np.where(primary, p, np.nan)), benjamini_hochberg(np.where(gene, p, np.nan))],
        benjamini_hochberg(np.where(gene, np.nan, p)),
    )
    names = ["primary (Holm)", "panel (Benjamini-Hochberg)"]
    return adjusted, np.select([primary, gene], names, "scores (Benjamini-Hochberg)")
