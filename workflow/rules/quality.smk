# Needs: counts.h5ad. Makes: what the samples are like (quality.tsv, normalised.h5ad) and pictures of it.

QUALITY_FIGURES = ("libraries", "components", "scree", "associations", "distances")


rule assess_quality:
    input:
        **of_script("assess_quality"),
        counts="results/{cohort}/counts.h5ad",
    output:
        quality=report(
            "results/{cohort}/quality.tsv",
            category="Quality",
            subcategory="{cohort}",
            labels={"table": "samples"},
            caption="../report/quality.rst",
        ),
        associations="results/{cohort}/associations.tsv",
        normalised="results/{cohort}/normalised.h5ad",
        record="results/{cohort}/records/assess_quality.json",
    log:
        "logs/assess_quality/{cohort}.log",
    conda:
        "../../envs/analysis.yaml"
    threads: fit_threads
    resources:
        mem_mb=grows(1100, 10),
        runtime=grows(5, 0.2),
    message:
        "{wildcards.cohort}: measuring the samples"
    script:
        "../scripts/assess_quality.py"


# Only of cohorts with a reference of pure profiles; asked for by the fits.
rule estimate_fractions:
    input:
        **of_script("estimate_fractions"),
        counts="results/{cohort}/counts.h5ad",
        reference=lambda wildcards: reference_file(wildcards.cohort),
        genes=GENES,
        refused=REFUSED,
        mouse_genes=MOUSE_GENES,
        own_genes=lambda wildcards: named_files(wildcards.cohort, "genes"),
    output:
        fractions="results/{cohort}/fractions.tsv",
        draws="results/{cohort}/fraction_draws.tsv.gz",
        markers="results/{cohort}/fraction_markers.tsv",
        record="results/{cohort}/records/estimate_fractions.json",
    log:
        "logs/estimate_fractions/{cohort}.log",
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=grows(1100, 10),
        runtime=grows(5, 0.2),
    params:
        cohort=lambda wildcards: {
            **cohort_entry(wildcards.cohort),
            "fraction_reference": CONFIG["cohorts"][wildcards.cohort]["fraction_reference"],
        },
    message:
        "{wildcards.cohort}: estimating leukaemic fractions"
    script:
        "../scripts/estimate_fractions.py"


rule plot_quality:
    input:
        **of_script("plot_quality"),
        quality="results/{cohort}/quality.tsv",
        normalised="results/{cohort}/normalised.h5ad",
        samples=per_model("results/{cohort}/{model}/samples.tsv"),
    output:
        **{
            name: report(
                f"results/{{cohort}}/figures/{name}.svg",
                category="Quality",
                subcategory="{cohort}",
                labels={"figure": name.replace("_", " ")},
                caption="../report/quality.rst",
            )
            for name in QUALITY_FIGURES
        },
        model_components=report(
            "results/{cohort}/figures/model_components.svg",
            category="Quality",
            subcategory="{cohort}",
            labels={"figure": "components of each model"},
            caption="../report/model_components.rst",
        ),
        pdfs=expand("results/{{cohort}}/figures/{name}.pdf", name=[*QUALITY_FIGURES, "model_components"]),
        record="results/{cohort}/records/plot_quality.json",
    log:
        "logs/plot_quality/{cohort}.log",
    priority: SOON
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=grows(1000, 4, of="normalised"),
        runtime=grows(5, 0.1, of="normalised"),
    params:
        models=lambda wildcards: {name: CONFIG["models"][name] for name in SETTINGS.cohorts[wildcards.cohort].models},
    message:
        "{wildcards.cohort}: drawing the quality figures"
    script:
        "../scripts/plot_quality.py"


WITHOUT = ["components_without", "distances_without"]


# For the eye only: asked for by the report where a cohort names a column.
rule plot_without:
    input:
        **of_script("plot_without"),
        normalised="results/{cohort}/normalised.h5ad",
    output:
        **{
            name: report(
                f"results/{{cohort}}/figures/{name}_without.svg",
                category="Quality",
                subcategory="{cohort}",
                labels={"figure": f"{name} without a column"},
                caption="../report/quality.rst",
            )
            for name in ("components", "distances")
        },
        pdfs=expand("results/{{cohort}}/figures/{name}_without.pdf", name=("components", "distances")),
        record="results/{cohort}/records/plot_without.json",
    log:
        "logs/plot_without/{cohort}.log",
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=grows(1000, 4, of="normalised"),
        runtime=grows(5, 0.1, of="normalised"),
    params:
        column=lambda wildcards: SETTINGS.cohorts[wildcards.cohort].show_without,
    message:
        "{wildcards.cohort}: drawing components and distances with a column taken out"
    script:
        "../scripts/plot_without.py"
