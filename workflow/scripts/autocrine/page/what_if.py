"""What the page knows of fits with one thing changed: intervals, outcomes, single samples, verdicts."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from autocrine.page.gene_words import OUTCOME_CELLS
from autocrine.page.payload import Block, pack_json, pack_numbers
from autocrine.page.rounding import CHANGED_REACH_STEP, round_changes
from autocrine.results.robustness import decide_variants

OUTCOMES = tuple(OUTCOME_CELLS)


def pack_what_if(
    variants: Mapping[str, pd.DataFrame],
    singles: Mapping[str, pd.DataFrame],
    panel: pd.DataFrame,
    tables: Mapping[tuple[str, str], pd.DataFrame],
    places: Mapping[str, int],
    alpha: float,
) -> dict[str, Block]:
    """Pack what changed fits make of the panel's genes, beside their effects (`autocrine.page.dossier.pack_changes`).

    Parameters
    ----------
    variants
        Model -> its `sensitivity.tsv.gz`.
    singles
        Model -> its `single_samples.tsv.gz`.
    panel
        `panel.tsv`.
    tables
        (model, contrast) -> gene table, in the order of the page.
    places
        gene_id -> its place in the matrix.
    alpha
        Below it a test has decided.

    Returns
    -------
    `outcomes`: their names, and per comparison the `samples` that were left out one at a time. Per comparison with
    changed fits, genes and fits in the order of `pack_changes`: o<number>, genes x (1 + fits), the outcome of the main
    fit and of every changed fit by the panel's own families, as a place among the names; h<number>, genes x fits, half
    the width of the interval (log2); w<number>, genes x samples, the log2 fold change without the sample less that of
    the main fit.
    """
    described, blocks = [], {}
    codes = {name: code for code, name in enumerate(OUTCOMES)}
    for number, ((model, contrast), table) in enumerate(tables.items()):
        found = variants.get(model)
        rows = found[(found["contrast"] == contrast) & found["gene_id"].isin(places)] if found is not None else None
        if rows is None or rows.empty:
            described.append({"samples": []})
            continue
        fits, genes = list(dict.fromkeys(rows["variant"])), list(dict.fromkeys(rows["gene_id"]))
        main = panel[(panel["model"] == model) & (panel["contrast"] == contrast)].reset_index(drop=True)
        decided = decide_variants(found[found["contrast"] == contrast], main, alpha)
        decided = decided.assign(gene_id=main["gene_id"].to_numpy()[decided["row"].to_numpy(dtype=int)])
        outcomes = _square(decided, "variant", "outcome", genes, fits).map(codes.get)
        known = main.drop_duplicates("gene_id").set_index("gene_id")["outcome"].map(codes.get).reindex(genes)
        blocks[f"o{number}"] = pack_numbers(np.column_stack([known, outcomes]).astype(float), 1)
        reach = round_changes(rows, "variant", table, genes, fits).reach
        blocks[f"h{number}"] = pack_numbers(reach, CHANGED_REACH_STEP, logarithmic=True)
        single = singles[model][singles[model]["contrast"] == contrast]
        samples = list(dict.fromkeys(single["sample"]))
        described.append({"samples": samples})
        if samples:
            without = round_changes(single, "sample", table, genes, samples)
            blocks[f"w{number}"] = pack_numbers(without.deltas, without.step, signed=True)
    return {"outcomes": pack_json({"names": list(OUTCOME_CELLS.values()), "comparisons": described}), **blocks}


def _square(rows: pd.DataFrame, columns: str, values: str, genes: Sequence[str], named: Sequence[str]) -> pd.DataFrame:
    return rows.pivot(index="gene_id", columns=columns, values=values).reindex(index=genes, columns=list(named))


def describe_changed_verdicts(changed: pd.DataFrame | None, claims: Sequence[Mapping[str, Any]]) -> Block:
    """Pack what becomes of verdicts in every changed fit.

    Parameters
    ----------
    changed
        `changed_verdicts.tsv`; None where there is none.
    claims
        The judged claims, file by file, each with `title` and `rows`.

    Returns
    -------
    Per model and variant: `same`, claims whose verdict stays; `other`, those that would have another verdict, each with
    claim, statement, `before`, `after`, words and `of`: the model of its comparison where that is another one, so that
    nothing but the adjustment over all claims has changed; `none`, per reason the claims that cannot be judged there.
    """
    if changed is None:
        return pack_json({})
    first = {(file["title"], row["claim"]): row for file in claims for row in file["rows"]}
    by_model: dict[str, dict[str, dict[str, Any]]] = {}
    for row in changed.to_dict("records"):
        held = by_model.setdefault(row["model"], {}).setdefault(row["variant"], {"same": [], "other": [], "none": {}})
        before = first[row["title"], row["claim"]]
        if row["reason"]:
            held["none"].setdefault(row["reason"], []).append(row["claim"])
        elif row["other"]:
            of = "" if before["model"] == row["model"] else before["model"]
            named = {"claim": row["claim"], "statement": before["statement"], "of": of}
            held["other"].append({**named, "before": before["verdict"], "after": row["verdict"], "words": row["words"]})
        else:
            held["same"].append(row["claim"])
    return pack_json(by_model)
