"""Say what a configuration asks for and what speaks against it."""

import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd

from autocrine.cells.survey import survey_cells
from autocrine.cohorts.published import identify_published
from autocrine.input.cohort import make_cohort
from autocrine.input.importing import CohortInput, identify_genes, identity_warnings, read_cohort, settle_genes
from autocrine.input.known_genes import read_known_genes
from autocrine.input.panel import read_panel
from autocrine.input.published import make_published, read_published
from autocrine.input.readers.counts import CountTable
from autocrine.problems import Caution, Findings, InputError
from autocrine.run.outline import outline_findings, outline_genes


def main(outline, notes, warnings, cohorts, files, samples_schema, genes, panels, published, shared_panel):
    """Return the lines: what was found before any job, and the genes of every cohort, which take seconds to look up."""
    findings, lines = Findings(notes=list(notes), warnings=[*map(Caution.of_record, warnings)]), list(outline)
    for name, entry in cohorts.items():
        cohort = make_cohort(name, entry)
        cohort = replace(cohort, source=replace(cohort.source, paths=tuple(files[name])))
        # What speaks against counts and sheet is among the notes and warnings already.
        survey = survey_cells(cohort, samples_schema, Findings()) if cohort.cells else None
        read = read_cohort(cohort, samples_schema, Findings()) if cohort.cells is None else CohortInput(None, None)
        known, panel = read_known_genes(*genes, cohort.genes, findings), read_panel(panels[name], Findings())
        if survey is not None:
            # Only names are known before the counts are read.
            names = pd.DataFrame({"cells": 0}, index=survey.genes)
            read = CohortInput(CountTable(names, survey.annotation), None)
        if read.counts is not None:
            of_genes = Findings()
            counts = settle_genes(read.counts, cohort, known, of_genes)
            findings.problems += of_genes.problems
            # How much of the counts is another species' is reported when they have been read.
            findings.warnings += of_genes.warnings if survey is None else []
            findings.notes += of_genes.notes if survey is None else []
            mapped, found = identify_genes(counts, cohort, known, panel)
            lines += outline_genes(name, mapped, found, panel)
            warnings = identity_warnings(mapped, found, cohort, panel)
            findings.warnings += [replace(caution, where=f"cohort {name}") for caution in warnings]
    for name, entry in published.items():
        asked = make_published(name, entry)
        effects = read_published(asked, Findings())
        known, own = read_known_genes(*genes, None, findings), read_panel(shared_panel, Findings())
        mapped, found = identify_published(effects, asked, known, own, findings)
        lines += outline_genes(name, mapped, found, own)
    findings.raise_if_any()
    return lines + outline_findings(findings)


if __name__ == "__main__":
    try:
        text = "\n".join(main(**snakemake.params))
    except InputError as error:
        Path(snakemake.log[0]).write_text(f"{error}\n", encoding="utf-8")
        sys.exit(str(error))
    print(text)
    Path(snakemake.log[0]).write_text(text + "\n", encoding="utf-8")
