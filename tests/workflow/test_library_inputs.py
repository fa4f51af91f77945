"""Rules name as inputs their script and the library files that it imports: no more, no less."""

import re
from pathlib import Path

import pytest
import yaml

from tests.imports import SCRIPTS, closure
from tests.workflow.conftest import REPOSITORY, run_workflow, write_config

# A fetched file is known by its checksum; its rule is in no plan of counts that are here.
NEVER_REPEATED = {"fetch_counts"}


@pytest.fixture(scope="module")
def named(tmp_path_factory):
    """Rule -> scripts and library files among its inputs, in plans of runs over two cohorts and one of cells."""
    folder = tmp_path_factory.mktemp("plan")
    (folder / "resources").symlink_to(REPOSITORY / "resources")
    config = yaml.safe_load((REPOSITORY / "config.yaml").read_text(encoding="utf-8"))
    config["cohorts"]["demo"]["show_without"] = "batch"
    (folder / "pure.tsv").write_text("gene\tLSC\tHSC\nBMP4\t100\t2\n", encoding="utf-8")
    config["cohorts"]["demo"]["fraction_reference"] = {"file": "pure.tsv", "leukemic": "LSC", "scale": "counts"}
    edges = "".join(f"SMAD1,{gene},1\n" for gene in ("ID1", "ID2", "ID3", "SMAD6", "SMAD7", "ATOH8"))
    (folder / "edges.csv").write_text(f"source,target,weight\n{edges}", encoding="utf-8")
    config["networks"] = ["edges.csv"]
    first = {"arm": "clinical", "compartment": "LSC", "timepoint": "diagnosis"}
    config["outcomes"] = {"fraction": {"kind": "response", "value": "leukemic_fraction", "samples": first}}
    config["cohorts"]["again"] = config["cohorts"]["demo"]
    rules = {}
    for path in (write_config(folder / "config.yaml", config), REPOSITORY / "resources" / "demo_cells" / "config.yaml"):
        run = run_workflow(folder, path, "--filegraph")
        assert run.returncode == 0, run.stdout
        for node in run.stdout.split("shape=none")[1:]:
            (rule,) = re.findall(r'point-size="18">(\w+)<', node)
            paths = [Path(path) for path in re.findall(r'face="monospace">([^<]+)<', node)]
            rules[rule] = {path for path in paths if SCRIPTS in path.parents}
    return rules


# A script that no rule runs is a command of its own.
RUN = [
    path
    for path in sorted(SCRIPTS.glob("*.py"))
    if "snakemake.output" in path.read_text(encoding="utf-8") and path.stem not in NEVER_REPEATED
]


@pytest.mark.parametrize("script", RUN, ids=lambda path: path.stem)
def test_inputs_are_what_the_script_imports(named, script):
    rule = {"fit_model": "fit_model_lsc_response", "plot_models": "plot_models_1"}.get(script.stem, script.stem)
    assert {str(path.relative_to(SCRIPTS)) for path in named[rule]} == {
        str(path.relative_to(SCRIPTS)) for path in closure(script) | {script}
    }
