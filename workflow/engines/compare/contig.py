"""One contig through the core: from the files to counts and a compressed part of the VCF."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np

from engines.compare.core import native
from engines.compare.core.session import Records, Session
from engines.compare.core.settings import Packed, Settings, Where
from engines.compare.differences.collect import Found, collect
from engines.compare.intake import Intake
from engines.compare.sizes import ContigSizes
from engines.formats.bgzf_writer import PartWriter
from engines.formats.fasta import Reference
from engines.formats.fasta_bases import Bases
from engines.formats.tabix_writer import ContigIndex, Numbers, index_contig
from engines.formats.vcf import Vcf

PIECE = 4 << 20
N = ord("N")


@dataclass(frozen=True)
class Side:
    """One call set: the opened file, and the contig's name in it, None where it has no records."""

    vcf: Vcf
    name: str | None


@dataclass(frozen=True)
class Job:
    """What one contig needs.

    Attributes:
        part: where to write its part of the annotated VCF; None: nowhere.
        depth: of the index's bins.
    """

    reference: Reference
    sides: tuple[Side, Side]
    settings: Settings
    where: Where
    part: Path | None
    depth: int

    @property
    def contig(self) -> str:
        """Its name in the reference."""
        return self.where.contig

    @property
    def records(self) -> int:
        """Lines of both sides, as far as their indexes say."""
        return sum(records_of(side) for side in self.sides)


@dataclass
class Outcome:
    """What one contig gives; the arrays are those of ``Result`` and ``Tally``."""

    contig: str
    intake: tuple[Intake, Intake]
    counts: Numbers
    levels: Records
    differences: Found
    capped: list[dict[str, Any]]
    homozygous: bool
    sizes: ContigSizes
    index: ContigIndex | None
    filters: set[str]


class Stopped(Exception):
    """Another contig failed, or the user wants to go."""


def records_of(side: Side) -> int:
    """Lines of the contig, 0 where its index does not say."""
    stretch = side.vcf.stretches.get(side.name or "")
    return (stretch.records or 0) if stretch else 0


def compare_contig(job: Job, stop: Event) -> Outcome:
    """Compare the calls of one contig and write its part of the annotated VCF.

    Needs a byte of memory for each base, about 200 for each call, and the intervals; all of it is
    given back at the end.

    Raises:
        BadData: a line that is no record, or a file that is damaged.
        Stopped: ``stop`` was set.
    """
    sequence = job.reference.load(job.contig)
    packed = Packed(job.settings, job.where)
    names = (job.sides[0].vcf.what, job.sides[1].vcf.what)
    with Session(sequence, packed, names) as session:
        for number, side in enumerate(job.sides):
            for piece in side.vcf.pieces(side.name or ""):
                go_on(stop)
                session.read(number, piece)
        go_on(stop)
        session.compare()
        index = _write_part(job, session, stop) if job.part else None
        return Outcome(
            job.contig,
            (
                session.intake(native.TRUTH, job.sides[0].name or job.contig),
                session.intake(native.QUERY, job.sides[1].name or job.contig),
            ),
            session.tally(),
            session.levels(),
            collect(session, job.contig, list(job.where.subsets), job.settings.squash),
            list(_capped(job.contig, session)),
            session.fields.hemizygous,
            ContigSizes(
                bases_without_ends(sequence),
                session.fields.confident_size,
                session.subset_confident(),
            ),
            index,
            session.filters(),
        )


def go_on(stop: Event) -> None:
    """Raise :class:`Stopped` where nobody waits for the result any more."""
    if stop.is_set():
        raise Stopped


def _write_part(job: Job, session: Session, stop: Event) -> ContigIndex | None:
    """Compress the lines of the annotated VCF and index them as they come."""
    assert job.part is not None
    starts, ends, offsets, done = [], [], [], 0
    with open(job.part, "wb") as target:
        writer = PartWriter(target)
        for text in session.lines():
            go_on(stop)
            spans = native.spans_of(text)
            starts.append(spans[0])
            ends.append(spans[1])
            offsets.append(spans[2] + done)
            done += len(text)
            writer.write(text)
        blocks = writer.finish()
    if not done:
        return None
    columns = (np.concatenate(starts), np.concatenate(ends), np.concatenate([*offsets, [done]]))
    return index_contig(*columns, blocks, job.depth)


def _capped(contig: str, session: Session) -> Iterator[dict[str, Any]]:
    """Clusters in which the search dropped states; coordinates are 1-based, inclusive."""
    superloci = session.superloci()
    for cluster in superloci[superloci["capped"]]:
        truth, query = (int(last - first) for first, last in cluster["calls"])
        yield {
            "contig": contig,
            "start": int(cluster["start"]) + 1,
            "end": int(cluster["end"]),
            "truth_records": truth,
            "query_records": query,
            "states": int(cluster["states"]),
        }


def bases_without_ends(sequence: Bases) -> int:
    """Bases of a contig without the Ns that it begins and ends with."""
    return max(0, len(sequence) - _leading(sequence) - _leading(sequence[::-1]))


def _leading(sequence: Bases) -> int:
    for begin in range(0, len(sequence), PIECE):
        others = np.flatnonzero(sequence[begin : begin + PIECE] != N)
        if len(others):
            return begin + int(others[0])
    return len(sequence)
