"""Several cohorts of one configuration: the summary over them, and the ledgers and workbooks beside it."""

import hashlib
import json
import math
import re
import shutil
import subprocess
import sys

import openpyxl
import pandas as pd
import pytest
import yaml

from tests.workflow.conftest import REPOSITORY, jobs_of, run_workflow, write_config

SUMMARY_JOBS = {"summarise_cohorts", "pool_genes", "plot_forests", "render_summary", "write_summary_ledger"}


def table_of(folder, name):
    return pd.read_csv(folder / "results" / "summary" / name, sep="\t", keep_default_na=False)


def test_cohorts_before_and_under_treatment_are_not_pooled(pair):
    claims = table_of(pair, "claims.tsv").set_index("claim")
    assert claims.loc["C1", "verdict_under"] == claims.loc["C1", "verdict_before"] != "not_testable"
    meta = table_of(pair, "meta_analysis.tsv")
    assert set(meta["evidence"]) == {"state", "prediction"} and set(meta["cohorts"]) <= {0, 1}
    assert set(meta["log2_fc"]) == {"NA"} and set(meta["data_origin"]) == {"SIMULATED", "measured"}
    assert set(claims["data_origin"]) == {"partly SIMULATED"}


def test_page_and_forests_are_there_and_load_nothing(pair):
    folder = pair / "results" / "summary"
    page = (folder / "summary.html").read_text(encoding="utf-8")
    assert "Under &lt;b&gt;treatment" in page and "<b>treatment" not in page
    # Libraries are compressed; the page's own scripts name no address.
    assert "http://" not in re.sub(r"<pre>.*?</pre>", "", page, flags=re.S)
    assert "<img src=" not in page and "<link" not in page
    assert {path.name for path in (folder / "forests").glob("BMP*")} == {
        f"{gene}.{kind}" for gene in ("BMP2", "BMP4", "BMPR1B") for kind in ("svg", "pdf")
    }


def test_second_run_does_nothing_and_a_change_of_evidence_repeats_no_numbers(pair):
    run = run_workflow(pair, pair / "config.yaml", "-n")
    assert "Nothing to be done" in run.stdout
    config = yaml.safe_load((pair / "config.yaml").read_text(encoding="utf-8"))
    config["cohorts"]["before"]["evidence"] = "state"
    run = run_workflow(pair, write_config(pair / "other.yaml", config), "-n")
    summary = SUMMARY_JOBS
    expected = summary | {"all", "render_report", "write_ledger", "total"}
    assert set(jobs_of(run.stdout)) == expected
    config["cohorts"]["before"]["evidence"] = "prediction"
    config["models"]["response"]["title"] = "Another title"
    run = run_workflow(pair, write_config(pair / "other.yaml", config), "-n")
    # Its ledger holds the whole configuration.
    assert "render_report" in jobs_of(run.stdout)
    assert summary & set(jobs_of(run.stdout)) == {"write_summary_ledger"}


def test_ledger_holds_true_checksums_and_the_configuration(pair):
    folder = pair / "results" / "before"
    graph = {item["@id"]: item for item in json.loads((folder / "ro-crate-metadata.json").read_text())["@graph"]}
    results = [item["@id"] for item in graph["#run"]["result"]]
    assert {"panel.tsv", "claims.tsv", "report.html", "tables.xlsx"} < set(results)
    for name in results:
        assert graph[name]["sha256"] == hashlib.sha256((folder / name).read_bytes()).hexdigest(), name
    read = {item["name"] for item in graph.values() if item["@id"].startswith("#input-")}
    assert {"config/counts.tsv", "config/samples.tsv", "bmp.tsv", "grockowiak2017.yaml"} <= read
    assert json.loads(graph["#config"]["value"])["cohort"]["evidence"] == "prediction"
    assert str(REPOSITORY) not in (folder / "ro-crate-metadata.json").read_text()


def test_verify_knows_what_the_summary_was_made_of(pair):
    """Panel, claims and tables of genes were "not in the configuration"."""
    run = run_workflow(pair, pair / "config.yaml", "verify")
    assert run.returncode == 0, run.stdout


