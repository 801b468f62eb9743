"""One comparison as data: what is asked, what was opened, what was counted."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engines.compare.intake import Intake
from engines.compare.limits import Limits
from engines.compare.tables import Subset
from engines.compare.tally import Tally
from engines.formats.bed import Regions
from engines.formats.contigs import ContigMap
from engines.formats.fasta import Reference
from engines.formats.vcf import Vcf


@dataclass(frozen=True)
class Request:
    """What is to be compared and how; the names are those of the command's options.

    Attributes:
        truth, query, reference, out: files, and the prefix of what is written.
        confident, target, regions: BED files (hap.py's -f, -T and -R).
        stratification: table of names and BED files.
        stratification_regions: name and BED file, beside those of the table.
        contigs: only these, under the reference's names; all where empty.
        truth_sample, query_sample: where a file has several.
        pass_only, filters_only, usefiltered_truth: which records a FILTER leaves out.
        convert_gvcf_truth, convert_gvcf_query, filter_nonref: what becomes of a gVCF.
        decompose, leftshift, preprocess_truth: hap.py's units; see docs/small-variants.md.
        squash: alleles are compared, not genotypes.
        roc, roc_delta, roc_filter, roc_regions: the score, the width of a level, filters that
            SEL rows ignore, stratifications that have levels too.
        fraction, fraction_bounds: field of the allele fraction, and the bounds of its strata.
        ci_alpha: of the intervals in the CSV tables; 0: none.
        write_counts, write_json, write_roc: whether those tables are written.
        baseline: an earlier summary to compare with.
    """

    truth: Path
    query: Path
    reference: Path
    out: Path
    confident: Path | None = None
    target: Path | None = None
    regions: Path | None = None
    stratification: Path | None = None
    stratification_regions: tuple[tuple[str, Path], ...] = ()
    contigs: tuple[str, ...] = ()
    truth_sample: str | None = None
    query_sample: str | None = None
    pass_only: bool = False
    filters_only: tuple[str, ...] = ()
    usefiltered_truth: bool = False
    convert_gvcf_truth: bool = False
    convert_gvcf_query: bool = False
    filter_nonref: bool = False
    decompose: bool = True
    leftshift: bool = True
    preprocess_truth: bool = False
    adjust_confident: bool = True
    squash: bool = False
    sex: str = "auto"
    roc: str = "QUAL"
    roc_delta: float = 0.5
    roc_filter: tuple[str, ...] = ()
    roc_regions: tuple[str, ...] = ()
    fraction: str = ""
    fraction_bounds: tuple[float, ...] = ()
    ci_alpha: float = 0.0
    write_counts: bool = True
    write_json: bool = True
    write_roc: bool = True
    baseline: Path | None = None
    limits: Limits = field(default_factory=Limits)
    on_sample_mismatch: str = "error"
    threads: int = 1

    @property
    def files(self) -> dict[str, Path | None]:
        """Every input by its role."""
        roles = (
            "truth", "query", "reference", "confident", "target", "regions", "stratification",
            "baseline",
        )  # fmt: skip
        strata = {f"stratification {name}": path for name, path in self.stratification_regions}
        return {role: getattr(self, role) for role in roles} | strata

    @property
    def filters(self) -> tuple[str, ...]:
        """The FILTER rows of the tables; SEL only where filters are to be ignored."""
        return ("ALL", "PASS", "SEL") if self.roc_filter else ("ALL", "PASS")


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
    subsets: list[Subset] = field(default_factory=list)
