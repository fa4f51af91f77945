"""Whatever is in the files of a study, the checks answer with words: no exception, and never a crash.

A fixed number of examples by default, the same in every run; AUTOCRINE_FUZZ=5000 asks for so many others of each kind.
"""

import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.hostile.harness import check, write_study

MORE = int(os.environ.get("AUTOCRINE_FUZZ", "0"))
EXAMPLES = MORE or 120
# What has meaning to one of the readers, or has broken one somewhere.
TOKENS = [
    *(
        "\t",
        ",",
        ";",
        "\n",
        "\r\n",
        "\r",
        '"',
        "'",
        "#",
        " ",
        "\u00a0",
        "\u200b",
        "\ufeff",
        "\u202e",
        "\0",
        "\x1a",
        "\\",
    ),
    *("NA", "nan", "inf", "-1", "1e999", "0x10", "1.5", "=1+1", "#REF!", "TRUE", "none", "Σ", "é", "\U0001f9ec", "١"),
    *("{", "}", "[", "]", ": ", "- ", "&a ", "*a", "!!str ", "? ", "|", ">", "~", "<<: ", "%", "@", "`", "null", "yes"),
    *("resistant", "sensitive", "sample", "S1", "P1", "female", "gene", "BMP4", "N_unmapped", "sep=;", "Geneid"),
]
EDITS = st.lists(
    st.tuples(
        st.sampled_from(["insert", "replace", "delete", "repeat", "cut"]),
        st.floats(0, 1),
        st.integers(0, 40),
        st.one_of(st.sampled_from(TOKENS), st.text(max_size=8), st.integers().map(str)),
    ),
    min_size=1,
    max_size=5,
)


def edit(text, edits):
    """Change a text at places that are given as shares of its length."""
    for how, share, length, token in edits:
        place = int(share * len(text))
        rest = text[place:]
        text = (
            text[:place]
            + {
                "insert": token + rest,
                "replace": token + rest[length:],
                "delete": rest[length:],
                "repeat": rest[:length] * 3 + rest,
                "cut": "",
            }[how]
        )
    return text


@pytest.mark.parametrize("file", ["samples.tsv", "counts.tsv", "config.yaml"])
def test_every_edit_is_answered(file, tmp_path, monkeypatch):
    # The checks go there; whoever comes next must not.
    monkeypatch.chdir(tmp_path)
    write_study(tmp_path)
    sound = {
        name: (tmp_path / name).read_text(encoding="utf-8") for name in ("samples.tsv", "counts.tsv", "config.yaml")
    }

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=not MORE,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(EDITS)
    def answered(edits):
        (tmp_path / file).write_bytes(edit(sound[file], edits).encode("utf-8", "surrogatepass"))
        check(tmp_path)

    answered()


@pytest.mark.parametrize("file", ["samples.tsv", "counts.tsv", "config.yaml"])
def test_any_bytes_are_answered(file, tmp_path, monkeypatch):
    # The checks go there; whoever comes next must not.
    monkeypatch.chdir(tmp_path)
    write_study(tmp_path)

    @settings(max_examples=EXAMPLES // 2, deadline=None, derandomize=not MORE, database=None)
    @given(st.binary(max_size=400))
    def answered(content):
        (tmp_path / file).write_bytes(content)
        check(tmp_path)

    answered()
