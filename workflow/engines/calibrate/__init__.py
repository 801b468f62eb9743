"""Calibration of cause-specific mortality fractions from verbal autopsies."""
