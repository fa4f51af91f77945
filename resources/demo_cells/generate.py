"""Simulate the demo cohort of single cells: marrow of six made-up patients, with and without imatinib.

Everything here is SIMULATED; no count comes from a patient. The levels of named genes are those of the other demo
(``../demo/expression.tsv``), and every other assumption is a constant below. README.md tells the story.

Usage: ``python generate.py [--seed 2017] [--output FOLDER]``
"""

import argparse
import gzip
from dataclasses import dataclass
from pathlib import Path

import anndata
import h5py
import numpy as np
import pandas as pd
from anndata.io import write_elem
from scipy import sparse

FOLDER = Path(__file__).resolve().parent
GENE_TABLE = FOLDER.parent / "genes" / "human_grch38.tsv.gz"
PANEL = FOLDER.parent / "panels" / "bmp.tsv"
LEVELS = FOLDER.parent / "demo" / "expression.tsv"
SEED = 2017

PATIENTS = pd.DataFrame(
    {"sex": ["female", "male"] * 3, "chemistry": ["v2"] * 3 + ["v3"] * 3}, index=[f"P{i}" for i in range(1, 7)]
)
EXPOSURES = ["untreated", "imatinib"]

# Cells of each label that a sample has about; what the sum of a label is called (None: of no state).
LABELS = {"HSC": 70, "MPP": 90, "GMP": 80, "MEP": 55, "monocyte": 50, "stroma": 40, "erythroid": 5}
STATES = {
    "HSC": "LSC", "MPP": "LSC", "GMP": "progenitor", "MEP": "progenitor", "monocyte": "monocyte", "stroma": "MSC",
    "erythroid": "",
}  # fmt: skip
FEW_LSC = ("P6_imatinib", {"HSC": 5, "MPP": 7})  # too few to be summed
BROKEN_SMALL, BROKEN_MITO = 5, 5  # cells of a sample with hardly any counts; with most of what is left mitochondrial
UNLABELLED = 2  # of the sound cells

# Counts of a cell: typical ones of untreated samples, from the shallowest to the deepest; times what the label and
# imatinib (a run of less depth) make of them. Quiescent stem cells hold little RNA.
DEPTH = (2400, 4000)
DEPTH_OF_LABEL = {
    "HSC": 0.6, "MPP": 0.9, "GMP": 1.1, "MEP": 1.1, "monocyte": 0.9, "stroma": 1.3, "erythroid": 1.0,
}  # fmt: skip
DEPTH_OF_IMATINIB, DEPTH_SD = 0.4, 0.25
SMALL, LARGE_MITO = (40, 150), (0.4, 0.7)  # counts, and share of mitochondrial counts, of broken cells

# Genes without a level of their own: how many, and mean and standard deviation of log2 counts per million.
N_DRAWN, N_RIBOSOMAL = 310, 20
DRAWN, RIBOSOMAL, MITO_SHARE = (1.0, 2.0), (13.8, 0.4), 0.04
STATE_SD = {"LSC": 0.0, "progenitor": 0.5, "monocyte": 1.0, "MSC": 2.0}  # log2 distance of drawn genes from LSC
UNKNOWN_LEVEL = 1.0  # of genes of the panel that the other demo gives no level
MONOCYTE = {
    "LYZ": 6000, "S100A8": 4000, "S100A9": 4000, "CD14": 300, "FCN1": 400, "CD34": 5, "KIT": 3, "MPO": 100,
}  # fmt: skip
ERYTHROID = {"HBB": 300, "HBA1": 300, "HBA2": 300, "CD34": 0.02}  # times the level of progenitors
PATIENT_SD, SAMPLE_SD, DISPERSION = 0.15, 0.08, 0.2  # natural log; of a gene in a cell

