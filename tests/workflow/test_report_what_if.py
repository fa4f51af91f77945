"""The section What if of the report, against the tables of changed fits."""

import pandas as pd
import pytest

from autocrine.results.robustness import decide_variants
from tests.workflow.browsing import CHROMIUM, Reader, until

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: tests/install_chromium.sh installs it")

MODEL, CONTRAST = "lsc_response", "resistant_vs_sensitive"


def test_without_a_donor_and_with_a_covariate_effects_move_and_verdicts_are_named(report, open_page, demo):
    results = demo / "results" / "demo"
    page = open_page(report, "#what-if")
    until(page, "document.querySelectorAll('#what-fit option').length > 10")
    reader = Reader(page)
    reader.choose("#what-fit", "without P07")
    until(page, "!document.getElementById('what-parts').hidden")
    assert "verdicts would be another" in page.locator("#what-same").inner_text()
    reader.choose("#what-fit", "with leukemic_fraction")
    until(page, "document.getElementById('what-said').textContent.includes('with leukemic_fraction')")
    assert reader.count == 2
    fits = pd.read_csv(results / MODEL / "sensitivity.tsv.gz", sep="\t", keep_default_na=False, na_values=["NA"])
    asked = fits[(fits["contrast"] == CONTRAST) & (fits["variant"] == "with leukemic_fraction")]
    panel = pd.read_csv(results / "panel.tsv", sep="\t", low_memory=False)
    main = panel[(panel["model"] == MODEL) & (panel["contrast"] == CONTRAST)].reset_index(drop=True)
    decided = decide_variants(asked, main, 0.05)
    sentence = (
        f"Of {len(decided)} panel genes with an effect there, {int(decided['other'].sum())} have another outcome."
    )
    assert sentence in page.locator("#what-said").inner_text()
    # A gene of the table: effect, interval and outcome in the changed fit.
    row = page.locator("#what-genes tr", has=page.get_by_role("link", name="BMP4", exact=True)).locator("td")
    gene = main[main["symbol"] == "BMP4"].iloc[0]
    now = asked[asked["gene_id"] == gene["gene_id"]].astype({"log2_fc": float, "ci_high": float}).iloc[0]
    shown = [float(part) for part in row.nth(3).inner_text().replace("−", "-").replace("(", "").split()[:2]]
    assert shown[0] == pytest.approx(now["log2_fc"], abs=0.02)
    assert (
        row.nth(4).inner_text()
        == decided.loc[decided["row"] == main.index[main["symbol"] == "BMP4"][0], "outcome"].iloc[0]
    )
    changed = pd.read_csv(results / "changed_verdicts.tsv", sep="\t")
    mine = changed[(changed["model"] == MODEL) & (changed["variant"] == "with leukemic_fraction")]
    verdicts = page.locator("#what-verdicts li strong").all_inner_texts()
    assert verdicts == mine.loc[mine["other"], "claim"].tolist() and len(verdicts) > 2
    # A list of them, and the view in a link.
    page.click("#what-list")
    until(page, "location.hash.includes('what=with+leukemic_fraction')")
    assert f": {int(decided['other'].sum())} genes" in page.evaluate("document.getElementById('notice').textContent")


def test_a_single_sample_has_effects_alone_and_says_so(report, open_page):
    page = open_page(
        report, "#contrast=lsc_followup/change_in_resistant&what=without+sample+P03-LSC-follow_up&at=what-if"
    )
    until(page, "document.querySelectorAll('#what-genes tr').length > 0")
    assert "outcomes and verdicts are not known" in page.locator("#what-said").inner_text()
    assert page.locator("#what-list").is_disabled() and page.locator("#what-verdicts li").count() == 0
    # Another comparison was not fitted so.
    page.evaluate("location.hash = 'contrast=msc_response/resistant_vs_sensitive'")
    until(page, "document.getElementById('what-said').textContent.startsWith('This comparison was not fitted')")
    assert not page.locator("#what-parts").is_visible()
