"""What the page knows of one gene beside the tables of all."""

import numpy as np
import pandas as pd

from autocrine.page.dossier import LEVELS_SHOWN, describe_claims, pack_changes, pack_members, pack_sheet
from tests.page.test_blocks import read_json
from tests.page.test_payload import unpack


def test_columns_of_the_sheet_are_levels_or_numbers():
    n = LEVELS_SHOWN + 1
    sheet = pd.DataFrame(
        {
            "arm": ["b", "a", None, *["a"] * (n - 3)],
            "fraction": [0.25, np.nan, 0.5, *[np.inf] * (n - 3)],
            "treated": [True, *[False] * (n - 1)],
            "sample_name": [f"s{i}" for i in range(n)],
            "same": ["x"] * n,
            "equal": [1.0] * n,
            "kind": pd.Categorical(["<b>", "nan", *["z"] * (n - 2)]),
        }
    )
    arm, fraction, treated, kind = read_json(pack_sheet(sheet))
    assert arm["levels"] == ["a", "b"] and arm["level"][:4] == [1, 0, -1, 0]
    assert fraction["numbers"][:4] == [0.25, None, 0.5, None]
    assert treated["levels"] == ["False", "True"] and kind["levels"] == ["<b>", "z"] and kind["level"][1] == -1


def test_changed_fits_are_described_as_differences_from_the_main_fit():
    variants = pd.DataFrame(
        {
            "contrast": ["c", "c", "c", "c", "d", "c"],
            "kind": ["donor", "donor", "with", "with", "donor", "donor"],
            "variant": ["without P1", "without P1", "with age", "with age", "without P9", "without P1"],
            "gene_id": ["E2", "E1", "E2", "E1", "E1", "GONE"],
            "log2_fc": [1.5, -1.0, 2.5, np.nan, 9.0, 1.0],
        }
    )
    main = pd.DataFrame({"gene_id": ["E1", "E2"], "log2_fc": [-1.2, 2.0]})
    tables = {
        pair: main.assign(ci_low=main["log2_fc"] - 3, ci_high=main["log2_fc"] + 3) for pair in (("m", "c"), ("x", "c"))
    }
    blocks = pack_changes({"m": variants}, tables, {"E1": 0, "E2": 1})
    first, second = read_json(blocks["changes"])
    assert second == {"genes": [], "fits": []} and set(blocks) == {"changes", "v0"}
    assert first["genes"] == [1, 0]
    assert first["fits"] == [
        {"variant": "without P1", "kind": "donor"},
        {"variant": "with age", "kind": "with"},
    ]
    np.testing.assert_allclose(unpack(blocks["v0"]), [-0.5, 0.5, 0.2, np.nan], atol=0.011)


def test_sets_that_are_shown_come_with_their_genes():
    sets = pd.DataFrame({"gene_set": ["A", "C"], "genes": [("E3", "E1", "GONE"), ("GONE",)]})
    packed = read_json(pack_members({"f.gmt": sets}, ["E1", "E2", "E3"]))
    assert packed == [{"file": "f.gmt", "name": "A", "genes": [0, 2]}]
    assert read_json(pack_members({}, ["E1"])) == []


def test_claims_about_a_gene_are_shown_with_the_evidence_against_them():
    row = {"gene": "BMP4", "claim": "C1", "statement": "It rises.", "verdict": "supported", "words": "higher in r",
           "one_sample_words": "", "second_words": np.nan, "contrary_words": "bmp_smad_targets goes down",
           "composition_flag": "no larger than composition", "sensitivity_other": 8.0, "sensitivity_fits": 17.0,
           "doublets_verdict": "", "caveat": "RNA only."}  # fmt: skip
    rows = [
        row,
        row | {"gene": "ELSE"},
        row | {"gene": np.nan, "score": "loop"},
    ]
    (claim,) = describe_claims([{"rows": rows}], {"BMP4": 3, "ELSE": -1})
    assert claim == {
        "place": 3, "claim": "C1", "statement": "It rises.", "verdict": "supported",
        "said": "Higher in r. No larger than composition. Against it: bmp_smad_targets goes down. "
        "The outcome of BMP4 is another in 8 of 17 changed fits. RNA only.",
    }  # fmt: skip
