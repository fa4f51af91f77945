"""Sentences for a paper say n, effect, interval, p-value, family and caveats, and claim nothing else."""

from types import SimpleNamespace

import numpy as np
import pytest

from autocrine.claims.of_cells import ABUNDANCE, FRACTION, UNITS
from autocrine.page.citations import cite_claim, cite_claims, cite_gene, count_samples, frame_comparison

CLAIM = {
    "claim": "C1", "statement": "BMPR1B is high.", "verdict": "supported",
    "words": "in stem cells: higher in resistant",
    "gene": "BMPR1B", "score": "", "of_cells": "", "cells_subject": "", "unit": "log2", "log2_fc": 2.888,
    "ci_low": 2.21, "ci_high": 3.58, "verdict_p_value": 1.5e-6,
    "verdict_test": "difference", "sensitivity_other": 0.0, "sensitivity_fits": 17, "doublets_verdict": "",
    "family": "primary claims (Holm)",
    "min_detectable_log2_fc": 1.2, "one_sample_words": "", "second_words": "", "composition_flag": "",
    "contrary_words": "", "caveat": "Messenger RNA only.", "model": "m", "contrast": "c",
}  # fmt: skip


def test_a_claim_is_cited_with_all_that_it_rests_on():
    sentence = cite_claim(CLAIM, "6 resistant against 6 sensitive", ["fractions differ"], 0.05, False)
    assert sentence == (
        "“BMPR1B is high” (C1) is supported: in stem cells: higher in resistant (BMPR1B, log2 2.89; 95% interval "
        "2.21 to 3.58; adjusted p of a difference 1.5e-6, primary claims (Holm); 6 resistant against 6 sensitive). "
        "Caveats: Messenger RNA only; fractions differ."
    )
    assert cite_claim(CLAIM, "", [], 0.05, True).startswith("SIMULATED data. “BMPR1B")


def test_a_claim_is_cited_with_the_test_that_decided_and_the_caveats_of_the_page():
    row = CLAIM | {"verdict_test": "equivalence", "sensitivity_other": 8.0, "doublets_verdict": "not_testable"}
    sentence = cite_claim(row, "", [], 0.05, False)
    assert "adjusted p of equivalence 1.5e-6" in sentence
    assert (
        "Caveats: the outcome of BMPR1B is another in 8 of 17 changed fits; without likely doublets: not testable; Mess"
        in sentence
    )


def test_an_inconclusive_claim_says_what_would_have_been_seen_and_missing_numbers_are_left_out():
    row = CLAIM | {"verdict": "inconclusive", "caveat": np.nan, "verdict_p_value": np.nan}
    sentence = cite_claim(row, "", [], 0.1, False)
    assert sentence.endswith("(BMPR1B, log2 2.89; 90% interval 2.21 to 3.58).")
    assert "found" not in cite_claim(row | {"min_detectable_log2_fc": np.inf}, "", [], 0.1, False)
    cells = row | {"unit": UNITS[FRACTION], "of_cells": FRACTION, "cells_subject": "BMP4"}
    with_ratio = cite_claim(cells | {"log2_fc": 1.0, "ci_low": 0.0, "ci_high": 2.0}, "", [], 0.05, False)
    assert "odds ratio" in with_ratio and "1.00 to 4.00" in with_ratio


def test_the_share_of_a_state_is_not_cited_with_the_samples_of_a_model_of_one_state():
    row = CLAIM | {"of_cells": ABUNDANCE, "unit": UNITS[ABUNDANCE], "cells_subject": "LSC", "df": 5.0}
    sentence = cite_claim(row, "5 imatinib against 5 untreated", ["P6 was left out"], 0.05, False)
    assert "5 imatinib" not in sentence and "P6" not in sentence
    assert "t with 5 degrees of freedom, shares of all kept cells of a sample)." in sentence


def test_claims_that_were_tested_get_a_sentence_and_a_place_of_their_own():
    files = [{"rows": [dict(CLAIM), CLAIM | {"verdict": "not_testable"}]}, {"rows": [dict(CLAIM)]}]
    cite_claims(files, {"m/c": "3 a against 3 b"}, [{"text": "odd", "touches": ["m/c"]}], 0.05, False)
    assert [row.get("place") for file in files for row in file["rows"]] == [0, None, 1]
    assert files[1]["rows"][0]["sentence"].endswith("3 a against 3 b). Caveats: Messenger RNA only; odd.")


def test_numbers_of_a_gene_follow_the_outcome():
    # Groups may be called so that a stop is inside the outcome.
    more = [" One would have found ", {"fold": "detectable", "times": 1}, "."]
    parts = cite_gene(["higher in vs. control"], more, "log2", 0.05, tested=True)
    assert parts[:3] == [{"value": "gene"}, ": ", "higher in vs. control"]
    assert parts[-4:] == [").", *more]
    assert {"where": "adj", "then": ["; adjusted p ", {"p": "adj"}, ", ", {"value": "family"}]} in parts
    of_equivalence = cite_gene(["as good as unchanged"], [], "log2", 0.05, tested=True, of_difference=True)
    assert of_equivalence[-2]["then"][0] == "; adjusted p of a difference " and of_equivalence[-1] == ")."
    assert cite_gene(["no estimate"], [], "log2", 0.05, tested=False) == [{"value": "gene"}, ": ", "no estimate", "."]


@pytest.mark.parametrize(("warnings", "after"), [([], ""), (["a"], " Caveat: a."), (["a", "b"], " Caveats: a; b.")])
def test_a_comparison_frames_its_genes(warnings, after):
    assert frame_comparison("Stem cells", "3 against 3", warnings, True) == {
        "before": "SIMULATED data. Stem cells (3 against 3). ", "after": after,
    }  # fmt: skip


def test_differences_say_their_samples():
    def part(name, difference):
        groups = {"a": ["s1", "s2"], "b": ["s2", "s3"]}
        return {"model": SimpleNamespace(name="m"), "contrast": SimpleNamespace(name=name, difference=difference),
                "record": {"groups": groups}, "said": name}  # fmt: skip

    assert count_samples([part("two", ()), part("diff", ("x", "y"))]) == {"m/two": "two", "m/diff": "diff; 3 samples"}
