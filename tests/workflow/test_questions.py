"""The examples of docs/questions.md: they run on the demo and give what the page prints."""

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

import pandas as pd
import pytest
import yaml

from autocrine.results.robustness import summarise_variants
from tests.workflow.conftest import REPOSITORY, run_snakemake, write_config

SNAKEFILE = REPOSITORY / "workflow" / "Snakefile"
CONFIG = yaml.safe_load((REPOSITORY / "config.yaml").read_text(encoding="utf-8"))
# The simulated truth of a change within patients is listed under the model of these patients alone.
TRUTH_OF = {
    ("lsc_followup", "change_in_resistant"): ("lsc_followup_resistant", "follow_up_vs_diagnosis"),
    ("lsc_followup", "change_in_sensitive"): ("lsc_followup_sensitive", "follow_up_vs_diagnosis"),
}
OUTSIDE = " (outside)"
KEYS = ("model", "contrast", "symbol", "variant")
NUMBER = r"-?\d+\.\d+"


@dataclass(frozen=True)
class Block:
    """A part of the page: "yaml" and "text" as written, "table" with a dictionary per row, or a line of "prose"."""

    kind: str
    content: str | list[dict[str, str]]


def read_blocks(page):
    """Take a Markdown page apart."""
    blocks, lines = [], iter(page.splitlines())
    table = []
    for line in [*lines, ""]:
        if line.startswith("|"):
            table.append([cell.strip() for cell in line.strip("|").split("|")])
            continue
        if table:
            header, _, *rows = table
            blocks.append(Block("table", [dict(zip(header, row, strict=True)) for row in rows]))
            table = []
        blocks.append(Block("prose", line))
    return list(_joined(blocks))


def _joined(blocks):
    fence = None
    for block in blocks:
        if block.kind == "prose" and block.content.startswith("```"):
            if fence is None:
                fence = (block.content[3:].strip(), [])
            else:
                yield Block(fence[0], "\n".join(fence[1]))
                fence = None
        elif fence is not None:
            fence[1].append(block.content)
        else:
            yield block
    assert fence is None, "a fenced block is not closed"


def merged(first, second):
    """Lay one configuration over another."""
    if not isinstance(first, dict) or not isinstance(second, dict):
        return second
    return {**first, **{key: merged(first.get(key), value) for key, value in second.items()}}


def normal(text):
    return " ".join(text.split())


# The last sections have inputs and configurations of their own; outcomes are in test_outcomes.py.
LAST = ("Mice", "Sets and regulators", "A paper", "Outcomes")
PATIENTS, *OTHERS = re.split(
    rf"\n## (?={'|'.join(LAST)})", (REPOSITORY / "docs" / "questions.md").read_text(encoding="utf-8")
)
MICE, KNOWN, PAPER, OUTCOMES = OTHERS
BLOCKS = read_blocks(PATIENTS)
SHOWN = [block for block in BLOCKS if block.kind != "prose"]


def _tables():
    """Yield each row with what names it; where it names no model, that is the last one before it that is run."""
    model = None
    for block, after in pairwise([*SHOWN, Block("prose", "")]):
        if block.kind == "yaml" and after.kind != "text":
            model = next(iter(yaml.safe_load(block.content).get("models", {})), model)
        if block.kind == "table":
            for row in block.content:
                names = {"model": model} | {key: row[key] for key in KEYS if key in row}
                yield pytest.param(names, row, id=" ".join(names.values()))


def configurations():
    """Return what is run and, one laid over the other, what is only checked: blocks directly before a message."""
    run, checked = {"cohorts": CONFIG["cohorts"]}, {"cohorts": CONFIG["cohorts"]}
    for block, after in pairwise(SHOWN):
        if block.kind == "yaml" and after.kind == "text":
            checked = merged(checked, yaml.safe_load(block.content))
        elif block.kind == "yaml":
            run = merged(run, yaml.safe_load(block.content))
    # The page shows the other fits of one model; those of all would take minutes.
    return {**run, "sensitivity": False}, checked


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("questions")
    (folder / "resources").symlink_to(REPOSITORY / "resources")
    return folder


@pytest.fixture(scope="module")
def run(folder):
    """What the run of all examples says."""
    config = write_config(folder / "run.yaml", configurations()[0])
    targets = ["results/demo/panel.tsv", "results/demo/lsc_response/sensitivity.tsv.gz"]
    done = run_snakemake(folder, *targets, "-s", SNAKEFILE, "--configfile", config)
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def tables(run, folder):
    """The panel, with the columns of the other fits of the first model, and these fits."""
    results = folder / "results" / "demo"
    panel = pd.read_csv(results / "panel.tsv", sep="\t", keep_default_na=False, na_values=["NA"])
    fits = pd.read_csv(
        results / "lsc_response" / "sensitivity.tsv.gz", sep="\t", keep_default_na=False, na_values=["NA"]
    )
    record = json.loads((results / "lsc_response" / "fit.json").read_text(encoding="utf-8"))
    panel = panel.join(summarise_variants(fits, panel[panel["model"] == "lsc_response"], record["statistics"]["alpha"]))
    symbols = panel.drop_duplicates("gene_id").set_index("gene_id")["symbol"]
    return panel, fits.assign(model="lsc_response", symbol=fits["gene_id"].map(symbols))


