"""What is said of columns is said once, and everything that lists them agrees."""

from importlib import import_module
from pkgutil import iter_modules

import pytest

from autocrine import columns
from autocrine.column_descriptions import describe_package, document
from autocrine.columns import table_at, taken_by_results
from tests.conftest import REPOSITORY


def test_the_documentation_is_what_the_code_knows():
    written = (REPOSITORY / "docs" / "tables.md").read_text(encoding="utf-8")
    assert written == document(), "run `make docs`"


def test_no_table_of_a_topic_is_left_out():
    topics = [import_module(f"autocrine.columns.{topic.name}") for topic in iter_modules(columns.__path__)]
    described = {value.path for topic in topics for value in vars(topic).values() if isinstance(value, columns.Table)}
    assert len(topics) > 1
    assert described == {table.path for table in columns.TABLES}


@pytest.mark.parametrize("table", columns.TABLES, ids=lambda table: table.path)
def test_every_column_has_one_type_and_a_meaning(table):
    named = [name for part in table.columns for name in part.names]
    assert len(named) == len(set(named))
    assert all(part.meaning for part in table.columns)
    # A pattern for every name would give the columns of the input another's meaning.
    assert not any(part is table.column("anything else") for part in table.columns)
    assert table.path == "compare.tsv" or named[-1] == "data_origin"


def test_a_file_is_known_by_its_name_and_those_of_the_summary_by_their_folder():
    assert table_at("results/demo/claims.tsv") is columns.CLAIMS
    assert table_at("results/summary/claims.tsv") is columns.SUMMARY_CLAIMS
    assert table_at("elsewhere/genes.tsv.gz") is columns.GENES
    with pytest.raises(KeyError, match=r"other\.tsv is the name of no table"):
        table_at("other.tsv")


def test_names_with_a_part_that_differs_are_found():
    assert columns.GENES.column("log2_fc_step_12").type == "number"
    assert columns.SAMPLES.column("in treatment vs control").type == "text"
    assert columns.GENES.column("another") is None
    assert columns.PANEL.column("hgnc_id").type == "text"


def test_a_panel_may_not_have_columns_of_results():
    names = ["symbol", "role", "note", "outcome", "ci_low_step_2", "sensitivity_words", "data_origin", "model"]
    assert taken_by_results(names) == ["outcome", "ci_low_step_2", "sensitivity_words", "data_origin", "model"]


def test_a_package_says_how_its_files_are_read():
    package = describe_package("Demo", "A cohort", {"m/c/genes.tsv.gz": ["gene_id", "log2_fc", "data_origin"]})
    assert package["name"] == "demo" and package["title"] == "A cohort"
    (file,) = package["resources"]
    assert file["path"] == "m/c/genes.tsv.gz" and file["compression"] == "gz"
    assert [(field["name"], field["type"]) for field in file["schema"]["fields"]] == [
        ("gene_id", "string"), ("log2_fc", "number"), ("data_origin", "string")
    ]  # fmt: skip
    assert file["schema"]["missingValues"] == ["NA"]
