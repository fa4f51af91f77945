"""Which files hold the counts of a cohort, and of what kind they are."""

import lzma
import os
import re
import zlib
from collections.abc import Iterable, Sequence
from glob import escape, glob, has_magic
from pathlib import Path

from autocrine.input.readers.content import PACKED_ENDINGS, bare_name, is_file, opened
from autocrine.problems import Findings

# What a user may write under "format", and how we speak of it.
KINDS = {
    "table": "a table of counts",
    "h5ad": "an AnnData file",
    "star": "STAR's ReadsPerGene files",
    "salmon": "salmon's quant.sf files",
    "rsem": "RSEM's genes.results files",
    "10x": "a 10x folder",
    "series_matrix": "a series matrix of GEO",
}
# Where one file holds one sample, its name or that of its folder names the sample.
STAR, SALMON, RSEM = "ReadsPerGene.out.tab", "quant.sf", ".genes.results"
RSEM_ISOFORMS = ".isoforms.results"
TENX = ("matrix.mtx", "barcodes.tsv", "features.tsv", "genes.tsv")
_TABLES = (".tsv", ".csv", ".txt", ".tab")
_ENDINGS = {STAR: "star", SALMON: "salmon", RSEM: "rsem", RSEM_ISOFORMS: "rsem", ".h5ad": "h5ad"}
# Of the kinds with one sample in each file, what comes after its name.
ONE_SAMPLE = {"star": STAR, "salmon": SALMON, "rsem": RSEM}
# What is beside a name's own part: S1_quant, salmon.S1, S1.ReadsPerGene.out.tab, S1.featureCounts.txt.
_PADDING = re.compile(
    r"^(salmon|rsem|star)[_.-]+|[_.-]+(quant|salmon|rsem|star|featurecounts|counts)$|[_.-]+$", re.IGNORECASE
)


def expand(path: str) -> list[str]:
    """Return the count files that a path of the configuration stands for.

    A file stands for itself, a pattern (*, ?, []) for what it matches, a folder for the count files in it and in the
    folders directly below: those of STAR, salmon, RSEM or 10x where there are any, else its tables. A path that does
    not exist stands for itself too, so that it can be reported.
    """
    if Path(path).is_dir():
        return _in_folder(path)
    if has_magic(path) and not Path(path).exists():
        return sorted({file for match in glob(path, recursive=True) for file in expand(match)})
    if bare_name(path) == TENX[0]:
        return [*dict.fromkeys([path, *_companions(Path(path).parent)])]
    return [path]


def expand_all(paths: Iterable[str]) -> list[str]:
    """Return the count files of several paths, each once, in their order."""
    return [*dict.fromkeys(file for path in paths for file in expand(path))]


def kind_of(path: str) -> str:
    """Return the kind of a count file, from its name or else from its first line; "table" where neither tells."""
    name = bare_name(path)
    if name in TENX:
        return "10x"
    for ending, kind in _ENDINGS.items():
        if name.endswith(ending):
            return kind
    words = first_line(path).split("\t")
    if words[0].startswith("!Series_"):
        return "series_matrix"
    if words[0] == "N_unmapped":
        return "star"
    if words[:5] == ["Name", "Length", "EffectiveLength", "TPM", "NumReads"]:
        return "salmon"
    return "rsem" if "effective_length" in words and "expected_count" in words else "table"


def name_samples(paths: Sequence[str], ending: str, samples: Iterable[str] | None) -> list[str]:
    """Name the sample of each file that holds one.

    Of the file's name, without `ending` and what programs add, and the name of its folder the first that the sheet has
    is taken; where the sheet has neither, or is not known, the file's own, or the folder's where the file has none.
    """
    known, names = set(samples or ()), []
    for path in paths:
        candidates = possible_names(path, ending)
        first = next(filter(None, [*map(_bare, candidates), *candidates]), "")
        names.append(next((name for name in candidates if name in known), first))
    return names


def possible_names(path: str, ending: str) -> list[str]:
    """Return what the sample of a file may be called: by the file, then by its folder, each whole and bare."""
    # The folder is the one that the user names, not that of a link's target.
    file, folder = bare_name(path), Path(os.path.abspath(path)).parent.name
    own = file.removesuffix(ending) if file.endswith(ending) else Path(file).stem
    return [name for name in (own, _bare(own), folder, _bare(folder)) if name]


def _bare(name: str) -> str:
    while (shorter := _PADDING.sub("", name)) != name:
        name = shorter
    return name


def _in_folder(folder: str) -> list[str]:
    inside = sorted(glob(f"{escape(folder)}/*")) + sorted(glob(f"{escape(folder)}/*/*"))
    files = [path for path in inside if Path(path).is_file()]
    known = [path for path in files if bare_name(path).endswith(tuple(_ENDINGS)) or bare_name(path) == TENX[0]]
    # RSEM writes its isoforms beside its genes.
    if any(bare_name(path).endswith(RSEM) for path in known):
        known = [path for path in known if not bare_name(path).endswith(RSEM_ISOFORMS)]
    if known:
        return expand_all(known)
    return [path for path in files if bare_name(path).endswith(_TABLES) and Path(path).parent == Path(folder)]


def _companions(folder: Path) -> list[str]:
    endings = ("", *PACKED_ENDINGS)
    return [str(folder / (name + end)) for name in TENX for end in endings if (folder / (name + end)).is_file()]


def first_line(path: str) -> str:
    """Return the first line of a text file, packed or not; nothing where it cannot be read."""
    if not is_file(path, Findings()):
        return ""
    try:
        with opened(path) as file:
            start = file.read(100_000)
    except (OSError, EOFError, zlib.error, lzma.LZMAError):
        return ""
    return start.decode("utf-8", errors="replace").partition("\n")[0].rstrip("\r")
