"""Simulate the demo cohort: a made-up chronic myeloid leukaemia study whose truth is known.

Everything here is SIMULATED; no count comes from a patient. The levels of named genes are in ``expression.tsv``, the
effects planted by hand in ``effects.tsv``, the patients in ``patients.tsv``, and every other assumption is a constant
below. README.md tells the story.

Usage: ``python generate.py [--seed 2017] [--output FOLDER]``
"""

import argparse
import gzip
from pathlib import Path

import numpy as np
import pandas as pd

FOLDER = Path(__file__).resolve().parent
GENE_TABLE = FOLDER.parent / "genes" / "human_grch38.tsv.gz"
SEED = 2017

# Genes without a level of their own: how many, and the mean and standard deviation of log2 counts per million.
N_CODING, N_LONG_NONCODING, N_SILENT = 13_800, 1_300, 150
LEVEL = {"drawn": (3.8, 2.2), "long noncoding": (0.3, 1.8), "ribosomal": (10.3, 0.6), "planted": (5.0, 0.5)}
FREE = ["drawn", "long noncoding"]  # groups that background effects, batch and culture may move
LOWEST_LEVEL, HIGHEST_LEVEL = -5.0, 10.5
# Families that blood does not express, and names that are placeholders: never drawn.
NOT_DRAWN = r"^LOC\d|^OR\d+[A-Z]|^TAS2R|^KRTAP|^DEFB|^VN1R|^LCE\d|^SPRR|^PRAMEF|^TSPY|^USP17L|^IG[HKL]|^TR[ABGD][VJC]"
RIBOSOMAL = r"^RP[LS]\d+[AXYL]?\d*$"
LONG_NONCODING = r"^LINC\d|-AS\d|-DT$|HG$"

# Noise: negative-binomial dispersion = floor + extra / mean, times a log-normal scatter; and what patients add to it.
DISPERSION_FLOOR, DISPERSION_EXTRA, DISPERSION_SCATTER = 0.04, 0.6, 0.4
PATIENT_SD, CULTURE_SD, BATCH_SD = 0.3, 0.4, 0.2  # log2
STRONG_BATCH_SHARE, STRONG_BATCH = 0.006, 1.4  # some genes step this far (log2) from B1 to B2 to B3, up or down
COMPARTMENT_SD = {"progenitor": 0.5, "MSC": 2.0}  # log2 distance of unnamed genes from LSC
DEPTH, DEPTH_RANGE = 2.4, 4.0  # median counts per count per million, and largest over smallest

# Unnamed genes changed in the background: share of all genes, by condition.
BACKGROUND = {"lsc_resistant": 0.06, "lsc_treated": 0.03, "progenitor_resistant": 0.02, "msc_resistant": 0.06}
SHARED_WITH_PROGENITOR, PROGENITOR_FACTOR = 0.6, 0.9
EXPOSURE_SHARE, EXPOSURE_OWN_SHARE, BMP2_FACTOR = 0.12, 0.02, 0.8
BACKGROUND_SIZE = (0.5, 0.7, 3.0)  # log2: smallest, mean above the smallest, largest

FEMALE, MALE = ["XIST"], ["RPS4Y1", "DDX3Y", "KDM5D", "UTY", "EIF1AY", "USP9Y", "ZFY"]
ESCAPING, ESCAPING_LOG2_FC, OTHER_SEX_LOG2_FC = ["ZFX", "KDM6A", "EIF1AX"], 0.6, -12.0
OUTLIERS = [("P02-MSC-follow_up", "PDGFRB", 50), ("P04-LSC-follow_up", "SOCS3", 40)]  # sample, gene, times too high

FRACTION = {"diagnosis": 0.70, "resistant": 0.60, "sensitive": 0.10}  # typical leukemic fraction
FRACTION_SD = 0.9  # on the logit scale

