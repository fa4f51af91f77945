"""Say what a configuration asks for and what stands against it."""

import sys
from dataclasses import replace
from pathlib import Path

from autocrine.input.cohort import make_cohort
from autocrine.input.genes import read_gene_table
from autocrine.input.importing import check_species, identify_genes, identity_warnings, read_cohort
from autocrine.input.panel import read_panel
from autocrine.problems import Caution, Findings, InputError
from autocrine.run.outline import outline_findings, outline_genes


def main(outline, notes, warnings, cohorts, files, samples_schema, genes, refused, panel):
    """Return the lines: what was found before any job, and the genes of every cohort, which take seconds to look up."""
    findings, lines = Findings(notes=list(notes), warnings=[*map(Caution.of_record, warnings)]), list(outline)
    table, panel = read_gene_table(genes, refused), read_panel(panel, Findings())
    for name, entry in cohorts.items():
        cohort = make_cohort(name, entry)
        cohort = replace(cohort, source=replace(cohort.source, paths=tuple(files[name])))
        # What stands against counts and sheet is among the notes and warnings already.
        read = read_cohort(cohort, samples_schema, Findings())
        if read.counts is not None:
            check_species(read.counts, cohort, table, findings)
            mapped, found = identify_genes(read.counts, cohort, table, panel)
            lines += outline_genes(name, mapped, found, panel)
            findings.warnings += [
                replace(caution, where=f"cohort {name}") for caution in identity_warnings(mapped, found)
            ]
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
