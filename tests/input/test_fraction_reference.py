"""References of leukaemic fractions: what is read, and what cannot be one."""

import numpy as np
import pandas as pd
import pytest

from autocrine.input.cohort import make_cohort
from autocrine.input.fraction_reference import match_reference, read_reference
from autocrine.input.known_genes import read_known_genes
from autocrine.input.schema import with_defaults
from autocrine.problems import Findings
from tests.conftest import REPOSITORY
from tests.models import SCHEMA

SOUND = pd.DataFrame({"gene": ["BMP4", "ID1", "ID2"], "LSC": [100, 2, 0], "HSC": [1.5, 90, 3]})


def read(folder, table, **changed):
    path = folder / "pure.tsv"
    path.write_text(table if isinstance(table, str) else table.to_csv(sep="\t", index=False), encoding="utf-8")
    findings = Findings()
    found = read_reference({"file": str(path), "leukemic": "LSC", "scale": "counts"} | changed, "config", findings)
    return found, [str(problem) for problem in findings.problems]


def test_a_sound_reference_is_read(tmp_path):
    found, problems = read(tmp_path, SOUND)
    assert not problems and list(found.columns) == ["LSC", "HSC"] and found.loc["ID1", "HSC"] == 90


@pytest.mark.parametrize(
    ("table", "changed", "said"),
    [
        (SOUND, {"leukemic": "LSCs"}, 'the reference has no profile "LSCs"'),
        (SOUND[["gene", "LSC"]], {}, "one profile only"),
        (SOUND.assign(LSC=[-1, 2, 3]), {}, "cells that are no numbers of 0 or more: LSC (line 2)"),
        (SOUND.assign(HSC=["1", "many", "3"]), {}, "HSC (line 3)"),
        (SOUND.assign(HSC=[1, np.nan, 3]), {}, "HSC (line 3)"),
        (SOUND.assign(gene=["BMP4", "ID1", "ID1"]), {}, "1 genes appear twice: ID1"),
        (SOUND.assign(LSC=[3.1, 2.2, 9.4], HSC=[1.0, 12.5, 0.3]), {}, "logarithms?"),
        (SOUND.assign(HSC=0), {}, "profiles without any expression: HSC"),
        (SOUND.assign(LSC=[2e6, 1, 1]), {"scale": "tpm"}, "add up to more than a million: LSC"),
        ("gene\tLSC\tLSC\nBMP4\t100\t2\n", {}, "profiles of one name: LSC"),
    ],
)
def test_what_cannot_be_one_is_reported(tmp_path, table, changed, said):
    found, problems = read(tmp_path, table, **changed)
    assert found is None and len(problems) == 1 and said in problems[0] and "->" in problems[0], problems


def test_genes_are_matched_by_what_they_mean_and_too_few_are_reported():
    folder = REPOSITORY / "resources" / "genes"
    names = ("human_grch38.tsv.gz", "refused_aliases.tsv", "mouse_grcm39.tsv.gz")
    known = read_known_genes(*(str(folder / name) for name in names), None, Findings())
    schema = SCHEMA["properties"]["cohorts"]["additionalProperties"]
    cohort = make_cohort("c", with_defaults({"counts": "c.tsv"}, schema))
    genes = known.human.genes
    genes = genes[(genes["gene_id"] != "") & (genes["gene_name"] != "") & (genes["primary"] == "1")].head(600)
    profiles = pd.DataFrame({"LSC": range(600), "HSC": range(600)}, index=pd.Index(genes["gene_name"], name="gene"))
    findings = Findings()
    found = match_reference(profiles, pd.Index(genes["gene_id"][::-1]), cohort, known, "pure.tsv", findings)
    assert not findings.problems and list(found.index) == list(genes["gene_id"][::-1])
    assert found["LSC"].tolist() == list(range(600))[::-1]
    assert match_reference(profiles, pd.Index(genes["gene_id"][:20]), cohort, known, "pure.tsv", findings) is None
    assert "20 of its 600 genes are in the counts" in str(findings.problems[0])
