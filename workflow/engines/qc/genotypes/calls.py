"""The SNVs of one sample that its sex and its contamination are told by."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engines.formats.vcf import Vcf, open_vcf, sample_column

LEAST_DEPTH, LEAST_QUALITY = 10, 20  # of Lu et al. 2023 (CHARR), as its authors' code has them
BASES = frozenset("ACGT")
PASSING = ("PASS", ".", "")


@dataclass(frozen=True, slots=True)
class Snv:
    """A biallelic SNV that passed its filters.

    Attributes:
        position: 1-based.
        alleles: copies of ALT, and how many alleles were called: (1, 2) is heterozygous.
        reads: of REF and of ALT; None where the file does not tell.
        frequency: of ALT in the population, by the INFO tag that was asked for.
    """

    contig: str
    position: int
    ref: str
    alt: str
    alleles: tuple[int, int]
    reads: tuple[int, int] | None
    frequency: float | None

    @property
    def is_diploid(self) -> bool:
        """Whether two alleles were called: a haploid genotype cannot be heterozygous."""
        return self.alleles[1] == 2

    @property
    def is_heterozygous(self) -> bool:
        """One of two alleles."""
        return self.alleles == (1, 2)

    @property
    def depth(self) -> int:
        """Reads of both alleles; 0 where nobody tells."""
        return sum(self.reads) if self.reads else 0


@dataclass(frozen=True)
class Calls:
    """A VCF file and the sample in it."""

    vcf: Vcf
    column: int
    tag: str | None

    @property
    def tells_reads(self) -> bool:
        """Whether its header has FORMAT/AD, or RO and AO."""
        declared = {line.split("<ID=", 1)[-1].split(",", 1)[0] for line in self._formats()}
        return "AD" in declared or {"RO", "AO"} <= declared

    def _formats(self) -> list[str]:
        return [line for line in self.vcf.header if line.startswith("##FORMAT=<ID=")]

    @property
    def tells_frequency(self) -> bool:
        """Whether its header has the INFO tag that was asked for."""
        return any(line.startswith(f"##INFO=<ID={self.tag},") for line in self.vcf.header)

    def snvs(self, contig: str) -> Iterator[Snv]:
        """Those of one contig; what is filtered, poor (GQ) or no SNV is not among them."""
        for line in self.vcf.lines(contig):
            found = _snv(line.split("\t"), self.column, self.tag)
            if found:
                yield found


def open_calls(path: Path, sample: str | None, tag: str | None, scratch: Path) -> Calls:
    """A VCF file, checked.

    Args:
        sample: whose genotypes; None where there is one sample.
        tag: INFO tag with the frequency of ALT in the population; None for none.

    Raises:
        InputMissing, BadData, BadUsage: see :func:`engines.formats.vcf.open_vcf`.
    """
    vcf = open_vcf(path, "calls", scratch)
    return Calls(vcf, sample_column(vcf, sample, "--query-sample"), tag)


def _snv(cells: list[str], column: int, tag: str | None) -> Snv | None:
    ref, alts = cells[3].upper(), cells[4].upper().split(",")
    real = [alt for alt in alts if not alt.startswith("<") and alt != "*"]
    if ref not in BASES or len(real) != 1 or real[0] not in BASES or alts[0] != real[0]:
        return None
    if cells[6] not in PASSING:
        return None
    values = dict(zip(cells[8].split(":"), cells[column].split(":"), strict=False))
    alleles = _alleles(values.get("GT", "."))
    quality = values.get("GQ", ".")
    if alleles is None or (_is_number(quality) and float(quality) < LEAST_QUALITY):
        return None
    frequency = info_frequency(cells[7], tag) if tag else None
    position = int(cells[1])
    return Snv(cells[0], position, ref, real[0], alleles, _reads(values), frequency)


def _alleles(genotype: str) -> tuple[int, int] | None:
    """Copies of ALT among the alleles; None where one is missing, a third, or none is ALT."""
    alleles = genotype.replace("|", "/").split("/")
    if len(alleles) > 2 or any(allele not in ("0", "1") for allele in alleles):
        return None
    copies = alleles.count("1")
    return (copies, len(alleles)) if copies else None


def _reads(values: dict[str, str]) -> tuple[int, int] | None:
    """By AD, else by RO and AO (freebayes)."""
    cells = values.get("AD", "").split(",")
    if len(cells) < 2:
        cells = [values.get("RO", ""), values.get("AO", "").split(",")[0]]
    ref, alt = cells[:2]
    return (int(ref), int(alt)) if ref.isdecimal() and alt.isdecimal() else None


def info_frequency(info: str, tag: str) -> float | None:
    """The first value of an INFO tag, where it is one between 0 and 1."""
    for field in info.split(";"):
        name, _, value = field.partition("=")
        first = value.split(",")[0]
        if name == tag and _is_number(first) and 0 <= float(first) <= 1:
            return float(first)
    return None


def _is_number(text: str) -> bool:
    try:
        return float(text) == float(text)
    except ValueError:
        return False
