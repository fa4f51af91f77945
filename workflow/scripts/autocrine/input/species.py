"""Species: whose genes the names of a count table are, and which tables of genes there are."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from autocrine.input.cohort import Cohort
from autocrine.input.genes import GeneTable, is_fusion, keep_names, map_genes
from autocrine.input.orthologues import Orthologues, Translation, named_as
from autocrine.input.readers.counts import CountTable
from autocrine.problems import Findings

HUMAN, MOUSE, OTHER = "human", "mouse", "other"
# How identifiers of other species look, and whose they are.
_ENSEMBL_OF = {"MUS": MOUSE, "RNO": "rat", "DAR": "zebrafish", "MMU": "macaque", "CAF": "dog", "SSC": "pig"}
_ENSEMBL = re.compile(r"^ENS([A-Z]*)G\d{11}")
_OTHER_IDS = {
    re.compile(r"^FBgn\d{7}$"): "fruit fly",
    re.compile(r"^WBGene\d{8}$"): "nematode",
    re.compile(r"^Y[A-P][LR]\d{3}[WC](-[A-Z])?$"): "yeast",
    re.compile(r"^AT[1-5MC]G\d{5}$"): "thale cress",
}
# References of two species put the assembly before each name: GRCh38_BMP4, mm10___Bmp4.
_ASSEMBLY = re.compile(r"^(?:(GRCh3[78]|hg19|hg38|human)|(GRCm3[89]|mm9|mm10|mm39|mouse))_+(?=.)", re.IGNORECASE)
# Above this share of all names the genes are another species', if hardly any are its own...
_MOST_NAMES, _FEWEST_OWN = 0.3, 0.1
# ...and from this share and number on, reads of another species are among its own. Single rows are transgenes.
_MIXED_SHARE, _FEWEST_MIXED = 0.01, 5


@dataclass(frozen=True)
class KnownGenes:
    """The tables of genes that names are looked up in.

    `read_mouse` gives the bundled mouse genes, which are read when first needed; `own` are those that the user gives
    for a species that is neither.
    """

    human: GeneTable
    read_mouse: Callable[[], GeneTable] = lambda: NO_GENES
    own: GeneTable | None = None

    @cached_property
    def mouse(self) -> GeneTable:
        """The bundled mouse genes."""
        return self.read_mouse()

    def of(self, species: str) -> GeneTable:
        """Return the genes of a species; none of one that is not known."""
        if species in (HUMAN, MOUSE):
            return self.human if species == HUMAN else self.mouse
        return self.own or NO_GENES

    def translation(self, species: str, names: Sequence[str]) -> Translation | None:
        """Return how names of a panel or of gene sets are read in a cohort of mice; None for other species."""
        if species != MOUSE:
            return None
        orthologues = Orthologues.of(self.mouse)
        return Translation(self.human, self.mouse, orthologues, named_as(names, self.human, self.mouse))


NO_GENES = GeneTable(
    pd.DataFrame(
        columns=["gene_id", "gene_name", "entrez", "biotype", "chromosome", "aliases", "primary"], dtype=object
    ),
    {},
)


def label_species(names: Sequence[str], known: KnownGenes) -> tuple[np.ndarray, np.ndarray]:
    """Say whose gene each name is, where it says so.

    Identifiers and prefixes of assemblies say it by their form. Symbols do where one species has them and the other
    does not: Bmp4 is no symbol of a human gene, though mice and men share a few, such as C3.

    Returns
    -------
    Per name a species ("human", "mouse", "rat", ...) or "" where it says nothing; and whether its form says so.
    """
    labels = np.array([_by_form(name) for name in names], dtype=object)
    formed = labels != ""
    unsaid = np.flatnonzero(~formed)
    human = [_has(known.human, names[place]) for place in unsaid]
    # Reading the mouse genes takes half a second; where nearly all names are human there is nothing to ask them.
    asked = human.count(False) > _MIXED_SHARE * len(names)
    for place, of_human in zip(unsaid, human, strict=True):
        of_mouse = asked and _has(known.mouse, names[place])
        labels[place] = "" if of_human == of_mouse else HUMAN if of_human else MOUSE
    return labels, formed


def main_species(names: Sequence[str], known: KnownGenes) -> str:
    """Return the species that most names say they are of, if enough say so: "human", "mouse", another, or ""."""
    labels, _ = label_species(names, known)
    species, counts = np.unique(labels[labels != ""], return_counts=True)
    return str(species[counts.argmax()]) if len(species) and counts.max() > _MOST_NAMES * len(labels) else ""


def _has(table: GeneTable, name: str) -> bool:
    """Whether a name is a symbol or an Entrez id of a table; NCBI numbers the genes of all species together."""
    return name in table.lookup.symbols or name in table.lookup.entrez


def _by_form(name: str) -> str:
    if match := _ASSEMBLY.match(name):
        return HUMAN if match.group(1) else MOUSE
    if match := _ENSEMBL.match(name):
        return _ENSEMBL_OF.get(match.group(1)[-3:], "another species") if match.group(1) else HUMAN
    return next((species for pattern, species in _OTHER_IDS.items() if pattern.match(name)), "")


def settle_species(counts: CountTable, cohort: Cohort, known: KnownGenes, findings: Findings) -> CountTable:
    """Tell where genes are not those of the configured species, all or some.

    Findings receive a problem where the genes are another species', and a warning where reads of another species are
    among them, as in xenografts counted against both genomes. A species whose genes are not bundled is not judged.

    Returns
    -------
    The counts, without the rows of another species where the configuration asks for that.
    """
    names = [str(name) for name in counts.values.index]
    if cohort.species not in (HUMAN, MOUSE) or not names:
        return counts
    labels, formed = label_species(names, known)
    others = [label for label in labels if label not in ("", cohort.species)]
    if not others:
        return counts
    other, own = max(dict.fromkeys(others), key=others.count), int((labels == cohort.species).sum())
    rows = labels == other
    count, by_form = int(rows.sum()), bool(formed[rows].mean() > 0.5)
    if count > _MOST_NAMES * len(names) and own <= _FEWEST_OWN * (own + count):
        _tell_wrong(count, len(names), other, by_form, cohort, names[int(np.flatnonzero(rows)[0])], findings)
        return counts
    if count < max(_FEWEST_MIXED, _MIXED_SHARE * len(names)):
        return counts
    return _settle_mixed(counts, rows, other, cohort, findings)


def _tell_wrong(
    count: int, of: int, other: str, by_form: bool, cohort: Cohort, example: str, findings: Findings
) -> None:
    what = f"identifiers of {other}" if by_form else f"symbols of {other}, such as {example}"
    meant = other if other in (HUMAN, MOUSE) else OTHER
    more = "; with it a table or GTF of its genes (genes) and a panel with its names (panel)" if meant == OTHER else ""
    findings.problem(
        f"config, cohorts.{cohort.name}.species",
        f"{count:,} of {of:,} names are {what}, and the configuration says {cohort.species}: names and aliases would "
        "be given to other genes",
        f'"species: {meant}"{more}',
    )


def _settle_mixed(counts: CountTable, rows: np.ndarray, other: str, cohort: Cohort, findings: Findings) -> CountTable:
    """Tell how much of the counts is another species', and leave it out where that is asked for."""
    values = counts.values.to_numpy()
    shares = values[rows].sum(axis=0) / np.maximum(values.sum(axis=0), 1)
    highest = int(shares.argmax())
    words = (
        f"{rows.sum():,} of {len(rows):,} names ({rows.mean():.1%}) are genes of {other}, with "
        f"{values[rows].sum() / max(values.sum(), 1):.1%} of the counts (up to {shares[highest]:.1%}, in "
        f"{counts.values.columns[highest]}): reads of two species, as in a xenograft"
    )
    where = f"config, cohorts.{cohort.name}"
    if cohort.other_species == "drop":
        findings.note(f"{where}.other_species: {words}; these rows were left out")
        names = list(counts.values.index[rows])
        return replace(
            counts,
            values=counts.values[~rows],
            annotation=counts.annotation[~rows],
            lengths=None if counts.lengths is None else counts.lengths[~rows],
            dropped={**counts.dropped, **{str(name): f"gene of {other}" for name in names}},
        )
    findings.warn(
        "mixed_species",
        f'{words}. They stay in libraries, size factors and fit; "other_species: drop" leaves their rows out',
        where,
    )
    return counts


def identify_rows(names: Sequence[str], given: Sequence[str] | None, cohort: Cohort, known: KnownGenes) -> pd.DataFrame:
    """Say which gene each row of the counts is; see `map_genes`. Assemblies before names are looked past.

    Without a table of its genes every name of another species stays as it was written.
    """
    if cohort.species == OTHER and known.own is None:
        return keep_names(names, given)
    bare = [_without_assembly(name, cohort.species) for name in names]
    # With GRCh38_BMP4 beside BMP4 nothing says which is meant.
    bare = bare if len(set(bare)) == len(bare) else list(names)
    frame = map_genes(bare, known.of(cohort.species), cohort.gene_ids, given)
    # A row keeps the name that it was written with where it is no known gene.
    lost = (frame["mapping"] == "unmapped").to_numpy() & (np.array(bare, dtype=object) != np.array(names, dtype=object))
    frame.loc[lost, "gene_id"] = np.array(names, dtype=object)[lost]
    frame.index = pd.Index(list(names), name="written")
    return frame


def _without_assembly(name: str, species: str) -> str:
    match = _ASSEMBLY.match(name)
    if not match or is_fusion(name) or (HUMAN if match.group(1) else MOUSE) != species:
        return name
    return name[match.end() :]
