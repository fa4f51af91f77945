"""Everything that can be known to be wrong before the first job, found in one pass."""

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from autocrine.claims.claims import Claims, read_claims
from autocrine.claims.roles import check_published_roles, check_roles
from autocrine.claims.states import check_states
from autocrine.design.question import Model
from autocrine.input.cohort import Cohort
from autocrine.input.genes import GeneTable
from autocrine.input.gmt import read_gmt
from autocrine.input.importing import FEWEST_SIZE_FACTOR_GENES, REFERENCE_GENES
from autocrine.input.network import check_targets, read_network
from autocrine.input.orthologues import named_as
from autocrine.input.own_genes import check_own_genes
from autocrine.input.panel import CONTROL_GROUP, check_panel_names, explain_absence, read_panel
from autocrine.input.published import read_published
from autocrine.input.species import HUMAN, MOUSE, NO_GENES
from autocrine.problems import Findings, listed
from autocrine.run.cohort_check import CohortCheck, check_cohort
from autocrine.run.config import Settings
from autocrine.run.outline import outline_published
from autocrine.samples.scores import score_names

CheckOfCohort = Callable[[Cohort, Settings, dict[str, Any]], CohortCheck]


@dataclass(frozen=True)
class SharedInputs:
    """Where things are that a run reads beside its cohorts: paths, schemas, and how to get the bundled genes.

    Claims and gene sets may be none. Gene sets that come with the workflow are sound, and not read before every run.
    """

    panel: str
    claims: tuple[str, ...]
    gene_sets: tuple[str, ...]
    samples_schema: dict[str, Any]
    claims_schema: dict[str, Any]
    genes: Callable[[], GeneTable]
    mouse_genes: Callable[[], GeneTable] = lambda: NO_GENES


def check_inputs(
    settings: Settings, shared: SharedInputs, findings: Findings, check: CheckOfCohort = check_cohort
) -> list[str]:
    """Read every input of a configuration and check it, without writing anything.

    Parameters
    ----------
    settings
        A valid configuration.
    shared
        What is read beside the cohorts.
    findings
        Receives every problem of every cohort, model, the panel, the claims, gene sets and networks.
    check
        Checks a cohort; that of `RememberedChecks` does so once for the same contents.

    Returns
    -------
    What is asked for, in words, a line each.
    """
    outline: list[str] = []
    panel = read_panel(shared.panel, findings)
    files: list[Claims | None] = []
    if panel is not None:
        names = score_names(panel)
        users = {cohort.species for cohort in settings.cohorts.values() if cohort.panel is None}
        if settings.panel:
            # The bundled panel was checked when it was made.
            _check_names(panel, shared.panel, users, shared, findings)
        files = [
            read_claims(path, shared.claims_schema, panel, shared.genes, names, findings) for path in shared.claims
        ]
        cohorts = {cohort.name: cohort.models for cohort in settings.cohorts.values()}
        check_roles(files, settings.models, cohorts, findings)
        roles = {name: asked.role for name, asked in settings.published.items()}
        check_published_roles(files, roles, {name: asked.doi for name, asked in settings.published.items()}, findings)
    _check_panels(settings, panel, shared, findings)
    for path in shared.gene_sets:
        read_gmt(path, findings)
    _check_networks(settings, shared, findings)
    known: dict[str, tuple[str, str]] = {}
    states: dict[str, Sequence[str] | None] = {}
    for cohort in settings.cohorts.values():
        checked = check(cohort, settings, shared.samples_schema)
        findings.add(checked.findings)
        _check_own_samples(cohort.name, checked.samples, known, findings)
        outline += checked.outline
        if cohort.cells is not None:
            states[cohort.name] = checked.states
    of_cells = {name: settings.cohorts[name].models for name in states}
    check_states(dict(zip(shared.claims, files, strict=False)), settings.models, of_cells, states, findings)
    _check_published_once(settings, findings)
    for asked in settings.published.values():
        effects = read_published(asked, findings)
        outline += outline_published(asked, effects)
    return outline


def _check_networks(settings: Settings, shared: SharedInputs, findings: Findings) -> None:
    """Read the networks, and tell of those whose targets are no genes of human or mouse where cohorts are of these."""
    species = {cohort.species for cohort in settings.cohorts.values()}
    for path in settings.networks:
        network = read_network(path, findings)
        if network is not None and species <= {HUMAN, MOUSE}:
            tables = [shared.genes(), *([shared.mouse_genes()] if MOUSE in species else [])]
            check_targets(network, path, tables, findings)


