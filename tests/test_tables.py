"""Files at the edge: whole or not at all, equal for equal content, marked with their origin."""

import gzip
import json

import numpy as np
import pandas as pd
import pytest

from autocrine import columns
from autocrine.tables import read_table, write_json, write_table, write_whole

TABLE = pd.DataFrame(
    {
        "gene_set": ["007", "NA", "NaN"],
        "description": ["a", "", "1e5"],
        "p_value": [1.5, np.nan, 1e-300],
        "size": [1, 2, 3],
    }
)
# What programs that guess take for numbers, truth or nothing.
WORDS = ["0", "1", "007", "1e5", "1.0", "true", "False", "NA", "nan", "None", "", "#N/A", "-", "2024-01-01", 'a "b"',
         "tab\there", "two\nlines", "ü", "=1+1", " padded "]  # fmt: skip
VALUES = {
    columns.NUMBER: [0.0, 1.0, np.nan, np.inf, -np.inf, 1e-300, 0.1],
    columns.INTEGER: [0, 1, 2**40],
    columns.BOOLEAN: [True, False],
}


@pytest.mark.parametrize("table", [table for table in columns.TABLES if table is not columns.CHANGES], ids=str)
def test_every_table_comes_back_as_it_was(tmp_path, table):
    """Each column of each table, named ones, those of steps, groups and cohorts, and those that the input names."""
    named = [name.replace("*", "1") for part in table.columns for name in part.names if name != "data_origin"]
    frame = pd.DataFrame()
    for place, name in enumerate([*named, *(["response", "0"] if table.others else [])]):
        values = VALUES.get(table.column(name).type, WORDS)
        frame[name] = [values[(row + place) % len(values)] for row in range(40)]
    path = tmp_path / table.path
    write_table(path, frame, "measured")
    back = read_table(path)
    assert (back.pop("data_origin") == "measured").all()
    pd.testing.assert_frame_equal(back, frame)


def test_a_missing_text_is_empty_and_a_missing_number_not_a_number(tmp_path):
    sparse = pd.DataFrame({"gene_set": ["NA", None], "size": [np.nan, 3], "p_value": [np.nan, np.nan]})
    write_table(tmp_path / "gene_sets.tsv.gz", sparse, "measured")
    back = read_table(tmp_path / "gene_sets.tsv.gz")
    assert back["gene_set"].tolist() == ["NA", ""] and back["size"].isna().tolist() == [True, False]
    assert gzip.decompress((tmp_path / "gene_sets.tsv.gz").read_bytes()).splitlines()[2] == b"\t3\tNA\tmeasured"


def test_cells_are_those_that_pandas_writes(tmp_path):
    """Every kind of number and text, and quotes where they are needed; pandas asks a function about each number."""
    rng, row = np.random.default_rng(5), np.arange(400)
    table = pd.DataFrame(
        {
            "gene_set": [WORDS[place % len(WORDS)] for place in row],
            "p_value": np.where(row % 7, 10.0 ** rng.uniform(-320, 300, 400), np.nan),
            "stat": rng.choice([0.0, -0.0, np.inf, -np.inf, 1.0, 1e10, 12345678901.5, 0.1 + 0.2], 400),
            "estimate": rng.normal(size=400).astype(np.float32),
            "size": row,
            "status": pd.Categorical(rng.choice(["up", "down"], 400)),
        }
    )
    write_table(tmp_path / "gene_sets.tsv.gz", table, "measured")
    by_pandas = table.assign(data_origin="measured").to_csv(
        sep="\t", index=False, na_rep="NA", float_format="%.10g", lineterminator="\n"
    )
    assert gzip.decompress((tmp_path / "gene_sets.tsv.gz").read_bytes()) == by_pandas.encode()


def test_a_column_that_nothing_describes_is_not_written(tmp_path):
    with pytest.raises(ValueError, match=r"gene_sets.tsv.gz: no type and meaning of \['new'\]"):
        write_table(tmp_path / "gene_sets.tsv.gz", TABLE.assign(new=1), "measured")
    with pytest.raises(KeyError, match="is the name of no table"):
        write_table(tmp_path / "other.tsv", TABLE, "measured")
    assert list(tmp_path.iterdir()) == []


def test_rows_may_differ_in_their_origin(tmp_path):
    origins = pd.Series(["measured", "SIMULATED", "measured"])
    write_table(tmp_path / "gene_sets.tsv.gz", TABLE, origins)
    back = read_table(tmp_path / "gene_sets.tsv.gz")
    assert back.columns[-1] == "data_origin" and back["data_origin"].tolist() == origins.tolist()


def test_equal_tables_give_equal_files(tmp_path):
    one, other = (tmp_path / folder / "gene_sets.tsv.gz" for folder in "ab")
    for path in (one, other):
        write_table(path, TABLE, "measured")
    assert one.read_bytes() == other.read_bytes()


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path):
    (tmp_path / "x.txt").write_text("old")

    def fail(path):
        path.write_text("half")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_whole(tmp_path / "x.txt", fail)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"x.txt": "old"}


def test_json_holds_plain_values_only(tmp_path):
    write_json(
        tmp_path / "x.json", {"a": np.float64(1.5), "b": [np.nan, np.int64(2)], "c": np.array([1.0, np.inf]), 1: "é"}
    )
    assert json.loads((tmp_path / "x.json").read_text(encoding="utf-8")) == {
        "a": 1.5, "b": [None, 2], "c": [1.0, None], "1": "é"
    }  # fmt: skip


def test_a_damaged_table_is_named(tmp_path):
    path = tmp_path / "genes.tsv.gz"
    write_table(path, pd.DataFrame({"gene_id": [f"g{i}" for i in range(999)]}), "measured")
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 0xFF
    path.write_bytes(bytes(raw))
    with pytest.raises(ValueError, match=r"genes\.tsv\.gz is damaged"):
        read_table(path)
