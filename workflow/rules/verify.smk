# Needs: results and the records of the jobs that wrote them. Makes nothing: `snakemake verify` says what was changed since,
# is missing or was left by another configuration, on screen and in its log.


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
