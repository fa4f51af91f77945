"""Sum the cells of some files per sample and state, and gather the counts of those that a picture is made of."""

import anndata
import numpy as np
import pandas as pd
from anndata import AnnData

from autocrine.cells.blocks import open_cells
from autocrine.cells.passes import SIZE, sum_file
from autocrine.cells.settled import Settled
from autocrine.cells.sketch import SKETCHED, Gathering
from autocrine.input.cell_source import Part
from autocrine.problems import Findings
from autocrine.run.job import job
from autocrine.tables import write_whole


def main(cells, parts, layer, outputs):
    """Write the sums of the cells of some files, and the counts of the cells that are sketched."""
    data, findings = anndata.read_h5ad(cells, backed="r"), Findings()
    settled, sums, sketches = Settled.of_record(data.uns["settled"]), [], []
    for part in parts:
        decided = data.obs[data.obs["file"] == part.name].set_index("barcode")
        with open_cells(part.path, layer, findings) as opened:
            findings.raise_if_any()
            picked = decided[SKETCHED].to_numpy(dtype=bool)
            gathered = Gathering(picked, opened.shape[1])
            held = sum_file(opened, decided, settled, SIZE, findings, gathered.take)
            genes = opened.var.index.astype(str)
            findings.raise_if_any()
        held.obs = held.obs[list(settled.keys)].assign(file=part.name)
        sums.append(held)
        obs = (
            decided.reset_index().loc[picked].reindex(columns=["barcode", "sample", "state"]).astype(object).fillna("")
        )
        obs = obs.set_axis(pd.RangeIndex(len(obs)).astype(str), axis=0)
        sketches.append(AnnData(gathered.counts(), obs, pd.DataFrame(index=genes)))
    if any("doublets" in held.layers for held in sums):
        for held in sums:
            if "doublets" not in held.layers:
                held.layers["doublets"] = np.zeros(held.shape, dtype=np.int64)
    # One below the other, since a sample and state may have cells in several files.
    together = anndata.concat(sums, merge="same", index_unique="-")
    # What cells of a sample have in common is in the sheet.
    together.uns["varying"] = np.array([], dtype=str)
    write_whole(outputs.sums, together.write_h5ad)
    sketch = anndata.concat(sketches, merge="same", index_unique="-")
    sketch.uns["data_origin"] = data.uns["data_origin"]
    write_whole(outputs.sketch, lambda path: sketch.write_h5ad(path, compression="gzip"))


if __name__ == "__main__":
    with job(snakemake):
        main(
            cells=snakemake.input.cells,
            parts=[Part(**part) for part in snakemake.params.parts],
            layer=snakemake.params.layer,
            outputs=snakemake.output,
        )
