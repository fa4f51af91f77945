# Needs: panel.tsv, changed fits, the tests of scores and what a paper claims. Makes: claims.tsv, a verdict for each claim, and
# changed_verdicts.tsv, what it would be in each changed fit.

if CLAIMS:

    rule judge_claims:
        input:
            **of_script("judge_claims"),
            results="results/{cohort}/panel.tsv",
            scores="results/{cohort}/score_tests.tsv",
            variants=per_model("results/{cohort}/{model}/sensitivity.tsv.gz") if SETTINGS.sensitivity else [],
            fits=per_model("results/{cohort}/{model}/fit.json"),
            cell_tests=lambda wildcards: tests_on_cells(wildcards.cohort),
            panel=PANEL,
            own_panel=lambda wildcards: named_files(wildcards.cohort, "panel"),
            claims=CLAIMS,
            schema=source("../schemas/claims.schema.yaml"),
            genes=GENES,
            refused=REFUSED,
        output:
            **({"changed": "results/{cohort}/changed_verdicts.tsv"} if SETTINGS.sensitivity else {}),
            claims=report(
                "results/{cohort}/claims.tsv",
                category="Claims",
                subcategory="{cohort}",
                labels={"table": "claims and verdicts"},
                caption="../report/claims.rst",
            ),
            record="results/{cohort}/records/judge_claims.json",
        log:
            "logs/judge_claims/{cohort}.log",
        priority: SOONEST
        conda:
            "../../envs/analysis.yaml"
        resources:
            mem_mb=grows(1000),
            runtime=grows(5),
        params:
            models=lambda wildcards: {
                name: model_entry(name, left_out=("title",)) for name in SETTINGS.cohorts[wildcards.cohort].models
            },
            statistics=CONFIG["statistics"],
        message:
            "{wildcards.cohort}: judging the claims"
        script:
            "../scripts/judge_claims.py"
