"""Remake docs/verdicts.md: the claims judged on simulated cohorts, against what was put into them.

The page is written by verdicts_page.py.

Usage: python benchmarks/verdicts.py (about 25 minutes of one processor), or with --quick for two cohorts that only
show that everything works; its page goes to the screen unless --out names a file.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import yaml

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "workflow" / "scripts"))

from autocrine.claims.claims import Claims, read_claims  # noqa: E402
from autocrine.claims.roles import bind_roles  # noqa: E402
from autocrine.claims.verdicts import VERDICTS, judge_claims  # noqa: E402
from autocrine.design.matrix import build_design  # noqa: E402
from autocrine.design.question import Model, Statistics  # noqa: E402
from autocrine.input.genes import GeneTable, read_gene_table  # noqa: E402
from autocrine.input.panel import find_panel_genes, read_panel  # noqa: E402
from autocrine.problems import Findings  # noqa: E402
from autocrine.results.fitting import base_means, fit_counts  # noqa: E402
from autocrine.results.gene_table import tabulate_genes  # noqa: E402
from autocrine.results.multiplicity import panel_strictness  # noqa: E402
from autocrine.results.panel import tabulate_panel  # noqa: E402
from autocrine.results.score_tests import test_scores  # noqa: E402
from autocrine.run.config import read_settings  # noqa: E402
from autocrine.samples.composition import compare_with_composition, composition_effect  # noqa: E402
from autocrine.samples.normalisation import estimate_scaling, log_per_million  # noqa: E402
from autocrine.samples.scores import loop_scores, score_names, set_scores  # noqa: E402

from verdicts_page import PART, Judged, write_page  # noqa: E402  isort: skip

RESOURCES = ROOT / "resources"
# The generator lists the changes of both responses under models of their own.
CHANGES = {
    ("lsc_followup", f"change_in_{response}"): (f"lsc_followup_{response}", "follow_up_vs_diagnosis")
    for response in ("resistant", "sensitive")
}
UNCHANGED_KINDS = ("null-panel", "equivalent")
# Files of drawn claims per cohort, by what their genes are; see `judge_drawn`.
FILES, UNCHANGED, CHANGED = 25, "genes that do not change", "genes that do, expected not to"


@dataclass(frozen=True)
class Setting:
    """All that is the same for every seed. `models` are those that claims speak of, `bound` see `bind_roles`."""

    generator: ModuleType
    statistics: Statistics
    models: dict[str, Model]
    bound: dict[str, list[tuple[str, str]]]
    panel: pd.DataFrame
    genes: GeneTable
    claims: tuple[Claims, ...]


def read_setting() -> Setting:
    """Read the configuration of the demo and the files that it names."""
    spec = importlib.util.spec_from_file_location("demo_generator", RESOURCES / "demo" / "generate.py")
    generator = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generator)
    config, schema, claims_schema = (
        yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))
        for path in ("config.yaml", "workflow/schemas/config.schema.yaml", "workflow/schemas/claims.schema.yaml")
    )
    findings = Findings()
    settings = read_settings(config, schema, findings)
    panel = read_panel(str(ROOT / settings.panel), findings)
    files = (RESOURCES / "genes" / name for name in ("human_grch38.tsv.gz", "refused_aliases.tsv"))
    genes = read_gene_table(*map(str, files))
    claims = [
        read_claims(str(ROOT / path), claims_schema, panel, lambda: genes, score_names(panel), findings)
        for path in settings.claims
    ]
    findings.raise_if_any()
    models = {name: model for name, model in settings.models.items() if any(c.roles for c in model.contrasts.values())}
    bound = bind_roles(models, list(models))
    return Setting(generator, settings.statistics, models, bound, panel, genes, tuple(claims))


def judge_seed(setting: Setting, seed: int, files: int, threads: int) -> Judged:
    """Simulate one cohort, analyse it as the workflow does without its sensitivity fits, and judge every claim."""
    table, samples, truth = setting.generator.simulate(seed)
    var, sheet = table.set_index("gene_id")[["gene_name"]], samples.set_index("sample")
    counts = table.set_index("gene_id")[list(sheet.index)].T
    found = find_panel_genes(setting.panel, var, setting.genes)
    parts = [_fit(setting, model, counts, sheet, var, found, threads) for model in setting.models.values()]
    panel = pd.concat(parts, ignore_index=True)
    panel = add_truth(panel, truth).assign(seed=seed)
    present = found["gene_id"].notna().to_numpy()
    log_cpm = pd.DataFrame(
        log_per_million(counts.to_numpy(), estimate_scaling(counts.to_numpy()).factors), counts.index, counts.columns
    )
    log_cpm = log_cpm[found.loc[present, "gene_id"]].set_axis(setting.panel.loc[present, "symbol"], axis=1)
    # No claim is about the score of a gene set, which would need the variance stabilised.
    loops, none = loop_scores(log_cpm), set_scores(log_cpm, {})
    loops = replace(loops, values=loops.values.join(none.values))
    scores = test_scores(loops, sheet, setting.models, setting.statistics)
    names = {"estimate": "log2_fc", "se": "moderated_se", "min_detectable": "min_detectable_log2_fc"}
    scores = scores.rename(columns=names)
    judged = pd.concat([_judge(setting, claims, panel, scores) for claims in setting.claims], ignore_index=True)
    judged["true_log2_fc"] = [true_effect(row, panel, setting) for row in judged.to_dict("records")]
    judged["right"] = [is_right(row, setting.statistics.equivalence_margin) for row in judged.to_dict("records")]
    judged["wrong"] = judged["right"].eq(False)
    return Judged(judged.assign(seed=seed), panel, judge_drawn(setting, panel, scores, seed, files))


def _judge(setting: Setting, claims: Claims, panel: pd.DataFrame, scores: pd.DataFrame) -> pd.DataFrame:
    alpha, margin = setting.statistics.alpha, setting.statistics.equivalence_margin
    return judge_claims(claims, panel, scores, setting.bound, alpha, margin)


def _fit(setting: Setting, model: Model, counts, sheet, var, found, threads: int) -> pd.DataFrame:
    """Return the panel's rows in every contrast of one model, as the rules fit_model and tabulate_panel make them."""
    statistics, findings = setting.statistics, Findings()
    design = build_design(sheet, model, model.name, findings)
    findings.raise_if_any()
    raw = counts.loc[design.matrix.index]
    fit, _ = fit_counts(raw, design.matrix, statistics, always=found["gene_id"].dropna(), threads=threads)
    var = var.assign(written=var.index, base_mean=base_means(raw, fit.size_factors))
    parts = []
    for name, contrast in model.contrasts.items():
        genes, _ = tabulate_genes(fit, design, contrast, var, statistics)
        part = tabulate_panel(setting.panel, found, genes, raw, statistics.alpha)
        alone = composition_effect(
            design.selected, design.matrix, design.direction(contrast), design.groups[contrast.name]
        )
        part = part.join(
            compare_with_composition(part, *alone, statistics.alpha, statistics.power, panel_strictness(part))
        )
        parts.append(part.assign(model=model.name, contrast=name))
    return pd.concat(parts)


