# Needs: results, and those of an earlier run in a folder that `compare_with` names. Makes: logs/compare.tsv, every change.
# `snakemake compare --config compare_with=FOLDER` says on screen what became of claims and panel genes, and why.


rule compare:
    log:
        "logs/compare.tsv",
    localrule: True
    conda:
        "../../envs/report.yaml"
    params:
        old=CONFIG["compare_with"],
        new=workflow.modifier.path_modifier.replace_prefix("results/"),
    message:
        "Comparing with earlier results"
    script:
        "../scripts/compare.py"
