"""What effects of several cohorts must share to be put together."""

# The comparison, whether patients are in the state or will come to it, whether anything was measured, and what one unit
# of the effect is: a year of age is no standard deviation of it.
STRATUM = ["role", "evidence", "data_origin", "form", "unit"]
