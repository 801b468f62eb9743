"""Screening of reads: resistance genes, resistance mutations, taxa."""
