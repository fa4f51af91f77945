"""`snakemake check`: what a configuration asks for in words, or all that is wrong; nothing is run."""

import pytest
import yaml

from tests.workflow.conftest import REPOSITORY, run_snakemake, write_config


@pytest.fixture
def template(tmp_path):
    """A folder with the template's tables, and its configuration to change."""
    (tmp_path / "config").symlink_to(REPOSITORY / "config")
    return tmp_path, yaml.safe_load((REPOSITORY / "config" / "config.yaml").read_text())


def check(folder, config):
    path = write_config(folder / "mine.yaml", config)
    snakefile = REPOSITORY / "workflow" / "Snakefile"
    return run_snakemake(folder, "check", "-s", snakefile, "--configfile", path)


def left(folder):
    return {path.name for path in folder.iterdir()} - {".snakemake"}


def test_a_good_configuration_is_described_in_words(template):
    folder, config = template
    entry = config["cohorts"]["my_cohort"]
    config["cohorts"]["other"] = {**entry, "title": "Another", "exclude": {"S6": "degraded"}, "models": ["paired"]}
    contrasts = config["models"]["response"]["contrasts"]
    config["models"]["paired"] = {"design": "~ sex + response", "contrasts": contrasts}
    run = check(folder, config)
    assert run.returncode == 0, run.stdout
    for line in (
        "Cohort my_cohort: My cohort",
        "  simulated data; every output says so",
        "  counts   config/counts.tsv: 374 genes in 6 samples",
        "  samples  config/samples.tsv: 6, with patient, compartment, response, sex",
        "  Model response: Stem cells by response",
        "    ~ response   6 samples, 2 coefficients, 4 residual degrees of freedom",
        "    resistant_vs_sensitive: 3 resistant against 3 sensitive; up means higher in resistant",
        "Genes of my_cohort",
        "  rows     374: 373 known by Ensembl id, 1 known by a name of the fusion",
        "Cohort other: Another",
        "  counts   config/counts.tsv: 374 genes in 5 samples",
        "    resistant_vs_sensitive: 3 resistant against 2 sensitive, adjusted for sex; up means higher in resistant",
        "Notes",
        "  - sample S6 was left out: degraded",
        "Warnings",
    ):
        assert line in run.stdout.splitlines(), line
    assert "sex is uneven and not in the design" in run.stdout
    assert "warnings to read. Nothing was run." in run.stdout
    assert left(folder) == {"config", "mine.yaml", "logs"}
    assert (folder / "logs" / "check.log").read_text().rstrip() in run.stdout


def test_genes_of_another_species_are_refused_until_the_configuration_names_it(template):
    folder, config = template
    counts = (REPOSITORY / "config" / "counts.tsv").read_text().replace("ENSG", "ENSMUSG")
    (folder / "mouse.tsv").write_text(counts)
    config["cohorts"]["my_cohort"]["counts"] = "mouse.tsv"
    run = check(folder, config)
    assert run.returncode == 1 and "Traceback" not in run.stdout
    assert "config, cohorts.my_cohort.species: " in run.stdout and "are identifiers of mouse" in run.stdout
    config["cohorts"]["my_cohort"]["species"] = "mouse"
    run = check(folder, config)
    assert run.returncode == 0, run.stdout
    assert "  species  mouse" in run.stdout.splitlines() and "are there; not " in run.stdout
    assert "have no single orthologue in mouse, and nothing is said of them: " in run.stdout
    config["cohorts"]["my_cohort"]["species"] = "other"
    run = check(folder, config)
    assert run.returncode == 0, run.stdout
    assert "  panel    1 of 227 are there; not " in run.stdout
    assert "known by the name they have in the counts (a species whose genes are not given)" in run.stdout


def test_braces_in_titles_and_reasons_are_text(template):
    """Snakemake would take them for wildcards."""
    folder, config = template
    config["cohorts"]["my_cohort"] |= {"title": "A {x} cohort", "exclude": {"S6": "the {sample} was lost"}}
    config["models"]["response"]["title"] = "{cohort}: {model}"
    run = check(folder, config)
    assert "WildcardError" not in run.stdout and "Traceback" not in run.stdout
    assert "Cohort my_cohort: A {x} cohort" in run.stdout, run.stdout
    assert "  Model response: {cohort}: {model}" in run.stdout
    snakefile = REPOSITORY / "workflow" / "Snakefile"
    planned = run_snakemake(folder, "--dry-run", "-s", snakefile, "--configfile", folder / "mine.yaml")
    assert planned.returncode == 0, planned.stdout


def test_a_bad_one_lists_everything_and_fails(template):
    folder, config = template
    config["models"]["response"]["design"] = "~ lane + response"
    config["cohorts"]["none"] = {**config["cohorts"]["my_cohort"], "counts": "star"}
    config["cohorts"]["two"] = {**config["cohorts"]["my_cohort"], "strandedness": "forward"}
    run = check(folder, config)
    assert run.returncode == 1
    assert "Nothing was run and nothing was written." in run.stdout and "Traceback" not in run.stdout
    for words in ('"lane"', "star: cannot be read", 'the config gives "strandedness", but these are a table of counts'):
        assert words in run.stdout, words
    assert left(folder) == {"config", "mine.yaml"}


def test_the_engine_that_knows_no_lengths_is_reported(template):
    folder, config = template
    (folder / "lengths.tsv").write_text(
        "\n".join(
            "\t".join([line.split("\t")[0], *["1000"] * 6]) if i else line
            for i, line in enumerate((REPOSITORY / "config" / "counts.tsv").read_text().splitlines())
        )
    )
    config["cohorts"]["my_cohort"]["lengths"] = "lengths.tsv"
    config["engine"] = "pydeseq2"
    run = check(folder, config)
    assert run.returncode == 1 and "PyDESeq2 has no normalisation by transcript lengths" in run.stdout
