"""Real count sets through the whole workflow, against R DESeq2 1.38.3 and what their studies found.

The sets are beside the repository (../shared); without them the tests are skipped by name.
"""

import re

import numpy as np
import pandas as pd
import pytest
import yaml

from tests.workflow.conftest import REPOSITORY, run_workflow, write_config

SHARED = REPOSITORY.parent / "shared"
CASES = {
    "airway": ("airway/dexamethasone/treated_vs_untreated", "airway"),
    "ptc_paired": ("ptc_paired/tumour/tumour_vs_normal", "ptc_paired"),
    "mov10_hek293": ("mov10/mov10_level/overexpression_vs_control", "mov10_oe_vs_control"),
    "bottomly": ("bottomly/strains/dba_vs_b6", "bottomly"),
    "bap_hesc_io": ("bap_hesc_io/days/day1_vs_day0", "bap_day1_vs_day0"),
}
# These are cohorts of tests/configs/four_cohorts.yaml too, with the same models.
OF_FOUR = ("airway", "ptc_paired")
# What makes a report takes half of a run's time.
WITH_REPORT = (*OF_FOUR, "bap_hesc_io")
# log2 fold changes from the README of each set (symbol -> value), to the digit given there; TWIST1 under BAP is R's own
# value (the README rounds the ratio of raw counts).
KNOWN = {
    "airway": {"FKBP5": 4.0, "BMPER": -1.5, "BMPR1B": 0.9, "TWIST1": -0.2},
    "ptc_paired": {"MET": 2.5, "FN1": 3.0, "TPO": -3.8, "TFF3": -4.1, "SLC5A5": -2.4, "ID1": -1.5},
    "mov10_hek293": {"MOV10": 5.1},
    # The README of the set gives none: R's own values.
    "bottomly": {"Scg5": 1.42, "Alad": 1.74, "Krt12": -5.23, "Fam163a": -2.01},
    "bap_hesc_io": {"ID1": 3.7, "ID2": 5.3, "ID3": 5.4, "ID4": 3.9, "SMAD6": 4.4, "BMP4": 6.7, "TWIST1": 3.06},
}


@pytest.fixture(scope="module", params=CASES)
def case(request, shared_data, tmp_path_factory):
    """Return the name of a real set, its results folder, its gene table and R's."""
    name = request.param
    shared_data(name)
    path, reference = CASES[name]
    results = (request.getfixturevalue("four") if name in OF_FOUR else run_alone(name, tmp_path_factory)) / "results"
    expected = pd.read_csv(SHARED / "reference" / reference / "genes.tsv.gz", sep="\t")
    found = pd.read_csv(results / path / "genes.tsv.gz", sep="\t")
    return name, results / path.split("/")[0], found, expected


def run_alone(name, tmp_path_factory):
    """Run the configuration of one set as far as it is looked at: to its panel, or to its report."""
    root = tmp_path_factory.mktemp(name)
    (root / "shared").symlink_to(SHARED)
    folder = root / "run"
    folder.mkdir()
    (folder / "tests").symlink_to(REPOSITORY / "tests")
    config = yaml.safe_load((REPOSITORY / "tests" / "configs" / f"{name}.yaml").read_text(encoding="utf-8"))
    config |= {"sensitivity": False, "gene_sets": []}
    results = f"results/{CASES[name][0].split('/')[0]}"
    target = f"{results}/report.html" if name in WITH_REPORT else f"{results}/panel.tsv"
    run = run_workflow(folder, write_config(folder / "config.yaml", config), target)
    assert run.returncode == 0, run.stdout
    return folder


def test_calls_are_those_of_r(case):
    _, _, found, expected = case
    ours, theirs = (found["adj_p_value"] < 0.05).to_numpy(), (expected["padj"] < 0.05).to_numpy()
    assert (ours != theirs).sum() <= max(2, 0.002 * theirs.sum())
    both = found["log2_fc"].notna().to_numpy() & expected["log2FoldChange"].notna().to_numpy()
    difference = (found["log2_fc"] - expected["log2FoldChange"])[both].abs()
    assert np.quantile(difference, 0.99) <= 1e-3


def test_known_genes_are_found(case):
    name, _, found, _ = case
    effects = found.drop_duplicates("gene_name").set_index("gene_name")["log2_fc"]
    for symbol, expected in KNOWN[name].items():
        assert effects[symbol] == pytest.approx(expected, abs=0.06), symbol


def test_panel_says_something_of_every_gene(case):
    name, folder, _, _ = case
    panel = pd.read_csv(folder / "panel.tsv", sep="\t", keep_default_na=False)
    assert ((panel["adj_p_value"] != "NA") != (panel["reason"] != "")).all()
    if name == "ptc_paired":
        low = panel.set_index("symbol").loc[["TWIST1", "BMP2"], "reason"]
        assert low.str.startswith("too low for the genome-wide test").all()
    assert (panel.set_index("symbol").loc[["BCR::ABL1"], "reason"] == "absent from the count matrix").all()


def test_report_is_there(case):
    name, folder, _, _ = case
    if name not in WITH_REPORT:
        assert not (folder / "report.html").exists()
        return
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert page.rstrip().endswith("</html>") and 'class="simulated"' not in page


def test_a_label_of_exposure_is_no_finding(case):
    """Samples of all days are labelled BAP; targets of BMP rise on day 1 and fall again: verdicts follow the counts."""
    name, folder, _, _ = case
    if name != "bap_hesc_io":
        pytest.skip("this is about the exposure to BAP")
    claims = pd.read_csv(folder / "claims.tsv", sep="\t", index_col="claim")
    found = claims["verdict"].to_dict()
    targets = ("ID1", "ID2", "ID3", "ID4")
    assert [found[f"{gene}.day1"] for gene in targets] == ["supported"] * 4
    assert [found[f"{gene}.day3"] for gene in targets] == ["contradicted"] * 4
    assert found["signalling"] == "not_testable"
    texts = (folder / "report.html", folder / "claims.tsv")
    said = re.compile(r"BMP[^.<]{0,40}\b(?:is|are) active|active BMP|BMP active|activated BMP", re.IGNORECASE)
    assert not any(said.search(path.read_text(encoding="utf-8")) for path in texts)
