"""What the page says of one gene in one comparison."""

import numpy as np
import pandas as pd
import pytest

from autocrine.design.forms import FORMS
from autocrine.design.question import Statistics
from autocrine.design.spans import Span
from autocrine.page.gene_words import OUTCOME_CELLS, STATUS_WORDS, GeneWords, gene_words, judge_genes
from autocrine.page.render import format_fold
from autocrine.results.outcomes import OUTCOMES, STATUSES, STEPS
from autocrine.results.panel import NO_ORTHOLOGUE, STATUS_REASONS
from tests.models import model_of

AGE = {
    "column": "age",
    "unit": "unit of age",
    "lowest": 20.0,
    "highest": 70.5,
    "sd": 12.0,
    "range": 4.0,
    "step": "unit",
}


def words_of_form(form, higher="", within="2.0-fold"):
    asked = FORMS[form]
    words = asked.words_for(higher, "age", "unit of age") if asked.scaled else asked.words_for(higher)
    return GeneWords(asked, words, Span(**AGE) if asked.scaled else None, within)


def say(form="two_groups", within="2.0-fold", alpha=0.05, **gene):
    """Return the sentence of one gene with its fold changes, and its verdict."""
    row = {"log2_fc": 1.0, "p_value": 0.5, "adj_p_value": 0.9, "min_detectable_log2_fc": 2.0,
           "outcome": "undetermined", "status": "tested", "steps": 0, **gene}  # fmt: skip
    words = words_of_form(form, "resistant", within)
    places, verdicts = judge_genes(pd.DataFrame([row]), words, alpha)
    (verdict,) = verdicts
    assert places.tolist() == [0]
    numbers = {"log2": row["log2_fc"], "detectable": row["min_detectable_log2_fc"]}
    parts = [part if isinstance(part, str) else format_fold(numbers[part["fold"]] * part["times"])
             for part in verdict["said"]]  # fmt: skip
    return "".join(parts), verdict


@pytest.mark.parametrize(
    ("form", "gene", "sentence"),
    [
        ("two_groups", {"outcome": "changed", "log2_fc": -2.0}, "Lower in resistant, 4.0-fold."),
        ("two_groups", {"outcome": "changed"}, "Higher in resistant, 2.0-fold."),
        ("trend", {"outcome": "changed"}, "It rises towards resistant, on average 2.0-fold per step."),
        ("trend", {"outcome": "changed", "steps": 3},
         "It rises towards resistant, on average 2.0-fold per step, steps in different directions."),
        ("trend", {"outcome": "small_change", "steps": 1, "log2_fc": -0.3},
         "It falls towards resistant, at every step, but surely by less than 2.0-fold."),
        ("difference", {"outcome": "changed", "log2_fc": -1.0}, "The first change lies below the second, 2.0-fold."),
        ("difference", {"outcome": "equivalent"},
         "The two changes are as good as the same: they differ by less than 2.0-fold."),
        # A small effect per unit is given over the whole measured range too.
        ("per_unit", {"outcome": "changed", "log2_fc": -2.2},
         "It falls with age, 4.6-fold per unit of age (446-fold from 20 to 70.50)."),
        ("per_unit", {"min_detectable_log2_fc": 2.2}, "Undetermined: neither a change per unit of age nor its absence "
         "is shown. A single test would probably have found a change of 4.6-fold per unit of age (446-fold from 20 to "
         "70.50)."),
        ("any_difference", {"outcome": "changed"},
         "It differs among the groups, 2.0-fold between the highest and the lowest."),
        ("two_groups", {"outcome": "changed", "status": "not_converged"},
         "Higher in resistant, 2.0-fold. But the fit did not converge: read with care."),
        ("two_groups", {"outcome": "equivalent"}, "As good as unchanged: any change is smaller than 2.0-fold."),
        ("two_groups", {"outcome": "small_change"}, "Higher in resistant, but surely by less than 2.0-fold."),
        ("two_groups", {}, "Undetermined: neither a change nor its absence is shown. A single test would probably "
         "have found a change of 4.0-fold."),
        ("trend", {}, "Undetermined: neither a change nor its absence is shown. A single test would probably have "
         "found a change of 4.0-fold per step."),
        ("difference", {"min_detectable_log2_fc": np.nan},
         "Undetermined: neither a difference of the changes nor its absence is shown."),
        ("two_groups", {"log2_fc": -3.0, "p_value": 0.001}, "Undetermined: neither a change nor its absence is shown. "
         "Seen alone it would count; among all that were tested it may be chance."),
        ("two_groups", {"log2_fc": -3.0, "p_value": 0.06},
         "Undetermined: neither a change nor its absence is shown. Even seen alone it could be chance."),
        ("two_groups", {"p_value": 0.001, "adj_p_value": np.nan, "status": "filtered"},
         "Not judged: too low for the genome-wide test (independent filtering)."),
        ("two_groups", {"min_detectable_log2_fc": np.inf}, "Undetermined: neither a change nor its absence is shown. "
         "These samples could not have shown any change of this gene."),
        ("two_groups", {"log2_fc": np.nan, "p_value": np.nan, "adj_p_value": np.nan, "status": "all_zero"},
         "No estimate: no read in any sample of this model."),
        ("two_groups", {"log2_fc": np.nan, "p_value": np.nan, "adj_p_value": np.nan, "status": "unread"},
         "No estimate: no read in the compared groups, outlying counts aside."),
        # Without a p-value nothing is said of one.
        ("two_groups", {"log2_fc": 3.0, "p_value": np.nan, "adj_p_value": np.nan, "status": "outlier"},
         "Not tested: one count is an outlier (Cook's distance) and there are too few replicates to replace it."),
    ],
)  # fmt: skip
def test_a_sentence_never_calls_undetermined_what_is_unchanged_nor_names_the_wrong_side(form, gene, sentence):
    assert say(form, **gene)[0] == sentence


