"""Where cells are, by configuration: paths with names of samples, batches, and what cannot be used."""

import pytest

from autocrine.input.cell_source import CellSource, Part, batches_of, check_cells_entry, find_parts, make_cells
from autocrine.problems import Findings


def made(tmp_path, *names):
    for name in names:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * 10)
    return tmp_path


def test_samples_are_named_by_paths(tmp_path):
    folder = made(tmp_path, "S 1/matrix.h5", "S2/matrix.h5", "S2/other.h5", "raw/S2.h5")
    parts = find_parts(CellSource((f"{folder}/{{sample}}/matrix.h5",), raw=f"{folder}/raw/{{sample}}.h5"))
    first, second, droplets = (f"{folder}/{name}.h5" for name in ("S 1/matrix", "S2/matrix", "raw/S2"))
    assert parts == (
        Part("S2", second, (second,), "S2", droplets, (droplets,)),
        Part("S_1", first, (first,), "S 1"),
    )


def test_a_name_that_appears_twice_in_a_path_is_one_name(tmp_path):
    folder = made(tmp_path, "A/A.h5ad", "A/B.h5ad", "B/B.h5ad")
    parts = find_parts(CellSource((f"{folder}/{{sample}}/{{sample}}.h5ad",)))
    assert [part.sample for part in parts] == ["A", "B"]


def test_tenx_folders_are_read_by_their_files(tmp_path):
    names = [f"{s}/out/{file}.gz" for s in "AB" for file in ("matrix.mtx", "barcodes.tsv", "features.tsv")]
    folder = made(tmp_path, *names)
    parts = find_parts(CellSource((f"{folder}/{{sample}}/out",)))
    assert [(part.sample, part.path, len(part.files)) for part in parts] == [
        ("A", f"{folder}/A/out", 3),
        ("B", f"{folder}/B/out", 3),
    ]


def test_files_of_several_samples_and_missing_ones_are_parts_too(tmp_path):
    folder = made(tmp_path, "a.h5ad", "x/a.h5ad")
    parts = find_parts(CellSource((f"{folder}/a.h5ad", f"{folder}/x/*.h5ad", f"{folder}/no.h5ad", "no/{sample}.h5")))
    assert [(part.name, part.sample) for part in parts] == [
        ("_sample_", None),
        ("a", None),
        ("a_2", None),
        ("no", None),
    ]


def test_small_files_share_a_job_and_large_ones_do_not(tmp_path, monkeypatch):
    monkeypatch.setattr("autocrine.input.cell_source.MOST_BYTES", 25)
    folder = made(tmp_path, *(f"{name}.h5" for name in "abcde"))
    (folder / "b.h5").write_bytes(b"x" * 30)
    parts = find_parts(CellSource((f"{folder}/{{sample}}.h5",)))
    assert {name: [part.name for part in batch] for name, batch in batches_of(parts).items()} == {
        "a": ["a"], "b": ["b"], "c": ["c", "d"], "e": ["e"],
    }  # fmt: skip


def test_entries_become_cells():
    entry = {"cells": OF_FILES | {"labels": {"column": "type"}, "states": {"LSC": ["HSC"]}, "pairs": [["A", "B"]]}}
    cells = make_cells(entry)
    assert (cells.files, cells.label_column, cells.label_file) == (("x/{sample}.h5",), "type", None)
    assert (cells.states, cells.pairs) == ({"LSC": ("HSC",)}, (("A", "B"),))
    assert make_cells({"counts": "x"}) is None


OF_FILES = {"files": "x/{sample}.h5"}


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({}, "neither counts nor cells are named"),
        ({"counts": "x", "cells": OF_FILES}, "it has both counts and cells"),
        ({"cells": OF_FILES, "lengths": "l.tsv", "format": "auto"}, "lengths: for counts of samples, not for cells"),
        ({"cells": OF_FILES, "measure": "log_expression"}, "cells are counted"),
        ({"cells": {"files": "x.h5"}}, "nothing says which sample the cells of x.h5 are of"),
        (
            {"cells": OF_FILES | {"sample_column": "s"}},
            "the paths name the samples with {sample}, and sample_column too",
        ),
        ({"cells": {"files": "a.h5ad", "sample_column": "s", "raw": "r/{sample}.h5"}}, 'found "r/{sample}.h5"'),
        ({"cells": OF_FILES | {"states": {"LSC": ["HSC"]}}}, "there are no labels that they could be made of"),
        (
            {"cells": OF_FILES | {"labels": {"column": "t"}, "states": {"LSC": ["HSC"], "P": ["HSC"]}}},
            'the label "HSC" is in LSC, P',
        ),
        ({"cells": OF_FILES | {"only_fusion": "positive"}}, "nothing says where the calls of the fusion are"),
        (
            {"cells": OF_FILES | {"doublet_column": "d", "doublets": "off"}},
            'no doublet is looked for (doublets: "off")',
        ),
    ],
)
def test_what_does_not_go_together_is_one_message(entry, words):
    findings = Findings()
    assert not check_cells_entry("a", entry, findings)
    (problem,) = findings.problems
    assert problem.found == words and problem.expected
