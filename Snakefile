# This project's own run: config.yaml with the workflow as it stands in workflow/ (docs/architecture.md says why).


configfile: "config.yaml"


module autocrine:
    snakefile:
        "workflow/Snakefile"
    config:
        config


use rule * from autocrine
