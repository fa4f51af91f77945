"""The command `autocrine`: a first configuration, and the workflow's commands without their paths."""

import argparse
import gzip
import os
import re
import subprocess
import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

try:
    from autocrine.cells.pseudobulks import SPECIMEN
    from autocrine.cells.survey import survey_cells
    from autocrine.input.cell_source import SAMPLE
    from autocrine.input.cohort import make_cohort
    from autocrine.input.importing import read_cohort
    from autocrine.input.known_genes import read_known_genes
    from autocrine.input.readers.files import expand_all
    from autocrine.input.schema import parse_yaml, read_yaml, with_defaults
    from autocrine.input.sheet import read_sheet
    from autocrine.input.species import HUMAN, MOUSE, OTHER, main_species
    from autocrine.problems import Findings, InputError
    from autocrine.run.cell_suggestion import suggest_cells
    from autocrine.run.suggestion import explain_none, find_measurements, suggest_models, write_configuration
except ModuleNotFoundError as error:
    # The wheel without extras brings what a fit needs, and this command.
    if (error.name or "autocrine").startswith("autocrine"):
        raise
    raise SystemExit(f'{error.name} is not installed: pip install "autocrine[workflow]"') from error

DESCRIPTION = "Differential expression of leukaemic stem cells, and what it says of named genes."
CONFIGURATION = "config.yaml"
GENES = ("human_grch38.tsv.gz", "refused_aliases.tsv", "mouse_grcm39.tsv.gz")
# With this key snakemake takes a configuration for a template, and runs the Python in it.
TEMPLATES = "__use_yte__"
# What snakemake says around a message: where in the workflow it arose, which is no place of the user's.
OF_SNAKEMAKE = re.compile(r'(WorkflowError in file |  File )".*\.smk", line \d+|Using workflow specific profile ')


def workflow_folder() -> Path:
    """Return the folder that holds `workflow/` and `resources/`: of the clone, or as installed beside the package."""
    clone = Path(__file__).resolve().parents[3]
    if (clone / "workflow" / "Snakefile").is_file():
        return clone
    installed = Path(sys.prefix) / "share" / "autocrine"
    if (installed / "workflow" / "Snakefile").is_file():
        return installed
    raise SystemExit(
        f"The workflow was found neither in {clone} nor in {installed}: is autocrine installed as a whole?"
    )


def main(arguments: list[str] | None = None) -> int:
    """Run a command and return its exit status."""
    parser = argparse.ArgumentParser("autocrine", description=DESCRIPTION)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    init = commands.add_parser("init", help="write a configuration from counts and a sample sheet, with comparisons")
    counts_help = "count files or a folder of them, as `counts` or `cells` of the configuration; the sheet behind them"
    init.add_argument("counts", nargs="+", help=counts_help)
    init.add_argument("samples", nargs="?", help=argparse.SUPPRESS)
    init.add_argument("--output", "-o", default=CONFIGURATION, help="where to write it (%(default)s)")
    init.add_argument("--name", help="name of the cohort; that of the counts when left out")
    init.add_argument("--labels", help="for single cells: a table with the type of each cell, where obs has none")
    init.add_argument("--transcripts", help="for salmon: the table of the genes of transcripts")
    for name, help_text in (
        ("check", "say what a run would do, or all that is wrong"),
        ("run", "run the analysis"),
        ("verify", "compare results with the records of the jobs that wrote them"),
    ):
        command = commands.add_parser(
            name,
            help=help_text,
            usage=f"autocrine {name} [--configfile FILE] [snakemake options]",
            # --config is an option of snakemake's.
            allow_abbrev=False,
        )
        command.add_argument("--configfile", "-c", help=f"the configuration ({CONFIGURATION} when left out)")
    compare = commands.add_parser("compare", help="say what changed between two folders of results")
    compare.add_argument("old")
    compare.add_argument("new", nargs="?", default="results", help="%(default)s when left out")
    compare.add_argument("--table", help="a file for every change")
    given, rest = parser.parse_known_args(arguments)
    if rest and given.command in ("init", "compare"):
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    try:
        if given.command == "init":
            return _init(given)
        if given.command == "compare":
            script = workflow_folder() / "workflow" / "scripts" / "compare.py"
            table = ["--table", given.table] if given.table else []
            return _python([str(script), given.old, given.new, *table])
        return _snakemake(given.command, given.configfile, rest)
    except InputError as error:
        print(error, file=sys.stderr)
        return 1


