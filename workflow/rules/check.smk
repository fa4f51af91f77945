# Needs: a configuration and its input. Makes nothing: `snakemake check` says what a run would do, and what is
# wrong, on screen and in its log.
# Most is checked before any job, by common.smk; where it finds problems snakemake ends there. Here the genes are looked up.


rule check:
    log:
        "logs/check.log",
    localrule: True
    conda:
        "../../envs/analysis.yaml"
    params:
        **{name: literally(lines) for name, lines in OUTLINE.items()},
        cohorts=literally({name: cohort_entry(name) for name in SETTINGS.cohorts}),
        files=literally({name: list(cohort.source.paths) for name, cohort in SETTINGS.cohorts.items()}),
        samples_schema=SAMPLES_SCHEMA,
        genes=(GENES, REFUSED, MOUSE_GENES),
        panels=literally(
            {name: cohort.panel or SETTINGS.panel or BUNDLED_PANEL for name, cohort in SETTINGS.cohorts.items()}
        ),
        published=literally(CONFIG["published"]),
        shared_panel=SETTINGS.panel or BUNDLED_PANEL,
    message:
        "Checking the configuration"
    script:
        "../scripts/check.py"
