"""Truth sets, genomes and stratifications: what exists, and getting it onto this machine."""
