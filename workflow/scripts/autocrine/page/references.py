"""The works that the methods of a cohort cite, and which of them."""

from collections.abc import Mapping
from typing import Any

from autocrine.design.forms import FORMS
from autocrine.measure import LINEAR, NEGATIVE_BINOMIAL
from autocrine.page.works import Work

# What the text cites, in full; `works_cited` says when.
REFERENCES = {
    "Anders and Huber 2010": Work(
        "Anders S, Huber W",
        "Differential expression analysis for sequence count data",
        "Genome Biol", 2010, "11", "R106",
    ),
    "Love, Huber and Anders 2014": Work(
        "Love MI, Huber W, Anders S",
        "Moderated estimation of fold change and dispersion for RNA-seq data with DESeq2",
        "Genome Biol", 2014, "15", "550",
    ),
    "Muzellec et al. 2023": Work(
        "Muzellec B, Teleńczuk M, Cabeli V, Andreux M",
        "PyDESeq2: a python package for bulk RNA-seq differential expression analysis",
        "Bioinformatics", 2023, "39", "btad547",
    ),
    "Benjamini and Hochberg 1995": Work(
        "Benjamini Y, Hochberg Y",
        "Controlling the false discovery rate: a practical and powerful approach to multiple testing",
        "J R Stat Soc B", 1995, "57", "289-300",
    ),
    "Holm 1979": Work(
        "Holm S",
        "A simple sequentially rejective multiple test procedure",
        "Scand J Stat", 1979, "6", "65-70",
    ),
    "Schuirmann 1987": Work(
        "Schuirmann DJ",
        "A comparison of the two one-sided tests procedure and the power approach for assessing the "
        "equivalence of average bioavailability",
        "J Pharmacokinet Biopharm", 1987, "15", "657-680",
    ),
    "Smyth 2004": Work(
        "Smyth GK",
        "Linear models and empirical Bayes methods for assessing differential expression in microarray "
        "experiments",
        "Stat Appl Genet Mol Biol", 2004, "3", "3",
    ),
    "Law et al. 2014": Work(
        "Law CW, Chen Y, Shi W, Smyth GK",
        "voom: precision weights unlock linear model analysis tools for RNA-seq read counts",
        "Genome Biol", 2014, "15", "R29",
    ),
    "Smyth, Michaud and Scott 2005": Work(
        "Smyth GK, Michaud J, Scott HS",
        "Use of within-array replicate spots for assessing differential expression in microarray "
        "experiments",
        "Bioinformatics", 2005, "21", "2067-2075",
    ),
    "Hart et al. 2013": Work(
        "Hart SN, Therneau TM, Zhang Y, et al",
        "Calculating sample size estimates for RNA sequencing data",
        "J Comput Biol", 2013, "20", "970-978",
    ),
    "Subramanian et al. 2005": Work(
        "Subramanian A, Tamayo P, Mootha VK, et al",
        "Gene set enrichment analysis: a knowledge-based approach for interpreting genome-wide "
        "expression profiles",
        "Proc Natl Acad Sci USA", 2005, "102", "15545-15550",
    ),
    "Badia-i-Mompel et al. 2022": Work(
        "Badia-i-Mompel P, Vélez Santiago J, Braunger J, et al",
        "decoupleR: ensemble of computational methods to infer biological activities from omics data",
        "Bioinform Adv", 2022, "2", "vbac016",
    ),
    "Wu and Smyth 2012": Work(
        "Wu D, Smyth GK",
        "Camera: a competitive gene set test accounting for inter-gene correlation",
        "Nucleic Acids Res", 2012, "40", "e133",
    ),
    "Wu et al. 2010": Work(
        "Wu D, Lim E, Vaillant F, et al",
        "ROAST: rotation gene set tests for complex microarray experiments",
        "Bioinformatics", 2010, "26", "2176-2182",
    ),
    "Cox 1972": Work(
        "Cox DR",
        "Regression models and life-tables",
        "J R Stat Soc B", 1972, "34", "187-220",
    ),
    "Efron 1977": Work(
        "Efron B",
        "The efficiency of Cox's likelihood function for censored data",
        "J Am Stat Assoc", 1977, "72", "557-565",
    ),
    "Schoenfeld 1983": Work(
        "Schoenfeld DA",
        "Sample-size formula for the proportional-hazards regression model",
        "Biometrics", 1983, "39", "499-503",
    ),
    "Risso et al. 2014": Work(
        "Risso D, Ngai J, Speed TP, Dudoit S",
        "Normalization of RNA-seq data using factor analysis of control genes or samples",
        "Nat Biotechnol", 2014, "32", "896-902",
    ),
    "Wang et al. 2017": Work(
        "Wang J, Zhao Q, Hastie T, Owen AB",
        "Confounder adjustment in multiple hypothesis testing",
        "Ann Stat", 2017, "45", "1863-1894",
    ),
}  # fmt: skip


def methods_asked(fits: Mapping[str, Mapping[str, Any]]) -> set[str]:
    """Return the other methods (`autocrine.results.opinions.METHODS`) that have an answer to any contrast."""
    return {
        method
        for fit in fits.values()
        for contrast in fit["contrasts"].values()
        for method, found in contrast["second_opinion"].items()
        if found.get("genes")
    }


def works_cited(fits: Mapping[str, Mapping[str, Any]], sets: bool, networks: bool = False) -> set[str]:
    """Return the works that the methods cite, as `REFERENCES` names them.

    It follows what was done, as the paragraphs do: a title or a file may be called like a work.

    Parameters
    ----------
    fits
        Model -> record of its fit.
    sets
        Whether gene sets were tested.
    networks
        Whether regulators were.
    """
    cited = {"Benjamini and Hochberg 1995", "Smyth 2004", "Holm 1979", "Schuirmann 1987"}
    for fit in fits.values():
        if fit["method"] == LINEAR:
            cited |= {"Law et al. 2014"} | ({"Smyth, Michaud and Scott 2005"} if fit["blocks"] else set())
        else:
            cited.add("Love, Huber and Anders 2014" if fit["engine"] == "parity" else "Muzellec et al. 2023")
        if fit["size_factor_method"] == "ratio":
            cited.add("Anders and Huber 2010")
        if fit["unwanted_factors"]:
            cited.add({"residuals": "Wang et al. 2017", "reference_genes": "Risso et al. 2014"}[fit["unwanted_from"]])
        directed = any(FORMS[contrast["form"]].directed for contrast in fit["contrasts"].values())
        if directed and fit["method"] == NEGATIVE_BINOMIAL:
            cited.add("Hart et al. 2013")
    seconds = {"voom": "Law et al. 2014", "pydeseq2": "Muzellec et al. 2023"}
    cited |= {seconds[method] for method in methods_asked(fits)}
    cited |= {"Wu and Smyth 2012", "Wu et al. 2010"} if sets or networks else set()
    cited |= {"Badia-i-Mompel et al. 2022"} if networks else set()
    return cited | ({"Subramanian et al. 2005"} if sets else set())