# Groups of samples, as columns and values of the sheet. An effect shifts one group, a contrast weighs several.
LSC = {"arm": "clinical", "compartment": "LSC"}
FOLLOWED = {"arm": "clinical", "timepoint": "follow_up"}
GROUPS: dict[str, dict[str, str]] = {
    "lsc_resistant": FOLLOWED | {"compartment": "LSC", "response": "resistant"},
    "lsc_sensitive": FOLLOWED | {"compartment": "LSC", "response": "sensitive"},
    "lsc_treated": LSC | {"timepoint": "follow_up"},
    "lsc_diagnosis": LSC | {"timepoint": "diagnosis"},
    "lsc_resistant_diagnosis": LSC | {"timepoint": "diagnosis", "response": "resistant"},
    "lsc_sensitive_diagnosis": LSC | {"timepoint": "diagnosis", "response": "sensitive"},
    "progenitor_resistant": FOLLOWED | {"compartment": "progenitor", "response": "resistant"},
    "progenitor_sensitive": FOLLOWED | {"compartment": "progenitor", "response": "sensitive"},
    "msc_resistant": FOLLOWED | {"compartment": "MSC", "response": "resistant"},
    "msc_sensitive": FOLLOWED | {"compartment": "MSC", "response": "sensitive"},
    "control": {"exposure": "control"},
    "bmp2": {"exposure": "BMP2"},
    "bmp4": {"exposure": "BMP4"},
}
RESISTANT_CHANGE = {"lsc_resistant": 1.0, "lsc_resistant_diagnosis": -1.0}
SENSITIVE_CHANGE = {"lsc_sensitive": 1.0, "lsc_sensitive_diagnosis": -1.0}
CONTRASTS: dict[tuple[str, str], dict[str, float]] = {
    ("lsc_response", "resistant_vs_sensitive"): {"lsc_resistant": 1.0, "lsc_sensitive": -1.0},
    ("progenitor_response", "resistant_vs_sensitive"): {"progenitor_resistant": 1.0, "progenitor_sensitive": -1.0},
    ("msc_response", "resistant_vs_sensitive"): {"msc_resistant": 1.0, "msc_sensitive": -1.0},
    ("lsc_followup_resistant", "follow_up_vs_diagnosis"): RESISTANT_CHANGE,
    ("lsc_followup_sensitive", "follow_up_vs_diagnosis"): SENSITIVE_CHANGE,
    ("lsc_followup", "difference_of_changes"): RESISTANT_CHANGE
    | {group: -weight for group, weight in SENSITIVE_CHANGE.items()},
    ("lsc_trend", "per_step"): {"lsc_resistant": 0.5, "lsc_diagnosis": -0.5},
    ("bmp_exposure", "BMP2_vs_control"): {"bmp2": 1.0, "control": -1.0},
    ("bmp_exposure", "BMP4_vs_control"): {"bmp4": 1.0, "control": -1.0},
}
NO_COMPOSITION = ["bmp_exposure", "msc_response"]  # models whose groups do not differ in leukemic fraction
CONFOUNDED_MODELS = ["lsc_response", "progenitor_response"]  # batch leans with response here


def select(samples: pd.DataFrame, group: dict[str, str]) -> np.ndarray:
    """Mark the samples of a group: booleans of shape (samples,)."""
    return np.logical_and.reduce([samples[column].eq(value).to_numpy() for column, value in group.items()])


def read_patients() -> pd.DataFrame:
    """Read the patients, indexed by patient: arm, response, sex, batch, stroma (whether their MSC were sequenced)."""
    return pd.read_csv(FOLDER / "patients.tsv", sep="\t", index_col="patient")


