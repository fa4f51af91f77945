"""What all tests share: where the repository is, and the real data that stand beside it."""

from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
SHARED = REPOSITORY.parent / "shared"


def pytest_collection_modifyitems(items):
    """Begin with the long files: `make test` deals them out whole, in this order."""

    def place(item):
        slurm, workflow = ("slurm" in item.path.parts, "workflow" in item.path.parts)
        demo = workflow and "demo" in item.fixturenames
        # What else reads the demo's run comes when it is there.
        ranks = (item.path.name == "test_demo.py", slurm, workflow and not demo, demo)
        return next((rank for rank, holds in enumerate(ranks) if holds), len(ranks))

    items.sort(key=place)


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
