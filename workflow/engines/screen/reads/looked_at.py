"""Every base, quality and name of a batch looked at: what is wrong with it, and what it counts."""

from dataclasses import dataclass

from engines.contract.errors import EngineError
from engines.screen.kernel.native import TALLY, Outcome, Tally, native
from engines.screen.reads import refusals
from engines.screen.reads.batches import Batch, Mate

ENOUGH_TO_TELL = 1000  # reads after which the encoding of qualities is judged


@dataclass(frozen=True)
class MateCounts:
    """What the reads of one mate are.

    Attributes:
        reads, bases: how many.
        unknown_bases: of them not A, C, G or T.
        quality_sum: of all Phred qualities.
        adapters: reads that begin with an Illumina adapter, so that nothing of the sample is read.
        shortest, longest: bases of a read.
        lowest_quality, highest_quality: as they stand in the file, as bytes.
    """

    reads: int = 0
    bases: int = 0
    unknown_bases: int = 0
    quality_sum: int = 0
    adapters: int = 0
    shortest: int = 2**64 - 1
    longest: int = 0
    lowest_quality: int = 255
    highest_quality: int = 0

    @property
    def mean_quality(self) -> float:
        """Mean Phred quality of a base; 0 without bases."""
        return self.quality_sum / self.bases if self.bases else 0.0

    def with_more(self, more: "MateCounts") -> "MateCounts":
        """Counts of these reads and of more."""
        return MateCounts(
            self.reads + more.reads,
            self.bases + more.bases,
            self.unknown_bases + more.unknown_bases,
            self.quality_sum + more.quality_sum,
            self.adapters + more.adapters,
            min(self.shortest, more.shortest),
            max(self.longest, more.longest),
            min(self.lowest_quality, more.lowest_quality),
            max(self.highest_quality, more.highest_quality),
        )


def look_at(batch: Batch) -> tuple[list[MateCounts], EngineError | None]:
    """Counts of each mate, and the first error of the batch.

    What is wrong with an earlier read comes first, of a pair what is wrong with the first mate.
    """
    counts, errors = [], []
    for number, mate in enumerate(batch.mates):
        tally, outcome = _check(mate)
        counts.append(MateCounts(*(getattr(tally, name) for name in TALLY)))
        if outcome.problem:
            record = int(outcome.records)
            where = batch.number(record, number)
            problem = refusals.problem_of(mate.name, where, outcome.problem, outcome.detail)
            errors.append((record, number, problem))
    if (unlike := _unlike(batch)) is not None:
        errors.append((unlike[0], 2, unlike[1]))
    return counts, min(errors, key=lambda error: error[:2])[2] if errors else None


def refuse_encoding(name: str, counts: MateCounts, at_end: bool) -> None:
    """Stop where qualities can hardly be Phred+33.

    Phred+33 data hold low qualities early on; all of them at 26 or higher, up to more than 43 and
    no more than 73, are those of old Illumina machines: Phred+64 from -5 to 41.

    Raises:
        BadData: they are Phred+64.
    """
    if not counts.bases or (counts.reads < ENOUGH_TO_TELL and not at_end):
        return
    if counts.lowest_quality >= 59 and 76 < counts.highest_quality <= 106:
        raise refusals.other_encoding(name, counts.lowest_quality, counts.highest_quality)


def _check(mate: Mate) -> tuple[Tally, Outcome]:
    tally, outcome = Tally(), Outcome()
    tally.shortest, tally.lowest_quality = 2**64 - 1, 255
    data, records = mate.data.ctypes.data, mate.records
    native().fastq_check(data, records.ctypes.data, len(records), tally, outcome)
    return tally, outcome


def _unlike(batch: Batch) -> tuple[int, EngineError] | None:
    """The first pair of a batch whose names do not belong together."""
    if len(batch.mates) < 2:
        return None
    one, two = batch.mates
    at = native().fastq_unlike_names(
        one.data.ctypes.data,
        one.records.ctypes.data,
        two.data.ctypes.data,
        two.records.ctypes.data,
        len(batch),
    )
    if at == len(batch):
        return None
    names = (_name(one, at), _name(two, at))
    error = refusals.unlike_names(one.name, two.name, batch.number(at, 0), names)
    return at, error


def _name(mate: Mate, record: int) -> bytes:
    start, length = (int(mate.records[record][key]) for key in ("start", "name"))
    return mate.data[start + 1 : start + 1 + length].tobytes()