def _init(given: argparse.Namespace) -> int:
    """Write a configuration from what counts and sheet hold."""
    counts, sheet_path = _split(given.counts)
    output, findings = Path(given.output), Findings()
    if output.exists():
        print(f"{output} is there already: name another file with --output, or remove it", file=sys.stderr)
        return 1
    schemas = workflow_folder() / "workflow" / "schemas"
    config_schema, samples_schema = (
        parse_yaml((schemas / f"{name}.schema.yaml").read_text(encoding="utf-8")) for name in ("config", "samples")
    )
    if not output.parent.is_dir():
        findings.problem(str(output.parent), "there is no such folder", "a folder for the configuration")
    named = config_schema["$defs"]["name"]
    taken = named["not"]["enum"]
    name = _cohort_name(counts[0], taken) if given.name is None else given.name
    if not re.search(named["pattern"], name) or len(name) > named["maxLength"] or name in taken:
        right = 'letters, digits, "_" or "-", beginning with a letter; not ' + ", ".join(taken)
        findings.problem("--name", f'"{name}" cannot be the name of a cohort', right)
    findings.raise_if_any()
    sheet = read_sheet(sheet_path, samples_schema, (), Findings()) if sheet_path else None
    numeric = [] if sheet is None else find_measurements(sheet)
    of_cells = suggest_cells(counts, [] if sheet is None else list(sheet.index), given.labels, findings)
    findings.raise_if_any()
    if given.labels and of_cells is None:
        findings.problem(given.labels, "labels are for single cells, and these are none", "no --labels")
        findings.raise_if_any()
    entry: dict[str, object] = {"counts": counts[0] if len(counts) == 1 else counts}
    if of_cells is not None:
        entry = dict(of_cells.entry)
    if sheet_path:
        entry["samples"] = sheet_path
    if given.transcripts:
        entry["transcripts"] = given.transcripts
    if numeric:
        entry["numeric"] = numeric
    filled = with_defaults({"cohorts": {name: entry}, "models": {}}, config_schema)["cohorts"][name]
    cohort = make_cohort(name, filled)
    if of_cells is not None:
        survey = survey_cells(cohort, samples_schema, findings)
        findings.raise_if_any()
        assert survey is not None  # or a problem was raised
        # The rows are sums of cells: what sample they are of is no group to compare.
        shown, names = survey.sheet.drop(columns=[SPECIMEN]), survey.genes
        size = f"{len(names):,} genes in {survey.cells:,} cells of {survey.groups['sample'].nunique()} samples"
    else:
        cohort = replace(cohort, source=replace(cohort.source, paths=tuple(expand_all(cohort.source.paths))))
        read = read_cohort(cohort, samples_schema, findings)
        findings.raise_if_any()
        assert read.counts is not None and read.sheet is not None  # or a problem was raised
        shown, names = read.sheet, read.counts.values.index
        size = f"{len(names):,} genes in {len(shown)} samples"
    resources = workflow_folder() / "resources" / "genes"
    human, refused, mouse = (str(resources / name) for name in GENES)
    known = read_known_genes(human, refused, mouse, None, findings)
    species = main_species(list(names.astype(str)), known)
    if species not in ("", HUMAN):
        entry["species"] = MOUSE if species == MOUSE else OTHER
    suggested = suggest_models(shown)
    reasons = [] if suggested else [f"No comparison is suggested. {reason}" for reason in explain_none(shown)]
    notes = [
        f"{size}{f', named as those of {species}' if species else ''}.",
        *(() if of_cells is None else of_cells.notes),
        *findings.notes,
        *(f"Warning: {text}" for text in findings.warnings),
        *reasons,
    ]
    text = write_configuration(name, entry, suggested, notes, shown.columns)
    with output.open("x", encoding="utf-8") as file:
        file.write(text)
    print(f"{output}: {size}, {len(suggested)} suggested models", *reasons, sep="\n  ")
    for model in suggested:
        print(f"  {model.name}: {model.entry['design']}; {', '.join(model.entry['contrasts'])}")
    print(
        f"Read it, then: autocrine check --configfile {output}"
        if given.output != CONFIGURATION
        else "Then: autocrine check"
    )
    return 0