def add_truth(panel: pd.DataFrame, truth: pd.DataFrame) -> pd.DataFrame:
    """Add true_log2_fc and kind to the panel's rows; what the truth does not name is unchanged."""
    keys = [CHANGES.get(pair, pair) for pair in zip(panel["model"], panel["contrast"], strict=True)]
    keys = [(*pair, gene) for pair, gene in zip(keys, panel["gene_id"], strict=True)]
    planted = truth.set_index([*PART, "gene_id"])[["true_log2_fc", "kind"]].reindex(keys).set_index(panel.index)
    return panel.assign(true_log2_fc=planted["true_log2_fc"].fillna(0.0), kind=planted["kind"].fillna(""))


def true_effect(row: dict, panel: pd.DataFrame, setting: Setting) -> float:
    """Return what was planted for the gene or the score of a judged claim; NaN without a comparison, or on cells.

    The truth of a score is that of two samples without noise: one at the generator's levels, one moved by the effects.
    """
    if not row["model"] or row["of_cells"]:
        return np.nan
    here = panel[(panel["model"] == row["model"]) & (panel["contrast"] == row["contrast"])]
    planted = here.set_index("symbol")["true_log2_fc"]
    if row["gene"]:
        return float(planted[row["gene"]])
    compartment = setting.models[row["model"]].samples.get("compartment", ("LSC",))[0]
    level = pd.read_csv(RESOURCES / "demo" / "expression.tsv", sep="\t", index_col="gene_name")[compartment]
    level = level[level.index.isin(planted.index)]
    two = np.log2(pd.DataFrame([level, level * 2 ** planted[level.index]]) + 1)
    score = loop_scores(two).values[row["score"]].to_numpy()
    return float(score[1] - score[0])


