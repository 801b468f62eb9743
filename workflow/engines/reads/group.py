"""Read groups: which sample, library and lane of a machine reads are from."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

# Illumina since CASAVA 1.8: instrument:run:flowcell:lane:tile:x:y
ILLUMINA = re.compile(rb"[^:\s]+:\d+:([A-Za-z0-9-]+):(\d+):\d+:\d+:\d+(?![^\s/:])")
# DNBSEQ: flowcell L lane C column R row, number
DNBSEQ = re.compile(rb"([A-Z]+\d+)L(\d)C\d{3}R\d{3}")


@dataclass(frozen=True)
class ReadGroup:
    """One @RG line.

    Attributes:
        name: ID; that of the lane in the sample sheet.
        sample, library, platform: SM, LB and PL.
        unit: PU, flow cell and lane of the machine; None where the names of the reads do not tell.
    """

    name: str
    sample: str
    library: str
    platform: str
    unit: str | None = None

    def of_unit(self, unit: str | None) -> "ReadGroup":
        """The same with a PU."""
        return replace(self, unit=unit)

    def fields(self) -> dict[str, str]:
        """Tag → value, those that there are."""
        tags = {
            "ID": self.name,
            "PL": self.platform,
            "PU": self.unit,
            "LB": self.library,
            "SM": self.sample,
        }
        return {tag: value for tag, value in tags.items() if value is not None}

    def escaped(self) -> str:
        r"""The line as aligners take it, with ``\t`` for tabs."""
        return r"\t".join(["@RG", *(f"{tag}:{value}" for tag, value in self.fields().items())])


def unit_of(name: bytes) -> str | None:
    """``FLOWCELL.LANE`` of a read by its name, None where it does not tell.

    Args:
        name: the first line of the read, without ``@``.
    """
    found = ILLUMINA.match(name) or DNBSEQ.match(name)
    return f"{found[1].decode()}.{found[2].decode()}" if found else None


def unit_of_all(names: Iterable[bytes]) -> tuple[str | None, str]:
    """The one unit of all reads, and in words where it comes from or why there is none."""
    units = {unit_of(name) for name in names}
    if units == {None} or not units:
        return None, "the names of the reads do not tell"
    if len(units) > 1:
        return None, f"the names of the reads tell of {len(units)} lanes"
    return units.pop(), "flow cell and lane in the names of the reads"
