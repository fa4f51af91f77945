# The files of the workflow itself: where they are, here or in a hosted repository, and which a script needs. No rules here.
import os
import re
import sys
from functools import cache
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.io import flag

HERE = workflow.current_basedir
RULES_FOLDER = HERE.get_path_or_uri(secret_free=True)


def source(path):
    """A file of this workflow, relative to this folder: itself, or a cached copy where the workflow is remote.

    As an input it is known by its place in the workflow, wherever that lies, and by its contents (contents.smk).
    """
    # source_path would copy local files too, into a folder that is new in each run.
    local = Path(RULES_FOLDER, path)
    if local.exists():
        file = os.path.normpath(local)
    else:
        file = hosted_binary(path) if path.endswith(".gz") else str(workflow.source_path(path))
    return ancient(flag(file, "sourcecache_entry", os.path.normpath(f"workflow/rules/{path}")))


def hosted_binary(path):
    """Put a compressed file of a hosted repository into snakemake's cache; snakemake 9.27 would read it as text, and fail."""
    file = HERE.join(path)
    # Beside the files that snakemake puts there, which have the relative paths of the repository.
    copy = Path(os.path.normpath(Path(workflow.source_path("common.smk")).parent / path))
    if not copy.exists():
        copy.parent.mkdir(parents=True, exist_ok=True)
        part = copy.with_name(f".{os.getpid()}.{copy.name}")
        part.write_bytes(file.hosted_repo.repo.commit(file.ref).tree[os.path.normpath(file.path)].data_stream.read())
        part.replace(copy)
    return str(copy)


@cache
def hosted_version():
    """Repository, version and commit of the workflow where its files are fetched one by one; nothing where it is here.

    Asked only where it is written down: it needs git, which a node of a cluster may lack.
    """
    if Path(RULES_FOLDER).exists():
        return ""
    return f"{HERE.repo} {HERE.ref}, {HERE.hosted_repo.repo.commit(HERE.ref).hexsha}"


# What the engine reads beside its modules.
ENGINE_DATA = ["engine/data/prior_histograms.tsv.gz"]


@cache
def module_file(name):
    """The file of a module of the library, and nothing for what is no module of it."""
    place = f"../scripts/{name.replace('.', '/')}"
    paths = [f"{place}.py", f"{place}/__init__.py"]
    return next((source(path) for path in paths if exists(path)), None)


def exists(path):
    """Whether the workflow has a file at this place, here or in its hosted repository."""
    if Path(RULES_FOLDER).exists():
        return Path(RULES_FOLDER, path).is_file()
    file = HERE.join(path)
    try:
        return file.hosted_repo.repo.commit(file.ref).tree[os.path.normpath(file.path)].type == "blob"
    except KeyError:
        return False


@cache
def imported(file):
    """The library files that a file imports, with the packages they are in; a module in quotes is imported when used."""
    text, names = Path(file).read_text(encoding="utf-8"), set()
    for module, listed in re.findall(r"^\s*from (autocrine[\w.]*) import (\([^)]*\)|.*)$", text, re.MULTILINE):
        parts = module.split(".")
        names |= {".".join(parts[:end]) for end in range(1, len(parts) + 1)}
        names |= {f"{module}.{name}" for name in re.findall(r"\w+", listed)}
    names |= set(re.findall(r'"(autocrine\.[\w.]+)"', text))
    return {path for name in names if (path := module_file(name))}


@cache
def library(*paths):
    """The library files that scripts need: an edit of one repeats what depends on it (contents.smk)."""
    todo, found = [source(path) for path in paths], set()
    while todo:
        new = imported(todo.pop()) - found
        found |= new
        todo += new
    data = [source(f"../scripts/autocrine/{name}") for name in ENGINE_DATA]
    return sorted(found) + (data if module_file("autocrine.engine") in found else [])


def page_files(templates, styles, libraries, scripts, licences):
    """Parameter: the files of a page by kind. They are many, so they count as code, with one checksum (contents.smk).

    `libraries` are names and `licences` files of workflow/report/vendor/, `scripts` names of workflow/report/page/, all
    others files of workflow/report/.
    """
    names = {
        "templates": templates,
        "styles": styles,
        "dark": ["page/dark.css"],
        # These unpack the others.
        "first_scripts": ["page/data.js", "page/start.js"],
        "libraries": [f"vendor/{name}.min.js" for name in libraries],
        "scripts": [f"page/{name}.js" for name in scripts],
        "licences": [f"vendor/{name}" for name in licences],
    }
    files = {kind: [source(f"../report/{name}") for name in paths] for kind, paths in names.items()}

    # A function of the input is compared with no earlier run: the checksum of the files is.
    def files_by_kind(wildcards, input):
        return {kind: [str(file) for file in paths] for kind, paths in files.items()}

    files_by_kind.code = sum(files.values(), [])
    return files_by_kind


def of_script(name):
    """The input that is the script of a rule. Its library files are a hundred: one checksum of them is a parameter."""
    return {"script": source(f"../scripts/{name}.py")}


# The library is imported by rule files too, so its folder is made known as it is to the scripts. From a remote module the
# files come one by one: all are asked for before the first import.
IMPORTING = ("common.smk", "cell_cohorts.smk", "contents.smk", "planning.smk", "starting.smk")
sys.path.insert(0, str(Path(library("../scripts/check.py", *IMPORTING)[0]).parents[1]))


def readable(path):
    """The path of a configuration; an error with its line where it is no YAML, which snakemake does not name."""
    from autocrine.problems import Findings, InputError
    from autocrine.input.schema import read_yaml

    findings = Findings()
    if Path(path).exists() and read_yaml(path, findings) is None and findings.problems:
        raise WorkflowError(str(InputError(findings.problems)))
    return path


def show_progress():
    """Show how far the run is, in place of what snakemake says of each job; warnings, errors and its log stay."""
    import logging

    from autocrine.run.progress import Durations, Progress
    from snakemake.logging import logger

    for handler in logger.handlers:
        if isinstance(handler, logging.StreamHandler) and not isinstance(handler, logging.FileHandler):
            handler.setLevel(logging.WARNING)
    times = Durations(os.path.abspath(".snakemake/autocrine/seconds.json"))
    cores = workflow.resource_settings.cores or workflow.resource_settings.nodes or 1
    logger.handlers.insert(0, Progress(sys.stderr, times, cores, workflow.dag.stats()[1]))


onstart:
    # Snakemake 9.27 holds job starts to 100 a second; for that it looks at every waiting job again, each second, once
    # for every job that has ended. On one machine, whose cores are the limit, nothing is gained by it.
    if workflow.local_exec:
        workflow.scheduler.job_rate_limiter = None
    if os.environ.get("AUTOCRINE_PROGRESS"):
        show_progress()
