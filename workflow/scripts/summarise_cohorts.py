"""Set the cohorts of a configuration side by side: verdicts, effects of the same role, their meta-analysis."""

from functools import cache
from pathlib import Path

import pandas as pd
import yaml

from autocrine.claims.claims import read_claims
from autocrine.claims.roles import bind_roles
from autocrine.cohorts.origins import origin_words
from autocrine.cohorts.pooling import READ, Member, align_effects, pool_effects
from autocrine.cohorts.published import (
    as_member,
    describe_published,
    judge_published,
    load_published,
    tabulate_published,
)
from autocrine.cohorts.verdicts import judge_pooled, tabulate_claims
from autocrine.design.question import make_model, unit_of
from autocrine.input.genes import read_gene_table
from autocrine.input.known_genes import read_known_genes
from autocrine.input.orthologues import in_human_symbols
from autocrine.input.panel import read_panel
from autocrine.input.published import make_published
from autocrine.input.species import MOUSE
from autocrine.problems import Findings
from autocrine.run.job import job
from autocrine.samples.scores import score_names
from autocrine.tables import read_table, write_table


def main(inputs, cohorts, models, published, statistics, outputs):
    """Write claims, effects, meta-analysis and published tables; the tables in `inputs` follow `cohorts`."""
    models = {name: make_model(name, entry) for name, entry in models.items()}
    members = [_member(name, entry, models) for name, entry in cohorts.items()]
    judged = [read_table(path) for path in inputs.claims]
    panels = [_read_panel(path, member, inputs) for path, member in zip(inputs.panels, members, strict=True)]
    files, roles = _read_claims(inputs)
    alpha, margin = statistics["alpha"], statistics["equivalence_margin"]
    given, described = [make_published(name, entry) for name, entry in published.items()], []
    for asked in given:
        table, row = _published_panel(asked, inputs, statistics)
        # Claims name genes as the panel does, the summary by human symbols.
        judged += [judge_published(files, table, asked, alpha, margin)] if files else []
        panels.append(_in_human_symbols(table, asked.species, inputs))
        members.append(as_member(asked))
        described.append(row)
    if not files:
        # Without claims a role is a name that comparisons of the same kind share.
        roles = {role: ("", role) for member in members for role in member.bound}
    effects = align_effects(members, panels, roles)
    meta = pool_effects(effects, alpha)
    claims = tabulate_claims(members, judged, judge_pooled(files, meta, alpha, margin))
    origin = origin_words([member.data_origin for member in members], [member.published for member in members])
    write_table(outputs.effects, effects, effects["data_origin"])
    write_table(outputs.meta, meta, meta["data_origin"])
    write_table(outputs.claims, claims, origin)
    if given:
        origins = [origin_words([asked.data_origin], [True]) for asked in given]
        write_table(outputs.published, pd.DataFrame(described), pd.Series(origins))


def _member(name, entry, models):
    """Return a cohort with the comparisons that take a role; the check has seen that each role is taken once."""
    bound = {role: pairs[0] for role, pairs in bind_roles(models, entry["models"]).items()}
    asked = {pair: (models[pair[0]].contrasts[pair[1]], models[pair[0]]) for pair in bound.values()}
    forms = {pair: (contrast.form, unit_of(contrast, model)) for pair, (contrast, model) in asked.items()}
    return Member(name, entry["title"], entry["evidence"], entry["data_origin"], bound, forms, entry["species"])


def _read_panel(path, member, inputs):
    """Return the panel table of a cohort, its genes called by human symbols where it is one of mice."""
    return _in_human_symbols(read_table(path, READ), member.species, inputs)


@cache
def _gene_tables(genes, refused, mouse_genes):
    """Read the genes of both species, once for all cohorts of mice."""
    return read_gene_table(genes, refused), read_gene_table(mouse_genes)


def _in_human_symbols(panel, species, inputs):
    if species != MOUSE:
        return panel
    human, mouse = _gene_tables(inputs.genes, inputs.refused, inputs.mouse_genes)
    return panel.assign(symbol=in_human_symbols(panel["symbol"], panel["gene_id"].fillna(""), human, mouse))


def _published_panel(asked, inputs, statistics):
    """Return the rows of panel genes of a published table, and the row that says where they come from."""
    problems = Findings()
    panel = read_panel(inputs.panel, problems)
    known = read_known_genes(inputs.genes, inputs.refused, inputs.mouse_genes, None, problems)
    problems.raise_if_any()
    effects, mapped, found, findings = load_published(asked, known, panel)
    choices = [statistics[name] for name in ("alpha", "equivalence_margin", "power")]
    table = tabulate_published(effects, asked, mapped, found, panel, *choices)
    return table, describe_published(asked, mapped, found, findings)


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
            published=snakemake.params.published,
            statistics=snakemake.params.statistics,
            outputs=snakemake.output,
        )
