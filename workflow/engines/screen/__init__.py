"""Screening of reads: resistance genes and mutations, and what organisms there are."""
