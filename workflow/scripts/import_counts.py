"""Read, check and assemble one cohort."""

from dataclasses import replace

from autocrine.input.cohort import make_cohort
from autocrine.input.importing import assemble, read_cohort
from autocrine.input.known_genes import read_known_genes
from autocrine.input.panel import read_panel
from autocrine.problems import Findings
from autocrine.run.job import job
from autocrine.tables import write_whole


def main(name, entry, files, samples_schema, genes, panel, output):
    """Write `counts.h5ad` of one cohort."""
    cohort = make_cohort(name, entry)
    cohort = replace(cohort, source=replace(cohort.source, paths=tuple(files)))
    findings = Findings()
    read = read_cohort(cohort, samples_schema, findings)
    panel = read_panel(panel, findings)
    known = read_known_genes(*genes, cohort.genes, findings)
    findings.raise_if_any()
    data = assemble(read, cohort, known, panel, findings)
    findings.raise_if_any()
    write_whole(output, data.write_h5ad)


if __name__ == "__main__":
    with job(snakemake):
        main(
            name=snakemake.wildcards.cohort,
            entry=snakemake.params.cohort,
            files=snakemake.input.counts,
            samples_schema=snakemake.params.samples_schema,
            genes=(snakemake.input.genes, snakemake.input.refused, snakemake.input.mouse_genes),
            panel=snakemake.input.panel,
            output=snakemake.output.counts,
        )
