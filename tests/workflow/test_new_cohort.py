"""docs/new-cohort.md, followed word by word: its files are written and its commands run as they are written."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from tests.workflow.conftest import REPOSITORY

GUIDE = (REPOSITORY / "docs" / "new-cohort.md").read_text(encoding="utf-8")


def blocks(kind):
    """Return the blocks of one kind on the page."""
    return re.findall(rf"^```{kind}\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def followed(shared_data, tmp_path_factory):
    """The folder in which the guide was followed, and what each command printed."""
    tables = shared_data("ptc_paired")
    folder = tmp_path_factory.mktemp("guide")
    for name in ("Snakefile", "config.yaml", "config", "envs", "resources", "workflow"):
        (folder / name).symlink_to(REPOSITORY / name)
    # The environment that runs this test takes the place of step 1.
    paths = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    outputs = []
    for place, commands in enumerate(blocks("sh")):
        done = subprocess.run(
            ["sh", "-eu", "-c", commands],
            cwd=folder,
            env={**os.environ, "TABLES": str(tables), "PATH": paths},
            text=True,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        outputs.append(done.stdout)
        if place == 0:
            (config,) = blocks("yaml")
            (folder / "my_study" / "config.yaml").write_text(config, encoding="utf-8")
    return folder, outputs


def test_the_sheet_begins_as_printed(shared_data):
    (begin,) = blocks("tsv")
    assert (shared_data("ptc_paired") / "samples.tsv").read_text().startswith(begin)


def test_check_says_what_is_printed(followed):
    _, (_, said, _) = followed
    (printed,) = blocks("text")
    assert said == printed


def test_the_report_is_where_the_guide_says(followed):
    folder, _ = followed
    path = re.search(r"Open `(.*?)`", GUIDE)[1]
    assert (folder / path).read_text(encoding="utf-8").rstrip().endswith("</html>")
    genes = pd.read_csv(folder / "results/thyroid/tumour/tumour_vs_normal/genes.tsv.gz", sep="\t")
    called = genes[genes["adj_p_value"] < 0.05]
    # The calls of R DESeq2 1.38.3 at the same level: 273 up, 203 down.
    assert abs((called["log2_fc"] > 0).sum() - 273) <= 1 and abs((called["log2_fc"] < 0).sum() - 203) <= 1
