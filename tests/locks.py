"""What requirements.lock holds, for the tests that compare something with it."""

import re
import sys

from packaging.requirements import Requirement

from tests.conftest import REPOSITORY

# One lock for all supported Pythons: where versions differ, a marker says for which.
LINES = re.findall(r"^([a-z][^\n\\]*)", (REPOSITORY / "requirements.lock").read_text(), re.MULTILINE)
PINS = [Requirement(line) for line in LINES]


def locked(python: str) -> dict[str, Requirement]:
    """Name -> requirement that the lock holds for a version of Python."""
    asked = {"python_full_version": f"{python}.9", "python_version": python}
    return {pin.name: pin for pin in PINS if pin.marker is None or pin.marker.evaluate(asked)}


def version_of(pin: Requirement) -> str:
    """Return the version of a pin."""
    (asked,) = pin.specifier
    return asked.version


# What the Python of the tests has.
HERE = locked(f"{sys.version_info.major}.{sys.version_info.minor}")