def test_the_summary_has_a_ledger_of_its_own(pair):
    folder = pair / "results" / "summary"
    graph = {item["@id"]: item for item in json.loads((folder / "ro-crate-metadata.json").read_text())["@graph"]}
    read = {item["name"]: item["sha256"] for item in graph.values() if item["@id"].startswith("#input-")}
    panel = pair / "results" / "before" / "panel.tsv"
    assert read["results/before/panel.tsv"] == hashlib.sha256(panel.read_bytes()).hexdigest()
    made = {item["@id"] for item in graph["#run"]["result"]}
    assert {"summary.html", "meta_analysis.tsv", "forests/BMP4.svg"} <= made
    assert graph["forests/BMP4.svg"]["encodingFormat"] == "image/svg+xml"
    assert {"#package-numpy", "#package-scipy"} <= set(graph) and "#seed-1" not in graph
    assert graph["./"]["keywords"] == "partly SIMULATED"
    assert set(json.loads(graph["#config"]["value"])["cohorts"]) == {"before", "under"}
    assert graph["#autocrine"]["softwareVersion"] and graph["#autocrine"]["sha256"]


def test_workbook_has_every_gene_of_every_contrast(pair):
    book = openpyxl.load_workbook(pair / "results" / "under" / "tables.xlsx", read_only=True)
    explained, contrast = ["README", "columns"], "response resistant_vs_sensitive"
    tables = ["claims", "panel", "all comparisons", "scores", "score tests", "correlations", "samples"]
    assert book.sheetnames == [*explained, *tables, contrast]
    genes = pd.read_csv(pair / "results/under/response/resistant_vs_sensitive/genes.tsv.gz", sep="\t")
    rows = list(book[contrast].values)
    # The clearest first.
    genes = genes.sort_values("p_value", kind="stable", ignore_index=True)
    assert [row[0] for row in rows[1:]] == genes["gene_id"].tolist()
    effect = rows[0].index("log2_fc")
    found = pd.Series([row[effect] for row in rows[1:]], dtype=float)
    assert found.tolist() == pytest.approx(genes["log2_fc"].tolist(), rel=1e-5, nan_ok=True)


def test_two_runs_are_compared_by_a_command(pair, tmp_path):
    command = [sys.executable, REPOSITORY / "workflow" / "scripts" / "compare.py"]
    run = subprocess.run([*command, "results/under", "results/before"], cwd=pair, text=True, capture_output=True)
    assert run.returncode == 0, run.stderr
    assert "cohort.evidence: state -> prediction" in run.stdout
    assert "Verdicts" not in run.stdout and "Effects" not in run.stdout
    run = subprocess.run([*command, "results", "nowhere"], cwd=pair, text=True, capture_output=True)
    assert run.returncode == 2 and "there is no such folder" in run.stderr


def test_a_run_is_compared_with_a_copy_of_earlier_results(pair, tmp_path):
    """By the workflow itself, for those who have no folder of scripts."""
    shutil.copytree(pair / "results", tmp_path / "before")
    panel = tmp_path / "before" / "under" / "panel.tsv"
    changed = panel.read_text(encoding="utf-8").replace("(Holm)\tundetermined\t", "(Holm)\tchanged\t", 1)
    panel.write_text(changed, encoding="utf-8")
    asked = (pair, pair / "config.yaml", "compare", "--config")
    run = run_workflow(*asked, f"compare_with={tmp_path / 'before'}")
    assert run.returncode == 0, run.stdout
    assert "Outcomes of panel genes (1)" in run.stdout and ": changed -> undetermined" in run.stdout
    changes = pd.read_csv(pair / "logs" / "compare.tsv", sep="\t", keep_default_na=False)
    assert changes[["cohort", "field", "old", "new"]].to_numpy().tolist() == [
        ["under", "outcome", "changed", "undetermined"]
    ]
    # Nothing of the results depends on what they are compared with.
    run = run_workflow(pair, pair / "config.yaml", "-n", "--config", f"compare_with={tmp_path / 'before'}")
    assert "Nothing to be done" in run.stdout
    run = run_workflow(pair, pair / "config.yaml", "compare")
    assert run.returncode == 1 and "Compare with which results?" in run.stdout


