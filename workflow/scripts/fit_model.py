"""Fit one model on one cohort and test all its contrasts."""

from pathlib import Path

import numpy as np
import pandas as pd
from anndata import read_h5ad

from autocrine.columns import SECOND_OPINION
from autocrine.design.question import Statistics, make_model
from autocrine.input.contract import cautions_of, lengths_of, measure_of, scaling_of, sheet_of
from autocrine.input.panel import CONTROL_GROUP
from autocrine.measure import COUNTS
from autocrine.problems import Findings
from autocrine.results.analysis import analyse
from autocrine.results.engines import engine_of
from autocrine.results.fit_record import record_fit
from autocrine.results.opinions import measure_agreement
from autocrine.results.outcomes import CALLED
from autocrine.results.second_opinion import ask_second, fit_others
from autocrine.run.job import job
from autocrine.samples.composition import Estimated, estimated_effect
from autocrine.samples.unwanted import describe_factors, usable_levels
from autocrine.tables import read_table, write_json, write_table


def main(counts, fractions, name, entry, statistics, engine, second_opinion, threads, outputs, tables):
    """Write the samples, the design, the dispersions, a record of the fit and one gene table per contrast."""
    data = read_h5ad(counts)
    origin, model, findings = data.uns["data_origin"], make_model(name, entry), Findings()
    where, asked = f"config, models.{name}", Statistics(**statistics)
    var = data.var[["gene_name", "written"]]
    raw = pd.DataFrame(np.asarray(data.X), index=data.obs_names, columns=data.var_names)
    panel_genes = data.var_names[data.var["panel"] != ""]
    reference = data.var_names[data.var["panel_group"] == CONTROL_GROUP]
    measure = measure_of(data)
    analysis = analyse(
        raw,
        sheet_of(data.obs),
        model,
        asked,
        where,
        findings,
        var=var,
        reference=reference,
        lengths=lengths_of(data),
        **scaling_of(data),
        always=panel_genes,
        engine=engine,
        measure=measure,
        threads=threads,
    )
    findings.raise_if_any()
    raw, plain, design, fit, scaling = (
        analysis.counts, analysis.plain, analysis.design, analysis.fit, analysis.scaling
    )  # fmt: skip

    if measure == COUNTS:
        levels, known = usable_levels(raw, scaling.factors), {"total counts (log2)": np.log2(raw.sum(axis=1))}
    else:
        levels, known = raw, {"median level (log2)": raw.median(axis=1)}
    table = describe_factors(levels, plain, model, reference, plain.selected.assign(**known))
    write_table(outputs.unwanted, table, origin)
    others, seconds = fit_others(second_opinion, analysis, engine, measure, threads), []
    estimated = _read_fractions(*fractions) if fractions else None
    summaries, without = {}, [pd.DataFrame(columns=["contrast", "gene_id", "sample", "log2_fc", "moderated_p_value"])]
    asked_genes = fit.of_genes(fit.genes.index[fit.genes.index.isin(panel_genes)])
    for contrast, file in tables.items():
        question = model.contrasts[contrast]
        table, filtering = analysis.tabulate(question)
        composition = estimated_effect(
            design.selected, design.matrix, design.direction(question), design.groups[contrast], estimated
        )
        second, reasons = ask_second(others, design, question, asked)
        seconds.append(second.assign(contrast=contrast))
        agreement = {
            method: {"reason": reasons[method]}
            if method in reasons
            else measure_agreement(table, second[second["method"] == method], asked.alpha, CALLED[asked.calls][1])
            for method in second_opinion
        }
        summaries[contrast] = {"filtering": filtering, "composition": composition, "second_opinion": agreement}
        write_table(file, table, origin)
        if (vector := design.direction(question)) is not None:
            left = engine_of(fit).without_each_sample(asked_genes, vector).rename(columns={"gene": "gene_id"})
            left["sample"] = np.asarray(design.matrix.index)[left["sample"].to_numpy(dtype=int)]
            without.append(left.assign(contrast=contrast))
    left = pd.concat([part for part in without if len(part)] or without, ignore_index=True)
    write_table(outputs.single_samples, left[list(without[0].columns)], origin)
    columns = [name for name in SECOND_OPINION.names if name != "data_origin"]
    write_table(outputs.second_opinion, pd.concat(seconds, ignore_index=True)[columns], origin)
    genes = fit.genes.rename_axis("gene_id").reset_index()
    genes.insert(1, "gene_name", data.var["gene_name"].loc[genes["gene_id"]].to_numpy())
    write_table(outputs.dispersions, genes, origin)
    write_table(outputs.design, design.matrix.rename_axis("sample").reset_index(), origin)
    write_table(outputs.samples, analysis.examination.samples, origin)
    applied = record_fit(
        fit, model, design, analysis.examination, summaries, scaling, asked, engine, measure, cautions_of(data)
    )
    write_json(outputs.fit, {"data_origin": origin, **applied, "statistics": statistics})


def _read_fractions(table, draws):
    """Return the fractions that were estimated from expression."""
    parts = [read_table(path).set_index("sample").drop(columns="data_origin") for path in (table, draws)]
    return Estimated(*parts)


if __name__ == "__main__":
    with job(snakemake):
        main(
            counts=snakemake.input.counts,
            fractions=list(snakemake.input.fractions),
            name=snakemake.params.name,
            entry=snakemake.params.model,
            statistics=snakemake.params.statistics,
            engine=snakemake.params.engine,
            second_opinion=snakemake.params.second_opinion,
            threads=snakemake.threads,
            outputs=snakemake.output,
            tables={Path(file).parent.name: file for file in snakemake.output.genes},
        )
