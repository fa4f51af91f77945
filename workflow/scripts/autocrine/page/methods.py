"""What was done, in words, from the values that were applied."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pandas as pd

from autocrine import __version__
from autocrine.design.forms import FORMS
from autocrine.input.orthologues import NO_ORTHOLOGUE
from autocrine.input.species import MOUSE
from autocrine.measure import COUNTS, LINEAR, NEGATIVE_BINOMIAL
from autocrine.page.references import REFERENCES, methods_asked, works_cited
from autocrine.page.short_methods import MARGIN_PER, write_short_methods
from autocrine.page.works import Work, write_bibtex
from autocrine.prognosis.question import SURVIVAL, Outcome

LISTS = {"deseq2": "the Wald tests of R DESeq2 (normal distribution)", "moderated": "the moderated t tests"}
SIZE_FACTORS = {
    "ratio": "median of ratios (Anders and Huber 2010)",
    "poscounts": "median of ratios over positive counts",
}
UNWANTED = {
    "residuals": (
        "the first directions of what the design leaves of all genes, with their part along the comparisons by robust "
        "regression (Wang et al. 2017)"
    ),
    "reference_genes": "the first principal components of the panel's reference genes (Risso et al. 2014)",
}


def describe_method(fit: Mapping[str, Any]) -> str:
    """Say in a paragraph what was done for one model, from the record of its fit (`fit.json`)."""
    left_out = (
        f" Coefficients that these samples cannot tell from the others and that no comparison needs were left out: "
        f"{', '.join(fit['left_out'])}."
        if fit["left_out"]
        else ""
    )
    forms = {contrast["form"] for contrast in fit["contrasts"].values()}
    asked = "".join(form.method for name, form in FORMS.items() if name in forms)
    chosen = f", over {fit['size_factor_genes']} chosen genes" if fit["size_factor_genes"] else ""
    unwanted = (
        f"Beside the design the fit holds {fit['unwanted_factors']} factor"
        f"{'s' if fit['unwanted_factors'] > 1 else ''} of unwanted variation, {UNWANTED[fit['unwanted_from']]}. "
        if fit["unwanted_factors"]
        else ""
    )
    filtered = (
        "Genes with low counts were left out before the fit by the rule of edgeR's filterByExpr, panel genes excepted. "
        if fit["statistics"]["low_count_filter"] == "filterByExpr" and fit["method"] == NEGATIVE_BINOMIAL
        else ""
    )
    lengths = (
        " Average transcript lengths of each gene in each sample went into its normalisation factors."
        if fit.get("transcript_lengths")
        else ""
    )
    scaled = (
        f"Size factors: {SIZE_FACTORS[fit['size_factor_method']]}{chosen}.{lengths} "
        if fit["measure"] == COUNTS
        else "Values were taken as they are, log2 expression. "
    )
    return (
        f'{fit["samples"]} samples were fitted with the design "{fit["design"]}" '
        f"({len(fit['coefficients'])} coefficients, {fit['residual_degrees_of_freedom']} residual degrees of freedom). "
        f"{scaled}{unwanted}{filtered}{_describe_models(fit)} {asked}{left_out}".rstrip()
    )


def _describe_models(fit: Mapping[str, Any]) -> str:
    """Say in a sentence or two which models were fitted."""
    if fit["method"] == NEGATIVE_BINOMIAL:
        engine = (
            "autocrine's kernels, which follow the rules of R DESeq2 (Love, Huber and Anders 2014)"
            if fit["engine"] == "parity"
            else f"PyDESeq2 {fit['versions']['pydeseq2']} (Muzellec et al. 2023)"
        )
        trend = fit["trend"]["fit_type"]
        return f"Negative binomial dispersions ({trend} trend) and coefficients were estimated by {engine}."
    models = (
        "Linear models of log2 counts per million with voom's precision weights (Law et al. 2014) were fitted to genes "
        "that edgeR's filterByExpr keeps; the genes' variances were squeezed towards a common one (Smyth 2004)."
        if fit["measure"] == COUNTS
        else "Linear models were fitted; the genes' variances were squeezed towards a trend over their mean expression "
        "(Smyth 2004; limma-trend, Law et al. 2014)."
    )
    if not (blocks := fit["blocks"]):
        return models
    return (
        f'{models} Samples with the same "{blocks["column"]}" ({blocks["number"]} of them) vary together, with a '
        f"correlation of {blocks['correlation']:.2f} that was estimated over all genes (Smyth, Michaud and Scott 2005)."
    )


def describe_tests(
    statistics: Mapping[str, Any], forms: Sequence[str], methods: Collection[str] = (NEGATIVE_BINOMIAL,)
) -> str:
    """Say in a paragraph how genes of all models were tested, from the statistics that the fits applied.

    Parameters
    ----------
    statistics
        `statistics` of a fit's record.
    forms
        The forms of the cohort's contrasts.
    methods
        The models of the fits.
    """
    alpha, margin, power = statistics["alpha"], statistics["equivalence_margin"], statistics["power"]
    directed, scaled = (any(getattr(FORMS[form], asked) for form in forms) for asked in ("directed", "scaled"))
    measured = f" ({MARGIN_PER[statistics['margin_per']]})" if scaled else ""
    intervals = f"Effects are log2 fold changes with {100 * (1 - alpha):g}% intervals. " if directed else ""
    detectable = (
        f" The detectable effect is that which a single test at {alpha:g} would find with a power of {power:.0%}, "
        + (
            "from the gene's mean, its dispersion and the design (after Hart et al. 2013)."
            if NEGATIVE_BINOMIAL in methods
            else "from the gene's squeezed variance and the design."
        )
    )
    lists = [
        f"{intervals}The genome-wide list is by {LISTS[statistics['calls']]}; its p-values were adjusted by Benjamini "
        f"and Hochberg after independent filtering at a false discovery rate of {alpha:g} (Benjamini and Hochberg "
        "1995). Panel genes, claims, equivalence and intervals rest on moderated t tests: the effect over a standard "
        "error from dispersions without the trend's bias at low counts (by the Pearson residuals of all genes), "
        "against Student's t with the degrees of freedom of the samples, those that the prior of the dispersions "
        "lends, and more where counting makes most of the error (after Smyth 2004)."
    ] * (NEGATIVE_BINOMIAL in methods)  # fmt: skip
    lists += [
        f"{'' if lists else intervals}{'Of linear models all' if lists else 'All'} tests are moderated t and F tests "
        "(Smyth 2004); the genome-wide list is adjusted by Benjamini and Hochberg over the fitted genes (Benjamini and "
        "Hochberg 1995)."
    ] * (LINEAR in methods)  # fmt: skip
    return (
        f"{' '.join(lists)} P-values of panel genes were adjusted by Benjamini and Hochberg within the panel, and "
        "those of the primary genes by Holm among themselves (Holm 1979). A gene is called equivalent where two "
        f"one-sided tests (Schuirmann 1987) show its effect to lie within log2 {margin:g}{measured}, adjusted in the "
        "same families."
        f"{detectable if directed else ''}"
    )


def describe_sets(files: Sequence[str], statistics: Mapping[str, Any]) -> str:
    """Say how gene sets were tested."""
    preset = statistics["set_correlation"] == "preset"
    how = "preset to 0.01" if preset else "estimated from the residuals of the design"
    return (
        f"Gene sets ({', '.join(files)}) were tested against all other genes by the normal scores of their moderated "
        f"tests, with the variance inflated for the correlation between the genes of a set, {how} (CAMERA; Wu and "
        f"Smyth 2012), and by themselves by rotation (Wu et al. 2010); primary genes were left out of every set. "
        f"Enrichment scores and leading edges of the ranked genes (Subramanian et al. 2005) describe the sets and "
        f"decide nothing. Sets that share half of their genes or more (Jaccard index) are shown under the clearest of "
        f"them."
    )


def describe_networks(files: Sequence[str], statistics: Mapping[str, Any]) -> str:
    """Say how activities of regulators were tested."""
    preset = statistics["set_correlation"] == "preset"
    how = "a preset correlation of 0.01 between" if preset else "the correlation of"
    return (
        f"Activities of regulators ({', '.join(files)}) are slopes of the normal scores of all genes on the signed "
        f"weights of a regulator's targets (univariate linear model; Badia-i-Mompel et al. 2022), tested with the "
        f"variance inflated for {how} the targets beside the design, as CAMERA does for sets (Wu and Smyth 2012), and "
        f"by themselves by rotation (Wu et al. 2010); primary genes were nobody's targets."
    )


def describe_outliers(fits: Mapping[str, Mapping[str, Any]]) -> str:
    """Say how single counts with undue influence were dealt with; nothing of linear models."""
    fits = {name: fit for name, fit in fits.items() if fit["method"] == NEGATIVE_BINOMIAL}
    if not fits:
        return ""
    if any(fit["engine"] != "parity" for fit in fits.values()):
        return "Outlying counts were dealt with by PyDESeq2's own rules."
    return (
        "A count whose Cook's distance exceeds the 0.99 quantile of the F distribution was replaced by the trimmed "
        "mean in design cells of seven samples or more; in cells of three to six the gene has no p-value, unless "
        "two groups alone are compared and three samples or more have a larger count (Love, Huber and Anders 2014)."
    )


def describe_scores(scores: Sequence[str]) -> str:
    """Say how scores per sample were made and tested."""
    return (
        f"Scores per sample ({', '.join(scores).replace('_', ' ')}) are means of z-scores of variance-stabilised "
        f"counts or, for ligand and receptor, of log2 counts per million after division by size factors, and were "
        f"tested by least squares with the designs of the genes. Compared groups have variances of their own (Welch, "
        f"with the factor n/(n - 1) of the jackknife) where samples suffice for that, pairs one, and slopes of "
        f"measurements the error HC3."
    )


def describe_composition(estimated: bool = False) -> str:
    """Say what the leukaemic fractions were used for, and whether they were estimated."""
    origin = (
        " The fractions were not measured but estimated from expression (constrained regression on the markers of pure "
        "profiles, shares of RNA); what is said of genes rests on the ends of their range."
    )
    return (
        "Tables give beside each effect the log2 fold change that the leukaemic fractions alone would make of a gene "
        "of leukaemic cells (the same contrast of the same design, of the log2 fraction), and whether the effect is "
        "surely larger (one-sided test among called effects); no verdict rests on it." + origin * estimated
    )


def describe_claims(titles: Sequence[str]) -> str:
    """Say how claims were judged."""
    return (
        f"Claims ({'; '.join(titles)}) were set down beforehand with direction, margin and comparison. One is "
        f"supported or contradicted where a test of difference or of equivalence decides, after adjustment over all "
        f"claims of its file: by Holm over those on primary genes and scores and over those on cells, by Benjamini "
        f"and Hochberg over the others. A directed claim on a ligand and its receptor needs both to change as well as "
        f"their score."
    )


def describe_patients(outcomes: Mapping[str, Outcome], counted: bool = True) -> str:
    """Say how outcomes of patients were tested."""
    levels = "log2 of normalised counts per million" if counted else "log2 expression"
    survival = [outcome for outcome in outcomes.values() if outcome.kind == SURVIVAL]
    responses = [outcome for outcome in outcomes.values() if outcome.kind != SURVIVAL]
    text = (
        f"Outcomes of patients were tested against panel genes ({levels}) and scores of "
        "one sample of each, one at a time."
    )
    for kind, how in (
        (survival, "by proportional hazards (Cox 1972; ties after Efron 1977) and Wald's test"),
        (responses, "by least squares and Student's t"),
    ):
        if kind:
            named = "; ".join(
                outcome.title + (f" (beside {', '.join(outcome.covariates)})" if outcome.covariates else "")
                for outcome in kind
            )
            text += f" {named}: {how}."
    detectable = " Detectable hazard ratios are after Schoenfeld 1983." if survival else ""
    return (
        f"{text} P-values were adjusted by Holm over the primary genes and by Benjamini and Hochberg over the panel "
        f"and over the scores.{detectable} With too few events there is no test. These results are predictions and "
        "were put together with no comparison."
    )


def describe_variants(variants: int, counted: bool = True) -> str:
    """Say which further fits there were; of log expression there are none of normalisation and filters."""
    changed = "covariate, the normalisation or the filter changed" if counted else "covariate changed"
    return (
        "Every model was fitted again without single donors, or small groups of them where they are many, and with one "
        f"{changed} ({variants} fits for the comparison with most), to see "
        "how far the panel's effects rest on one of these choices."
    )


def describe_software(fits: Mapping[str, Mapping[str, Any]]) -> str:
    """Name the workflow and what its numbers rest on, with versions."""
    used: dict[str, str] = {}
    for fit in fits.values():
        # PyDESeq2 is recorded in any case and used by the audit and the second opinion only.
        audited = fit["engine"] == "pydeseq2" or "pydeseq2" in methods_asked({"": fit})
        used |= {name: number for name, number in fit["versions"].items() if audited or name != "pydeseq2"}
    return (
        f"The workflow was autocrine {__version__} ({', '.join(f'{name} {number}' for name, number in used.items())})."
    )


def describe_species(species: str, panel: pd.DataFrame, gene_sets: pd.DataFrame) -> str:
    """Say whose genes were counted, and what of the names of human genes has no counterpart among them.

    Parameters
    ----------
    species
        The species by name.
    panel
        `panel.tsv`, with symbol and status.
    gene_sets
        `gene_sets.tsv.gz`; empty without sets.
    """
    if species != MOUSE:
        return f"The genes are those of another species: {species}."
    lost = panel.loc[panel["status"] == NO_ORTHOLOGUE, "symbol"].nunique()
    losses = f"{lost} of {panel['symbol'].nunique()} panel genes"
    if "genes_no_single_orthologue" in gene_sets:
        # A set is there once for each comparison.
        counts = gene_sets.drop_duplicates(["file", "gene_set"])[["genes_no_single_orthologue", "genes_written"]].sum()
        missing, written = int(counts.iloc[0]), int(counts.iloc[1])
        losses += f", and {missing:,} of the {written:,} names in gene sets ({missing / written:.1%})"
    return (
        "The genes are those of mice. A human gene that panel, claims or gene sets name was read as the mouse gene "
        "that is its single orthologue, by Ensembl's one-to-one orthology; what has none, or several, was left out and "
        f"not replaced by the most similar name: {losses}."
    )


def write_methods(
    models: Mapping[str, Any],
    fits: Mapping[str, Mapping[str, Any]],
    statistics: Mapping[str, Any],
    sets: Sequence[str],
    scores: Sequence[str] = (),
    claims: Sequence[str] = (),
    variants: int = 0,
    simulated: bool = False,
    species: str = "",
    networks: Sequence[str] = (),
    outcomes: Mapping[str, Outcome] | None = None,
    cells: tuple[Sequence[str], Collection[Work]] = ((), ()),
) -> dict[str, Any]:
    """Write the methods of a cohort.

    Parameters
    ----------
    models, fits
        Model -> its settings (title), and the record of its fit.
    statistics
        Thresholds that all fits applied.
    sets
        Files of gene sets that were tested.
    scores
        Names of the scores that were tested.
    claims
        Titles of the files of claims of which some were tested.
    variants
        The largest number of further fits of a comparison.
    simulated
        Whether the data are.
    species
        What is to be said of the species, if anything; see `describe_species`.
    networks
        Files of networks whose regulators were tested.
    outcomes
        Outcomes of patients that were tested.
    cells
        What is to be said of single cells, and the works that this cites (`autocrine.page.cell_methods`).

    Returns
    -------
    paragraphs, the references that they cite, the same as `bibtex`, and the methods in `short`
    (`autocrine.page.short_methods`).
    """
    contrasts = [contrast for fit in fits.values() for contrast in fit["contrasts"].values()]
    fractions = any(not contrast["composition"]["reason"] for contrast in contrasts)
    paragraphs = ["SIMULATED data: what follows was done, but to no sample of any patient."] if simulated else []
    paragraphs += [species] if species else []
    # Their counts are summed before anything is fitted.
    paragraphs += cells[0]
    paragraphs += [f"{models[name].title}: {describe_method(fit)}" for name, fit in fits.items()]
    methods = {fit["method"] for fit in fits.values()}
    counted = all(fit["measure"] == COUNTS for fit in fits.values())
    tests = describe_tests(statistics, [contrast["form"] for contrast in contrasts], methods)
    paragraphs += [text for text in (describe_outliers(fits), tests) if text]
    estimated = any(contrast["composition"].get("estimated") for contrast in contrasts)
    paragraphs += [describe_composition(estimated)] if fractions else []
    for describe, done in (
        (lambda asked: describe_second_opinion(asked, fits), methods_asked(fits)),
        (describe_scores, scores),
        (lambda files: describe_sets(files, statistics), sets),
        (lambda files: describe_networks(files, statistics), networks),
        (describe_claims, claims),
        (lambda number: describe_variants(number, counted), variants),
        (lambda asked: describe_patients(asked, counted), outcomes),
    ):
        paragraphs += [describe(done)] if done else []
    paragraphs.append(describe_software(fits))
    cited = works_cited(fits, bool(sets), bool(networks))
    if any(outcome.kind == SURVIVAL for outcome in (outcomes or {}).values()):
        cited |= {"Cox 1972", "Efron 1977", "Schoenfeld 1983"}
    works = {*(REFERENCES[short] for short in cited), *cells[1]}
    return {
        "paragraphs": paragraphs,
        "references": sorted(work.text for work in works),
        "bibtex": write_bibtex(works),
        "short": write_short_methods(fits, statistics, bool(sets), bool(claims), simulated),
    }


def describe_second_opinion(asked: Collection[str], fits: Mapping[str, Mapping[str, Any]]) -> str:
    """Say what the second opinions are: of `asked`, the methods that have an answer."""
    sentences = ["As second opinions every comparison was put to other methods too, with the same samples, design and "
                 "size factors."]  # fmt: skip
    if "voom" in asked:
        sentences.append(
            "voom: linear models of log2 counts per million with precision weights (Law et al. 2014), of genes "
            "that edgeR's filterByExpr keeps, tested by moderated t (Smyth 2004)."
        )
    if "pydeseq2" in asked:
        version = next(fit["versions"]["pydeseq2"] for fit in fits.values())
        sentences.append(
            f"PyDESeq2 {version} (Muzellec et al. 2023): its own dispersions, outlier rules, Wald tests, independent "
            "filtering and, from the normal distribution, intervals; its steps of inference were computed by "
            "autocrine's kernels. Its tests take dispersions as known and call more with few samples. Comparisons "
            "without direction it cannot test."
        )
    sentences.append(
        "Panel genes and claims were judged by their p-values in the same families; the report names each method that "
        "does not share an outcome or verdict."
    )
    return " ".join(sentences)