def _split(paths: list[str]) -> tuple[list[str], str | None]:
    """Tell the sample sheet, named last, from the counts."""
    ending = re.search(r"\.(tsv|csv|txt)(\.gz)?$", paths[-1])
    # Counts are often packed, and sheets seldom.
    if len(paths) > 1 and ending and (not ending[2] or _names_samples(paths[-1])):
        return paths[:-1], paths[-1]
    return paths, None


def _names_samples(path: str) -> bool:
    """Return whether the first line of a packed table has a column of samples, as a sheet has."""
    try:
        with gzip.open(path, "rt", encoding="utf-8", errors="replace") as file:
            return "sample" in re.split(r"[\t,;]", file.readline(100_000).strip().replace('"', ""))
    except OSError:
        return False


def _cohort_name(counts: str, taken: list[str]) -> str:
    # Of a path with "{sample}" the folder that holds all samples.
    stem = Path(counts.partition(SAMPLE)[0] or "cohort").name.split(".")[0] or "cohort"
    plain = "".join(letter if letter.isascii() and (letter.isalnum() or letter in "_-") else "_" for letter in stem)
    plain = plain if plain[:1].isalpha() else f"cohort_{plain}"
    return "my_cohort" if plain.lower() in (*taken, "counts") else plain[:64]


def _snakemake(command: str, configfile: str | None, rest: list[str]) -> int:
    """Call snakemake on the workflow; the configuration is read within bounds first, which snakemake does not."""
    if find_spec("snakemake") is None:
        print('snakemake is not installed: pip install "autocrine[workflow]"', file=sys.stderr)
        return 1
    path, findings = configfile or CONFIGURATION, Findings()
    if not Path(path).is_file():
        wanted = "autocrine init COUNTS SAMPLES writes one" if configfile is None else "the path of a configuration"
        findings.problem(path, "there is no such file", wanted)
    else:
        config = read_yaml(path, findings)
        if isinstance(config, dict) and TEMPLATES in config:
            found = f'the key "{TEMPLATES}" would have snakemake run code of the configuration'
            findings.problem(path, found, "a configuration without it")
    findings.raise_if_any()
    options = ["-s", str(workflow_folder() / "workflow" / "Snakefile"), "--configfile", path]
    if not any(option in ("--cores", "-c", "--jobs", "-j") or option.startswith("--cores=") for option in rest):
        options += ["--cores", "all" if command == "run" else "1"]
    arguments = ["-m", "snakemake", *([] if command == "run" else [command]), *options, *rest]
    return _python(arguments, unseen=OF_SNAKEMAKE if command == "check" else None)


def _python(arguments: list[str], unseen: re.Pattern[str] | None = None) -> int:
    """Run Python and return its exit status; lines of standard error that begin with `unseen` are left out."""
    library = str(Path(__file__).resolve().parents[1])
    paths = [library, os.environ.get("PYTHONPATH", "")]
    # `run` shows how far it is (rules/common.smk), unless the caller says otherwise.
    environment = {"AUTOCRINE_PROGRESS": "1", **os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    if unseen is None:
        return subprocess.run([sys.executable, *arguments], env=environment, check=False).returncode
    with subprocess.Popen([sys.executable, *arguments], env=environment, stderr=subprocess.PIPE, text=True) as process:
        for line in process.stderr or ():
            if not unseen.match(line):
                sys.stderr.write(line)
    return process.returncode


if __name__ == "__main__":
    sys.exit(main())
