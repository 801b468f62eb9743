"""One line of the input to calls: split, checked against the genome, in their shortest form."""

from collections.abc import Mapping

from engines.annotate.prepare.annotated import Annotation
from engines.annotate.prepare.bcsq import Bcsq
from engines.annotate.prepare.contig_names import Names
from engines.annotate.prepare.counts import Counts
from engines.annotate.prepare.info import AskedTags, info_of, number_of
from engines.annotate.prepare.joined_genes import Record
from engines.annotate.prepare.normal import Genome, is_compatible, shift_left, trim
from engines.annotate.prepare.source import COLUMNS
from engines.annotate.prepare.structural import is_structural, read_structural
from engines.annotate.prepare.tumour import TumourColumn
from engines.annotate.variants import Allele, Call

_BASES = frozenset("ACGTN")
_REFERENCE = ("", ".", "<*>", "<NON_REF>", "<X>")


class Splitter:
    """Counts what it meets, and keeps structural records aside.

    Attributes:
        structural: in the order of the input; their genes are not looked up yet.
    """

    def __init__(
        self,
        names: Names,
        genome: Genome | None,
        tumour: TumourColumn,
        annotation: Annotation | Bcsq | None,
        asked: AskedTags,
        counts: Counts,
        columns: int,
    ) -> None:
        self._names, self._genome, self._tumour = names, genome, tumour
        self._annotation, self._asked, self._counts = annotation, asked, counts
        self._columns = columns
        self._filters: dict[str, tuple[str, ...]] = {}
        self.structural: list[Record] = []

    def calls(self, line: int, text: str) -> list[Call]:
        """The small variants of a line; what is none is counted and kept aside."""
        counts = self._counts
        counts.records += 1
        cells = text.split("\t")
        if not _is_record(cells, self._columns):
            counts.alleles += 1
            counts.reject(line, text[:80], "malformed_record")
            return []
        alts = cells[4].split(",")
        counts.alleles += len(alts)
        if cells[0] not in self._names.ranks:
            return self._reject_all(line, cells, alts, "unknown_contig")
        pos, ref = int(cells[1]), cells[3].upper()
        length = self._names.lengths.get(cells[0])
        if pos < 1 or (length and pos + len(ref) - 1 > length):
            return self._reject_all(line, cells, alts, "outside_contig")
        wrong = self._check(cells[0], pos, ref)
        return self._small(line, cells, alts, pos, ref, wrong)

    def _reject_all(self, line: int, cells: list[str], alts: list[str], reason: str) -> list[Call]:
        for alt in alts:
            self._counts.reject(line, _original(cells, alt), reason)
        return []

    def _check(self, contig: str, pos: int, ref: str) -> str:
        """Why REF cannot be used; empty: it can."""
        if not _BASES.issuperset(ref):
            return "bad_allele"
        if self._genome is None:
            return ""
        there = self._genome.fetch(self._names.genome[contig], pos - 1, pos - 1 + len(ref))
        if there == ref:
            return ""
        return "ambiguous_reference" if is_compatible(ref, there) else "ref_mismatch"

    def _small(
        self, line: int, cells: list[str], alts: list[str], pos: int, ref: str, wrong: str
    ) -> list[Call]:
        info = info_of(cells[7]) if self._asked.any or self._annotation else {}
        told = None
        if self._annotation:
            told = self._annotation.read(info.get(self._annotation.tag, ""), cells[3], alts)
        genotype = self._tumour.read(cells)
        made = []
        for number, alt in enumerate(alts, 1):
            consequences = told[number - 1] if told else None
            if alt not in _REFERENCE and is_structural(alt):
                self._aside(line, cells, alts, number, info)
                continue
            reason = _unusable(alt, ref) or wrong
            if not reason and genotype.lacks(number):
                reason = "absent_from_tumour"
            if reason:
                self._counts.reject(line, _original(cells, alt), reason)
                continue
            call = self._call(line, cells, pos, ref, alt)
            call.depth, call.vaf = genotype.depth, genotype.vaf(number)
            call.phase = genotype.phase(number)
            call.is_homozygous = genotype.is_homozygous(number)
            call.consequences = consequences
            if self._asked.any:
                self._tell(call, info, number, len(alts))
            made.append(call)
        return made

    def _call(self, line: int, cells: list[str], pos: int, ref: str, alt: str) -> Call:
        original = _original(cells, alt)
        alt = alt.upper()
        if len(ref) > 1 or len(alt) > 1:
            pos, ref, alt = trim(pos, ref, alt)
            if self._genome is not None:
                contig = self._names.genome[cells[0]]
                pos, ref, alt = shift_left(contig, pos, ref, alt, self._genome.fetch)
        return Call(
            number=0,
            allele=Allele(self._names.plain[cells[0]], pos, ref, alt),
            line=line,
            original=original,
            filters=self._filters_of(cells[6]),
            ref_matches=True if self._genome is not None else None,
        )

    def _tell(self, call: Call, info: Mapping[str, str], number: int, alleles: int) -> None:
        asked = self._asked
        if asked.vaf:
            call.vaf = self._checked(number_of(info, asked.vaf, number, alleles), 1.0, "vaf")
        if asked.depth:
            depth = self._checked(number_of(info, asked.depth, number, alleles), 1e9, "depth")
            call.depth = int(depth) if depth is not None else None
        if asked.population:
            found = number_of(info, asked.population, number, alleles)
            call.population_af = self._checked(found or 0.0, 1.0, "population frequency")
        for tag in asked.scores:
            score = number_of(info, tag, number, alleles)
            if score is not None:
                call.scores[tag] = score

    def _checked(self, value: float | None, highest: float, what: str) -> float | None:
        if value is None or 0 <= value <= highest:
            return value
        self._counts.notes[f"{what} outside of 0 to {highest:g}: not used"] += 1
        return None

    def _filters_of(self, text: str) -> tuple[str, ...]:
        found = self._filters.get(text)
        if found is None:
            found = () if text in ("PASS", ".", "") else tuple(text.split(";"))
            self._filters[text] = found
        return found

    def _aside(
        self,
        line: int,
        cells: list[str],
        alts: list[str],
        number: int,
        info: Mapping[str, str],
    ) -> None:
        alt = alts[number - 1]
        copies = self._tumour.copies(cells)
        plain = self._names.plain[cells[0]]
        call = read_structural(
            line, cells, alt, plain, info_of(cells[7]), copies, self._filters_of(cells[6])
        )
        told = None
        if self._annotation:
            text = info.get(self._annotation.tag, "")
            told = self._annotation.of_structural(text, number, cells[3], alts)
        self.structural.append((call, alt, told))
        self._counts.structural += 1


def _is_record(cells: list[str], columns: int) -> bool:
    if len(cells) < COLUMNS or (columns > COLUMNS and len(cells) != columns):
        return False
    return cells[1].isascii() and cells[1].isdigit() and bool(cells[0] and cells[3])


def _unusable(alt: str, ref: str) -> str:
    if alt in _REFERENCE:
        return "no_alternate"
    if alt == "*":
        return "star_allele"
    upper = alt.upper()
    if not _BASES.issuperset(upper):
        return "bad_allele"
    return "same_as_reference" if upper == ref else ""


def _original(cells: list[str], alt: str) -> str:
    return f"{cells[0]}:{cells[1]}:{cells[3]}:{alt}"
