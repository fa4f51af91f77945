"""The gene panel: the genes that are asked about, and which rows of the matrix they are."""

import re

import pandas as pd

from autocrine.columns import taken_by_results
from autocrine.input.genes import UNKNOWN, GeneTable, is_fusion
from autocrine.input.orthologues import NO_ORTHOLOGUE, Translation
from autocrine.input.readers.text import duplicated, parse_rows, read_delimited
from autocrine.problems import Findings, listed

ABSENT = "absent from the count matrix"
CONTROL_GROUP = "reference_gene"
# "loop_" begins the names of the loop scores.
SCORE_NAME = re.compile(r"(?!loop_)[A-Za-z][A-Za-z0-9_]*")
TIERS = ("primary", "secondary", "context")
REQUIRED = ("symbol", "ensembl", "role", "group", "tier")


def read_panel(path: str, findings: Findings) -> pd.DataFrame | None:
    """Read a gene panel: one row per gene, all cells text, empty where nothing is known.

    Required columns: symbol, ensembl (may be empty), role, group, tier. Further columns are kept; one of them, score,
    may name the score per sample that a gene belongs to (see `autocrine.samples.scores.panel_sets`).
    """
    text = read_delimited(path, findings)
    if text is None:
        return None
    lacking = [name for name in REQUIRED if name not in text.header]
    if lacking:
        findings.problem(path, f"columns are missing: {listed(lacking)}", f"the columns {listed(REQUIRED)}")
        return None
    panel = parse_rows(text, path, findings, dtype=str, keep_default_na=False)
    if panel is None:
        return None
    panel = panel.fillna("").apply(lambda column: column.str.strip()).reset_index(drop=True)
    if panel.empty:
        findings.problem(path, "the panel has no genes", "a row per gene")
    taken = taken_by_results(panel.columns)
    if taken:
        findings.problem(path, f"column names are taken by results: {listed(taken)}", "other names for these columns")
    nameless = panel["symbol"] == ""
    if nameless.any():
        findings.problem(path, f"{int(nameless.sum())} rows have no symbol", "a symbol in each row")
    names = dict.fromkeys(panel["score"]) if "score" in panel else {}
    unfit = [name for name in names if name and not SCORE_NAME.fullmatch(name)]
    if unfit:
        meant = 'letters, digits and "_", beginning with a letter, and not with "loop_"'
        findings.problem(path, f"names of scores that cannot be used: {listed(unfit)}", meant)
    twice = duplicated(list(panel["symbol"]))
    if twice:
        findings.problem(path, f"symbols appear twice: {listed(twice)}", "each gene once")
    identifiers = panel["ensembl"].str.split(".").str[0]
    again = duplicated([identifier for identifier in identifiers if identifier])
    if again:
        findings.problem(path, f"Ensembl ids appear twice: {listed(again)}", "each gene once")
    fusions = [name for name in panel.loc[identifiers != "", "symbol"] if is_fusion(name)]
    if fusions:
        meant = "no Ensembl id: reads of BCR or of ABL1 never replace the fusion"
        findings.problem(path, f"a fusion has the id of one gene: {listed(fusions)}", meant)
    tiers = [tier for tier in dict.fromkeys(panel["tier"]) if tier not in TIERS]
    if tiers:
        shown = listed(f'"{tier}" ({listed(panel.loc[panel["tier"] == tier, "symbol"], 3)})' for tier in tiers)
        findings.problem(path, f"tiers that are none: {shown}", f"one of: {listed(TIERS)}, written like that")
    return panel


def check_panel_names(
    panel: pd.DataFrame,
    path: str,
    genes: GeneTable,
    findings: Findings,
    species: str = "human",
    also: GeneTable | None = None,
) -> None:
    """Tell of rows that are not the gene they are called, and of two that are one gene.

    A row with the identifier of another gene than its symbol would be shown under the other's name. A gene under two
    names would be two members of its family of tests.

    `genes` are the bundled genes of `species`, "human" or "mouse", whose names the panel mostly has; identifiers that
    they do not hold are not judged. Genes of `also` are named by right, too.
    """
    known = genes.genes.drop_duplicates("gene_id").set_index("gene_id")["gene_name"]
    unknown = []
    identifiers = panel["ensembl"].str.split(".").str[0]
    called = {ensembl: symbol for symbol, ensembl in zip(panel["symbol"], identifiers, strict=True) if ensembl}
    for symbol, ensembl in zip(panel["symbol"], identifiers, strict=True):
        if is_fusion(symbol):
            continue
        if not ensembl or ensembl not in known.index:
            named = also is not None and also.lookup.find(symbol, "symbol")[1] == "symbol"
            gene, mapping, _ = genes.lookup.find(symbol, "symbol")
            meant = mapping in ("symbol", "alias")
            if not named and not meant:
                unknown.append(f"{symbol} ({ensembl})" if ensembl else symbol)
            if meant and not ensembl and (first := called.setdefault(gene, symbol)) != symbol:
                findings.problem(
                    f'{path}, row "{symbol}"', f"{symbol} and {first} are one gene, {gene}", "one row for it"
                )
            continue
        # Before the first look-up, which takes a quarter of a second of each start of snakemake.
        if known[ensembl] == symbol:
            continue
        gene, mapping, _ = genes.lookup.find(symbol, "symbol")
        if gene == ensembl:
            continue
        meant = f" and {symbol} is {gene}" if mapping in ("symbol", "alias") else ""
        found = f"{ensembl} is {known[ensembl] or 'a gene without a symbol'}{meant}"
        right = "symbol and identifier of one gene, or no identifier"
        findings.problem(f'{path}, row "{symbol}"', found, right)
    if unknown:
        text = f"{len(unknown)} of its genes are no {species} genes of the bundled table: {listed(unknown)}"
        findings.warn("foreign_panel_genes", text, path)


