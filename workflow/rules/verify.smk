# Needs: results and the records of the jobs that wrote them. Makes nothing: `snakemake verify` says what was changed since,
# is missing or was left by another configuration, on screen and in its log.


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
    shared = [PANEL, *CLAIMS, *GENE_SETS, GENES, REFUSED]
    return {
        folder_of(cohort): [
            str(path)
            for path in [*count_files(cohort), *named_files(cohort, "samples", "transcripts", "lengths"), *shared]
        ]
        for cohort in SETTINGS.cohorts
    }


rule verify:
    log:
        "logs/verify.log",
    localrule: True
    conda:
        "../../envs/report.yaml"
    params:
        folders=literally(verified_folders()),
        given=literally(verified_inputs()),
        store=CHECKSUMS.store,
    message:
        "Comparing results with the records of their jobs"
    script:
        "../scripts/verify.py"
