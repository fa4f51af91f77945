"""Keep the counts that were fetched from an address, if they are those that the configuration means."""

import shutil

from autocrine.download import check_download
from autocrine.job import job
from autocrine.problems import Findings
from autocrine.source import Download
from autocrine.tables import write_whole


def main(fetched, download, output):
    """Copy the fetched file to its place, after its checksum was found right."""
    findings = Findings()
    check_download(fetched, download, findings)
    findings.raise_if_any()
    for note in findings.notes:
        print(note)
    write_whole(output, lambda file: shutil.copyfile(fetched, file))


if __name__ == "__main__":
    with job(snakemake):
        main(
            fetched=snakemake.input[0],
            download=Download(**snakemake.params.download),
            output=snakemake.output[0],
        )
