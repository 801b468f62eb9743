"""The compiled part of the comparison: see ``compare.h`` for its steps."""
