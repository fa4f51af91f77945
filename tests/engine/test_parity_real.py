"""Real sets against R DESeq2 1.38.3: whole results, threshold tests and likelihood ratios."""

import numpy as np
import pytest

from autocrine import engine

REAL = [
    "pasilla", "airway", "ptc_paired", "bottomly", "mov10_oe_vs_kd", "mov10_oe_vs_control",
    "bap_day1_vs_day0", "sultan",
]  # fmt: skip


def p99(difference) -> float:
    values = np.abs(np.asarray(difference, dtype=float))
    return float(np.percentile(values[np.isfinite(values)], 99))


@pytest.mark.parametrize("name", REAL)
def test_real_set(name, real):
    case = real(name)
    fit = engine.fit_model(case.counts, case.design, threads=2)
    wald = engine.test_contrast(fit, case.contrast)
    adjusted, _ = engine.adjust_p_values(wald["p_value"], fit.genes["base_mean"], 0.05)
    r = case.genes
    np.testing.assert_allclose(fit.size_factors, case.fit["size_factors"], rtol=1e-12)
    assert fit.trend["asymptotic"] == pytest.approx(float(case.fit["trend_asymptotic"]), rel=1e-6)
    assert fit.trend["extra_poisson"] == pytest.approx(float(case.fit["trend_extra_poisson"]), rel=1e-6)
    assert fit.prior_variance == pytest.approx(float(case.fit["disp_prior_var"]), rel=1e-6)
    assert ((adjusted < 0.05) == (r["padj"] < 0.05)).all()
    assert (wald["p_value"].isna() == r["pvalue"].isna()).all()
    assert p99(wald["log2_fc"] - r["log2FoldChange"]) < 1e-6
    assert p99(wald["lfc_se"] / r["lfcSE"] - 1) < 1e-6
    assert p99(adjusted - r["padj"]) < 1e-6

    nested = engine.test_nested(fit, case.reduced)
    assert p99((nested["stat"] - r["lrt_stat"]) / (1 + r["lrt_stat"].abs())) < 1e-5
    columns = [("greaterAbs1", "greaterAbs2014", 1.0), ("lessAbs1", "lessAbs", 1.0)]
    for prefix, alternative, threshold in [*columns, ("greater_half", "greater", 0.5), ("less_half", "less", 0.5)]:
        found = engine.test_threshold(wald["log2_fc"], wald["lfc_se"], threshold, alternative)
        p = found["p_value"].where(wald["p_value"].notna())
        assert (p.isna() == r[f"{prefix}_pvalue"].isna()).all()
        assert p99((found["stat"] - r[f"{prefix}_stat"]) / (1 + r[f"{prefix}_stat"].abs())) < 1e-6
        assert p99(p - r[f"{prefix}_pvalue"]) < 1e-6
        p_adjusted, _ = engine.adjust_p_values(p, fit.genes["base_mean"], 0.05)
        assert ((p_adjusted < 0.05) == (r[f"{prefix}_padj"] < 0.05)).all()
