"""Sets of genes, read from GMT files."""

from typing import TYPE_CHECKING

import pandas as pd

from autocrine.input.genes import check_gene_names
from autocrine.input.readers.content import read_content
from autocrine.input.readers.text import decode
from autocrine.problems import Findings, listed

if TYPE_CHECKING:
    pass


def read_gmt(path: str, findings: Findings) -> pd.DataFrame | None:
    """Read gene sets in the GMT format: a line per set with name, description and genes, tabs between them.

    Parameters
    ----------
    path
        The file, gzipped or not.
    findings
        Told of every line that is no set, of sets that appear twice and of sets without genes, with their line
        numbers. A gene that a set names twice is noted and counts once. Blank lines and lines with "#" are skipped.

    Returns
    -------
    A row per set: gene_set, description and genes (a tuple of names as written); None if the file cannot be read.
    """
    raw = read_content(path, findings)
    text = None if raw is None else decode(raw, path, findings)
    if text is None:
        return None
    rows, first, repeated = [], {}, []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        name, *rest = [cell.strip() for cell in line.split("\t")]
        genes = [gene for gene in rest[1:] if gene]
        where = f"{path}, line {number}"
        if not rest:
            findings.problem(where, "there is no tab in this line", "name, description and genes, tabs between them")
        elif not name:
            findings.problem(where, "the set has no name", "a name in the first column")
        elif not genes:
            findings.problem(where, f"the set {name} has no genes", "genes from the third column on")
        elif name in first:
            findings.problem(where, f"the set {name} is in line {first[name]} already", "each set once")
        else:
            rows.append((name, rest[0], tuple(dict.fromkeys(genes))))
            repeated += [name] * (len(rows[-1][2]) < len(genes))
        first.setdefault(name, number)
    if not first:
        findings.problem(path, "the file is empty", "a line per gene set")
    if repeated:
        findings.note(f"{path}: genes that appear twice in a set count once (in {listed(repeated)})")
    check_gene_names(sorted({gene for _, _, genes in rows for gene in genes}), path, findings)
    return pd.DataFrame(rows, columns=["gene_set", "description", "genes"])
