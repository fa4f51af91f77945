"""The workflow inside another workflow."""

from tests.workflow.conftest import REPOSITORY, run_snakemake

SNAKEFILE = """
configfile: "config/config.yaml"

module autocrine:
    snakefile: "{path}"
    prefix: "inner"
    config: config

use rule * from autocrine as autocrine_*

rule all:
    default_target: True
    input: "inner/results/my_cohort/counts.h5ad"
"""


def test_use_as_a_module_with_a_prefix(tmp_path):
    (tmp_path / "config").symlink_to(REPOSITORY / "config")
    (tmp_path / "Snakefile").write_text(SNAKEFILE.format(path=REPOSITORY / "workflow" / "Snakefile"))
    run = run_snakemake(tmp_path)
    assert run.returncode == 0, run.stdout
    assert (tmp_path / "inner" / "results" / "my_cohort" / "counts.h5ad").exists()
    assert "autocrine_import_counts" in run.stdout
