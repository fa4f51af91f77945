# Needs: all results of a cohort. Makes: ro-crate-metadata.json, what made them.

# What the ledger holds checksums of: all files in the folder of a cohort, but those of single files of cells, which the sums are
# made of, and the records of jobs, which have checksums of their own.
RESULTS = [
    *("counts.h5ad", "normalised.h5ad", *TABLES),
    *("report.html", "tables.xlsx", "datapackage.json", *MULTIQC.values()),
    *figure_files("figures", [*QUALITY_FIGURES, "model_components", "panel", "story"]),
    *(figure_files("figures", ["sensitivity"]) if SETTINGS.sensitivity else []),
    *(figure_files("figures", ["second_opinions"]) if SETTINGS.second_opinion else []),
    *(figure_files("figures", ["activities"]) if NETWORKS else []),
]
OF_MODELS = [*TABLES_OF_MODELS, *figure_files("", ["dispersions", "primary_genes"])]
OF_CONTRASTS = ["genes.tsv.gz", *figure_files("", CONTRAST_FIGURES)]


rule write_ledger:
    input:
        **of_script("write_ledger"),
        workflow=source("../Snakefile"),
        data=lambda wildcards: [
            *count_files(wildcards.cohort),
            *named_files(wildcards.cohort, *FILE_KEYS),
            *label_file(wildcards.cohort),
            *reference_file(wildcards.cohort),
        ],
        panel=[PANEL],
        claims_files=CLAIMS,
        gene_sets=[*GENE_SETS, *NETWORKS],
        genes=[GENES, REFUSED, MOUSE_GENES],
        records=lambda wildcards: records_of(wildcards.cohort),
        fits=per_model("results/{cohort}/{model}/fit.json"),
        results=lambda wildcards: [
            f"results/{wildcards.cohort}/{name}"
            for name in [
                *RESULTS,
                *FRACTION_FILES * bool(SETTINGS.cohorts[wildcards.cohort].fraction_reference),
                *figure_files("figures", WITHOUT * bool(SETTINGS.cohorts[wildcards.cohort].show_without)),
            ]
        ],
        outcomes=of_outcomes(
            "results/{cohort}/outcomes.tsv",
            *(f"results/{{cohort}}/{file}" for file in figure_files("figures", OUTCOME_FIGURES)),
        ),
        cells=of_cells(
            *(f"results/{{cohort}}/cells/{file}" for file in ["cells.h5ad", "detected.h5ad", *TABLES_OF_CELLS]),
            *(
                f"results/{{cohort}}/{file}"
                for name, _ in CELL_FIGURES.values()
                for file in figure_files("figures", [name])
            ),
        ),
        picture=of_picture("results/{cohort}/figures/sketch.png"),
        sketch=of_picture("results/{cohort}/cells/sketch.h5ad"),
        of_models=lambda wildcards: [
            path for name in OF_MODELS for path in per_model(f"results/{{cohort}}/{{model}}/{name}")(wildcards)
        ],
        of_contrasts=lambda wildcards: [
            path
            for name in OF_CONTRASTS
            for path in per_contrast(f"results/{{cohort}}/{{model}}/{{contrast}}/{name}")(wildcards)
        ],
    output:
        ledger="results/{cohort}/ro-crate-metadata.json",
        workflow="results/{cohort}/records/Snakefile",
        record="results/{cohort}/records/write_ledger.json",
    log:
        "logs/write_ledger/{cohort}.log",
    conda:
        "../../envs/report.yaml"
    resources:
        mem_mb=grows(1100),
        runtime=grows(10),
    params:
        config=lambda wildcards: {
            **{key: value for key, value in CONFIG.items() if key not in ("cohorts", "models", *NO_RESULT)},
            "cohort": CONFIG["cohorts"][wildcards.cohort],
            "models": {name: CONFIG["models"][name] for name in SETTINGS.cohorts[wildcards.cohort].models},
        },
        title=lambda wildcards: SETTINGS.cohorts[wildcards.cohort].title,
        data_origin=lambda wildcards: SETTINGS.cohorts[wildcards.cohort].data_origin,
        hosted=lambda wildcards: hosted_version(),
    message:
        "{wildcards.cohort}: writing down what made the results"
    script:
        "../scripts/write_ledger.py"
