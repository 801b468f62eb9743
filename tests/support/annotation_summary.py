"""A summary of `plumbline annotate`, made up, in the engine's own form."""

from datetime import date
from typing import Any

from annotate_stand_ins import Judge, call, judged

from engines.annotate.evidence import Source
from engines.annotate.stream import message, summary
from engines.annotate.stream.tally import Tally
from engines.annotate.verdict import CannedText, Sentence


def annotation_summary(count: int = 6, **changed: Any) -> dict[str, Any]:
    """Of so many calls, of which every third is of tier I."""
    tally, listed = Tally(), []
    for number in range(1, count + 1):
        annotated = judged(call(number)) if number % 7 else Judge().call(call(number + 1))
        told = message.update(number, annotated, "TUMOR", "colorectal cancer")
        is_listed = told["tier"] == "I"
        tally.count(annotated, told["not_assessed"], is_listed)
        if is_listed:
            listed.append(told)
    counts = {"records": count, "alleles": count, "calls": count, "structural": 0, "rejected": {}}
    about = summary.About(
        sample="TUMOR",
        tumour_only=None,
        disease={"asked": "crc", "name": "colorectal cancer", "doid": "9256", "site": None},
        build={"name": "GRCh37", "proof": "--build says so"},
        calls={"name": "calls.vcf.gz", "sha256": "0" * 64},
        consequences=None,
        population=None,
        callable=None,
        options={},
        knowledge=[Source("CIViC", "evidence", "", "2021-02-25", "0" * 64, "CC0", {"items": 1})],
        day=date(2021, 3, 1),
    )
    texts = (CannedText("Technical Comments", (Sentence("It is old.", ("CIViC@2021-02-25",)),)),)
    outcome = summary.Outcome(tally, counts, (), (), texts, ("made up",))
    messages = {"name": "T.ndjson", "count": count, "sha256": "0" * 64}
    return summary.report(about, outcome, listed, messages) | changed
