# Needs: counts.h5ad, designs and gene tables. Makes: scores of samples and their tests, correlations, gene sets, activities
# of regulators.


rule score_samples:
    input:
        **of_script("score_samples"),
        normalised="results/{cohort}/normalised.h5ad",
        counts="results/{cohort}/counts.h5ad",
        panel=panel_of,
    output:
        scores="results/{cohort}/scores.tsv",
        record="results/{cohort}/records/score_samples.json",
    log:
        "logs/score_samples/{cohort}.log",
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=grows(1000, 4),
        runtime=grows(5, 0.1),
    message:
        "{wildcards.cohort}: scoring the samples"
    script:
        "../scripts/score_samples.py"


# Apart from the scores: those are covariates of fits, which another contrast must not repeat.
rule test_scores:
    input:
        **of_script("test_scores"),
        normalised="results/{cohort}/normalised.h5ad",
        counts="results/{cohort}/counts.h5ad",
        panel=panel_of,
        designs=lambda wildcards: [
            f"results/{wildcards.cohort}/{model}/design.tsv" for model in with_factors(wildcards.cohort)
        ],
    output:
        tests="results/{cohort}/score_tests.tsv",
        correlations="results/{cohort}/correlations.tsv",
        record="results/{cohort}/records/test_scores.json",
    log:
        "logs/test_scores/{cohort}.log",
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=grows(1000, 4),
        runtime=grows(5, 0.1),
    params:
        models=lambda wildcards: {name: model_entry(name) for name in SETTINGS.cohorts[wildcards.cohort].models},
        with_factors=lambda wildcards: with_factors(wildcards.cohort),
        statistics=CONFIG["statistics"],
    message:
        "{wildcards.cohort}: testing the scores"
    script:
        "../scripts/test_scores.py"


if GENE_SETS:

    rule test_gene_sets:
        input:
            **of_script("test_gene_sets"),
            tables=per_contrast("results/{cohort}/{model}/{contrast}/genes.tsv.gz"),
            fits=per_contrast("results/{cohort}/{model}/fit.json"),
            designs=per_contrast("results/{cohort}/{model}/design.tsv"),
            normalised="results/{cohort}/normalised.h5ad",
            counts="results/{cohort}/counts.h5ad",
            panel=panel_of,
            gene_sets=GENE_SETS,
            genes=GENES,
            refused=REFUSED,
            mouse_genes=MOUSE_GENES,
            own_genes=lambda wildcards: named_files(wildcards.cohort, "genes"),
        output:
            gene_sets="results/{cohort}/gene_sets.tsv.gz",
            record="results/{cohort}/records/test_gene_sets.json",
        log:
            "logs/test_gene_sets/{cohort}.log",
        conda:
            "../../envs/analysis.yaml"
        resources:
            mem_mb=grows(1200, 4),
            runtime=grows(10, 0.1),
        params:
            species=lambda wildcards: SETTINGS.cohorts[wildcards.cohort].species,
            contrasts=lambda wildcards: contrasts_of(wildcards.cohort),
            forms=lambda wildcards: [
                SETTINGS.models[model].contrasts[contrast].form for model, contrast in contrasts_of(wildcards.cohort)
            ],
            statistics=CONFIG["statistics"],
        message:
            "{wildcards.cohort}: testing gene sets"
        script:
            "../scripts/test_gene_sets.py"


if NETWORKS:

    rule test_activities:
        input:
            **of_script("test_activities"),
            tables=per_contrast("results/{cohort}/{model}/{contrast}/genes.tsv.gz"),
            fits=per_contrast("results/{cohort}/{model}/fit.json"),
            designs=per_contrast("results/{cohort}/{model}/design.tsv"),
            normalised="results/{cohort}/normalised.h5ad",
            counts="results/{cohort}/counts.h5ad",
            panel=panel_of,
            networks=NETWORKS,
            genes=GENES,
            refused=REFUSED,
            mouse_genes=MOUSE_GENES,
            own_genes=lambda wildcards: named_files(wildcards.cohort, "genes"),
        output:
            activities="results/{cohort}/activities.tsv.gz",
            record="results/{cohort}/records/test_activities.json",
        log:
            "logs/test_activities/{cohort}.log",
        conda:
            "../../envs/analysis.yaml"
        resources:
            mem_mb=grows(1200, 4),
            runtime=grows(10, 0.1),
        params:
            species=lambda wildcards: SETTINGS.cohorts[wildcards.cohort].species,
            contrasts=lambda wildcards: contrasts_of(wildcards.cohort),
            forms=lambda wildcards: [
                SETTINGS.models[model].contrasts[contrast].form for model, contrast in contrasts_of(wildcards.cohort)
            ],
            statistics=CONFIG["statistics"],
        message:
            "{wildcards.cohort}: testing regulators by their targets"
        script:
            "../scripts/test_activities.py"

    rule plot_activities:
        input:
            **of_script("plot_activities"),
            activities="results/{cohort}/activities.tsv.gz",
        output:
            figure=report(
                "results/{cohort}/figures/activities.svg",
                category="Activities",
                subcategory="{cohort}",
                labels={"figure": "regulators in every comparison"},
                caption="../report/activities.rst",
            ),
            pdf="results/{cohort}/figures/activities.pdf",
            record="results/{cohort}/records/plot_activities.json",
        log:
            "logs/plot_activities/{cohort}.log",
        conda:
            "../../envs/report.yaml"
        resources:
            mem_mb=grows(1000),
            runtime=grows(5),
        params:
            titles=titles_of,
            alpha=SETTINGS.statistics.alpha,
            data_origin=lambda wildcards: SETTINGS.cohorts[wildcards.cohort].data_origin,
        message:
            "{wildcards.cohort}: drawing the activities"
        script:
            "../scripts/plot_activities.py"
