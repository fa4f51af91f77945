"""What was done, in words, from the values that were applied."""

from collections.abc import Mapping, Sequence
from typing import Any

# What the forms of contrasts add.
FORM_METHODS = {
    "trend": (
        "A trend is the slope over its groups at equal steps; that every step goes the same way is tested by the "
        "largest p-value of the steps. "
    ),
    "any_difference": "Any difference among groups was tested by likelihood ratio against the design without them. ",
    "difference": "A difference of two changes was tested as a contrast of its own. ",
}
SIZE_FACTORS = {
    "ratio": "median of ratios (Anders and Huber 2010)",
    "poscounts": "median of ratios over positive counts",
}
# What the text cites, in full. Each stands in the list only where the text names it.
REFERENCES = {
    "Anders and Huber 2010": "Anders S, Huber W. Differential expression analysis for sequence count data. "
    "Genome Biol 2010;11:R106.",
    "Love, Huber and Anders 2014": "Love MI, Huber W, Anders S. Moderated estimation of fold change and dispersion for "
    "RNA-seq data with DESeq2. Genome Biol 2014;15:550.",
    "Muzellec et al. 2023": "Muzellec B, Teleńczuk M, Cabeli V, Andreux M. PyDESeq2: a python package for bulk RNA-seq "
    "differential expression analysis. Bioinformatics 2023;39:btad547.",
    "Benjamini and Hochberg 1995": "Benjamini Y, Hochberg Y. Controlling the false discovery rate: a practical and "
    "powerful approach to multiple testing. J R Stat Soc B 1995;57:289-300.",
    "Holm 1979": "Holm S. A simple sequentially rejective multiple test procedure. Scand J Stat 1979;6:65-70.",
    "Schuirmann 1987": "Schuirmann DJ. A comparison of the two one-sided tests procedure and the power approach for "
    "assessing the equivalence of average bioavailability. J Pharmacokinet Biopharm 1987;15:657-680.",
    "Hart et al. 2013": "Hart SN, Therneau TM, Zhang Y, et al. Calculating sample size estimates for RNA sequencing "
    "data. J Comput Biol 2013;20:970-978.",
    "Wu and Smyth 2012": "Wu D, Smyth GK. Camera: a competitive gene set test accounting for inter-gene correlation. "
    "Nucleic Acids Res 2012;40:e133.",
    "Badia-i-Mompel et al. 2022": "Badia-i-Mompel P, Vélez Santiago J, Braunger J, et al. decoupleR: ensemble of "
    "computational methods to infer biological activities from omics data. Bioinform Adv 2022;2:vbac016.",
}


def describe_method(fit: Mapping[str, Any]) -> str:
    """Say in a paragraph what was done for one model, from the record of its fit (`fit.json`)."""
    trend = fit["trend"]
    engine = (
        "autocrine's kernels, which follow the rules of R DESeq2 (Love, Huber and Anders 2014)"
        if fit["engine"] == "parity"
        else f"PyDESeq2 {fit['versions']['pydeseq2']} (Muzellec et al. 2023)"
    )
    left_out = (
        f" Coefficients that these samples cannot tell from the others and that no comparison needs were left out: "
        f"{', '.join(fit['left_out'])}."
        if fit["left_out"]
        else ""
    )
    forms = {contrast["form"] for contrast in fit["contrasts"].values()}
    asked = "".join(words for form, words in FORM_METHODS.items() if form in forms)
    filtered = (
        "Genes with low counts were left out before the fit by the rule of edgeR's filterByExpr, panel genes excepted. "
        if fit["statistics"]["low_count_filter"] == "filterByExpr"
        else ""
    )
    lengths = (
        " Average transcript lengths of each gene in each sample went into its normalisation factors."
        if fit.get("transcript_lengths")
        else ""
    )
    return (
        f'{fit["samples"]} samples were fitted with the design "{fit["design"]}" '
        f"({len(fit['coefficients'])} coefficients, {fit['residual_degrees_of_freedom']} residual degrees of freedom). "
        f"Size factors: {SIZE_FACTORS[fit['size_factor_method']]}.{lengths} {filtered}Negative binomial dispersions "
        f"({trend['fit_type']} trend) and coefficients were estimated by {engine}. {asked}{left_out}".rstrip()
    )


def describe_tests(statistics: Mapping[str, Any], forms: Sequence[str]) -> str:
    """Say in a paragraph how genes of all models were tested, from the statistics that the fits applied.

    Parameters
    ----------
    statistics
        `statistics` of a fit's record.
    forms
        The forms of the cohort's contrasts.
    """
    alpha, margin, power = statistics["alpha"], statistics["equivalence_margin"], statistics["power"]
    wald = "" if set(forms) == {"any_difference"} else f"Effects are log2 fold changes with {1 - alpha:.0%} Wald "
    return (
        f"{wald and wald + 'intervals and Wald tests. '}Genome-wide p-values were adjusted by Benjamini and Hochberg "
        f"after independent filtering at a false discovery rate of {alpha:g} (Benjamini and Hochberg 1995); those of "
        f"panel genes by Benjamini and Hochberg within the panel, and those of the primary genes by Holm among "
        f"themselves (Holm 1979). A gene is called equivalent where two one-sided tests (Schuirmann 1987) show its "
        f"effect to lie within log2 {margin:g}, adjusted in the same families. The detectable effect is that which a "
        f"single test at {alpha:g} would find with a power of {power:.0%}, from the gene's mean, its dispersion and "
        f"the design (after Hart et al. 2013)."
    )


def describe_sets(files: Sequence[str]) -> str:
    """Say how gene sets were tested; empty where none were."""
    if not files:
        return ""
    return (
        f"Gene sets ({', '.join(files)}) were tested against all other genes by a univariate linear model of the Wald "
        f"statistic (Badia-i-Mompel et al. 2022), with the variance inflated for a preset correlation of 0.01 between "
        f"the genes of a set (Wu and Smyth 2012); primary genes were left out of every set."
    )


def write_methods(
    models: Mapping[str, Any], fits: Mapping[str, Mapping[str, Any]], statistics: Mapping[str, Any], sets: Sequence[str]
) -> dict[str, list[str]]:
    """Write the methods of a cohort.

    Parameters
    ----------
    models, fits
        Model -> its settings (title), and the record of its fit.
    statistics
        Thresholds that all fits applied.
    sets
        Files of gene sets that were tested.

    Returns
    -------
    paragraphs, and the references that they cite.
    """
    forms = [contrast["form"] for fit in fits.values() for contrast in fit["contrasts"].values()]
    paragraphs = [f"{models[name].title}: {describe_method(fit)}" for name, fit in fits.items()]
    paragraphs += [text for text in (describe_tests(statistics, forms), describe_sets(sets)) if text]
    return {"paragraphs": paragraphs, "references": cite(" ".join(paragraphs))}


def cite(text: str) -> list[str]:
    """Return in full what a text cites, in alphabetical order."""
    return sorted(full for short, full in REFERENCES.items() if short in text)
