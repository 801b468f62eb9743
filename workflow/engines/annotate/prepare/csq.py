"""Consequences by ``bcftools csq``: calls go in at one end and come out with them."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from engines.annotate.prepare import protein, words
from engines.annotate.prepare.choice import choose, first_of
from engines.annotate.prepare.csq_process import CsqProcess
from engines.annotate.prepare.interest import Interest
from engines.annotate.prepare.joint import Joint, joined, with_joints
from engines.annotate.prepare.models import Models
from engines.annotate.variants import Call, Consequence
from engines.contract.errors import EngineError

BATCH = 128  # lines that are handed over at once
_KEPT = 20_000  # answers that are kept
EVERY = 16  # of calls that need no answer one is asked about, so that answers do not wait
_Row = list[str]
Joints = dict[int, list[tuple[Joint, tuple[Consequence, ...]]]]


class Csq:
    """Feeds the process, and reads its answers.

    Attributes:
        lengths: contig of the genome → bases.
        names: name in what is told → name in the genome; to be filled before the first call.
        interest: genes of which all consequences are told; of others only the chosen one.

    Args:
        fasta: the genome.
        lengths: its contigs.
        fetch: bases of the genome: contig, start, end (from 0).
        scratch: folder for what bcftools says.
    """

    def __init__(
        self,
        models: Models,
        fasta: Path,
        lengths: Mapping[str, int],
        fetch: Callable[[str, int, int], str],
        scratch: Path,
    ) -> None:
        self._models, self.lengths, self._fetch = models, lengths, fetch
        self.names: dict[str, str] = {}
        self.interest = Interest()
        self._pending: deque[Call | Joint] = deque()
        self._same: dict[str, tuple[Consequence, ...]] = {}
        self._process = CsqProcess(fasta, models.gff, scratch)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process.is_running

    def annotate(self, calls: Iterable[Call]) -> Iterator[Call]:
        """The calls in their order, each with its consequences.

        Raises:
            BadData: csq refuses the gene models or the genome.
            Transient: it was ended from outside.
        """
        try:
            yield from self._finished(self._process.exchange(self._pieces(calls)))
        finally:
            self.close()

    def close(self) -> None:
        """End the process, whatever it is doing."""
        self._process.close()

    def _pieces(self, calls: Iterable[Call]) -> Iterator[bytes]:
        contigs = "".join(f"##contig=<ID={n},length={b}>\n" for n, b in self.lengths.items())
        columns = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
        yield f"##fileformat=VCFv4.2\n{contigs}{columns}".encode()
        lines: list[str] = []
        passed = 0
        for entry in with_joints(calls):
            if self._is_far(entry):
                passed += 1
                if passed % EVERY or isinstance(entry, Joint):
                    if isinstance(entry, Call):
                        entry.consequences = ()
                        self._pending.append(entry)
                    continue
            self._pending.append(entry)
            lines.append(self._line(entry))
            if len(lines) == BATCH:
                yield "".join(lines).encode()
                lines.clear()
        if lines:
            yield "".join(lines).encode()

    def _is_far(self, entry: Call | Joint) -> bool:
        """No gene is near: nothing becomes of it, and csq need not be asked."""
        allele = (entry.members[0] if isinstance(entry, Joint) else entry).allele
        end = allele.pos + len(allele.ref) - 1
        return not self._models.is_near(self.names[allele.chrom], allele.pos, end)

    def _line(self, entry: Call | Joint) -> str:
        if isinstance(entry, Joint):
            first = entry.members[0]
            start = first.allele.pos - 1
            contig = self.names[first.allele.chrom]
            ref = self._fetch(contig, start, start + entry.span)
            return f"{contig}\t{first.allele.pos}\tj\t{ref}\t{entry.alt(ref)}\t.\t.\t.\n"
        allele = entry.allele
        contig = self.names[allele.chrom]
        return f"{contig}\t{allele.pos}\t{entry.number}\t{allele.ref}\t{allele.alt}\t.\t.\t.\n"

    def _finished(self, told: Iterable[list[str]]) -> Iterator[Call]:
        held: Call | None = None
        joints: Joints = {}
        for line in self._lines(told):
            if due := self._due(held, joints):
                yield from due
                held = None
            if not line:
                continue
            entry, found = self._answer(line)
            if isinstance(entry, Joint):
                for call in entry.members:
                    joints.setdefault(call.number, []).append((entry, found))
                continue
            if held is not None:
                yield self._told(held, joints)
            held = entry
            held.consequences = found
        due = self._due(held, joints)
        # else what the last call does together with others may not be told
        self._process.check_end(is_whole=not self._pending)
        yield from due or ([self._told(held, joints)] if held else [])

    def _lines(self, told: Iterable[list[str]]) -> Iterator[str]:
        """Lines of records; an empty one after each handful."""
        for lines in told:
            yield from (line for line in lines if not line.startswith("#"))
            yield ""

    def _due(self, held: Call | None, joints: Joints) -> list[Call]:
        """Calls that need no answer and are next, after the one that is held.

        What one call does together with others follows it at once: so the one that is held is
        complete, too.
        """
        due = []
        while self._pending and _is_answered(self._pending[0]):
            entry = self._pending.popleft()
            assert isinstance(entry, Call)
            due.append(entry)
        return [self._told(held, joints), *due] if due and held else due

    def _answer(self, line: str) -> tuple[Call | Joint, tuple[Consequence, ...]]:
        cells = line.split("\t", 8)
        entry = self._pending.popleft()
        mark = "j" if isinstance(entry, Joint) else str(entry.number)
        if cells[2] != mark:
            raise EngineError(f"bcftools csq gave record {cells[2]} where {mark} was due")
        text = cells[7]
        if not text.startswith("BCSQ="):
            return entry, ()
        known = self._same.get(text)
        if known is not None:
            return entry, known
        # @POS stands for what is told at another record: not with -l
        rows = [row for each in text[5:].split(",") if len(row := each.split("|")) > 3]
        allele = (entry.members[0] if isinstance(entry, Joint) else entry).allele
        end = allele.pos + len(cells[3]) - 1
        if isinstance(entry, Call) and entry.phase is None and not self._matters(rows):
            found = self._first(rows, allele.pos, end)
        else:
            found = merged([self._consequence(row, allele.pos, end) for row in rows])
        if not any(row[2] for row in rows) and len(self._same) < _KEPT:
            self._same[text] = found  # of an intron: nothing in it depends on the place
        return entry, found

    def _matters(self, rows: list[_Row]) -> bool:
        return any(row[1] in self.interest for row in rows)

    def _first(self, rows: list[_Row], start: int, end: int) -> tuple[Consequence, ...]:
        """The consequence by which a call is told, where it cannot be told with others."""
        if len({(row[1], row[2]) for row in rows}) < len(rows):
            # a transcript has several rows: they are one consequence
            return self._chosen(merged([self._consequence(row, start, end) for row in rows]))[:1]
        if len(rows) > 1:
            standing = self._models.standing
            keyed = [(row[1], row[2], words.from_csq(row[0]), standing(row[2])) for row in rows]
            rows = [rows[first_of(keyed)]]
        return tuple(self._consequence(row, start, end, is_chosen=True) for row in rows)

    def _chosen(self, found: Sequence[Consequence]) -> tuple[Consequence, ...]:
        standing = self._models.standing
        return choose(found, {each.transcript: standing(each.transcript) for each in found})

    def _consequence(
        self, row: _Row, start: int, end: int, *, is_chosen: bool = False
    ) -> Consequence:
        terms = words.from_csq(row[0])
        change = protein.from_csq(row[5] if len(row) > 5 else "", terms)
        known = self._models.transcript(row[2]) if row[2] else None
        if known is None:
            return Consequence(terms, row[1], row[2], "", change, is_chosen=is_chosen)
        exon = known.exon(start, end)
        return Consequence(terms, row[1], row[2], known.biotype, change, "", exon, is_chosen)

    def _told(self, call: Call, joints: Joints) -> Call:
        found = call.consequences or ()
        mine = joints.pop(call.number, None) if joints else None
        if not mine and len(found) == 1 and found[0].is_chosen:
            return call
        if mine:
            mine.sort(key=lambda item: -len(item[0].members))
            found = joined(call, mine)
        chosen = self._chosen(found)
        call.consequences = chosen if self._all_told(found) else chosen[:1]
        return call

    def _all_told(self, found: Sequence[Consequence]) -> bool:
        return any(each.gene in self.interest for each in found)


def _is_answered(entry: Call | Joint) -> bool:
    return isinstance(entry, Call) and entry.consequences is not None


def merged(found: Sequence[Consequence]) -> tuple[Consequence, ...]:
    """One consequence for each transcript: csq tells a splice region in a row of its own."""
    if len({(each.gene, each.transcript) for each in found}) == len(found):
        return tuple(found)
    result: dict[tuple[str, str], Consequence] = {}
    for each in found:
        key = (each.gene, each.transcript)
        other = result.setdefault(key, each)
        if other is not each:
            terms = tuple(sorted(dict.fromkeys((*other.terms, *each.terms)), key=words.rank))
            result[key] = other._replace(terms=terms, protein=other.protein or each.protein)
    return tuple(result.values())
