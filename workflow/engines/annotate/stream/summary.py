"""``PREFIX.summary.json``: what was asked, counts, and the variants that matter."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from engines import __version__
from engines.annotate.evidence import Source
from engines.annotate.knowledge.release import OLD_DAYS, is_old
from engines.annotate.stream import message
from engines.annotate.stream.tally import Tally
from engines.annotate.variants import Rejected, StructuralCall
from engines.annotate.verdict import CannedText

SCHEMA = "plumbline/annotation.summary/1"


@dataclass(frozen=True)
class About:
    """What does not depend on any one call; the names are those of the schema.

    Attributes:
        day: by which sources are called old.
    """

    sample: str | None
    tumour_only: bool | None
    disease: dict[str, str | None]
    build: dict[str, str]
    calls: dict[str, str]
    consequences: str | None
    population: str | None
    callable: dict[str, Any] | None
    options: dict[str, Any]
    knowledge: Sequence[Source]
    day: date

    @property
    def by(self) -> list[str]:
        """A text for each source of knowledge."""
        return [described(source, self.day) for source in self.knowledge]

    @property
    def line(self) -> str:
        """All of it in one line, for files that have no other place."""
        asked = f"{self.disease['name']}; {self.build['name']}"
        by = "; ".join(self.by)
        return f"plumbline annotate {__version__}; for research use only; {asked}; {by}"


def described(source: Source, day: date) -> str:
    """``CIViC, evidence, 2021-02-25, more than 180 days old, CC0, sha256 …``, in ASCII without
    double quotes."""
    when = source.date or "no date known"
    if source.date and is_old(source.date, day):
        when += f", more than {OLD_DAYS} days old"
    release = [source.release] if source.release and source.release != source.date else []
    words = [source.name, source.role, *release, when, source.licence, f"sha256 {source.sha256}"]
    return ", ".join(word for word in words if word)


@dataclass(frozen=True)
class Outcome:
    """What came of the calls.

    Attributes:
        counts: of preparing: records, calls, structural, rejected by reason.
        texts: of the whole sample.
        unmatchable: profiles of the sources that no variant can match, by reason.
        combinations: names of combined alterations that the sample has all parts of.
    """

    tally: Tally
    counts: dict[str, Any]
    structural: Sequence[StructuralCall]
    rejected: Sequence[Rejected]
    texts: Sequence[CannedText]
    warnings: Sequence[str]
    unmatchable: Mapping[str, int] = field(default_factory=dict)
    combinations: Sequence[str] = ()


def report(
    about: About, outcome: Outcome, listed: Iterable[dict[str, Any]], messages: dict[str, Any]
) -> dict[str, Any]:
    """The summary; it is the same in whatever folder the inputs lie.

    Args:
        listed: data of the messages of variants that matter.
        messages: name, count and sha256 of ``PREFIX.ndjson``.
    """
    tally = outcome.tally
    return {
        "schema": SCHEMA,
        "engine": {"name": "plumbline annotate", "version": __version__},
        "sample": about.sample,
        "tumour_only": about.tumour_only,
        "disease": about.disease,
        "build": about.build,
        "calls": about.calls,
        "consequences": about.consequences,
        "population": about.population,
        "callable": about.callable,
        "options": about.options,
        "knowledge": [asdict(source) for source in about.knowledge],
        "counts": counts_of(outcome),
        "tiers": tally.by_tier(),
        "contexts": dict(sorted(tally.contexts.items())),
        "oncogenicity": tally.by_class(),
        "not_assessed": dict(sorted(tally.not_assessed.items())),
        "texts": [message.text(each) for each in outcome.texts],
        "variants": list(listed),
        "unlisted": dict(sorted(tally.unlisted.items())),
        "structural": [_structural(each) for each in outcome.structural],
        "combinations": list(outcome.combinations),
        "unmatchable": dict(outcome.unmatchable),
        "messages": messages,
        "warnings": list(outcome.warnings),
    }


def counts_of(outcome: Outcome) -> dict[str, Any]:
    """What went in and what came out of it."""
    counts, tally = outcome.counts, outcome.tally
    whole = {key: value for key, value in counts.items() if isinstance(value, int)}
    return {
        **whole,
        "annotated": tally.calls,
        "errors": tally.errors,
        "with_evidence": tally.with_evidence,
        "conflicting": tally.conflicting,
        "rejected": dict(sorted(counts["rejected"].items())),
    }


def _structural(call: StructuralCall) -> dict[str, Any]:
    told = {
        name: getattr(call, name)
        for name in ("chrom", "pos", "end", "kind", "original", "genes", "copies", "partners")
    }
    return {key: list(value) if isinstance(value, tuple) else value for key, value in told.items()}


def listed_of(path: Path) -> Iterator[dict[str, Any]]:
    """Data of the messages in a file."""
    with open(path, "rb") as file:
        for line in file:
            yield json.loads(line)["data"]


def overview(data: dict[str, Any]) -> str:
    """A few lines for the terminal: counts by tier, then the variants of tiers I and II."""
    lines = [f"{data['disease']['name']}, {data['build']['name']}: research use only"]
    for tier, count in data["tiers"].items():
        lines.append(f"  {tier:<5}{count:>10,}")
    for each in data["variants"][:20]:
        if each["tier"] in ("I", "II"):
            change = each["hgvs_p"] or each["consequence"] or each["allele"]
            tier = f"{each['tier']}-{each['level']}"
            lines.append(f"  {tier:<5} {each['gene'] or '?'} {change}  {each['context'] or ''}")
    lines += [f"  seen together: {name}" for name in data["combinations"]]
    counts = data["counts"]
    if counts["errors"]:
        lines.append(f"  {counts['errors']:,} could not be annotated")
    return "\n".join(lines)
