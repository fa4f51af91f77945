"""docs/cells.md shows code that runs, and was made by the benchmark that is here."""

import importlib.util
import re
import string
import sys

import numpy as np
import pytest

import autocrine
from autocrine import cells
from tests.cells.simulated import make_cells
from tests.conftest import REPOSITORY

PAGE = REPOSITORY / "docs" / "cells.md"


@pytest.fixture(scope="module")
def benchmark():
    yield from load("cells")


@pytest.fixture(scope="module")
def questions():
    yield from load("cell_questions")


@pytest.fixture(scope="module")
def quality():
    yield from load("cell_quality")


@pytest.fixture(scope="module")
def times():
    yield from load("cell_times")


def load(name):
    """Import a benchmark, and take what it adds to the path away again."""
    before = list(sys.path)
    spec = importlib.util.spec_from_file_location(f"benchmark_{name}", REPOSITORY / "benchmarks" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    sys.path[:] = before


def test_the_code_of_the_page_runs():
    adata = make_cells(genes=400, depth=1500, cells=120)
    adata.var_names = ["BMP4", "BMPR1B", *adata.var_names[2:]]
    names = {"adata": adata, "cells": cells, "autocrine": autocrine}
    code = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(code) == 4
    for part in code:
        exec(compile(part, "docs/cells.md", "exec"), names)
    assert len(names["fractions"]) == len(names["genes"]) == 400 and len(names["left_out"]) == 0
    assert names["found"].tests["state"].tolist() == ["LSC", "MSC"]
    assert names["kept"]["kept_share"].min() > 0.9 and names["unequal"].empty
    assert names["survivors"].reading == "no_rise"


def test_the_page_holds_what_the_benchmark_writes(benchmark):
    names = (name for _, name, _, _ in string.Formatter().parse(benchmark.PAGE) if name)
    page = benchmark.PAGE.format(**dict.fromkeys(names, 0))
    wanted = page.split("## Size and power")[0].split("\n", 3)[3]
    assert wanted in PAGE.read_text(encoding="utf-8")


def test_the_page_holds_the_sections_of_other_questions(questions):
    page = PAGE.read_text(encoding="utf-8")
    fields = {name for _, name, _, _ in string.Formatter().parse(questions.PAGE) if name}
    for part in questions.PAGE.split("\n\n"):
        if not any("{" + name in part for name in fields):
            assert part.strip().replace("{{", "{").replace("}}", "}") in page


def test_shares_and_survivors_hold_their_level(questions):
    shares = questions.measure_composition(60, (5,), (True,)).set_index(["situation", "way"])
    for way in ("t", "t, centred log ratio"):
        alike = shares.loc[("alike", way)]
        assert alike["others"] < 0.09 and shares.loc[("8 % doubled", way), "first state"] > 0.5
    assert shares.loc[("alike", "cells counted"), "others"] > 0.3
    survivors = questions.measure_survivors(60, (8,), (True,)).set_index("truth")
    assert survivors.loc["nothing", "no_rise"] > 0.9
    assert survivors.loc["positives to 3, negatives stay", "induction"] > 0.9
    assert survivors.loc["positives to 0.6, negatives to 0.2", "induction"] == 0
    assert survivors.loc["positives to 0.6, negatives to 0.2", "selection"] > 0.4


def test_ambient_rna_and_quality_are_what_was_simulated(quality):
    ambient = quality.measure_ambient(4).set_index("true share")
    np.testing.assert_allclose(ambient["found"], ambient.index, rtol=0.1)
    assert (ambient["silent genes above"] < 0.03).all() and (ambient["other genes above"] > 0.6).all()
    lost = quality.measure_quality(2).set_index(["RNA of quiescent cells", "cells"])["quiescent left out"]
    assert lost["1 / 7", "labelled"] < 0.05 < 0.15 < lost["1 / 7", "without labels"]


def test_size_holds_where_counting_cells_does_not(benchmark):
    def sizes(*situation):
        return {row["way"]: row for row in benchmark.measure(*situation)}

    few = sizes(8, True, "0.3 of the cells", 2)
    assert 0.02 < few["moderated t"]["size"] < 0.075 and few["moderated t"]["size, rare genes"] < 0.085
    assert few["moderated t"]["power"] > 0.75 and few["cells counted"]["size"] > 0.25
    shallow = sizes(5, False, "half the depth", 2)
    assert 0.02 < shallow["moderated t"]["size"] < 0.075
    assert shallow["moderated t, own depth"]["size"] > 0.2 and shallow["cells counted"]["size"] > 0.5


def test_half_the_depth_of_real_cells_is_no_difference(benchmark, shared_data):
    path = shared_data("gbm_panobinostat_5patients") / "gbm_panobinostat_5patients.h5ad"
    rows = benchmark.measure_real(path, 4).set_index(["cells of", "tested parts"])
    assert (rows["moderated t"] < 0.08).all()
    assert (rows.xs("half the depth", level=1)["moderated t, own depth"] > 0.8).all()


def test_simulated_cells_are_what_the_page_says(benchmark):
    adata = benchmark.simulate(np.random.default_rng(1), 3, True, 0.5, 0.3)
    depth = np.asarray(adata.X.sum(axis=1)).ravel()
    tested = (adata.obs["exposure"] == "imatinib").to_numpy()
    assert adata.obs["patient"].nunique() == 3 and adata.obs["sample"].nunique() == 6
    assert 0.3 < np.median(depth[tested]) / np.median(depth[~tested]) < 0.8
    pairs, names = benchmark.simulate_pairs(np.random.default_rng(1), 5, 40, 0.5, 1, 1.0)
    share = (pairs.X.toarray() > 0).mean(axis=0)
    assert abs(share[:40].mean() - 0.10) < 0.02 and abs(share[40:80].mean() - 0.18) < 0.03 and len(names) == 40


def test_a_large_file_is_written_as_anndata_reads_it(times, tmp_path):
    from anndata import read_h5ad

    stored = times.write_large(tmp_path / "cells.h5ad", 60, genes=2000, samples=2)
    adata = read_h5ad(tmp_path / "cells.h5ad")
    assert adata.shape == (60, 2000) and adata.X.nnz == stored
    limits = {"min_counts": 1, "min_umi": 1}
    sums = cells.sum_cells(tmp_path / "cells.h5ad", "sample", **limits)
    assert sums.X.sum() == adata.X.sum()
    times.write_large(tmp_path / "columns.h5ad", 60, 2000, 2, "csc", "gzip")
    assert (read_h5ad(tmp_path / "columns.h5ad").X != adata.X).nnz == 0
    assert times.write_folder(tmp_path / "run", 60, genes=2000) == stored
    times.write_folder(tmp_path / "by_gene", 60, genes=2000, by_gene=True)
    of_folder, by_gene = (cells.sum_cells({"S1": tmp_path / name}, "sample", **limits) for name in ("run", "by_gene"))
    assert (by_gene.X == of_folder.X).all()
    assert (np.asarray(sums.X).sum(axis=0) == of_folder.X).all()


def test_one_section_is_made_anew_and_the_rest_is_left(benchmark):
    page = "# Cells\n\nWords.\n\n## Time and memory\n\nold\n\n| a |\n\n## Doublets\n\nkept\n"
    section = benchmark.TIME.format(time="| new |")
    found = benchmark.with_section(page, section)
    assert found == f"# Cells\n\nWords.\n\n{section.rstrip()}\n\n## Doublets\n\nkept\n"
    last = benchmark.with_section(page.split("## Doublets")[0], section)
    assert last == f"# Cells\n\nWords.\n\n{section.rstrip()}\n"
    with pytest.raises(SystemExit, match="the page has no section"):
        benchmark.with_section("# Cells\n", section)
