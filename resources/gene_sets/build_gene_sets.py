"""Build the bundled gene sets from Debian's ``r-bioc-org.hs.eg.db`` and ``r-bioc-go.db`` and from the bundled panel.

The output is the same whenever the sources are the same.

Usage: ``python build_gene_sets.py [--annotation org.Hs.eg.sqlite] [--terms GO.sqlite] [--output folder]``
"""

import argparse
import gzip
import sqlite3
from contextlib import closing
from pathlib import Path

import pandas as pd

HERE = Path(__file__).resolve().parent
DEBIAN_LIBRARY = Path("/usr/lib/R/site-library")
ANNOTATION = DEBIAN_LIBRARY / "org.Hs.eg.db" / "extdata" / "org.Hs.eg.sqlite"
TERMS = DEBIAN_LIBRARY / "GO.db" / "extdata" / "GO.sqlite"
GENES = HERE.parent / "genes" / "human_grch38.tsv.gz"
PANEL = HERE.parent / "panels" / "bmp.tsv"
LEAST, MOST = 10, 500

# Sets of the panel: description and genes. None holds a primary gene, and none a gene that is known to fall when the
# others rise: a set has one direction. No gene is in two sets, so that two of them are not one finding.
BMP_SETS = {
    "BMP_SMAD_TARGETS": (
        "direct targets of BMP-SMAD signalling",
        "ID1 ID2 ID3 ID4 SMAD6 SMAD7 SMAD9 ATOH8 BAMBI HEY1",
    ),
    "TGFB_ACTIVIN_PATHWAY": (
        "ligands, receptors and SMADs of TGF-beta and activin: parts of the pathway, not its targets",
        "TGFB1 INHBA INHBB TGFBR1 TGFBR2 ACVR1B ACVR1C SMAD2 SMAD3",
    ),
    "EMT": (
        "transcription factors and markers that rise in epithelial-mesenchymal transition, without TWIST1",
        "TWIST2 SNAI1 SNAI2 ZEB1 ZEB2 PRRX1 CDH2 VIM FN1 BMI1 AXL",
    ),
    "PROLIFERATION": ("cell cycle and G0 exit", "MKI67 TOP2A PCNA CDK6 CCND1"),
    "CML_LSC_MARKERS": (
        "genes that mark leukaemic stem cells of CML",
        "IL1RAP DPP4 IL2RA IL3RA CD33 CD47 GAS2 RXFP1 PTPRD CACNA1D SLC4A4 KCNK5",
    ),
    "HSC_STEMNESS": ("transcription factors of stem cells", "HLF MECOM MLLT3 MEIS1 HOXA9 HOXA5 HOXB4"),
    "QUIESCENCE": ("inhibitors of the cell cycle and genes of quiescent stem cells", "MPL FOXO3 CDKN1A CDKN1B CDKN1C"),
    "STAT5_STAT3_READ_OUTS": (
        "targets of STAT5 and STAT3, a read-out of BCR::ABL1 and cytokine activity",
        "SOCS2 CISH PIM1 SOCS3 BCL2L1",
    ),
}


def read_annotation(source: Path) -> pd.DataFrame:
    """Read go_id and entrez of every annotation with a biological process.

    The table holds each gene at its terms and at all ancestors of these (Bioconductor: ``org.Hs.egGO2ALLEGS``), by any
    evidence. ``ND`` is left out: it says that nothing is known.
    """
    query = "SELECT DISTINCT go_id, gene_id AS entrez FROM go_bp_all JOIN genes USING (_id) WHERE evidence <> 'ND'"
    with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as connection:
        return pd.read_sql(query, connection)


def read_terms(source: Path) -> pd.Series:
    """Read the names of biological processes by go_id."""
    query = "SELECT go_id, term FROM go_term WHERE ontology = 'BP'"
    with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as connection:
        return pd.read_sql(query, connection).set_index("go_id")["term"]


def names_by_entrez(path: Path) -> pd.Series:
    """Return the name of each Entrez gene in the sets: its Ensembl id, else its symbol.

    A symbol serves only where it belongs to this gene first; else it would be read as another gene, and the gene is
    left out.
    """
    genes = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)
    genes["name"] = genes["gene_id"].where(genes["gene_id"] != "", genes["gene_name"])
    usable = genes[(genes["gene_id"] != "") | (genes["primary"] == "1")]
    return (
        usable.sort_values(["primary", "gene_id"], ascending=[False, True])
        .drop_duplicates("entrez")
        .set_index("entrez")["name"]
    )


def go_sets(annotation: pd.DataFrame, terms: pd.Series, names: pd.Series) -> list[str]:
    """Write the biological processes of 10 to 500 genes as lines of a GMT file, sorted by go_id, genes sorted."""
    rows = annotation.assign(name=annotation["entrez"].map(names)).dropna(subset="name")
    genes = rows.drop_duplicates(["go_id", "name"]).sort_values(["go_id", "name"]).groupby("go_id")["name"].agg(list)
    genes = genes[genes.map(len).between(LEAST, MOST) & genes.index.isin(terms.index)]
    return ["\t".join([f"{terms[go]} ({go})", "GO biological process", *members]) for go, members in genes.items()]


def bmp_sets(panel: pd.DataFrame) -> list[str]:
    """Write the sets of the panel as lines of a GMT file.

    Raises
    ------
    ValueError
        If a set names a gene that is not in the panel, or a primary gene.
    """
    tier = panel.set_index("symbol")["tier"]
    for name, (_, symbols) in BMP_SETS.items():
        wrong = [gene for gene in symbols.split() if tier.get(gene, "primary") == "primary"]
        if wrong:
            raise ValueError(f"{name}: not in the panel, or primary: {', '.join(wrong)}")
    return ["\t".join([name, text, *symbols.split()]) for name, (text, symbols) in BMP_SETS.items()]


def main() -> None:
    """Build both files from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--annotation", type=Path, default=ANNOTATION, help="org.Hs.eg.sqlite of the Debian package")
    parser.add_argument("--terms", type=Path, default=TERMS, help="GO.sqlite of the Debian package")
    parser.add_argument("--output", type=Path, default=HERE, help="folder to write to")
    arguments = parser.parse_args()
    lines = go_sets(read_annotation(arguments.annotation), read_terms(arguments.terms), names_by_entrez(GENES))
    body = ("\n".join(lines) + "\n").encode()
    # Without a time stamp and a name inside, equal content is an equal file.
    (arguments.output / "go_biological_process.gmt.gz").write_bytes(gzip.compress(body, compresslevel=9, mtime=0))
    panel = pd.read_csv(PANEL, sep="\t", dtype=str, keep_default_na=False)
    (arguments.output / "bmp.gmt").write_text("\n".join(bmp_sets(panel)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
