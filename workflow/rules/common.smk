# What the rule files share, the checked configuration, and where things are. No rules here.
import atexit
import logging
import math
import os
import sys
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.logging import logger

if " " in sys.executable:
    raise WorkflowError(
        f"Python is in a folder with a blank in its name ({sys.executable}); snakemake cannot start scripts with it. "
        "Set up the environment in another place: make env VENV=/a/path/without/blanks"
    )


def given(path):
    """A file of the user as an input: its contents decide what is repeated (contents.smk), not its date."""
    return ancient(local(path))


def read_schema(name):
    """A schema of workflow/schemas/ as a dictionary."""
    path = source(f"../schemas/{name}.schema.yaml")
    return parse_yaml(Path(path).read_text(encoding="utf-8"))


from autocrine.claims.roles import bind_roles
from autocrine.cohorts.origins import origin_words
from autocrine.design.question import unit_of
from autocrine.input.download import check_download
from autocrine.input.genes import read_gene_table
from autocrine.input.readers.files import expand_all
from autocrine.input.schema import parse_yaml, read_yaml, with_defaults
from autocrine.input.source import hide_secrets
from autocrine.measure import LOG_EXPRESSION
from autocrine.problems import Findings, InputError, listed
from autocrine.run.check import SharedInputs, check_inputs
from autocrine.run.checksums import Checksums
from autocrine.run.config import read_settings
from autocrine.run.remembered import RememberedChecks

SAMPLES_SCHEMA = read_schema("samples")

# Remembered between runs; what a job in a process of its own reads again is in it already.
CHECKSUMS = Checksums(os.path.abspath(".snakemake/autocrine/checksums.json"))
if workflow.is_main_process:
    atexit.register(CHECKSUMS.save)

GENES = source("../../resources/genes/human_grch38.tsv.gz")
MOUSE_GENES = source("../../resources/genes/mouse_grcm39.tsv.gz")
REFUSED = source("../../resources/genes/refused_aliases.tsv")
BUNDLED_PANEL = source("../../resources/panels/bmp.tsv")
BUNDLED_CLAIMS = source("../../resources/claims/grockowiak2017.yaml")
BUNDLED_SETS = [source(f"../../resources/gene_sets/{name}") for name in ("bmp.gmt", "go_biological_process.gmt.gz")]


def shared_inputs(settings):
    """What is read beside the cohorts: the user's files, or the bundled ones. Claims go with the panel they name."""
    return SharedInputs(
        panel=settings.panel or BUNDLED_PANEL,
        claims=settings.claims if settings.claims is not None else (() if settings.panel else (BUNDLED_CLAIMS,)),
        gene_sets=settings.gene_sets or (),
        samples_schema=SAMPLES_SCHEMA,
        claims_schema=read_schema("claims"),
        genes=cache(lambda: read_gene_table(GENES, REFUSED)),
        mouse_genes=cache(lambda: read_gene_table(MOUSE_GENES)),
    )


def kept_at(cohort):
    """Where counts from an address are kept."""
    return f"results/{cohort.name}/input/{cohort.download.name}"


def with_fetched(settings, findings):
    """The settings with the files that were fetched in earlier runs, if they are those that are meant."""
    cohorts = dict(settings.cohorts)
    for name, cohort in cohorts.items():
        # The outputs of our rules lie elsewhere where a workflow that uses this one gives them a prefix.
        kept = cohort.download and workflow.modifier.path_modifier.replace_prefix(kept_at(cohort))
        if kept and Path(kept).exists():
            check_download(kept, cohort.download, findings)
            cohorts[name] = replace(cohort, source=replace(cohort.source, paths=(kept,)))
    return replace(settings, cohorts=cohorts)


def folder_of(cohort):
    """Where the results of a cohort lie; elsewhere where a workflow that uses this one gives them a prefix."""
    return workflow.modifier.path_modifier.replace_prefix(f"results/{cohort}")


