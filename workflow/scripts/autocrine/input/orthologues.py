"""Orthologues: which mouse gene a human gene of a panel, a claim or a gene set is, where it is a single one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from autocrine.input.genes import ENSEMBL, FUSION, GeneTable
from autocrine.problems import listed

NO_SINGLE = "no single orthologue"
# What a gene is called by programs where that is why there is nothing to say of it.
NO_ORTHOLOGUE = "no_single_orthologue"
# Ensembl's kinds, in words.
KINDS = {"one2one": "one to one", "one2many": "one to many", "many2many": "many to many"}


@dataclass(frozen=True)
class Orthologues:
    """Human gene_id -> the mouse genes that are its orthologues, as (gene_id, name, kind of orthology).

    `shared` are the mouse genes that several human genes have.
    """

    of_human: Mapping[str, Sequence[tuple[str, str, str]]]
    shared: frozenset[str] = frozenset()

    @classmethod
    def of(cls, mouse: GeneTable) -> "Orthologues":
        """Take them from the mouse genes; a table without them has none."""
        found: dict[str, list[tuple[str, str, str]]] = {}
        shared: set[str] = set()
        if "human_id" in mouse.genes:
            genes = mouse.genes[mouse.genes["human_id"] != ""]
            columns = (genes[name] for name in ("gene_id", "gene_name", "human_id", "orthology"))
            for gene, name, humans, kind in zip(*columns, strict=True):
                shared |= {gene} if "|" in humans else set()
                for human in humans.split("|"):
                    found.setdefault(human, []).append((gene, name or gene, kind))
        return cls(found, frozenset(shared))

    def find(self, human: str) -> tuple[str, str]:
        """Return (mouse gene_id, "") of a human gene_id with a single orthologue, else ("", why there is none)."""
        genes = self.of_human.get(human, ())
        if len(genes) == 1 and genes[0][2] == "one2one":
            return genes[0][0], ""
        if not genes:
            return "", f"{NO_SINGLE} in mouse: none is known"
        names = sorted(name for _, name, _ in genes)
        if len(names) == 1 and genes[0][0] in self.shared:
            return "", f"{NO_SINGLE} in mouse: several human genes have {names[0]}"
        return "", f"{NO_SINGLE} in mouse: {KINDS.get(genes[0][2], genes[0][2])} ({listed(names, 4)})"


def in_human_symbols(symbols: Sequence[str], gene_ids: Sequence[str], human: GeneTable, mouse: GeneTable) -> list[str]:
    """Call genes of a panel of mice by human symbols, so that they are beside those of people.

    A symbol that is a human one stays, and so does that of a gene without a single orthologue.
    """
    single = mouse.genes[mouse.genes["orthology"] == "one2one"]
    human_of = dict(zip(single["gene_id"], single["human_id"], strict=True))
    called = human.genes.drop_duplicates("gene_id").set_index("gene_id")["gene_name"].to_dict()
    return [
        symbol if symbol in human.lookup.symbols else called.get(human_of.get(gene, "none"), symbol)
        for symbol, gene in zip(symbols, gene_ids, strict=True)
    ]


def as_human(genes: pd.DataFrame, human: GeneTable, mouse: GeneTable) -> pd.DataFrame:
    """Return a table of genes of mice under the gene_id and gene_name of their single human orthologues.

    Genes without one keep theirs.
    """
    single = mouse.genes[mouse.genes["orthology"] == "one2one"]
    human_of = dict(zip(single["gene_id"], single["human_id"], strict=True))
    called = human.genes.drop_duplicates("gene_id").set_index("gene_id")["gene_name"]
    there = genes["gene_id"].map(human_of)
    names = there.map(called)
    known = names.notna()
    return genes.assign(
        gene_id=there.where(known, genes["gene_id"]), gene_name=names.where(known, genes["gene_name"])
    ).drop_duplicates("gene_id")


@dataclass(frozen=True)
class Translation:
    """How names of a panel or of gene sets are read in a cohort of mice.

    A panel or file of sets names human genes or mouse genes: `first` says which it mostly does, and a name that both
    have means that species' gene. Names of human genes are brought to their single orthologue.
    """

    human: GeneTable
    mouse: GeneTable
    orthologues: Orthologues
    first: str

    def find(self, symbol: str, ensembl: str) -> tuple[str, str, str]:
        """Return (mouse gene_id, mapping, reason) of a symbol with an Ensembl id, which may be empty.

        `mapping` is "unmapped" where no gene is meant, and `NO_ORTHOLOGUE` where mice have none of its own.
        """
        match = ENSEMBL.match(ensembl)
        identifier = match.group(1) if match else ensembl
        if identifier in self.mouse.lookup.ensembl:
            return identifier, "ensembl", ""
        if identifier.startswith("ENSG"):
            return self._of_human(identifier, "ensembl")
        ways = [self._human_symbol, self._mouse_symbol]
        found = ("", "unmapped", "")
        for way in ways if self.first == "human" else ways[::-1]:
            found = way(symbol)
            if found[1] != "unmapped":
                return found
        return self.mouse.lookup.find(symbol, "symbol")

    def _human_symbol(self, symbol: str) -> tuple[str, str, str]:
        gene, mapping, why = self.human.lookup.find(symbol, "symbol")
        # Bmp4 and the like may be aliases of human genes, and are a mouse gene's own name.
        if mapping == "alias" and symbol in self.mouse.lookup.symbols:
            return "", "unmapped", ""
        if mapping not in ("symbol", "alias"):
            return gene, mapping, why
        return self._of_human(gene, mapping)

    def _mouse_symbol(self, symbol: str) -> tuple[str, str, str]:
        gene = self.mouse.lookup.symbols.get(symbol, "")
        return gene, "symbol" if gene else "unmapped", ""

    def _of_human(self, gene: str, mapping: str) -> tuple[str, str, str]:
        if gene == FUSION:
            return gene, mapping, ""
        found, why = self.orthologues.find(gene)
        return found, mapping if found else NO_ORTHOLOGUE, why


def named_as(names: Sequence[str], human: GeneTable, mouse: GeneTable) -> str:
    """Return "human" or "mouse": whose names most of these are, human where it cannot be decided."""
    people = human.lookup.symbols.keys() | human.lookup.ensembl
    mice = mouse.lookup.symbols.keys() | mouse.lookup.ensembl
    return "mouse" if sum(name in mice for name in names) > sum(name in people for name in names) else "human"
