"""A small sound study, what an attack makes of it, and what the checks say within bounds of time and memory."""

import gc
import multiprocessing
import os
import resource
import shutil
import signal
import tempfile
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from autocrine.input.genes import GeneTable
from autocrine.input.importing import identify_genes, identity_warnings, read_cohort, settle_genes
from autocrine.input.known_genes import read_known_genes
from autocrine.input.panel import read_panel
from autocrine.input.schema import read_yaml
from autocrine.input.species import KnownGenes
from autocrine.problems import Findings
from autocrine.run.check import SharedInputs, check_inputs
from autocrine.run.config import read_settings
from tests.conftest import REPOSITORY
from tests.hostile import recipes

HERE = Path(__file__).parent
RESOURCES = REPOSITORY / "resources"
# No attack may take longer, or more memory beside what a test process has (imports, tables of genes).
SECONDS, BYTES = 20, 2 * 2**30
GENES, SAMPLES = 200, 8
CONFIG = """
cohorts:
  c:
    counts: counts.tsv
    samples: samples.tsv
models:
  m:
    design: ~ response
    contrasts:
      r: {factor: response, tested: resistant, reference: sensitive}
claims: []
gene_sets: []
sensitivity: false
"""


@dataclass(frozen=True)
class Attack:
    """One bad input: what is done to the sound study, what must become of it (`outcome`), and what must be `said`."""

    kind: str
    name: str
    steps: list[dict[str, Any]]
    outcome: str
    says: list[str]

    @property
    def title(self) -> str:
        return f"{self.kind}: {self.name}"


@dataclass
class Answer:
    """What the checks said, in which time (s) and with how much more memory (bytes); `fault` is a crash or a limit."""

    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    fault: str = ""
    seconds: float = 0.0
    memory: int = 0

    @property
    def outcome(self) -> str:
        """The strongest thing that was said."""
        said = {"crashed": self.fault, "refused": self.problems, "warned": self.warnings, "noted": self.notes}
        return next((outcome for outcome, words in said.items() if words), "accepted")

    def said(self, outcome: str) -> str:
        """What was said of a strength, as one text."""
        return "\n".join({"refused": self.problems, "warned": self.warnings, "noted": self.notes}.get(outcome, []))


def read_attacks() -> list[Attack]:
    """Return all attacks of `cases/`; an entry with `each` is one for every value, which stands for {} in it."""
    found = []
    for path in sorted((HERE / "cases").glob("*.yaml")):
        entries = yaml.safe_load(path.read_text(encoding="utf-8"))
        for entry in entries["attacks"]:
            filled = {"": entry}
            if "each" in entry:
                filled = {
                    f" {place}: {value!r:.40}": _fill(entry, value) for place, value in enumerate(entry["each"], 1)
                }
            for which, one in filled.items():
                steps = one["do"] if isinstance(one["do"], list) else [one["do"]]
                says = one.get("says", [])
                says = says if isinstance(says, list) else [says]
                found.append(Attack(entries["class"], one["name"] + which, steps, one.get("outcome", "refused"), says))
    return found


def _fill(value: Any, given: Any) -> Any:
    if isinstance(value, dict):
        return {_fill(key, given): _fill(item, given) for key, item in value.items() if key != "each"}
    if isinstance(value, list):
        return [_fill(item, given) for item in value]
    if value == "{}":
        return given
    return value.replace("{}", str(given)) if isinstance(value, str) else value


@cache
def gene_table() -> GeneTable:
    """The bundled human genes, read once, as those of mice are."""
    known = known_genes(None, Findings())
    assert len(known.mouse.lookup.symbols) > len(known.human.lookup.ambiguous)
    return known.human


def known_genes(own: str | None, findings: Findings) -> KnownGenes:
    """All tables of genes, with that of a cohort."""
    names = ("human_grch38.tsv.gz", "refused_aliases.tsv", "mouse_grcm39.tsv.gz")
    return read_known_genes(*(str(RESOURCES / "genes" / name) for name in names), own, findings)


