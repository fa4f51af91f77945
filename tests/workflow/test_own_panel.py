"""The machinery on a panel and claims that are not about BMP: the example of docs/claims.md, in a notebook."""

import tempfile

import pandas as pd
import pytest
import yaml

from autocrine.claims.claims import read_claims
from autocrine.claims.roles import check_roles
from autocrine.design.question import make_model
from autocrine.input.genes import read_gene_table
from autocrine.input.panel import read_panel
from autocrine.input.schema import with_defaults
from autocrine.problems import Findings
from autocrine.samples.scores import panel_sets, score_names
from tests.models import SCHEMA as CONFIG_SCHEMA
from tests.notebooks import FOLDER, assert_unchanged
from tests.workflow.conftest import REPOSITORY

EXAMPLE = REPOSITORY / "resources" / "examples" / "glucocorticoid"
GENES = REPOSITORY / "resources" / "genes"
SCHEMA = yaml.safe_load((REPOSITORY / "workflow" / "schemas" / "claims.schema.yaml").read_text(encoding="utf-8"))


def test_the_example_is_sound():
    findings, config = Findings(), yaml.safe_load((EXAMPLE / "config.yaml").read_text(encoding="utf-8"))
    panel = read_panel(str(EXAMPLE / "panel.tsv"), findings)
    genes = read_gene_table(str(GENES / "human_grch38.tsv.gz"), str(GENES / "refused_aliases.tsv"))
    claims = read_claims(str(EXAMPLE / "claims.yaml"), SCHEMA, panel, lambda: genes, score_names(panel), findings)
    entries = with_defaults(config, CONFIG_SCHEMA)["models"]
    check_roles([claims], {n: make_model(n, e) for n, e in entries.items()}, {"airway": list(entries)}, findings)
    assert not findings.problems and not findings.notes
    named = genes.genes.set_index("gene_id")["gene_name"]
    assert named[panel["ensembl"]].tolist() == panel["symbol"].tolist()


def test_the_panel_names_a_score_of_its_own():
    panel = read_panel(str(EXAMPLE / "panel.tsv"), Findings())
    assert list(panel_sets(panel)) == ["glucocorticoid_response"]
    assert not set(panel_sets(panel)["glucocorticoid_response"]) & set(panel.loc[panel["tier"] == "primary", "symbol"])


@pytest.fixture(scope="module")
def results(shared_data, tmp_path_factory):
    """The results of the run that the notebook on claims makes, which shows what its code gives."""
    shared_data("airway")
    root = tmp_path_factory.mktemp("own_panel")
    with pytest.MonkeyPatch.context() as patch:
        # Where the notebook makes its folder.
        patch.setattr(tempfile, "tempdir", str(root))
        assert_unchanged(FOLDER / "claims.ipynb")
    (folder,) = root.iterdir()
    return folder / "results" / "airway"


def test_all_four_verdicts_occur_and_are_what_is_known(results):
    claims = pd.read_csv(results / "claims.tsv", sep="\t", index_col="claim")
    claims = claims[claims["title"] == "Response of airway muscle to dexamethasone"]
    wanted = dict.fromkeys([f"G{n}" for n in range(1, 10)], "supported")
    wanted |= {"G10": "contradicted", "G11": "inconclusive", "G12": "not_testable"}
    assert claims["verdict"].to_dict() == wanted
    assert claims.loc["G8", "margin"] == 0.5


def test_what_such_a_panel_cannot_give_has_a_reason(results):
    tests = pd.read_csv(results / "score_tests.tsv", sep="\t").set_index("score")
    assert tests.loc["loop_BMP4", "reason"].startswith("BMP4, BMPR1A and BMPR1B")
    assert tests["reason"].notna().sum() == 4 and tests.loc["glucocorticoid_response", "p_value"] < 1e-3
    reasons = pd.read_csv(results / "correlations.tsv", sep="\t")["reason"]
    assert reasons.str.startswith("not in the count matrix").all()
