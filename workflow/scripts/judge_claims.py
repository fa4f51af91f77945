"""Judge the claims on one cohort."""

import json
from functools import partial
from pathlib import Path

import pandas as pd
import yaml

from autocrine.claims.changed_fits import judge_changed_fits
from autocrine.claims.claims import read_claims
from autocrine.claims.gathering import gather_evidence
from autocrine.claims.of_cells import CellTables, cell_evidence, note_doublets, without_doublets
from autocrine.claims.roles import bind_roles, is_unpaired, unpaired
from autocrine.claims.verdicts import compare_verdicts, decide, tabulate_verdicts
from autocrine.design.question import make_model, words_of
from autocrine.input.genes import read_gene_table
from autocrine.input.panel import read_panel
from autocrine.problems import Caution, Findings
from autocrine.results.opinions import METHODS, with_second
from autocrine.run.job import job
from autocrine.samples.scores import score_names
from autocrine.tables import read_table, write_table


def main(inputs, models, statistics, output):
    """Write `claims.tsv` and, where models were fitted again with one thing changed, `changed_verdicts.tsv`."""
    findings = Findings()
    panel = read_panel(inputs.panel, findings)
    scores = read_table(inputs.scores).rename(
        columns={"estimate": "log2_fc", "se": "moderated_se", "min_detectable": "min_detectable_log2_fc"}
    )
    schema = yaml.safe_load(Path(inputs.schema).read_text(encoding="utf-8"))
    # The claims speak of the panel of the configuration; a cohort with its own lacks what that does not hold.
    names = list(dict.fromkeys([*scores["score"], *(score_names(panel) if inputs.own_panel else [])]))
    files = [
        read_claims(path, schema, panel, lambda: read_gene_table(inputs.genes, inputs.refused), names, findings)
        for path in inputs.claims
    ]
    findings.raise_if_any()
    models = {name: make_model(name, entry) for name, entry in models.items()}
    bound, results = bind_roles(models, list(models)), read_table(inputs.results)
    alpha, margin = statistics["alpha"], statistics["equivalence_margin"]
    wordings = {
        (name, one.name): words_of(one, model) for name, model in models.items() for one in model.contrasts.values()
    }
    fits = [json.loads(Path(file).read_text(encoding="utf-8")) for file in inputs.fits]
    cells = {name: fit["own_cells"] for name, fit in zip(models, fits, strict=True)}
    of_cells = CellTables(*map(read_table, inputs.cell_tests)) if inputs.cell_tests else None
    again = without_doublets(of_cells) if of_cells else None
    tests, repeated = (None if tables is None else cell_evidence(tables) for tables in (of_cells, again))
    variants = {name: read_table(file) for name, file in zip(models, inputs.variants, strict=False)}
    judged, changed = [], []
    for claims in files:
        against = _warnings(models, dict(zip(models, fits, strict=True)), claims.roles)

        def gather(claims, table, tests=tests):
            return gather_evidence(claims, table, scores, bound, alpha, margin, wordings, cells, of_cells=tests)

        def table_of(evidence, against=against):
            return tabulate_verdicts(decide(evidence, alpha), against)

        evidence = gather(claims, results)
        seconds = {method: table_of(gather(claims, with_second(results, method))) for method in METHODS}
        without = None if repeated is None else table_of(gather(claims, results, repeated))
        judged.append(compare_verdicts(note_doublets(table_of(evidence), without), seconds))
        of_fits = judge_changed_fits(claims, evidence, gather, partial(decide, alpha=alpha), results, variants)
        changed.append(of_fits)
    origin = results["data_origin"].iat[0]
    write_table(output.claims, pd.concat(judged), origin)
    if variants:
        write_table(output.changed, pd.concat(changed), origin)


def _warnings(models, fits, roles):
    """Return (model, contrast) -> what speaks against it: input, design, and a role of pairs without pairs."""
    found = {}
    for name, model in models.items():
        for contrast in model.contrasts.values():
            names = (contrast.name, *contrast.difference)
            cautions = [Caution.of_record(record) for record in fits[name]["warnings"]]
            taken = [roles[role] for role in contrast.roles if role in roles]
            cautions += [unpaired(contrast.name)] if any(is_unpaired(role, model, contrast) for role in taken) else []
            found[name, contrast.name] = [caution for caution in cautions if caution.touches(names)]
    return found


if __name__ == "__main__":
    with job(snakemake):
        main(
            inputs=snakemake.input,
            models=snakemake.params.models,
            statistics=snakemake.params.statistics,
            output=snakemake.output,
        )
