"""Pages that several benchmarks write: each replaces its own sections and keeps those of the others."""

import importlib.util

from tests.conftest import REPOSITORY


def load(name):
    spec = importlib.util.spec_from_file_location(name, REPOSITORY / "benchmarks" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_speed_and_parity_keep_the_sections_of_other_commands():
    page = (REPOSITORY / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    kept = load("report").sections_of_others(page)
    assert [line for line in kept.splitlines() if line.startswith("## ")] == [
        "## One thread, and the least it could take",
        "## The demos",
        "## The summary over cohorts",
        "## The report page",
        "## Planning",
    ]
    assert page.endswith(kept)