def simulate_samples(rng: np.random.Generator) -> pd.DataFrame:
    """Lay out the sample sheet and draw each sample's leukemic fraction."""
    patients = read_patients()
    clinical = patients.index[patients["arm"] == "clinical"]
    donors = patients.index[patients["arm"] == "exposure"]
    rows = [(patient, "LSC", time, "none") for patient in clinical for time in ("diagnosis", "follow_up")]
    rows += [(patient, "progenitor", "follow_up", "none") for patient in clinical]
    rows += [(patient, "MSC", "follow_up", "none") for patient in patients.index[patients["stroma"] == "yes"]]
    rows += [(donor, "LSC", "diagnosis", exposure) for donor in donors for exposure in ("control", "BMP2", "BMP4")]
    samples = pd.DataFrame(rows, columns=["patient", "compartment", "timepoint", "exposure"])
    samples = samples.join(patients, on="patient")
    last = samples["timepoint"].where(samples["arm"] == "clinical", samples["exposure"])
    samples.insert(0, "sample", samples["patient"] + "-" + samples["compartment"] + "-" + last)
    samples["leukemic_fraction"] = _leukemic_fraction(samples, rng)
    order = ["sample", "patient", "arm", "compartment", "timepoint", "response", "exposure", "sex", "batch"]
    return samples[[*order, "leukemic_fraction"]]


