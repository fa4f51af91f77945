"""The groups of a gene panel: their order, and what they are called."""

# The groups of the bundled panel in words, from the signal outside the cell to what it does, then the context.
GROUP_WORDS = {
    "ligand": "Ligands",
    "receptor_type1": "Type I receptors",
    "receptor_type2": "Type II receptors",
    "coreceptor": "Co-receptors",
    "smad_receptor_bmp": "SMADs of BMP receptors",
    "smad_receptor_tgfb": "SMADs of TGF-β receptors",
    "smad_common": "Common SMAD",
    "smad_inhibitory": "Inhibitory SMADs",
    "antagonist": "Antagonists, modulators",
    "regulator": "Regulators",
    "target": "Direct targets",
    "emt_twist": "TWIST and EMT",
    "cml_fusion": "CML: fusion and partners",
    "cml_signalling": "CML: signalling",
    "lsc_marker": "CML: stem cell markers",
    "stemness_quiescence": "Stemness, quiescence",
    "proliferation": "Proliferation",
    "lineage_state": "Lineage",
    "tki_resistance": "Resistance to inhibitors",
    "niche_msc": "Niche and stroma",
    "reference_gene": "Reference genes",
    "qc_identity": "Quality: sex genes",
}


def order_groups(groups: list[str]) -> list[str]:
    """Put groups of a panel in their biological order; those that are not known follow as the panel has them."""
    there = list(dict.fromkeys(groups))
    return [group for group in GROUP_WORDS if group in there] + [group for group in there if group not in GROUP_WORDS]


def name_group(group: str) -> str:
    """Return a group's heading in words."""
    words = group.replace("_", " ").strip()
    return GROUP_WORDS.get(group) or (words[0].upper() + words[1:] if words else "No group")
