"""The workflow inside another workflow."""

from tests.workflow.conftest import REPOSITORY, jobs_of, run_snakemake

SNAKEFILE = """
configfile: "config/config.yaml"

module autocrine:
    snakefile: "{path}"
    prefix: "inner"
    config: config

use rule * from autocrine as autocrine_*

rule all:
    default_target: True
    input: rules.autocrine_all.input
"""


def test_use_as_a_module_with_a_prefix(tmp_path):
    (tmp_path / "config").symlink_to(REPOSITORY / "config")
    (tmp_path / "Snakefile").write_text(SNAKEFILE.format(path=REPOSITORY / "workflow" / "Snakefile"))
    # Without the fits with one thing changed, to save time.
    run = run_snakemake(tmp_path, "--config", "sensitivity=False")
    assert run.returncode == 0, run.stdout
    for name in ("report.html", "claims.tsv", "tables.xlsx", "ro-crate-metadata.json"):
        assert (tmp_path / "inner" / "results" / "my_cohort" / name).exists()
    assert not (tmp_path / "results").exists()
    assert jobs_of(run.stdout)["autocrine_render_report"] == 1
