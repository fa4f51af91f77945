"""Write the report of one cohort."""

import json
from pathlib import Path

import pandas as pd
import yaml
from anndata import read_h5ad
from markupsafe import Markup

from autocrine.claims.roles import Role
from autocrine.columns import GENE_SETS
from autocrine.design.pairs import PATIENT
from autocrine.design.question import Statistics, make_model
from autocrine.design.spans import read_spans
from autocrine.input.cohort import make_cohort
from autocrine.input.contract import cautions_of
from autocrine.input.gmt import read_gmt
from autocrine.input.known_genes import read_known_genes
from autocrine.input.species import HUMAN
from autocrine.page.blocks import pack_activities, pack_cohort, pack_shares, shown_sets
from autocrine.page.cell_methods import write_cell_methods
from autocrine.page.cells import choose_genes, describe_cells, describe_losses
from autocrine.page.citations import cite_claims, count_samples, frame_comparison
from autocrine.page.dossier import describe_claims, pack_changes, pack_members, pack_sheet
from autocrine.page.explorer import describe_contrasts, describe_page, describe_panel, describe_sections
from autocrine.page.first_screen import mark_claims, name_caveats, top_findings
from autocrine.page.gene_words import STATUS_WORDS, gene_words
from autocrine.page.methods import describe_species, write_methods
from autocrine.page.opinions import describe_opinions, describe_shared, tabulate_agreement
from autocrine.page.outcomes import describe_outcomes
from autocrine.page.payload import pack_json, safe_json
from autocrine.page.pictures import embed_png, embed_svg, pack_svg
from autocrine.page.render import read_page, render
from autocrine.page.rounding import half_of
from autocrine.page.sample_maps import describe_limits, pack_maps, tabulate_left_out
from autocrine.page.sections import (
    describe_unwanted,
    find_shades,
    gather_warnings,
    group_panel,
    primary_rows,
    summarise_contrast,
)
from autocrine.page.short_methods import MARGIN_PER
from autocrine.page.what_if import describe_changed_verdicts, pack_what_if
from autocrine.problems import Findings
from autocrine.prognosis.question import make_outcome
from autocrine.results.gene_sets import resolve_sets
from autocrine.results.outcomes import OUTCOME_WORDS, STATUSES, genome_wide, without_unread
from autocrine.run.job import job
from autocrine.samples.composition import ESTIMATED, OF_OTHERS
from autocrine.samples.quality import Components, find_components, flag_limits
from autocrine.tables import read_table, write_text


