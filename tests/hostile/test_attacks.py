"""Every attack is answered as it should be: nothing wrong passes unseen, nothing crashes, hangs or fills the memory."""

import shutil

import pytest

from tests.hostile.harness import BYTES, SECONDS, attack, read_attacks

ATTACKS = read_attacks()


@pytest.mark.parametrize("asked", ATTACKS, ids=lambda asked: asked.title)
def test_attack(tmp_path, asked):
    answer = attack(tmp_path, asked)
    # Some of these files are large, and pytest keeps folders.
    shutil.rmtree(tmp_path)
    assert not answer.fault, answer.fault
    assert answer.seconds < SECONDS and answer.memory < BYTES
    if asked.outcome != "any":
        outcome = answer.outcome if asked.outcome in ("refused", "accepted") else asked.outcome
        assert outcome == asked.outcome or (outcome, asked.outcome) == ("noted", "accepted"), answer
        assert not answer.problems or asked.outcome == "refused", answer.problems
        for words in asked.says:
            assert words in answer.said(asked.outcome), answer


def test_there_are_many():
    assert len(ATTACKS) >= 350
    assert len({asked.title for asked in ATTACKS}) == len(ATTACKS)
