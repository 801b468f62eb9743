"""Resistance databases as objects: what they hold, their version, what is wrong with them."""
