"""``python -m engines.references``: the engine alone, as ``plumbline references``."""

from engines.references.cli import references

references()