def _leukemic_fraction(samples: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """Draw the fraction of leukemic cells: one value per exposure donor, none in stroma, three decimals."""
    state = samples["timepoint"].where(samples["timepoint"] == "diagnosis", samples["response"])
    typical = state.map(FRACTION).to_numpy()
    noise = rng.normal(0, FRACTION_SD, len(samples))
    of_donor = pd.Series(noise).groupby(samples["patient"]).transform("first")
    noise = np.where(samples["arm"] == "exposure", of_donor, noise)
    fraction = 1 / (1 + np.exp(-(np.log(typical / (1 - typical)) + noise)))
    return np.where(samples["compartment"] == "MSC", 0.0, fraction.round(3))


def choose_genes(table: pd.DataFrame, rng: np.random.Generator) -> pd.Series:
    """Choose the genes without a level of their own: the group of each, indexed by gene name."""
    table = table[~table.index.str.contains(NOT_DRAWN) & ~table["chromosome"].str.contains("Y")]
    coding = table.index[table["biotype"] == "protein-coding"]
    planted = coding[coding.isin(read_effects()["gene_name"])]
    ribosomal = coding[coding.str.contains(RIBOSOMAL)].difference(planted)
    long = table.index[(table["biotype"] == "ncRNA") & table.index.str.contains(LONG_NONCODING)]
    free = coding.difference(planted.union(ribosomal))
    drawn = rng.choice(free, N_CODING - len(planted) - len(ribosomal), replace=False)
    groups = {"planted": planted, "ribosomal": ribosomal, "silent": drawn[:N_SILENT], "drawn": drawn[N_SILENT:]}
    groups["long noncoding"] = rng.choice(long, N_LONG_NONCODING, replace=False)
    return pd.concat([pd.Series(group, index=names) for group, names in groups.items()])


def simulate_genes(rng: np.random.Generator) -> pd.DataFrame:
    """Choose the genes and their log2 level (counts per million) in each compartment.

    Returns
    -------
    pandas.DataFrame
        Indexed by gene name: gene_id, group (panel, marker, or as in ``choose_genes``), LSC, progenitor, MSC.
    """
    table = pd.read_csv(GENE_TABLE, sep="\t", dtype=str, keep_default_na=False)
    table = table[(table["primary"] == "1") & (table["gene_id"] != "")].set_index("gene_name")
    named = pd.read_csv(FOLDER / "expression.tsv", sep="\t", index_col="gene_name")
    genes = choose_genes(table.drop(index=named.index, errors="ignore"), rng).to_frame("group")
    mean, sd = np.array([LEVEL.get(group, (-np.inf, 0.0)) for group in genes["group"]]).T
    genes["LSC"] = rng.normal(mean, sd)
    for compartment, distance in COMPARTMENT_SD.items():
        genes[compartment] = genes["LSC"] + rng.normal(0, distance, len(genes)) * genes["group"].isin(FREE)
    levels = ["LSC", "progenitor", "MSC"]
    expressed = genes["group"] != "silent"
    genes.loc[expressed, levels] = genes.loc[expressed, levels].clip(LOWEST_LEVEL, HIGHEST_LEVEL)
    with np.errstate(divide="ignore"):  # no fusion transcript in stroma: the log of nothing
        named[levels] = np.log2(named[levels])
    genes = pd.concat([named, genes]).rename_axis("gene_name")
    genes.insert(0, "gene_id", table["gene_id"].reindex(genes.index).fillna(genes.index.to_series()))
    return genes.sort_values("gene_id")


def read_effects() -> pd.DataFrame:
    """Read the effects planted by hand: gene_name, condition, log2_fc, kind, note."""
    return pd.read_csv(FOLDER / "effects.tsv", sep="\t", keep_default_na=False)


def simulate_background(genes: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Draw the effects of unnamed genes, in the columns of ``read_effects``."""
    free = genes.index[genes["group"].isin(FREE)].to_numpy()
    effects: dict[str, dict[str, float]] = {}

    def draw(share: float) -> dict[str, float]:
        chosen = rng.choice(free, round(share * len(genes)), False)
        smallest, mean, largest = BACKGROUND_SIZE
        size = np.minimum(smallest + rng.exponential(mean, len(chosen)), largest)
        return dict(zip(chosen, size * rng.choice([-1.0, 1.0], len(chosen)), strict=True))

    for condition, share in BACKGROUND.items():
        effects[condition] = draw(share)
    shared = effects["lsc_resistant"].items()
    kept = rng.random(len(shared)) < SHARED_WITH_PROGENITOR
    inherited = {gene: PROGENITOR_FACTOR * size for (gene, size), keep in zip(shared, kept, strict=True) if keep}
    effects["progenitor_resistant"] |= inherited
    common = draw(EXPOSURE_SHARE)
    effects["bmp2"] = draw(EXPOSURE_OWN_SHARE) | {gene: BMP2_FACTOR * size for gene, size in common.items()}
    effects["bmp4"] = draw(EXPOSURE_OWN_SHARE) | common
    rows = [(gene, condition, size) for condition, sizes in effects.items() for gene, size in sizes.items()]
    return pd.DataFrame(rows, columns=["gene_name", "condition", "log2_fc"]).assign(kind="background", note="")


def effect_matrix(effects: pd.DataFrame, genes: pd.DataFrame) -> pd.DataFrame:
    """Spread effects into log2 shifts of shape (genes, conditions)."""
    wide = effects.pivot_table(index="gene_name", columns="condition", values="log2_fc", aggfunc="sum")
    return wide.reindex(index=genes.index, columns=list(GROUPS)).fillna(0.0)


def simulate_batches(genes: pd.DataFrame, rng: np.random.Generator) -> tuple[pd.DataFrame, pd.Index]:
    """Draw log2 batch shifts (genes, batches), and name the genes that batch moves strongly."""
    free = genes.index[genes["group"].isin(FREE)]
    strong = pd.Index(rng.choice(free, round(STRONG_BATCH_SHARE * len(genes)), False))
    shift = pd.DataFrame(rng.normal(0, BATCH_SD, (len(genes), 3)), genes.index, ["B1", "B2", "B3"])
    shift.loc[strong] += np.outer(rng.choice([-STRONG_BATCH, STRONG_BATCH], len(strong)), [-1, 0, 1])
    return shift, strong


def leukemic_only(genes: pd.DataFrame) -> np.ndarray:
    """Mark the genes that only leukemic cells express: booleans of shape (genes,)."""
    effects = read_effects()
    return genes.index.isin(effects.loc[effects["condition"] == "leukemic_cells", "gene_name"])


def sex_shift(genes: pd.DataFrame, samples: pd.DataFrame) -> np.ndarray:
    """Compute the log2 shift of sex-linked genes, shape (genes, samples)."""
    female = samples["sex"].eq("female").to_numpy()
    shift = np.zeros((len(genes), len(samples)))
    shift[np.ix_(genes.index.isin(FEMALE), ~female)] = OTHER_SEX_LOG2_FC
    shift[np.ix_(genes.index.isin(MALE), female)] = OTHER_SEX_LOG2_FC
    shift[np.ix_(genes.index.isin(ESCAPING), female)] = ESCAPING_LOG2_FC
    return shift


def expected_level(
    genes: pd.DataFrame, samples: pd.DataFrame, effects: pd.DataFrame, batches: pd.DataFrame, rng: np.random.Generator
) -> np.ndarray:
    """Add up everything that moves a gene in a sample, as counts per million of shape (genes, samples)."""
    level = genes[samples["compartment"]].to_numpy()
    active = np.array([select(samples, group) for group in GROUPS.values()])
    level = level + effect_matrix(effects, genes).to_numpy() @ active
    level += sex_shift(genes, samples) + batches[samples["batch"]].to_numpy()
    culture = rng.normal(0, CULTURE_SD, len(genes)) * genes["group"].isin(FREE).to_numpy()
    level += np.outer(culture, samples["arm"].eq("exposure"))
    patient, _ = pd.factorize(samples["patient"])
    level += rng.normal(0, PATIENT_SD, (len(genes), patient.max() + 1))[:, patient]
    fraction = samples["leukemic_fraction"].to_numpy()
    return np.exp2(level) * np.where(leukemic_only(genes)[:, None] & (fraction > 0), fraction, 1.0)


def simulate_counts(level: np.ndarray, genes: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """Draw negative-binomial counts of shape (genes, samples) around the expected level.

    Named genes sit on the dispersion trend, so that their power does not hang on the draw; others scatter about it.
    Rates are rounded so that the last bit of a machine's exponential cannot change a count.
    """
    mean = level * DEPTH * DEPTH_RANGE ** rng.permutation(np.linspace(-0.5, 0.5, level.shape[1]))
    trend = DISPERSION_FLOOR + DISPERSION_EXTRA / np.maximum(mean.mean(axis=1), 0.05)
    scatter = np.exp(rng.normal(0, DISPERSION_SCATTER, len(genes)) * genes["group"].isin(FREE).to_numpy())
    dispersion = (trend * scatter)[:, None]
    rate = rng.gamma(1 / dispersion, size=level.shape) * dispersion * mean
    return rng.poisson(rate.round(6))


def weigh(samples: pd.DataFrame, contrast: dict[str, float]) -> np.ndarray:
    """Turn a contrast's groups into weights of shape (samples,) that average within each group."""
    marks = {group: select(samples, GROUPS[group]) for group in contrast}
    return sum(weight * marks[group] / marks[group].sum() for group, weight in contrast.items())


def true_effects(genes: pd.DataFrame, samples: pd.DataFrame, effects: pd.DataFrame, strong: pd.Index) -> pd.DataFrame:
    """List every planted effect, and the panel genes without one, for each contrast.

    Returns
    -------
    pandas.DataFrame
        gene_id, gene_name, model, contrast, true_log2_fc, kind, note; one row per gene and contrast.
    """
    matrix = effect_matrix(effects, genes)
    active = np.array([select(samples, group) for group in GROUPS.values()])
    fraction = np.log2(samples["leukemic_fraction"].where(samples["leukemic_fraction"] > 0, 1.0))
    frames = []
    for (model, contrast), groups in CONTRASTS.items():
        weights = weigh(samples, groups)
        of_group = pd.Series((active @ weights).round(9), index=list(GROUPS))
        rows = pd.DataFrame({"true_log2_fc": matrix.to_numpy() @ of_group.to_numpy()}, index=genes.index)
        rows["true_log2_fc"] += leukemic_only(genes) * float(fraction @ weights)
        here = effects["condition"].isin(of_group.index[of_group != 0])
        here |= effects["condition"].eq("leukemic_cells") & (model not in NO_COMPOSITION)
        rows = rows.join(effects[here].drop_duplicates("gene_name").set_index("gene_name")[["kind", "note"]])
        accidents = [gene for sample, gene, _ in OUTLIERS if weights[samples["sample"].eq(sample)].any()]
        rows.loc[accidents, ["kind", "note"]] = ["outlier", "one count far too high"]
        if model in CONFOUNDED_MODELS:
            confounded = strong.intersection(rows.index[rows["kind"].isna()])
            rows.loc[confounded, ["kind", "note"]] = ["confounder", "moved by batch, which leans with response"]
        if contrast == "difference_of_changes":
            rows.loc[rows["kind"].eq("de"), "kind"] = "interaction"
        rows.loc[rows["kind"].isna() & genes["group"].eq("panel"), ["kind", "note"]] = ["null-panel", ""]
        frames.append(rows.dropna(subset=["kind"]).assign(model=model, contrast=contrast))
    truth = pd.concat(frames).reset_index().assign(gene_id=lambda rows: rows["gene_name"].map(genes["gene_id"]))
    truth["true_log2_fc"] = truth["true_log2_fc"].round(3) + 0.0  # no minus zero
    return truth[["gene_id", "gene_name", "model", "contrast", "true_log2_fc", "kind", "note"]]


def simulate(seed: int = SEED) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Simulate the cohort.

    Parameters
    ----------
    seed
        Seed of every random draw.

    Returns
    -------
    counts
        Integers, genes x samples; first columns gene_id and gene_name.
    samples
        The sample sheet, rows in the order of the count columns.
    truth
        The columns of ``true_effects``.
    """
    streams = [np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(6)]
    samples = simulate_samples(streams[0])
    genes = simulate_genes(streams[1])
    effects = pd.concat([read_effects(), simulate_background(genes, streams[2])], ignore_index=True)
    batches, strong_batch = simulate_batches(genes, streams[3])
    level = expected_level(genes, samples, effects, batches, streams[4])
    counts = pd.DataFrame(simulate_counts(level, genes, streams[5]), genes.index, samples["sample"].to_list())
    for sample, gene, factor in OUTLIERS:
        counts.loc[gene, sample] *= factor
    counts = counts.reset_index()
    counts.insert(0, "gene_id", genes["gene_id"].to_numpy())
    return counts, samples, true_effects(genes, samples, effects, strong_batch)


def write_gzip(frame: pd.DataFrame, path: Path) -> None:
    """Write a frame as gzipped TSV without a time stamp, so that equal content is an equal file."""
    with path.open("wb") as raw, gzip.GzipFile(filename="", fileobj=raw, mode="wb", compresslevel=9, mtime=0) as file:
        file.write(frame.to_csv(sep="\t", index=False, lineterminator="\n").encode())


def main() -> None:
    """Simulate and write the cohort from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seed", type=int, default=SEED, help="seed of every random draw")
    parser.add_argument("--output", type=Path, default=FOLDER, help="folder to write into")
    arguments = parser.parse_args()
    counts, samples, truth = simulate(arguments.seed)
    arguments.output.mkdir(parents=True, exist_ok=True)
    write_gzip(counts, arguments.output / "counts.tsv.gz")
    samples.to_csv(arguments.output / "samples.tsv", sep="\t", index=False, lineterminator="\n")
    of_background = truth["kind"].isin(["background", "confounder"])
    truth[~of_background].to_csv(arguments.output / "truth.tsv", sep="\t", index=False, lineterminator="\n")
    write_gzip(truth[of_background], arguments.output / "background.tsv.gz")


if __name__ == "__main__":
    main()