def test_four_cohorts_of_one_role_are_pooled(pair, tmp_path):
    """A cohort of the pair and three copies of it, whose finished results are there already."""
    folder = shutil.copytree(pair, tmp_path / "study", symlinks=True)
    config = yaml.safe_load((pair / "config.yaml").read_text(encoding="utf-8"))
    under, copies = config["cohorts"]["under"], ("second", "third", "fourth")
    config["cohorts"] = {"under": under, **{name: {**under, "title": name} for name in copies}}
    for name in copies:
        shutil.copytree(folder / "results" / "under", folder / "results" / name)
    target = "results/summary/summary.html"
    run = run_workflow(folder, write_config(folder / "config.yaml", config), target)
    assert run.returncode == 0, run.stdout
    assert set(jobs_of(run.stdout)) == {"summarise_cohorts", "pool_genes", "plot_forests", "render_summary", "total"}
    alone = pd.read_csv(pair / "results/under/panel.tsv", sep="\t").set_index("symbol")
    meta = pd.read_csv(folder / "results/summary/meta_analysis.tsv", sep="\t").query("left_out.isna()")
    meta = meta.set_index("symbol").loc["BMPR1B"]
    # Equal effects: their mean is each of them, and nothing differs between cohorts.
    assert (meta["cohorts"], meta["tau2"]) == (4, 0)
    assert meta["log2_fc"] == pytest.approx(alone.loc["BMPR1B", "log2_fc"], rel=1e-6)
    # Any gene of the genome, by the numbers of the panel where it has it.
    genes = pd.read_csv(folder / "results/summary/pooled_genes.tsv.gz", sep="\t").set_index("symbol")
    assert len(genes) > len(alone) and set(genes["kind"]) == {"all"}
    assert genes.loc["BMPR1B", ["log2_fc", "lfc_se", "p_value"]].tolist() == pytest.approx(
        meta[["log2_fc", "lfc_se", "p_value"]].tolist()
    )
    claims = table_of(folder, "claims.tsv").set_index("claim")
    assert claims.loc["C1", "pooled_verdict_state_SIMULATED"] == claims.loc["C1", "verdict_under"] != "not_testable"
    page = (folder / target).read_text(encoding="utf-8")
    assert "Pooled (" in page


def test_real_cohorts_answer_what_they_were_asked_and_nothing_else(four):
    claims = table_of(four, "claims.tsv").set_index("claim")
    assert claims.loc[["K1", "K2"], "verdict_bap_hesc_io"].tolist() == ["supported"] * 2
    assert claims.loc["K3", "verdict_ptc_paired"] == "supported"
    assert claims.loc["C1", "verdict_demo"] == "supported"
    # No comparison of the claims is about dexamethasone; the others answer their own only.
    assert set(claims["verdict_airway"]) == {"not_testable"}
    assert set(claims.loc[["K1", "K2", "K3"], "verdict_demo"]) == {"not_testable"}
    assert claims.loc["C15.BMP4", "verdict_bap_hesc_io"] == "not_testable"


def test_real_cohorts_of_different_roles_are_not_put_together(four):
    meta = table_of(four, "meta_analysis.tsv")
    assert meta["cohorts"].max() == 1 and set(meta["log2_fc"]) == {"NA"}
    assert set(meta.loc[meta["data_origin"] == "SIMULATED", "cohort_names"]) <= {"demo", ""}
    effects = table_of(four, "effects.tsv")
    assert "airway" not in set(effects["cohort"])
    page = (four / "results" / "summary" / "summary.html").read_text(encoding="utf-8")
    assert "Nothing is pooled" in page and "Airway smooth muscle: dexamethasone" in page


def published_in(folder, scale):
    """Write the effects of the cohort `under` as a paper would; return the entry that says so."""
    genes = pd.read_csv(folder / "results/under/response/resistant_vs_sensitive/genes.tsv.gz", sep="\t")
    genes = genes[genes["status"] == "tested"]
    unit = {"log2": 1.0, "ln": math.log(2), "log10": math.log10(2)}[scale]
    table = pd.DataFrame({"Gene": genes["gene_id"], "logFC": genes["log2_fc"] * unit, "SE": genes["lfc_se"] * unit})
    table.to_csv(folder / f"{scale}.tsv", sep="\t", index=False)
    return {
        "title": f"Paper in {scale}",
        "table": f"{scale}.tsv",
        "columns": {"gene": "Gene", "effect": "logFC", "error": "SE"},
        "scale": scale,
        "role": "lsc_resistant_vs_sensitive",
        "tested": "resistant",
        "reference": "sensitive",
        "samples": {"tested": 3, "reference": 3},
        "test": "normal",
        "simulated": True,
        "source": {"citation": "Someone <et al.>, Blood 2019, table S3", "doi": "10.1000/none"},
    }


