"""Runs: what goes into one and what comes out, who drives it, and what is done with it."""
