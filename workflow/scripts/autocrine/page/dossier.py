"""What the page knows of one gene beside the tables of all: columns of samples, changed fits, sets, claims."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from autocrine.page.citations import list_objections
from autocrine.page.payload import Block, pack_json, pack_numbers
from autocrine.page.rounding import round_changes

# A column with more levels names samples rather than groups of them.
LEVELS_SHOWN = 24


def pack_sheet(sheet: pd.DataFrame) -> Block:
    """Pack the columns of the sample sheet by which samples can be coloured or split.

    Parameters
    ----------
    sheet
        Samples x columns, in the order of the page.

    Returns
    -------
    Per column `name` and either `numbers` (null where there is none) or `levels` and the `level` of every sample, a
    place among them (-1 where there is none). Columns without a second value are left out, and texts with more than
    `LEVELS_SHOWN` levels.
    """
    columns = []
    for name in sheet:
        values = sheet[name]
        if is_numeric_dtype(values) and not is_bool_dtype(values):
            numbers = [None if not np.isfinite(value) else float(f"{value:.6g}") for value in values.astype(float)]
            if len(set(numbers) - {None}) > 1:
                columns.append({"name": str(name), "numbers": numbers})
            continue
        texts = ["" if pd.isna(value) or str(value) == "nan" else str(value) for value in values]
        levels = sorted(set(texts) - {""})
        if 1 < len(levels) <= LEVELS_SHOWN:
            level = [levels.index(text) if text else -1 for text in texts]
            columns.append({"name": str(name), "levels": levels, "level": level})
    return pack_json(columns)


def pack_changes(
    variants: Mapping[str, pd.DataFrame],
    tables: Mapping[tuple[str, str], pd.DataFrame],
    places: Mapping[str, int],
) -> dict[str, Block]:
    """Pack the effects of the panel's genes in every fit with one thing changed.

    Parameters
    ----------
    variants
        Model -> its `sensitivity.tsv.gz`; of models without one, nothing.
    tables
        (model, contrast) -> gene table, in the order of the page.
    places
        gene_id -> its place in the matrix.

    Returns
    -------
    `changes`: per comparison the places of its `genes` and, of every changed fit, `variant` and `kind`; and per
    comparison that has any, v<number>: genes x fits, log2 fold change less that of the main fit as the page has it.
    """
    described, blocks = [], {}
    for number, ((model, contrast), table) in enumerate(tables.items()):
        found = variants.get(model)
        rows = found[(found["contrast"] == contrast) & found["gene_id"].isin(places)] if found is not None else None
        if rows is None or rows.empty:
            described.append({"genes": [], "fits": []})
            continue
        fits = rows.drop_duplicates("variant")
        genes = list(dict.fromkeys(rows["gene_id"]))
        changed = round_changes(rows, "variant", table, genes, list(fits["variant"]))
        blocks[f"v{number}"] = pack_numbers(changed.deltas, changed.step, signed=True)
        described.append(
            {"genes": [places[gene] for gene in genes], "fits": fits[["variant", "kind"]].to_dict("records")}
        )
    return {"changes": pack_json(described), **blocks}


def pack_members(files: Mapping[str, pd.DataFrame], genes: Sequence[str]) -> Block:
    """Pack the genes of the sets that the page shows.

    Parameters
    ----------
    files
        Name of a file -> those of its sets that are shown, with the gene_ids of the matrix; see
        `autocrine.results.gene_sets.resolve_sets`.
    genes
        gene_id of the matrix.

    Returns
    -------
    Per set `file`, `name` and `genes`: places in ascending order, each less the one before. Primary genes, which tests
    leave out of sets, are among them.
    """
    places = {gene: place for place, gene in enumerate(genes)}
    return pack_json(
        [
            {"file": file, "name": row["gene_set"], "genes": np.diff(held, prepend=0).tolist()}
            for file, sets in files.items()
            for row in sets.to_dict("records")
            if (held := sorted(places[gene] for gene in row["genes"] if gene in places))
        ]
    )


def describe_claims(claims: Sequence[Mapping[str, Any]], places: Mapping[str, int]) -> list[dict[str, Any]]:
    """Say of every claim about a gene of the matrix what became of it.

    Parameters
    ----------
    claims
        The judged claims, file by file, each with `rows`.
    places
        Symbol of a panel gene -> its place in the matrix.

    Returns
    -------
    Per claim `place` of its gene, `claim`, `statement`, `verdict`, and what is `said` of it with all
    objections to it.
    """
    return [
        {
            "place": places[row["gene"]],
            "claim": row["claim"],
            "statement": row["statement"],
            "verdict": row["verdict"],
            "said": " ".join(map(_sentence, [row["words"], *list_objections(row)])),
        }
        for file in claims
        for row in file["rows"]
        if places.get(row["gene"], -1) >= 0
    ]


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."
