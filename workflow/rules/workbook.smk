# Needs: all tables of a cohort. Makes: tables.xlsx, to take them away in one file.


rule write_workbook:
    input:
        **of_script("write_workbook"),
        claims="results/{cohort}/claims.tsv" if CLAIMS else [],
        panel="results/{cohort}/panel.tsv",
        scores="results/{cohort}/scores.tsv",
        tests="results/{cohort}/score_tests.tsv",
        pairs="results/{cohort}/correlations.tsv",
        gene_sets="results/{cohort}/gene_sets.tsv.gz" if GENE_SETS else [],
        quality="results/{cohort}/quality.tsv",
        tables=per_contrast("results/{cohort}/{model}/{contrast}/genes.tsv.gz"),
    output:
        workbook="results/{cohort}/tables.xlsx",
        record="results/{cohort}/records/write_workbook.json",
    log:
        "logs/write_workbook/{cohort}.log",
    conda:
        "../../envs/report.yaml"
    resources:
        mem_mb=grows(1100, 8, of="tables"),
        runtime=grows(10, 0.5, of="tables"),
    params:
        title=lambda wildcards: SETTINGS.cohorts[wildcards.cohort].title,
        titles=titles_of,
        alpha=SETTINGS.statistics.alpha,
        data_origin=lambda wildcards: SETTINGS.cohorts[wildcards.cohort].data_origin,
    message:
        "{wildcards.cohort}: writing the workbook"
    script:
        "../scripts/write_workbook.py"
