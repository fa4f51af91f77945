"""How near a fit comes to R's."""

import numpy as np
import pytest

from autocrine import linear

RELATIVE = 1e-8


def agrees(ours, r, tolerance=RELATIVE):
    """Compare relative to the size of the numbers; what is missing must be missing in both."""
    np.testing.assert_allclose(np.asarray(ours, float), np.asarray(r, float), rtol=tolerance, atol=0, equal_nan=True)


def agrees_in_all(fit, r, contrast):
    """Compare a fit with R's in all it says of a contrast and of variances, for the genes that R's table has."""
    tested, genes = linear.test_contrast(fit, contrast).loc[r.index], fit.genes.loc[r.index]
    # R gives a gene that lacks whole groups coefficients of another meaning.
    determined = fit.coefficients.loc[r.index].notna().all(axis=1).to_numpy()
    assert tested.loc[determined & (genes["residual_df"] > 0), "p_value"].notna().all()
    # An effect of next to zero is a difference of large numbers; its error says what it is measured against.
    difference = np.abs(tested["log2_fc"] - r["log2_fc"]) / (np.abs(r["log2_fc"]) + r["lfc_se"])
    assert difference[determined].max() < RELATIVE
    for column in ("lfc_se", "p_value"):
        agrees(tested.loc[determined, column], r.loc[determined, column])
    np.testing.assert_allclose(tested.loc[determined, "stat"], r.loc[determined, "stat"], rtol=RELATIVE, atol=1e-10)
    agrees(tested["df"], r["df"])
    agrees(np.sqrt(genes["residual_variance"]), r["residual_sd"])
    for column in ("residual_df", "mean_expression", "prior_variance", "variance"):
        agrees(genes[column], r[column])
    assert fit.prior_freedom == pytest.approx(r["prior_freedom"].iloc[0], rel=RELATIVE)
