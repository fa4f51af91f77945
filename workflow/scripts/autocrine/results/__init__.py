"""What fits say of genes: effects, tables, outcomes, gene sets, changed fits."""
