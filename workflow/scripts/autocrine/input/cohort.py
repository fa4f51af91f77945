"""A cohort as the configuration describes it: counts, sample sheet, and the choices for them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from autocrine.input.cell_source import CellSource, find_parts, make_cells
from autocrine.input.source import Download, Source, make_download, make_source
from autocrine.measure import COUNTS


@dataclass(frozen=True)
class Cohort:
    """Counts with their sample sheet.

    `source` says where the counts are; it has no paths while they are at the address of `download` only.
    `size_factor_method` is "auto", "ratio" or "poscounts"; `size_factor_genes` "all", "reference_genes", or how the
    names of the genes begin that size factors rest on. `show_without` is a column that further pictures take out.
    `species` is "human", "mouse" or "other", which `species_name` may name and whose genes are in the file `genes`;
    `other_species` says what becomes of rows of another one, "keep" or "drop". `panel` is a panel of this cohort alone.
    `measure` says what the values are (`autocrine.measure`); `probes` is the table of the genes of the probes of an
    array, and `probe_choice` what becomes of several of one gene.
    `cells` describes single cells, of which `source` then has the files.
    `fraction_reference` says from which pure profiles leukaemic fractions are estimated: file, leukemic and scale.
    """

    name: str
    title: str
    source: Source
    download: Download | None
    samples: str | None
    simulated: bool
    models: tuple[str, ...]
    numeric: tuple[str, ...]
    exclude: Mapping[str, str]
    gene_ids: str
    duplicate_genes: str
    size_factor_method: str
    size_factor_genes: str
    evidence: str = "state"
    show_without: str | None = None
    species: str = "human"
    species_name: str | None = None
    other_species: str = "keep"
    genes: str | None = None
    panel: str | None = None
    sum_by: tuple[str, ...] = ()
    measure: str = COUNTS
    probes: str | None = None
    probe_choice: str = "highest_mean"
    fraction_reference: Mapping[str, str] | None = None
    outcomes: tuple[str, ...] = ()
    cells: CellSource | None = None

    @property
    def species_label(self) -> str:
        """The species by name; where none is given it is no other cohort's."""
        return self.species if self.species != "other" else self.species_name or f"other ({self.name})"

    @property
    def data_origin(self) -> str:
        """The word that every output of this cohort carries."""
        return "SIMULATED" if self.simulated else "measured"


def make_cohort(
    name: str, entry: Mapping[str, Any], models: Sequence[str] = (), outcomes: Sequence[str] = ()
) -> Cohort:
    """Turn one filled entry of `cohorts` into a cohort; it has these models and outcomes unless it names its own."""
    cells, source = make_cells(entry), make_source(entry)
    if cells is not None:
        source = replace(source, paths=tuple(file for part in find_parts(cells) for file in part.files))
    return Cohort(
        name=name,
        title=entry.get("title", name),
        source=source,
        download=make_download(entry.get("counts")),
        samples=entry.get("samples"),
        simulated=entry["simulated"],
        models=tuple(entry.get("models", models)),
        numeric=tuple(entry["numeric"]),
        exclude={str(sample): reason for sample, reason in entry["exclude"].items()},
        gene_ids=entry["gene_ids"],
        duplicate_genes=entry["duplicate_genes"],
        size_factor_method=entry["size_factors"]["method"],
        size_factor_genes=entry["size_factors"]["genes"],
        evidence=entry.get("evidence", "state"),
        show_without=entry.get("show_without"),
        species=entry.get("species", "human"),
        species_name=entry.get("species_name"),
        other_species=entry.get("other_species", "keep"),
        genes=entry.get("genes"),
        panel=entry.get("panel"),
        sum_by=tuple(entry.get("sum_by", ())),
        measure=entry.get("measure", COUNTS),
        probes=entry.get("probes"),
        probe_choice=entry.get("probe_choice", "highest_mean"),
        fraction_reference=entry.get("fraction_reference"),
        outcomes=tuple(entry.get("outcomes", outcomes)),
        cells=cells,
    )


def has_obs(cohort: Cohort) -> bool:
    """Whether the counts are files that carry a table of their samples: .h5ad, or series matrices of GEO."""
    names = [cohort.download.name] if cohort.download else list(cohort.source.paths)
    return all(
        "h5ad" in (cohort.source.format, name.rpartition(".")[2])
        or cohort.source.format == "series_matrix"
        or "series_matrix" in name
        for name in names
    )
