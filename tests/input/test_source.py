"""Where counts are: the forms that the configuration may take."""

from autocrine.input.source import make_download, make_source

SHA = "ab" * 32


def test_a_path_or_a_list_of_paths():
    assert make_source({"counts": "a b/ü.tsv", "format": "table"}).paths == ("a b/ü.tsv",)
    source = make_source({"counts": ["a.tsv", "b.tsv"], "strandedness": "reverse", "title": "no matter"})
    assert source.paths == ("a.tsv", "b.tsv") and source.strandedness == "reverse" and source.format == "auto"
    assert make_download("a.tsv") is None and make_download(["a.tsv"]) is None
    assert make_source({"counts": [f"{i}.tsv" for i in range(9)]}).where == "0.tsv, 1.tsv, 2.tsv and 6 more"


def test_an_address_gives_the_file_its_name():
    download = make_download({"url": "https://host/a/my%20counts.tsv.gz?version=2", "sha256": SHA.upper()})
    assert (download.name, download.sha256) == ("my counts.tsv.gz", SHA)
    assert make_source({"counts": {"url": "https://host/x", "sha256": SHA}}).paths == ()
    assert make_download({"url": "https://host", "sha256": SHA}).name == "counts"


def test_a_series_of_geo_gives_the_address_of_what_ncbi_counted():
    download = make_download({"geo": "GSE164073"})
    assert download.name == "GSE164073_raw_counts_GRCh38.p13_NCBI.tsv.gz" and download.sha256 is None
    assert download.url == (
        "https://www.ncbi.nlm.nih.gov/geo/download/?type=rnaseq_counts&acc=GSE164073&format=file"
        "&file=GSE164073_raw_counts_GRCh38.p13_NCBI.tsv.gz"
    )
