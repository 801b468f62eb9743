"""From the summary to a report: which sections it has, in which order."""

from collections.abc import Mapping, Sequence
from typing import Any

from engines import __version__
from engines.annotate.report import tables, wording
from engines.reporting.document import Block, Document, Listing, Notice, Section, Terms, Text

Data = Mapping[str, Any]

IN_DETAIL = 100
"""Variants of which all is shown; of more, the first of these by tier."""
ROOM = 168  # for the name of a text, on paper
ORDER = ("I-A", "I-B", "II-C", "II-D", "III", "IV")
ALWAYS = frozenset({"records", "alleles", "calls", "structural", "annotated", "errors"})


def document(data: Data) -> Document:
    """The report of a summary."""
    variants = sorted(data["variants"], key=lambda each: ORDER.index(wording.tier_of(each)))
    sections = [
        Section("notices", "", _notices(data)),
        Section("overview", "What was found", _overview(data)),
        *_by_tier(data, variants),
        *(_variant(number, each) for number, each in enumerate(variants[:IN_DETAIL], 1)),
        *_rest(data, variants),
        Section("sample", "The whole sample", [_texts(data["texts"])] if data["texts"] else []),
        Section("input", "What went in, and what was not looked at", _input(data)),
        Section("knowledge", "Knowledge", [Listing("", tables.knowledge_table(data))]),
    ]
    reading = Section("reading", "How to read this", [Terms(wording.READING)])
    shown = [section for section in sections if section.blocks]
    return Document(wording.title(data), wording.facts(data), [*shown, reading], _footer(data))


def _notices(data: Data) -> list[Block]:
    found: list[Block] = [Notice("example", "Research use only", wording.RESEARCH)]
    if lines := wording.limits(data):
        found.append(Notice("warning", "Before you read on", lines))
    return found


def _overview(data: Data) -> list[Block]:
    classes = {name: number for name, number in data["oncogenicity"].items() if number}
    found: list[Block] = [
        Text(wording.headline(data)),
        Listing("Tiers", tables.tiers_table(data)),
    ]
    if classes:
        found.append(Listing("Oncogenicity", tables.counts_table(classes, "Class")))
    if data["combinations"]:
        found.append(Text(f"Seen together: {'; '.join(data['combinations'])}."))
    return found


def _by_tier(data: Data, variants: Sequence[Data]) -> list[Section]:
    groups = {
        "Tier I": [each for each in variants if each["tier"] == "I"],
        "Tier II": [each for each in variants if each["tier"] == "II"],
        "Oncogenic, without a tier I or II": [
            each for each in variants if each["tier"] not in ("I", "II")
        ],
    }
    sections = []
    for name, found in groups.items():
        key = name.lower().split(",")[0].replace(" ", "-")
        blocks: list[Block] = [Listing("", tables.variants_table(found))]
        if not found:
            blocks = [Text(f"None among {data['counts']['annotated']:,} variants.")]
        sections.append(Section(key, name, blocks))
    unlisted = {tier: number for tier, number in data["unlisted"].items() if number}
    if unlisted:
        told = ", ".join(f"{number:,} of tier {tier}" for tier, number in sorted(unlisted.items()))
        text = f"Not listed here: {told}. They are in {data['messages']['name']} and the TSV file."
        sections.append(Section("unlisted", "", [Text(text)]))
    return sections


def _variant(number: int, variant: Data) -> Section:
    title = f"{wording.name_of(variant)}: tier {wording.tier_of(variant)}"
    blocks: list[Block] = []
    if variant["texts"]:
        blocks.append(_texts(variant["texts"]))
    else:
        blocks.append(Text(variant["tier_reason"]))
    if variant["contexts"]:
        blocks.append(Listing("Tier by question", tables.contexts_table(variant)))
    if variant["evidence"] or variant["rejected_evidence"]:
        blocks.append(Listing("Evidence", tables.evidence_table(variant), folded=True))
    missing = ", ".join(word.replace("_", " ") for word in variant["not_assessed"])
    if missing:
        blocks.append(Text(f"Not assessed: {missing}."))
    return Section(f"variant-{number}", title, blocks)


def _texts(texts: Sequence[Data]) -> Terms:
    return Terms([(each["type"], _with_sources(each)) for each in texts], indent=ROOM)


def _with_sources(text: Data) -> str:
    return "\n".join(f"{each['text']} [{', '.join(each['sources'])}]" for each in text["sentences"])


def _rest(data: Data, variants: Sequence[Data]) -> list[Section]:
    rest = len(variants) - IN_DETAIL
    if rest <= 0:
        return []
    text = wording.left_out(rest, "variants", ["the summary", data["messages"]["name"]])
    return [Section("rest", "", [Text(f"Details of {text}")])]


def _input(data: Data) -> list[Block]:
    counts = dict(data["counts"])
    rejected = counts.pop("rejected")
    kept = {key: n for key, n in counts.items() if isinstance(n, int) and (n or key in ALWAYS)}
    blocks: list[Block] = [Listing("Counts", tables.counts_table(kept, "What"))]
    if rejected:
        blocks.append(Listing("Not looked at", tables.counts_table(rejected, "Reason")))
    if data["not_assessed"]:
        table = tables.counts_table(data["not_assessed"], "What")
        blocks.append(Listing("Not assessed, of so many variants", table))
    if data["unmatchable"]:
        words = wording.UNMATCHABLE
        why = {words.get(key, key): number for key, number in data["unmatchable"].items()}
        table = tables.counts_table(why, "Why")
        blocks.append(Listing("Names in the sources that no variant can match", table))
    return blocks


def _footer(data: Data) -> str:
    return (
        f"Plumbline {__version__}, research use only. All of it is from the summary of "
        f"{data['calls']['name']} (SHA-256 {data['calls']['sha256'][:12]}…); checksums of all "
        "inputs are in provenance.json beside it."
    )
