# Needs: counts.h5ad and every gene table of a cohort. Makes: panel.tsv, the panel genes in every contrast, with pictures.

PANEL_FIGURES = {
    "panel": "panel genes in every contrast",
    "story": "primary genes in every comparison",
    **({"sensitivity": "primary genes in every fit with one thing changed"} if SETTINGS.sensitivity else {}),
    **({"second_opinions": "primary genes by every method"} if SETTINGS.second_opinion else {}),
}


rule tabulate_panel:
    input:
        **of_script("tabulate_panel"),
        counts="results/{cohort}/counts.h5ad",
        panel=panel_of,
        fits=lambda wildcards: [
            f"results/{wildcards.cohort}/{model}/fit.json" for model, _ in contrasts_of(wildcards.cohort)
        ],
        tables=per_contrast("results/{cohort}/{model}/{contrast}/genes.tsv.gz"),
        single_samples=per_contrast("results/{cohort}/{model}/single_samples.tsv.gz"),
        second_opinions=per_contrast("results/{cohort}/{model}/second_opinion.tsv.gz"),
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
    priority: SOONEST
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
        fits=per_model("results/{cohort}/{model}/fit.json"),
        variants=per_model("results/{cohort}/{model}/sensitivity.tsv.gz") if SETTINGS.sensitivity else [],
    output:
        **{
            name: report(
                f"results/{{cohort}}/figures/{name}.svg",
                category="Panel",
                subcategory="{cohort}",
                labels={"figure": words},
                caption=f"../report/{name}.rst",
            )
            for name, words in PANEL_FIGURES.items()
        },
        pdfs=expand("results/{{cohort}}/figures/{name}.pdf", name=PANEL_FIGURES),
        record="results/{cohort}/records/plot_panel.json",
    log:
        "logs/plot_panel/{cohort}.log",
    priority: SOONEST
    conda:
        "../../envs/report.yaml"
    resources:
        mem_mb=grows(1000),
        runtime=grows(5),
    params:
        titles=titles_of,
        units=units_of_contrasts,
        alpha=SETTINGS.statistics.alpha,
        margin=SETTINGS.statistics.equivalence_margin,
    message:
        "{wildcards.cohort}: drawing the panel"
    script:
        "../scripts/plot_panel.py"
