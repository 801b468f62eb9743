"""Variant calling in pieces: what a job calls, what is kept of it, how the pieces become one."""
