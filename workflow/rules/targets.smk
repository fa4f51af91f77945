# Needs: counts.h5ad and every gene table of a cohort. Makes: panel.tsv, the panel genes in every contrast, with pictures.


rule tabulate_panel:
    input:
        counts="results/{cohort}/counts.h5ad",
        panel=PANEL,
        fits=lambda wildcards: [
            f"results/{wildcards.cohort}/{model}/fit.json" for model, _ in contrasts_of(wildcards.cohort)
        ],
        tables=per_contrast("results/{cohort}/{model}/{contrast}/genes.tsv.gz"),
        variants=lambda wildcards: [
            f"results/{wildcards.cohort}/{model}/sensitivity.tsv.gz"
            for model, _ in contrasts_of(wildcards.cohort)
            if SETTINGS.sensitivity
        ],
        library=library(
            *PACKAGE,
            "readers/__init__",
            "readers/text",
            "genes",
            "outcomes",
            "multiplicity",
            "panel",
            "composition",
            "robustness",
            "tables",
            "log",
        ),
    output:
        panel=report(
            "results/{cohort}/panel.tsv",
            category="Panel",
            subcategory="{cohort}",
            labels={"table": "panel genes in every contrast"},
            caption="../report/panel.rst",
        ),
    log:
        "logs/tabulate_panel/{cohort}.log",
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=lambda wildcards, input: 600 + 12 * int(input.size_mb),
    params:
        contrasts=lambda wildcards: contrasts_of(wildcards.cohort),
    message:
        "{wildcards.cohort}: collecting the panel genes"
    script:
        "../scripts/tabulate_panel.py"


rule plot_panel:
    input:
        panel="results/{cohort}/panel.tsv",
        library=library(*STYLE, "figures/panel"),
    output:
        panel=report(
            "results/{cohort}/figures/panel.svg",
            category="Panel",
            subcategory="{cohort}",
            labels={"figure": "panel genes in every contrast"},
            caption="../report/panel.rst",
        ),
    log:
        "logs/plot_panel/{cohort}.log",
    conda:
        "../../envs/report.yaml"
    resources:
        mem_mb=600,
    params:
        alpha=SETTINGS.statistics.alpha,
    message:
        "{wildcards.cohort}: drawing the panel"
    script:
        "../scripts/plot_panel.py"


if SETTINGS.sensitivity:

    rule plot_sensitivity:
        input:
            panel="results/{cohort}/panel.tsv",
            variants=per_model("results/{cohort}/{model}/sensitivity.tsv.gz"),
            library=library(*STYLE, "outcomes", "multiplicity", "robustness", "figures/sensitivity"),
        output:
            sensitivity=report(
                "results/{cohort}/figures/sensitivity.svg",
                category="Panel",
                subcategory="{cohort}",
                labels={"figure": "primary genes in every fit with one thing changed"},
                caption="../report/sensitivity.rst",
            ),
        log:
            "logs/plot_sensitivity/{cohort}.log",
        conda:
            "../../envs/report.yaml"
        resources:
            mem_mb=600,
        params:
            titles=lambda wildcards: [
                [model, contrast, SETTINGS.models[model].title, SETTINGS.models[model].contrasts[contrast].title]
                for model, contrast in contrasts_of(wildcards.cohort)
            ],
            alpha=SETTINGS.statistics.alpha,
            margin=SETTINGS.statistics.equivalence_margin,
        message:
            "{wildcards.cohort}: drawing the primary genes in every fit with one thing changed"
        script:
            "../scripts/plot_sensitivity.py"
