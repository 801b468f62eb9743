"""Reads at a site, drawn for people: a small pile-up as text and as a picture."""
