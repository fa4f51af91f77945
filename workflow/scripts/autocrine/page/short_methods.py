"""The methods of a cohort in a paragraph, for a paper that has no room for more; `methods.py` writes them in full."""

from collections.abc import Mapping
from typing import Any

from autocrine import __version__
from autocrine.design.forms import FORMS
from autocrine.design.forms.contrast import Contrast
from autocrine.measure import COUNTS, LINEAR, NEGATIVE_BINOMIAL

# Of a contrast along a measurement the margin holds over a span of it.
MARGIN_PER = {
    "sd": "of a measurement per standard deviation of it",
    "range": "of a measurement over the range of it",
    "unit": "of a measurement per unit of it",
}


def write_short_methods(
    fits: Mapping[str, Mapping[str, Any]],
    statistics: Mapping[str, Any],
    sets: bool = False,
    claims: bool = False,
    simulated: bool = False,
) -> str:
    """Say in a paragraph what was done, from the values that were applied.

    Parameters
    ----------
    fits
        Model -> record of its fit.
    statistics
        Thresholds that all fits applied.
    sets, claims
        Whether gene sets were tested, and claims judged.
    simulated
        Whether the data are.

    Returns
    -------
    The paragraph. It names no work that the full methods do not.
    """
    records = list(fits.values())
    sentences = ["SIMULATED data: what follows was done, but to no sample of any patient."] if simulated else []
    designs = list(dict.fromkeys(f'"{fit["design"]}"' for fit in records))
    sentences.append(
        f"Differential expression was estimated with autocrine {__version__} in {len(records)} "
        f"model{'s' if len(records) != 1 else ''} (design{'s' if len(designs) != 1 else ''} {', '.join(designs)}): "
        f"{'; '.join(dict.fromkeys(map(_models, records)))}."
    )
    alpha, margin = statistics["alpha"], statistics["equivalence_margin"]
    forms = {fit["method"]: set[type[Contrast]]() for fit in records}
    for fit in records:
        forms[fit["method"]] |= {FORMS[contrast["form"]] for contrast in fit["contrasts"].values()}
    binomial = forms.get(NEGATIVE_BINOMIAL, set())
    filtering = " after independent filtering" if binomial else ""
    sentences.append(
        f"Genes were tested by {_tests(forms, statistics['calls'])}. P-values were adjusted by Benjamini and "
        f"Hochberg{filtering} (Benjamini and Hochberg 1995) over all genes and within the panel, and by Holm over the "
        f"primary genes (Holm 1979); {alpha:g} was the level."
    )
    asked = set().union(*forms.values())
    if any(form.directed for form in asked):
        measured = f" ({MARGIN_PER[statistics['margin_per']]})" if any(form.scaled for form in asked) else ""
        sentences.append(
            f"Effects within log2 {margin:g}{measured} were called equivalent by two one-sided tests (Schuirmann 1987)."
        )
    if sets:
        sentences.append("Gene sets were tested by CAMERA (Wu and Smyth 2012).")
    if claims:
        sentences.append("Claims were set down beforehand and judged with adjustment over all of them.")
    return " ".join(sentences)


def _tests(forms: Mapping[str, set[type[Contrast]]], calls: str) -> str:
    """Name the tests of genes; `forms` are those of the contrasts, by the method of their models."""
    parts = []
    if binomial := forms.get(NEGATIVE_BINOMIAL):
        directed, undirected = (any(form.directed is way for form in binomial) for way in (True, False))
        ratio = {"deseq2": "likelihood ratio tests", "moderated": "moderated F tests (of the likelihood ratio)"}[calls]
        parts += [{"deseq2": "Wald tests", "moderated": "moderated t tests"}[calls]] * directed
        parts += [f"{ratio}{' where a comparison has no direction' if directed else ''}"] * undirected
        moderated = " and ".join(["t"] * directed + ["F"] * undirected)
        parts += [f"panel genes and claims by moderated {moderated} tests (Smyth 2004)"]
    if LINEAR in forms:
        parts += [
            f"{'those of linear models ' if parts else ''}{'by ' if parts else ''}moderated t and F tests (Smyth 2004)"
        ]
    return ", ".join(parts)


def _models(fit: Mapping[str, Any]) -> str:
    """Name the models of a fit, with what their numbers were normalised by."""
    if fit["method"] == LINEAR:
        if fit["measure"] == COUNTS:
            return "linear models of log2 counts per million with voom's weights (Law et al. 2014)"
        return "linear models of log2 expression (limma-trend, Law et al. 2014)"
    work = "Love, Huber and Anders 2014" if fit["engine"] == "parity" else "Muzellec et al. 2023"
    name = "the rules of DESeq2" if fit["engine"] == "parity" else "PyDESeq2"
    factors = "median-of-ratios" if fit["size_factor_method"] == "ratio" else "positive-count"
    return f"negative binomial models after {name} ({work}), with {factors} size factors"
