"""Counts of every kind as cohorts of one configuration, in a folder with blanks and umlauts."""

import json

import anndata
import numpy as np
import pandas as pd
import pytest
import yaml

from autocrine.engine import estimate_length_factors
from tests.input.readers.quantified import write_10x, write_text
from tests.workflow.conftest import REPOSITORY, jobs_of, run_workflow, write_config

COUNTS = pd.read_csv(REPOSITORY / "config" / "counts.tsv", sep="\t", index_col=0)
SHEET = pd.read_csv(REPOSITORY / "config" / "samples.tsv", sep="\t", index_col="sample")
# Genes of the first half turn to transcripts four times as long in resistant patients, at the same expression.
SWITCHED = COUNTS.index[: len(COUNTS) // 2]


def lengths_of(sample):
    longer = COUNTS.index.isin(SWITCHED) & (SHEET.loc[sample, "response"] == "resistant")
    return np.where(longer, 4000.0, 1000.0)


def write_files(folder):
    """Write the template's counts as the three programs would have."""
    random = np.random.default_rng(8)
    rows = []
    for sample in COUNTS.columns:
        count, length = COUNTS[sample].to_numpy(), lengths_of(sample)
        star = [f"N_unmapped\t9\t9\t9\nN_multimapping\t1\t1\t1\nN_noFeature\t{sum(count)}\t5\t5\nN_ambiguous\t0\t0\t0"]
        star += [f"{gene}\t{n + 1}\t0\t{n}" for gene, n in zip(COUNTS.index, count, strict=True)]
        write_text(folder / "star" / f"{sample}_ReadsPerGene.out.tab", "\n".join(star) + "\n")
        reads = count * length / 1000 + random.uniform(-0.3, 0.3, len(count)) * (count > 0)
        rate = reads / length
        gene = pd.DataFrame({"gene_id": COUNTS.index, "transcript_id(s)": "t", "length": length + 100})
        gene = gene.assign(effective_length=length, expected_count=reads.round(2), TPM=rate / rate.sum() * 1e6, FPKM=0)
        write_text(folder / "rsem" / f"{sample}.genes.results", gene.to_csv(sep="\t", index=False))
        # A short and a long transcript for each gene; the sample has one of the two.
        parts = []
        for kind, size in (("short", 1000.0), ("long", 4000.0)):
            there = length == size
            part = {"Name": [f"{kind}-{gene}" for gene in COUNTS.index], "Length": size + 200, "EffectiveLength": size}
            parts.append(pd.DataFrame(part).assign(TPM=gene["TPM"] * there, NumReads=reads * there))
            rows += [(f"{kind}-{gene}", gene) for gene in COUNTS.index]
        write_text(folder / "salmon" / sample / "quant.sf", pd.concat(parts).to_csv(sep="\t", index=False))
    genes = pd.DataFrame(rows, columns=["transcript_id", "gene_id"]).drop_duplicates()
    write_text(folder / "tx2gene.tsv", genes.to_csv(sep="\t", index=False))
    write_matrices(folder)


def write_matrices(folder):
    """Write the same counts as matrices: by featureCounts a sample each, in parts, and as estimates with lengths."""
    place = {"Chr": "1", "Start": "1", "End": "9", "Strand": "+", "Length": "9"}
    for sample in COUNTS.columns:
        table = pd.DataFrame(place, index=COUNTS.index).assign(**{"Aligned.out.bam": COUNTS[sample]})
        text = table.rename_axis("Geneid").to_csv(sep="\t")
        write_text(folder / "featureCounts" / f"{sample}.featureCounts.txt", f"# Program:featureCounts\n{text}")
    write_10x(folder / "10x", COUNTS)
    for name, samples in (("first", COUNTS.columns[:2]), ("second", COUNTS.columns[2:])):
        write_text(folder / "parts" / f"{name}.tsv.gz", COUNTS[samples].to_csv(sep="\t"))
        part = anndata.AnnData(COUNTS[samples].T, obs=SHEET.loc[samples].fillna("").astype(str))
        part.write_h5ad(folder / "parts" / f"{name}.h5ad")
    lengths = pd.DataFrame({sample: lengths_of(sample) for sample in COUNTS.columns}, COUNTS.index)
    estimates = COUNTS * lengths / 1000 + 0.25 * (COUNTS > 0)
    for name, table in (("estimates", estimates), ("lengths", lengths)):
        write_text(folder / f"{name}.tsv", table.to_csv(sep="\t"))


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The folder of a finished run, and what a run of a changed file would do."""
    folder = tmp_path_factory.mktemp("Läufe 1")
    write_files(folder)
    config = yaml.safe_load((REPOSITORY / "config" / "config.yaml").read_text())
    entry = {"samples": str(REPOSITORY / "config" / "samples.tsv"), "simulated": True}
    config["cohorts"] = {
        "star": {**entry, "counts": "star"},
        "rsem": {**entry, "counts": ["rsem/*.results"]},
        "salmon": {**entry, "counts": "salmon", "transcripts": "tx2gene.tsv"},
        "feature_counts": {**entry, "counts": "featureCounts"},
        "tenx": {**entry, "counts": "10x"},
        "tables": {**entry, "counts": ["parts/first.tsv.gz", "parts/second.tsv.gz"]},
        "anndata": {"counts": "parts/*.h5ad", "simulated": True},
        "estimates": {**entry, "counts": "estimates.tsv", "lengths": "lengths.tsv"},
    }
    path = write_config(folder / "config.yaml", config)
    targets = [f"results/{name}/counts.h5ad" for name in config["cohorts"]]
    targets += [f"results/salmon/{name}" for name in ("panel.tsv", "normalised.h5ad", "response/sensitivity.tsv.gz")]
    done = run_workflow(folder, path, *targets)
    assert done.returncode == 0, done.stdout
    return folder, path, targets


def read(folder, cohort):
    return anndata.read_h5ad(folder / "results" / cohort / "counts.h5ad")


def test_star(run):
    data = read(run[0], "star")
    assert (data.to_df().T[list(COUNTS.columns)].to_numpy() == COUNTS.to_numpy()).all()
    record = data.uns["import"]
    assert record["star"]["strandedness"].tolist() == ["reverse"] * 6
    assert any("read as reverse libraries" in note for note in record["notes"])
    assert set(record["dropped_rows"]["row"]) == {"N_unmapped", "N_multimapping", "N_noFeature", "N_ambiguous"}


@pytest.mark.parametrize("cohort", ["feature_counts", "tenx", "tables", "anndata"])
def test_matrices_are_the_counts_that_were_written(run, cohort):
    data = read(run[0], cohort)
    assert (data.to_df().T[list(COUNTS.columns)].to_numpy() == COUNTS.to_numpy()).all()
    assert data.obs.loc[SHEET.index, "response"].tolist() == SHEET["response"].tolist()


def test_a_matrix_of_estimates_brings_its_lengths(run):
    data = read(run[0], "estimates")
    for sample in COUNTS.columns:
        assert data[sample].X[0].tolist() == (COUNTS[sample] * lengths_of(sample) / 1000).round().tolist()
        assert data[sample].layers["length"][0].tolist() == lengths_of(sample).tolist()
    assert any("rounded to whole numbers" in note for note in data.uns["import"]["notes"])


def test_salmon_and_rsem_agree(run):
    salmon, rsem = read(run[0], "salmon"), read(run[0], "rsem")
    rsem = rsem[salmon.obs_names, salmon.var_names]
    assert np.abs(salmon.X - rsem.X).max() <= 1
    for sample in COUNTS.columns:
        expected = pd.Series(lengths_of(sample), COUNTS.index)
        found = pd.Series(salmon[sample].layers["length"][0], salmon.var["written"].to_numpy())
        seen = COUNTS.index[COUNTS[sample] > 0]
        np.testing.assert_allclose(found[seen], expected[seen], rtol=1e-9)
    assert any("rounded to whole numbers" in note for note in salmon.uns["import"]["notes"])
    assert salmon.uns["import"]["rounding"]["sample"].tolist() == list(salmon.obs_names)


def test_every_number_rests_on_the_lengths(run):
    folder, _, _ = run
    data = read(folder, "salmon")
    fit = json.loads((folder / "results" / "salmon" / "response" / "fit.json").read_text())
    assert fit["transcript_lengths"] is True
    size_factors, factors = estimate_length_factors(np.asarray(data.X), data.layers["length"])
    assert list(fit["size_factors"].values()) == pytest.approx(list(size_factors))
    table = pd.read_csv(folder / "results/salmon/response/resistant_vs_sensitive/genes.tsv.gz", sep="\t")
    means = (np.asarray(data.X) / factors).mean(axis=0)
    np.testing.assert_allclose(table["base_mean"], means, rtol=1e-8)
    # A switch of transcripts is no change of expression: not in effects, nor on the scales that are plotted.
    switched = data.var["written"].isin(SWITCHED).to_numpy()
    high = means > 50
    shift = table["log2_fc"][switched & high].median() - table["log2_fc"][~switched & high].median()
    assert abs(shift) < 0.4
    normalised = anndata.read_h5ad(folder / "results/salmon/normalised.h5ad")
    resistant = (normalised.obs["response"] == "resistant").to_numpy()
    for layer in ("vst", "log_cpm"):
        values = normalised.layers[layer]
        change = values[resistant].mean(axis=0) - values[~resistant].mean(axis=0)
        assert abs(np.median(change[switched & high]) - np.median(change[~switched & high])) < 0.4, layer
    quality = pd.read_csv(folder / "results/salmon/quality.tsv", sep="\t", index_col="sample")
    assert quality["size_factor"].loc[data.obs_names].tolist() == pytest.approx(list(size_factors))
    # The fits with one thing changed too: the filter alone moves no effect by a switch.
    variants = pd.read_csv(folder / "results/salmon/response/sensitivity.tsv.gz", sep="\t")
    other = variants[variants["kind"] == "filter"].set_index("gene_id")["log2_fc"].dropna()
    main = table.set_index("gene_id")["log2_fc"].loc[other.index]
    assert len(other) > 20 and np.median(np.abs(other - main)) < 0.05


def test_a_file_inside_a_folder_is_an_input(run):
    folder, path, targets = run
    same = run_workflow(folder, path, "-n", *targets)
    assert "Nothing to be done" in same.stdout, same.stdout
    file = folder / "star" / "S3_ReadsPerGene.out.tab"
    file.write_text(file.read_text().replace("N_unmapped\t9", "N_unmapped\t8"))
    assert jobs_of(run_workflow(folder, path, "-n", *targets).stdout) == {"import_counts": 1, "total": 1}
    (folder / "rsem" / "S1.genes.results").unlink()
    gone = run_workflow(folder, path, "-n", *targets)
    assert gone.returncode == 1 and "Only in the sheet: S1. Only in the counts: none" in gone.stdout