# Chance that a cell shows the gene among so many counts, per state; elsewhere `LOW`. Shares hold at this depth only.
AT_DEPTH, LOW = 500, 0.002
SHARES = {
    "BMPR1B": {"LSC": 0.08, "progenitor": 0.02, "MSC": 0.004},
    "ACVR1": {"LSC": 0.10, "progenitor": 0.08, "monocyte": 0.05, "MSC": 0.20},
    "BMP4": {"LSC": 0.08, "progenitor": 0.02, "MSC": 0.60},
    "BMP6": {"LSC": 0.16, "progenitor": 0.03, "monocyte": 0.03, "MSC": 0.03},
    "ACVR2A": {"LSC": 0.16, "progenitor": 0.03, "monocyte": 0.03, "MSC": 0.03},
}
ODDS_RATIO = 3.0  # of BMPR1B in LSC, imatinib against untreated
IMATINIB = {"CISH": -1.2, "SOCS2": -1.2, "PIM1": -1.2}  # log2, in cells of the marrow's blood, not in MSC
# BMP4 and BMPR1B are made more by the same LSC in these patients, by other ones in the rest: so many cells make so much
# more, and the others less, which leaves the mean as it is.
COUPLED, COUPLED_SHARE, COUPLED_FOLD = ["P1", "P2", "P3", "P4"], 0.3, 2.6
DOUBLETS = ("P5_untreated", 0.05)  # share of its LSC that have swallowed an MSC
MISSED_DOUBLETS = 1  # of these, not called

# Share of leukaemic cells; and counts among which 63 % of calls of the fusion succeed.
LEUKEMIC = {
    "untreated": {"LSC": 0.6, "progenitor": 0.9, "monocyte": 0.9, "MSC": 0.0, "": 0.9},
    "imatinib": {"LSC": 0.5, "progenitor": 0.6, "monocyte": 0.6, "MSC": 0.0, "": 0.6},
}
LEUKEMIC_SD, CALL_DEPTH = 0.3, 1000  # on the logit scale; counts
VIABLE, VIABLE_SD, SURVIVING = 120_000, 0.15, 0.2  # living cells of an untreated sample; natural log; share left


@dataclass(frozen=True)
class Cohort:
    """A simulated cohort: cells of each sample, their labels, the sheet, and what was planted."""

    cells: dict[str, anndata.AnnData]
    labels: pd.DataFrame
    samples: pd.DataFrame
    truth: pd.DataFrame


def choose_genes(rng: np.random.Generator) -> pd.DataFrame:
    """Choose the genes and their level in each state, counts per million: gene_id -> gene_name, LSC, ..., MSC."""
    table = pd.read_csv(GENE_TABLE, sep="\t", dtype=str, keep_default_na=False)
    table = table[(table["primary"] == "1") & (table["gene_id"] != "")].set_index("gene_name")
    named = pd.read_csv(LEVELS, sep="\t", index_col="gene_name").drop(columns="group").drop(index="BCR::ABL1")
    panel = pd.read_csv(PANEL, sep="\t", dtype=str, keep_default_na=False).query("ensembl != ''")["symbol"]
    named = named.reindex(named.index.union(panel)).fillna(UNKNOWN_LEVEL)
    named.insert(2, "monocyte", named["progenitor"])
    named.loc[list(MONOCYTE), "monocyte"] = list(MONOCYTE.values())
    coding = table[(table["biotype"] == "protein-coding") & ~table.index.isin(named.index)]
    mito = coding.index[coding["chromosome"] == "MT"]
    # Names of chromosomes X and Y would tell of the sex of patients, which nothing here decides.
    coding = coding[~coding["chromosome"].isin(["MT", "X", "Y", "X|Y"]) & ~coding.index.str.contains(r"^LOC\d|^OR\d")]
    ribosomal = coding.index[coding.index.str.contains(r"^RP[LS]\d+[AXYL]?$")][:N_RIBOSOMAL]
    drawn = pd.Index(rng.choice(coding.index.difference(ribosomal), N_DRAWN, replace=False))
    levels = pd.DataFrame(index=drawn.append(ribosomal), columns=named.columns, dtype=float)
    base = np.r_[rng.normal(*DRAWN, len(drawn)), rng.normal(*RIBOSOMAL, len(ribosomal))]
    for state in levels.columns:
        apart = rng.normal(0, STATE_SD[state], len(levels)) * levels.index.isin(drawn)
        levels[state] = np.exp2(np.clip(base + apart, -4, 14))
    levels = pd.concat([named, levels])
    weight = rng.lognormal(0, 0.5, len(mito))
    mito_levels = np.outer(weight / weight.sum(), levels.sum() * MITO_SHARE / (1 - MITO_SHARE))
    levels = pd.concat([levels, pd.DataFrame(mito_levels, mito, levels.columns)])
    levels.insert(0, "gene_id", table["gene_id"].reindex(levels.index))
    # Annotations of the makers of sequencers put MT- before these names.
    levels.insert(1, "gene_name", [f"MT-{name}" if name in mito else name for name in levels.index])
    return levels.set_index("gene_id").sort_index()


