"""Compiled per-gene kernels: numbers in, numbers out, no Python objects, no global interpreter lock."""
