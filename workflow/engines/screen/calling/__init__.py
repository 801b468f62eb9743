"""Calling genes from the reads that a screen keeps: KMA, ResFinder, DIAMOND."""
