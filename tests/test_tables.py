"""Files at the edge: whole or not at all, equal for equal content, marked with their origin."""

import gzip
import json

import numpy as np
import pandas as pd
import pytest

from autocrine.tables import read_table, write_json, write_table, write_whole

TABLE = pd.DataFrame(
    {"sample": ["007", "NA", "NaN"], "group": ["a", "", "1e5"], "value": [1.5, np.nan, 1e-300], "count": [1, 2, 3]}
)


@pytest.mark.parametrize("name", ["x.tsv", "x.tsv.gz"])
def test_tables_come_back_as_they_were(tmp_path, name):
    write_table(tmp_path / "new" / name, TABLE, "SIMULATED")
    back = read_table(tmp_path / "new" / name)
    assert (back.pop("data_origin") == "SIMULATED").all()
    pd.testing.assert_frame_equal(back, TABLE)


def test_rows_may_differ_in_their_origin(tmp_path):
    origins = pd.Series(["measured", "SIMULATED", "measured"])
    write_table(tmp_path / "x.tsv", TABLE, origins)
    back = read_table(tmp_path / "x.tsv")
    assert back.columns[-1] == "data_origin" and back["data_origin"].tolist() == origins.tolist()


def test_equal_tables_give_equal_files(tmp_path):
    for name in ("a.tsv.gz", "b.tsv.gz"):
        write_table(tmp_path / name, TABLE, "measured")
    assert (tmp_path / "a.tsv.gz").read_bytes() == (tmp_path / "b.tsv.gz").read_bytes()
    assert b"NA\t2\tmeasured" in gzip.decompress((tmp_path / "a.tsv.gz").read_bytes())


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
