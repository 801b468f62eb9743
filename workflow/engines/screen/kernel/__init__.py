"""Reads against indexes, on a processor or a GPU."""
