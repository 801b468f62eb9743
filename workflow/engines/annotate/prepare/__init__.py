"""From a VCF to calls: build proven, split, normalised, with what they do to proteins."""

from engines.annotate.prepare.apart import PreparedApart
from engines.annotate.prepare.prepare import Prepared, prepare

AnyPrepared = Prepared | PreparedApart

__all__ = ["AnyPrepared", "Prepared", "PreparedApart", "prepare"]
