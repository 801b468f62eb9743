"""From a VCF to calls: build proven, split, normalised, with what they do to proteins."""

from engines.annotate.prepare.prepare import Prepared, prepare

__all__ = ["Prepared", "prepare"]
