"""The method for pertpy keeps that package's interface; where pertpy is not installed nothing is tested here."""

import anndata
import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix

pytest.importorskip("pertpy", reason="pertpy is not installed (it needs Python 3.12 and is in no lock)")

from autocrine.engine import CountsError
from autocrine.pertpy import Autocrine

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(params=[np.asarray, csr_matrix], ids=["dense", "sparse"])
def adata(request):
    random = np.random.default_rng(9)
    mean = np.tile(random.lognormal(4, 1, 200), (24, 1))
    mean[::2, :20] *= 3
    mean[1::2, 20:40] *= 3
    sheet = pd.DataFrame(
        {
            "condition": ["B", "A"] * 12,
            "donor": [f"D{i // 6}" for i in range(24)],
            "pairing": [str(i // 2) for i in range(24)],
        },
        index=[f"s{i}" for i in range(24)],
    )
    counts = request.param(random.poisson(random.gamma(20, mean / 20)))
    return anndata.AnnData(counts, obs=sheet, var=pd.DataFrame(index=[f"g{i}" for i in range(200)]))


@pytest.mark.parametrize("paired_by", ["pairing", None])
@pytest.mark.parametrize(
    ("column", "baseline", "groups"), [("condition", "A", "B"), ("donor", "D0", ["D1", "D2", "D3"])]
)
def test_groups_are_compared_as_pertpy_asks(adata, column, baseline, groups, paired_by):
    paired_by = paired_by if column == "condition" else None
    found = Autocrine.compare_groups(adata, column, baseline, groups, paired_by=paired_by)
    assert len(found) == adata.n_vars * (1 if isinstance(groups, str) else len(groups))
    assert {"variable", "p_value", "log_fc", "adj_p_value", "contrast"} <= set(found.columns)
    tested = found.dropna(subset=["adj_p_value"])
    assert ((tested["adj_p_value"] >= tested["p_value"]) & (tested["adj_p_value"] <= 1)).all()
    if column == "condition":
        called = set(tested.loc[tested["adj_p_value"] < 0.05, "variable"])
        assert len(called & {f"g{i}" for i in range(40)}) > 35 and len(called) < 50


def test_shrinkage_and_wrong_counts(adata):
    model = Autocrine(adata, design="~ condition")
    with pytest.raises(ValueError, match="call fit"):
        model.test_contrasts(model.contrast("condition", "A", "B"))
    model.fit()
    table = model.test_contrasts(model.contrast("condition", "A", "B"), lfc_shrink=True)
    assert (table["log_fc_shrunken"].abs() <= table["log_fc"].abs() + 0.05).mean() > 0.9
    adata.X = adata.X * 0.5
    with pytest.raises(CountsError, match="whole numbers"):
        Autocrine(adata, design="~ condition")
