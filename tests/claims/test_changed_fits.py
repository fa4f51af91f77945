"""Verdicts on fits with one thing changed: those of the same rules on their numbers, or why there is none."""

from functools import partial

import numpy as np
import pandas as pd

from autocrine.claims.changed_fits import OF_SCORE, OWN_MARGIN, judge_changed_fits
from autocrine.claims.claims import Claims
from autocrine.claims.gathering import gather_evidence
from autocrine.claims.verdicts import decide, tabulate_verdicts
from tests.claims.test_verdicts import BOUND, ROLES, claim, gene, score

GENES = ["BMP4", "BMP2", "ID1"]


def changed(variant="without P1", effect=2.0, p=0.001, equivalence=1.0, symbols=GENES, contrast="c", **more):
    """The rows of a fit in which all genes have the same numbers."""
    return pd.DataFrame(
        [
            {"contrast": contrast, "kind": "donor", "changed": variant[8:], "variant": variant,
             "gene_id": f"E_{symbol}", "log2_fc": effect, "lfc_se": 0.5, "ci_low": effect - 1, "ci_high": effect + 1,
             "p_value": p, "moderated_p_value": p, "equivalence_p_value": equivalence,
             "step_p_value": np.nan, "lowest": "", "highest": "", "reason": "", **more}
            for symbol in symbols
        ]
    )  # fmt: skip


def again(asked, panel, bound, fits):
    """The verdicts on the main fits, and those on the changed ones: model -> its fits."""
    scores, alpha = pd.DataFrame([score()]), 0.05

    def gather(claims, table):
        return gather_evidence(claims, table, scores, bound, alpha, 1.0)

    verdicts, evidence = partial(decide, alpha=alpha), gather(asked, panel)
    return tabulate_verdicts(verdicts(evidence)), judge_changed_fits(asked, evidence, gather, verdicts, panel, fits)


def judged(claims, *fits, **more):
    rows = [gene(symbol, gene_id=f"E_{symbol}", **more) for symbol in GENES]
    _, found = again(Claims("t", "c", "", ROLES, tuple(claims)), pd.DataFrame(rows), BOUND, {"m": pd.concat(fits)})
    return found.set_index(["variant", "claim"])


def test_a_verdict_is_that_of_the_same_rules_on_the_changed_numbers():
    claims = [claim(id="up"), claim("unchanged", "BMP2", id="same")]
    found = judged(
        claims,
        changed(),
        changed("without P2", effect=-2.0),
        changed("without P3", effect=0.1, p=0.9, equivalence=0.001),
        changed("without P4", p=0.04),
    )
    assert found["verdict"].unstack().loc["without P1"].to_dict() == {"up": "supported", "same": "contradicted"}
    assert found["verdict"].unstack().loc["without P2"].to_dict() == {"up": "contradicted", "same": "contradicted"}
    # Equivalence is asked for those claims only that it can decide.
    assert found["verdict"].unstack().loc["without P3"].to_dict() == {"up": "inconclusive", "same": "supported"}
    # Two claims: 0.04 is 0.08 by Holm.
    assert found.loc[("without P4", "up"), "verdict"] == "inconclusive"
    assert found["other"].unstack().loc["without P3"].to_dict() == {"up": True, "same": True}
    assert not found.loc["without P1", "other"].any() and (found["reason"] == "").all()
    assert found.loc[("without P2", "up"), ["log2_fc", "ci_low"]].tolist() == [-2.0, -3.0]
    # What could have been seen is known of the main fit only.
    assert "is not known" in found.loc[("without P4", "up"), "words"]


def test_where_there_can_be_no_verdict_the_reason_is_given_and_nothing_is_guessed():
    lost = pd.DataFrame([{**changed().iloc[0], "variant": "without P5", "gene_id": "", "reason": "too few samples"}])
    lost[["log2_fc", "p_value", "moderated_p_value", "equivalence_p_value"]] = np.nan
    claims = [claim(id="gene"), claim(id="own", margin=0.5), claim(id="score", score="loop_BMP4")]
    found = judged(claims, changed(effect=-2.0), lost, changed("without P6", symbols=["ID1"]))
    assert found.loc["without P1", "reason"].to_dict() == {"gene": "", "own": OWN_MARGIN, "score": OF_SCORE}
    assert found.loc["without P1", "verdict"].to_dict() == {"gene": "contradicted", "own": "", "score": ""}
    assert found.loc[("without P5", "gene"), ["verdict", "reason"]].tolist() == ["", "too few samples"]
    assert found.loc[("without P6", "gene"), ["verdict", "reason"]].tolist() == ["", "this fit gave no effect"]
    assert found["other"].sum() == 1


def test_claims_of_other_comparisons_are_named_where_the_family_moves_them():
    rows = [gene("BMP4", gene_id="E_BMP4"), gene("BMP4", gene_id="E_BMP4", contrast="d", p=0.03) | {"model": "n"}]
    asked = Claims("t", "c", "", ROLES, (claim(id="first"), claim(id="second", role="other")))
    fits = {"m": changed(p=0.04, symbols=["BMP4"]), "n": changed(symbols=["BMP4"], contrast="d")}
    first, found = again(asked, pd.DataFrame(rows), {"lsc": [("m", "c")], "other": [("n", "d")]}, fits)
    assert first["verdict"].tolist() == ["supported", "supported"]
    # 0.03 was adjusted as the larger of two p-values, and is the smaller now.
    assert found.loc[found["model"] == "m", ["claim", "verdict", "other"]].to_numpy().tolist() == [
        ["first", "inconclusive", True],
        ["second", "inconclusive", True],
    ]
    assert found.loc[found["model"] == "n", "claim"].tolist() == ["second"]


def test_words_name_the_ends_and_steps_of_the_changed_fit():
    ends = {"highest": "resistant", "lowest": "sensitive"}
    fits = [changed(highest="diagnosis", lowest="sensitive"), changed("without P2", p=0.4)]
    found = judged([claim("differs")], *fits, **ends)["words"]
    assert found[("without P1", "A")] == "highest in diagnosis, lowest in sensitive"
    assert "resistant" not in found[("without P2", "A")]
    steps = judged([claim()], changed(step_p_value=0.2), changed("without P2", step_p_value=0.01), step_p_value=0.3)
    assert [words.endswith("not surely at every step") for words in steps["words"]] == [True, False]