def main(name, configuration, contrasts, inputs, page, output):
    """Write `report.html`; the lists in `inputs` follow the models of the configuration and `contrasts`."""
    statistics, alpha = configuration["statistics"], configuration["statistics"]["alpha"]
    cohort = make_cohort(name, configuration["cohorts"][name], list(configuration["models"]))
    models = {key: make_model(key, entry) for key, entry in configuration["models"].items()}
    data, normalised = read_h5ad(inputs.counts, backed="r"), read_h5ad(inputs.normalised)
    record, genes, patients = data.uns["import"], list(data.var_names), _patients(normalised.obs)
    panel, quality = without_unread(read_table(inputs.panel)), read_table(inputs.quality).to_dict("records")
    claims, scores = _claims(inputs), read_table(inputs.scores)
    gene_sets = read_table(inputs.gene_sets) if inputs.gene_sets else pd.DataFrame(columns=list(GENE_SETS.names))
    activities = read_table(inputs.activities) if inputs.activities else pd.DataFrame(columns=["file"])
    fits = {key: json.loads(_text(file)) for key, file in zip(models, inputs.fits, strict=True)}
    samples = {key: read_table(file) for key, file in zip(models, inputs.samples, strict=True)}
    unwanted = {key: read_table(file) for key, file in zip(models, inputs.unwanted, strict=True)}
    tables = {pair: without_unread(read_table(file)) for pair, file in zip(contrasts, inputs.tables, strict=True)}
    asked = Statistics(**statistics)
    of_patients = {key: make_outcome(key, entry) for key, entry in configuration.get("outcomes", {}).items()}
    outcomes = next(map(read_table, inputs.outcomes), None)
    of_cells = {Path(file).name.split(".")[0]: read_table(file) for file in inputs.cells}
    picture = next(map(_picture, inputs.picture, inputs.sketch), None)
    judged_claims = pd.DataFrame([row for file in claims for row in file["rows"]]) if claims else None
    found = {pair: summarise_contrast(table, asked) for pair, table in tables.items()}
    lists = {pair: genome_wide(table, asked.calls) for pair, table in tables.items()}
    words = {
        (model, one): gene_words(
            models[model].contrasts[one], models[model], read_spans(fits[model]["contrasts"]), asked
        )
        for model, one in contrasts
    }
    levels = normalised.layers["log_cpm"]
    values = {(model, one): fits[model]["contrasts"][one]["values"] for model, one in contrasts}
    blocks = pack_cohort(
        data.var, _aliases(inputs.genes), levels, lists, gene_sets, words, values, alpha, cohort.measure
    )
    if len(activities):
        blocks["activities"] = pack_activities(activities, {pair: words[pair] for pair in contrasts}, alpha)
    if of_cells:
        # In the order of the panel as the page has it.
        blocks["cellShares"] = pack_shares(of_cells["shares"], list(dict.fromkeys(panel["symbol"])), list(patients))
    places, numbers = ({key: i for i, key in enumerate(keys)} for keys in (patients, genes))
    reaches = {pair: float(half_of(table).median()) for pair, table in tables.items()}
    described = describe_contrasts(models, contrasts, fits, samples, places, found, words, asked, reaches)
    judged, verdicts = describe_panel(panel, contrasts, numbers, words, asked)
    blocks["panel"], blocks["sheet"] = pack_json(judged), pack_sheet(normalised.obs)
    variants = {key: read_table(file) for key, file in zip(models, inputs.variants, strict=False)}
    blocks |= pack_changes(variants, tables, numbers)
    if variants:
        singles = {key: read_table(file) for key, file in zip(models, inputs.singles, strict=True)}
        blocks |= pack_what_if(variants, singles, panel, tables, numbers, alpha)
        blocks["verdicts"] = describe_changed_verdicts(read_table(inputs.changed) if inputs.changed else None, claims)
    blocks["members"] = pack_members(_sets(inputs, shown_sets(gene_sets), data.var, cohort.species), genes)
    maps = {"": ("all samples", _components(normalised))}
    for key, table in samples.items():
        found_in = find_components(normalised[table["sample"]].layers["vst"], table["sample"])
        maps[key] = (models[key].title, found_in)
    distances = pd.DataFrame(normalised.obsp["distances"], normalised.obs_names, normalised.obs_names)
    blocks |= pack_maps(maps, distances, read_table(inputs.quality))
    warnings = gather_warnings(cautions_of(data), quality, fits, models, claims)
    warnings += describe_losses(of_cells["unequal_losses"], models) if of_cells else []
    sections = describe_sections(models, contrasts, fits, found, asked)
    compared = count_samples(sections)
    for one in described:
        touching = [(place, warning) for place, warning in enumerate(warnings, 1) if one["key"] in warning["touches"]]
        one["warnings"] = [{"number": place, "text": warning["text"]} for place, warning in touching]
        against = [warning["text"] for _, warning in touching]
        one["cited"] = frame_comparison(one["modelTitle"], compared[one["key"]], against, cohort.simulated)
    for row in (row for file in claims for row in file["rows"]):
        # Of a claim without a comparison there is nothing to say.
        pair = (row["model"], row["contrast"])
        row["per"] = words[pair].words.per if pair in words else ""
        row["of_others"] = str(row["composition_flag"]).removesuffix(ESTIMATED) in OF_OTHERS
    cite_claims(claims, compared, warnings, alpha, cohort.simulated)
    mark_claims(claims)
    name_caveats(claims, warnings)
    of_pairs = dict(list(gene_sets.groupby(["model", "contrast"], sort=False))) if len(gene_sets) else {}
    tops = [top_findings(tables[pair], of_pairs.get(pair, gene_sets.head(0)), words[pair], asked) for pair in contrasts]
    of_genes = describe_claims(claims, {gene["symbol"]: gene["place"] for gene in judged})
    blocks["meta"] = pack_json(describe_page(cohort, statistics, genes, patients, described, verdicts, of_genes))
    text = render(
        **read_page(page),
        first="report.html.j2",
        words=STATUS_WORDS,
        outcome_words=OUTCOME_WORDS,
        cohort=cohort,
        record=record,
        patients=len(set(patients.values()) - {""}),
        models=models,
        statistics=statistics,
        margin_per=MARGIN_PER[statistics["margin_per"]],
        sections=sections,
        tops=tops,
        fits=fits,
        claims=claims,
        warnings=warnings,
        cells=describe_cells(of_cells, models, choose_genes(panel, judged_claims), asked) if of_cells else None,
        cell_figures={Path(file).stem: _figure(file) for file in inputs.cell_figures},
        picture=picture,
        panel_groups=group_panel(panel, contrasts),
        shades=find_shades(panel, contrasts, reaches),
        primary=primary_rows(panel, contrasts, asked),
        story=_figure(inputs.story),
        sensitivity_figure=next(map(_packed, inputs.sensitivity_figure), None),
        outcomes=describe_outcomes(outcomes, of_patients),
        outcome_figures={Path(file).stem: _figure(file) for file in inputs.outcome_figures},
        opinions=tabulate_agreement(contrasts, fits, panel),
        opinions_figure=next(map(_packed, inputs.opinions_figure), None),
        scores=scores.to_dict("records"),
        correlations=read_table(inputs.correlations).to_dict("records"),
        has_sets=len(gene_sets) > 0,
        activities_figure=next(map(_figure, inputs.activities_figure), None),
        networks=list(dict.fromkeys(activities["file"])),
        what_if=bool(variants),
        quality=quality,
        limits=describe_limits(flag_limits(pd.DataFrame(quality).set_index("sample"), distances)),
        left_out=(left_out := tabulate_left_out(models, contrasts, fits)),
        statuses=[status for status in STATUSES if any(row["status"].get(status) for row in left_out)],
        quality_figures={Path(file).stem: _packed(file) for file in inputs.quality_figures},
        without={Path(file).stem: _packed(file) for file in inputs.without},
        unwanted=describe_unwanted(unwanted, models),
        dispersions={key: _packed(file) for key, file in zip(models, inputs.dispersions, strict=True)},
        methods=write_methods(
            models,
            fits,
            statistics,
            sets=list(dict.fromkeys(gene_sets["file"])),
            networks=list(dict.fromkeys(activities["file"])),
            scores=list(dict.fromkeys(scores.loc[scores["reason"] == "", "score"])),
            claims=[file["title"] for file in claims if any(row["verdict"] != "not_testable" for row in file["rows"])],
            variants=int(panel["sensitivity_fits"].max()) if "sensitivity_fits" in panel else 0,
            outcomes=of_patients,
            simulated=cohort.simulated,
            cells=write_cell_methods(cohort.cells, record, picture) if cohort.cells else ((), ()),
            species="" if cohort.species == HUMAN else describe_species(cohort.species_label, panel, gene_sets),
        ),
        configuration=yaml.safe_dump(configuration, sort_keys=False, allow_unicode=True),
        blocks={key: block.text for key, block in blocks.items()},
        forms=Markup(safe_json({key: block.form for key, block in blocks.items()})),
    )
    write_text(output, text)


