"""What effects of several cohorts must share to be put together."""

# The comparison, whether patients are in the state or will come to it, whether anything was measured, and what one unit
# of the effect is.
STRATUM = ["role", "evidence", "data_origin", "form"]