def rate_of(share: float) -> float:
    """Return the counts of a gene per count of the cell with which a cell shows it with the chance `share`."""
    return -np.log1p(-share) / AT_DEPTH


def treated_share() -> float:
    """Return the share of LSC with BMPR1B under imatinib, at the depth at which shares hold."""
    odds = ODDS_RATIO * SHARES["BMPR1B"]["LSC"] / (1 - SHARES["BMPR1B"]["LSC"])
    return odds / (1 + odds)


def rates_of_labels(genes: pd.DataFrame, exposure: str) -> pd.DataFrame:
    """Return the counts of each gene per count of a cell of each label (genes x labels), before patients differ."""
    rates = pd.DataFrame({label: genes[state or "progenitor"] for label, state in STATES.items()})
    names = genes["gene_name"]
    for gene, factor in ERYTHROID.items():
        rates.loc[names == gene, "erythroid"] *= factor
    rates = rates / rates.sum()
    for gene, shares in SHARES.items():
        for label, state in STATES.items():
            share = shares.get(state, LOW)
            if (gene, state, exposure) == ("BMPR1B", "LSC", "imatinib"):
                share = treated_share()
            rates.loc[names == gene, label] = rate_of(share)
    if exposure == "imatinib":
        for gene, size in IMATINIB.items():
            rates.loc[names == gene, [label for label, state in STATES.items() if state != "MSC"]] *= 2.0**size
    return rates


def simulate_sheet(rng: np.random.Generator) -> pd.DataFrame:
    """Lay out the sample sheet, with the living cells counted in each sample."""
    rows = [(f"{patient}_{exposure}", patient, exposure) for patient in PATIENTS.index for exposure in EXPOSURES]
    sheet = pd.DataFrame(rows, columns=["sample", "patient", "exposure"]).join(PATIENTS, on="patient")
    of_patient = np.repeat(rng.normal(0, 2 * VIABLE_SD, len(PATIENTS)), len(EXPOSURES))
    left = np.where(sheet["exposure"] == "imatinib", SURVIVING, 1.0)
    living = VIABLE * left * np.exp(of_patient + rng.normal(0, VIABLE_SD, len(sheet)))
    sheet["viable_cells"] = (living / 100).round().astype(int) * 100
    return sheet


def simulate_labels(sample: str, rng: np.random.Generator) -> np.ndarray:
    """Draw the labels of the cells of a sample: those that are sound first, then the broken ones."""
    number = {label: rng.poisson(mean) for label, mean in LABELS.items()}
    if sample == FEW_LSC[0]:
        number |= FEW_LSC[1]
    sound = np.repeat(list(number), list(number.values()))
    return np.r_[sound, rng.choice(["MPP", "GMP", "MEP", "monocyte"], BROKEN_SMALL + BROKEN_MITO)]


def simulate_counts(
    label: np.ndarray,
    depth: np.ndarray,
    rates: pd.DataFrame,
    genes: pd.DataFrame,
    coupled: bool,
    rng: np.random.Generator,
) -> np.ndarray:
    """Draw the counts of sound cells, cells x genes: a gamma of each gene and cell, and a Poisson of that.

    Rates are rounded so that the last bit of a machine's exponential cannot change a count.
    """
    mean = rates[label].to_numpy().T * depth[:, None]
    less = (1 - COUPLED_SHARE * COUPLED_FOLD) / (1 - COUPLED_SHARE)
    makers = rng.random((2, len(label))) < COUPLED_SHARE
    for gene, made in (("BMP4", makers[0]), ("BMPR1B", makers[0] if coupled else makers[1])):
        factor = np.where(np.isin(label, ["HSC", "MPP"]), np.where(made, COUPLED_FOLD, less), 1.0)
        mean[:, (genes["gene_name"] == gene).to_numpy()] *= factor[:, None]
    noise = rng.gamma(1 / DISPERSION, DISPERSION, mean.shape)
    return rng.poisson((mean * noise).round(6))


