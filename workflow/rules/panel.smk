# Needs: counts.h5ad and every gene table of a cohort. Makes: panel.tsv, the panel genes in every contrast, with pictures.


rule tabulate_panel:
    input:
        **of_script("tabulate_panel"),
        counts="results/{cohort}/counts.h5ad",
        panel=PANEL,
        fits=lambda wildcards: [
            f"results/{wildcards.cohort}/{model}/fit.json" for model, _ in contrasts_of(wildcards.cohort)
        ],
        tables=per_contrast("results/{cohort}/{model}/{contrast}/genes.tsv.gz"),
        single_samples=per_contrast("results/{cohort}/{model}/single_samples.tsv.gz"),
        variants=lambda wildcards: [
            f"results/{wildcards.cohort}/{model}/sensitivity.tsv.gz"
            for model, _ in contrasts_of(wildcards.cohort)
            if SETTINGS.sensitivity
        ],
    output:
        panel=report(
            "results/{cohort}/panel.tsv",
            category="Panel",
            subcategory="{cohort}",
            labels={"table": "panel genes in every contrast"},
            caption="../report/panel.rst",
        ),
        record="results/{cohort}/records/tabulate_panel.json",
    log:
        "logs/tabulate_panel/{cohort}.log",
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=grows(1000, 4),
        runtime=grows(5, 0.1),
    params:
        contrasts=lambda wildcards: contrasts_of(wildcards.cohort),
    message:
        "{wildcards.cohort}: collecting the panel genes"
    script:
        "../scripts/tabulate_panel.py"


rule plot_panel:
    input:
        **of_script("plot_panel"),
        panel="results/{cohort}/panel.tsv",
    output:
        panel=report(
            "results/{cohort}/figures/panel.svg",
            category="Panel",
            subcategory="{cohort}",
            labels={"figure": "panel genes in every contrast"},
            caption="../report/panel.rst",
        ),
        pdf="results/{cohort}/figures/panel.pdf",
        record="results/{cohort}/records/plot_panel.json",
    log:
        "logs/plot_panel/{cohort}.log",
    conda:
        "../../envs/report.yaml"
    resources:
        mem_mb=grows(900),
        runtime=grows(5),
    params:
        titles=titles_of,
    message:
        "{wildcards.cohort}: drawing the panel"
    script:
        "../scripts/plot_panel.py"


rule plot_story:
    input:
        **of_script("plot_story"),
        panel="results/{cohort}/panel.tsv",
        fits=per_model("results/{cohort}/{model}/fit.json"),
    output:
        story=report(
            "results/{cohort}/figures/story.svg",
            category="Panel",
            subcategory="{cohort}",
            labels={"figure": "primary genes in every comparison"},
            caption="../report/story.rst",
        ),
        pdf="results/{cohort}/figures/story.pdf",
        record="results/{cohort}/records/plot_story.json",
    log:
        "logs/plot_story/{cohort}.log",
    conda:
        "../../envs/report.yaml"
    resources:
        mem_mb=grows(900),
        runtime=grows(5),
    params:
        titles=titles_of,
    message:
        "{wildcards.cohort}: drawing the primary genes in every comparison"
    script:
        "../scripts/plot_story.py"


rule plot_samples:
    input:
        **of_script("plot_samples"),
        normalised="results/{cohort}/normalised.h5ad",
        panel="results/{cohort}/panel.tsv",
        samples="results/{cohort}/{model}/samples.tsv",
        fit="results/{cohort}/{model}/fit.json",
    output:
        samples=report(
            "results/{cohort}/{model}/primary_genes.svg",
            category="Panel",
            subcategory="{cohort}",
            labels={"figure": "primary genes in every sample", "model": "{model}"},
            caption="../report/samples.rst",
        ),
        pdf="results/{cohort}/{model}/primary_genes.pdf",
        record="results/{cohort}/records/plot_samples.{model}.json",
    log:
        "logs/plot_samples/{cohort}.{model}.log",
    conda:
        "../../envs/report.yaml"
    resources:
        mem_mb=grows(900, 2, of="normalised"),
        runtime=grows(5),
    params:
        model=lambda wildcards: CONFIG["models"][wildcards.model],
    message:
        "{wildcards.cohort}: drawing the primary genes in the samples of {wildcards.model}"
    script:
        "../scripts/plot_samples.py"


if SETTINGS.sensitivity:

    rule plot_sensitivity:
        input:
            **of_script("plot_sensitivity"),
            panel="results/{cohort}/panel.tsv",
            variants=per_model("results/{cohort}/{model}/sensitivity.tsv.gz"),
        output:
            sensitivity=report(
                "results/{cohort}/figures/sensitivity.svg",
                category="Panel",
                subcategory="{cohort}",
                labels={"figure": "primary genes in every fit with one thing changed"},
                caption="../report/sensitivity.rst",
            ),
            pdf="results/{cohort}/figures/sensitivity.pdf",
            record="results/{cohort}/records/plot_sensitivity.json",
        log:
            "logs/plot_sensitivity/{cohort}.log",
        conda:
            "../../envs/report.yaml"
        resources:
            mem_mb=grows(1000),
            runtime=grows(5),
        params:
            titles=titles_of,
            alpha=SETTINGS.statistics.alpha,
        message:
            "{wildcards.cohort}: drawing the primary genes in every fit with one thing changed"
        script:
            "../scripts/plot_sensitivity.py"
