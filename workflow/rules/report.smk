# Needs: all tables and figures of a cohort. Makes: results/{cohort}/report.html, one file for a reader.


PAGE = [
    f"page/{name}.html.j2"
    for name in (
        "report",
        "macros",
        "answer",
        "claims",
        "panel",
        "cells",
        "opinions",
        "gene",
        "contrasts",
        "pairs",
        "lists",
        "what_if",
        "activities",
        "outcomes",
        "quality",
        "methods",
        "input",
    )
]
# Tables that the section on cells shows.
SHOWN_OF_CELLS = [
    *("pseudobulks.tsv", "lost.tsv", "unequal_losses.tsv", "ambient.tsv", "detection.tsv.gz", "survivors.tsv"),
    *("composition.tsv", "codetection.tsv", "makers.tsv", "shares.tsv.gz"),
]
LIBRARIES = ["echarts", "tabulator", "jspdf", "svg2pdf"]
# In the order in which they build on one another.
SCRIPTS = [
    "dom",
    "sections",
    "words",
    "search",
    "search_box",
    "state",
    "view",
    "genes",
    "figure",
    "scheme",
    "plot",
    "studio",
    "charts",
    "forest_chart",
    "lists",
    "clusters",
    "list_charts",
    "pairs",
    "pair_charts",
    "dossier",
    "atlas",
    "map_charts",
    "what_if",
    "gene_view",
    "contrast_view",
    "p_values_view",
    "gene_table",
    "sets_view",
    "pair_view",
    "overlap_view",
    "list_view",
    "quality_view",
    "what_if_view",
    "session",
    "paper",
    "heat_keys",
    "app",
]
LICENCES = ["echarts.LICENSE", "echarts.NOTICE", "tabulator.LICENSE", "jspdf.LICENSE", "svg2pdf.LICENSE"]


rule render_report:
    input:
        **of_script("render_report"),
        counts="results/{cohort}/counts.h5ad",
        normalised="results/{cohort}/normalised.h5ad",
        quality="results/{cohort}/quality.tsv",
        quality_figures=expand(
            "results/{{cohort}}/figures/{name}.svg",
            name=[*QUALITY_FIGURES, "model_components"],
        ),
        without=lambda wildcards: (
            expand(
                "results/{cohort}/figures/{name}_without.svg",
                cohort=wildcards.cohort,
                name=("components", "distances"),
            )
            if SETTINGS.cohorts[wildcards.cohort].show_without
            else []
        ),
        panel="results/{cohort}/panel.tsv",
        scores="results/{cohort}/score_tests.tsv",
        correlations="results/{cohort}/correlations.tsv",
        claims="results/{cohort}/claims.tsv" if CLAIMS else [],
        claims_files=CLAIMS,
        gene_sets="results/{cohort}/gene_sets.tsv.gz" if GENE_SETS else [],
        activities="results/{cohort}/activities.tsv.gz" if NETWORKS else [],
        activities_figure=["results/{cohort}/figures/activities.svg"] if NETWORKS else [],
        cells=of_cells(*(f"results/{{cohort}}/cells/{name}" for name in SHOWN_OF_CELLS)),
        cell_figures=of_cells(*(f"results/{{cohort}}/figures/{name}.svg" for name, _ in CELL_FIGURES.values())),
        picture=of_picture("results/{cohort}/figures/sketch.png"),
        sketch=of_picture("results/{cohort}/cells/sketch.h5ad"),
        outcomes=of_outcomes("results/{cohort}/outcomes.tsv"),
        outcome_figures=of_outcomes(*(f"results/{{cohort}}/figures/{name}.svg" for name in OUTCOME_FIGURES)),
        story="results/{cohort}/figures/story.svg",
        sensitivity_figure=["results/{cohort}/figures/sensitivity.svg"] if SETTINGS.sensitivity else [],
        opinions_figure=["results/{cohort}/figures/second_opinions.svg"] if SETTINGS.second_opinion else [],
        fits=per_model("results/{cohort}/{model}/fit.json"),
        samples=per_model("results/{cohort}/{model}/samples.tsv"),
        unwanted=per_model("results/{cohort}/{model}/unwanted_factors.tsv"),
        dispersions=per_model("results/{cohort}/{model}/dispersions.svg"),
        tables=per_contrast("results/{cohort}/{model}/{contrast}/genes.tsv.gz"),
        variants=per_model("results/{cohort}/{model}/sensitivity.tsv.gz") if SETTINGS.sensitivity else [],
        singles=per_model("results/{cohort}/{model}/single_samples.tsv.gz") if SETTINGS.sensitivity else [],
        changed="results/{cohort}/changed_verdicts.tsv" if CLAIMS and SETTINGS.sensitivity else [],
        genes=gene_table_of,
        set_files=GENE_SETS,
        known=GENES,
        refused=REFUSED,
        mouse_genes=MOUSE_GENES,
        own_genes=lambda wildcards: named_files(wildcards.cohort, "genes"),
    output:
        report="results/{cohort}/report.html",
        record="results/{cohort}/records/render_report.json",
    log:
        "logs/render_report/{cohort}.log",
    priority: SOONEST
    conda:
        "../../envs/report.yaml"
    resources:
        mem_mb=grows(1500, 10),
        runtime=grows(5, 0.1),
    params:
        configuration=lambda wildcards: {
            "cohorts": {wildcards.cohort: CONFIG["cohorts"][wildcards.cohort]},
            "models": {name: CONFIG["models"][name] for name in SETTINGS.cohorts[wildcards.cohort].models},
            **({"outcomes": asked} if (asked := outcomes_of(wildcards.cohort)) else {}),
            "statistics": CONFIG["statistics"],
        },
        contrasts=lambda wildcards: contrasts_of(wildcards.cohort),
        page=page_files(
            templates=PAGE,
            styles=["vendor/tabulator.min.css", "page/report.css", "page/print.css"],
            libraries=LIBRARIES,
            scripts=SCRIPTS,
            licences=LICENCES,
        ),
    message:
        "{wildcards.cohort}: writing the report"
    script:
        "../scripts/render_report.py"
