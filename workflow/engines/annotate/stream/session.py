"""Every call is judged, told and kept, in the order of the input; a resumed run goes on."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from engines.annotate.stream import message, rows, vcf
from engines.annotate.stream.tally import Tally
from engines.annotate.stream.teller import Teller
from engines.annotate.stream.unfinished import Unfinished
from engines.annotate.variants import Call, Rejected
from engines.annotate.verdict import Annotated
from engines.contract.errors import EngineError
from engines.contract.progress import say

Judge = Callable[[Call], Annotated]

# Why a record cannot be annotated: reason → what is told, what to do. Other reasons are no
# errors (a `*` allele, a place without a variant), and are only counted.
ERRORS = {
    "ref_mismatch": (
        "REF is not what the genome has there",
        "is the build right? A record with another REF is of another place",
    ),
    "malformed": ("this is no VCF record", "the file may have been edited or cut"),
    "unknown_contig": ("the genome has no such contig", "is the build right?"),
    "bad_allele": ("REF or ALT is not made of A, C, G and T", "normalise the calls first"),
}


class Calls(Protocol):
    """What preparing gives: calls, and after the last one what was not looked at."""

    def __iter__(self) -> Iterator[Call]: ...

    @property
    def rejected(self) -> list[Rejected]: ...


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

    def run(self, calls: Calls) -> Tally:
        """Tell every call and every error; what an earlier process told is told again.

        A call that cannot be judged becomes a `variant_error`, and the others go on.

        Raises:
            EngineError: of preparing: the input cannot be read on.
        """
        kept = self._unfinished
        self._resume()
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
                    kept.save(self.tally.as_data())
        finally:
            if kept.done > resumed:
                kept.save(self.tally.as_data())
        if at < resumed:
            raise EngineError(
                f"an earlier start told {resumed:,} variants of this input, and now it has {at:,}",
                hint=f"remove {kept.folder} and start again; please report it",
            )
        kept.save(self.tally.as_data())
        self._teller.finish()
        return self.tally

    def _resume(self) -> None:
        for line in self._unfinished.begin():
            self._teller.tell(line)
        found = self._unfinished.found
        if found and found.done:
            self.tally = Tally.from_data(found.counted)
            say(f"going on behind {found.done:,} variants that an earlier start has told")

    def _call(self, number: int, call: Call) -> None:
        try:
            annotated = self._judge(call)
            told = message.update(number, annotated, self._names.sample, self._names.disease)
            line = message.line("variant_update", told)
            kept = rows.row(told, annotated), vcf.info(annotated)
        except EngineError:
            raise
        except Exception as error:  # one variant must not take the others with it
            what = f"line {call.line}: {type(error).__name__}: {error}"
            hint = "this is a defect of plumbline: please report it"
            told = message.error(number, call.original, what, hint, line=call.line)
            self._error(call.original, told, vcf.skipped(call.line, call.original, "error"))
            return
        is_listed = is_worth_listing(annotated)
        self._unfinished.add(call.original, line, *kept, line if is_listed else b"")
        self.tally.count(annotated, told["not_assessed"], is_listed)
        self._teller.tell(line)

    def _reject(self, number: int, each: Rejected) -> None:
        text, hint = ERRORS[each.reason]
        what = f"line {each.line}: {text}"
        more = {"line": each.line, "reason": each.reason}
        self._error(each.original, message.error(number, each.original, what, hint, **more), "")

    def _error(self, original: str, told: dict[str, Any], info: str) -> None:
        line = message.line("variant_error", told)
        self._unfinished.add(original, line, "", info, b"")
        self.tally.errors += 1
        self._teller.tell(line)


def is_worth_listing(annotated: Annotated) -> bool:
    """Whether the summary lists it: tier I or II, or (likely) oncogenic."""
    return annotated.tier not in ("III", "IV") or annotated.oncogenicity.verdict in (
        "Oncogenic",
        "Likely Oncogenic",
    )


def _all(calls: Calls) -> Iterable[Call | Rejected]:
    yield from calls
    yield from (each for each in calls.rejected if each.reason in ERRORS)
