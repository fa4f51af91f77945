"""A cohort whose leukaemic fractions are estimated: from pure profiles to the flags of its panel."""

import json

import numpy as np
import pandas as pd
import pytest
import yaml

from tests.workflow.conftest import REPOSITORY, run_workflow, write_config

SAMPLES = [f"S{i:02d}" for i in range(12)]
FRACTION = np.r_[np.linspace(0.55, 0.85, 6), np.linspace(0.1, 0.25, 6)]


@pytest.fixture(scope="module")
def cohort(tmp_path_factory):
    """Mixtures of three profiles, in which only leukaemic cells express BMP4 and nothing changes per cell."""
    folder, random = tmp_path_factory.mktemp("fractions"), np.random.default_rng(4)
    genes = pd.read_csv(REPOSITORY / "resources/genes/human_grch38.tsv.gz", sep="\t", dtype=str, keep_default_na=False)
    genes = genes[(genes["primary"] == "1") & (genes["gene_id"] != "") & (genes["gene_name"] != "")]
    panel = pd.read_csv(REPOSITORY / "resources/panels/bmp.tsv", sep="\t", dtype=str, keep_default_na=False)
    chosen = pd.concat([genes[genes["gene_name"].isin(panel["symbol"])], genes.head(3000)]).drop_duplicates("gene_id")
    base = random.lognormal(3, 1, len(chosen))
    levels = np.repeat(base[None], 3, axis=0)
    for place in range(3):
        levels[place, random.choice(len(chosen), 120, replace=False)] *= random.uniform(6, 30, 120)
    name = chosen["gene_name"].to_numpy()
    levels[:, np.isin(name, ["BMP4", "BMPR1B"])] = np.array([[400.0], [0.0], [0.0]])
    rna = levels / levels.sum(axis=1, keepdims=True)
    shares = np.column_stack([FRACTION, (1 - FRACTION) * 0.6, (1 - FRACTION) * 0.4])
    means = shares @ rna * 3e6 * random.lognormal(0, 0.15, (12, len(chosen)))
    counts = pd.DataFrame(random.poisson(means).T, index=chosen["gene_id"].to_numpy(), columns=SAMPLES)
    counts.rename_axis("gene_id").to_csv(folder / "counts.tsv", sep="\t")
    pure = pd.DataFrame(random.poisson(rna.T * 2e7), index=name, columns=["LSC", "HSC", "T"])
    pure.rename_axis("gene").to_csv(folder / "pure.tsv", sep="\t")
    sheet = pd.DataFrame({"sample": SAMPLES, "response": ["resistant"] * 6 + ["sensitive"] * 6})
    sheet.to_csv(folder / "samples.tsv", sep="\t", index=False)
    reference = {"file": "pure.tsv", "leukemic": "LSC", "scale": "counts"}
    config = {
        "cohorts": {"c": {"counts": "counts.tsv", "samples": "samples.tsv", "simulated": True,
                          "fraction_reference": reference}},
        "models": {"m": {"design": "~ response",
                         "contrasts": {"r": {"factor": "response", "tested": "resistant", "reference": "sensitive"}}}},
        "sensitivity": False, "claims": [], "gene_sets": [],
    }  # fmt: skip
    targets = ("results/c/report.html", "results/c/datapackage.json")
    run = run_workflow(folder, write_config(folder / "config.yaml", config), *targets)
    assert run.returncode == 0, run.stdout
    return folder


def test_ranges_hold_the_fractions_and_say_that_they_are_estimated(cohort):
    table = pd.read_csv(cohort / "results/c/fractions.tsv", sep="\t").set_index("sample").loc[SAMPLES]
    assert set(table["origin"]) == {"estimated"} and table["reason"].isna().all() and table["measured"].isna().all()
    assert table["fraction_estimate"].to_numpy() == pytest.approx(FRACTION, abs=0.03)
    assert ((table["fraction_low"] <= FRACTION) & (table["fraction_high"] >= FRACTION)).mean() >= 11 / 12
    markers = pd.read_csv(cohort / "results/c/fraction_markers.tsv", sep="\t")
    described = json.loads((cohort / "results/c/datapackage.json").read_text(encoding="utf-8"))["resources"]
    assert {"fractions.tsv", "fraction_draws.tsv.gz", "fraction_markers.tsv"} <= {one["path"] for one in described}
    assert not set(markers["gene_id"]) & {"ENSG00000125378", "ENSG00000138696"}  # BMP4 and BMPR1B are asked about


def test_a_gene_of_leukaemic_cells_is_flagged_by_the_range(cohort):
    panel = pd.read_csv(cohort / "results/c/panel.tsv", sep="\t").set_index("symbol")
    truth = np.log2(FRACTION[:6]).mean() - np.log2(FRACTION[6:]).mean()
    for symbol in ("BMP4", "BMPR1B"):
        row = panel.loc[symbol]
        assert row["outcome"] == "changed" and row["composition_low"] <= truth <= row["composition_high"]
        assert row["composition_flag"].endswith("(fractions estimated from expression)")
    assert panel["composition_log2_fc"].iat[0] == pytest.approx(truth, abs=0.2)
    page = (cohort / "results/c/report.html").read_text(encoding="utf-8")
    assert "fractions estimated from expression" in page and "shares of RNA" in page


def test_measured_fractions_are_used_instead_and_only_the_reference_reruns_what_rests_on_it(cohort):
    config = yaml.safe_load((cohort / "config.yaml").read_text(encoding="utf-8"))
    config["cohorts"]["c"]["fraction_reference"]["leukemic"] = "HSC"
    run = run_workflow(cohort, write_config(cohort / "other.yaml", config), "results/c/panel.tsv", "-n")
    assert "estimate_fractions" in run.stdout and "rule import_counts" not in run.stdout
    config["cohorts"]["c"]["fraction_reference"] |= {"leukemic": "nope", "scale": "tpm"}
    stopped = run_workflow(cohort, write_config(cohort / "wrong.yaml", config), "-n")
    assert stopped.returncode != 0
    assert 'the reference has no profile "nope"' in stopped.stdout
    assert "the counts of the cohort come without transcript lengths" in stopped.stdout
