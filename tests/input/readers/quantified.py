"""Small files as STAR, salmon, RSEM and CellRanger write them, for the tests of the readers."""

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.io import mmwrite
from scipy.sparse import csc_matrix

GENES = [f"ENSG{i:011d}" for i in range(1, 41)]


def write_text(path: Path, text: str) -> Path:
    """Write text, gzipped where the name says so."""
    path.parent.mkdir(parents=True, exist_ok=True)
    raw = text.encode("utf-8")
    path.write_bytes(gzip.compress(raw) if path.suffix == ".gz" else raw)
    return path


def write_star(path: Path, seed: int, forward: float = 0.02, genes: list[str] = GENES) -> pd.Series:
    """Write a ReadsPerGene.out.tab with this share of reads on the forward strand; return the reverse column."""
    random = np.random.default_rng(seed)
    whole = random.poisson(400, len(genes))
    on = random.binomial(whole, forward)
    rows = ["N_unmapped\t500\t500\t500", "N_multimapping\t90\t90\t90", "N_noFeature\t70\t8000\t90"]
    rows.append("N_ambiguous\t40\t3\t20")
    rows += [f"{gene}\t{u}\t{f}\t{u - f}" for gene, u, f in zip(genes, whole, on, strict=True)]
    write_text(path, "\n".join(rows) + "\n")
    return pd.Series(whole - on, index=genes)


def transcripts_of(genes: list[str]) -> pd.DataFrame:
    """Two transcripts per gene, genes in a mixed order, so that nothing rests on a sorted file."""
    rows = [(f"ENST{3 * i + k:011d}.2", gene, f"G{i}") for i, gene in enumerate(genes) for k in (1, 2)]
    table = pd.DataFrame(rows, columns=["transcript_id", "gene_id", "gene_name"])
    return table.sample(frac=1, random_state=1).reset_index(drop=True)


def write_salmon(folder: Path, seed: int, genes: list[str] = GENES, name: str = "quant.sf") -> pd.DataFrame:
    """Write a quant.sf; return it."""
    random = np.random.default_rng(seed)
    ids = transcripts_of(genes)["transcript_id"]
    length = 1000 + 7.0 * np.arange(len(ids))
    effective = (length - random.uniform(100, 300, len(ids))).round(3)
    reads = random.gamma(2, 150, len(ids)).round(3)
    reads[:2] = 0
    rate = reads / effective
    table = pd.DataFrame(
        {"Name": ids, "Length": length, "EffectiveLength": effective, "TPM": rate / rate.sum() * 1e6, "NumReads": reads}
    )
    write_text(folder / name, table.to_csv(sep="\t", index=False))
    return table


def summed(table: pd.DataFrame, genes: list[str] = GENES) -> pd.DataFrame:
    """Counts and average lengths of genes by their definition (Soneson, Love and Robinson 2015)."""
    gene = table["Name"].map(transcripts_of(genes).set_index("transcript_id")["gene_id"])
    parts = table.assign(weighted=table["TPM"] * table["EffectiveLength"]).groupby(gene).sum(numeric_only=True)
    return pd.DataFrame({"count": parts["NumReads"], "length": parts["weighted"] / parts["TPM"]}).loc[genes]


def write_rsem(path: Path, seed: int, genes: list[str] = GENES, isoforms: bool = False) -> pd.DataFrame:
    """Write a genes.results (or, by its header, an isoforms.results); return it."""
    random = np.random.default_rng(seed)
    count = random.gamma(2, 150, len(genes)).round(2)
    effective = random.uniform(300, 3000, len(genes)).round(2)
    effective[0], count[0] = 0.0, 0.0
    table = pd.DataFrame({"gene_id": genes, "transcript_id(s)": "a,b", "length": effective + 150})
    table = table.assign(effective_length=effective, expected_count=count, TPM=1.0, FPKM=2.0)
    if isoforms:
        table = table.rename(columns={"gene_id": "transcript_id", "transcript_id(s)": "gene_id"})
    write_text(path, table.to_csv(sep="\t", index=False))
    return table


def write_10x(folder: Path, counts: pd.DataFrame, version: int = 3, gz: bool = True) -> None:
    """Write a folder in the layout of a version."""
    folder.mkdir(parents=True, exist_ok=True)
    end = ".gz" if gz else ""
    mmwrite(folder / "matrix.mtx", csc_matrix(counts.to_numpy()))
    if gz:
        write_text(folder / "matrix.mtx.gz", (folder / "matrix.mtx").read_text())
        (folder / "matrix.mtx").unlink()
    kind = "\tGene Expression" if version == 3 else ""
    rows = "".join(f"{gene}\tname of {gene}{kind}\n" for gene in counts.index)
    write_text(folder / f"{'features' if version == 3 else 'genes'}.tsv{end}", rows)
    write_text(folder / f"barcodes.tsv{end}", "".join(f"{name}\n" for name in counts.columns))
