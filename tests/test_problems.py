"""What speaks against results, as records and in words."""

import json
from dataclasses import asdict, replace

from autocrine.problems import Caution, Findings, short_number

UNEVEN = Caution("uneven_levels", "batch is uneven", advice='add "batch" to the design', samples=("S1", "S2"))


def test_a_record_comes_back_as_it_was():
    caution = replace(UNEVEN, contrasts=("a", "b"), plain="the batch is uneven", where="models.m")
    assert Caution.of_record(json.loads(json.dumps(asdict(caution)))) == caution


def test_words_are_joined_where_they_are_shown():
    assert UNEVEN.words == str(UNEVEN) == 'batch is uneven; add "batch" to the design'
    assert UNEVEN.for_reader == "batch is uneven" and replace(UNEVEN, plain="Batch!").for_reader == "Batch!"
    asked = replace(UNEVEN, contrasts=("a", "b"), where="models.m (cohort c)")
    assert str(asked) == 'models.m (cohort c): a, b: batch is uneven; add "batch" to the design'
    assert str(replace(UNEVEN, contrasts=("a",), advice="")) == "a: batch is uneven"


def test_a_caution_touches_the_contrasts_that_it_names_or_all():
    assert UNEVEN.touches(["x"])
    asked = replace(UNEVEN, contrasts=("a",))
    assert asked.touches(["d", "a"]) and not asked.touches(["d"])


def test_a_check_records_kind_place_and_samples():
    findings = Findings()
    findings.warn("poor_samples", "few genes in S1", "counts.tsv", ["S1"])
    (found,) = findings.warnings
    assert (found.kind, found.about, found.samples) == ("poor_samples", "input", ("S1",))
    assert str(found) == "counts.tsv: few genes in S1"


def test_large_numbers_are_no_powers_of_ten():
    written = [short_number(value) for value in (1091.3, 140127.0, 999.4, 0.01234, -2500.0)]
    assert written == ["1,091", "140,127", "999", "0.0123", "-2,500"]
    assert short_number(4053.4, 4) == "4053" and short_number(140127.0, 4) == "140,127"
