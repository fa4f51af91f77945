# Needs: all tables and figures of a cohort. Makes: results/{cohort}/report.html, one file for a reader.


rule render_report:
    input:
        counts="results/{cohort}/counts.h5ad",
        quality="results/{cohort}/quality.tsv",
        quality_figures=expand(
            "results/{{cohort}}/figures/{name}.svg",
            name=["libraries", "components", "scree", "associations", "distances"],
        ),
        panel="results/{cohort}/panel.tsv",
        scores="results/{cohort}/score_tests.tsv",
        correlations="results/{cohort}/correlations.tsv",
        claims="results/{cohort}/claims.tsv" if CLAIMS else [],
        claims_files=CLAIMS,
        gene_sets="results/{cohort}/gene_sets.tsv.gz" if GENE_SETS else [],
        panel_figure="results/{cohort}/figures/panel.svg",
        story="results/{cohort}/figures/story.svg",
        samples=per_model("results/{cohort}/{model}/primary_genes.svg"),
        sensitivity_figure=["results/{cohort}/figures/sensitivity.svg"] if SETTINGS.sensitivity else [],
        fits=per_model("results/{cohort}/{model}/fit.json"),
        dispersions=per_model("results/{cohort}/{model}/dispersions.svg"),
        tables=per_contrast("results/{cohort}/{model}/{contrast}/genes.tsv.gz"),
        volcanoes=per_contrast("results/{cohort}/{model}/{contrast}/volcano.svg"),
        mean_differences=per_contrast("results/{cohort}/{model}/{contrast}/mean_difference.svg"),
        p_values=per_contrast("results/{cohort}/{model}/{contrast}/p_values.svg"),
        template=source("../report/report.html.j2"),
        style=source("../report/report.css"),
        script=source("../scripts/render_report.py"),
        library=library(*PACKAGE, "outcomes", "report", "tables", "log"),
    output:
        report="results/{cohort}/report.html",
    log:
        "logs/render_report/{cohort}.log",
    conda:
        "../../envs/report.yaml"
    resources:
        mem_mb=grows(1100, 4),
        runtime=grows(5, 0.1),
    params:
        cohort=lambda wildcards: CONFIG["cohorts"][wildcards.cohort],
        models=lambda wildcards: {name: CONFIG["models"][name] for name in SETTINGS.cohorts[wildcards.cohort].models},
        statistics=CONFIG["statistics"],
        contrasts=lambda wildcards: contrasts_of(wildcards.cohort),
    message:
        "{wildcards.cohort}: writing the report"
    script:
        "../scripts/render_report.py"