def is_right(row: dict, margin: float) -> bool | None:
    """Say whether a decided verdict agrees with what was planted; None where nothing was decided.

    A direction is supported rightly where the planted effect has it and contradicted rightly where it has the other
    one; with no effect both are wrong. "Unchanged" is supported rightly where the planted effect is below the margin,
    and contradicted rightly where it is not and has the sign that was estimated. "Differs" is supported rightly where
    there is an effect, and contradicted rightly where it is below the margin.
    """
    true, verdict, expected = row["true_log2_fc"], row["verdict"], row["expected"]
    if verdict not in ("supported", "contradicted"):
        return None
    if expected == "unchanged":
        if verdict == "supported":
            return bool(abs(true) < margin)
        return bool(abs(true) >= margin and np.sign(true) == np.sign(row["log2_fc"]))
    if expected == "differs":
        return bool(true != 0) if verdict == "supported" else bool(abs(true) < margin)
    wanted = {"up": 1, "down": -1}[expected]
    return bool(np.sign(true) == (wanted if verdict == "supported" else -wanted))


def judge_drawn(setting: Setting, panel: pd.DataFrame, scores: pd.DataFrame, seed: int, files: int) -> pd.DataFrame:
    """Judge files in which every claim can be got wrong: the first file's claims, about other genes, drawn at random.

    UNCHANGED: all claims that a comparison stands for, each about a gene without any effect in it, so that every
    difference shown is wrong. CHANGED: the claims that expect no change, each about a gene whose planted effect is at
    least the margin, so that every equivalence shown is wrong. Genes are drawn from those with a p-value, and count as
    primary.
    """
    random, first, bound = np.random.default_rng([seed, 1]), setting.claims[0], setting.bound
    asked = [claim for claim in first.claims if claim.gene and claim.testable and bound.get(claim.role)]
    still = [claim for claim in asked if claim.expected == "unchanged"]
    size, strict = panel["true_log2_fc"].abs(), panel.assign(tier="primary")
    unchanged, changed = (
        panel["kind"].isin(UNCHANGED_KINDS) & (size == 0),
        size >= setting.statistics.equivalence_margin,
    )
    rows = []
    for words, claims, eligible in ((UNCHANGED, asked, unchanged), (CHANGED, still, changed)):
        pools = {
            pair: part["symbol"].to_numpy() for pair, part in panel[eligible & panel["p_value"].notna()].groupby(PART)
        }
        for _ in range(files):
            about = [replace(claim, gene=random.choice(pools[bound[claim.role][0]])) for claim in claims]
            judged = _judge(setting, replace(first, claims=tuple(about)), strict, scores)
            shown = judged["verdict"].isin(VERDICTS[:2]) & (judged["expected"] != "unchanged")
            false = "contradicted" if words == UNCHANGED else "supported"
            shown |= (judged["verdict"] == false) & (judged["expected"] == "unchanged")
            rows.append({"seed": seed, "genes": words, "claims": len(about), "wrong": bool(shown.any())})
    return pd.DataFrame(rows)


def judge_seeds(setting: Setting, seeds: Iterable[int], files: int, threads: int) -> Judged:
    """Judge one cohort per seed; see `judge_seed`."""
    parts = [judge_seed(setting, seed, files, threads) for seed in seeds]
    return Judged(*(pd.concat(frames, ignore_index=True) for frames in zip(*parts, strict=True)))


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=200, help="cohorts, made with the seeds 1, 2, ...")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", type=Path, help="the page to write, docs/verdicts.md when left out")
    parser.add_argument("--quick", action="store_true", help="two cohorts")
    options = parser.parse_args()
    setting = read_setting()
    judged = judge_seeds(setting, range(1, (2 if options.quick else options.seeds) + 1), FILES, options.threads)
    page = write_page(judged, setting.statistics, FILES)
    if options.quick and not options.out:
        print(page)
    else:
        (options.out or ROOT / "docs" / "verdicts.md").write_text(page, encoding="utf-8")
    print(f"{time.process_time():.0f} seconds of processor time", file=sys.stderr)


if __name__ == "__main__":
    main()
