# What rules need to know of cohorts of single cells: their files, batches and pairs of genes. No rules here.
from dataclasses import asdict
from functools import cache

from autocrine.claims.claims import claimed_pairs
from autocrine.input.cell_source import batches_of, find_parts

CELL_COHORTS = [name for name, cohort in SETTINGS.cohorts.items() if cohort.cells]
PAIRS_OF_CLAIMS = claimed_pairs(CLAIMS) if CELL_COHORTS else []


@cache
def batches(cohort):
    """The files of the cells of a cohort, put together to batches that one job reads; none of samples that are left out."""
    asked = SETTINGS.cohorts[cohort]
    return batches_of([part for part in find_parts(asked.cells) if part.sample not in asked.exclude])


def parts_of_batch(cohort, batch):
    """Parameter: the files of a batch of cells, as plain values."""
    return [asdict(part) for part in batches(cohort)[batch]]


def files_of_batch(cohort, batch):
    """The files that are read for a batch of cells."""
    return [given(path) for part in batches(cohort)[batch] for path in (*part.files, *part.raw_files)]


def of_batches(cohort, name):
    """What is made of each batch of cells of a cohort."""
    return [f"results/{cohort}/cells/{batch}/{name}.h5ad" for batch in batches(cohort)]


def tests_on_cells(cohort):
    """The tables of tests on the cells of a cohort that claims rest on; none of a cohort of counts."""
    names = ("detection.tsv.gz", "survivors.tsv", "composition.tsv", "codetection.tsv")
    return [f"results/{cohort}/cells/{name}" for name in names if SETTINGS.cohorts[cohort].cells]


def picture_of(cohort):
    """The job that draws the cells of a cohort, if it has a picture of them."""
    asked = SETTINGS.cohorts[cohort].cells
    return ["plot_sketch"] * bool(asked and asked.picture != "off")


def of_cells(*patterns):
    """Input function: files of a cohort of single cells; none of another."""
    return lambda wildcards: [
        pattern.format(cohort=wildcards.cohort) for pattern in patterns if SETTINGS.cohorts[wildcards.cohort].cells
    ]


def of_picture(pattern):
    """Input function: a file of the picture of the cells of a cohort, if it has one."""
    return lambda wildcards: [pattern.format(cohort=wildcards.cohort)] * bool(picture_of(wildcards.cohort))


def pairs_of(cohort):
    """Parameter: the pairs of genes that are looked for in the same cells: those of the cohort, or of the claims."""
    asked = SETTINGS.cohorts[cohort].cells.pairs
    return [list(pair) for pair in (PAIRS_OF_CLAIMS if asked is None else asked)]


def label_file(cohort):
    """The table of labels of the cells of a cohort, if it has one."""
    cells = SETTINGS.cohorts[cohort].cells
    return [given(cells.label_file)] if cells and cells.label_file else []
