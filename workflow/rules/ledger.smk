# Needs: all results of a cohort. Makes: ro-crate-metadata.json, what made them.

# What the ledger holds checksums of, beside the tables of fits and contrasts.
RESULTS = [
    *("counts.h5ad", "quality.tsv", "scores.tsv", "score_tests.tsv", "correlations.tsv", "panel.tsv"),
    *(["claims.tsv"] if CLAIMS else []),
    *(["gene_sets.tsv.gz"] if GENE_SETS else []),
    *("report.html", "tables.xlsx"),
]


rule write_ledger:
    input:
        data=lambda wildcards: [
            *count_files(wildcards.cohort),
            *named_files(wildcards.cohort, "samples", "transcripts", "lengths"),
        ],
        panel=[PANEL],
        claims_files=CLAIMS,
        gene_sets=GENE_SETS,
        genes=[GENES, REFUSED],
        fits=per_model("results/{cohort}/{model}/fit.json"),
        tables=per_contrast("results/{cohort}/{model}/{contrast}/genes.tsv.gz"),
        results=expand("results/{{cohort}}/{name}", name=RESULTS),
        script=source("../scripts/write_ledger.py"),
        library=library("__init__", "ledger", "tables", "log"),
    output:
        ledger="results/{cohort}/ro-crate-metadata.json",
    log:
        "logs/write_ledger/{cohort}.log",
    conda:
        "../../envs/report.yaml"
    resources:
        mem_mb=grows(1100),
        runtime=grows(10),
    params:
        config=lambda wildcards: {
            **{key: value for key, value in CONFIG.items() if key not in ("cohorts", "models")},
            "cohort": CONFIG["cohorts"][wildcards.cohort],
            "models": {name: CONFIG["models"][name] for name in SETTINGS.cohorts[wildcards.cohort].models},
        },
        title=lambda wildcards: SETTINGS.cohorts[wildcards.cohort].title,
        data_origin=lambda wildcards: SETTINGS.cohorts[wildcards.cohort].data_origin,
    message:
        "{wildcards.cohort}: writing down what made the results"
    script:
        "../scripts/write_ledger.py"
