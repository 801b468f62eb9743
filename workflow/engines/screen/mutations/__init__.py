"""Resistance mutations called from reads, with depth and allele frequencies."""
