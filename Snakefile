# This project's own run: config.yaml with the workflow as it stands in workflow/ (docs/architecture.md says why).


include: "workflow/rules/sources.smk"


# A configuration that is given on the command line stands alone.
if not workflow.configfiles and "cohorts" not in config:

    configfile: readable("config.yaml")


module autocrine:
    snakefile:
        "workflow/Snakefile"
    config:
        config


use rule * from autocrine
