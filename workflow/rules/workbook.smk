# Needs: all tables of a cohort. Makes: tables.xlsx, to take them away in one file, and what describes them to programs.

TABLES = [
    *("quality.tsv", "associations.tsv", "scores.tsv", "score_tests.tsv", "correlations.tsv", "panel.tsv"),
    *(["claims.tsv"] if CLAIMS else []),
    *(["changed_verdicts.tsv"] if CLAIMS and SETTINGS.sensitivity else []),
    *(["gene_sets.tsv.gz"] if GENE_SETS else []),
    *(["activities.tsv.gz"] if NETWORKS else []),
]
# Those of cells that a reader wants to take away.
SHEETS_OF_CELLS = [
    *("pseudobulks.tsv", "detection.tsv.gz", "survivors.tsv", "composition.tsv", "codetection.tsv"),
    *("codetection_patients.tsv", "makers.tsv", "lost.tsv"),
]
TABLES_OF_MODELS = [
    *(
        "design.tsv",
        "samples.tsv",
        "unwanted_factors.tsv",
        "dispersions.tsv.gz",
        "single_samples.tsv.gz",
        "second_opinion.tsv.gz",
    ),
    *(["sensitivity.tsv.gz"] if SETTINGS.sensitivity else []),
]
# What core facilities collect from many tools into one report.
MULTIQC = {
    name: f"multiqc/autocrine_{name}_mqc.json" for name in ["quality", "comparisons", *(["claims"] if CLAIMS else [])]
}


rule describe_tables:
    input:
        **of_script("describe_tables"),
        tables=lambda wildcards: [
            *(
                f"results/{wildcards.cohort}/{name}"
                for name in [*TABLES, *FRACTION_FILES * bool(SETTINGS.cohorts[wildcards.cohort].fraction_reference)]
            ),
            *of_outcomes("results/{cohort}/outcomes.tsv")(wildcards),
            *of_cells(*(f"results/{{cohort}}/cells/{name}" for name in TABLES_OF_CELLS))(wildcards),
            *(
                path
                for name in TABLES_OF_MODELS
                for path in per_model(f"results/{{cohort}}/{{model}}/{name}")(wildcards)
            ),
            *per_contrast("results/{cohort}/{model}/{contrast}/genes.tsv.gz")(wildcards),
        ],
    output:
        **{name: f"results/{{cohort}}/{path}" for name, path in MULTIQC.items()},
        package="results/{cohort}/datapackage.json",
        record="results/{cohort}/records/describe_tables.json",
    log:
        "logs/describe_tables/{cohort}.log",
    conda:
        "../../envs/report.yaml"
    resources:
        mem_mb=grows(1100),
        runtime=grows(10),
    params:
        title=lambda wildcards: SETTINGS.cohorts[wildcards.cohort].title,
        data_origin=lambda wildcards: SETTINGS.cohorts[wildcards.cohort].data_origin,
    message:
        "{wildcards.cohort}: describing the tables to programs"
    script:
        "../scripts/describe_tables.py"


rule write_workbook:
    input:
        **of_script("write_workbook"),
        claims="results/{cohort}/claims.tsv" if CLAIMS else [],
        panel="results/{cohort}/panel.tsv",
        scores="results/{cohort}/scores.tsv",
        tests="results/{cohort}/score_tests.tsv",
        pairs="results/{cohort}/correlations.tsv",
        gene_sets="results/{cohort}/gene_sets.tsv.gz" if GENE_SETS else [],
        activities="results/{cohort}/activities.tsv.gz" if NETWORKS else [],
        outcomes=of_outcomes("results/{cohort}/outcomes.tsv"),
        cells=of_cells(*(f"results/{{cohort}}/cells/{name}" for name in SHEETS_OF_CELLS)),
        quality="results/{cohort}/quality.tsv",
        tables=per_contrast("results/{cohort}/{model}/{contrast}/genes.tsv.gz"),
        variants=per_model("results/{cohort}/{model}/sensitivity.tsv.gz") if SETTINGS.sensitivity else [],
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
        calls=SETTINGS.statistics.calls,
        data_origin=lambda wildcards: SETTINGS.cohorts[wildcards.cohort].data_origin,
    message:
        "{wildcards.cohort}: writing the workbook"
    script:
        "../scripts/write_workbook.py"