@pytest.fixture(scope="module")
def truth():
    return pd.read_csv(REPOSITORY / "resources" / "demo" / "truth.tsv", sep="\t")


def agrees(printed, value):
    """Whether a value is what is printed, to the printed digits."""
    if printed == "NA" or isinstance(value, str):
        return printed == ("NA" if not isinstance(value, str) else value)
    unit = 10.0 ** Decimal(printed).as_tuple().exponent
    return abs(float(printed) - value) <= 0.5 * unit * (1 + 1e-6)


@pytest.mark.parametrize(("keys", "row"), list(_tables()))
def test_row_is_what_the_run_gives(tables, truth, keys, row):
    panel, fits = tables
    found = fits if "variant" in row else panel
    for key, value in keys.items():
        found = found[found[key] == value]
    assert len(found) == 1, keys
    found = found.iloc[0]
    wrong = {
        column: (printed, found[column])
        for column, printed in row.items()
        if column not in (*keys, "planted") and not agrees(printed, found[column])
    }
    assert not wrong
    if "planted" in row:
        key = (found["model"], found["contrast"])
        source = dict(zip(("model", "contrast"), TRUTH_OF.get(key, key), strict=True)) | {"gene_id": found["gene_id"]}
        planted = truth[(truth[list(source)] == pd.Series(source)).all(axis=1)]["true_log2_fc"].item()
        assert agrees(row["planted"].removesuffix(OUTSIDE), planted)
        assert (found["ci_low"] <= planted <= found["ci_high"]) != row["planted"].endswith(OUTSIDE)


def test_messages_are_those_of_the_run(run, folder):
    """The designs that cannot work are checked together: all that is wrong is reported together."""
    config = write_config(folder / "checked.yaml", configurations()[1])
    done = run_snakemake(folder, "-n", "-s", SNAKEFILE, "--configfile", config)
    assert done.returncode != 0
    said = normal(run + done.stdout)
    messages = [block.content for block in BLOCKS if block.kind == "text"]
    assert len(messages) >= 6
    lacking = [message for message in messages if normal(message) not in said]
    assert not lacking, said


def test_numbers_in_the_text_are_in_a_table_or_message(run, folder):
    fractions = pd.read_csv(folder / "results/demo/lsc_followup/samples.tsv", sep="\t")
    means = fractions.groupby(["in change_in_resistant"])["leukemic_fraction"].mean()
    # The one statement of the text that no table holds.
    known = {f"{mean:.3f}" for mean in means}
    for block in SHOWN:
        cells = [cell for row in block.content for cell in row.values()] if block.kind == "table" else [block.content]
        known |= {number for cell in cells for number in re.findall(NUMBER, cell)}
    prose = {number for block in BLOCKS if block.kind == "prose" for number in re.findall(NUMBER, block.content)}
    assert prose <= known


