"""Structural-variant comparison: truvari, its inputs guarded and its results counted."""
