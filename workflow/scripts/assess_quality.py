"""Measure the samples of one cohort and put them on a variance-stabilised scale."""

import numpy as np
from anndata import read_h5ad

from autocrine.input.contract import lengths_of, measure_of, scaling_of, sheet_of
from autocrine.run.job import job
from autocrine.samples.associations import associate
from autocrine.samples.normalisation import normalise
from autocrine.samples.quality import assess_samples, find_components, sample_distances
from autocrine.tables import write_table, write_whole


def main(counts, quality, associations, normalised, threads):
    """Write `quality.tsv`, `associations.tsv` and `normalised.h5ad` of one cohort."""
    data = read_h5ad(counts)
    origin, sheet = data.uns["data_origin"], sheet_of(data.obs)
    result = normalise(data, threads, lengths_of(data), **scaling_of(data))
    vst = result.layers["vst"]
    distances = sample_distances(vst, data.obs_names)
    components = find_components(vst, data.obs_names)
    linked = associate(components.scores, sheet).rename(columns={"score": "component"})
    factors, species, measure = result.obs["size_factor"], data.uns["species"], measure_of(data)
    table = assess_samples(np.asarray(data.X), data.var["gene_name"], sheet, factors, distances, species, measure)

    result.obsm["X_pca"] = components.scores.to_numpy()
    result.obsp["distances"] = distances.to_numpy()
    result.uns["pca"] = {"variance_ratio": components.explained, "associations": linked}
    for name in result.layers:
        result.layers[name] = result.layers[name].astype(np.float32)
    write_table(quality, table.reset_index(), origin)
    write_table(associations, linked, origin)
    write_whole(normalised, result.write_h5ad)


if __name__ == "__main__":
    with job(snakemake):
        main(
            counts=snakemake.input.counts,
            quality=snakemake.output.quality,
            associations=snakemake.output.associations,
            normalised=snakemake.output.normalised,
            threads=snakemake.threads,
        )
