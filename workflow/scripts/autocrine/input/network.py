"""Networks of regulators: signed edges to their targets, read from tables as decoupler and OmniPath write them."""

from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd

from autocrine.input.genes import ENSEMBL, GeneTable, check_gene_names
from autocrine.input.readers.text import Text, parse_rows, read_delimited
from autocrine.problems import Findings, listed

# Names of columns, the preferred first: OmniPath has UniProt ids in source and target, and symbols beside them.
REGULATOR = ("source_genesymbol", "source", "regulator", "tf", "pathway")
TARGET = ("target_genesymbol", "target", "gene", "genesymbol")
WEIGHT = ("weight", "mor", "sign")
# Where there are no weights: whether an edge stimulates and whether it inhibits, as OmniPath has them.
FLAGS = (("consensus_stimulation", "consensus_inhibition"), ("is_stimulation", "is_inhibition"))
P_VALUE = ("p_value", "p.value", "pvalue", "padj")
TRUE, FALSE = ("1", "1.0", "true"), ("0", "0.0", "false", "")
FEWEST_TARGETS = 5
# Of a model that weighs every gene of the genome, most weights are noise.
MANY_TARGETS = 2000
ASKED = "the columns source, target and weight (or source_genesymbol, target_genesymbol, consensus_stimulation and "
ASKED += "consensus_inhibition), tabs or commas between them"


def read_network(path: str, findings: Findings) -> pd.DataFrame | None:
    """Read the edges of a network from a table, a row per regulator and target.

    Parameters
    ----------
    path
        A table with a header, tabs or commas between its cells, gzipped or not. The regulator is in one of the
        columns `REGULATOR`, the target in one of `TARGET` and the weight, whose sign says whether the target rises or
        falls with the regulator, in one of `WEIGHT` (CollecTRI, DoRothEA and PROGENy as decoupler and their R packages
        write them), or as two columns of `FLAGS` (tables of OmniPath). Other columns are not read.
    findings
        Told of all faults, those of a kind together: missing columns, cells without a name, weights that are 0 or no
        number, edges that appear twice with different weights, symbols changed by a spreadsheet. Notes say what
        was left out: equal edges, edges of OmniPath without a sign, regulators with few targets.

    Returns
    -------
    regulator, target (as written) and weight, in the order of the file; None where it cannot be used.
    """
    text = read_delimited(path, findings)
    if text is None:
        return None
    named = {name.lower(): name for name in reversed(text.header)}
    regulator, target, weight = (_first(names, named) for names in (REGULATOR, TARGET, WEIGHT))
    flags = next((pair for pair in FLAGS if set(pair) <= set(named)), None)
    lacking = [what for what, there in (("regulators", regulator), ("targets", target), ("weights", weight or flags))
               if not there]  # fmt: skip
    if lacking:
        found = f"no column of {', '.join(lacking)}: the header has {listed(text.header)}"
        findings.problem(path, found, ASKED)
        return None
    signs = [weight] if weight else [named[name] for name in flags or ()]
    rows = _cells(text, path, findings, [str(regulator), str(target), *signs])
    if rows is None:
        return None
    edges = pd.DataFrame({"regulator": rows.iloc[:, 0], "target": rows.iloc[:, 1]})
    edges["weight"] = _weights(rows.iloc[:, 2], path, findings) if weight else _signs(rows.iloc[:, 2:], path, findings)
    return _sound(edges, path, _first(P_VALUE, named), findings)


def check_targets(network: pd.DataFrame, path: str, tables: Collection[GeneTable], findings: Findings) -> None:
    """Tell of a network none of whose targets is a gene of the bundled tables, under any name."""
    names = list(dict.fromkeys(network["target"]))
    for table in tables:
        look = table.lookup
        for name in names:
            match = ENSEMBL.match(name)
            known = match.group(1) in look.ensembl if match else name in look.symbols or name in look.entrez
            if known or name in look.aliases:
                return
    found = f"none of its {len(names):,} targets is a known gene: {listed(names, 4)}"
    findings.problem(path, found, "symbols, Ensembl ids or Entrez ids in the column of targets")


def _first(names: Sequence[str], named: dict[str, str]) -> str | None:
    """Return the first of these columns that there is, as the header writes it."""
    return next((named[name] for name in names if name in named), None)


