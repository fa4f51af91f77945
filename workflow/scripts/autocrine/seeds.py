"""Seeds: every draw of a run comes from one of these."""

SEEDS = {
    "permutations of correlations": 2017,
    "random gene sets": 2005,
    "leukaemic fractions": 9,
    "doublets": 2019,
    "cells thinned to the fewest": 20,
    "sketch of cells": 2024,
    "picture of cells": 2018,
}