def checked_settings():
    """The settings; or every problem of the configuration and of all input at once, before any job.

    With them the configuration with its defaults, and what it asks for in words, with notes and warnings.
    """
    schema, findings = read_schema("config"), Findings()
    # Snakemake has read them, and does not say what it made of keys that appear twice or of aliases.
    usable = [read_yaml(str(path), findings) is not None for path in workflow.configfiles]
    settings, outline = read_settings(config, schema, findings) if all(usable) else None, []
    if settings is not None:
        settings = with_fetched(settings, findings)
        # Jobs that snakemake starts in processes of their own read what was checked already.
        if workflow.is_main_process:
            code = library("../rules/common.smk")
            checks = RememberedChecks(os.path.abspath(".snakemake/autocrine/checks.json"), CHECKSUMS, code)
            atexit.register(checks.save)
            outline = check_inputs(settings, shared_inputs(settings), findings, checks.check)
    for note in findings.notes:
        logger.info(f"Note: {note}")
    for warning in findings.warnings:
        logger.warning(f"Warning: {warning}")
    if findings.problems:
        raise WorkflowError(str(InputError(findings.problems)))
    found = {"outline": outline, "notes": findings.notes, "warnings": [*map(asdict, findings.warnings)]}
    return settings, hide_secrets(with_defaults(config, schema)), found


SETTINGS, CONFIG, OUTLINE = checked_settings()
if workflow.is_main_process and {"check", "verify", "compare"} & set(sys.argv):
    # Their answer is text on screen. What snakemake says of itself and of jobs stays in its log.
    for handler in logger.handlers:
        if isinstance(handler, logging.StreamHandler) and not isinstance(handler, logging.FileHandler):
            handler.setLevel(logging.WARNING)
# Keys of a cohort that name files, beside its counts.
FILE_KEYS = ("samples", "transcripts", "lengths", "probes", "genes", "panel")
# Keys that no result depends on.
NO_RESULT = ["compare_with"]
AT_ADDRESS = [name for name, cohort in SETTINGS.cohorts.items() if not cohort.source.paths]
PANEL = given(SETTINGS.panel) if SETTINGS.panel else BUNDLED_PANEL
CLAIMS = [given(path) for path in SETTINGS.claims] if SETTINGS.claims else list(shared_inputs(SETTINGS).claims)
PUBLISHED_TABLES = [given(asked.table) for asked in SETTINGS.published.values()]
GENE_SETS = BUNDLED_SETS if SETTINGS.gene_sets is None else [given(path) for path in SETTINGS.gene_sets]
NETWORKS = [given(path) for path in SETTINGS.networks]


wildcard_constraints:
    cohort="|".join(SETTINGS.cohorts),
    model="|".join(SETTINGS.models),
    contrast="|".join({name for model in SETTINGS.models.values() for name in model.contrasts}),


def model_entry(name, left_out=("title", "role")):
    """What of a model's configuration decides its numbers: all but titles and roles, which only readers are shown."""
    entry = {key: value for key, value in CONFIG["models"][name].items() if key != "title"}
    entry["contrasts"] = {
        contrast: {key: value for key, value in asked.items() if key not in left_out}
        for contrast, asked in entry["contrasts"].items()
    }
    return entry


def cohort_entry(name):
    """What of a cohort's configuration decides its counts."""
    return {
        # No number rests on the picture of its cells.
        key: {name: choice for name, choice in value.items() if name != "picture"} if key == "cells" else value
        for key, value in CONFIG["cohorts"][name].items()
        if key not in ("title", "models", "outcomes", "evidence", "show_without", "fraction_reference")
    }


def count_files(cohort):
    """The files that hold the counts of a cohort."""
    asked = SETTINGS.cohorts[cohort]
    if asked.cells:
        return [file for batch in batches(cohort) for file in files_of_batch(cohort, batch)]
    return [kept_at(asked)] if asked.download else [given(path) for path in expand_all(asked.source.paths)]


def named_files(cohort, *keys):
    """The files that these keys of a cohort name, without those that are left out."""
    return [given(CONFIG["cohorts"][cohort][key]) for key in keys if CONFIG["cohorts"][cohort].get(key)]


def panel_of(wildcards):
    """The gene panel of a cohort: its own, or that of the configuration."""
    own = SETTINGS.cohorts[wildcards.cohort].panel
    return given(own) if own else PANEL


