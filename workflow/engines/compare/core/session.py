"""One contig in the core: lines go in, decided and counted calls come out."""

import ctypes
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from engines.compare.core import native
from engines.compare.core.settings import Packed
from engines.compare.intake import Intake
from engines.contract.errors import BadData

Records = npt.NDArray[np.void]
PIECE = 4 << 20  # bytes of the annotated VCF that are made at once


class Session:
    """A contig of the core from opening to release; use it with ``with``.

    Args:
        sequence: upper-case bases; they are changed where REF alleles tell what N is.
        packed: what is asked.
        names: how messages call the truth and the query.
    """

    def __init__(
        self, sequence: bytearray | npt.NDArray[np.uint8], packed: Packed, names: tuple[str, str]
    ) -> None:
        self._core = native.native()
        self._packed, self._names = packed, names  # what C points to must live as long as this
        self._sequence = np.frombuffer(sequence, dtype=np.uint8)
        self.contig = self._core.contig_open(
            self._sequence.ctypes.data, len(self._sequence), ctypes.byref(packed.options)
        )
        if not self.contig:
            raise MemoryError

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give all its memory back; arrays that were not copied are no longer valid."""
        if self.contig:
            self._core.contig_close(self.contig)
            self.contig = None

    @property
    def fields(self) -> Any:
        """``Contig`` of compare.h, as it stands."""
        return self.contig.contents

    def bases(self, start: int, end: int) -> str:
        """The reference from ``start`` to ``end`` (0-based, half open), as compared."""
        return self._sequence[max(0, start) : end].tobytes().decode()

    def read(self, side: int, lines: bytes) -> None:
        """Take in whole lines, in the order of the file.

        Raises:
            BadData: a line that is no record, or stands out of order.
        """
        self.check(self._core.contig_read(self.contig, side, lines, len(lines)))

    def compare(self) -> None:
        """All steps behind reading.

        Raises:
            BadData: what came in cannot be compared.
            MemoryError: there is not enough memory.
        """
        self.check(self._core.contig_compare(self.contig))

    def check(self, result: int) -> None:
        """Raise what the core says is wrong when it returned ``result`` other than 0."""
        if not result:
            return
        problem = self.fields.problem
        if problem.kind == native.PROBLEM_MEMORY:
            raise MemoryError
        text = problem.text.decode(errors="replace")
        if problem.side in (native.TRUTH, native.QUERY):
            text = f"{self._names[problem.side]}: {text}"
        raise BadData(text, hint=problem.hint.decode(errors="replace"))

    def intake(self, side: int, contig: str) -> Intake:
        """What became of the lines of one side; ``contig`` is its name in that file."""
        taken = self.fields.intake[side]
        intake = Intake(
            records=taken.records,
            checked=taken.checked,
            mismatched=taken.mismatched,
            unknown=taken.unknown,
            first_mismatch=taken.first_mismatch.decode(),
            gvcf=taken.gvcf,
        )
        for reason, aside in zip(native.ASIDE, taken.aside, strict=True):
            if aside.count:
                intake.leave_out(reason, f"{contig}:{aside.first + 1}", aside.count)
        return intake

    def tally(self) -> npt.NDArray[np.int64]:
        """Counts by subset, kind, filter and column."""
        options = self._packed.options
        subsets = 1 + options.subset_count + 2 + options.fraction_bins
        shape = (subsets, len(native.KINDS), len(native.FILTERS), len(native.COLUMNS))
        return np.ctypeslib.as_array(self.fields.tally, shape=shape).copy()

    def levels(self) -> Records:
        """``RocLevel``s, sorted."""
        return _records(self.fields.levels)

    def differences(self) -> Records:
        """``Difference``s, from left to right."""
        return _records(self.fields.differences)

    def superloci(self) -> Records:
        """``Superlocus`` records, from left to right."""
        return _records(self.fields.superloci)

    def calls(self, side: int, copy: bool = True) -> Records:
        """``Call`` records by superlocus; their pointers die with the session.

        So do all of them without ``copy``.
        """
        return _records(self.fields.calls[side], copy)

    def filters(self) -> set[str]:
        """Names of filters that query calls failed, as the annotated VCF has them."""
        found = self.fields.filters
        texts = {found.items[n].kept.decode() for n in range(found.count)}
        return {name for text in texts for name in text.split(";")}

    def members(self, side: int) -> npt.NDArray[np.uint64]:
        """Calls x words of bits, in the order of :meth:`calls`; bit = subset - 1.

        Not copied: use it before :meth:`close`.
        """
        options, count = self._packed.options, self.fields.calls[side].count
        words = (options.subset_count + 2 + options.fraction_bins + 63) // 64
        if not count:
            return np.zeros((0, words), dtype=np.uint64)
        return np.ctypeslib.as_array(self.fields.members[side], shape=(count, words))

    def subset_confident(self) -> list[int]:
        """Bases that each stratification shares with the confident regions."""
        count = self._packed.options.subset_count
        found = self.fields.subset_confident
        return list(found[:count]) if found else [0] * count

    def lines(self, most: int = PIECE) -> Iterator[memoryview]:
        """The lines of the annotated VCF, once, in pieces of whole lines.

        A piece is not copied: use it before the next one is asked for. So hundreds of names of
        regions on each line need no memory for all lines at once.

        Args:
            most: bytes after which a piece ends; only a longer line makes it larger.
        """
        while more := self._core.contig_lines(self.contig, most):
            self.check(min(more, 0))
            text = self.fields.lines
            yield memoryview((ctypes.c_char * text.length).from_address(text.bytes)).cast("B")


def _records(found: Any, copy: bool = True) -> Records:
    """What a growing list of the core holds."""
    kind = np.dtype(type(found.items.contents) if found.count else found.items._type_)
    if not found.count:
        return np.zeros(0, dtype=kind)
    size = found.count * kind.itemsize
    address = ctypes.cast(found.items, ctypes.c_void_p).value
    assert address is not None
    held = np.frombuffer((ctypes.c_char * size).from_address(address), dtype=kind)
    return held.copy() if copy else held
