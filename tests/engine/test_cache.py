"""The kernel cache: honoured, and usable where its folder cannot be written."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numba
import pytest

from autocrine.engine.kernels import cache


@pytest.fixture(autouse=True)
def restore():
    before = numba.config.CACHE_DIR
    yield
    numba.config.CACHE_DIR = before


def test_folder_of_the_environment_is_taken(tmp_path):
    numba.config.CACHE_DIR = str(tmp_path)
    cache.choose_folder()
    assert numba.config.CACHE_DIR.startswith(str(tmp_path))


def test_unwritable_folder_is_copied(tmp_path, monkeypatch):
    numba.config.CACHE_DIR = str(tmp_path)
    cache.choose_folder()
    filled = tmp_path / numba.config.CACHE_DIR.rsplit("/", 1)[1]
    (filled / "kernel.nbi").write_text("compiled")
    monkeypatch.setattr(cache, "_writable", lambda folder: False)
    numba.config.CACHE_DIR = str(tmp_path)
    cache.choose_folder()
    assert str(filled) != numba.config.CACHE_DIR
    assert (Path(numba.config.CACHE_DIR) / "kernel.nbi").read_text() == "compiled"


def test_user_folder_without_the_variable(tmp_path, monkeypatch):
    numba.config.CACHE_DIR = ""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    cache.choose_folder()
    assert numba.config.CACHE_DIR.startswith(str(tmp_path / "autocrine" / "kernels"))


def test_a_kernel_is_not_taken_for_that_of_other_helpers(tmp_path, monkeypatch):
    # numba looks at the file of a kernel alone, and helpers are in others.
    monkeypatch.setattr(cache, "_HERE", tmp_path / "autocrine" / "engine" / "kernels")
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path / "cache"))
    kernels = tmp_path / "autocrine" / "linear" / "kernels"
    kernels.mkdir(parents=True)
    for name in ("quality", "regression"):
        (kernels / f"{name}.py").write_text("")

    def place():
        return cache.KernelLocator.from_function(place, str(kernels / "quality.py")).get_cache_path()

    before = place()
    assert Path(before).parent == tmp_path / "cache" and place() == before
    (kernels / "regression.py").write_text("changed")
    assert place() != before
    other = tmp_path / "another" / "kernels" / "library.py"
    other.parent.mkdir(parents=True)
    other.write_text("")
    assert cache.KernelLocator.from_function(place, str(other)) is None


@pytest.mark.parametrize("processes", [1, 2])
def test_warming_up_leaves_every_kernel_ready(processes):
    scripts = Path(__file__).resolve().parents[2] / "workflow" / "scripts"
    code = (
        "import sys; from autocrine.engine import warm_up\n"
        f"warm_up(processes={processes})\n"
        "from autocrine.engine.kernels import dispersion, influence, moments, regression, shrinkage\n"
        "kernels = [dispersion.fit_dispersions, influence.cooks_distances, moments.moments,\n"
        "           regression.fit_coefficients, shrinkage.shrink_coefficient]\n"
        "print(all(kernel.signatures for kernel in kernels))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=scripts, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True"


# Each group of the design is one sample, so that loops over groups are long enough for vector code.
FITTED = """
import numpy as np
from autocrine.engine.model import fit_regression, make_model
from autocrine.engine.plan import make_plan

rng, place = np.random.default_rng(0), np.arange(12)
design = np.column_stack([np.ones(12), place > 5, place % 2, place % 3 == 0, rng.normal(size=(12, 2))])
counts = rng.negative_binomial(3, 0.02, (300, 12)).astype(float)
model = make_model(counts, rng.uniform(0.5, 2, (1, 12)), make_plan(design), 1)
print("fitted", fit_regression(model, np.full(300, 0.3)).beta.tobytes().hex())
"""


def test_equal_checkouts_share_what_is_compiled_and_its_numbers(tmp_path):
    scripts = Path(__file__).resolve().parents[2] / "workflow" / "scripts"
    shutil.copytree(scripts / "autocrine", tmp_path / "elsewhere" / "autocrine")
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "cache"), "NUMBA_DEBUG_CACHE": "1"}
    said = [
        subprocess.run(
            [sys.executable, "-c", FITTED], cwd=place, env=environment, capture_output=True, text=True, check=True
        ).stdout
        for place in (scripts, tmp_path / "elsewhere")
    ]
    assert "data saved to" in said[0]
    assert "data loaded from" in said[1] and "saved" not in said[1]
    compiled, loaded = (text[text.index("fitted") :].splitlines()[0] for text in said)
    assert compiled == loaded
