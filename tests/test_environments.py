"""The conda environments name the versions that the lock pins, and each names all that its scripts import."""

import re

import pytest
import yaml

from tests.conftest import REPOSITORY

LOCKED = dict(re.findall(r"^([a-z0-9-]+)==(\S+)", (REPOSITORY / "requirements.lock").read_text(), re.MULTILINE))
ENVIRONMENTS = sorted((REPOSITORY / "envs").glob("*.yaml"))


@pytest.mark.parametrize("path", ENVIRONMENTS, ids=lambda path: path.stem)
def test_versions_are_those_of_the_lock(path):
    for entry in yaml.safe_load(path.read_text())["dependencies"]:
        name, version = entry.split(" =")
        if name != "python":
            assert version == LOCKED[name], name


def test_locks_hold_no_address_and_every_package_is_hashed():
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (REPOSITORY / name).read_text()
        assert "://" not in text and "index-url" not in text
        assert len(re.findall(r"^\S+==", text, re.MULTILINE)) == len(re.findall(r"==[^\n]*\\\n    --hash", text))