def _patients(sheet):
    """Return sample -> patient, "" where none is known."""
    known = sheet[PATIENT].astype(str) if PATIENT in sheet else pd.Series("", sheet.index)
    return {sample: "" if patient in ("", "nan") else patient for sample, patient in known.items()}


def _components(normalised):
    """Return the components of all samples, as `assess_quality` found them."""
    scores = normalised.obsm["X_pca"]
    names = [f"PC{i + 1}" for i in range(scores.shape[1])]
    return Components(pd.DataFrame(scores, normalised.obs_names, names), normalised.uns["pca"]["variance_ratio"])


def _claims(inputs):
    """Return the judged claims, file by file, with what each file says of itself."""
    judged = read_table(inputs.claims) if inputs.claims else None
    files = []
    for path in inputs.claims_files:
        said = yaml.safe_load(_text(path))
        rows = judged[judged["title"] == said["title"]].to_dict("records")
        rows = [row | {"opinions": describe_opinions(row)} for row in rows]
        header = {"title": said["title"], "citation": said["citation"], "note": said.get("note", "")}
        roles = {name: Role(**role) for name, role in said["roles"].items()}
        files.append({**header, "roles": roles, "shared": describe_shared(rows), "rows": rows})
    return files


def _sets(inputs, shown, var, species):
    """Return file -> those of its gene sets that are shown, with the genes of the matrix."""
    findings, asked = Findings(), set(shown)
    own = inputs.own_genes[0] if inputs.own_genes else None
    known = read_known_genes(inputs.known, inputs.refused, inputs.mouse_genes, own, findings)
    files = {Path(path).name: read_gmt(path, findings) for path in inputs.set_files}
    findings.raise_if_any()
    chosen = {
        name: sets[[(name, one) in asked for one in sets["gene_set"]]].reset_index(drop=True)
        for name, sets in files.items()
    }
    return {name: resolve_sets(sets, var, known, species) for name, sets in chosen.items()}


def _aliases(paths):
    """Return gene_id -> aliases of the bundled genes of the species, if it has any."""
    columns = ["gene_id", "aliases"]
    tables = [pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False, usecols=columns) for path in paths]
    return {gene: names for table in tables for gene, names in zip(table["gene_id"], table["aliases"], strict=True)}


def _figure(path):
    return embed_svg(Path(path).read_bytes())


def _picture(path, sketch):
    """Return the picture of the cells, how they were placed, how many they are, and which receptor is marked."""
    held = read_h5ad(sketch, backed="r")
    details = {"way": str(held.uns["way"]), "receptor": str(held.uns["receptor"]), "cells": held.n_obs}
    return {"image": embed_png(Path(path).read_bytes()), **details}


def _packed(path):
    return pack_svg(Path(path).read_bytes())


def _text(path):
    return Path(path).read_text(encoding="utf-8")


if __name__ == "__main__":
    with job(snakemake):
        main(
            name=snakemake.wildcards.cohort,
            configuration=snakemake.params.configuration,
            contrasts=[tuple(pair) for pair in snakemake.params.contrasts],
            inputs=snakemake.input,
            page=snakemake.params.page,
            output=snakemake.output.report,
        )