def _check_published_once(settings: Settings, findings: Findings) -> None:
    """Tell of effects of one column of one table that are given under several names: they would count several times."""
    names: dict[tuple[str, str], list[str]] = {}
    for name, asked in settings.published.items():
        names.setdefault((os.path.realpath(asked.table), asked.columns["effect"]), []).append(name)
    for (_, column), held in names.items():
        if len(held) > 1:
            found = f'{listed(held)} are column "{column}" of one table: {settings.published[held[0]].table}'
            findings.problem("config, published", found, "each set of effects once")


def _check_own_samples(
    cohort: str, samples: Mapping[str, str], known: dict[str, tuple[str, str]], findings: Findings
) -> None:
    """Tell of samples (name -> digest) that another cohort has too; `known` holds digest -> cohort and sample."""
    shared: dict[str, list[str]] = {}
    for sample, digest in samples.items():
        other, name = known.setdefault(digest, (cohort, sample))
        if other != cohort:
            shared.setdefault(other, []).append(sample if name == sample else f"{sample} (there {name})")
    for other, samples in shared.items():
        text = (
            f"cohorts {other} and {cohort} share {len(samples)} sample{'s' if len(samples) > 1 else ''}: "
            f"{listed(samples)}. The summary takes cohorts for independent, and counts these twice"
        )
        findings.warn("shared_samples", text)


def _check_names(
    panel: pd.DataFrame, path: str, species: Collection[str], shared: SharedInputs, findings: Findings
) -> None:
    """Tell of panel genes whose symbol and identifier disagree, by the genes of the species that they are named after.

    Genes of other species are looked up when the counts are read.
    """
    if HUMAN not in species and MOUSE not in species:
        return
    if MOUSE not in species:
        check_panel_names(panel, path, shared.genes(), findings)
        return
    names = [*panel["symbol"], *panel["ensembl"].str.split(".").str[0]]
    tables = {HUMAN: shared.genes(), MOUSE: shared.mouse_genes()}
    named = named_as(names, tables[HUMAN], tables[MOUSE])
    check_panel_names(panel, path, tables.pop(named), findings, named, *tables.values())


def _check_panels(settings: Settings, panel: pd.DataFrame | None, shared: SharedInputs, findings: Findings) -> None:
    """Check panels and gene tables that cohorts have of their own, and what rests on the reference genes of each."""
    for cohort in settings.cohorts.values():
        own = panel if cohort.panel is None else read_panel(cohort.panel, findings)
        if cohort.panel is not None and own is not None:
            _check_names(own, cohort.panel, {cohort.species}, shared, findings)
        if cohort.genes is not None:
            check_own_genes(cohort.genes, findings)
        if own is not None:
            models = [settings.models[name] for name in cohort.models]
            _check_reference_genes(cohort, models, int((own["group"] == CONTROL_GROUP).sum()), findings)
            if cohort.cells is not None:
                _check_pairs(cohort, own, shared, findings)


def _check_pairs(cohort: Cohort, panel: pd.DataFrame, shared: SharedInputs, findings: Findings) -> None:
    """Tell of genes that are looked for in the same cells and are not in the panel, whose genes alone are counted."""
    named = dict.fromkeys(gene for pair in cohort.cells.pairs or () for gene in pair)
    for gene in named:
        if gene not in set(panel["symbol"]):
            where = f"config, cohorts.{cohort.name}.cells.pairs"
            findings.problem(where, *explain_absence(gene, panel, shared.genes()))


def _check_reference_genes(cohort: Cohort, models: Sequence[Model], known: int, findings: Findings) -> None:
    """Tell where the panel of a cohort has too few reference genes for what is to rest on them."""
    found = f'genes of the group "{CONTROL_GROUP}" in the panel: {known}'
    if cohort.size_factor_genes == REFERENCE_GENES and known < FEWEST_SIZE_FACTOR_GENES:
        where = f"config, cohorts.{cohort.name}.size_factors.genes"
        findings.problem(where, found, f"{FEWEST_SIZE_FACTOR_GENES} or more")
    for model in models:
        if model.unwanted_factors and model.unwanted_from == "reference_genes" and known <= model.unwanted_factors:
            where = f"config, models.{model.name}.unwanted_factors"
            findings.problem(
                where, f"{found}; {model.unwanted_factors} factors need more", "fewer factors, or residuals"
            )
