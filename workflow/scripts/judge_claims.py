"""Judge the claims on one cohort."""

from pathlib import Path

import pandas as pd
import yaml
from anndata import read_h5ad

from autocrine.claims import bind_roles, read_claims
from autocrine.config import make_model
from autocrine.genes import read_gene_table
from autocrine.log import logged
from autocrine.panel import read_panel
from autocrine.problems import Findings
from autocrine.tables import read_table, write_table
from autocrine.verdicts import judge_claims
from autocrine.wording import wording_of


def main(inputs, models, statistics, output):
    """Write `claims.tsv`."""
    findings = Findings()
    panel = read_panel(inputs.panel, findings)
    scores = read_table(inputs.scores).rename(
        columns={"estimate": "log2_fc", "se": "lfc_se", "min_detectable": "min_detectable_log2_fc"}
    )
    schema = yaml.safe_load(Path(inputs.schema).read_text(encoding="utf-8"))
    names = list(dict.fromkeys(scores["score"]))
    files = [
        read_claims(path, schema, panel, lambda: read_gene_table(inputs.genes, inputs.refused), names, findings)
        for path in inputs.claims
    ]
    findings.raise_if_any()
    models = {name: make_model(name, entry) for name, entry in models.items()}
    bound, results = bind_roles(models, list(models)), read_table(inputs.results)
    alpha, margin = statistics["alpha"], statistics["equivalence_margin"]
    told = {
        (name, one.name): wording_of(one, model) for name, model in models.items() for one in model.contrasts.values()
    }
    judged = pd.concat([judge_claims(claims, results, scores, bound, alpha, margin, told) for claims in files])
    write_table(output, judged, read_h5ad(inputs.counts, backed="r").uns["data_origin"])


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        main(
            inputs=snakemake.input,
            models=snakemake.params.models,
            statistics=snakemake.params.statistics,
            output=snakemake.output.claims,
        )
