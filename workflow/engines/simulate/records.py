"""Records of a truth as far as a simulation needs them."""

from collections.abc import Iterator
from typing import NamedTuple

from engines.contract.errors import BadData
from engines.formats.vcf import Vcf

SYMBOLS = frozenset("<>[]")


class Record(NamedTuple):
    """One line of a truth.

    Attributes:
        position: of its first base, 0-based.
        alleles: REF and ALT, upper case.
        genotype: the number of an allele for each copy, None for a missing one.
        is_phased: which copy carries which allele is known.
        passes: it failed no filter.
    """

    position: int
    alleles: tuple[str, ...]
    genotype: tuple[int | None, ...]
    is_phased: bool
    passes: bool

    @property
    def is_symbolic(self) -> bool:
        """Whether an allele that the sample has is not given by its bases."""
        return any(not SYMBOLS.isdisjoint(self.alleles[n]) for n in self.genotype if n)


def records_of(vcf: Vcf, contig: str, column: int) -> Iterator[Record]:
    """The records of one contig (its name in this file), in file order.

    Raises:
        BadData: a line that is no record, or a genotype that names an allele that is not there.
    """
    for line in vcf.lines(contig):
        fields = line.split("\t")
        keys = fields[8].split(":")
        if "GT" not in keys:
            raise BadData(f"{vcf.what}: {contig}:{fields[1]}: no GT, so nothing tells who has it")
        values = fields[column].split(":")
        at = keys.index("GT")
        text = values[at] if at < len(values) else "."
        alleles = (fields[3].upper(), *fields[4].upper().split(","))
        try:
            genotype = tuple(
                None if part == "." else int(part) for part in text.replace("|", "/").split("/")
            )
        except ValueError:
            genotype = (-1,)
        if any(number is not None and not 0 <= number < len(alleles) for number in genotype):
            raise BadData(
                f"{vcf.what}: {contig}:{fields[1]}: genotype {text!r}, and there are "
                f"{len(alleles)} alleles"
            )
        passes = fields[6] in ("PASS", ".")
        yield Record(int(fields[1]) - 1, alleles, genotype, "/" not in text, passes)
