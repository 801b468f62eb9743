"""Plumbline's own tools. Each is a package with a command; none needs Snakemake or the service."""

__version__ = "0.1.0"
