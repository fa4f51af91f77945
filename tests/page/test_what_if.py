"""What the page knows of changed fits, against the tables that it comes from."""

import numpy as np
import pandas as pd
import pytest

from autocrine.page.dossier import pack_changes
from autocrine.page.payload import pack_numbers
from autocrine.page.rounding import CHANGE_STEP, CHANGED_REACH_STEP, round_table
from autocrine.page.what_if import describe_changed_verdicts, pack_what_if
from autocrine.results.robustness import decide_variants
from tests.page.test_blocks import read_json
from tests.page.test_payload import unpack

GENES = ["E1", "E2", "E3"]


def variants():
    rows = [
        (variant, gene, effect, p, equivalence)
        for variant, shift in (("without P1", 0.0), ("with age", 2.0))
        for gene, effect, p, equivalence in (
            ("E1", 2.0 - shift, 0.001 + shift, 1.0),
            ("E2", 0.1, 0.9, 0.001),
            ("E3", 1.0, 0.2, 0.4),
        )
    ]
    table = pd.DataFrame(rows, columns=["variant", "gene_id", "log2_fc", "moderated_p_value", "equivalence_p_value"])
    table["moderated_p_value"] = table["moderated_p_value"].clip(upper=1.0)
    return table.assign(
        contrast="c",
        kind="donor",
        changed=table["variant"],
        ci_low=table["log2_fc"] - 0.77,
        ci_high=table["log2_fc"] + 0.77,
        reason="",
    )[table["variant"].eq("without P1") | table["gene_id"].ne("E3")]


def panel():
    main = {"model": "m", "contrast": "c", "tier": ["primary", "primary", "other"], "gene_id": GENES}
    return pd.DataFrame({**main, "log2_fc": [2.0, 0.1, 1.0], "outcome": ["changed", "equivalent", "undetermined"]})


def test_outcomes_intervals_and_effects_without_a_sample_are_those_of_the_tables():
    found, main = variants(), panel()
    singles = pd.DataFrame({"contrast": "c", "gene_id": ["E1", "E2"], "sample": ["s1", "s<b>"], "log2_fc": [1.5, 0.3]})
    tables = {("m", "c"): main.assign(ci_low=main["log2_fc"] - 2, ci_high=main["log2_fc"] + 2)}
    tables["n", "d"] = pd.DataFrame()
    places = {gene: place for place, gene in enumerate(GENES)}
    blocks = pack_what_if({"m": found}, {"m": singles}, main, tables, places, 0.05)
    data = read_json(blocks["outcomes"])
    assert data["comparisons"] == [{"samples": ["s1", "s<b>"]}, {"samples": []}]
    outcomes = np.reshape(unpack(blocks["o0"]), (3, 3))
    names = [[None if np.isnan(code) else data["names"][int(code)] for code in row] for row in outcomes]
    assert names == [
        ["changed", "changed", "undetermined"],
        ["equivalent", "equivalent", "equivalent"],
        ["undetermined", "undetermined", None],
    ]
    decided = decide_variants(found, main, 0.05)
    assert decided.loc[decided["other"], "variant"].tolist() == ["with age"]
    np.testing.assert_allclose(np.reshape(unpack(blocks["h0"]), (3, 2))[:, 0], 0.77, rtol=CHANGED_REACH_STEP / 2)
    without = np.reshape(unpack(blocks["w0"]), (3, 2))
    np.testing.assert_allclose(without[:2], [[-0.5, np.nan], [np.nan, 0.2]], atol=CHANGE_STEP / 2 + 1e-9)
    assert set(blocks) == {"outcomes", "o0", "h0", "w0"}


@pytest.mark.parametrize("scale", [8e-6, 0.02, 1.0])
def test_intervals_of_changed_fits_hold_zero_where_those_of_the_table_do(scale):
    """Of age per year the page said 0.02 (0.01 to 0.03) where the table has 0.0146 (-0.013 to 0.042)."""
    random = np.random.default_rng(3)
    genes = [f"E{i}" for i in range(60)]
    main = pd.DataFrame({"gene_id": genes, "log2_fc": scale * random.normal(0, 1, 60), "outcome": "undetermined"})
    main = main.assign(model="m", contrast="c", tier="other", ci_low=main["log2_fc"] - scale)
    main["ci_high"] = main["log2_fc"] + scale
    changed = pd.concat(
        [
            main.assign(
                variant=f"without P{i}", kind="donor", log2_fc=main["log2_fc"] + scale * random.normal(0, 0.3, 60)
            )
            for i in range(5)
        ]
    )
    reach = scale * random.lognormal(0, 0.3, len(changed))
    # A third of the intervals end beside zero.
    changed["log2_fc"] = np.where(
        np.arange(len(changed)) % 3, changed["log2_fc"], reach * random.normal(1, 2e-3, len(changed))
    )
    changed = changed.assign(ci_low=changed["log2_fc"] - reach, ci_high=changed["log2_fc"] + reach)
    changed = changed.assign(moderated_p_value=0.5, equivalence_p_value=0.5, reason="", changed=changed["variant"])
    tables, places = {("m", "c"): main}, {gene: place for place, gene in enumerate(genes)}
    single = pd.DataFrame(columns=["contrast", "gene_id", "sample", "log2_fc"])
    blocks = pack_changes({"m": changed}, tables, places)
    blocks |= pack_what_if({"m": changed}, {"m": single}, main, tables, places, 0.05)
    rounded = round_table(main)
    shown = unpack(pack_numbers(rounded["log2"], rounded.attrs["step"], signed=True))
    now = shown[:, None] + np.reshape(unpack(blocks["v0"]), (60, 5))
    held = np.reshape(unpack(blocks["h0"]), (60, 5))
    asked = {name: changed.pivot(index="gene_id", columns="variant", values=name).loc[genes].to_numpy()
             for name in ("log2_fc", "ci_low", "ci_high")}  # fmt: skip
    np.testing.assert_allclose(now, asked["log2_fc"], rtol=0, atol=0.02 * scale)
    np.testing.assert_allclose(held, (asked["ci_high"] - asked["ci_low"]) / 2, rtol=0.06)
    np.testing.assert_array_equal(now - held > 0, asked["ci_low"] > 0)
    np.testing.assert_array_equal(now + held < 0, asked["ci_high"] < 0)


def test_verdicts_are_sorted_by_what_becomes_of_them():
    rows = [("A", "supported", "m"), ("B", "supported", "m"), ("S", "contradicted", "m"), ("F", "supported", "far")]
    held = [{"claim": name, "statement": f"says {name}", "verdict": kind, "model": of} for name, kind, of in rows]
    claims = [{"title": "t", "rows": held}]
    changed = pd.DataFrame(
        [
            ("A", "inconclusive", "no difference", True, ""),
            ("B", "supported", "higher", False, ""),
            ("S", "", "", False, "scores are tested once"),
            ("F", "inconclusive", "no difference", True, ""),
        ],
        columns=["claim", "verdict", "words", "other", "reason"],
    ).assign(title="t", model="m", variant="without P1")
    described = read_json(describe_changed_verdicts(changed, claims))["m"]["without P1"]
    assert described["same"] == ["B"] and described["none"] == {"scores are tested once": ["S"]}
    ways = {"before": "supported", "after": "inconclusive", "words": "no difference"}
    # A claim on another model's comparison is another only by the adjustment over all claims.
    assert described["other"] == [
        {"claim": "A", "statement": "says A", "of": "", **ways},
        {"claim": "F", "statement": "says F", "of": "far", **ways},
    ]
    assert read_json(describe_changed_verdicts(None, claims)) == {}
