"""Charts and tables of what was measured: a page per kind, and a list on the terminal."""
