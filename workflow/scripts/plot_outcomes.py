"""Draw what became of the patients of one cohort: by genes and scores, and by halves of the primary genes."""

import pandas as pd
from anndata import read_h5ad

from autocrine.input.contract import sheet_of
from autocrine.page.figures.outcomes import FollowUp, draw_follow_up, draw_outcomes
from autocrine.page.figures.style import save
from autocrine.problems import Findings
from autocrine.prognosis.patients import select_patients
from autocrine.prognosis.question import SURVIVAL, make_outcome
from autocrine.run.job import job
from autocrine.tables import read_table


def main(cohort, outcomes, normalised, entries, outputs):
    """Write the figures, `entries` being the outcomes of the configuration."""
    table, data = read_table(outcomes), read_h5ad(normalised)
    asked = {name: make_outcome(name, entry) for name, entry in entries.items()}
    origin = data.uns["data_origin"]
    save(draw_outcomes(table, {name: outcome.title for name, outcome in asked.items()}), outputs.outcomes, origin)
    sheet = sheet_of(data.obs)
    drawn = [
        follow_up(outcome, select_patients(sheet, outcome, cohort, Findings()), table, data)
        for outcome in asked.values()
        # Curves of two or three events look like an answer.
        if outcome.kind == SURVIVAL and table.loc[table["outcome_name"] == outcome.name, "p_value"].notna().any()
    ]
    save(draw_follow_up(drawn), outputs.follow_up, origin)


def follow_up(outcome, patients, table, data):
    """Return what the curves of one outcome are drawn of: the primary genes that are in the matrix."""
    rows = table[(table["outcome_name"] == outcome.name) & (table["tier"] == "primary") & (table["gene_id"] != "")]
    levels = data[patients.samples, rows["gene_id"].to_numpy()].layers["log_cpm"]
    genes = pd.DataFrame(levels, patients.samples, rows["name"])
    return FollowUp(outcome.title, outcome.unit, patients.time, patients.event, genes)


if __name__ == "__main__":
    with job(snakemake):
        main(
            cohort=snakemake.wildcards.cohort,
            outcomes=snakemake.input.outcomes,
            normalised=snakemake.input.normalised,
            entries=snakemake.params.outcomes,
            outputs=snakemake.output,
        )
