"""What the fits with one thing changed say together of each panel gene."""

from collections import defaultdict

import numpy as np
import pandas as pd

from autocrine.problems import listed
from autocrine.results.multiplicity import adjust_panel
from autocrine.samples.composition import FRACTION
from autocrine.samples.scores import PURITY_COLUMNS


def decide_variants(variants: pd.DataFrame, main: pd.DataFrame, alpha: float) -> pd.DataFrame:
    """Say for each fit with one thing changed whether it answers as the main fit does.

    Parameters
    ----------
    variants
        Rows of one contrast in the sensitivity table.
    main
        The contrast's panel table, or its primary genes: gene_id, tier, log2_fc and outcome.
    alpha
        Below it a test has decided.

    Returns
    -------
    A row per fit and gene with an effect: row (place of the gene in `main`), kind, changed, variant, log2_fc, outcome
    (adjusted in the gene's family, as in the main fit) and other (it is not the outcome of the main fit).
    """
    named = ["kind", "changed", "variant"]
    columns = ["row", *named, "log2_fc", "outcome", "other"]
    parts = [pd.DataFrame({name: [] for name in columns})]
    primary, genes = (main["tier"] == "primary").to_numpy(), main["gene_id"].to_numpy()
    expected, estimated = main["outcome"].to_numpy(), main["log2_fc"].notna().to_numpy()
    answered = variants[variants["reason"] == ""]
    # Of arrays: frames of some ten genes take ten times as long to join and to cut.
    for names, found in answered.groupby(named, sort=False):
        place = pd.Index(found["gene_id"]).get_indexer(genes)
        effects = {
            name: np.where(place >= 0, found[name].to_numpy(dtype=float)[place], np.nan)
            for name in ("log2_fc", "moderated_p_value", "equivalence_p_value")
        }
        outcome = adjust_panel(pd.DataFrame(effects), primary, alpha)["outcome"].to_numpy()
        there = np.flatnonzero(~np.isnan(effects["log2_fc"]))
        decided = {
            "row": there,
            **dict(zip(named, names, strict=True)),
            "log2_fc": effects["log2_fc"][there],
            "outcome": outcome[there],
            "other": ((outcome != expected) & estimated)[there],
        }
        parts.append(pd.DataFrame(decided))
    return pd.concat([part for part in parts if len(part)] or parts, ignore_index=True)[columns]


def summarise_variants(variants: pd.DataFrame, main: pd.DataFrame, alpha: float) -> pd.DataFrame:
    """Say for each panel gene of one contrast how far its answer rests on single choices.

    Parameters
    ----------
    variants, main, alpha
        See `decide_variants`.

    Returns
    -------
    Per row of `main`: sensitivity_fits (fits with an effect), sensitivity_low and sensitivity_high (range of log2_fc
    over them), sensitivity_other (fits with another outcome), sensitivity_words (which these are), sensitivity_purity
    (the outcome with each score of purity as covariate, in words), sensitivity_purity_other (with how many of these it
    is another), and the effect with the leukaemic fraction as covariate (fraction_adjusted_log2_fc, its interval and
    p-value).
    """
    rows, decided = range(len(main)), decide_variants(variants, main, alpha)
    by_gene = decided.groupby("row")["log2_fc"]
    differing = decided[decided["other"].astype(bool)]
    words = differing["variant"] + ": " + differing["outcome"].str.replace("_", " ")
    joined = words.groupby(differing["row"]).agg("; ".join)
    purity = decided[(decided["kind"] == "with") & decided["changed"].isin(list(PURITY_COLUMNS.values()))]
    survived = _purity_words(purity)
    lost = purity["other"].astype(bool).groupby(purity["row"]).sum()
    out = pd.DataFrame(
        {
            "sensitivity_fits": by_gene.size().reindex(rows, fill_value=0).to_numpy(),
            "sensitivity_low": by_gene.min().reindex(rows).to_numpy(dtype=float),
            "sensitivity_high": by_gene.max().reindex(rows).to_numpy(dtype=float),
            "sensitivity_other": differing.groupby("row").size().reindex(rows, fill_value=0).to_numpy(),
            "sensitivity_words": joined.reindex(rows, fill_value="").to_numpy(),
            "sensitivity_purity": [survived.get(row, "") for row in rows],
            "sensitivity_purity_other": lost.reindex(rows, fill_value=0).to_numpy(dtype=int),
        },
        index=main.index,
    )
    further = (variants["reason"] == "") & (variants["kind"] == "with") & (variants["changed"] == FRACTION)
    fraction = variants[further].drop_duplicates("gene_id").set_index("gene_id")
    columns = {name: name for name in ("log2_fc", "ci_low", "ci_high")} | {"p_value": "moderated_p_value"}
    for name, column in columns.items():
        out[f"fraction_adjusted_{name}"] = fraction[column].astype(float).reindex(main["gene_id"]).to_numpy()
    return out


def _purity_words(fits: pd.DataFrame) -> dict[int, str]:
    """Say by row of each gene whether its outcome survives the scores of purity as covariates, one at a time."""
    names = fits["changed"].map({column: score.replace("_", " ") for score, column in PURITY_COLUMNS.items()})
    same, lost = defaultdict(list), defaultdict(list)
    for row, name, outcome, other in zip(fits["row"], names, fits["outcome"], fits["other"], strict=True):
        (lost if other else same)[row].append(f"{name} ({outcome.replace('_', ' ')})" if other else name)
    texts = {row: f"the same outcome with {listed(with_same, 12)}" for row, with_same in same.items()}
    for row, with_other in lost.items():
        texts[row] = "; ".join([*filter(None, [texts.get(row)]), f"another with {listed(with_other, 12)}"])
    return texts
