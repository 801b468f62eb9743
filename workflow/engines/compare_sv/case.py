"""One comparison as data: what is asked, and what truvari is given."""

from dataclasses import dataclass, field
from pathlib import Path

from engines.compare_sv.options import Options
from engines.compare_sv.prepare import CallSet
from engines.formats.bed import Regions
from engines.formats.fasta import Reference


@dataclass(frozen=True)
class Request:
    """What is to be compared, and where the results go.

    Attributes:
        out: prefix of the results.
        refine: None refines when there is a reference.
        called_sample, caller: whose calls they are, and who called them; None where nobody says.
    """

    truth: Path
    query: Path
    out: Path
    reference: Path | None = None
    confident: Path | None = None
    refine: bool | None = None
    truth_sample: str | None = None
    query_sample: str | None = None
    options: Options = field(default_factory=Options)
    threads: int = 1
    called_sample: str | None = None
    caller: str | None = None

    @property
    def refines(self) -> bool:
        """Whether refine is run after bench."""
        return self.reference is not None if self.refine is None else self.refine


@dataclass
class Inputs:
    """What truvari is given."""

    truth: CallSet
    query: CallSet
    reference: Reference | None
    confident: Regions | None
    bed: Path | None
    warnings: list[str]
