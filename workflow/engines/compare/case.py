"""One comparison as data: what is asked, what was opened, what was counted."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engines.compare.intake import Intake
from engines.compare.limits import Limits
from engines.compare.tally import Tally
from engines.formats.bed import Regions
from engines.formats.contigs import ContigMap
from engines.formats.fasta import Reference
from engines.formats.vcf import Vcf


@dataclass(frozen=True)
class Request:
    """What is to be compared and how; the names are those of the command's options."""

    truth: Path
    query: Path
    reference: Path
    out: Path
    confident: Path | None = None
    target: Path | None = None
    stratification: Path | None = None
    truth_sample: str | None = None
    query_sample: str | None = None
    pass_only: bool = False
    decompose: bool = True
    leftshift: bool = True
    adjust_confident: bool = True
    sex: str = "auto"
    limits: Limits = field(default_factory=Limits)
    on_sample_mismatch: str = "error"
    threads: int = 1

    @property
    def files(self) -> dict[str, Path | None]:
        """Every input by its role."""
        roles = ("truth", "query", "reference", "confident", "target", "stratification")
        return {role: getattr(self, role) for role in roles}


@dataclass
class Inputs:
    """The opened inputs, with everything that had to be said about them."""

    reference: Reference
    truth: Vcf
    query: Vcf
    truth_contigs: ContigMap
    query_contigs: ContigMap
    confident: Regions | None
    target: Regions | None
    subsets: dict[str, Regions]
    warnings: list[str]


@dataclass
class Result:
    """Sums over all contigs."""

    truth: Intake = field(default_factory=Intake)
    query: Intake = field(default_factory=Intake)
    tally: Tally = field(default_factory=Tally)
    capped: list[dict[str, Any]] = field(default_factory=list)
    lines: list[Path] = field(default_factory=list)