def simulate_sample(
    row: pd.Series, typical: float, of_patient: np.ndarray, genes: pd.DataFrame, rng: np.random.Generator
) -> tuple[anndata.AnnData, pd.DataFrame, pd.DataFrame]:
    """Draw the cells of one sample, their labels, and what is true of it."""
    sample, exposure = row["sample"], row["exposure"]
    label = simulate_labels(sample, rng)
    broken = np.arange(len(label)) >= len(label) - BROKEN_SMALL - BROKEN_MITO
    depth = typical * pd.Series(label).map(DEPTH_OF_LABEL).to_numpy() * np.exp(rng.normal(0, DEPTH_SD, len(label)))
    small = np.flatnonzero(broken)[:BROKEN_SMALL]
    depth[small] = rng.uniform(*SMALL, BROKEN_SMALL)
    rates = rates_of_labels(genes, exposure)
    apart = np.exp(of_patient + rng.normal(0, SAMPLE_SD, len(genes)))
    sexed = genes["gene_name"].map({"XIST": "female", "RPS4Y1": "male", "DDX3Y": "male"})
    rates = rates.mul(apart * (sexed.isna() | (sexed == row["sex"])), axis=0)
    counts = simulate_counts(label, depth, rates, genes, row["patient"] in COUPLED, rng)
    mito = genes["gene_name"].str.startswith("MT-").to_numpy()
    for cell in np.flatnonzero(broken)[BROKEN_SMALL:]:
        # What leaks out of a broken cell is the RNA of the cytoplasm.
        share = rng.uniform(*LARGE_MITO)
        part = np.where(mito, share / max(counts[cell, mito].sum(), 1), (1 - share) / counts[cell, ~mito].sum())
        counts[cell] = rng.poisson((counts[cell] * part * depth[cell]).round(6))

    state = pd.Series(label).map(STATES).to_numpy()
    doublet = np.zeros(len(label), dtype=bool)
    if sample == DOUBLETS[0]:
        stem, stroma = (np.flatnonzero((state == name) & ~broken) for name in ("LSC", "MSC"))
        doublet[rng.choice(stem, round(DOUBLETS[1] * len(stem)), replace=False)] = True
        swallowed = rng.choice(stroma, doublet.sum(), replace=False)
        counts[doublet] += counts[swallowed]
    called = doublet.copy()
    called[np.flatnonzero(doublet)[:MISSED_DOUBLETS]] = False

    logit = {name: np.log(p / (1 - p)) for name, p in LEUKEMIC[exposure].items() if p > 0}
    chance = {name: 1 / (1 + np.exp(-(mean + rng.normal(0, LEUKEMIC_SD)))) for name, mean in logit.items()} | {
        "MSC": 0.0
    }
    leukemic = rng.random(len(label)) < pd.Series(state).map(chance).to_numpy()
    known = rng.random(len(label)) < 1 - np.exp(-counts.sum(axis=1) / CALL_DEPTH)
    call = np.where(known, np.where(leukemic, "positive", "negative"), "unknown")

    # In the order of the barcodes, as files of cells are, so that broken cells do not stand together.
    letters = rng.choice(list("ACGT"), (len(label), 16))
    barcode = np.array(["".join(word) + "-1" for word in letters])
    order = np.argsort(barcode)
    var = pd.DataFrame({"gene_name": genes["gene_name"].to_numpy()}, index=pd.Index(genes.index, name=None))
    obs = pd.DataFrame({"doublet_call": called[order]}, index=barcode[order])
    cells = anndata.AnnData(sparse.csr_matrix(counts[order].astype(np.int32)), obs, var)
    table = pd.DataFrame({"barcode": barcode, "sample": sample, "cell_type": label, "bcr_abl1": call}).iloc[order]
    unlabelled = rng.choice(np.flatnonzero(~broken[order] & (state[order] == "progenitor")), UNLABELLED, replace=False)
    table = table.drop(index=table.index[unlabelled])
    facts = pd.DataFrame({"sample": sample, "state": state, "broken": broken, "doublet": doublet, "leukemic": leukemic})
    return cells, table, facts.iloc[order].assign(barcode=barcode[order])


