# Needs: counts.h5ad. Makes: per model one fit, and per contrast of it the table of all genes and its pictures.

CONTRAST_FIGURES = ("volcano", "mean_difference", "p_values", "second_opinion")


# One rule per model, since a rule's output cannot depend on its wildcards: fit_model_lsc_response and so on.
for model in SETTINGS.models:

    rule:
        name:
            f"fit_model_{model}"
        input:
            **of_script("fit_model"),
            counts="results/{cohort}/counts.h5ad",
            fractions=estimated_fractions,
        output:
            design=f"results/{{cohort}}/{model}/design.tsv",
            dispersions=f"results/{{cohort}}/{model}/dispersions.tsv.gz",
            fit=f"results/{{cohort}}/{model}/fit.json",
            samples=f"results/{{cohort}}/{model}/samples.tsv",
            unwanted=f"results/{{cohort}}/{model}/unwanted_factors.tsv",
            single_samples=f"results/{{cohort}}/{model}/single_samples.tsv.gz",
            second_opinion=f"results/{{cohort}}/{model}/second_opinion.tsv.gz",
            genes=[
                report(
                    f"results/{{cohort}}/{model}/{contrast}/genes.tsv.gz",
                    category="Differential expression",
                    subcategory=f"{{cohort}}: {model}",
                    labels={"contrast": contrast, "table": "genes"},
                    caption="../report/genes.rst",
                )
                for contrast in SETTINGS.models[model].contrasts
            ],
            record=f"results/{{cohort}}/records/fit_model.{model}.json",
        log:
            f"logs/fit_model/{{cohort}}.{model}.log",
        conda:
            "../../envs/analysis.yaml"
        threads: fit_threads
        resources:
            mem_mb=grows(1100, 8),
            runtime=grows(5, 0.2),
        params:
            name=model,
            model=literally(model_entry(model)),
            statistics=CONFIG["statistics"],
            engine=SETTINGS.engine,
            second_opinion=list(SETTINGS.second_opinion),
        message:
            f"{{wildcards.cohort}}: fitting {model} and testing its contrasts"
        script:
            "../scripts/fit_model.py"


rule vary_model:
    input:
        **of_script("vary_model"),
        counts="results/{cohort}/counts.h5ad",
        scores="results/{cohort}/scores.tsv",
        panel=panel_of,
    output:
        sensitivity="results/{cohort}/{model}/sensitivity.tsv.gz",
        record="results/{cohort}/records/vary_model.{model}.json",
    log:
        "logs/vary_model/{cohort}.{model}.log",
    conda:
        "../../envs/analysis.yaml"
    threads: fit_threads
    resources:
        mem_mb=grows(1100, 8),
        runtime=grows(15, 2),
    params:
        name="{model}",
        model=lambda wildcards: model_entry(wildcards.model),
        statistics=CONFIG["statistics"],
        numeric=lambda wildcards: covariates_of(wildcards.cohort),
        engine=SETTINGS.engine,
    message:
        "{wildcards.cohort}: fitting {wildcards.model} with one thing changed at a time"
    script:
        "../scripts/vary_model.py"


# As for the fits, one rule per model: all that is drawn of it in one process, whose start costs as much as a figure.
for model in SETTINGS.models:

    rule:
        name:
            f"plot_model_{model}"
        input:
            **of_script("plot_model"),
            normalised="results/{cohort}/normalised.h5ad",
            panel="results/{cohort}/panel.tsv",
            samples=f"results/{{cohort}}/{model}/samples.tsv",
            fit=f"results/{{cohort}}/{model}/fit.json",
            dispersions=f"results/{{cohort}}/{model}/dispersions.tsv.gz",
            second_opinion=f"results/{{cohort}}/{model}/second_opinion.tsv.gz",
            genes=expand(
                "results/{{cohort}}/{model}/{contrast}/genes.tsv.gz",
                model=model,
                contrast=SETTINGS.models[model].contrasts,
            ),
        output:
            **{
                name: [
                    report(
                        f"results/{{cohort}}/{model}/{contrast}/{name}.svg",
                        category="Differential expression",
                        subcategory=f"{{cohort}}: {model}",
                        labels={"contrast": contrast, "figure": name.replace("_", " ")},
                        caption="../report/contrast.rst",
                    )
                    for contrast in SETTINGS.models[model].contrasts
                ]
                for name in CONTRAST_FIGURES
            },
            dispersions=report(
                f"results/{{cohort}}/{model}/dispersions.svg",
                category="Differential expression",
                subcategory=f"{{cohort}}: {model}",
                labels={"figure": "dispersions"},
                caption="../report/dispersions.rst",
            ),
            samples=report(
                f"results/{{cohort}}/{model}/primary_genes.svg",
                category="Panel",
                subcategory="{cohort}",
                labels={"figure": "primary genes in every sample", "model": model},
                caption="../report/samples.rst",
            ),
            pdfs=[
                f"results/{{cohort}}/{model}/dispersions.pdf",
                f"results/{{cohort}}/{model}/primary_genes.pdf",
                *expand(
                    "results/{{cohort}}/{model}/{contrast}/{name}.pdf",
                    model=model,
                    contrast=SETTINGS.models[model].contrasts,
                    name=CONTRAST_FIGURES,
                ),
            ],
            record=f"results/{{cohort}}/records/plot_model.{model}.json",
        log:
            f"logs/plot_model/{{cohort}}.{model}.log",
        # As in profiles/slurm, which cannot name rules of models.
        group:
            "report"
        conda:
            "../../envs/report.yaml"
        resources:
            mem_mb=grows(900, 2, of="normalised"),
            runtime=grows(5, 0.1, of="normalised"),
        params:
            name=model,
            model=literally(CONFIG["models"][model]),
            statistics=CONFIG["statistics"],
        message:
            f"{{wildcards.cohort}}: drawing {model} and its contrasts"
        script:
            "../scripts/plot_model.py"
