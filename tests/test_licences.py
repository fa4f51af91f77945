"""Every package that a run needs may be used by an MIT project, and docs/licences.md says under what it is."""

import pytest

from tests import licences
from tests.conftest import REPOSITORY
from tests.locks import HERE, PINS, version_of

NAMES = sorted({pin.name for pin in PINS})


@pytest.mark.parametrize("name", NAMES)
def test_licence_fits(name):
    licence = licences.licence_of(name)
    assert licences.fits(licence), f"{name} is under {licence}"


def test_metadata_are_those_of_the_locked_versions():
    """What is read is what is pinned: packages of another version may be under another licence."""
    held = {name: licences.installed(name) for name in HERE}
    read = {name: found["Version"] for name, found in held.items() if found}
    assert len(read) > 80
    assert read == {name: version_of(HERE[name]) for name in read}, "the environment is not the lock's: run `make test`"


def test_tables_say_nothing_that_metadata_say_otherwise():
    """A package that names its licence today needs no entry, and none may contradict it."""
    held = {name: licences.installed(name) for name in licences.STATED | licences.ELSEWHERE}
    said = {name: licences.said_by(found) for name, found in held.items() if found}
    assert [name for name in licences.STATED if len(said.get(name, ())) == 1] == []
    assert {name: said[name] for name in said if name in licences.ELSEWHERE} == {
        name: {licence} for name, licence in licences.ELSEWHERE.items() if name in said
    }
    assert set(licences.STATED) | set(licences.ELSEWHERE) <= set(NAMES)


def test_list_is_that_of_the_lock():
    assert (REPOSITORY / "docs" / "licences.md").read_text(encoding="utf-8") == licences.document(), "run `make docs`"


@pytest.mark.parametrize(
    ("licence", "may"),
    [
        ("MIT", True),
        ("MPL-2.0 AND MIT", True),
        ("GPL-3.0-or-later", False),
        ("MIT AND GPL-3.0-only", False),
        ("GPL-2.0-only OR BSD", True),
        ("", False),
    ],
)
def test_strong_copyleft_does_not_fit(licence, may):
    assert licences.fits(licence) is may
