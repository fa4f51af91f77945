"""Attacks that are easier made than written down: each changes the files of a sound study in its folder."""

import bz2
import gzip
import io
import lzma
import os
import zipfile
from pathlib import Path
from typing import Any

import anndata
import h5py
import numpy as np
import pandas as pd
import pyarrow
import scipy.sparse


def put(config: dict[str, Any], key: str, value: Any) -> None:
    """Set a dotted key of a configuration; None takes it away."""
    *way, last = key.split(".")
    for part in way:
        config = config.setdefault(part, {})
    if value is None:
        config.pop(last, None)
    else:
        config[last] = value


def counts_of(folder: Path) -> pd.DataFrame:
    """Return the counts of the study."""
    return pd.read_csv(folder / "counts.tsv", sep="\t", index_col=0)


def _write(folder: Path, counts: pd.DataFrame) -> None:
    counts.to_csv(folder / "counts.tsv", sep="\t")


def change_counts(folder: Path, how: str) -> None:
    """Turn the counts into something that they are often taken for."""
    counts = counts_of(folder)
    if how == "rounded CPM":
        scaled = counts / counts.sum() * 1e6
        changed = scaled.round().astype(int)
        # The largest gene takes up what rounding left, as programs that keep totals do.
        changed.loc[changed.sum(axis=1).idxmax()] += 1_000_000 - changed.sum()
    elif how == "CPM":
        changed = counts / counts.sum() * 1e6
    elif how == "log2":
        changed = np.log2(counts + 1)
    elif how == "centred logarithms":
        changed = np.log2(counts + 1)
        changed = changed.sub(changed.mean(axis=1), axis=0)
    elif how == "rounded log2":
        counts = pd.concat([counts.set_axis([f"{name}.{i}" for name in counts.index]) for i in range(6)])
        changed = np.log2(counts + 1).round().astype(int)
    elif how == "estimates":
        changed = counts + 0.37
    elif how == "identical samples":
        changed = counts.assign(S2=counts["S1"])
    elif how == "row of totals":
        changed = pd.concat([counts, counts.sum().to_frame("Sum of all").T])
    elif how == "column of totals":
        changed = counts.assign(S8=counts.drop(columns="S8").sum(axis=1))
    elif how == "transposed":
        changed = counts.T
    elif how == "equal depth":
        changed = counts.copy()
        changed.iloc[0] += int(counts.sum().max()) - counts.sum() + 200_000
    elif how == "empty sample":
        changed = counts.assign(S3=0)
    elif how == "few genes in a sample":
        changed = counts.assign(S3=np.where(np.arange(len(counts)) < 12, counts["S3"], 0))
    elif how == "all equal":
        changed = counts * 0 + 7
    elif how == "duplicated genes":
        changed = pd.concat([counts, counts[:3]])
    elif how == "excel dates":
        changed = counts.rename(index=dict(zip(counts.index[:3], ["1-Mar", "2-Sep", "10-Sep"], strict=True)))
    elif how == "mouse symbols":
        changed = counts.rename(index=str.capitalize)
    elif how == "xenograft":
        # As counted against two genomes: each gene of the host beside those of the patient, with a ninth of all reads.
        changed = pd.concat([counts, (counts // 8).rename(index=lambda name: f"mm10___{name.capitalize()}")])
    elif how == "no genes":
        changed = counts[:0]
    elif how == "one gene":
        changed = counts[:1]
    elif how == "5000 barcodes":
        random = np.random.default_rng(1)
        letters = np.array(list("ACGT"))
        names = ["".join(letters[random.integers(0, 4, 16)]) + "-1" for _ in range(600)]
        changed = pd.DataFrame(random.poisson(0.3, (len(counts), 600)), counts.index, names)
        _cells_sheet(folder, names)
    elif how == "cells by patient":
        random = np.random.default_rng(1)
        names = [f"P{1 + i % 4}.cell{i}" for i in range(400)]
        changed = pd.DataFrame(random.poisson(0.1, (len(counts), 400)), counts.index, names)
        _cells_sheet(folder, names)
    else:
        raise ValueError(how)
    changed.index.name = "gene"
    _write(folder, changed)


def _cells_sheet(folder: Path, names: list[str]) -> None:
    sheet = pd.DataFrame({"response": np.where(np.arange(len(names)) % 2, "resistant", "sensitive")}, index=names)
    sheet["patient"] = [f"P{1 + i % 4}" for i in range(len(names))]
    sheet.rename_axis("sample").to_csv(folder / "samples.tsv", sep="\t")


def set_count(folder: Path, value: Any) -> None:
    """Write one cell of the counts."""
    lines = (folder / "counts.tsv").read_text(encoding="utf-8").split("\n")
    cells = lines[3].split("\t")
    cells[2] = str(value)
    lines[3] = "\t".join(cells)
    (folder / "counts.tsv").write_text("\n".join(lines), encoding="utf-8", newline="")


def set_gene(folder: Path, value: str) -> None:
    """Call one gene of the counts something else."""
    lines = (folder / "counts.tsv").read_text(encoding="utf-8").split("\n")
    cells = lines[3].split("\t")
    lines[3] = "\t".join([value, *cells[1:]])
    (folder / "counts.tsv").write_text("\n".join(lines), encoding="utf-8", newline="")


def set_cell(folder: Path, column: str, value: str, sample: str = "S3") -> None:
    """Write one cell of the sheet, as text."""
    sheet = pd.read_csv(folder / "samples.tsv", sep="\t", dtype=str, keep_default_na=False).set_index("sample")
    if column not in sheet:
        sheet[column] = ""
    sheet.loc[sample, column] = value
    sheet.to_csv(folder / "samples.tsv", sep="\t")


def set_column(folder: Path, column: str, values: list[Any]) -> None:
    """Write a column of the sheet."""
    sheet = pd.read_csv(folder / "samples.tsv", sep="\t", dtype=str, keep_default_na=False)
    sheet[column] = [str(value) for value in values]
    sheet.to_csv(folder / "samples.tsv", sep="\t", index=False)


def rename_sample(folder: Path, name: str, where: str = "sheet") -> None:
    """Call S3 something else in the sheet, in the counts or in both."""
    for file in {"sheet": ["samples.tsv"], "counts": ["counts.tsv"], "both": ["samples.tsv", "counts.tsv"]}[where]:
        text = (folder / file).read_text(encoding="utf-8")
        (folder / file).write_text(text.replace("S3", name), encoding="utf-8", newline="")


def encode(folder: Path, file: str, encoding: str, text: str = "") -> None:
    """Write a file in another encoding, with a letter that has one of its own there."""
    content = (folder / file).read_text(encoding="utf-8").replace("P3", "Pé") + text
    (folder / file).write_bytes(content.encode(encoding))


def compress(folder: Path, file: str, how: str, keep: float = 1.0, flip: bool = False) -> None:
    """Compress a file under its own name; part of it only, or with a byte changed."""
    raw = (folder / file).read_bytes()
    if how == "zip":
        body = io.BytesIO()
        with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(file, raw)
        packed = body.getvalue()
    elif how == "zst":
        packed = pyarrow.compress(raw, codec="zstd", asbytes=True)
    else:
        packed = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}[how](raw)
    packed = packed[: int(len(packed) * keep)]
    if flip:
        middle = len(packed) // 2
        packed = packed[:middle] + bytes([packed[middle] ^ 0xFF]) + packed[middle + 1 :]
    (folder / file).write_bytes(packed)


def compress_bomb(folder: Path, file: str, how: str, megabytes: int = 4000) -> None:
    """Write a small file that unpacks to a large one."""
    block = b"0\t" * 2**22
    packed = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}[how]
    # Streams one after the other are one file to all of these.
    head, part = packed(b"gene\tS1\n"), packed(block)
    (folder / file).write_bytes(head + part * (megabytes * 2**20 // len(block)))


def long_line(folder: Path, file: str, megabytes: int = 300) -> None:
    """Write one line of great length."""
    with open(folder / file, "wb") as out:
        for _ in range(megabytes):
            out.write(b"x" * 2**20)


def special(folder: Path, file: str, kind: str) -> None:
    """Put something that is no file in the place of one."""
    path = folder / file
    path.unlink(missing_ok=True)
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "directory":
        path.mkdir()
    elif kind == "loop":
        path.symlink_to(path)
    elif kind == "broken link":
        path.symlink_to("nowhere")
    elif kind == "socket":
        import socket

        place = os.getcwd()
        os.chdir(folder)
        with socket.socket(socket.AF_UNIX) as held:
            held.bind(file)
        os.chdir(place)
    else:
        path.symlink_to(kind)


def raw(folder: Path, file: str, content: str) -> None:
    """Write bytes, given as Latin-1 text."""
    (folder / file).write_bytes(content.encode("latin-1"))


def config_bomb(folder: Path, kind: str) -> None:
    """Append something to the configuration that grows when it is read."""
    path = folder / "config.yaml"
    if kind == "aliases of lists":
        lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
        lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 10)]
    elif kind == "aliases of mappings":
        lines = ["a0: &a0 {a: x, b: x, c: x, d: x, e: x, f: x, g: x, h: x}"]
        lines += [f"a{i}: &a{i} {{{', '.join(f'k{j}: *a{i - 1}' for j in range(8))}}}" for i in range(1, 12)]
    elif kind == "recursion":
        lines = ["loop: &loop [*loop]"]
    elif kind == "depth":
        lines = ["deep: " + "[" * 50_000 + "]" * 50_000]
    elif kind == "size":
        lines = [f"key{i}: {'x' * 100}" for i in range(400_000)]
    elif kind == "merge keys":
        lines = ["m0: &m0 {a: 1}"] + [f"m{i}: &m{i} {{<<: [*m{i - 1}, *m{i - 1}], k{i}: 1}}" for i in range(1, 30)]
    else:
        raise ValueError(kind)
    path.write_text(path.read_text(encoding="utf-8") + "\n".join(lines) + "\n", encoding="utf-8")


def design(folder: Path, kind: str) -> None:
    """Ask for a design of very many terms."""
    import yaml

    config = yaml.safe_load((folder / "config.yaml").read_text(encoding="utf-8"))
    columns = ["patient", "sex", "batch", "age", "response"]
    config["models"]["m"]["design"] = {
        "long": "~ " + " + ".join(["response"] * 100_000),
        "crossed": "~ " + "*".join(columns * 8),
        "power": "~ (" + " + ".join(columns) + ")**9",
        "nested": "~ " + "(" * 3000 + "response" + ")" * 3000,
        "many": "~ response + " + " + ".join(f"x{i}" for i in range(3000)),
    }[kind]
    if kind == "many":
        sheet = pd.read_csv(folder / "samples.tsv", sep="\t")
        extra = pd.DataFrame({f"x{i}": ["a", "b"] * 4 for i in range(3000)})
        sheet.join(extra).to_csv(folder / "samples.tsv", sep="\t", index=False)
    (folder / "config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")


def h5ad(folder: Path, kind: str) -> None:
    """Write the counts as .h5ad with something wrong in its structure."""
    counts = counts_of(folder)
    sheet = pd.read_csv(folder / "samples.tsv", sep="\t", index_col=0)
    matrix = scipy.sparse.csr_matrix(counts.to_numpy().T)
    data = anndata.AnnData(matrix, obs=sheet, var=pd.DataFrame(index=counts.index))
    path = folder / "counts.h5ad"
    data.write_h5ad(path)
    with h5py.File(path, "r+") as file:
        x = file["X"]
        if kind == "index too large":
            x["indices"][5] = 1_000_000
        elif kind == "negative index":
            x["indices"][5] = -3
        elif kind == "index twice":
            x["indices"][5] = x["indices"][4]
        elif kind == "pointers fall":
            x["indptr"][3] = x["indptr"][2] - 1
        elif kind == "pointers end early":
            x["indptr"][-1] = x["indptr"][-1] - 5
        elif kind == "shape too large":
            x.attrs["shape"] = np.array([10**9, 10**9])
        elif kind == "shape of strings":
            x.attrs["shape"] = "many"
        elif kind == "data of decimals":
            values = x["data"][:].astype(float) + 0.5
            del x["data"]
            x["data"] = values
        elif kind == "data too short":
            values = x["data"][:-4]
            del x["data"]
            x["data"] = values
        elif kind == "not a number":
            values = x["data"][:].astype(float)
            values[3] = np.nan
            del x["data"]
            x["data"] = values
        elif kind == "no X":
            del file["X"]
        elif kind == "no var":
            del file["var"]
        elif kind == "strange encoding":
            x.attrs["encoding-type"] = "coo_matrix"
        elif kind == "external link":
            del file["X"]
            file["X"] = h5py.ExternalLink("/etc/passwd", "/x")
        elif kind != "sound":
            raise ValueError(kind)
    if kind == "truncated":
        raise ValueError(kind)
    _point_to(folder, "counts.h5ad")


def cut(folder: Path, file: str, keep: float) -> None:
    """Keep the beginning of a file only."""
    content = (folder / file).read_bytes()
    (folder / file).write_bytes(content[: int(len(content) * keep)])


def tenx(folder: Path, kind: str) -> None:
    """Write the counts as a 10x folder with something wrong in it."""
    counts = counts_of(folder)
    place = folder / "tenx"
    place.mkdir()
    rows, columns = np.nonzero(counts.to_numpy())
    values = counts.to_numpy()[rows, columns]
    entries = [f"{r + 1} {c + 1} {v}" for r, c, v in zip(rows, columns, values, strict=True)]
    head, size = "%%MatrixMarket matrix coordinate integer general", f"{len(counts)} {counts.shape[1]} {len(entries)}"
    barcodes, features = list(counts.columns), [f"{name}\t{name}\tGene Expression" for name in counts.index]
    if kind == "absurd size":
        size = f"{10**12} {10**12} {10**15}"
    elif kind == "negative size":
        size = "-3 8 100"
    elif kind == "no size":
        size = ""
    elif kind == "words":
        size = "many genes here"
    elif kind == "index too large":
        entries[4] = "9999999 1 3"
    elif kind == "index zero":
        entries[4] = "0 1 3"
    elif kind == "entry twice":
        entries[4] = entries[3]
    elif kind == "decimals":
        entries[4] = "5 1 3.7"
    elif kind == "negative count":
        entries[4] = "5 1 -3"
    elif kind == "fewer entries":
        entries = entries[:-5]
    elif kind == "more entries":
        entries.append("1 1 5")
    elif kind == "fewer features":
        features = features[:-3]
    elif kind == "fewer barcodes":
        barcodes = barcodes[:-1]
    elif kind == "complex":
        head = "%%MatrixMarket matrix coordinate complex hermitian"
    elif kind == "no head":
        head = "matrix"
    elif kind == "array":
        head = "%%MatrixMarket matrix array integer general"
    elif kind != "sound":
        raise ValueError(kind)
    (place / "matrix.mtx").write_text("\n".join([head, size, *entries]) + "\n")
    (place / "barcodes.tsv").write_text("\n".join(barcodes) + "\n")
    (place / "features.tsv").write_text("\n".join(features) + "\n")
    _point_to(folder, "tenx")


def quantifications(folder: Path, kind: str, wrong: str) -> None:
    """Write a file of STAR, salmon or RSEM for every sample, one of them wrong."""
    counts = counts_of(folder)
    for place, (sample, column) in enumerate(counts.items()):
        if kind == "star":
            rows = ["N_unmapped\t1\t1\t1", "N_multimapping\t1\t1\t1", "N_noFeature\t1\t90\t1", "N_ambiguous\t1\t1\t1"]
            rows += [f"{gene}\t{n}\t{n}\t0" for gene, n in column.items()]
            name = f"{sample}.ReadsPerGene.out.tab"
        elif kind == "salmon":
            rows = ["Name\tLength\tEffectiveLength\tTPM\tNumReads"]
            rows += [f"{gene}\t1000\t900\t1\t{n}" for gene, n in column.items()]
            name = f"{sample}.quant.sf"
        else:
            rows = ["gene_id\ttranscript_id(s)\tlength\teffective_length\texpected_count\tTPM\tFPKM"]
            rows += [f"{gene}\tt\t1000\t900\t{n}\t1\t1" for gene, n in column.items()]
            name = f"{sample}.genes.results"
        if place == 2:
            if wrong == "text":
                rows[7] = (
                    rows[7].rsplit("\t", 1)[0] + "\tmany" if kind != "rsem" else rows[7].replace("\t900\t", "\tx\t")
                )
            elif wrong == "short row":
                rows[7] = rows[7].split("\t")[0]
            elif wrong == "no header":
                rows = rows[1:] if kind != "star" else ["gene\tcount", *rows]
            elif wrong == "fewer genes":
                rows = rows[:-4]
            elif wrong == "empty":
                rows = []
            elif wrong == "other genes":
                rows = [row.replace("\t", "x\t", 1) if i > 3 else row for i, row in enumerate(rows)]
            elif wrong == "negative":
                cells = rows[7].split("\t")
                cells[{"star": 2, "salmon": 4, "rsem": 4}[kind]] = "-5"
                rows[7] = "\t".join(cells)
            elif wrong != "nothing":
                raise ValueError(wrong)
        (folder / name).write_text("\n".join(rows) + ("\n" if rows else ""))
    pattern = {"star": "*.ReadsPerGene.out.tab", "salmon": "*.quant.sf", "rsem": "*.genes.results"}[kind]
    _point_to(folder, pattern)
    if kind == "salmon":
        table = "".join(f"{gene}\t{gene}\n" for gene in counts.index)
        (folder / "transcripts.tsv").write_text("transcript_id\tgene_id\n" + table)
        _config(folder, "cohorts.c.transcripts", "transcripts.tsv")


def excel(folder: Path, file: str, sheets: int = 1) -> None:
    """Write a table as an Excel workbook under its own name."""
    import xlsxwriter

    rows = [line.split("\t") for line in (folder / file).read_text(encoding="utf-8").splitlines()]
    book = xlsxwriter.Workbook(str(folder / file))
    for place in range(sheets):
        sheet = book.add_worksheet(f"Sheet{place + 1}")
        for r, row in enumerate(rows):
            sheet.write_row(r, 0, row)
    book.close()


def panel(folder: Path, row: str, head: str = "symbol\tensembl\trole\tgroup\ttier") -> None:
    """Give the study a panel of its own, of one sound row and one that is given."""
    sound = "TWIST1\tENSG00000122691\ttarget\ttarget\tprimary"
    (folder / "panel.tsv").write_text(f"{head}\n{sound}\n{row}\n", encoding="utf-8")
    _config(folder, "panel", "panel.tsv")


def claims(folder: Path, text: str) -> None:
    """Give the study claims of its own."""
    (folder / "claims.yaml").write_text(text, encoding="utf-8")
    _config(folder, "claims", ["claims.yaml"])


def gene_sets(folder: Path, text: str) -> None:
    """Give the study gene sets of its own."""
    (folder / "sets.gmt").write_text(text, encoding="utf-8")
    _config(folder, "gene_sets", ["sets.gmt"])


def second_cohort(folder: Path) -> None:
    """Have a second cohort of the same counts."""
    _config(folder, "cohorts.d", {"counts": "counts.tsv", "samples": "samples.tsv"})


def _point_to(folder: Path, counts: str) -> None:
    _config(folder, "cohorts.c.counts", counts)


def _config(folder: Path, key: str, value: Any) -> None:
    import yaml

    config = yaml.safe_load((folder / "config.yaml").read_text(encoding="utf-8"))
    put(config, key, value)
    (folder / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")


def name_part(folder: Path, part: str, name: str) -> None:
    """Give the study's cohort or model another name."""
    import yaml

    named = "x" * 300 if name == "LONG" else name
    sound = {
        "cohorts": {"counts": "counts.tsv", "samples": "samples.tsv"},
        "models": {
            "design": "~ response",
            "contrasts": {"r": {"factor": "response", "tested": "resistant", "reference": "sensitive"}},
        },
    }
    config = yaml.safe_load((folder / "config.yaml").read_text(encoding="utf-8"))
    config[part] = {named: sound[part]}
    (folder / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False, allow_unicode=True), encoding="utf-8")


def name_twice(folder: Path) -> None:
    """Have two models whose names differ in case only: one folder on many disks."""
    import yaml

    config = yaml.safe_load((folder / "config.yaml").read_text(encoding="utf-8"))
    config["models"]["M"] = config["models"]["m"]
    (folder / "config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")


def long_title(folder: Path) -> None:
    """Write a title of 100,000 letters."""
    _config(folder, "cohorts.c.title", "x" * 100_000)
