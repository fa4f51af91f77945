"""Every gene over cohorts has the numbers of the panel's genes, and the page reads them back as they were rounded."""

import numpy as np
import pandas as pd
import pytest
from anndata import read_h5ad

from autocrine.cohorts.genome import COMPARISON, align_genes, list_comparisons, pool_genes
from autocrine.cohorts.pooling import pool_effects
from autocrine.columns import POOLED_GENES
from autocrine.page.cohort_genes import COARSE, describe_roles, list_pools, order_genes, pack_cohort_genes
from autocrine.tables import read_table, write_table
from tests.cohorts.test_pooling import member, panel_of, pooled
from tests.page.test_payload import unpack

KINDS = {"c0": "bulk", "c1": "bulk", "c2": "arrays", "c3": "cells", "c4": "bulk", "c5": "bulk"}
KNOWN = pd.DataFrame({"gene_id": ["EBMP4"], "entrez": ["652"], "aliases": ["BMP2B|ZYME"]})


def study(number=6, **other):
    """Return effects of the panel's genes of some cohorts, and their gene tables, which hold one gene more."""
    members = [member(f"c{i}", **other) for i in range(number)]
    panels = [panel_of(value) for value in (1.0, 1.5, 2.0, 0.8, 1.1, -0.3)[:number]]
    effects, meta = pooled(members, panels)
    tables = [panel.rename(columns={"symbol": "gene_name"}).drop(columns="reason") for panel in panels]
    more = tables[0].iloc[[0]].assign(gene_id="EONLY", gene_name="<b>ONLY", log2_fc=3.0)
    return effects, meta, [pd.concat([tables[0], more], ignore_index=True), *tables[1:]]


def test_genes_of_the_panel_have_the_pooled_numbers_of_the_panel():
    effects, meta, tables = study()
    found = align_genes(list_comparisons(effects, KINDS), tables)
    pools = pool_genes(found, 0.05)
    assert list(pools) == list(POOLED_GENES.names)
    every = pools[pools["kind"] == "all"].set_index("symbol")
    main = meta[meta["left_out"] == ""].set_index("symbol")
    columns = ["cohorts", "higher", "lower", "log2_fc", "lfc_se", "ci_low", "ci_high", "p_value", "tau2", "i2", "q"]
    for name in [*columns, "predicted_low", "predicted_high", "common_log2_fc", "common_se"]:
        assert every.loc[main.index, name].astype(float).tolist() == pytest.approx(main[name].tolist()), name
    only = every.loc["<b>ONLY"]
    assert (only["cohorts"], only["common_log2_fc"]) == pytest.approx((1, 3.0)) and np.isnan(only["log2_fc"])


def test_each_kind_of_values_is_pooled_alone_as_well():
    effects, _, tables = study()
    pools = pool_genes(align_genes(list_comparisons(effects, KINDS), tables), 0.05)
    assert list(dict.fromkeys(pools["kind"])) == ["all", "bulk", "arrays", "cells"]
    bulk = pools[(pools["kind"] == "bulk") & (pools["symbol"] == "BMP4")].iloc[0]
    alone = pool_effects(effects[effects["cohort"].isin(["c0", "c1", "c4", "c5"])], 0.05)
    expected = alone[(alone["symbol"] == "BMP4") & (alone["left_out"] == "")].iloc[0]
    assert (bulk["cohorts"], bulk["log2_fc"], bulk["p_value"]) == pytest.approx(
        (4, expected["log2_fc"], expected["p_value"])
    )
    assert pools.loc[pools["kind"] == "arrays", "log2_fc"].isna().all()
    same = pool_genes(align_genes(list_comparisons(effects, dict.fromkeys(KINDS, "bulk")), tables), 0.05)
    assert set(same["kind"]) == {"all"}


def test_what_takes_no_part_is_shown_and_not_pooled():
    effects, _, tables = study(4)
    tables[0].loc[0, "status"] = "outlier"
    tables[1].loc[0, ["log2_fc", "p_value"]] = [0.0, 1.0]
    found = align_genes(list_comparisons(effects, KINDS), tables)
    gene = list(found.genes.index).index("EBMP4")
    assert found.values["log2_fc"][:, gene] == pytest.approx([1.0, np.nan, 2.0, 0.8], nan_ok=True)
    assert found.combined[:, gene].tolist() == [False, False, True, True]
    pools = pool_genes(found, 0.05)
    assert pools[(pools["symbol"] == "BMP4") & (pools["kind"] == "all")]["cohorts"].tolist() == [2]


def test_groups_without_direction_are_not_pooled():
    effects, _, tables = study(4, form="any_difference")
    pools = pool_genes(align_genes(list_comparisons(effects, KINDS), tables), 0.05)
    assert pools.empty and list(pools) == list(POOLED_GENES.names)


def packed(tmp_path, number=6):
    effects, _, tables = study(number)
    found = align_genes(list_comparisons(effects, KINDS), tables)
    write_table(tmp_path / "summary" / "pooled_genes.tsv.gz", pool_genes(found, 0.05), "measured")
    found.as_anndata().write_h5ad(tmp_path / "gene_effects.h5ad")
    held = read_h5ad(tmp_path / "gene_effects.h5ad")
    return found, held, read_table(tmp_path / "summary" / "pooled_genes.tsv.gz")


