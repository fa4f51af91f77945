"""What users give: counts, sample sheets, gene names, panels and gene sets, read and checked."""
