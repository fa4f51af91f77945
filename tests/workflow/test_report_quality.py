"""The living map of samples in the report, against the results on disk."""

import json

import numpy as np
import pandas as pd
import pytest
from anndata import read_h5ad
from scipy.spatial.distance import pdist, squareform

from tests.workflow.browsing import CHROMIUM, Reader, until

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: tests/install_chromium.sh installs it")

CHART = "echarts.getInstanceByDom(document.getElementById('{}')).getOption()"


def contrast_with(demo, sample):
    """Return a comparison that has the sample, as a link names it."""
    for file in sorted((demo / "results" / "demo").glob("*/fit.json")):
        for name, found in json.loads(file.read_text(encoding="utf-8"))["contrasts"].items():
            if any(sample in group for group in found["groups"].values()):
                return f"{file.parent.name}/{name}"
    raise LookupError(sample)


def test_a_sample_is_followed_from_the_map_through_the_page(report, open_page, demo):
    data = read_h5ad(demo / "results" / "demo" / "normalised.h5ad")
    page = open_page(report, "#quality")
    page.wait_for_selector("#map-plot canvas")
    # A series per group of the comparison that is shown, and one of all other samples.
    drawn = page.evaluate(CHART.format("map-plot") + ".series.flatMap(({ data }) => data.map((dot) => dot.value))")
    drawn.sort(key=lambda dot: dot[2])
    assert [dot[2] for dot in drawn] == list(range(data.n_obs))
    np.testing.assert_allclose([dot[:2] for dot in drawn], data.obsm["X_pca"][:, :2], atol=0.011)
    # A click on the point that lies most alone: it gets a ring in each plot of samples, and the page names it.
    apart = squareform(pdist([dot[:2] for dot in drawn]))
    place = int((apart + np.diag(np.full(len(drawn), np.inf))).min(axis=0).argmax())
    sample = data.obs_names[place]
    chart = "echarts.getInstanceByDom(document.getElementById('map-plot'))"
    x, y = page.evaluate(f"{chart}.convertToPixel({{gridIndex: 0}}, {drawn[place][:2]})")
    page.locator("#map-plot").scroll_into_view_if_needed()
    box = page.locator("#map-plot").bounding_box()
    page.mouse.click(box["x"] + x, box["y"] + y)
    until(page, f"location.hash.includes('sample={sample}')")
    apart = pd.Series(data.obsp["distances"][place], data.obs_names).drop(sample)
    assert f"Most alike, by distance: {apart.idxmin()} ({apart.min():.0f})" in page.locator("#map-said").inner_text()
    assert page.locator("#quality-table tr.now").get_attribute("data-sample") == sample
    # The comparison of its model, in which the chosen gene's dots have its ring.
    page.evaluate(f"location.hash = 'contrast={contrast_with(demo, sample)}&at=gene'")
    until(page, f"document.getElementById('gene-samples').textContent.includes('{sample}')")


def test_components_of_a_model_by_a_measurement_and_shapes_stay_in_the_link(report, open_page, demo):
    page = open_page(report, "#quality")
    page.wait_for_selector("#map-plot canvas")
    reader = Reader(page)
    reader.choose("#map-of", "lsc_response")
    reader.choose("#map-tint", "leukemic_fraction")
    reader.choose("#map-shape", "batch")
    reader.choose("#map-y", "3")
    until(page, "location.hash.includes('pcs=1,3')")
    other = open_page(report, page.evaluate("location.hash"))
    other.evaluate("document.getElementById('quality').scrollIntoView()")
    other.wait_for_selector("#map-plot canvas")
    option = other.evaluate(CHART.format("map-plot"))
    samples = pd.read_csv(demo / "results" / "demo" / "lsc_response" / "samples.tsv", sep="\t")
    values = sorted(dot["value"][3] for dot in option["series"][0]["data"])
    assert values == pytest.approx(sorted(samples["leukemic_fraction"]))
    assert {dot["symbol"] for dot in option["series"][0]["data"]} == {"circle", "triangle", "diamond"}
    # One scale for all maps of the cohort.
    whole = read_h5ad(demo / "results" / "demo" / "normalised.h5ad", backed="r").obs["leukemic_fraction"].max()
    assert option["yAxis"][0]["name"].startswith("PC3") and option["visualMap"][0]["max"] == pytest.approx(whole)
    assert "B2" in other.locator("#map-shapes").inner_text() and reader.count == 4


def test_limits_and_what_was_left_out_are_in_the_page(report, open_page, demo):
    page = open_page(report)
    quality = pd.read_csv(demo / "results" / "demo" / "quality.tsv", sep="\t")
    text = page.locator("#quality").inner_text()
    assert f"Counts: median {quality['library_size'].median():,.0f}, flagged below" in text
    genes = pd.read_csv(
        demo / "results" / "demo" / "lsc_response" / "resistant_vs_sensitive" / "genes.tsv.gz", sep="\t"
    )
    row = page.locator("#quality tr", has_text="Leukaemic stem cells on treatment").first.inner_text().split("\t")
    counted = genes["status"].value_counts()
    assert [f"{counted[name]:,}" for name in ("tested", "filtered", "all_zero")] == [row[3], row[4], row[-1]]
