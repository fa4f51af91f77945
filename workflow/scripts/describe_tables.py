"""Describe the tables of one cohort to programs: as a Data Package, and as sections of a MultiQC report."""

from pathlib import Path

from autocrine.column_descriptions import describe_package
from autocrine.page.multiqc import claims_section, comparisons_section, count_genes, quality_section
from autocrine.run.job import job
from autocrine.tables import read_header, read_table, write_json


def main(tables, cohort, title, data_origin, outputs):
    """Write `datapackage.json`, type and meaning of every column, and what MultiQC collects from many tools."""
    folder = Path(outputs.package).parent
    paths = {Path(path).relative_to(folder).as_posix(): path for path in tables}
    headers = {name: read_header(path) for name, path in paths.items()}
    write_json(outputs.package, describe_package(cohort, title, headers) | {"keywords": [data_origin]})
    labels = (cohort, title, data_origin)
    write_json(outputs.quality, quality_section(read_table(paths["quality.tsv"]), *labels))
    # One table at a time: cohorts may have hundreds.
    counts = {
        " ".join(Path(name).parts[:-1]): count_genes(read_table(path))
        for name, path in paths.items()
        if Path(name).name == "genes.tsv.gz"
    }
    write_json(outputs.comparisons, comparisons_section(counts, *labels))
    if "claims.tsv" in paths:
        write_json(outputs.claims, claims_section(read_table(paths["claims.tsv"]), *labels))


if __name__ == "__main__":
    with job(snakemake):
        main(
            tables=snakemake.input.tables,
            cohort=snakemake.wildcards.cohort,
            title=snakemake.params.title,
            data_origin=snakemake.params.data_origin,
            outputs=snakemake.output,
        )
