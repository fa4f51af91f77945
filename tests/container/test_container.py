"""The image of Containerfile runs a study for its own user and for one whom it does not know, and neither is root."""

import json
import os
import shutil
import subprocess

import pytest

from tests.workflow.conftest import copy_inputs, small_config, write_config

IMAGE = "localhost/autocrine"
# The user of the image, and one that is asked for.
OWN, OTHER = 1000, 1234


def buildah(*arguments):
    """Run buildah on the images that tests/container/build_image.sh made."""
    return subprocess.run(
        ["buildah", *map(str, arguments)],
        env={**os.environ, "STORAGE_DRIVER": "vfs", "BUILDAH_ISOLATION": "chroot"},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )


@pytest.fixture
def container():
    if not shutil.which("buildah") or buildah("inspect", "--type", "image", IMAGE).returncode:
        pytest.skip("there is no image (tests/container/build_image.sh builds it on a Debian machine, as root)")
    name = buildah("from", "--pull-never", IMAGE).stdout.strip()
    yield name
    buildah("rm", name)


# What may need a home or a cache comes before the figures: numba, the fits, matplotlib.
@pytest.mark.parametrize(("user", "file"), [(OWN, "report.html"), (OTHER, "figures/panel.svg")])
def test_a_user_without_a_name_runs_a_study(container, tmp_path, user, file):
    study = tmp_path / "eine Studie"
    study.mkdir()
    copy_inputs(study)
    write_config(study / "config.yaml", small_config())
    os.chown(study, user, user)
    image = json.loads(buildah("inspect", container).stdout)["OCIv1"]["config"]
    assert image["User"] == f"{OWN}:{OWN}" and image["WorkingDir"] == "/study"
    asked = () if user == OWN else ("--user", f"{user}:{user}")
    command = (*image["Entrypoint"], f"results/one/{file}", "--configfile", "config.yaml", "--cores", "2")
    run = buildah("run", *asked, "--volume", f"{study}:/study", container, "--", *command)
    assert run.returncode == 0, run.stdout
    made = study / "results" / "one" / file
    assert made.exists() and made.stat().st_uid == user


def test_kernels_are_compiled_with_the_image(container):
    """Not by those who run it: there is none that a fit would have to add, who may write there."""
    count = "find /opt/autocrine/kernels -name '*.nbc' | wc -l"
    compiled = "from autocrine import engine, linear; engine.warm_up(); linear.warm_up()"
    warm = f"PYTHONPATH=/opt/autocrine/workflow/scripts python -c '{compiled}'"
    before, after = buildah(
        "run", "--user", "0", container, "--", "sh", "-c", f"{count}; {warm}; {count}"
    ).stdout.split()
    assert int(before) == int(after) > 0
