"""Several cohorts together."""
