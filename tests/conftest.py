"""What all tests share: where the repository is, and the real data that are beside it."""

from pathlib import Path

import pytest
from hypothesis import settings

from tests.workflow.browsing import CHROMIUM

REPOSITORY = Path(__file__).resolve().parents[1]
SHARED = REPOSITORY.parent / "shared"

# No test fails because the machine is busy.
settings.register_profile("busy", deadline=None)
settings.load_profile("busy")


def pytest_collection_modifyitems(items):
    """Begin with the long files: `make test` deals them out whole, in this order."""

    # What else reads the demo's run comes when it is there.
    readers = {item.path for item in items if "workflow" in item.path.parts and "demo" in item.fixturenames}

    def place(item):
        workflow, late = "workflow" in item.path.parts, item.path in readers
        ranks = (item.path.name == "test_demo.py", workflow and not late, late)
        return next((rank for rank, holds in enumerate(ranks) if holds), len(ranks))

    items.sort(key=place)


@pytest.fixture(scope="module")
def browser():
    """A headless Chromium, driven by playwright."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # As root in a container Chromium needs --no-sandbox; the page's own policy is what is tested here.
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield started
        started.close()


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
