"""What all tests share: where the repository is, and the real data that stand beside it."""

from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
SHARED = REPOSITORY.parent / "shared"


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(items):
    """Keep on one worker what shares a run, all that reads the demo's and else the tests of a file; long ones first."""

    def place(item):
        kinds = ("demo" in item.fixturenames, "workflow" in item.path.parts, "slurm" in item.path.parts)
        return next((rank for rank, holds in enumerate(kinds) if holds), len(kinds))

    items.sort(key=place)
    for item in items:
        item.add_marker(pytest.mark.xdist_group("demo" if "demo" in item.fixturenames else item.nodeid.split("::")[0]))


@pytest.fixture(scope="session")
def repository() -> Path:
    """The checkout."""
    return REPOSITORY


@pytest.fixture(scope="session")
def shared_data():
    """Return the folder of a real data set of ../shared/data, or skip the test and say which set is absent."""

    def folder(name: str) -> Path:
        path = SHARED / "data" / name
        if not path.is_dir():
            pytest.skip(f"real data set {name} is absent (../shared/data/{name})")
        return path

    return folder
