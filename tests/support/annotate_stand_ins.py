"""Calls and verdicts that are made up: what the stream is tested with, without knowledge.

As a program, it tells a number of them slowly, to be killed: ``FOLDER COUNT SECONDS``.
"""

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from engines.annotate.evidence import Item, Kind
from engines.annotate.stream.session import Names, Session
from engines.annotate.stream.teller import Teller
from engines.annotate.stream.unfinished import Unfinished
from engines.annotate.variants import (
    Allele,
    Call,
    Consequence,
    ProteinChange,
    Rejected,
    StructuralCall,
)
from engines.annotate.verdict import (
    Annotated,
    AnnotatedStructural,
    CannedText,
    Code,
    Confidence,
    Context,
    ContextTier,
    Match,
    Nearness,
    Oncogenicity,
    Rung,
    Sentence,
)

NAMES = Names("TUMOR", "colorectal cancer")


def call(number: int) -> Call:
    """A call; another one for each number."""
    pos = 100 + 10 * number
    change = ProteinChange(number, number, "V", "E")
    consequence = Consequence(("missense_variant",), "BRAF", "ENST1", protein=change)
    return Call(
        number=number,
        allele=Allele("7", pos, "A", "T"),
        line=number + 3,
        original=f"chr7:{pos}:A:T",
        depth=100,
        vaf=0.25,
        consequences=(consequence,),
    )


def item(name: str, level: str = "A") -> Item:
    """A predictive item."""
    return Item(
        id=name,
        source="CIViC",
        profile="P1",
        kind=Kind.PREDICTIVE,
        supports=True,
        significance="sensitivity/response",
        disease="Colorectal Cancer",
        doid="9256",
        therapies=("Dabrafenib", "Trametinib"),
        interaction="combination",
        origin="somatic",
        text="It helps.",
        url=f"https://civicdb.org/links/evidence/{name[3:]}",
        level=level,
        rating=4,
        citation="Someone et al., 2020",
        citation_id="1",
    )


class Judge:
    """Remembers how many it has seen, as a matcher remembers parts of combinations."""

    seen = 0

    def call(self, call: Call) -> Annotated:
        self.seen += 1
        found = judged(call)
        found.rationale += f" It is the {self.seen}th."
        return found

    def structural(self, call: StructuralCall) -> AnnotatedStructural:
        return AnnotatedStructural(call, [], [], "III", None, "Nothing is known.")

    def state(self) -> dict[str, Any]:
        return {"seen": self.seen}

    def restore(self, state: dict[str, Any]) -> None:
        self.seen = state["seen"]


def judged(call: Call) -> Annotated:
    """Every third one is of tier I, every seventh cannot be judged."""
    if call.number % 7 == 0:
        raise ValueError("seven")
    matches, contexts = [], []
    if call.number % 3 == 0:
        found = item(f"EID{call.number}")
        matches.append(
            Match(found, Rung.PROTEIN, Nearness.SAME, Context.THERAPEUTIC, "I-A"),
        )
        matches.append(
            Match(item("EID1", "B"), Rung.GENE, Nearness.OTHER, None, None, rejected="germline"),
        )
        reason = "A level A item of this disease."
        contexts.append(ContextTier(Context.THERAPEUTIC, "I-A", (found.id,), False, reason))
    return Annotated(
        call=call,
        matches=matches,
        contexts=contexts,
        tier=contexts[0].tier if contexts else "III",
        tier_context=contexts[0].context if contexts else None,
        rationale="Because it is so.",
        oncogenicity=Oncogenicity(
            "VUS", 4, -4, 12, (Code("OS3", 4, "met", "hotspot"), Code("OP4", 1, "not_assessed", ""))
        ),
        confidence=Confidence(0.61234567, {"call": 0.9, "disease": None}, ("disease",)),
        texts=[CannedText("General Variant Info", (Sentence("It is there.", ("CIViC@2021",)),))],
        not_assessed=("population",),
    )


class Calls:
    """That many calls, and two that were rejected, of which one is an error."""

    def __init__(self, count: int, seconds: float = 0.0) -> None:
        self._count, self._seconds = count, seconds
        self.rejected: list[Rejected] = []
        self.structural: list[StructuralCall] = []

    def tells_waits(self, before: Callable[[], None]) -> bool:
        return False

    def __iter__(self) -> Iterator[Call]:
        for number in range(1, self._count + 1):
            time.sleep(self._seconds)
            yield call(number)
        self.structural = [StructuralCall(2, "7", 9, 90, "DEL", "chr7:9:A:<DEL>", genes=("BRAF",))]
        self.rejected = [
            Rejected(2, "chr7:5:A:*", "star_allele"),
            Rejected(3, "chr7:7:A:C", "ref_mismatch"),
        ]


def run(folder: Path, count: int, seconds: float = 0.0, key: str = "k", every: float = 1.0) -> int:
    """Tell them; gives how many messages an earlier start had told."""
    with Unfinished(folder / "tumour", key, every) as unfinished:
        found = unfinished.done
        with open(folder / "log", "ab") as log:
            Session(Judge(), NAMES, unfinished, Teller("all", log)).run(Calls(count, seconds))
        return found


if __name__ == "__main__":
    run(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), every=0.02)
