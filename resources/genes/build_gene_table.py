"""Build the human gene table from Debian's ``r-bioc-org.hs.eg.db``.

The table has one row per Ensembl id, and one row with an empty ``gene_id`` for every Entrez gene that has none, so
that each Ensembl id, Entrez id and symbol of the source still resolves. The output is the same, byte for byte,
whenever the source is the same.

Usage: ``python build_gene_table.py [--source org.Hs.eg.sqlite] [--output human_grch38.tsv.gz]``
"""

import argparse
import gzip
import sqlite3
from contextlib import closing
from pathlib import Path

import pandas as pd

DEBIAN_SOURCE = Path("/usr/lib/R/site-library/org.Hs.eg.db/extdata/org.Hs.eg.sqlite")
OUTPUT = Path(__file__).with_name("human_grch38.tsv.gz")
COLUMNS = ["gene_id", "gene_name", "entrez", "biotype", "chromosome", "aliases", "primary"]
# Names that are no gene's own: NCBI's placeholder symbol, and the title of a transcript across two genes.
PLACEHOLDER = r"^LOC\d+$"
READTHROUGH = r"readthrough"


def read_genes(source: sqlite3.Connection) -> pd.DataFrame:
    """Read one row per Entrez gene: key, entrez, gene_name, title and biotype (NCBI's gene type)."""
    query = """
        SELECT genes._id AS key, genes.gene_id AS entrez, symbol AS gene_name, gene_info.gene_name AS title,
               COALESCE(gene_type, '') AS biotype
        FROM genes JOIN gene_info USING (_id) LEFT JOIN genetype USING (_id)
    """
    return pd.read_sql(query, source)


def read_joined(source: sqlite3.Connection, table: str, column: str) -> pd.Series:
    """Join the distinct values of a one-to-many table with ``|``, sorted, per gene key."""
    values = pd.read_sql(f"SELECT DISTINCT _id AS key, {column} AS value FROM {table}", source)
    return values.sort_values(["key", "value"]).groupby("key")["value"].agg("|".join)


def read_links(source: sqlite3.Connection) -> pd.DataFrame:
    """Read the links between Entrez genes and Ensembl ids.

    Returns
    -------
    pandas.DataFrame
        key, gene_id and two flags: ``by_ncbi`` (NCBI names this Ensembl id for the gene) and ``by_ensembl`` (Ensembl
        names this Entrez gene for the id). NCBI matches the primary assembly only, Ensembl every haplotype.
    """
    query = """
        SELECT _id AS key, ensembl_id AS gene_id,
               EXISTS (SELECT 1 FROM ncbi2ensembl AS n WHERE n._id = e._id AND n.ensembl_id = e.ensembl_id) AS by_ncbi,
               EXISTS (SELECT 1 FROM ensembl2ncbi AS n WHERE n._id = e._id AND n.ensembl_id = e.ensembl_id)
                   AS by_ensembl
        FROM ensembl AS e
    """
    return pd.read_sql(query, source).drop_duplicates()


def one_gene_per_id(links: pd.DataFrame) -> pd.DataFrame:
    """Keep one Entrez gene per Ensembl id.

    A gene with a name of its own goes before a placeholder (``LOC...``) and before a readthrough of two genes, a
    link named from both sides before one named from one side, and the older (lower) Entrez id before the newer.
    """
    order = links.assign(
        placeholder=links["gene_name"].str.contains(PLACEHOLDER),
        readthrough=links["title"].str.contains(READTHROUGH),
        sides=-(links["by_ncbi"] + links["by_ensembl"]),
        number=links["entrez"].astype(int),
    )
    best = order.sort_values(["gene_id", "placeholder", "readthrough", "sides", "number"])
    return best.drop_duplicates("gene_id")[links.columns]


def mark_primary(rows: pd.DataFrame) -> pd.Series:
    """Mark exactly one row per symbol as the primary one (1), all others 0.

    A symbol may stand on several rows: its haplotypes, or a phenotype's locus that shares the gene's name. Ids that
    NCBI names lie on the primary assembly; alternative haplotypes are named by Ensembl alone. Among equals the
    lowest Ensembl number, the oldest id, wins. Rows without an Ensembl id come last.
    """
    order = rows.assign(missing=rows["gene_id"].eq(""), haplotype=-rows["by_ncbi"], number=rows["entrez"].astype(int))
    best = order.sort_values(["gene_name", "missing", "haplotype", "gene_id", "number"]).drop_duplicates("gene_name")
    return pd.Series(rows.index.isin(best.index).astype(int), index=rows.index)


def build(source: Path) -> pd.DataFrame:
    """Build the gene table.

    Parameters
    ----------
    source
        The SQLite file of org.Hs.eg.db.

    Returns
    -------
    pandas.DataFrame
        The columns of ``COLUMNS``, sorted by Ensembl id, rows without one at the end by Entrez number. All text
        but ``primary`` (0 or 1).
    """
    with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as connection:
        genes = read_genes(connection)
        links = read_links(connection)
        genes["aliases"] = genes["key"].map(read_joined(connection, "alias", "alias_symbol")).fillna("")
        genes["chromosome"] = genes["key"].map(read_joined(connection, "chromosomes", "chromosome")).fillna("")
    linked = one_gene_per_id(links.merge(genes, on="key", validate="many_to_one"))
    unlinked = genes[~genes["key"].isin(linked["key"])].assign(gene_id="", by_ncbi=0)
    rows = pd.concat([linked, unlinked], ignore_index=True)
    rows["primary"] = mark_primary(rows)
    named = zip(rows["aliases"], rows["gene_name"], strict=True)
    rows["aliases"] = [_without(aliases, name) for aliases, name in named]
    order = rows.assign(missing=rows["gene_id"].eq(""), number=rows["entrez"].astype(int))
    return order.sort_values(["missing", "gene_id", "number"])[COLUMNS].reset_index(drop=True)


def _without(aliases: str, name: str) -> str:
    """Take the official symbol out of the aliases: the source repeats it there."""
    return "|".join(alias for alias in aliases.split("|") if alias != name)


def write(table: pd.DataFrame, path: Path) -> None:
    """Write a frame as gzipped TSV without a time stamp, so that equal content is an equal file."""
    with path.open("wb") as raw, gzip.GzipFile(filename="", fileobj=raw, mode="wb", compresslevel=9, mtime=0) as file:
        file.write(table.to_csv(sep="\t", index=False, lineterminator="\n").encode())


def main() -> None:
    """Build the table from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--source", type=Path, default=DEBIAN_SOURCE, help="org.Hs.eg.sqlite of the Debian package")
    parser.add_argument("--output", type=Path, default=OUTPUT, help="gzipped TSV to write")
    arguments = parser.parse_args()
    write(build(arguments.source), arguments.output)


if __name__ == "__main__":
    main()
