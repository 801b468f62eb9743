"""Every call is judged, told and kept, in the order of the input; a resumed run goes on."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from engines.annotate.prepare.counts import REASONS
from engines.annotate.stream import message, vcf
from engines.annotate.stream.tally import Tally
from engines.annotate.stream.teller import Teller
from engines.annotate.stream.telling import Telling, Told
from engines.annotate.stream.unfinished import Unfinished
from engines.annotate.variants import Call, Rejected, StructuralCall
from engines.annotate.verdict import Annotated, AnnotatedStructural
from engines.contract.errors import EngineError
from engines.contract.progress import say

# Why a record cannot be annotated: reason of preparing → what to do. The other reasons are no
# errors (a `*` allele, a place without a variant), and are only counted.
ERRORS = {
    "malformed_record": "the file may have been edited, or cut",
    "unknown_contig": "is the build right?",
    "outside_contig": "is the build right?",
    "bad_allele": "give alleles in letters",
    "ref_mismatch": "is the build right? A record with another REF is of another place",
    "ambiguous_reference": "the place cannot be checked, so it is not used",
}


class Judge(Protocol):
    """What is said of calls. What it remembers of them goes into checkpoints."""

    def call(self, call: Call) -> Annotated: ...

    def structural(self, call: StructuralCall) -> AnnotatedStructural: ...

    def state(self) -> dict[str, Any]: ...

    def restore(self, state: dict[str, Any]) -> None: ...


class Calls(Protocol):
    """What preparing gives: calls, and after the last one what was not looked at."""

    def __iter__(self) -> Iterator[Call]: ...

    def tells_waits(self, before: Callable[[], None]) -> bool:
        """Whether ``before`` will be called each time that the next call takes a while."""

    @property
    def structural(self) -> Sequence[StructuralCall]: ...

    @property
    def rejected(self) -> Sequence[Rejected]: ...


@dataclass(frozen=True)
class Names:
    """Of what is told: the tumour's name in the input, and the disease as the map calls it."""

    sample: str | None
    disease: str


class Session:
    """One run over the calls.

    Args:
        judge: what is said of a call.
        names: of what is told.
        unfinished: where it is kept.
        teller: whom it is told.
    """

    def __init__(self, judge: Judge, names: Names, unfinished: Unfinished, teller: Teller) -> None:
        self._judge, self._names = judge, names
        self._unfinished, self._teller = unfinished, teller
        self.tally = Tally()
        self._telling = Telling(names.sample, names.disease, self.tally)

    def run(self, calls: Calls) -> Tally:
        """Tell every call and every error; what an earlier process told is told again.

        A call that cannot be judged becomes a `variant_error`, and the others go on.

        Raises:
            EngineError: of preparing: the input cannot be read on.
        """
        kept = self._unfinished
        self._resume()
        self._teller.holds = calls.tells_waits(self._teller.flush)
        resumed, at = kept.done, 0
        try:
            for at, each in enumerate(_all(calls), 1):
                if at <= resumed:
                    continue
                if isinstance(each, Rejected):
                    self._reject(at, each)
                else:
                    self._call(at, each)
                if kept.is_due:
                    self._save()
        finally:
            self._teller.flush()
            if kept.done > resumed:
                self._save()
        if at < resumed:
            raise EngineError(
                f"an earlier start told {resumed:,} variants of this input, and now it has {at:,}",
                hint=f"remove {kept.folder} and start again; please report it",
            )
        self._save(is_last=True)
        self._teller.finish()
        return self.tally

    def _save(self, *, is_last: bool = False) -> None:
        self._telling.settle()
        counted = {"tally": self.tally.as_data(), "judge": self._judge.state()}
        self._unfinished.save(counted, is_last=is_last)

    def _resume(self) -> None:
        for line in self._unfinished.begin():
            self._teller.tell(line)
        found = self._unfinished.found
        if found and found.done:
            self.tally = Tally.from_data(found.counted["tally"])
            self._telling = Telling(self._names.sample, self._names.disease, self.tally)
            self._judge.restore(found.counted["judge"])
            say(f"going on behind {found.done:,} variants that an earlier start has told")

    def _call(self, number: int, call: Call | StructuralCall) -> None:
        try:
            told = self._told(number, call)
        except EngineError:
            raise
        except Exception as error:  # one variant must not take the others with it
            what = f"line {call.line}: {type(error).__name__}: {error}"
            hint = "this is a defect of plumbline: please report it"
            data = message.error(number, call.original, what, hint, line=call.line)
            self._error(call.original, data, vcf.skipped(call.line, call.original, "error"))
            return
        listed = told.message if told.is_listed else b""
        self._unfinished.add(call.original, told.message, told.row, told.info, listed)
        self._teller.tell(told.message)

    def _told(self, number: int, call: Call | StructuralCall) -> Told:
        if isinstance(call, Call):
            return self._telling.of(number, self._judge.call(call))
        return self._telling.structural(number, self._judge.structural(call))

    def _reject(self, number: int, each: Rejected) -> None:
        what = f"line {each.line}: {REASONS.get(each.reason, each.reason)}"
        more = {"line": each.line, "reason": each.reason}
        told = message.error(number, each.original, what, ERRORS[each.reason], **more)
        self._error(each.original, told, "")

    def _error(self, original: str, told: dict[str, Any], info: str) -> None:
        line = message.line("variant_error", told)
        self._unfinished.add(original, line, "", info, b"")
        self.tally.errors += 1
        self._teller.tell(line)


def _all(calls: Calls) -> Iterable[Call | StructuralCall | Rejected]:
    yield from calls
    yield from calls.structural
    yield from (each for each in calls.rejected if each.reason in ERRORS)
