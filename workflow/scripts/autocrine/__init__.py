"""Differential expression of leukaemic stem cells, and what it says of named genes."""

__version__ = "0.1.0"
