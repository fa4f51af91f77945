# Needs: the files of single cells of a cohort and its sample sheet. Makes: results/{cohort}/counts.h5ad, a row per sample
# and state, as import_counts makes of counts; what became of the cells; and the tests that only cells allow.

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