@cache
def schema(name: str) -> dict[str, Any]:
    """A schema of the workflow."""
    path = REPOSITORY / "workflow" / "schemas" / f"{name}.schema.yaml"
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@cache
def sound_tables() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Counts, genes x samples, and the sheet, of a study that no check has anything against."""
    random = np.random.default_rng(11)
    panel = pd.read_csv(RESOURCES / "panels" / "bmp.tsv", sep="\t", usecols=["symbol", "ensembl"])
    symbols = panel.loc[panel["ensembl"].notna(), "symbol"][:GENES]
    samples = [f"S{place}" for place in range(1, SAMPLES + 1)]
    mean = random.lognormal(5, 1.5, len(symbols))[:, None] * random.uniform(0.7, 1.4, SAMPLES)
    counts = random.negative_binomial(8, 8 / (8 + mean))
    sheet = pd.DataFrame(
        {
            "patient": [f"P{place}" for place in range(1, SAMPLES + 1)],
            "response": ["resistant"] * 4 + ["sensitive"] * 4,
            "sex": ["female", "male"] * 4,
            "age": [51, 47, 63, 38, 55, 60, 44, 49],
            "batch": ["B1", "B1", "B2", "B2"] * 2,
        },
        index=pd.Index(samples, name="sample"),
    )
    return pd.DataFrame(counts, index=pd.Index(list(symbols), name="gene"), columns=samples), sheet


def write_study(folder: Path) -> None:
    """Write the sound study."""
    counts, sheet = sound_tables()
    counts.to_csv(folder / "counts.tsv", sep="\t")
    sheet.to_csv(folder / "samples.tsv", sep="\t")
    (folder / "config.yaml").write_text(CONFIG, encoding="utf-8")


def apply(folder: Path, step: dict[str, Any]) -> None:
    """Do one step of an attack: write or edit a file, change the configuration, or follow a recipe."""
    step = dict(step)
    if "recipe" in step:
        name = step.pop("recipe")
        getattr(recipes, name)(folder, **step)
    elif "config" in step:
        # Dotted keys with the value that they get; null takes a key away.
        config = yaml.safe_load((folder / "config.yaml").read_text(encoding="utf-8"))
        for key, value in step["config"].items():
            recipes.put(config, key, value)
        (folder / "config.yaml").write_text(
            yaml.safe_dump(config, sort_keys=False, allow_unicode=True), encoding="utf-8"
        )
    elif "write" in step:
        (folder / step["write"]).write_text(step["text"], encoding=step.get("encoding", "utf-8"), newline="")
    elif "edit" in step:
        path = folder / step["edit"]
        text = path.read_text(encoding="utf-8")
        assert step["old"] in text, f"{step['old']!r} is not in {path.name}"
        path.write_text(text.replace(step["old"], step["new"], step.get("times", 1)), encoding="utf-8", newline="")
    else:
        raise ValueError(f"unknown step {step}")


def check(folder: Path) -> Findings:
    """Check a study as a run does before its first job."""
    os.chdir(folder)
    findings = Findings()
    config = read_yaml("config.yaml", findings)
    if findings.problems and config is None:
        return findings
    settings = read_settings({} if config is None else config, schema("config"), findings)
    if settings is None:
        return findings
    panel = settings.panel or str(RESOURCES / "panels" / "bmp.tsv")
    shared = SharedInputs(
        panel=panel,
        claims=settings.claims or (),
        gene_sets=settings.gene_sets or (),
        samples_schema=schema("samples"),
        claims_schema=schema("claims"),
        genes=gene_table,
        mouse_genes=lambda: known_genes(None, Findings()).mouse,
    )
    check_inputs(settings, shared, findings)
    if not findings.problems:
        for cohort in settings.cohorts.values():
            read = read_cohort(cohort, schema("samples"), Findings())
            if read.counts is not None:
                own = read_panel(cohort.panel or panel, Findings())
                known = known_genes(cohort.genes, findings)
                counts = settle_genes(read.counts, cohort, known, findings)
                warnings = identity_warnings(*identify_genes(counts, cohort, known, own), cohort, own)
                # The sound study has few genes.
                findings.warnings += [one for one in warnings if one.kind != "few_genes"]
    return findings


def attack(folder: Path, asked: Attack) -> Answer:
    """Let a process of its own check the study after an attack, within bounds."""
    _prepare()
    write_study(folder)
    receive, send = multiprocessing.Pipe(duplex=False)
    child = multiprocessing.get_context("fork").Process(target=_in_child, args=(folder, asked, send))
    started = time.monotonic()
    child.start()
    send.close()
    child.join(SECONDS + 10)
    if child.is_alive():
        child.kill()
        child.join()
        return Answer(fault=f"not ended by a signal after {SECONDS + 10} s")
    try:
        return receive.recv()
    except EOFError:
        return Answer(fault=f"the process ended with {child.exitcode}", seconds=time.monotonic() - started)
    finally:
        receive.close()


@cache
def _prepare() -> None:
    """Check the sound study once, so that forks have the tables and libraries that checks read and import."""
    before = os.getcwd()
    with tempfile.TemporaryDirectory() as folder:
        write_study(Path(folder))
        check(Path(folder))
        os.chdir(before)
    # A fork that collects garbage would copy all pages of what was loaded.
    gc.collect()
    gc.freeze()


def _in_child(folder: Path, asked: Attack, send: Any) -> None:
    for step in asked.steps:
        apply(folder, step)
    own = _memory()
    resource.setrlimit(resource.RLIMIT_AS, (_address_space() + BYTES, resource.RLIM_INFINITY))
    signal.signal(signal.SIGALRM, _late)
    signal.alarm(SECONDS)
    started = time.monotonic()
    answer = Answer()
    try:
        found = check(folder)
        answer = Answer([*map(str, found.problems)], [*map(str, found.warnings)], list(found.notes))
    except BaseException as error:
        answer.fault = "".join(traceback.format_exception_only(error)).strip() + "\n" + traceback.format_exc(limit=-4)
    signal.alarm(0)
    answer.seconds, answer.memory = time.monotonic() - started, max(0, _memory() - own)
    send.send(answer)
    send.close()


def _late(*_: object) -> None:
    raise TimeoutError(f"no answer after {SECONDS} s")


def _memory() -> int:
    """The most memory that this process has had (bytes)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _address_space() -> int:
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def answers(folder: Path, attacks: list[Attack]) -> Iterator[tuple[Attack, Answer]]:
    """Yield each attack with its answer; every attack gets a folder of its own."""
    for place, asked in enumerate(attacks):
        own = folder / f"{place}"
        own.mkdir()
        yield asked, attack(own, asked)
        shutil.rmtree(own)