@pytest.fixture(scope="module")
def mice(folder):
    """The panel of the section on mice, what `check` says of its configuration, and what without its species."""
    blocks = {block.kind: block.content for block in read_blocks(MICE)}
    done = subprocess.run([sys.executable, "-c", blocks["python"]], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    config = yaml.safe_load(blocks["yaml"]) | {"sensitivity": False}
    asked = ("-s", SNAKEFILE, "--configfile", write_config(folder / "mice.yaml", config))
    done = run_snakemake(folder, "results/mice/panel.tsv", *asked)
    assert done.returncode == 0, done.stdout
    printed = run_snakemake(folder, "check", *asked).stdout
    del config["cohorts"]["mice"]["species"]
    refused = run_snakemake(
        folder, "check", "-s", SNAKEFILE, "--configfile", write_config(folder / "people.yaml", config)
    )
    assert refused.returncode != 0
    panel = pd.read_csv(folder / "results/mice/panel.tsv", sep="\t", keep_default_na=False, na_values=["NA"])
    return panel.set_index("symbol"), normal(printed), normal(refused.stdout)


def test_the_section_on_mice_is_what_its_run_gives(mice):
    panel, printed, refused = mice
    blocks = read_blocks(MICE)
    (rows,) = (block.content for block in blocks if block.kind == "table")
    for row in rows:
        found = panel.loc[row.pop("symbol")]
        assert {column: value for column, value in row.items() if not agrees(value, found[column])} == {}
    of_species, of_panel = (normal(block.content) for block in blocks if block.kind == "text")
    assert of_species in refused and of_panel in printed
    prose = " ".join(block.content for block in blocks if block.kind == "prose")
    assert not re.findall(NUMBER, prose)


def test_mice_have_the_effects_of_the_same_counts_in_people(mice, tables):
    """As the section says: to the second digit those of the first question."""
    panel, first = mice[0], tables[0]
    first = first[first["model"] == "lsc_response"].set_index("symbol")
    for symbol in ("BMPR1B", "BMP4", "TWIST1", "BMP2", "ID1"):
        assert panel.loc[symbol, "log2_fc"] == pytest.approx(first.loc[symbol, "log2_fc"], abs=0.01)


@pytest.fixture(scope="module")
def known(folder):
    """The tables of the section on sets and regulators, what its run says, and what `check` says of contrary edges."""
    blocks = {block.kind: block.content for block in read_blocks(KNOWN)}
    done = subprocess.run([sys.executable, "-c", blocks["python"]], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    config = yaml.safe_load(blocks["yaml"]) | {"sensitivity": False, "second_opinion": False}
    asked = ("-s", SNAKEFILE, "--configfile", write_config(folder / "known.yaml", config))
    files = [f"results/known/{name}.tsv.gz" for name in ("activities", "gene_sets")]
    done = run_snakemake(folder, *files, *asked)
    assert done.returncode == 0, done.stdout
    tables = [pd.read_csv(folder / file, sep="\t", keep_default_na=False, na_values=["NA"]) for file in files]
    (line,) = re.findall(r"a line `(.+?)`", KNOWN)
    with open(folder / "network.csv", "a", encoding="utf-8") as file:
        file.write(f"{line}\n")
    refused = run_snakemake(folder, "check", *asked)
    assert refused.returncode != 0
    return tables, normal(done.stdout), normal(refused.stdout)


def test_the_section_on_sets_and_regulators_is_what_its_run_gives(known):
    tables, printed, refused = known
    blocks = read_blocks(KNOWN)
    shown = [block.content for block in blocks if block.kind == "table"]
    for rows, table, name in zip(shown, tables, ("regulator", "gene_set"), strict=True):
        found = table.set_index(name)
        for row in rows:
            one = found.loc[row.pop(name)]
            assert {column: value for column, value in row.items() if not agrees(value, one[column])} == {}
    note, problem = (normal(block.content) for block in blocks if block.kind == "text")
    assert note in printed and problem in refused


@pytest.fixture(scope="module")
def paper(folder):
    """The effects and their meta-analysis of the section on a paper, and what is said of its entry, right and wrong."""
    blocks = {block.kind: block.content for block in read_blocks(PAPER)}
    done = subprocess.run([sys.executable, "-c", blocks["python"]], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    config = yaml.safe_load(blocks["yaml"]) | {"sensitivity": False, "gene_sets": []}
    asked = ("-s", SNAKEFILE, "--configfile", write_config(folder / "paper.yaml", config))
    done = run_snakemake(folder, "results/summary/meta_analysis.tsv", *asked)
    assert done.returncode == 0, done.stdout
    printed = run_snakemake(folder, "check", *asked).stdout
    entry = config["published"]["paper"]
    entry |= {"scale": "log2", "columns": {**entry["columns"], "p": "adj.P.Val"}}
    wrong = write_config(folder / "wrong.yaml", config)
    refused = run_snakemake(folder, "check", "-s", SNAKEFILE, "--configfile", wrong)
    assert refused.returncode != 0
    read = {"sep": "\t", "keep_default_na": False, "na_values": ["NA"]}
    names = ("effects.tsv", "meta_analysis.tsv")
    return [pd.read_csv(folder / "results/summary" / name, **read) for name in names], normal(printed + refused.stdout)


def test_the_section_on_a_paper_is_what_its_run_gives(paper, truth):
    (effects, meta), printed = paper
    blocks = read_blocks(PAPER)
    of_genes, of_all = (block.content for block in blocks if block.kind == "table")
    assert len(of_genes) >= 6 and len(of_all) >= 3
    for rows, table, key in ((of_genes, effects, ["symbol", "cohort"]), (of_all, meta, ["symbol"])):
        for row in rows:
            found = table[(table[key] == pd.Series({name: row[name] for name in key})).all(axis=1)].squeeze()
            wrong = {column: value for column, value in row.items() if column not in key}
            assert {column: value for column, value in wrong.items() if not agrees(value, found[column])} == {}
    for block in blocks:
        if block.kind == "text":
            assert normal(block.content) in printed
    there = effects[(effects["cohort"] == "paper") & effects["lfc_se"].notna()]
    # Four digits of print.
    assert there["lfc_se"].median() == pytest.approx(0.4, rel=1e-3)
    planted = truth[truth["model"] == "lsc_response"].set_index("gene_id")["true_log2_fc"].reindex(there["gene_id"])
    covered = (there["ci_low"].to_numpy() <= planted) & (planted <= there["ci_high"].to_numpy())
    assert covered.mean() == pytest.approx(0.95, abs=3 * (0.05 * 0.95 / len(there)) ** 0.5)
