"""What can be known to be wrong with one cohort and its models before the first job."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from autocrine.design.examination import examine_design
from autocrine.design.matrix import build_design
from autocrine.design.question import Model
from autocrine.input.cell_source import find_parts
from autocrine.input.cohort import Cohort
from autocrine.input.fraction_reference import FEWEST_SHARED, read_reference
from autocrine.input.importing import CohortInput, read_cohort
from autocrine.input.readers.files import expand_all
from autocrine.measure import LOG_EXPRESSION
from autocrine.problems import Findings, listed
from autocrine.prognosis.patients import select_patients
from autocrine.run.config import Settings
from autocrine.run.outline import outline_cells, outline_cohort, outline_model, outline_outcome
from autocrine.samples.taken_out import check_taken_out

if TYPE_CHECKING:
    from autocrine.cells.survey import Survey


@dataclass(frozen=True)
class CohortCheck:
    """What the check of one cohort found.

    Attributes
    ----------
    findings
        Its problems, warnings and notes.
    outline
        What is asked of it, in words, a line each.
    samples
        Sample -> digest of its counts, whatever the order of the genes; empty where it is the only cohort.
    states
        The states of its cells; None where there are no cells, or they cannot be used.
    """

    findings: Findings
    outline: list[str]
    samples: dict[str, str] = field(default_factory=dict)
    states: tuple[str, ...] | None = None


def check_cohort(cohort: Cohort, settings: Settings, samples_schema: dict[str, Any]) -> CohortCheck:
    """Read counts and sheet of a cohort, and build and examine the design of each of its models.

    Parameters
    ----------
    cohort
        One of the settings.
    settings
        A valid configuration.
    samples_schema
        JSON Schema of one sheet row.

    Returns
    -------
    What was found. All of it rests on the files of `files_of`, the cohort, its models and outcomes, the thresholds and
    the engine of the settings, and whether there are other cohorts.
    """
    findings = Findings()
    several = len(settings.cohorts) > 1
    read, survey = _read(cohort, samples_schema, findings)
    samples = _digests(read.counts.values) if read.counts is not None and several else {}
    outline = outline_cells(cohort, survey) if cohort.cells else outline_cohort(cohort, read)
    if read.counts is not None and read.counts.lengths is not None and settings.engine == "pydeseq2":
        findings.problem(
            "config, engine",
            f"PyDESeq2 has no normalisation by transcript lengths, which the counts of {cohort.name} need",
            '"parity"',
        )
    if settings.engine == "pydeseq2":
        _check_audit(cohort, [settings.models[name] for name in cohort.models], findings)
    if cohort.fraction_reference is not None:
        _check_reference(cohort, read, findings)
    if read.sheet is None:
        return CohortCheck(findings, outline, samples, _states(survey))
    check_taken_out(cohort.name, cohort.show_without, read.sheet, findings)
    of_cohort = f" (cohort {cohort.name})" if several else ""
    for name in cohort.models:
        place = f"models.{name}{of_cohort}"
        where = f"config, {place}"
        model = settings.models[name]
        design = build_design(read.sheet, model, where, findings)
        outline += outline_model(model, design, settings.statistics)
        if design is not None:
            cautions = examine_design(design, model, where, findings).cautions
            findings.warnings += [replace(caution, where=place) for caution in cautions]
    for name in cohort.outcomes:
        patients = select_patients(read.sheet, settings.outcomes[name], cohort.name, findings, of_cohort)
        outline += outline_outcome(settings.outcomes[name], patients)
    return CohortCheck(findings, outline, samples, _states(survey))


def files_of(cohort: Cohort) -> list[str]:
    """Return the paths of all files that the check of a cohort reads."""
    if cohort.cells is None:
        counts = expand_all(cohort.source.paths)
        further = [cohort.source.transcripts, cohort.source.lengths, cohort.probes]
    else:
        counts = [path for part in find_parts(cohort.cells) for path in (*part.files, *part.raw_files)]
        further = [cohort.cells.label_file]
    reference = [cohort.fraction_reference["file"]] if cohort.fraction_reference else []
    return [*counts, *(path for path in (cohort.samples, *further, *reference) if path)]


def _read(cohort: Cohort, samples_schema: dict[str, Any], findings: Findings) -> tuple[CohortInput, Survey | None]:
    """Read counts and sheet of a cohort; of a cohort of cells its headers, and the sheet that its sums will have."""
    if cohort.cells is None:
        return read_cohort(cohort, samples_schema, findings), None
    # Scipy's sparse matrices take a tenth of a second to import, which planning samples does without.
    from autocrine.cells.survey import survey_cells

    survey = survey_cells(cohort, samples_schema, findings) if cohort.samples else None
    return CohortInput(None, None if survey is None else survey.sheet), survey


def _states(survey: Survey | None) -> tuple[str, ...] | None:
    if survey is None:
        return None
    return tuple(sorted(set(survey.groups["state"]))) if "state" in survey.groups else ()


def _digests(counts: pd.DataFrame) -> dict[str, str]:
    return {
        str(sample): hashlib.sha256(np.sort(column.to_numpy()).tobytes()).hexdigest()
        for sample, column in counts.items()
    }


def _check_audit(cohort: Cohort, models: Sequence[Model], findings: Findings) -> None:
    """Tell what PyDESeq2 cannot fit: log expression, and samples that vary together."""
    linear = [model.name for model in models if model.random]
    if cohort.measure == LOG_EXPRESSION:
        findings.problem("config, engine", f"PyDESeq2 fits counts, and {cohort.name} holds log expression", '"parity"')
    elif linear:
        found = f"PyDESeq2 has no model of samples that vary together (random), as in {listed(linear)}"
        findings.problem("config, engine", found, '"parity"')


def _check_profiles(profiles: pd.DataFrame, path: str, findings: Findings) -> None:
    """Tell of profiles of which nothing could be estimated, whatever genes the counts have."""
    from autocrine.samples.fractions import FEWEST_MARKERS, find_markers

    if len(profiles) < FEWEST_SHARED:
        findings.problem(path, f"{len(profiles):,} genes", f"{FEWEST_SHARED} or more that are in the counts too")
        return
    markers = find_markers(profiles / profiles.sum(axis=0) * 1e6)
    if few := [f"{name} has {len(genes)}" for name, genes in markers.items() if len(genes) < FEWEST_MARKERS]:
        found = f"{', '.join(few)} markers of the {FEWEST_MARKERS} that are needed"
        findings.problem(
            path, found, "profiles that differ in expression: one for each kind of cells, not for each donor"
        )


def _check_reference(cohort: Cohort, read: CohortInput, findings: Findings) -> None:
    """Check the pure profiles of a cohort, and whether its counts can be held against them."""
    where, path = f"config, cohorts.{cohort.name}.fraction_reference", cohort.fraction_reference["file"]
    profiles = read_reference(cohort.fraction_reference, where, findings)
    if profiles is not None:
        _check_profiles(profiles, path, findings)
    if cohort.measure == LOG_EXPRESSION:
        found = "the cohort holds log expression, in which profiles do not add up"
        findings.problem(where, found, "a cohort of counts, or measured fractions in the sheet")
        return
    if cohort.fraction_reference["scale"] == "tpm" and read.counts is not None and read.counts.lengths is None:
        found = "the counts of the cohort come without transcript lengths, so they are no transcripts per million"
        findings.problem(f"{where}.scale", found, "profiles in counts of the same kind, with scale: counts")
