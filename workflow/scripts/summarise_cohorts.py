"""Set the cohorts of a configuration side by side: verdicts, effects of the same role, their meta-analysis."""

from pathlib import Path

import yaml

from autocrine.claims.claims import read_claims
from autocrine.claims.roles import bind_roles
from autocrine.cohorts.pooling import Member, align_effects, pool_effects
from autocrine.cohorts.verdicts import judge_pooled, tabulate_claims
from autocrine.design.question import make_model, unit_of
from autocrine.input.genes import read_gene_table
from autocrine.input.orthologues import in_human_symbols
from autocrine.input.panel import read_panel
from autocrine.input.species import MOUSE
from autocrine.problems import Findings
from autocrine.run.job import job
from autocrine.samples.scores import score_names
from autocrine.tables import read_table, write_table


def main(inputs, cohorts, models, statistics, outputs):
    """Write claims, effects and meta-analysis; the tables in `inputs` follow `cohorts`."""
    models = {name: make_model(name, entry) for name, entry in models.items()}
    members = [_member(name, entry, models) for name, entry in cohorts.items()]
    judged = [read_table(path) for path in inputs.claims]
    files, roles = _read_claims(inputs)
    if not files:
        # Without claims a role is a name that comparisons of the same kind share.
        roles = {role: ("", role) for member in members for role in member.bound}
    alpha, margin = statistics["alpha"], statistics["equivalence_margin"]
    panels = [_read_panel(path, member, inputs) for path, member in zip(inputs.panels, members, strict=True)]
    effects = align_effects(members, panels, roles)
    meta = pool_effects(effects, alpha)
    claims = tabulate_claims(members, judged, judge_pooled(files, meta, alpha, margin))
    origins = dict.fromkeys(member.data_origin for member in members)
    write_table(outputs.effects, effects, effects["data_origin"])
    write_table(outputs.meta, meta, meta["data_origin"])
    write_table(outputs.claims, claims, "partly SIMULATED" if len(origins) > 1 else next(iter(origins)))


def _member(name, entry, models):
    """Return a cohort with the comparisons that take a role; the check has seen that each role is taken once."""
    bound = {role: pairs[0] for role, pairs in bind_roles(models, entry["models"]).items()}
    asked = {pair: (models[pair[0]].contrasts[pair[1]], models[pair[0]]) for pair in bound.values()}
    forms = {pair: (contrast.form, unit_of(contrast, model)) for pair, (contrast, model) in asked.items()}
    return Member(name, entry["title"], entry["evidence"], entry["data_origin"], bound, forms, entry["species"])


def _read_panel(path, member, inputs):
    """Return the panel table of a cohort, its genes called by human symbols where it is one of mice."""
    panel = read_table(path)
    if member.species != MOUSE:
        return panel
    human, mouse = read_gene_table(inputs.genes, inputs.refused), read_gene_table(inputs.mouse_genes)
    return panel.assign(symbol=in_human_symbols(panel["symbol"], panel["gene_id"].fillna(""), human, mouse))


def _read_claims(inputs):
    """Return the claims, and population and comparison of each role; the first file to name a role describes it."""
    findings = Findings()
    panel = read_panel(inputs.panel, findings)
    schema = yaml.safe_load(Path(inputs.schema).read_text(encoding="utf-8"))
    scores = score_names(panel) if panel is not None else []
    files = [
        read_claims(path, schema, panel, lambda: read_gene_table(inputs.genes, inputs.refused), scores, findings)
        for path in inputs.claims_files
    ]
    findings.raise_if_any()
    roles = {}
    for file in files:
        for name, role in file.roles.items():
            roles.setdefault(name, (role.population, role.comparison))
    return files, roles


if __name__ == "__main__":
    with job(snakemake):
        main(
            inputs=snakemake.input,
            cohorts=snakemake.params.cohorts,
            models=snakemake.params.models,
            statistics=snakemake.params.statistics,
            outputs=snakemake.output,
        )
