"""Draw the forest plot of every primary gene over all cohorts."""

import re
from pathlib import Path

from autocrine.page.figures.forest import draw_forest
from autocrine.page.figures.style import save
from autocrine.run.job import job
from autocrine.tables import read_table


def main(effects, meta, folder):
    """Write an SVG and a PDF per gene into a folder, named by symbol as far as file names allow."""
    effects, meta = read_table(effects), read_table(meta)
    Path(folder).mkdir(parents=True, exist_ok=True)
    taken = set()
    for symbol, found in effects[effects["tier"] == "primary"].groupby("symbol", sort=False):
        name = re.sub(r"[^A-Za-z0-9.-]+", "_", symbol)
        while name.casefold() in taken:
            name += "_"
        taken.add(name.casefold())
        # Simulated cohorts are marked in their headings; the corner of the picture speaks for all of it.
        origin = "SIMULATED" if (found["data_origin"] == "SIMULATED").all() else "measured"
        save(draw_forest(found, meta[meta["symbol"] == symbol]), Path(folder, f"{name}.svg"), origin)


if __name__ == "__main__":
    with job(snakemake):
        main(
            effects=snakemake.input.effects,
            meta=snakemake.input.meta,
            folder=snakemake.output.forests,
        )