def reference_file(cohort):
    """The file of pure profiles of a cohort, if it has one."""
    reference = SETTINGS.cohorts[cohort].fraction_reference
    return [given(reference["file"])] if reference else []


def of_outcomes(*patterns):
    """Input function: files of a cohort that has outcomes; none of another."""
    return lambda wildcards: [
        pattern.format(cohort=wildcards.cohort) for pattern in patterns if SETTINGS.cohorts[wildcards.cohort].outcomes
    ]


def outcomes_of(cohort, left_out=()):
    """The entries of the outcomes of a cohort."""
    return {
        name: {key: value for key, value in CONFIG["outcomes"][name].items() if key not in left_out}
        for name in SETTINGS.cohorts[cohort].outcomes
    }


FRACTION_FILES = ("fractions.tsv", "fraction_draws.tsv.gz", "fraction_markers.tsv")


def estimated_fractions(wildcards):
    """The leukaemic fractions that are estimated from expression, and their draws, of a cohort with pure profiles."""
    names = FRACTION_FILES[:2] if SETTINGS.cohorts[wildcards.cohort].fraction_reference else ()
    return [f"results/{wildcards.cohort}/{name}" for name in names]


def gene_table_of(wildcards):
    """The bundled genes of the species of a cohort; none where it is neither human nor mouse."""
    return {"human": [GENES], "mouse": [MOUSE_GENES]}.get(SETTINGS.cohorts[wildcards.cohort].species, [])


def contrasts_of(cohort):
    """(model, contrast) pairs of one cohort, in the order of the configuration."""
    return [
        (model, contrast) for model in SETTINGS.cohorts[cohort].models for contrast in SETTINGS.models[model].contrasts
    ]


def titles_of(wildcards):
    """[model, contrast, title of the model, title of the contrast] of one cohort, in the order of the configuration."""
    return [
        [model, contrast, SETTINGS.models[model].title, SETTINGS.models[model].contrasts[contrast].title]
        for model, contrast in contrasts_of(wildcards.cohort)
    ]


def units_of_contrasts(wildcards):
    """[model, contrast, what an effect is per] of one cohort; the unit is empty between two groups."""
    return [
        [model, contrast, unit_of(SETTINGS.models[model].contrasts[contrast], SETTINGS.models[model])]
        for model, contrast in contrasts_of(wildcards.cohort)
    ]


# Of the jobs that could start, one with a higher priority does: first the last steps before a report, which follow one
# another, then what else it waits for longest. All other jobs have 0.
SOONEST, SOON = 2, 1

# The most contrasts that one process draws, by and large. Its start takes as long as one of them; side by side they are
# drawn sooner.
DRAWN_TOGETHER = 8


def drawn_together():
    """(cohorts, models) of the jobs that draw models: cohorts of the same models, and shares of these in their order.

    A cohort's jobs draw much the same number of contrasts: the longest of them is what its report waits for.
    """
    cohorts_of, jobs = {}, []
    for name, cohort in SETTINGS.cohorts.items():
        cohorts_of.setdefault(tuple(cohort.models), []).append(name)
    for models, cohorts in cohorts_of.items():
        contrasts = [len(SETTINGS.models[model].contrasts) for model in models]
        number = math.ceil(sum(contrasts) / DRAWN_TOGETHER)
        shares = [[] for _ in range(number)]
        for k, model in enumerate(models):
            # by where the middle of its contrasts lies among all
            middle = sum(contrasts[:k]) + contrasts[k] / 2
            shares[int(middle * number / sum(contrasts))].append(model)
        jobs += [(cohorts, share) for share in shares if share]
    return jobs


def of_contrasts(models, name):
    """The files of this name of every contrast of models, in their order."""
    return [
        f"results/{{cohort}}/{model}/{contrast}/{name}"
        for model in models
        for contrast in SETTINGS.models[model].contrasts
    ]


