# Needs: normalised.h5ad and what became of the patients. Makes: outcomes.tsv, genes and scores tested against it, with pictures.

OUTCOME_FIGURES = {
    "outcomes": "primary genes and scores against outcomes of patients",
    "follow_up": "follow-up of patients by halves of the primary genes",
}


if SETTINGS.outcomes:

    rule test_outcomes:
        input:
            **of_script("test_outcomes"),
            normalised="results/{cohort}/normalised.h5ad",
            counts="results/{cohort}/counts.h5ad",
            panel=panel_of,
        output:
            outcomes=report(
                "results/{cohort}/outcomes.tsv",
                category="Outcomes",
                subcategory="{cohort}",
                labels={"table": "genes and scores against outcomes of patients"},
                caption="../report/outcomes.rst",
            ),
            record="results/{cohort}/records/test_outcomes.json",
        log:
            "logs/test_outcomes/{cohort}.log",
        conda:
            "../../envs/analysis.yaml"
        resources:
            mem_mb=grows(1000, 4),
            runtime=grows(5, 0.1),
        params:
            outcomes=lambda wildcards: outcomes_of(wildcards.cohort, left_out=("title",)),
            statistics=CONFIG["statistics"],
        message:
            "{wildcards.cohort}: testing outcomes of patients"
        script:
            "../scripts/test_outcomes.py"

    rule plot_outcomes:
        input:
            **of_script("plot_outcomes"),
            outcomes="results/{cohort}/outcomes.tsv",
            normalised="results/{cohort}/normalised.h5ad",
        output:
            **{
                name: report(
                    f"results/{{cohort}}/figures/{name}.svg",
                    category="Outcomes",
                    subcategory="{cohort}",
                    labels={"figure": words},
                    caption="../report/outcomes.rst",
                )
                for name, words in OUTCOME_FIGURES.items()
            },
            pdfs=expand("results/{{cohort}}/figures/{name}.pdf", name=OUTCOME_FIGURES),
            record="results/{cohort}/records/plot_outcomes.json",
        log:
            "logs/plot_outcomes/{cohort}.log",
        conda:
            "../../envs/report.yaml"
        resources:
            mem_mb=grows(1000, 4, of="normalised"),
            runtime=grows(5),
        params:
            outcomes=lambda wildcards: outcomes_of(wildcards.cohort),
        message:
            "{wildcards.cohort}: drawing outcomes of patients"
        script:
            "../scripts/plot_outcomes.py"
