"""Interpretation history: which variants changed between two runs, and because of what."""
