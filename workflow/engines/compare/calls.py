"""VCF lines → calls that can be compared; every line that cannot be is counted by reason."""

from collections.abc import Iterator
from dataclasses import dataclass

from engines.compare.intake import Intake
from engines.contract.errors import BadData

# A trimmed change of the reference: start, end (0-based, half open), the bases put there.
Edit = tuple[int, int, str]

BASES = frozenset("ACGTN")
UNSPECIFIED = ("<NON_REF>", "<*>")


@dataclass(slots=True)
class Call:
    """One genotyped record.

    Attributes:
        order: its number among the records of this contig and file.
        position: of the first base of ``ref``, 0-based.
        ref: reference allele as written.
        alts: the called alternative alleles only.
        genotype: indices into (ref, *alts); -1 is missing; one entry when haploid.
        phased: the genotype was written with ``|``.
        quality: QUAL, None where it is missing.
        passing: FILTER is PASS or missing.
        haplotypes: what each of the two haplotypes carries, None for the reference;
            a haploid call stands on both.
    """

    order: int
    position: int
    ref: str
    alts: tuple[str, ...]
    genotype: tuple[int, ...]
    phased: bool
    quality: float | None
    passing: bool
    haplotypes: tuple[Edit | None, Edit | None]


class Reader:
    """Turns the lines of one contig into calls.

    Args:
        what: how messages call the file.
        contig: its name in the file.
        sequence: the contig's bases, upper case.
        column: index of the sample's column in a line.
        passing_only: leave out records that a filter failed.
    """

    def __init__(
        self, what: str, contig: str, sequence: str, column: int, passing_only: bool
    ) -> None:
        self.what, self.contig, self.sequence = what, contig, sequence
        self.column, self.passing_only = column, passing_only
        self.intake = Intake()

    def calls(self, lines: Iterator[str]) -> Iterator[Call]:
        """Yield what can be compared, in file order.

        Raises:
            BadData: a line that is no VCF record, or stands out of order.
        """
        last = -1
        for order, line in enumerate(lines):
            self.intake.records += 1
            fields = line.split("\t")
            position = int(fields[1]) - 1
            if position < last:
                raise BadData(
                    f"{self.what}: not sorted: {self.contig}:{position + 1} stands behind "
                    f"{self.contig}:{last + 1}",
                    hint="bcftools sort -Oz -o sorted.vcf.gz FILE",
                )
            last = position
            call = self._call(order, position, fields)
            if call is not None:
                yield call

    def _call(self, order: int, position: int, fields: list[str]) -> Call | None:
        where = f"{self.contig}:{position + 1}"
        if position < 0:
            self.intake.leave_out("POS 0 (before the first base)", where)
            return None
        alleles = [fields[3].upper(), *fields[4].split(",")]
        if fields[4] in UNSPECIFIED or fields[4] == ".":
            self.intake.gvcf |= fields[4] != "."
            self.intake.leave_out("reference block or site without ALT", where)
            return None
        called = self._genotype(fields, len(alleles), where)
        if called is None:
            return None
        genotype, phased = called
        self.intake.gvcf |= any(a in UNSPECIFIED for a in alleles)
        passing = fields[6] in ("PASS", ".")
        if self.passing_only and not passing:
            self.intake.leave_out("failed a filter", where)
            return None
        indices = sorted({g for g in genotype if g > 0})
        if not all(alleles[i] for i in (0, *indices)):
            raise BadData(f"{self.what}: {where}: an allele without a base; VCF writes * or .")
        reason = self._unusable([alleles[i] for i in indices], alleles[0])
        if reason:
            self.intake.leave_out(reason, where)
            return None
        if not self._agrees(position, alleles[0], where):
            return None
        alts = tuple(alleles[i].upper() for i in indices)
        renumbered = tuple(indices.index(g) + 1 if g > 0 else g for g in genotype)
        haplotypes = edits_of(position, alleles[0], alts, renumbered)
        if haplotypes == (None, None):
            self.intake.leave_out("allele equal to the reference", where)
            return None
        try:
            quality = float(fields[5]) if fields[5] not in (".", "") else None
        except ValueError:
            raise BadData(f"{self.what}: {where}: QUAL is {fields[5][:20]!r}") from None
        return Call(
            order, position, alleles[0], alts, renumbered, phased, quality, passing, haplotypes
        )

    def _genotype(
        self, fields: list[str], alleles: int, where: str
    ) -> tuple[tuple[int, ...], bool] | None:
        """Allele indices and phase, or None (counted) where no alternative allele is called."""
        if fields[8].partition(":")[0] != "GT":
            self.intake.leave_out("no genotype (GT)", where)
            return None
        text = fields[self.column].partition(":")[0]
        parts = text.replace("|", "/").split("/")
        if not all(part == "." or (part.isascii() and part.isdigit()) for part in parts):
            raise BadData(f"{self.what}: {where}: genotype {text!r} is not VCF")
        genotype = tuple(-1 if part == "." else int(part) for part in parts)
        if max(genotype) >= alleles:
            raise BadData(
                f"{self.what}: {where}: genotype {text} names an allele that is not there"
            )
        if len(genotype) > 2:
            self.intake.leave_out("more than two alleles called (polyploid)", where)
            return None
        if max(genotype) <= 0:
            reason = "homozygous reference" if -1 not in genotype else "no call"
            self.intake.leave_out(reason, where)
            return None
        return genotype, "|" in text

    def _unusable(self, called: list[str], ref: str) -> str:
        """Why these alleles cannot be compared base by base, or nothing."""
        for allele in called:
            if allele in UNSPECIFIED:
                return "unspecified allele called (<NON_REF>)"
            if allele.startswith("<"):
                return "symbolic allele"
            if "[" in allele or "]" in allele or allele.startswith(".") or allele.endswith("."):
                return "breakend"
            if allele != "*" and not BASES.issuperset(allele.upper()):
                return "allele with letters other than A, C, G, T, N"
        if all(allele == "*" for allele in called):
            return "spanning deletion only (*)"
        if not BASES.issuperset(ref):
            return "allele with letters other than A, C, G, T, N"
        return ""

    def _agrees(self, position: int, ref: str, where: str) -> bool:
        """Hold REF against the reference; a record that differs is left out."""
        here = self.sequence[position : position + len(ref)]
        self.intake.checked += 1
        if here == ref:
            return True
        if len(here) == len(ref) and all(
            a == b or b not in "ACGT" for a, b in zip(ref, here, strict=True)
        ):
            self.intake.unknown += 1
            return True
        self.intake.mismatched += 1
        if not self.intake.first_mismatch:
            self.intake.first_mismatch = (
                f"{where}: REF {ref[:20]}, the reference has {here[:20] or 'no such base'}"
            )
        self.intake.leave_out("REF differs from the reference", where)
        return False


def edits_of(
    position: int, ref: str, alts: tuple[str, ...], genotype: tuple[int, ...]
) -> tuple[Edit | None, Edit | None]:
    """What the two haplotypes carry. ``*`` is the reference here: the deletion has its own record.

    A missing allele of a half call counts as reference, a haploid call stands on both.
    """
    edits = [
        trim(position, ref, alts[g - 1]) if g > 0 and alts[g - 1] != "*" else None for g in genotype
    ]
    return edits[0], edits[-1]


def trim(position: int, ref: str, alt: str) -> Edit | None:
    """Cut the common suffix, then the common prefix; None when nothing is left."""
    if len(ref) == 1 == len(alt):
        return None if ref == alt else (position, position + 1, alt)
    end, alt_end = len(ref), len(alt)
    while end and alt_end and ref[end - 1] == alt[alt_end - 1]:
        end -= 1
        alt_end -= 1
    start = 0
    while start < end and start < alt_end and ref[start] == alt[start]:
        start += 1
    if start == end and start == alt_end:
        return None
    return position + start, position + end, alt[start:alt_end]
