"""What a configuration asks for, in words: cohorts, models, who is compared with whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from autocrine.design.compared import describe_comparison
from autocrine.design.forms.contrast import Contrast
from autocrine.design.matrix import Design
from autocrine.design.question import Model, Statistics, unit_of, words_of
from autocrine.input.cohort import Cohort
from autocrine.input.importing import CohortInput
from autocrine.input.published import Published
from autocrine.input.source import without_secrets
from autocrine.input.species import HUMAN
from autocrine.problems import Findings, listed
from autocrine.prognosis.patients import Patients
from autocrine.prognosis.question import SURVIVAL, Outcome

if TYPE_CHECKING:
    from autocrine.cells.survey import Survey

# How a gene was recognised (`mapping` of `autocrine.input.genes.map_genes`), in words.
KINDS = {
    "ensembl": "Ensembl id",
    "gene_id": "identifier",
    "entrez": "Entrez id",
    "symbol": "symbol",
    "alias": "alias",
    "fusion": "a name of the fusion",
    "written": "the name they have in the counts (a species whose genes are not given)",
}


def outline_cohort(cohort: Cohort, read: CohortInput) -> list[str]:
    """Describe a cohort as it was read; what could not be used is in the problems."""
    lines = [f"Cohort {cohort.name}" + (f": {cohort.title}" if cohort.title != cohort.name else "")]
    if cohort.species != HUMAN:
        lines.append(f"  species  {cohort.species_label}")
    if cohort.simulated:
        lines.append("  simulated data; every output says so")
    where = cohort.source.where if cohort.source.paths else without_secrets(cohort.download.url)
    if read.counts is None:
        lines.append(f"  counts   {where}: {'cannot be used' if cohort.source.paths else 'not fetched yet'}")
    else:
        genes, samples = read.counts.values.shape
        lengths = ", with transcript lengths" if read.counts.lengths is not None else ""
        lines.append(f"  counts   {where}: {genes:,} genes in {samples} samples{lengths}")
    if read.sheet is None and not (cohort.samples or cohort.source.paths):
        lines.append("  samples  not fetched yet")
    elif read.sheet is None:
        lines.append("  samples  cannot be used")
    else:
        lines.append(f"  samples  {cohort.samples or 'obs'}: {len(read.sheet)}, with {listed(read.sheet.columns, 12)}")
    if reference := cohort.fraction_reference:
        lines.append(f"  leukaemic fractions are estimated from {reference['file']}, profile {reference['leukemic']}")
    return lines


def outline_cells(cohort: Cohort, survey: Survey | None) -> list[str]:
    """Describe a cohort of cells by its headers."""
    lines = [f"Cohort {cohort.name}" + (f": {cohort.title}" if cohort.title != cohort.name else "")]
    if cohort.species != HUMAN:
        lines.append(f"  species  {cohort.species_label}")
    if cohort.simulated:
        lines.append("  simulated data; every output says so")
    if survey is None or cohort.cells is None:
        return [*lines, f"  cells    {listed(cohort.cells.files, 3) if cohort.cells else ''}: cannot be used"]
    number, files = survey.groups["sample"].nunique(), listed(cohort.cells.files, 3)
    held = int(survey.groups["cells"].sum())
    of = f" of {number} samples"
    if held < survey.cells:
        # Others are of samples that are left out, or have no state that is asked for.
        of = f", of which {held:,} are{of}" + " and have a state" * ("state" in survey.groups)
    lines.append(f"  cells    {files}: {survey.cells:,} cells{of}, {len(survey.genes):,} genes")
    if "state" in survey.groups:
        counts = survey.groups.groupby("state")["cells"].agg(["sum", "count"])
        states = [f"{row.Index} {row.sum:,} in {row.count} samples" for row in counts.itertuples()]
        lines.append(f"  states   {listed(states, 20)}")
    small = survey.groups[survey.groups["cells"] < cohort.cells.min_cells]
    if len(small):
        names = [".".join(map(str, row)) for row in small.drop(columns="cells").itertuples(index=False)]
        lines.append(f"  fewer than {cohort.cells.min_cells} cells, left out: {listed(names, 20)}")
    return [
        *lines,
        f"  samples  {cohort.samples}: {len(survey.sheet)} sums of cells, with {listed(survey.sheet.columns, 12)}",
    ]


def outline_published(asked: Published, effects: pd.DataFrame | None) -> list[str]:
    """Describe a table of published effects as it was read, and what was made of it."""
    lines = [f"Published {asked.name}" + (f": {asked.title}" if asked.title != asked.name else "")]
    if asked.simulated:
        lines.append("  simulated data; every output says so")
    if effects is None:
        return [*lines, f"  table    {asked.table}: cannot be used"]
    of = f"{(effects['reason'] == '').sum():,} with an effect and an error"
    return [
        *lines,
        f"  table    {asked.table}: {len(effects):,} genes, {of}; effects in {asked.scale}",
        f"  error    {asked.error_words}",
        f"  compares {asked.tested} ({asked.samples[0]}) against {asked.reference} ({asked.samples[1]}), for the role "
        f"{asked.role}; up means higher in {asked.tested}",
        f"  source   {asked.citation} ({asked.doi})",
    ]


def outline_model(model: Model, design: Design | None, statistics: Statistics) -> list[str]:
    """Describe a model: its samples, its design, and each contrast with the samples of its groups."""
    lines = [f"  Model {model.name}" + (f": {model.title}" if model.title != model.name else "")]
    if design is None:
        return [*lines, "    cannot be fitted"]
    samples, coefficients = design.matrix.shape
    lines.append(
        f"    {model.design}   {samples} samples, {coefficients} coefficients, "
        f"{samples - coefficients} residual degrees of freedom"
    )
    if design.dropped:
        lines.append(f"    left out: {listed(design.dropped)}")
    return lines + [
        f"    {name}: {_compared(asked, model, design, statistics)}" for name, asked in model.contrasts.items()
    ]


def _compared(contrast: Contrast, model: Model, design: Design, statistics: Statistics) -> str:
    if contrast.name not in design.groups:
        return "cannot be answered"
    groups = dict(zip(contrast.group_names, design.groups[contrast.name], strict=True))
    what = describe_comparison(model, contrast, groups, design.spans, statistics)
    if contrast.scaled:
        unit = unit_of(contrast, model)
        return f"{what}: log2 {design.margin(contrast, statistics):.3g} per {unit}"
    return f"{what}; up means {words_of(contrast, model).above}" if contrast.directed else what


def outline_outcome(outcome: Outcome, patients: Patients | None) -> list[str]:
    """Describe an outcome: its patients, how many had the event, and beside what genes and scores are tested."""
    lines = [f"  Outcome {outcome.name}" + (f": {outcome.title}" if outcome.title != outcome.name else "")]
    if patients is None:
        return [*lines, "    cannot be tested"]
    events = f", {patients.events} of them with the event" if outcome.kind == SURVIVAL else ""
    beside = f"; beside {listed(outcome.covariates)}" if outcome.covariates else ""
    return [*lines, f"    {len(patients.samples)} patients{events}{beside}"]


def outline_genes(name: str, mapped: pd.DataFrame, found: pd.DataFrame, panel: pd.DataFrame) -> list[str]:
    """Describe how the genes of a cohort were recognised, and which of the panel are missing.

    `mapped` and `found` are from `autocrine.input.importing.identify_genes`.
    """
    kinds = mapped["mapping"].value_counts()
    known = [f"{count:,} known by {KINDS[kind]}" for kind, count in kinds.items() if kind != "unmapped"]
    unknown = kinds.get("unmapped", 0)
    there = found["gene_id"].notna()
    absent = panel["symbol"][~there]
    lines = [
        f"Genes of {name}",
        f"  rows     {len(mapped):,}: " + ", ".join([*known, *([f"{unknown:,} not known"] if unknown else [])]),
        f"  panel    {there.sum()} of {len(panel)} are there" + (f"; not {listed(absent, 12)}" if len(absent) else ""),
    ]
    primary = panel["symbol"][~there & (panel["tier"] == "primary")]
    return [*lines, f"           among these the primary genes {listed(primary)}"] if len(primary) else lines


def outline_findings(findings: Findings) -> list[str]:
    """List notes and warnings, and end with a verdict."""
    lines = []
    for title, texts in (("Notes", findings.notes), ("Warnings", findings.warnings)):
        if texts:
            lines += [title, *(f"  - {text}" for text in texts)]
    count = len(findings.warnings)
    warned = f", {count} warning{'s' if count != 1 else ''} to read" if count else ""
    return [*lines, f"No problems{warned}. Nothing was run."]
