"""Gene identifiers: Ensembl, Entrez and symbols are brought to one name each, and nothing is guessed."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from autocrine.problems import Findings, listed

ENSEMBL = re.compile(r"^(ENS[A-Z]*G\d{11})(?:\.\d+)?(_PAR_Y)?$")
ENTREZ = re.compile(r"^\d+$")
# The fusion is in no annotation; callers and clinics write it in many ways (HGNC: BCR::ABL1).
FUSION = "BCR::ABL1"
UNKNOWN = "not in the gene table"
# Before the name of the row that has the gene.
SAME_GENE = "is the same gene as row "
_FUSION = re.compile(r"^BCR[\s:/_.|-]*ABL1?$", re.IGNORECASE)

# Months as spreadsheets write them in English, German, French and Spanish; only those that genes are named like.
_MONTH_NAMES = {
    "feb": "feb", "févr": "feb", "mar": "mar", "mrz": "mar", "mär": "mar", "märz": "mar", "mars": "mar", "apr": "apr",
    "avr": "apr", "abr": "apr", "sep": "sep", "sept": "sep", "oct": "oct", "okt": "oct", "nov": "nov", "dec": "dec",
    "dez": "dec", "déc": "dec", "dic": "dec", "jan": "", "may": "", "jun": "", "jul": "", "aug": "",
}  # fmt: skip
_NUMBERED = {2: "feb", 3: "mar", 4: "apr", 9: "sep", 10: "oct", 11: "nov", 12: "dec"}
_MONTH = "|".join(sorted(_MONTH_NAMES, key=len, reverse=True))
_DATE = re.compile(
    rf"^(?:(?P<day>\d{{1,2}})[.]?[- ](?P<month>{_MONTH})[.]?(?:[- ]\d{{2,4}})?"
    rf"|(?P<month2>{_MONTH})[.]?-(?P<day2>\d{{1,2}})"
    rf"|(?P<month3>{_MONTH})[.]? (?P<day3>\d{{1,2}})"
    r"|\d{4}-(?P<m3>\d\d)-(?P<d3>\d\d)(?:[ T][\d:.]+)?|(?P<d4>\d\d)[/.](?P<m4>\d\d)[/.]\d{4}"
    r"|\d{1,2}(?P<mark>[/.-])\d{1,2}(?P=mark)(?:\d\d|\d{4}))$",
    re.IGNORECASE,
)
_EXPONENT = re.compile(r"^\d(?:[.,]\d+)?[Ee]\+\d+$")
_EXCEL_GENES = {
    "mar": ("MARCHF{n}", "MTARC{n}"), "sep": ("SEPTIN{n}",), "dec": ("DELEC1",),
    "oct": ("POU2F1 or another OCT gene",), "apr": ("TNFSF13 (APR-{n})",), "nov": ("CCN3 (NOV)",), "feb": ("FEB{n}",),
}  # fmt: skip


def is_fusion(name: str) -> bool:
    """Whether a name means the fusion: BCR-ABL, BCR/ABL1, bcr abl, BCRABL1 and the like, never BCR or ABL1."""
    return _FUSION.match(name.strip()) is not None


@dataclass(frozen=True)
class GeneTable:
    """The genes of a species: the bundled human or mouse ones, or those of a table or GTF that the user gives.

    `genes` has the columns gene_id, gene_name, entrez, biotype, chromosome, aliases ("|" between them) and primary, a
    row per gene; that of mice also human_id, human_name ("|" between several) and orthology. `refused` maps an alias
    that is never resolved to the reason.
    """

    genes: pd.DataFrame
    refused: dict[str, str]

    @cached_property
    def lookup(self) -> "_Lookup":
        """Look-ups from written names, made when first asked for."""
        return _Lookup.of(self)


def read_gene_table(path: str, refused_path: str | None = None) -> GeneTable:
    """Read a bundled gene table and, if there is one, the list of aliases that mean more than one thing."""
    genes = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)
    if refused_path is None:
        return GeneTable(genes, {})
    refused = pd.read_csv(refused_path, sep="\t", dtype=str, keep_default_na=False)
    return GeneTable(genes, dict(zip(refused["alias"], refused["reason"], strict=True)))


def keep_names(names: Sequence[str], names_given: Sequence[str] | None = None) -> pd.DataFrame:
    """Return the frame of `map_genes` for a species whose genes are not known: every name as it was written."""
    given = names if names_given is None else names_given
    frame = pd.DataFrame({"gene_id": list(names), "gene_name": list(given)}, dtype=object)
    frame["gene_name"] = frame["gene_name"].where(frame["gene_name"].fillna("") != "", frame["gene_id"])
    frame = frame.assign(entrez="", biotype="", chromosome="", mapping="written", reason="")
    frame.index = pd.Index(list(names), name="written")
    return frame


LONGEST_NAME = 200


def check_gene_names(names: Sequence[str], path: str, findings: Findings) -> None:
    """Tell of gene symbols that a spreadsheet turned into dates or powers of ten, and of row numbers in their place."""
    if len(names) > 2 and list(names) in ([str(i) for i in range(len(names))], [str(i + 1) for i in range(len(names))]):
        findings.problem(
            path, "the first column counts the rows, it names no genes", "gene identifiers in the first column"
        )
    if long := [name for name in names if len(name) > LONGEST_NAME]:
        findings.problem(path, f"a gene identifier of {len(long[0]):,} letters: {long[0][:40]}...", "names of genes")
    mangled = [name for name in names if _DATE.match(name) or _EXPONENT.match(name)]
    if mangled:
        findings.problem(
            path,
            f"{len(mangled)} gene symbol{'s were' if len(mangled) > 1 else ' was'} changed by a spreadsheet: "
            + listed([_excel_meaning(name) for name in mangled]),
            "the symbols as the counting program wrote them (Ensembl ids are safe from this)",
        )


@dataclass(frozen=True)
class _Lookup:
    """Look-ups from a written name to the gene that it means."""

    ensembl: set[str]
    entrez: dict[str, str]
    symbols: dict[str, str]
    aliases: dict[str, str]
    ambiguous: dict[str, list[str]]
    refused: dict[str, str]

    @classmethod
    def of(cls, table: GeneTable) -> "_Lookup":
        genes = table.genes[table.genes["primary"] == "1"]
        by_entrez = genes[genes["entrez"] != ""].drop_duplicates("entrez")
        by_symbol = genes[genes["gene_name"] != ""].drop_duplicates("gene_name")
        symbols = dict(zip(by_symbol["gene_name"], by_symbol["gene_id"], strict=True))
        owners = defaultdict(dict)
        for gene, aliases in zip(genes["gene_name"], genes["aliases"], strict=True):
            for alias in filter(None, aliases.split("|")):
                if alias not in symbols:
                    owners[alias][gene] = None
        return cls(
            ensembl=set(table.genes["gene_id"]) - {""},
            entrez=dict(zip(by_entrez["entrez"], by_entrez["gene_id"], strict=True)),
            symbols=symbols,
            aliases={alias: next(iter(names)) for alias, names in owners.items() if len(names) == 1},
            ambiguous={alias: list(names) for alias, names in owners.items() if len(names) > 1},
            refused=table.refused,
        )

    def find(self, name: str, kind: str) -> tuple[str, str, str]:
        """Return (gene_id, mapping, reason) of one name, before rows that claim the same gene are settled."""
        if is_fusion(name):
            return FUSION, "fusion", ""
        match = ENSEMBL.match(name) if kind in ("auto", "ensembl") else None
        if match:
            bare = match.group(1) + (match.group(2) or "")
            return (bare, "ensembl", "") if bare in self.ensembl else (bare, "unmapped", UNKNOWN)
        if kind in ("auto", "ensembl") and name in self.ensembl:
            return name, "gene_id", ""  # as FlyBase and others write it
        if kind in ("auto", "entrez") and ENTREZ.match(name) and name in self.entrez:
            return self._found(name, self.entrez[name], "entrez")
        if kind in ("auto", "symbol"):
            if name in self.symbols:
                return self._found(name, self.symbols[name], "symbol")
            if name in self.refused:
                return name, "unmapped", f"refused: {self.refused[name]}"
            if name in self.ambiguous:
                return name, "unmapped", f"alias of several genes: {listed(self.ambiguous[name], 4)}"
            if name in self.aliases:
                symbol = self.aliases[name]
                return self.symbols[symbol] or name, "alias", f"alias of {symbol}"
        return name, "unmapped", UNKNOWN

    @staticmethod
    def _found(name: str, gene: str, kind: str) -> tuple[str, str, str]:
        return (gene, kind, "") if gene else (name, kind, "has no Ensembl id")


def map_genes(
    names: Sequence[str], table: GeneTable, kind: str = "auto", names_given: Sequence[str] | None = None
) -> pd.DataFrame:
    """Bring gene identifiers to those of a gene table, of the bundled ones Ensembl ids, and official symbols.

    An identifier is resolved only where one gene is meant: an Ensembl id with or without version, an Entrez id, an
    official symbol, or an alias of exactly one gene that is no other gene's symbol. Where several rows claim one gene,
    the more direct claim wins in that order and the others keep their own name. No row is dropped or merged.

    Parameters
    ----------
    names
        Unique identifiers as written in the count table.
    table
        The genes of the species.
    kind
        "ensembl", "symbol" or "entrez"; "auto" looks at each identifier.
    names_given
        Gene names beside the identifiers, used where the table knows none.

    Returns
    -------
    A frame in the order of `names`, indexed by them, with gene_id (unique), gene_name, entrez, biotype, chromosome,
    mapping ("ensembl", "gene_id", "entrez", "symbol", "alias", "fusion", "unmapped") and reason (why a name was not
    resolved).
    """
    lookup = table.lookup
    frame = pd.DataFrame({"written": list(names)})
    frame["gene_id"], frame["mapping"], frame["reason"] = zip(
        *(lookup.find(name, kind) for name in frame["written"]), strict=True
    )
    frame = _settle_conflicts(frame)
    frame = pd.concat([frame, _facts(frame, table.genes)], axis=1)
    given = pd.Series("" if names_given is None else list(names_given), index=frame.index).fillna("")
    nameless = frame["gene_name"] == ""
    frame.loc[nameless, "gene_name"] = given.where(given != "", frame["gene_id"])[nameless]
    frame.index = pd.Index(frame.pop("written"), name="written")
    return frame[["gene_id", "gene_name", "entrez", "biotype", "chromosome", "mapping", "reason"]]


def _settle_conflicts(frame: pd.DataFrame) -> pd.DataFrame:
    """Let the most direct of several claims keep a gene; the others keep the name they were written with."""
    rank = frame["mapping"].map(
        {"fusion": 0, "ensembl": 0, "gene_id": 0, "unmapped": 1, "entrez": 2, "symbol": 3, "alias": 4}
    )
    order = frame.assign(rank=rank).sort_values("rank", kind="stable")
    loser = order["gene_id"].duplicated().reindex(frame.index)
    if loser.any():
        winner = order.drop_duplicates("gene_id").set_index("gene_id")["written"]
        frame = frame.copy()
        frame.loc[loser, "reason"] = [f"{SAME_GENE}{winner[gene]}" for gene in frame.loc[loser, "gene_id"]]
        frame.loc[loser, "mapping"] = "unmapped"
        frame.loc[loser, "gene_id"] = frame.loc[loser, "written"]
    return frame


def _facts(frame: pd.DataFrame, genes: pd.DataFrame) -> pd.DataFrame:
    """Look the resolved genes up: gene_name, entrez, biotype, chromosome; empty where the table does not say."""
    columns = ["gene_name", "entrez", "biotype", "chromosome"]
    by_ensembl = genes[genes["gene_id"] != ""].drop_duplicates("gene_id").set_index("gene_id")[columns]
    facts = by_ensembl.reindex(frame["gene_id"]).set_index(frame.index)
    # Genes without an Ensembl id are known by their Entrez id or symbol alone.
    for key, kind in (("entrez", "entrez"), ("gene_name", "symbol")):
        bare = (frame["mapping"] == kind) & facts["gene_name"].isna()
        known = genes[genes[key] != ""].drop_duplicates(key).set_index(key, drop=False)[columns]
        facts.loc[bare] = known.reindex(frame.loc[bare, "written"]).to_numpy()
    return facts.fillna("")


def _excel_meaning(name: str) -> str:
    match = _DATE.match(name)
    if not match:
        return name
    if match["mark"]:
        # Whether day or month comes first is not known.
        return name
    number = int(match["day"] or match["day2"] or match["day3"] or match["d3"] or match["d4"])
    word = match["month"] or match["month2"] or match["month3"]
    month = _MONTH_NAMES[word.lower()] if word else _NUMBERED.get(int(match["m3"] or match["m4"]), "")
    genes = [gene.format(n=number) for gene in _EXCEL_GENES.get(month, ())]
    return f"{name} (was {' or '.join(genes)}?)" if genes else name