def test_published_tables_are_pooled_with_cohorts(pair, tmp_path):
    """Two cohorts and the effects of one of them given back in three scales: its own effects come out."""
    folder = shutil.copytree(pair, tmp_path / "study", symlinks=True)
    config = yaml.safe_load((pair / "config.yaml").read_text(encoding="utf-8"))
    config["published"] = {scale: published_in(folder, scale) for scale in ("log2", "ln", "log10")}
    target = "results/summary/ro-crate-metadata.json"
    run = run_workflow(folder, write_config(folder / "config.yaml", config), target)
    assert run.returncode == 0, run.stdout
    # Nothing of a cohort is made again.
    assert set(jobs_of(run.stdout)) == {*SUMMARY_JOBS, "total"}
    assert "counts the same patients twice" in run.stdout
    alone = pd.read_csv(pair / "results/under/panel.tsv", sep="\t").set_index("symbol")
    meta = pd.read_csv(folder / "results/summary/meta_analysis.tsv", sep="\t").query("left_out.isna()")
    pooled = meta[meta["log2_fc"].notna()].set_index("symbol")
    assert len(pooled) > 80 and set(pooled["data_origin"]) == {"SIMULATED, partly published"}
    assert set(pooled["published"]) == {3} and set(pooled["cohorts"]) == {4}
    own = alone.loc[pooled.index]
    assert pooled["log2_fc"].to_numpy() == pytest.approx(own["log2_fc"].to_numpy(), rel=1e-6, abs=1e-9)
    # Four equal effects with equal errors: half the error, and nothing between cohorts.
    assert pooled["lfc_se"].to_numpy() == pytest.approx(own["lfc_se"].to_numpy() / 2, rel=1e-6)
    assert set(meta.loc[meta["evidence"] == "prediction", "published"]) == {0}
    published = table_of(folder, "published.tsv").set_index("cohort")
    assert published.loc["ln", ["tested", "missing", "data_origin"]].tolist() == [
        "resistant",
        "no counts: quality, changed fits and second opinion are not known",
        "SIMULATED, published",
    ]
    claims = table_of(folder, "claims.tsv").set_index("claim")
    assert claims.loc["C1", "verdict_log2"] == claims.loc["C1", "verdict_under"] == "supported"
    assert set(claims["data_origin"]) == {"partly SIMULATED, partly published"}
    page = (folder / "results/summary/summary.html").read_text(encoding="utf-8")
    assert "Someone &lt;et al.&gt;, Blood 2019" in page and "doi:10.1000/none" in page
    graph = {item["@id"]: item for item in json.loads((folder / target).read_text())["@graph"]}
    assert {"log2.tsv", "ln.tsv", "log10.tsv"} <= {item.get("name") for item in graph.values()}
    assert graph["./"]["keywords"] == "partly SIMULATED, partly published"


def test_a_published_table_on_a_wrong_scale_stops_the_plan_and_a_changed_one_repeats_the_summary(pair, tmp_path):
    folder = shutil.copytree(pair, tmp_path / "study", symlinks=True)
    config = yaml.safe_load((pair / "config.yaml").read_text(encoding="utf-8"))
    config["published"] = {"paper": published_in(folder, "log2")}
    written = write_config(folder / "config.yaml", config)
    assert run_workflow(folder, written, "results/summary/summary.html").returncode == 0
    assert "Nothing to be done" in run_workflow(folder, written, "results/summary/summary.html", "-n").stdout
    printed = run_workflow(folder, written, "check").stdout
    assert "Published paper: Paper in log2" in printed and "Genes of paper" in printed
    table = pd.read_csv(folder / "log2.tsv", sep="\t")
    table.drop(index=0).to_csv(folder / "log2.tsv", sep="\t", index=False)
    jobs = jobs_of(run_workflow(folder, written, "results/summary/summary.html", "-n").stdout)
    assert "summarise_cohorts" in jobs and "import_counts" not in jobs
    assert run_workflow(folder, written, "verify").returncode == 1
    table.assign(logFC=2 ** table["logFC"]).to_csv(folder / "log2.tsv", sep="\t", index=False)
    stopped = run_workflow(folder, written, "-n")
    assert stopped.returncode != 0
    assert "are above 0 and called log2, as fold changes are; they lie about 1 as ratios do" in stopped.stdout
