"""One comparison as data: what is asked, what was opened, what was counted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engines.compare.differences.collect import Found
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
        target, regions: keep records whose POS lies in the one, whose REF overlaps the other.
        stratification_regions: ``NAME:BED`` beside the table.
        contigs: compare only these, under the reference's names; all where empty.
        usefiltered_truth: take truth records that failed a filter too.
        ignored_filters: leave out query records that fail only these (hap.py's --filters-only).
        squash: alleles only, whatever the genotypes.
        score: QQ: ``QUAL``, ``INFO.KEY``, ``FORMAT.KEY``.
        roc_filters, roc_delta, roc_regions: the filters that SEL rows ignore, the width of a
            level, the subsets whose levels are counted.
        truth_fraction, query_fraction, fraction_bounds: what the allele fraction is
            (``INFO.KEY``, ``FORMAT.KEY``), and the bounds of its bins.
        ci_alpha: of the intervals in the CSV tables; 0: none.
        write_counts, write_json, write_roc, write_vcf: whether hap.py's tables beside its
            summary.csv, and the annotated VCF, are written.
        baseline: an earlier summary to compare with.
        called_sample, caller: whose calls they are, and who called them; None where nobody says.
    """

    truth: Path
    query: Path
    reference: Path
    out: Path
    confident: Path | None = None
    target: Path | None = None
    regions: Path | None = None
    stratification: Path | None = None
    stratification_regions: tuple[str, ...] = ()
    contigs: tuple[str, ...] = ()
    truth_sample: str | None = None
    query_sample: str | None = None
    pass_only: bool = False
    usefiltered_truth: bool = False
    ignored_filters: tuple[str, ...] = ()
    convert_gvcf_truth: bool = False
    convert_gvcf_query: bool = False
    filter_nonref: bool = False
    decompose: bool = True
    leftshift: bool = True
    preprocess_truth: bool = False
    adjust_confident: bool = True
    sex: str = "auto"
    squash: bool = False
    score: str = "QUAL"
    roc_filters: tuple[str, ...] = ()
    roc_delta: float = 0.5
    roc_regions: tuple[str, ...] = ("*",)
    truth_fraction: str = ""
    query_fraction: str = ""
    fraction_bounds: tuple[float, ...] = ()
    ci_alpha: float = 0.0
    write_counts: bool = True
    write_json: bool = True
    write_roc: bool = True
    write_vcf: bool = True
    baseline: Path | None = None
    called_sample: str | None = None
    caller: str | None = None
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
        strata = {
            f"stratification {name}": Path(bed)
            for name, _, bed in (given.partition(":") for given in self.stratification_regions)
        }
        return {role: getattr(self, role) for role in roles} | strata

    def files_with(self, subsets: Mapping[str, Regions]) -> dict[str, Path]:
        """Every input by its role, with the BED files that the table of stratifications names."""
        beds = {f"stratification {name}": found.path for name, found in subsets.items()
                if found.level == 0}  # fmt: skip
        return {role: path for role, path in (self.files | beds).items() if path}

    @property
    def filters(self) -> tuple[str, ...]:
        """The FILTER rows of the tables; SEL only where filters are to be ignored."""
        return ("ALL", "PASS", "SEL") if self.roc_filters else ("ALL", "PASS")


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
    regions: Regions | None
    subsets: dict[str, Regions]
    warnings: list[str]


@dataclass
class Result:
    """Sums over all contigs.

    Attributes:
        subsets: those of the tally, with their sizes.
        differences: the clusters with an FN or FP of each contig.
        homozygous: contigs on which single-allele genotypes counted as homozygous.
    """

    truth: Intake = field(default_factory=Intake)
    query: Intake = field(default_factory=Intake)
    tally: Tally = field(default_factory=Tally)
    subsets: list[Subset] = field(default_factory=list)
    differences: list[Found] = field(default_factory=list)
    capped: list[dict[str, Any]] = field(default_factory=list)
    homozygous: list[str] = field(default_factory=list)
