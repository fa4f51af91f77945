"""Blocks of the page: every gene in every comparison and every sample, and gene sets, rounded and compressed."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from autocrine.measure import COUNTS, LOG_EXPRESSION
from autocrine.page.curves import heights_of
from autocrine.page.gene_words import GeneWords, judge_genes
from autocrine.page.payload import Block, pack_json, pack_numbers
from autocrine.page.rounding import REACH_STEP, half_of, round_table
from autocrine.results.activities import order_regulators
from autocrine.results.outcomes import describe_steps

# Steps to which numbers are rounded in the page; logarithmic ones are relative. Tables on disk have all digits.
# Those of effects follow their intervals: see `autocrine.page.rounding`.
RELATIVE_STEP, LEVEL_STEP, CURVE_STEP = 0.001, 0.02, 0.01
# Levels are most of a page of hundreds of samples: beyond so many they are rounded to 0.2 (15 %).
MANY_LEVELS, COARSE_LEVEL_STEP = 3_000_000, 0.2
# Of how many reaches of an interval could have been detected.
SHARE_OF_REACH_STEP = 0.005
SETS_SHOWN = 60
# Names of similar sets that are folded into one.
SIMILAR_SHOWN = 10
REGULATORS_SHOWN = 40


def pack_genes(var: pd.DataFrame, aliases: Mapping[str, str]) -> Block:
    """Pack the names of the genes of the matrix.

    Parameters
    ----------
    var
        gene_id (index), gene_name, entrez, biotype, written and, where the matrix had names, input_gene_name: the genes
        of `counts.h5ad`.
    aliases
        gene_id -> other names, "|" between them.
    """
    biotypes = list(dict.fromkeys(var["biotype"]))
    # A matrix of identifiers only has no names of its own.
    own = [var[column] for column in ("written", "input_gene_name") if column in var]
    others = []
    for gene, name, *written in zip(var.index, var["gene_name"], *own, strict=True):
        known = [*written, *aliases.get(gene, "").split("|")]
        others.append("|".join(dict.fromkeys(word for word in known if word and word not in (gene, name))))
    return pack_json(
        {
            "ids": list(var.index),
            "names": list(var["gene_name"]),
            "entrez": list(var["entrez"]),
            "aliases": others,
            "biotypes": biotypes,
            "biotype": [biotypes.index(kind) for kind in var["biotype"]],
        }
    )


def pack_contrast(
    table: pd.DataFrame, genes: Sequence[str], words: GeneWords, values: Sequence[float], alpha: float
) -> dict[str, Block]:
    """Pack the gene table of one comparison, brought to the order of the matrix.

    Returns
    -------
    log2, reach (of the interval, to either side), p, adj, detectable (as a multiple of the reach), and verdict: places
    in `verdicts`, which holds what is said of genes (see `autocrine.page.gene_words.judge_genes`). Of a curve at
    `values` also curve and curveReach: heights and reaches, genes x values.
    """
    rows = table.set_index("gene_id").reindex(genes)
    rows["status"] = rows["status"].fillna("absent")
    rows["outcome"] = rows["outcome"].fillna("undetermined")
    rows["steps"] = describe_steps(rows, "step_adj_p_value", alpha)
    places, verdicts = judge_genes(rows, words, alpha)
    rounded, reach = round_table(rows.reset_index()), half_of(rows)
    curves = zip(("curve", "curveReach"), heights_of(rows, values), strict=True) if values else ()
    return {
        **{name: pack_numbers(numbers, CURVE_STEP) for name, numbers in curves},
        "log2": pack_numbers(rounded["log2"], rounded.attrs["step"], signed=True),
        # Both ends would be half a megabyte more of a page.
        "reach": pack_numbers(rounded["reach"], REACH_STEP, logarithmic=True),
        "p": pack_numbers(rows["p_value"], RELATIVE_STEP, logarithmic=True),
        "adj": pack_numbers(rows["adj_p_value"], RELATIVE_STEP, logarithmic=True),
        # Both grow with the standard error: their quotient varies little, and takes half the place.
        "detectable": pack_numbers(rows["min_detectable_log2_fc"] / reach, SHARE_OF_REACH_STEP),
        "verdict": pack_numbers(places, 1),
        "verdicts": pack_json(verdicts),
    }


def pack_means(table: pd.DataFrame, genes: Sequence[str], measure: str) -> Block:
    """Pack the means of genes in a model (`base_mean`), from the gene table of any of its comparisons."""
    means = table.set_index("gene_id")["base_mean"].reindex(genes)
    if measure == LOG_EXPRESSION:
        return pack_numbers(means, LEVEL_STEP)
    # Zero has no logarithm; a gene without a read has no mean to speak of.
    return pack_numbers(means.where(means > 0), RELATIVE_STEP, logarithmic=True)


def pack_levels(log_cpm: np.ndarray, measure: str) -> dict[str, Block]:
    """Pack log2 of normalised counts per million plus one, or log expression, samples x genes, gene by gene.

    Returns
    -------
    levelBase, the median of each gene where it was counted, and level, genes x samples: what is to be added to it. No
    count has no number.
    """
    levels = np.array(log_cpm, dtype=float).T
    if measure == COUNTS:
        levels[levels <= 0] = np.nan
    known = np.isfinite(levels).any(axis=1)
    base = np.zeros(len(levels))
    step = COARSE_LEVEL_STEP if levels.size > MANY_LEVELS else LEVEL_STEP
    base[known] = np.round(np.nanmedian(levels[known], axis=1) / step) * step
    return {
        "level": pack_numbers(levels - base[:, None], step, signed=True),
        "levelBase": pack_numbers(base, step),
    }


# Codes 2 to 255 of one byte are the shares 0 to 1.
SHARE_STEP = 1 / 253


def pack_shares(shares: pd.DataFrame, symbols: Sequence[str], samples: Sequence[str]) -> Block:
    """Pack the share of cells with each panel gene at equal depth, genes x samples, a byte each.

    Parameters
    ----------
    shares
        sample, symbol and fraction of `shares.tsv.gz`; samples or genes without a row have no number.
    symbols, samples
        In the order of the page.
    """
    table = shares.pivot(index="symbol", columns="sample", values="fraction").reindex(index=symbols, columns=samples)
    return pack_numbers(table.to_numpy(dtype=float), SHARE_STEP)


def pack_detection(log_cpm: np.ndarray, measure: str) -> dict[str, Block]:
    """Pack in how many samples each gene was counted, and its mean of normalised counts per million.

    Of log expression, which knows no detection, all samples and the mean as it is.
    """
    if measure == LOG_EXPRESSION:
        levels = np.asarray(log_cpm)
        counted = np.full(levels.shape[1], len(levels))
        return {"counted": pack_numbers(counted, 1), "average": pack_numbers(levels.mean(axis=0), LEVEL_STEP)}
    average = (2.0 ** np.asarray(log_cpm) - 1).mean(axis=0)
    return {
        "counted": pack_numbers((np.asarray(log_cpm) > 0).sum(axis=0), 1),
        "average": pack_numbers(np.where(average > 0, average, np.nan), RELATIVE_STEP, logarithmic=True),
    }


def pack_cohort(
    var: pd.DataFrame,
    aliases: Mapping[str, str],
    log_cpm: np.ndarray,
    tables: Mapping[tuple[str, str], pd.DataFrame],
    gene_sets: pd.DataFrame,
    words: Mapping[tuple[str, str], GeneWords],
    values: Mapping[tuple[str, str], Sequence[float]],
    alpha: float,
    measure: str = COUNTS,
) -> dict[str, Block]:
    """Pack all that the page can show of genes.

    Parameters
    ----------
    var, aliases
        See `pack_genes`.
    log_cpm
        See `pack_levels`.
    tables
        (model, contrast) -> gene table, in the order of the page.
    gene_sets
        See `pack_sets`.
    words
        (model, contrast) -> how its effects are put in words.
    values
        (model, contrast) -> the values at which it has a curve; none for most.
    alpha
        Below it a test has decided.
    measure
        What the values are (`autocrine.measure`).

    Returns
    -------
    names, level and levelBase (see `pack_levels`), counted, average (see `pack_detection`), sets; per comparison
    c<number>.<column> (see `pack_contrast`), and per model m<number>.mean.
    """
    genes, models = list(var.index), list(dict.fromkeys(model for model, _ in tables))
    blocks = {"names": pack_genes(var, aliases), **pack_levels(log_cpm, measure), **pack_detection(log_cpm, measure)}
    blocks["sets"] = pack_sets(gene_sets, {pair: words[pair] for pair in tables}, alpha)
    for number, ((model, contrast), table) in enumerate(tables.items()):
        packed = pack_contrast(table, genes, words[model, contrast], values[model, contrast], alpha)
        blocks |= {f"c{number}.{name}": block for name, block in packed.items()}
        mean = f"m{models.index(model)}.mean"
        if mean not in blocks:
            blocks[mean] = pack_means(table, genes, measure)
    return blocks


def pack_activities(activities: pd.DataFrame, words: Mapping[tuple[str, str], GeneWords], alpha: float) -> Block:
    """Pack the regulators of every comparison: those that are asked for first, then the clearest.

    Parameters
    ----------
    activities
        `activities.tsv.gz`.
    words
        (model, contrast) -> how its effects are put in words, in the order of the page.
    alpha
        Below it a test has decided.

    Returns
    -------
    Per comparison what is `said` of its regulators, and those on `top`: the first ones also where they were not tested.
    """
    found = dict(list(activities.groupby(["model", "contrast"], sort=False))) if len(activities) else {}
    return pack_json([_clearest_regulators(found.get(pair), wording, alpha) for pair, wording in words.items()])


def _clearest_regulators(table: pd.DataFrame | None, words: GeneWords, alpha: float) -> dict[str, Any]:
    """Return what the page shows of the regulators of one comparison."""
    if table is None:
        return {"said": "No regulators were tested: this comparison has no direction.", "top": []}
    tested = table["status"] == "tested"
    called = tested & (table["adj_p_value"] < alpha)
    asked = order_regulators(list(dict.fromkeys(table["regulator"])))
    place = table["regulator"].map({name: number for number, name in enumerate(asked)})
    ordered = table.assign(place=place.fillna(len(asked)), side=np.where(called, np.sign(table["stat"]), 0))
    ordered = ordered.sort_values(["place", "adj_p_value", "p_value", "regulator"])
    shown = ordered[(ordered["place"] < len(asked)) | (ordered["status"] == "tested")].head(REGULATORS_SHOWN)
    few = int((~tested).sum())
    left = f"; not tested, with fewer than five targets among the genes: {few:,}" if few else ""
    return {
        "said": f"{int(called.sum()):,} of {int(tested.sum()):,} regulators have an adjusted p-value below {alpha:g}"
        f"{left}. {len(shown)} are shown{', those of the questions of this report first' if asked else ''}.",
        "top": [
            {
                "name": row["regulator"],
                "file": row["file"],
                "size": int(row["size"]),
                "side": {1: "up", -1: "down"}.get(int(row["side"]), ""),
                "hits": row["targets_hit"],
                **{
                    name: None if np.isnan(row[column]) else float(f"{row[column]:.3g}")
                    for name, column in (
                        ("stat", "stat"),
                        ("p", "p_value"),
                        ("adj", "adj_p_value"),
                        ("rotation", "rotation_p_value"),
                        ("agree", "share_agreeing"),
                    )
                },
            }
            for row in shown.to_dict("records")
        ],
    }


def pack_sets(gene_sets: pd.DataFrame, words: Mapping[tuple[str, str], GeneWords], alpha: float) -> Block:
    """Pack the clearest gene sets of every comparison: all with an adjusted p-value below alpha, at most `SETS_SHOWN`,
    and where there are fewer the next ones.

    Parameters
    ----------
    gene_sets
        `gene_sets.tsv.gz`.
    words
        (model, contrast) -> how its effects are put in words, in the order of the page.
    alpha
        Below it a test has decided.

    Returns
    -------
    Per comparison what is `said` of its sets, and those on `top`, each with the `side` to which it changes and the
    `names` of the clearest of the `similar` sets that are folded into it.
    """  # noqa: D205
    tested = gene_sets[gene_sets["status"] == "tested"] if len(gene_sets) else gene_sets
    found = dict(list(tested.groupby(["model", "contrast"], sort=False))) if len(tested) else {}
    return pack_json([_clearest_sets(found.get(pair), wording, alpha) for pair, wording in words.items()])


def _clearest_sets(table: pd.DataFrame | None, words: GeneWords, alpha: float) -> dict[str, Any]:
    """Return what the page shows of the tested sets of one comparison."""
    if table is None:
        why = "this comparison has no direction"
        if words.form.directed:
            why = "too few or too many of their genes were tested"
        return {"said": f"No sets were tested: {why}.", "top": []}
    called = table["adj_p_value"] < alpha
    top = table.assign(side=np.where(called, np.where(table["stat"] > 0, "up", "down"), ""))
    folded = top[top["folded_into"] != ""].sort_values(["p_value", "gene_set"])
    under = {key: list(names) for key, names in folded.groupby(["file", "folded_into"])["gene_set"]}
    top = _on_top(top)
    return {
        "said": f"{int(called.sum()):,} of {len(table):,} sets have an adjusted p-value below {alpha:g}. Sets that "
        "share half of their genes or more are listed under the clearest of them; "
        f"{len(top)} are shown, the clearest first.",
        "top": [
            {
                "name": row["gene_set"],
                "file": row["file"],
                "size": int(row["size"]),
                "stat": round(row["stat"], 3),
                "nes": None if np.isnan(row["nes"]) else round(row["nes"], 2),
                "adj": float(f"{row['adj_p_value']:.3g}"),
                "up": round(row["share_up"], 3),
                "side": row["side"],
                "hits": row["genes_hit"],
                "edge": 0 if np.isnan(row["leading_edge"]) else int(row["leading_edge"]),
                "leading": row["leading_edge_genes"],
                "similar": int(row["similar_sets"]),
                "names": under.get((row["file"], row["gene_set"]), [])[:SIMILAR_SHOWN],
            }
            for row in top.to_dict("records")
        ],
    }


def shown_sets(gene_sets: pd.DataFrame) -> list[tuple[str, str]]:
    """Return (file, set) of all sets that the page shows for any comparison; see `pack_sets`."""
    tested = gene_sets[gene_sets["status"] == "tested"]
    if tested.empty:
        return []
    shown = [_on_top(table) for _, table in tested.groupby(["model", "contrast"], sort=False)]
    return list(dict.fromkeys((row["file"], row["gene_set"]) for table in shown for row in table.to_dict("records")))


def _on_top(table: pd.DataFrame) -> pd.DataFrame:
    """Return the clearest sets of a comparison that are folded into no other."""
    return table[table["folded_into"] == ""].sort_values(["adj_p_value", "p_value", "gene_set"]).head(SETS_SHOWN)
