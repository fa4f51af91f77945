# Needs: a configuration and its input. Makes nothing: `snakemake check` says what a run would do, and what stands
# against it, on screen and in its log.
# The checking itself is done before any job, by common.smk; where it finds problems snakemake ends there.


rule check:
    log:
        "logs/check.log",
    localrule: True
    conda:
        "../../envs/analysis.yaml"
    params:
        lines=OUTLINE,
    message:
        "Checking the configuration"
    script:
        "../scripts/check.py"