def fit_threads(wildcards):
    """Threads of a fit: one for a small cohort, whose fits then run side by side; two where counts are many."""
    files = [Path(path) for path in expand_all(SETTINGS.cohorts[wildcards.cohort].source.paths) if Path(path).exists()]
    megabytes = sum(file.stat().st_size * (4 if file.suffix == ".gz" else 1) for file in files) / 1e6
    return 1 if megabytes < 20 else 2


def literally(value):
    """A parameter in which braces mean themselves: titles, levels and reasons may hold what looks like a wildcard."""
    return lambda wildcards: value


def figure_files(folder, names):
    """The files of figures, which all are there for the screen and for print."""
    return [os.path.join(folder, f"{name}.{kind}") for name in names for kind in ("svg", "pdf")]


def pictures_of(cohort):
    """The figures of one cohort that no page shows."""
    contrasts = [
        f"results/{cohort}/{model}/{contrast}/{name}.svg"
        for model, contrast in contrasts_of(cohort)
        for name in CONTRAST_FIGURES
    ]
    models = [f"results/{cohort}/{model}/primary_genes.svg" for model in SETTINGS.cohorts[cohort].models]
    return [f"results/{cohort}/figures/panel.svg", *models, *contrasts]


def grows(base, per_megabyte=0, of="counts"):
    """Resource: `base`, more for each megabyte of an input, and as much again in each further attempt (docs/cluster.md)."""

    def amount(wildcards, input, attempt):
        # Of one input by name: in a group of jobs, sizes of files that the group itself makes are not known.
        files = input[of] if per_megabyte else []
        megabytes = sum(map(os.path.getsize, [files] if isinstance(files, str) else files)) / 1e6
        return attempt * math.ceil(base + per_megabyte * megabytes)

    return amount


def with_factors(cohort):
    """The models of one cohort whose fits hold factors of unwanted variation."""
    return [name for name in SETTINGS.cohorts[cohort].models if SETTINGS.models[name].unwanted_factors]


def per_contrast(pattern):
    """Input function: `pattern` for each model and contrast of the cohort."""
    return lambda wildcards: [
        pattern.format(cohort=wildcards.cohort, model=model, contrast=contrast)
        for model, contrast in contrasts_of(wildcards.cohort)
    ]


def per_model(pattern):
    """Input function: `pattern` for each model of the cohort."""
    return lambda wildcards: [
        pattern.format(cohort=wildcards.cohort, model=model) for model in SETTINGS.cohorts[wildcards.cohort].models
    ]


def covariates_of(cohort):
    """The numeric columns of a cohort that fits may hold as covariates: what became of the patients later is none."""
    asked = SETTINGS.cohorts[cohort]
    later = {column for name in asked.outcomes for column in SETTINGS.outcomes[name].columns}
    return tuple(column for column in asked.numeric if column not in later)


def summary_members():
    """What the summary needs to know of each cohort beside its tables."""
    return {
        name: {
            "title": cohort.title,
            "evidence": cohort.evidence,
            "data_origin": cohort.data_origin,
            "species": cohort.species_label,
            "measure": cohort.measure,
            "kind": "cells" if cohort.cells else "arrays" if cohort.measure == LOG_EXPRESSION else "bulk",
            "models": list(cohort.models),
        }
        for name, cohort in SETTINGS.cohorts.items()
    }


def summary_published():
    """What the page needs to know of published tables among the cohorts."""
    return {
        name: {
            "title": asked.title,
            "evidence": asked.evidence,
            "data_origin": asked.data_origin,
            "species": asked.species_label,
            "measure": "effects",
            "kind": "published",
        }
        for name, asked in SETTINGS.published.items()
    }


def summary_contrasts():
    """(cohort, model, contrast) of every comparison with a role."""
    bound = {name: bind_roles(SETTINGS.models, cohort.models) for name, cohort in SETTINGS.cohorts.items()}
    return [(name, *pair) for name, roles in bound.items() for pairs in roles.values() for pair in pairs[:1]]


def summary_origin():
    """What the summary says of where its data come from, in a word or two."""
    members = [*SETTINGS.cohorts.values(), *SETTINGS.published.values()]
    return origin_words(
        [each.data_origin for each in members], [each in SETTINGS.published.values() for each in members]
    )
