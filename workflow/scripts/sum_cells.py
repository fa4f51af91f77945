"""Sum the cells of some files per sample and state."""

import anndata
import numpy as np

from autocrine.cells.blocks import open_cells
from autocrine.cells.passes import SIZE, sum_file
from autocrine.cells.settled import Settled
from autocrine.input.cell_source import Part
from autocrine.problems import Findings
from autocrine.run.job import job
from autocrine.tables import write_whole


def main(cells, parts, layer, output):
    """Write the sums of the cells of some files."""
    data, findings = anndata.read_h5ad(cells, backed="r"), Findings()
    settled, sums = Settled.of_record(data.uns["settled"]), []
    for part in parts:
        decided = data.obs[data.obs["file"] == part.name].set_index("barcode")
        with open_cells(part.path, layer, findings) as opened:
            findings.raise_if_any()
            held = sum_file(opened, decided, settled, SIZE, findings)
            findings.raise_if_any()
        held.obs = held.obs[list(settled.keys)].assign(file=part.name)
        sums.append(held)
    if any("doublets" in held.layers for held in sums):
        for held in sums:
            if "doublets" not in held.layers:
                held.layers["doublets"] = np.zeros(held.shape, dtype=np.int64)
    # One below the other, since a sample and state may have cells in several files.
    together = anndata.concat(sums, merge="same", index_unique="-")
    # What cells of a sample have in common stands in the sheet.
    together.uns["varying"] = np.array([], dtype=str)
    write_whole(output, together.write_h5ad)


if __name__ == "__main__":
    with job(snakemake):
        main(
            cells=snakemake.input.cells,
            parts=[Part(**part) for part in snakemake.params.parts],
            layer=snakemake.params.layer,
            output=snakemake.output.sums,
        )
