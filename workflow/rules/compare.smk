# Needs: results, and in a folder that `compare_with` names those of an earlier run. Makes nothing: `snakemake compare` says
# what became of claims and panel genes, and why, on screen and in logs/compare.tsv.


rule compare:
    log:
        "logs/compare.tsv",
    localrule: True
    conda:
        "../../envs/report.yaml"
    params:
        old=CONFIG.get("compare_with"),
        new=workflow.modifier.path_modifier.replace_prefix("results/"),
    message:
        "Comparing with earlier results"
    script:
        "../scripts/compare.py"
