"""What is asked of values per sample: a design, a contrast and thresholds, checked as they are for counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from autocrine.design.asked import ask_contrasts
from autocrine.design.examination import examine_design
from autocrine.design.forms.contrast import Contrast
from autocrine.design.matrix import Design, build_design
from autocrine.design.question import check_contrast, make_model
from autocrine.input.objects import check_object_sheet
from autocrine.problems import Findings, listed


@dataclass(frozen=True)
class Comparison:
    """A question with the samples that answer it.

    Attributes
    ----------
    design : Design
        The samples that take part, and the design matrix.
    contrast : Contrast
        What is compared.
    cautions : list of str
        What makes the comparison weak.
    """

    design: Design
    contrast: Contrast
    cautions: list[str]


def ask_comparison(
    sheet: pd.DataFrame,
    design: str,
    contrast: Mapping[str, Any] | None,
    column: Mapping[str, Any],
    what: str,
    findings: Findings,
    *,
    numeric: Sequence[str] = (),
    samples: Mapping[str, Any] | None = None,
    groups: Mapping[str, Any] | None = None,
    incomplete_pairs: str = "keep",
    repeated_patients: str = "stop",
    accept_confounded: Sequence[str] = (),
    random: str = "",
) -> Comparison | None:
    """Turn a question in the words of `autocrine.fit` and `FittedModel.test` into a design and its contrast.

    Parameters
    ----------
    sheet : DataFrame of shape (samples, columns)
        What is known of each sample that has a value.
    design : str
        Formula over its columns.
    contrast, column : mapping
        What is asked; one of the two (`autocrine.design.asked.ask_contrasts`).
    what : str
        How messages call the values.
    findings : Findings
        Receives every problem; then the comparison is None.
    numeric, samples, groups, incomplete_pairs, repeated_patients, accept_confounded, random
        As in `autocrine.fit`.

    Raises
    ------
    TypeError
        Where not one contrast is asked, or not as contrasts are asked.
    """
    before = len(findings.problems)
    checked = check_object_sheet(sheet, numeric, findings)
    if checked is None or len(findings.problems) > before:
        return None
    entry = {
        "samples": dict(samples or {}),
        "design": design,
        "contrasts": {},
        "groups": dict(groups or {}),
        "incomplete_pairs": incomplete_pairs,
        "repeated_patients": repeated_patients,
        "accept_confounded": list(accept_confounded),
        "unwanted_factors": 0,
        "unwanted_from": "residuals",
        "random": random,
    }
    asked = ask_contrasts(contrast, column, {}, checked)
    question = list(asked.values())[-1]
    model = replace(make_model(what, entry), contrasts=asked)
    for part in asked.values():
        check_contrast(part, model, findings)
    built = None if len(findings.problems) > before else build_design(checked, model, what, findings)
    examined = None if built is None else examine_design(built, model, what, findings)
    if built is None or examined is None or len(findings.problems) > before:
        return None
    cautions = [str(caution.words) for caution in examined.cautions if caution.touches([question.name])]
    return Comparison(built, question, cautions)


def rows_of_sheet(
    sheet: pd.DataFrame, of_row: pd.Series, reported: Sequence[str], without: str, findings: Findings
) -> pd.DataFrame:
    """Return the sheet with a row for each sample that has a value.

    Parameters
    ----------
    sheet : DataFrame
        Indexed by sample, or with a column of that name.
    of_row : Series of shape (rows,)
        The sample of each row of values; its index becomes that of the result.
    reported : sequence of str
        Samples without a value that are reported elsewhere.
    without : str
        How a warning calls the other samples that have a row of the sheet and no value.
    findings : Findings
        Receives samples that appear twice, or not at all.
    """
    if "sample" in sheet.columns:
        sheet = sheet.set_index("sample")
    sheet = sheet.set_axis(sheet.index.astype(str), axis=0)
    twice = sorted(set(sheet.index[sheet.index.duplicated()]))
    lacking = [name for name in of_row.astype(str) if name not in sheet.index]
    if twice:
        findings.problem("sheet", f"samples appear twice: {listed(twice)}", "one row per sample")
    if lacking:
        found = f"there is no row for the samples {listed(lacking)}; it has {listed(sheet.index)}"
        findings.problem("sheet", found, "a row for each sample, called as in the cells")
    if twice or lacking:
        return sheet
    if absent := [name for name in sheet.index if name not in {*of_row.astype(str), *reported}]:
        findings.warn("absent_samples", f"{without}: {listed(absent)}", "sums", absent)
    return sheet.loc[of_row.astype(str)].set_axis(of_row.index, axis=0)
