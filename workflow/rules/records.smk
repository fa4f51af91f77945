# The records of jobs: which belong to a run, and what `verify` compares them with. No rules here.


def records_of(cohort):
    """The records of the jobs of one cohort, but for that of its ledger."""
    jobs = ["assess_quality", "plot_quality", "tabulate_panel"]
    if SETTINGS.cohorts[cohort].cells:
        jobs += [f"{job}.{batch}" for batch in batches(cohort) for job in ("assess_cells", "sum_cells")]
        jobs += ["settle_cells", "import_cells", "test_cells", "plot_cells", *picture_of(cohort)]
    else:
        jobs += ["import_counts"]
    jobs += [
        "score_samples",
        "test_scores",
        "plot_panel",
        "render_report",
        "write_workbook",
        "describe_tables",
    ]
    jobs += ["judge_claims"] * bool(CLAIMS) + ["test_gene_sets"] * bool(GENE_SETS)
    jobs += ["test_activities", "plot_activities"] * bool(NETWORKS)
    jobs += ["estimate_fractions"] * bool(SETTINGS.cohorts[cohort].fraction_reference)
    jobs += ["plot_without"] * bool(SETTINGS.cohorts[cohort].show_without)
    jobs += ["test_outcomes", "plot_outcomes"] * bool(SETTINGS.cohorts[cohort].outcomes)
    jobs += [f"plot_models.{models[0]}" for cohorts, models in drawn_together() if cohort in cohorts]
    for_models = ["fit_model", *["vary_model"] * SETTINGS.sensitivity]
    jobs += [f"{job}.{model}" for model in SETTINGS.cohorts[cohort].models for job in for_models]
    return [f"results/{cohort}/records/{job}.json" for job in jobs]


def verified_folders():
    """folder -> the records that belong into it."""
    folders = {
        f"results/{cohort}": [
            *records_of(cohort),
            *([f"results/{cohort}/records/fetch_counts.{asked.download.name}.json"] if asked.download else []),
            f"results/{cohort}/records/write_ledger.json",
        ]
        for cohort, asked in SETTINGS.cohorts.items()
    }
    if SUMMARY:
        jobs = (*SUMMARY_JOBS, "write_summary_ledger")
        folders["results/summary"] = [f"results/summary/records/{job}.json" for job in jobs]
    place = workflow.modifier.path_modifier.replace_prefix
    return {place(folder): [place(record) for record in records] for folder, records in folders.items()}


def verified_inputs():
    """Folder of a cohort -> the files that its jobs are given."""
    shared = [PANEL, *CLAIMS, *GENE_SETS, *NETWORKS, GENES, REFUSED, MOUSE_GENES]
    return {
        folder_of(cohort): [
            str(path)
            for path in [
                *count_files(cohort),
                *named_files(cohort, *FILE_KEYS),
                *label_file(cohort),
                *reference_file(cohort),
                *shared,
            ]
        ]
        for cohort in SETTINGS.cohorts
    } | {folder_of("summary"): [str(path) for path in [*PUBLISHED_TABLES, *shared]]}
