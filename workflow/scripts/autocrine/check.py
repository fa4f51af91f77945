"""Everything that can be known to be wrong before the first job, found in one pass."""

from typing import Any

from autocrine.cohort import read_cohort
from autocrine.config import Settings
from autocrine.design import build_design
from autocrine.examine import examine_design
from autocrine.panel import read_panel
from autocrine.problems import Findings


def check_inputs(settings: Settings, samples_schema: dict[str, Any], panel_path: str, findings: Findings) -> None:
    """Read every input of a configuration and check it, without writing anything.

    Parameters
    ----------
    settings
        A valid configuration.
    samples_schema
        JSON Schema of one sheet row.
    panel_path
        The gene panel.
    findings
        Receives every problem of every cohort, model and the panel.
    """
    read_panel(panel_path, findings)
    for cohort in settings.cohorts.values():
        read = read_cohort(cohort, samples_schema, findings)
        if read.sheet is None:
            continue
        for name in cohort.models:
            where = f"config, models.{name}"
            if len(settings.cohorts) > 1:
                where += f" (cohort {cohort.name})"
            model = settings.models[name]
            design = build_design(read.sheet, model, where, findings)
            if design is not None:
                for warning in examine_design(design, model, where, findings).warnings:
                    findings.warn(f"{where.removeprefix('config, ')}: {warning}")
