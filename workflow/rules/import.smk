# Needs: the count matrix and sample sheet of a cohort. Makes: results/{cohort}/counts.h5ad, the contract of all later steps.


rule import_counts:
    input:
        # A cohort of an .h5ad file may have no sheet.
        data=lambda wildcards: [
            local(path)
            for path in (SETTINGS.cohorts[wildcards.cohort].counts, SETTINGS.cohorts[wildcards.cohort].samples)
            if path
        ],
        genes=source("../../resources/genes/human_grch38.tsv.gz"),
        refused=source("../../resources/genes/refused_aliases.tsv"),
        panel=PANEL,
        script=source("../scripts/import_counts.py"),
        library=library(*COHORT, "tables", "log"),
    output:
        counts="results/{cohort}/counts.h5ad",
    log:
        "logs/import_counts/{cohort}.log",
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=grows(1000, 30, of="data"),
        runtime=grows(5, 0.5, of="data"),
    params:
        cohort=lambda wildcards: cohort_entry(wildcards.cohort),
        samples_schema=SAMPLES_SCHEMA,
    message:
        "{wildcards.cohort}: reading counts and sample sheet"
    script:
        "../scripts/import_counts.py"