def find_panel_genes(
    panel: pd.DataFrame, var: pd.DataFrame, genes: GeneTable, translation: Translation | None = None
) -> pd.DataFrame:
    """Find the row of the count matrix that each panel gene is.

    Parameters
    ----------
    panel
        Panel with symbol and ensembl.
    var
        Genes of the matrix, indexed by gene_id, with gene_name.
    genes
        The genes of the species, by which symbols and aliases of the panel are resolved.
    translation
        In a cohort of mice, how names of human genes are brought to mouse genes.

    Returns
    -------
    Per panel row gene_id (None where there is none), reason (why there is none) and status, the same for programs:
    "" where there is one, "absent" (not in the matrix), "unknown" (no gene is meant, or several are) or
    `NO_ORTHOLOGUE`. An Ensembl id, with or without
    version, comes first, then the gene that the symbol means, then a row of the matrix that is called so. A human gene
    without a single orthologue in mice is none of these.
    """
    by_name: dict[str, list[str]] = {}
    for gene_id, name in zip(var.index, var["gene_name"], strict=True):
        by_name.setdefault(name, []).append(gene_id)
    symbols = genes.genes.drop_duplicates("gene_id").set_index("gene_id")["gene_name"] if translation else None
    found = []
    for symbol, ensembl in zip(panel["symbol"], panel["ensembl"], strict=True):
        if translation is None:
            gene, mapping, why = genes.lookup.find(symbol, "symbol")
            name, candidates = symbol, (ensembl.split(".")[0], gene, symbol)
        else:
            gene, mapping, why = translation.find(symbol, ensembl)
            if mapping == NO_ORTHOLOGUE:
                found.append((None, why, NO_ORTHOLOGUE))
                continue
            # A row that is called like the human gene would be a transgene.
            meant = mapping != "unmapped"
            name, candidates = (symbols.get(gene) or symbol, (gene,)) if meant else (symbol, (symbol,))
        named = by_name.get(name, [])
        wanted = [one for one in candidates if one and one in var.index]
        if wanted or len(named) == 1:
            found.append((wanted[0] if wanted else named[0], "", ""))
        elif named:
            found.append((None, f"{len(named)} rows of the count matrix have this name", "unknown"))
        elif not ensembl and mapping == "unmapped":
            reason = "no gene is known by this name" if why == UNKNOWN else f"the name is {why}"
            found.append((None, reason, "unknown"))
        else:
            found.append((None, ABSENT, "absent"))
    return pd.DataFrame(found, columns=["gene_id", "reason", "status"], index=panel.index, dtype=object)


def keep_first(panel: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """Return what `find_panel_genes` found, a gene for one row of the panel only: it is one member of its family.

    `check_panel_names` tells of two names of one gene as far as the bundled genes know them.
    """
    again = found["gene_id"].notna() & found["gene_id"].duplicated()
    if not again.any():
        return found
    first = dict(zip(found["gene_id"][::-1], panel["symbol"][::-1], strict=True))
    reasons = [f"its row of the count matrix is that of {first[gene]}" for gene in found.loc[again, "gene_id"]]
    found = found.copy()
    found.loc[again, ["gene_id", "reason", "status"]] = [[None, reason, "unknown"] for reason in reasons]
    return found


def explain_absence(name: str, panel: pd.DataFrame, genes: GeneTable) -> tuple[str, str]:
    """Say why a name is no symbol of a panel, and what would be right."""
    symbols = dict(zip(panel["symbol"], panel["ensembl"].str.split(".").str[0], strict=True))
    gene, mapping, why = genes.lookup.find(name, "symbol")
    if mapping == "unmapped":
        return f'"{name}" is no gene of the panel: {why}', "a symbol of the panel"
    meant = [symbol for symbol, ensembl in symbols.items() if gene in (ensembl, symbol)]
    if meant:
        return f'"{name}" is called "{meant[0]}" in the panel', f'"{meant[0]}"'
    return f'"{name}" is not in the panel', "a row for it in the panel"
