"""Files as CellRanger and STARsolo write them, of given cells."""

import gzip

import h5py
import numpy as np
from scipy import sparse


def _with_proteins(adata, proteins):
    """Return cells x features, with ids, names and kinds."""
    counts = sparse.csr_matrix(adata.X)
    extra = sparse.csr_matrix(np.full((adata.n_obs, proteins), 50))
    matrix = sparse.csr_matrix(sparse.hstack([counts, extra])).astype("i4")
    ids = [*adata.var_names, *(f"AB{place}" for place in range(proteins))]
    names = [*adata.var["symbol"], *ids[adata.n_vars :]]
    return matrix, ids, names, ["Gene Expression"] * adata.n_vars + ["Antibody Capture"] * proteins


def _write_matrix(group, adata, matrix):
    group["data"], group["indices"] = matrix.data, matrix.indices.astype("i8")
    group["indptr"] = matrix.indptr.astype("i8")
    group["shape"] = np.array(matrix.shape[::-1])
    group["barcodes"] = np.array(list(adata.obs_names), dtype="S")


def write_h5(path, adata, proteins=0):
    """Write cells as CellRanger 3 does: genes x cells in columns, with some antibodies at the end."""
    matrix, ids, names, kinds = _with_proteins(adata, proteins)
    with h5py.File(path, "w") as file:
        _write_matrix(file.create_group("matrix"), adata, matrix)
        features = file["matrix"].create_group("features")
        for name, held in {"id": ids, "name": names, "feature_type": kinds, "genome": ["GRCh38"] * len(ids)}.items():
            features[name] = np.array(held, dtype="S")


def write_h5_of_2(path, adata, genomes=("GRCh38",)):
    """Write cells as CellRanger 2 does: a group for each genome."""
    matrix, ids, names, _ = _with_proteins(adata, 0)
    with h5py.File(path, "w") as file:
        for genome in genomes:
            group = file.create_group(genome)
            _write_matrix(group, adata, matrix)
            group["genes"], group["gene_names"] = np.array(ids, dtype="S"), np.array(names, dtype="S")


def write_folder(folder, adata, layout="3", proteins=0, order=None, before="", write=str):
    """Write cells as a folder: of CellRanger "2" or "3", or of STARsolo ("star").

    `order` sorts the entries of the matrix, which else are sorted by cell; `write` makes text of a count.
    """
    folder.mkdir(exist_ok=True)
    matrix, ids, names, kinds = _with_proteins(adata, proteins)
    matrix = matrix.tocoo()
    entries = np.column_stack([matrix.col + 1, matrix.row + 1, matrix.data])
    entries = entries if order is None else entries[order(entries)]
    head = "%%MatrixMarket matrix coordinate integer general\n"
    head += {"2": "%\n", "3": '%metadata_json: {"software_version": "cellranger-7.1.0"}\n', "star": "%\n"}[layout]
    lines = [f"{gene} {cell} {write(count)}" for gene, cell, count in entries.tolist()]
    texts = {
        "matrix.mtx": f"{head}{matrix.shape[1]} {matrix.shape[0]} {matrix.nnz}\n" + "\n".join(lines) + "\n",
        "barcodes.tsv": "\n".join(adata.obs_names) + "\n",
    }
    features = [ids, names] if layout == "2" else [ids, names, kinds]
    rows = "\n".join("\t".join(row) for row in zip(*features, strict=True)) + "\n"
    texts["genes.tsv" if layout == "2" else "features.tsv"] = rows
    for name, text in texts.items():
        if layout == "3":
            (folder / f"{before}{name}.gz").write_bytes(gzip.compress(text.encode()))
        else:
            (folder / f"{before}{name}").write_text(text)
    return folder
