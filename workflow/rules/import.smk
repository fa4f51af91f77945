# Needs: the counts and sample sheet of a cohort. Makes: results/{cohort}/counts.h5ad, the contract of all later steps.

# Counts at an address are fetched once. When they are there with the right checksum this rule is gone, and nothing asks
# the network any more.
if AT_ADDRESS:

    rule fetch_counts:
        input:
            **of_script("fetch_counts"),
        output:
            "results/{cohort}/input/{file}",
            record="results/{cohort}/records/fetch_counts.{file}.json",
        log:
            "logs/fetch_counts/{cohort}.{file}.log",
        wildcard_constraints:
            cohort="|".join(AT_ADDRESS),
            file="[^/]+",
        localrule: True
        conda:
            "../../envs/analysis.yaml"
        params:
            # A function of the input, though it has none: snakemake keeps no record of such parameters, nor of passwords.
            download=lambda wildcards, input: vars(SETTINGS.cohorts[wildcards.cohort].download),
        message:
            "{wildcards.cohort}: fetching counts"
        script:
            "../scripts/fetch_counts.py"


rule import_counts:
    input:
        **of_script("import_counts"),
        counts=lambda wildcards: count_files(wildcards.cohort),
        sheet=lambda wildcards: named_files(wildcards.cohort, "samples", "transcripts", "lengths", "probes"),
        genes=GENES,
        refused=REFUSED,
        mouse_genes=MOUSE_GENES,
        own_genes=lambda wildcards: named_files(wildcards.cohort, "genes"),
        panel=panel_of,
    output:
        counts="results/{cohort}/counts.h5ad",
        record="results/{cohort}/records/import_counts.json",
    log:
        "logs/import_counts/{cohort}.log",
    wildcard_constraints:
        cohort="|".join(name for name in SETTINGS.cohorts if name not in CELL_COHORTS) or "(?!)",
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=grows(1000, 30, of="counts"),
        runtime=grows(5, 0.5, of="counts"),
    params:
        cohort=lambda wildcards: cohort_entry(wildcards.cohort),
        samples_schema=SAMPLES_SCHEMA,
    message:
        "{wildcards.cohort}: reading counts and sample sheet"
    script:
        "../scripts/import_counts.py"
