"""Measure the samples of one cohort and put them on a variance-stabilised scale."""

import numpy as np
import pandas as pd
from anndata import AnnData, read_h5ad

from autocrine.cohort import sheet_of
from autocrine.engine import estimate_size_factors, stabilise_variance
from autocrine.log import logged
from autocrine.quality import (
    FEMALE_GENE,
    MALE_GENES,
    associate_components,
    check_sex,
    find_components,
    flag_outliers,
    measure_samples,
    sample_distances,
)
from autocrine.tables import write_table, write_whole


def main(counts, quality, associations, normalised, threads):
    """Write `quality.tsv`, `associations.tsv` and `normalised.h5ad` of one cohort."""
    data = read_h5ad(counts)
    origin = data.uns["data_origin"]
    raw, samples, sheet = np.asarray(data.X), list(data.obs_names), sheet_of(data.obs)
    method = "ratio" if (raw > 0).all(axis=0).any() else "poscounts"
    size_factors = estimate_size_factors(raw, method=method)
    vst = stabilise_variance(raw, size_factors=size_factors, threads=threads)
    cpm = raw / raw.sum(axis=1, keepdims=True) * 1e6
    distances = sample_distances(vst, samples)
    metrics = measure_samples(raw, samples, size_factors)
    names = data.var["gene_name"].to_numpy()
    sex_genes = {gene: cpm[:, names == gene].sum(axis=1) for gene in (FEMALE_GENE, *MALE_GENES) if gene in names}
    sex = check_sex(pd.DataFrame(sex_genes, index=samples), sheet)
    table = metrics.join(sex)
    table["outlier_flag"] = flag_outliers(metrics, distances)
    components = find_components(vst, samples)
    linked = associate_components(components, sheet)

    result = AnnData(
        obs=data.obs.assign(size_factor=size_factors),
        var=data.var,
        layers={"vst": vst.astype(np.float32), "log_cpm": np.log2(cpm + 1).astype(np.float32)},
        obsm={"X_pca": components.scores.to_numpy()},
        obsp={"distances": distances.to_numpy()},
        uns={
            "data_origin": origin,
            "size_factor_method": method,
            "pca": {"variance_ratio": components.explained, "associations": linked},
        },
    )
    write_table(quality, table.reset_index(), origin)
    write_table(associations, linked, origin)
    write_whole(normalised, result.write_h5ad)


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        main(
            counts=snakemake.input.counts,
            quality=snakemake.output.quality,
            associations=snakemake.output.associations,
            normalised=snakemake.output.normalised,
            threads=snakemake.threads,
        )
