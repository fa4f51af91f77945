"""Jobs are repeated for their script and the library files that it imports: no more, no less."""

import json

import pytest

from tests.imports import SCRIPTS, closure
from tests.workflow.conftest import REPOSITORY, run_snakemake

# Scripts of rules; one that writes nothing is a command of its own.
RUN = [path for path in sorted(SCRIPTS.glob("*.py")) if "snakemake.output" in path.read_text(encoding="utf-8")]
PRINTED = """
include: "{rules}/sources.smk"

import json

files = {{name: sorted(map(str, library(f"../scripts/{{name}}.py"))) for name in {names}}}
with open("files.json", "w") as file:
    json.dump(files, file)

rule all:
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    """Script -> the library files that the rules take it to need."""
    folder = tmp_path_factory.mktemp("plan")
    rules, names = REPOSITORY / "workflow" / "rules", [path.stem for path in RUN]
    (folder / "Snakefile").write_text(PRINTED.format(rules=rules, names=names), encoding="utf-8")
    run = run_snakemake(folder, "-n")
    assert run.returncode == 0, run.stdout
    return json.loads((folder / "files.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("script", RUN, ids=lambda path: path.stem)
def test_library_files_are_what_the_script_imports(library, script):
    assert library[script.stem] == sorted(map(str, closure(script)))


def test_every_rule_with_a_script_has_it_as_an_input():
    """The checksum of the library files is added to all rules alike (contents.smk)."""
    for path in sorted((REPOSITORY / "workflow" / "rules").glob("*.smk")):
        for rule in path.read_text(encoding="utf-8").split("\nrule ")[1:]:
            for line in rule.splitlines():
                if line.strip().startswith('"../scripts/') and "record=" in rule:
                    name = line.strip().removeprefix('"../scripts/').removesuffix('.py"')
                    assert f'**of_script("{name}"),' in rule, (path.name, name)
