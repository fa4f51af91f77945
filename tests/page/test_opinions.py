"""What the page says of other methods."""

import numpy as np
import pandas as pd

from autocrine.page.figures.story import draw_story
from autocrine.page.opinions import beside_each_other, describe_opinions, describe_shared, tabulate_agreement

PANEL = pd.DataFrame(
    {
        "symbol": ["A", "B", "A", "B"], "model": "m", "contrast": ["c", "c", "d", "d"], "tier": "primary",
        "log2_fc": [1.0, 0.2, 2.0, np.nan], "ci_low": [0.5, -1, 1, np.nan], "ci_high": [1.5, 1, 3, np.nan],
        "p_value": [0.001, 0.7, 0.001, np.nan], "primary_adj_p_value": [0.002, 0.7, 0.001, np.nan],
        "outcome": ["changed", "undetermined", "changed", "undetermined"], "equivalence_margin": 1.0, "reason": "",
        "voom_log2_fc": [1.1, 0.1, np.nan, np.nan], "voom_ci_low": [0.6, -0.4, np.nan, np.nan],
        "voom_ci_high": [1.6, 0.6, np.nan, np.nan], "voom_p_value": [0.002, 0.6, np.nan, np.nan],
        "voom_adj_p_value": [0.004, 0.6, np.nan, np.nan], "voom_outcome": ["changed", "equivalent", np.nan, np.nan],
        "pydeseq2_log2_fc": np.nan, "pydeseq2_ci_low": np.nan, "pydeseq2_ci_high": np.nan, "pydeseq2_p_value": np.nan,
        "pydeseq2_adj_p_value": np.nan, "pydeseq2_outcome": np.nan,
    }
)  # fmt: skip


def test_each_method_that_has_an_answer_says_it_with_its_interval():
    rows = PANEL.to_dict("records")
    assert describe_opinions(rows[0]) == ["voom: also changed, log2 1.10 (0.60 to 1.60)."]
    assert describe_opinions(rows[1]) == ["voom: equivalent, log2 0.10 (−0.40 to 0.60)."]
    assert describe_opinions(rows[2]) == []
    claim = {"verdict": "supported", "outcome": "", "pydeseq2_verdict": "not_shared", "pydeseq2_log2_fc": -2.0,
             "pydeseq2_ci_low": -3.0, "pydeseq2_ci_high": -1.0, "voom_verdict": ""}  # fmt: skip
    assert describe_opinions(claim) == ["PyDESeq2: not shared, log2 −2.00 (−3.00 to −1.00)."]


def test_shared_verdicts_are_counted_over_those_that_a_method_could_judge():
    claims = [
        {"verdict": "supported", "voom_verdict": "supported", "pydeseq2_verdict": np.nan},
        {"verdict": "supported", "voom_verdict": "inconclusive", "pydeseq2_verdict": "supported"},
        {"verdict": "not_testable", "voom_verdict": "", "pydeseq2_verdict": ""},
    ]
    assert describe_shared(claims) == (
        "voom shares 1 of the 2 verdicts on genes that it could judge; PyDESeq2 shares the one verdict on a gene "
        "that it could judge."
    )
    assert describe_shared(claims[2:]) == ""


def test_agreement_of_one_method_is_beside_the_reason_why_another_has_none():
    seen = {"genes": 90, "correlation": 0.9, "both": 3, "first": 1, "second": 2}
    fits = {"m": {"contrasts": {
        "c": {"second_opinion": {"voom": seen, "pydeseq2": {"reason": "it cannot"}}}, "d": {"second_opinion": {}},
    }}}  # fmt: skip
    (voom, other), nobody = tabulate_agreement([("m", "c"), ("m", "d")], fits, PANEL)
    assert (voom["name"], voom["both"], voom["judged"], voom["shared"], voom["reason"]) == ("voom", 3, 2, 1, "")
    assert (other["name"], other["reason"], other["judged"]) == ("PyDESeq2", "it cannot", 0) and nobody == []
    assert tabulate_agreement([("m", "d")], fits, PANEL) == []


def test_the_figure_has_a_row_for_each_method_with_an_answer():
    rows = beside_each_other(PANEL)
    assert rows[["model", "contrast", "symbol"]].values.tolist() == [
        ["m/c", "", "A"], ["m/c", "", "B"], ["m/d", "", "A"], ["m/d", "", "B"], ["m/c", "voom", "A"],
        ["m/c", "voom", "B"],
    ]  # fmt: skip
    assert rows["log2_fc"][4] == 1.1 and rows["primary_adj_p_value"][4] == 0.004 and rows["outcome"][5] == "equivalent"
    titles = {
        ("m/c", ""): ("M: C", "shown here"),
        ("m/c", "voom"): ("M: C", "voom"),
        ("m/d", ""): ("M: D", "shown here"),
    }
    figure = draw_story(rows, titles, {}, "By each method")
    drawn = [line.get_gid() for axis in figure.axes for line in axis.lines if line.get_gid()]
    assert drawn.count("equivalent") == 1 and drawn.count("up") == 3 and drawn.count("undetermined") == 1
    assert figure.texts[0].get_text() == "By each method"
    assert "n" not in [text.get_text() for axis in figure.axes for text in axis.texts]