def test_data_of_the_page_say_which_comparisons_belong_together(tmp_path):
    _, held, pools = packed(tmp_path)
    comparisons = held.obs.astype(object)
    assert list(comparisons) == COMPARISON
    listed = list_pools(pools, comparisons)
    assert [(pool["kind"], pool["of"]) for pool in listed] == [
        ("all", [0, 1, 2, 3, 4, 5]), ("bulk", [0, 1, 4, 5]), ("arrays", [2]), ("cells", [3]),
    ]  # fmt: skip
    described = describe_roles(comparisons, listed, [f"c{i}" for i in range(6)][::-1])
    assert [role["said"] for role in described["roles"]] == ["stem cells: resistant against sensitive"]
    assert [row["cohort"] for row in described["comparisons"]] == [5, 4, 3, 2, 1, 0]
    blocks, said = pack_cohort_genes(held, pools, listed, KNOWN, ["EBMP4"])
    assert said == {"genes": 4, "carried": 4, "rounded": 0.0025, "scales": [1.0] * 6}
    assert blocks["share"].form["length"] == 24 and blocks["p1.log2"].form["length"] == 4


def test_effects_of_a_role_in_several_units_have_no_scale_in_common(tmp_path):
    _, held, pools = packed(tmp_path)
    comparisons = held.obs.astype(object)
    comparisons.iloc[4:, comparisons.columns.get_loc("unit")] = "day"
    slopes = pools.assign(unit="day")
    listed = list_pools(pd.concat([pools, slopes]), comparisons)
    roles = describe_roles(comparisons, listed, [f"c{i}" for i in range(6)])["roles"]
    words = "stem cells: resistant against sensitive"
    assert [(role["said"], role["unit"], role["of"]) for role in roles] == [
        (words, "", [0, 1, 2, 3]), (f"{words} (per day)", "day", [4, 5]),
    ]  # fmt: skip
    assert len({role["role"] for role in roles}) == 2
    assert [{listed[pool]["unit"] for pool in role["pools"]} for role in roles] == [{""}, {"day"}]


def test_many_genes_leave_out_those_that_say_least(tmp_path, monkeypatch):
    _, held, pools = packed(tmp_path)
    monkeypatch.setattr("autocrine.page.cohort_genes.MOST_NUMBERS", 4 * 4 * 8 + 2 * 6 * 2)
    monkeypatch.setattr("autocrine.page.cohort_genes.FINE_EFFECTS", 1)
    order, carried = order_genes(held, pools, ["EID1"], 4)
    names = held.var_names[order]
    # The panel first, then by the pooled p-value; a gene of one cohort has none.
    assert carried == 2 and names[0] == "EID1" and names[-1] == "EONLY"
    _, said = pack_cohort_genes(held, pools, list_pools(pools, held.obs.astype(object)), KNOWN, ["EID1"])
    assert said == {"genes": 4, "carried": 2, "rounded": COARSE[0] / 2, "scales": [1.0] * 6}


@pytest.mark.parametrize("coarse", [False, True])
def test_effects_per_unit_of_a_wide_measurement_come_through_the_page_over_cohorts(tmp_path, monkeypatch, coarse):
    """Slopes are a ten-thousandth of the effects of two groups; the page showed them as 0.000 and as one value."""
    if coarse:
        monkeypatch.setattr("autocrine.page.cohort_genes.FINE_EFFECTS", 1)
    _, held, pools = packed(tmp_path)
    numbers = ["log2_fc", "ci_low", "ci_high", "predicted_low", "predicted_high"]
    numbers += [name for name in pools if name.startswith("common_") and name != "common_p_value"]
    pools[numbers] *= 1e-4
    for name in ("log2_fc", "ci_low", "ci_high"):
        held.layers[name] *= np.float32(1e-4)
    # One comparison without intervals, and an interval that ends beside zero.
    held.layers["ci_low"][5] = held.layers["ci_high"][5] = np.nan
    held.layers["log2_fc"][0, 0], held.layers["ci_low"][0, 0], held.layers["ci_high"][0, 0] = 1.02e-4, 2e-6, 2.02e-4
    listed = list_pools(pools, held.obs.astype(object))
    blocks, said = pack_cohort_genes(held, pools, listed, KNOWN, list(held.var_names))
    reach = unpack(blocks["reach"]).reshape(6, 4)
    effects = unpack(blocks["share"]).reshape(6, 4) * np.where(
        np.isnan(reach), np.array(said["scales"])[:, None], reach
    )
    order, _ = order_genes(held, pools, list(held.var_names), len(listed))
    table = {name: np.asarray(layer)[:, order] for name, layer in held.layers.items()}
    half = np.where(np.isnan(reach), 1e-4, reach)
    assert (np.abs(effects - table["log2_fc"]) <= 0.16 * half)[np.isfinite(effects)].all()
    np.testing.assert_array_equal(np.isfinite(effects), np.isfinite(table["log2_fc"]))
    np.testing.assert_array_equal(effects - reach > 0, table["ci_low"] > 0)
    np.testing.assert_array_equal(effects + reach < 0, table["ci_high"] < 0)
    every = pools[pools["kind"] == "all"].set_index("gene_id").reindex(held.var_names[order])
    np.testing.assert_allclose(unpack(blocks["p0.log2"]), every["log2_fc"], rtol=0.01)
    np.testing.assert_array_equal(
        unpack(blocks["p0.log2"]) - unpack(blocks["p0.reach"]) > 0, (every["ci_low"] > 0).to_numpy()
    )


def test_a_few_columns_are_read_as_the_whole_table_is(tmp_path):
    table = pd.DataFrame(
        {"gene_id": ["E1", "NA", 'a "b"'], "gene_name": ["", "x", "001"], "log2_fc": [1.5, np.nan, np.inf]}
    )
    path = tmp_path / "genes.tsv.gz"
    write_table(path, table, "measured")
    columns = ["gene_id", "gene_name", "log2_fc"]
    pd.testing.assert_frame_equal(read_table(path, columns), read_table(path)[columns])
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(ValueError, match="is damaged"):
        read_table(path, columns)