def test_a_cell_and_a_side_go_with_the_sentence():
    assert {key: say(outcome="changed")[1][key] for key in ("outcome", "side")} == {"outcome": "changed", "side": "up"}
    assert say(outcome="small_change", log2_fc=-0.1)[1]["side"] == "down"
    assert say("any_difference", outcome="changed")[1]["side"] == "differs"
    assert say(outcome="equivalent")[1]["side"] == ""
    assert say()[1]["outcome"] == "undetermined"
    assert say(adj_p_value=np.nan, status="filtered")[1]["outcome"] == "too low to test"
    # At another threshold of the same p-value the words are others: nothing else decides.
    assert "Seen alone" in say(log2_fc=3.0, p_value=0.06, alpha=0.1)[0]


def test_every_status_outcome_and_form_has_words():
    assert set(STATUS_WORDS) == {*STATUSES, "absent", NO_ORTHOLOGUE} == {*STATUS_REASONS, "tested"} and set(
        OUTCOME_CELLS
    ) == set(OUTCOMES)
    for form in FORMS:
        words = words_of_form(form, "r")
        assert words.words.effect.startswith("log2") and words.sides
        for outcome in OUTCOMES:
            assert words.describe(outcome, "tested", True, STEPS[1], "adjusted", 2)


def test_genes_share_what_is_said_of_them():
    table = pd.DataFrame(
        {"log2_fc": [1.0, 2.0, -1.0, np.nan], "p_value": [0.001, 0.002, 0.001, np.nan],
         "adj_p_value": [0.01, 0.01, 0.01, np.nan], "min_detectable_log2_fc": [0.5, np.inf, np.nan, np.nan],
         "outcome": ["changed", "changed", "changed", "undetermined"],
         "status": ["tested", "tested", "tested", "absent"], "steps": 0}
    )  # fmt: skip
    places, verdicts = judge_genes(table, words_of_form("two_groups", "r"), 0.05)
    assert places.tolist() == [0, 0, 1, 2] and len(verdicts) == 3


def test_what_was_found_is_described_and_finding_nothing_is_called_no_proof():
    words = words_of_form("trend", "late")
    found = {"tested": 12345, "up": 1000, "down": 7, "equivalent": 3}
    assert words.describe_found(found, 0.05) == (
        "Of 12,345 tested genes 1,000 rises towards late, 7 falls towards late (adjusted p-value below 0.05)."
    )
    assert "5 differ (" in words_of_form("any_difference").describe_found(found | {"up": 5, "down": 0}, 0.1)
    both = words_of_form("difference").describe_found(found, 0.05)
    assert "genes in 1,000 the first change lies above the second, in 7 the first change lies below" in both
    none = words.describe_found({"tested": 10, "up": 0, "down": 0}, 0.05)
    assert none.startswith("None of 10 tested genes has an adjusted p-value below 0.05. That is no proof")


def test_the_margin_of_a_measurement_is_given_over_its_span():
    model = model_of("~ age", {"c": {"per_unit": "age"}})
    words = gene_words(model.contrasts["c"], model, {"c": Span(**AGE)}, Statistics(0.05, 1.0, 0.8))
    assert words.within == "2.0-fold per standard deviation of age (12 units)"


def test_a_trend_over_places_is_described_from_the_first_group_to_the_last():
    trend = {"factor": "stage", "trend": ["early", "mid", "late"]}
    asked = {"steps": trend, "days": {**trend, "places": [0, 365, 1500], "place_unit": "day"}}
    model = model_of("~ stage", asked)
    steps, days = (gene_words(model.contrasts[name], model, {}, Statistics(0.05, 1.0, 0.8)) for name in asked)
    assert steps.describe_change(1.0) == "2.0-fold per step"
    assert days.describe_change(2 / 1500) == "1.00092-fold per day (4.0-fold from early to late)"
    said = days.describe("changed", "tested", True, "", "adjusted", 0)
    assert said[1:] == [
        {"fold": "log2", "times": 1}, " per day (", {"fold": "log2", "times": 1500.0}, " from early to late).",
    ]  # fmt: skip


def test_folds_are_written_as_the_script_writes_them():
    assert [format_fold(value) for value in (1.0, -4.0, 0.07, 10.0)] == [
        "2.0-fold",
        "16-fold",
        "1.050-fold",
        "1,024-fold",
    ]
