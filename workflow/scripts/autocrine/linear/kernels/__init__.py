"""Compiled loops over genes and points; arrays in, arrays out."""
