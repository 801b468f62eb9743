"""How much is drawn: bases of a site and around it, reads."""

LONGEST = 500
"""Most bases of a site."""
FLANK, WIDEST_FLANK = 30, 250
"""Bases on both sides of it: as a rule, and at most."""
MOST, LARGEST_MOST = 60, 500
"""Reads that are drawn: as a rule, and at most."""
