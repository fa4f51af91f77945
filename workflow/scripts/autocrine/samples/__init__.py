"""Values per sample: normalised counts, quality, scores, and linear models of them."""
