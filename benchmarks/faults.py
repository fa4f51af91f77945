"""Faults that a run meets, on a small study: kills, a lost drive, no memory, a shuffled input. For reliability.py."""

from __future__ import annotations

import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

ROOT = Path(__file__).resolve().parents[1]
KILLS = 30
# The ledger holds the time at which it was written.
TIMED = {"ro-crate-metadata.json", "write_ledger.json"}
MODEL = {
    "design": "~ response",
    "contrasts": {"c": {"factor": "response", "tested": "resistant", "reference": "sensitive"}},
}


def prepare(folder: Path) -> Path:
    """Write the study of the template: six samples, one model."""
    folder.mkdir(parents=True)
    for name in ("counts.tsv", "samples.tsv"):
        shutil.copy(ROOT / "config" / name, folder)
    config = {
        "cohorts": {"one": {"counts": "counts.tsv", "samples": "samples.tsv", "simulated": True}},
        "models": {"m": MODEL},
        "sensitivity": False,
        "gene_sets": [],
    }
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    return folder


def start(folder: Path, *arguments: str, memory: int | None = None) -> subprocess.Popen:
    """Start a run in a session of its own."""
    command = [sys.executable, "-m", "snakemake", "--cores", "2", "-s", str(ROOT / "workflow" / "Snakefile")]

    def limit() -> None:
        if memory:
            resource.setrlimit(resource.RLIMIT_AS, (memory, memory))

    return subprocess.Popen(
        [*command, *arguments, "--configfile", "config.yaml"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        preexec_fn=limit,
    )


def finish(folder: Path, *arguments: str) -> tuple[int, str]:
    """Run to the end; return the status and what was printed."""
    run = start(folder, *arguments)
    said, _ = run.communicate()
    return run.returncode, said


def files_of(folder: Path) -> dict[str, bytes]:
    """Return name -> bytes of the results, without what a killed job left under names of its own."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in (folder / "results").rglob("*")
        if path.is_file() and not path.name.startswith(".") and path.name not in TIMED
    }


def killed(folder: Path, sound: dict[str, bytes], seconds: float, kills: int) -> str:
    """Kill everything at random moments, going on in between; say how many kills left a file that is not whole."""
    study, dice, broken = prepare(folder), random.Random(15), 0
    for _ in range(kills):
        run = start(study)
        time.sleep(dice.uniform(1, 0.6 * seconds))
        if run.poll() is not None:
            # It was done before: begin again.
            run.communicate()
            shutil.rmtree(study / "results")
            continue
        os.killpg(run.pid, signal.SIGKILL)
        run.communicate()
        finish(study, "--unlock")
        # Jobs of snakemake's are in its session and die with it.
        broken += any(content != sound.get(name) for name, content in files_of(study).items())
    status, said = finish(study)
    same = status == 0 and files_of(study) == sound and finish(study, "verify")[0] == 0
    words = (
        "the next run ended, all files byte by byte those of an undisturbed run"
        if same
        else f"not the same: {said[-300:]}"
    )
    return f"{kills} kills of everything at once, at random moments | {broken} left a file that is not whole; {words}"


def without_memory(folder: Path, sound: dict[str, bytes]) -> str:
    """Give the processes too little memory, then enough."""
    study = prepare(folder)
    run = start(study, memory=700 * 2**20)
    run.communicate()
    whole = all(content == sound.get(name) for name, content in files_of(study).items())
    finish(study, "--unlock")
    status, _ = finish(study)
    same = status == 0 and files_of(study) == sound
    return (
        f"700 MB of memory for each process | the run {'failed' if run.returncode else 'ended'}, "
        f"{'nothing half-written' if whole else 'a file half-written'}; with enough memory "
        f"{'byte by byte the same' if same else 'not the same'}"
    )


def without_disk(folder: Path, sound: dict[str, bytes], seconds: float) -> str:
    """Take the disk of the results away in the middle of a run, as a network drive goes, and bring it back."""
    study, disk = prepare(folder), folder.with_name("disk")
    disk.mkdir()
    (study / "results").mkdir()

    def mount(*words: str | Path) -> bool:
        return subprocess.run([*map(str, words)], check=False, capture_output=True).returncode == 0

    if not mount("mount", "--bind", disk, study / "results"):
        return "a lost drive | not tried: mounting needs root"
    run = start(study)
    time.sleep(seconds / 2)
    mount("umount", "-l", study / "results")
    said, _ = run.communicate()
    left = [path for path in (study / "results").rglob("*") if path.is_file()]
    shutil.rmtree(study / "results")
    (study / "results").mkdir()
    mount("mount", "--bind", disk, study / "results")
    finish(study, "--unlock")
    whole = all(content == sound.get(name) for name, content in files_of(study).items())
    status, said = finish(study)
    same = status == 0 and files_of(study) == sound
    mount("umount", study / "results")
    state = "nothing half-written" if whole else "a file half-written"
    return (
        f"the drive of the results lost in the middle, {len(left)} files written beside it | the run "
        f"{'failed' if run.returncode else 'went on'}, {state} on the drive; with the drive back "
        f"{'byte by byte the same' if same else 'not the same: ' + said[-200:]}"
    )


def shuffled(folder: Path, sound: Path) -> str:
    """Shuffle genes and samples of the counts and rows of the sheet; compare numbers and words."""
    study, random_ = prepare(folder), np.random.default_rng(15)
    counts = pd.read_csv(study / "counts.tsv", sep="\t", dtype=str)
    genes, samples = random_.permutation(len(counts)), random_.permutation(counts.shape[1] - 1) + 1
    counts.iloc[genes, [0, *samples]].to_csv(study / "counts.tsv", sep="\t", index=False)
    sheet = pd.read_csv(study / "samples.tsv", sep="\t", dtype=str, keep_default_na=False)
    sheet.iloc[random_.permutation(len(sheet))].to_csv(study / "samples.tsv", sep="\t", index=False)
    status, said = finish(study)
    if status:
        return f"genes and samples shuffled | the run failed: {said[-200:]}"
    worst, words, compared = 0.0, 0, 0
    for name, key in (("m/c/genes.tsv.gz", ["gene_id"]), ("panel.tsv", ["symbol"]), ("claims.tsv", ["claim"])):
        old, new = (
            pd.read_csv(place / "results" / "one" / name, sep="\t", keep_default_na=False, low_memory=False)
            .set_index(key)
            .sort_index()
            for place in (sound, study)
        )
        for column in old.columns:
            one, two = (pd.to_numeric(table[column], errors="coerce") for table in (old, new))
            numbers = one.notna() & two.notna()
            scale = np.maximum(np.abs(one[numbers]), 1e-8)
            worst = max(worst, float((np.abs(one[numbers] - two[numbers]) / scale).max() if numbers.any() else 0))
            text = ~numbers
            words += int((old.loc[text, column].astype(str) != new.loc[text, column].astype(str)).sum())
            compared += len(old)
    found = f"{compared:,} cells: largest relative difference {worst:.0e}, {words} words differ"
    return f"genes and samples shuffled | {found}"


def measure(folder: Path) -> list[str]:
    """Return a row of the table for each fault."""
    sound = prepare(folder / "sound")
    began = time.monotonic()
    status, said = finish(sound)
    if status:
        raise RuntimeError(said)
    seconds, files = time.monotonic() - began, files_of(sound)
    again = prepare(folder / "again")
    finish(again)
    equal = sum(files_of(again)[name] == files[name] for name in files)
    return [
        f"nothing, twice | {len(files)} files, {equal} byte by byte equal",
        killed(folder / "killed", files, seconds, KILLS),
        without_memory(folder / "memory", files),
        without_disk(folder / "drive", files, seconds),
        shuffled(folder / "shuffled", sound),
    ]
