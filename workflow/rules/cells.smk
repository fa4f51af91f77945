# Needs: the files of single cells of a cohort and its sample sheet. Makes: results/{cohort}/counts.h5ad, a row per sample
# and state, as import_counts makes of counts; what became of the cells; the tests that only cells allow, and their figures.

CELL_FIGURES = {
    "shares": ("cell_shares", "shares of cells with the primary genes"),
    "pairs": ("codetection", "two genes in the same cells"),
    "states": ("states", "shares of states"),
}
# What is written of the cells of a cohort, beside those of each batch.
TABLES_OF_CELLS = [
    *("limits.tsv", "pseudobulks.tsv", "lost.tsv", "unequal_losses.tsv", "ambient.tsv", "detection.tsv.gz"),
    *("shares.tsv.gz", "survivors.tsv", "survivor_patients.tsv", "composition.tsv", "codetection.tsv"),
    *("codetection_patients.tsv", "makers.tsv"),
]

if CELL_COHORTS:

    rule assess_cells:
        input:
            **of_script("assess_cells"),
            files=lambda wildcards: files_of_batch(wildcards.cohort, wildcards.batch),
            genes=GENES,
            refused=REFUSED,
            mouse_genes=MOUSE_GENES,
            own_genes=lambda wildcards: named_files(wildcards.cohort, "genes"),
            panel=panel_of,
        output:
            cells="results/{cohort}/cells/{batch}/cells.h5ad",
            record="results/{cohort}/records/assess_cells.{batch}.json",
        log:
            "logs/assess_cells/{cohort}.{batch}.log",
        wildcard_constraints:
            cohort="|".join(CELL_COHORTS),
            batch="[^/]+",
        conda:
            "../../envs/analysis.yaml"
        resources:
            mem_mb=grows(900, 0.2, of="files"),
            runtime=grows(5, 0.02, of="files"),
        params:
            cohort=lambda wildcards: cohort_entry(wildcards.cohort),
            parts=lambda wildcards: parts_of_batch(wildcards.cohort, wildcards.batch),
        message:
            "{wildcards.cohort}: measuring the cells of {wildcards.batch}"
        script:
            "../scripts/assess_cells.py"

    rule settle_cells:
        input:
            **of_script("settle_cells"),
            cells=lambda wildcards: of_batches(wildcards.cohort, "cells"),
            sheet=lambda wildcards: [*named_files(wildcards.cohort, "samples"), *label_file(wildcards.cohort)],
        output:
            cells="results/{cohort}/cells/cells.h5ad",
            limits="results/{cohort}/cells/limits.tsv",
            pseudobulks="results/{cohort}/cells/pseudobulks.tsv",
            record="results/{cohort}/records/settle_cells.json",
        log:
            "logs/settle_cells/{cohort}.log",
        wildcard_constraints:
            cohort="|".join(CELL_COHORTS),
        conda:
            "../../envs/analysis.yaml"
        resources:
            mem_mb=grows(1000, 15, of="cells"),
            runtime=grows(5, 0.2, of="cells"),
        params:
            cohort=lambda wildcards: cohort_entry(wildcards.cohort),
            samples_schema=SAMPLES_SCHEMA,
        message:
            "{wildcards.cohort}: deciding which cells are kept"
        script:
            "../scripts/settle_cells.py"

    rule sum_cells:
        input:
            **of_script("sum_cells"),
            files=lambda wildcards: files_of_batch(wildcards.cohort, wildcards.batch),
            cells="results/{cohort}/cells/cells.h5ad",
        output:
            sums="results/{cohort}/cells/{batch}/sums.h5ad",
            sketch="results/{cohort}/cells/{batch}/sketch.h5ad",
            record="results/{cohort}/records/sum_cells.{batch}.json",
        log:
            "logs/sum_cells/{cohort}.{batch}.log",
        wildcard_constraints:
            cohort="|".join(CELL_COHORTS),
            batch="[^/]+",
        conda:
            "../../envs/analysis.yaml"
        resources:
            mem_mb=grows(900, 0.2, of="files"),
            runtime=grows(5, 0.05, of="files"),
        params:
            layer=lambda wildcards: SETTINGS.cohorts[wildcards.cohort].source.layer,
            parts=lambda wildcards: parts_of_batch(wildcards.cohort, wildcards.batch),
        message:
            "{wildcards.cohort}: summing the cells of {wildcards.batch}"
        script:
            "../scripts/sum_cells.py"

    rule import_cells:
        input:
            **of_script("import_cells"),
            sums=lambda wildcards: of_batches(wildcards.cohort, "sums"),
            cells="results/{cohort}/cells/cells.h5ad",
            pseudobulks="results/{cohort}/cells/pseudobulks.tsv",
            sheet=lambda wildcards: named_files(wildcards.cohort, "samples"),
            genes=GENES,
            refused=REFUSED,
            mouse_genes=MOUSE_GENES,
            own_genes=lambda wildcards: named_files(wildcards.cohort, "genes"),
            panel=panel_of,
        output:
            counts="results/{cohort}/counts.h5ad",
            detected="results/{cohort}/cells/detected.h5ad",
            lost="results/{cohort}/cells/lost.tsv",
            record="results/{cohort}/records/import_cells.json",
        log:
            "logs/import_cells/{cohort}.log",
        wildcard_constraints:
            cohort="|".join(CELL_COHORTS),
        conda:
            "../../envs/analysis.yaml"
        resources:
            mem_mb=grows(1000, 30, of="sums"),
            runtime=grows(5, 0.5, of="sums"),
        params:
            cohort=lambda wildcards: cohort_entry(wildcards.cohort),
            samples_schema=SAMPLES_SCHEMA,
        message:
            "{wildcards.cohort}: putting the sums of cells together"
        script:
            "../scripts/import_cells.py"

    rule test_cells:
        input:
            **of_script("test_cells"),
            counts="results/{cohort}/counts.h5ad",
            detected="results/{cohort}/cells/detected.h5ad",
            cells="results/{cohort}/cells/cells.h5ad",
            pseudobulks="results/{cohort}/cells/pseudobulks.tsv",
            panel=panel_of,
        output:
            detection=report(
                "results/{cohort}/cells/detection.tsv.gz",
                category="Cells",
                subcategory="{cohort}",
                labels={"table": "shares of cells in which genes are detected"},
            ),
            losses="results/{cohort}/cells/unequal_losses.tsv",
            shares="results/{cohort}/cells/shares.tsv.gz",
            ambient="results/{cohort}/cells/ambient.tsv",
            survivors="results/{cohort}/cells/survivors.tsv",
            survivor_patients="results/{cohort}/cells/survivor_patients.tsv",
            composition="results/{cohort}/cells/composition.tsv",
            codetection="results/{cohort}/cells/codetection.tsv",
            codetection_patients="results/{cohort}/cells/codetection_patients.tsv",
            makers="results/{cohort}/cells/makers.tsv",
            record="results/{cohort}/records/test_cells.json",
        log:
            "logs/test_cells/{cohort}.log",
        wildcard_constraints:
            cohort="|".join(CELL_COHORTS),
        conda:
            "../../envs/analysis.yaml"
        resources:
            mem_mb=grows(1000, 20),
            runtime=grows(5, 1),
        params:
            models=lambda wildcards: {name: model_entry(name) for name in SETTINGS.cohorts[wildcards.cohort].models},
            statistics=CONFIG["statistics"],
            pairs=lambda wildcards: pairs_of(wildcards.cohort),
            min_cells=lambda wildcards: SETTINGS.cohorts[wildcards.cohort].cells.min_cells,
        message:
            "{wildcards.cohort}: testing shares of cells"
        script:
            "../scripts/test_cells.py"

    rule plot_cells:
        input:
            **of_script("plot_cells"),
            shares="results/{cohort}/cells/shares.tsv.gz",
            codetection="results/{cohort}/cells/codetection.tsv",
            codetection_patients="results/{cohort}/cells/codetection_patients.tsv",
            pseudobulks="results/{cohort}/cells/pseudobulks.tsv",
            panel="results/{cohort}/panel.tsv",
            claims="results/{cohort}/claims.tsv" if CLAIMS else [],
            samples=per_model("results/{cohort}/{model}/samples.tsv"),
        output:
            **{
                key: report(
                    f"results/{{cohort}}/figures/{name}.svg",
                    category="Cells",
                    subcategory="{cohort}",
                    labels={"figure": words},
                )
                for key, (name, words) in CELL_FIGURES.items()
            },
            pdfs=[f"results/{{cohort}}/figures/{name}.pdf" for name, _ in CELL_FIGURES.values()],
            record="results/{cohort}/records/plot_cells.json",
        log:
            "logs/plot_cells/{cohort}.log",
        wildcard_constraints:
            cohort="|".join(CELL_COHORTS),
        conda:
            "../../envs/report.yaml"
        resources:
            mem_mb=grows(1000, 4, of="shares"),
            runtime=grows(5),
        params:
            models=lambda wildcards: {
                name: CONFIG["models"][name] for name in SETTINGS.cohorts[wildcards.cohort].models
            },
            alpha=SETTINGS.statistics.alpha,
            data_origin=lambda wildcards: SETTINGS.cohorts[wildcards.cohort].data_origin,
        message:
            "{wildcards.cohort}: drawing what was tested of the cells"
        script:
            "../scripts/plot_cells.py"

    rule plot_sketch:
        input:
            **of_script("plot_sketch"),
            sketches=lambda wildcards: of_batches(wildcards.cohort, "sketch"),
            cells="results/{cohort}/cells/cells.h5ad",
            counts="results/{cohort}/counts.h5ad",
            panel=panel_of,
        output:
            picture="results/{cohort}/figures/sketch.png",
            sketch="results/{cohort}/cells/sketch.h5ad",
            record="results/{cohort}/records/plot_sketch.json",
        log:
            "logs/plot_sketch/{cohort}.log",
        wildcard_constraints:
            cohort="|".join(CELL_COHORTS),
        conda:
            "../../envs/analysis.yaml"
        resources:
            mem_mb=grows(1200, 40, of="sketches"),
            runtime=grows(10, 0.5, of="sketches"),
        params:
            picture=lambda wildcards: SETTINGS.cohorts[wildcards.cohort].cells.picture,
        message:
            "{wildcards.cohort}: drawing some of the cells"
        script:
            "../scripts/plot_sketch.py"
