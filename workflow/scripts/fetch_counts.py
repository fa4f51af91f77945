"""Fetch the counts of an address, and keep them if they are those that the configuration means."""

from autocrine.input.download import check_download, fetch
from autocrine.input.source import Download
from autocrine.problems import Findings
from autocrine.run.job import job
from autocrine.tables import write_whole


def main(download, output):
    """Write the file under its own name after its checksum was found right."""

    def write(file):
        findings = Findings()
        fetch(download, str(file))
        check_download(str(file), download, findings)
        findings.raise_if_any()
        for note in findings.notes:
            print(note)

    write_whole(output, write)


if __name__ == "__main__":
    with job(snakemake):
        main(
            download=Download(**snakemake.params.download),
            output=snakemake.output[0],
        )
