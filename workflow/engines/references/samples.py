"""From the name of a run to the sample that was sequenced: ``NA24143_Lib3_Rep1`` → HG004.

A name is recognised only when it begins with the whole identifier of a GIAB
sample, followed by nothing or by one of ``_ - .`` and more. Nothing is guessed
from the middle of a name, and a name with two samples in it is not recognised.
"""

import functools
import re
from dataclasses import dataclass

from engines.contract.errors import BadUsage
from engines.references import catalogue

_SEPARATORS = "[_.-]"


@dataclass(frozen=True)
class Identity:
    """Which sample a run is of, and by which part of its name; ``str()`` says so for people."""

    run_name: str
    matched: str
    sample: str

    def __str__(self) -> str:
        if self.run_name == self.sample:
            return self.sample
        return f"{self.run_name} → {self.sample} (its name begins with {self.matched})"


@functools.cache
def _identifiers() -> dict[str, str]:
    """HG002 → HG002 and NA24385 → HG002, for all samples."""
    known = catalogue.load().samples.values()
    return {each.name: each.name for each in known} | {
        each.also_called: each.name for each in known
    }


def identify(run_name: str) -> Identity | None:
    """The GIAB sample that ``run_name`` begins with, or None when that is not certain."""
    known = _identifiers()
    parts = [part.upper() for part in re.split(_SEPARATORS, run_name)]
    sample = known.get(parts[0])
    others = {known[part] for part in parts[1:] if part in known}
    if sample is None or others - {sample}:
        return None
    return Identity(run_name, run_name[: len(parts[0])], sample)


def resolve(run_name: str) -> Identity:
    """As :func:`identify`, for a name that has to be of a GIAB sample.

    Raises:
        BadUsage: it is not; with the nearest identifier.
    """
    found = identify(run_name)
    if found is None:
        raise catalogue.unknown("sample", run_name, _identifiers())
    return found


def safe_name(sample: str) -> str:
    """``sample`` if it can be a part of a path.

    Raises:
        BadUsage: it could lead out of a folder.
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", sample):
        raise BadUsage(
            f"sample name {sample!r} cannot be part of a path",
            hint="use letters, digits and _ . - only, beginning with a letter or digit",
        )
    return sample
