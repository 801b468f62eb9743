"""Callers of one sample side by side: compared with the same truth, their errors are pairs."""
