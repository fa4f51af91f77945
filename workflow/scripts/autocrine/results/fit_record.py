"""The record of a fit: what was applied, for the methods and for whoever repeats the analysis."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

import numpy as np

from autocrine import linear
from autocrine.design.examination import Examination
from autocrine.design.matrix import Design
from autocrine.design.question import Model, Statistics
from autocrine.design.selection import cells_of
from autocrine.measure import LINEAR, NEGATIVE_BINOMIAL
from autocrine.problems import Caution
from autocrine.samples.normalisation import Scaling

# What decides the numbers, of a fit or of what is made beside it; their versions go into the record.
PACKAGES = ("pydeseq2", "numba", "numpy", "scipy", "pandas", "anndata", "formulaic")


def record_fit(
    fit,
    model: Model,
    design: Design,
    examination: Examination,
    summaries: Mapping[str, Mapping[str, Any]],
    scaling: Scaling,
    statistics: Statistics,
    engine: str,
    measure: str,
    warnings: Sequence[Caution] = (),
) -> dict[str, Any]:
    """Record what was applied, for the report's methods and for whoever repeats the analysis.

    Parameters
    ----------
    fit
        `autocrine.engine.Fit` of the model.
    model, design
        What was asked, and the matrix and groups it became.
    examination
        What speaks against the design.
    summaries
        Contrast name -> what else is known of it: the filtering of `tabulate_genes`, the effect of composition.
    scaling
        What counts were divided by.
    statistics
        Thresholds.
    engine
        Which inference was used.
    measure
        What the values are (`autocrine.measure`).
    warnings
        What speaks against the input.

    Returns
    -------
    Plain values: design, samples, size factors, trend, contrasts with their samples and filtering, versions.
    """
    return {
        "model": model.name,
        "own_cells": cells_of(design.selected, model),
        "design": model.design,
        "coefficients": list(design.matrix.columns),
        "left_out": list(design.left_out),
        "unwanted_factors": model.unwanted_factors,
        "unwanted_from": model.unwanted_from,
        "dropped_samples": dict(design.dropped),
        "samples": len(design.matrix),
        "residual_degrees_of_freedom": design.matrix.shape[0] - design.matrix.shape[1],
        "size_factor_method": scaling.method,
        "size_factor_genes": scaling.chosen,
        "size_factors": dict(zip(design.matrix.index, scaling.size_factors, strict=True)),
        "transcript_lengths": scaling.per_gene,
        "measure": measure,
        **_method(fit, design, model, engine),
        "contrasts": {
            name: {
                "higher": contrast.sides[0],
                "lower": contrast.sides[1],
                "form": contrast.form,
                "equivalence_margin": design.margin(contrast, statistics),
                "drawn_margin": design.margin(contrast, statistics) / contrast.reach,
                "measurement": asdict(design.spans[name]) if name in design.spans else None,
                "groups": dict(zip(contrast.group_names, design.groups[name], strict=True)),
                "vector": design.contrasts[name].main,
                "parts": dict(design.contrasts[name].parts),
                "values": list(design.contrasts[name].values),
                **summaries[name],
            }
            for name, contrast in model.contrasts.items()
        },
        "warnings": [
            *map(asdict, warnings),
            *map(asdict, examination.cautions),
            *(asdict(Caution(remark.kind, remark.text)) for remark in fit.warnings),
        ],
        "cells": examination.cells.astype(object).to_dict("records"),
        "costs": examination.costs.to_dict("records"),
        "versions": {package: version(package) for package in PACKAGES},
    }


def _method(fit, design: Design, model: Model, engine: str) -> dict[str, Any]:
    """Return what a reader needs to know of the models that were fitted."""
    if not isinstance(fit, linear.Fit):
        return {
            "method": NEGATIVE_BINOMIAL,
            "trend": fit.trend,
            "prior_variance": fit.prior_variance,
            "moderated_degrees_of_freedom": fit.freedom,
            "engine": engine,
        }
    of = dict(zip(map(str, design.matrix.index), design.blocks, strict=True)) if design.blocks else {}
    blocks = {"column": model.random, "number": len(set(of.values())), "correlation": fit.correlation, "of": of}
    return {
        "method": LINEAR,
        "prior_degrees_of_freedom": fit.prior_freedom,
        "moderated_degrees_of_freedom": float(np.median(fit.freedom)),
        "blocks": blocks if of else {},
        "engine": engine,
    }