def _cells(text: Text, path: str, findings: Findings, columns: list[str]) -> pd.DataFrame | None:
    """Return these columns as stripped text, indexed by the lines of the file."""
    rows = parse_rows(text, path, findings, dtype=str, keep_default_na=False)
    if rows is None:
        return None
    if rows.empty:
        findings.problem(path, "the network has no edges", "a row per regulator and target")
        return None
    return rows[columns].fillna("").apply(lambda column: column.str.strip())


def _weights(cells: pd.Series, path: str, findings: Findings) -> pd.Series:
    """Return weights as numbers; missing where there is no sign, which is reported."""
    weights = pd.to_numeric(cells, errors="coerce")
    wrong = cells[~np.isfinite(weights) | (weights == 0)]
    if len(wrong):
        shown = listed((f'"{cell}" in line {line}' for line, cell in wrong.items()), 4)
        count = f"{len(wrong):,} weight{'s are' if len(wrong) > 1 else ' is'} 0 or no number"
        right = "above 0 where the target rises with the regulator, below 0 where it falls; no row without a sign"
        findings.problem(path, f"{count}: {shown}", right)
    return weights.where(~cells.index.isin(wrong.index))


def _signs(cells: pd.DataFrame, path: str, findings: Findings) -> pd.Series:
    """Return 1 for edges that stimulate only, -1 for those that inhibit only; others are left out and noted."""
    lower = cells.apply(lambda column: column.str.lower())
    wrong = [name for name, column in lower.items() if not column.isin([*TRUE, *FALSE]).all()]
    if wrong:
        found = f"cells that are neither true nor false in {listed(wrong)}"
        findings.problem(path, found, "1 and 0, or True and False")
    raised, lowered = (lower.iloc[:, place].isin(TRUE).astype(float) for place in (0, 1))
    signs = raised - lowered
    if (signs == 0).any() and not wrong:
        count = int((signs == 0).sum())
        findings.note(f"{path}: {count:,} edges that stimulate and inhibit, or neither, have no sign and were left out")
    return signs.where(signs != 0)


def _sound(edges: pd.DataFrame, path: str, p_value: str | None, findings: Findings) -> pd.DataFrame | None:
    """Check the edges against each other; None where none is left."""
    nameless = edges.index[(edges["regulator"] == "") | (edges["target"] == "")]
    if len(nameless):
        shown = listed((f"line {line}" for line in nameless), 4)
        findings.problem(path, f"edges without a regulator or target: {shown}", "both in each row")
    check_gene_names(sorted(set(edges["target"]) | set(edges["regulator"])), path, findings)
    signed = edges[edges["weight"].notna()]
    pairs = signed.groupby(["regulator", "target"], sort=False)["weight"]
    contrary = signed[pairs.transform("nunique") > 1]
    if len(contrary):
        texts = [
            f"{regulator} -> {target} ({', '.join(f'{weight:g} in line {line}' for line, weight in found.items())})"
            for (regulator, target), found in contrary.groupby(["regulator", "target"], sort=False)["weight"]
        ]
        count = f"{len(texts):,} edge{'s appear' if len(texts) > 1 else ' appears'} with different weights"
        findings.problem(path, f"{count}: {listed(texts, 3)}", "each edge once")
    once = signed.drop_duplicates(["regulator", "target"])
    if len(once) < len(signed) and not len(contrary):
        findings.note(f"{path}: edges that appear twice count once: {len(signed) - len(once):,}")
    sizes = once["regulator"].value_counts()
    few = sizes.index[sizes < FEWEST_TARGETS]
    if len(few):
        left = f"{len(few):,} of {len(sizes):,} regulators not tested, with fewer than {FEWEST_TARGETS} targets"
        findings.note(f"{path}: {left}")
    many = sizes.index[sizes > MANY_TARGETS]
    if len(many):
        text = (
            f"{listed(many, 3)} {'have' if len(many) > 1 else 'has'} more than {MANY_TARGETS:,} targets; all are used"
        )
        cut = f"; keep those with the smallest {p_value} (100 to 500 are usual) for a sharper answer" if p_value else ""
        findings.note(f"{path}: {text}{cut}")
    return once.reset_index(drop=True) if len(once) else None