def true_facts(facts: pd.DataFrame) -> pd.DataFrame:
    """List what was planted: quantity, sample or patient or exposure it is about, state, name of the gene, value."""
    base, lifted = SHARES["BMPR1B"]["LSC"], treated_share()
    fold = np.log2(rate_of(lifted) / rate_of(base))
    rows = [
        ("share", "untreated", "LSC", "BMPR1B", base),
        ("share", "imatinib", "LSC", "BMPR1B", lifted),
        ("odds_ratio", "imatinib_vs_untreated", "LSC", "BMPR1B", ODDS_RATIO),
        ("log2_fc", "imatinib_vs_untreated", "LSC", "BMPR1B", fold),
        ("odds_ratio", "imatinib_vs_untreated", "LSC", "ACVR1", 1.0),
    ]
    rows += [
        ("log2_fc", "imatinib_vs_untreated", state, gene, size)
        for gene, size in IMATINIB.items()
        for state in ("LSC", "progenitor", "monocyte")
    ]
    rows += [("coupled", patient, "LSC", "BMP4:BMPR1B", float(patient in COUPLED)) for patient in PATIENTS.index]
    rows += [("coupled", patient, "LSC", "BMP6:ACVR2A", 0.0) for patient in PATIENTS.index]
    groups = facts.assign(sound=~facts["broken"]).groupby(["sample", "state"], sort=False)
    for quantity, column in (("sound_cells", "sound"), ("broken_cells", "broken"), ("doublets", "doublet")):
        rows += [(quantity, *key, "", float(value)) for key, value in groups[column].sum().items()]
    fraction = facts[~facts["broken"]].groupby(["sample", "state"], sort=False)["leukemic"].mean()
    rows += [("leukemic_fraction", *key, "", value) for key, value in fraction.items()]
    rows += [("surviving", "negatives", "LSC", "BMPR1B", SURVIVING * (1 - lifted) / (1 - base))]
    rows += [("surviving", "positives", "LSC", "BMPR1B", SURVIVING * lifted / base)]
    truth = pd.DataFrame(rows, columns=["quantity", "of", "state", "gene_name", "value"])
    truth["value"] = truth["value"].astype(float).round(4)
    return truth.sort_values(["quantity", "of", "state", "gene_name"], ignore_index=True)


def simulate(seed: int = SEED) -> Cohort:
    """Simulate the cohort.

    Parameters
    ----------
    seed
        Seed of every random draw.

    Returns
    -------
    Cohort
        cells: sample -> cells x genes; labels: barcode, sample, cell_type, bcr_abl1; samples: the sheet; truth: the
        columns of ``true_facts``.
    """
    first, *of_samples = np.random.SeedSequence(seed).spawn(1 + len(PATIENTS) * len(EXPOSURES))
    rng = np.random.default_rng(first)
    genes, sheet = choose_genes(rng), simulate_sheet(rng)
    of_patient = {patient: rng.normal(0, PATIENT_SD, len(genes)) for patient in PATIENTS.index}
    depths = dict(zip(PATIENTS.index, rng.permutation(np.linspace(*DEPTH, len(PATIENTS))), strict=True))
    cells, labels, facts = {}, [], []
    for (_, row), stream in zip(sheet.iterrows(), of_samples, strict=True):
        typical = depths[row["patient"]] * (DEPTH_OF_IMATINIB if row["exposure"] == "imatinib" else 1.0)
        made, table, known = simulate_sample(
            row, typical, of_patient[row["patient"]], genes, np.random.default_rng(stream)
        )
        cells[row["sample"]] = made
        labels.append(table)
        facts.append(known)
    return Cohort(cells, pd.concat(labels, ignore_index=True), sheet, true_facts(pd.concat(facts)))


def write_cells(cells: anndata.AnnData, path: Path) -> None:
    """Write cells as `.h5ad` in the form of HDF5 1.10, which holds small files in less space, compressed."""
    with h5py.File(path, "w", libver=("v110", "v110")) as file:
        write_elem(file, "/", cells, dataset_kwargs={"compression": "gzip", "compression_opts": 9, "shuffle": True})


def main() -> None:
    """Simulate and write the cohort from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seed", type=int, default=SEED, help="seed of every random draw")
    parser.add_argument("--output", type=Path, default=FOLDER, help="folder to write into")
    arguments = parser.parse_args()
    cohort, folder = simulate(arguments.seed), arguments.output
    (folder / "cells").mkdir(parents=True, exist_ok=True)
    for sample, cells in cohort.cells.items():
        write_cells(cells, folder / "cells" / f"{sample}.h5ad")
    cohort.samples.to_csv(folder / "samples.tsv", sep="\t", index=False, lineterminator="\n")
    cohort.truth.to_csv(folder / "truth.tsv", sep="\t", index=False, lineterminator="\n")
    text = cohort.labels.to_csv(sep="\t", index=False, lineterminator="\n").encode()
    path = folder / "labels.tsv.gz"
    # Without a time stamp, so that equal content is an equal file.
    with path.open("wb") as raw, gzip.GzipFile(filename="", fileobj=raw, mode="wb", compresslevel=9, mtime=0) as file:
        file.write(text)


if __name__ == "__main__":
    main()
