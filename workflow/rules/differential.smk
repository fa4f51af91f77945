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
    priority: SOON
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


# Outputs cannot depend on the cohort here either, so cohorts of the same models share rules.
for number, (cohorts, models) in enumerate(drawn_together(), 1):

    rule:
        name:
            f"plot_models_{number}"
        input:
            **of_script("plot_models"),
            normalised="results/{cohort}/normalised.h5ad",
            panel="results/{cohort}/panel.tsv",
            samples=expand("results/{{cohort}}/{model}/samples.tsv", model=models),
            fits=expand("results/{{cohort}}/{model}/fit.json", model=models),
            dispersions=expand("results/{{cohort}}/{model}/dispersions.tsv.gz", model=models),
            second_opinions=expand("results/{{cohort}}/{model}/second_opinion.tsv.gz", model=models),
            genes=of_contrasts(models, "genes.tsv.gz"),
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
                    for model in models
                    for contrast in SETTINGS.models[model].contrasts
                ]
                for name in CONTRAST_FIGURES
            },
            dispersions=[
                report(
                    f"results/{{cohort}}/{model}/dispersions.svg",
                    category="Differential expression",
                    subcategory=f"{{cohort}}: {model}",
                    labels={"figure": "dispersions"},
                    caption="../report/dispersions.rst",
                )
                for model in models
            ],
            samples=[
                report(
                    f"results/{{cohort}}/{model}/primary_genes.svg",
                    category="Panel",
                    subcategory="{cohort}",
                    labels={"figure": "primary genes in every sample", "model": model},
                    caption="../report/samples.rst",
                )
                for model in models
            ],
            pdfs=[
                *expand("results/{{cohort}}/{model}/{name}.pdf", model=models, name=("dispersions", "primary_genes")),
                *(path for name in CONTRAST_FIGURES for path in of_contrasts(models, f"{name}.pdf")),
            ],
            record=f"results/{{cohort}}/records/plot_models.{models[0]}.json",
        log:
            f"logs/plot_models/{{cohort}}.{models[0]}.log",
        wildcard_constraints:
            cohort="|".join(cohorts),
        priority: SOON
        # As in profiles/slurm, which cannot name rules of models.
        group:
            "report"
        conda:
            "../../envs/report.yaml"
        resources:
            mem_mb=grows(900, 2, of="normalised"),
            runtime=grows(10, 0.1, of="normalised"),
        params:
            models=literally({model: CONFIG["models"][model] for model in models}),
            statistics=CONFIG["statistics"],
        message:
            f"{{wildcards.cohort}}: drawing {listed(models)}"
        script:
            "../scripts/plot_models.py"
