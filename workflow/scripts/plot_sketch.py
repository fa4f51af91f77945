"""Draw a sketch of the cells of one cohort, by state and by patient."""

import anndata
import pandas as pd

from autocrine.cells.picture import first_receptor, place_cells
from autocrine.cells.sketch import join_sketches
from autocrine.input.panel import read_panel
from autocrine.page.figures.sketch import draw_sketch, save_picture
from autocrine.problems import Findings
from autocrine.run.job import job
from autocrine.tables import write_whole


def main(inputs, picture, outputs):
    """Write the picture, and the cells that it shows with their places."""
    findings = Findings()
    panel = read_panel(inputs.panel, findings)
    findings.raise_if_any()
    sketch = join_sketches([anndata.read_h5ad(path) for path in inputs.sketches])
    sheet = anndata.read_h5ad(inputs.counts, backed="r").obs
    cells = anndata.read_h5ad(inputs.cells, backed="r")
    patients = sheet.drop_duplicates("specimen").set_index("specimen")["patient"].astype(str)
    sketch.obs["patient"] = sketch.obs["sample"].astype(str).map(patients).fillna("").astype(object)
    receptor = first_receptor(panel, cells.var_names)
    places, way = place_cells(sketch, picture)
    shown = pd.DataFrame(sketch.obs[["state", "patient"]].astype(str).reset_index(drop=True))
    shown["seen"] = False
    if receptor:
        column = int(cells.var.loc[receptor, "place"])
        shown["seen"] = sketch.X[:, column].toarray().ravel() > 0
    origin = str(cells.uns["data_origin"])
    save_picture(draw_sketch(shown, places, way, receptor), outputs.picture, origin)
    if places is not None:
        sketch.obsm[f"X_{way}"] = places
    sketch.uns |= {"data_origin": origin, "way": way, "receptor": receptor}
    write_whole(outputs.sketch, lambda path: sketch.write_h5ad(path, compression="gzip"))


if __name__ == "__main__":
    with job(snakemake):
        main(inputs=snakemake.input, picture=snakemake.params.picture, outputs=snakemake.output)
