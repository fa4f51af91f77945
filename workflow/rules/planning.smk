# What snakemake does again and again when it plans and records many jobs, done once. Read after all rules; no rules here.
import gc

from snakemake.io import _IOFile
from snakemake.output_index import OutputIndex

from autocrine.run.checksums import read_once
from autocrine.run.planning import know_parameters, remember_producers

_IOFile.checksum = read_once(_IOFile.checksum)
OutputIndex.match_producers = remember_producers(OutputIndex.match_producers)
for each in workflow.rules:
    know_parameters([*each.input, *each.params])
# Rules and libraries stay to the end, and so do the jobs of a plan: the collector of garbage need not go over them again
# and again.
gc.freeze()
gc.set_threshold(50_000, 20, 100)
