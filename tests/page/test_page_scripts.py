"""The report's own scripts: unit tests in node, and the libraries beside them as they were published."""

import hashlib
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from scipy.cluster.hierarchy import cophenet, linkage
from scipy.stats import mannwhitneyu, pearsonr, spearmanr

from autocrine.page.figures import style
from autocrine.page.payload import pack_json, pack_numbers

REPOSITORY = Path(__file__).resolve().parents[2]
VENDOR = REPOSITORY / "workflow" / "report" / "vendor"


def _reference(random):
    """Return what scipy makes of what the page computes: linkage, a list among all effects, two lists of effects."""
    matrices = [random.normal(size=shape) for shape in ((2, 3), (12, 4), (40, 12))]
    # Ties in distance would leave the tree open, so there are none; equal effects are meant to be among the others.
    samples = [np.round(random.normal(size=n), digits) for n, digits in ((30, 1), (500, 3))]
    lists = []
    for effects, size in zip(samples, (7, 60), strict=True):
        effects[random.choice(len(effects), len(effects) // 10, replace=False)] = np.nan
        listed = random.choice(len(effects), size, replace=False)
        inside, others = effects[listed], np.delete(effects, listed)
        inside, others = inside[~np.isnan(inside)], others[~np.isnan(others)]
        pairs = len(inside) * len(others)
        lists.append(
            {
                "effects": [None if np.isnan(value) else float(value) for value in effects],
                "list": listed.tolist(),
                "above": mannwhitneyu(inside, others).statistic / pairs,
                "median": float(np.median(inside)),
                "others": float(np.median(others)),
            }
        )
    lists.append({"effects": [1.0, None, 2.0], "list": [1], "above": None, "median": None, "others": 1.5})
    clusters = [{"rows": rows.tolist(), "cophenetic": cophenet(linkage(rows, "average")).tolist()} for rows in matrices]
    pairs = []
    for n, digits in ((20, 1), (400, 2)):
        x = np.round(random.normal(size=n), digits)
        y = np.round(0.5 * x + random.normal(size=n), digits)
        x[random.choice(n, n // 10, replace=False)] = np.nan
        both = ~np.isnan(x) & ~np.isnan(y)
        pairs.append(
            {
                "x": [None if np.isnan(value) else float(value) for value in x],
                "y": y.tolist(),
                "known": int(both.sum()),
                "pearson": float(pearsonr(x[both], y[both]).statistic),
                "spearman": float(spearmanr(x[both], y[both]).statistic),
            }
        )
    return {"clusters": clusters, "lists": lists, "pairs": pairs}


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_scripts_read_what_python_packs(tmp_path):
    """Runs every test of tests/page, with blocks that autocrine.page.payload packed."""
    random = np.random.default_rng(1)
    columns = [
        (random.normal(0, 3, 500), 0.001, False),
        (10 ** random.uniform(-290, 0, 500), 0.001, True),
        (np.array([np.nan, np.inf, 0.0, -2.5, 70000.25]), 0.01, False),
        (np.array([0.0, 1.0, np.nan]), 0.001, True),
        (np.full(3, np.nan), 1, False),
        (np.array([]), 1, False),
    ]
    packed = [(pack_numbers(values, step, logarithmic=logarithmic), values) for values, step, logarithmic in columns]
    packed += [
        (pack_numbers(values, step, signed=True), values) for values, step, logarithmic in columns if not logarithmic
    ]
    blocks = [
        {
            "form": block.form,
            "text": block.text,
            "values": [None if np.isnan(v) else "inf" if np.isinf(v) else float(v) for v in values],
        }
        for block, values in packed
    ]
    content = {"names": ["é", "<b>", '"'], "codes": [1, None]}
    block = pack_json(content)
    blocks.append({"form": block.form, "text": block.text, "values": content})
    file, numbers = tmp_path / "packed.json", tmp_path / "reference.json"
    file.write_text(json.dumps(blocks), encoding="utf-8")
    numbers.write_text(json.dumps(_reference(random)), encoding="utf-8")
    run = subprocess.run(
        ["node", "--test", *map(str, sorted((REPOSITORY / "tests" / "page").glob("*.test.mjs")))],
        env={**os.environ, "PACKED": str(file), "REFERENCE": str(numbers)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert re.search(r"# skipped 0|ℹ skipped 0", run.stdout), run.stdout


def test_libraries_are_those_that_were_published():
    listed = dict(reversed(line.split()) for line in (VENDOR / "SHA256SUMS").read_text().splitlines())
    for name, checksum in listed.items():
        assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == checksum, name
    embedded = {file.name for file in VENDOR.iterdir() if file.name.endswith((".js", ".css", "LICENSE", "NOTICE"))}
    assert embedded == set(listed)
    pinned = json.loads((VENDOR / "package.json").read_text())["dependencies"]
    locked = json.loads((VENDOR / "package-lock.json").read_text())["packages"]
    for name, version in pinned.items():
        assert locked[f"node_modules/{name}"]["version"] == version
    assert f"v{pinned['tabulator-tables']}" in (VENDOR / "tabulator.min.js").read_text(encoding="utf-8")[:200]
    assert f'"{pinned["echarts"]}"' in (VENDOR / "echarts.min.js").read_text(encoding="utf-8")


def test_own_scripts_set_text_as_text_only():
    for file in (REPOSITORY / "workflow" / "report" / "page").glob("*.js"):
        text = file.read_text(encoding="utf-8")
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", text), (
            file
        )


def test_page_and_figures_have_one_system_of_colours():
    page = REPOSITORY / "workflow" / "report" / "page"
    charts, lists = ((page / f"{name}.js").read_text(encoding="utf-8") for name in ("charts", "list_charts"))
    colours = dict(re.findall(r'(\w+): "(#[0-9A-F]{6})"', re.search(r"const COLOURS = \{(.*?)\}", charts)[1]))
    drawn = {"up": style.UP, "down": style.DOWN, "differs": style.DIFFERS, "neutral": style.NEUTRAL, "ink": style.MARK}
    assert {name: colours[name] for name in drawn} == drawn
    for name, expected in (("GROUP_COLOURS", style.GROUPS), ("SHADES", style.SHADES)):
        found = re.search(rf"const {name} = \[(.*?)\]", lists)[1]
        assert tuple(re.findall(r"#[0-9A-F]{6}", found)) == expected, name
    assert style.DIVERGING(0.0)[:3] == pytest.approx(to_rgb(style.DOWN))
