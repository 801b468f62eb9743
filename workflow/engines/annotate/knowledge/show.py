"""Knowledge in words: for the terminal, and the sentences that every output prints."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from engines.annotate.evidence import Assertion, Item, Part, Source
from engines.annotate.knowledge.catalogue import offers
from engines.annotate.knowledge.civic import NAME as CIVIC
from engines.annotate.knowledge.release import BY_REVIEW, OLD_DAYS, age, is_old
from engines.annotate.known import Knowledge
from engines.contract.errors import BadUsage
from engines.contract.provenance import as_json
from engines.contract.wording import did_you_mean, printable, quoted

_LACKING = {  # role of a table of CIViC → what its absence means
    "assertions": "CIViC was given without its assertions: no tier rests on one.",
    "variants": "CIViC was given without its variants: none of its alleles can be matched.",
}


def source_record(source: Source, today: date) -> dict[str, Any]:
    """What every output says of a source; ``age_days`` is null where its day is not known."""
    return {
        "name": source.name,
        "role": source.role,
        "release": source.release,
        "date": source.date,
        "age_days": age(source.date, today),
        "sha256": source.sha256,
        "licence": source.licence,
        "counts": source.counts,
    }


def warnings(sources: Sequence[Source], today: date) -> list[str]:
    """One sentence for each source that is too old, or whose age nobody knows; and what a release
    of CIViC lacks. The same on every day that calls the same sources old."""
    found: dict[str, None] = {}
    for each in sources:
        if each.date is None:
            found[f"{each.name} has no date: how old it is cannot be said."] = None
        elif is_old(each.date, today):
            found[
                f"{each.name} of {each.date} is more than {OLD_DAYS} days old: "
                "newer evidence is missing."
            ] = None
    given = {each.role for each in sources if each.name == CIVIC}
    if given:
        found |= {text: None for role, text in _LACKING.items() if role not in given}
    return list(found)


def told_by(knowledge: Knowledge) -> list[str]:
    """``CIViC@2021-02-09`` for each source of statements."""
    roles = ("evidence", "assertions", "own_evidence")
    found = {f"{s.name}@{s.date or 'no date'}": None for s in knowledge.sources if s.role in roles}
    return list(found)


def sources_json(knowledge: Knowledge, today: date) -> str:
    rows = [source_record(each, today) for each in knowledge.sources]
    told = warnings(knowledge.sources, today)
    return as_json({"sources": rows, "warnings": told, **_size(knowledge)})


def sources_text(knowledge: Knowledge, today: date) -> str:
    """Sources, each with its counts; then the whole; then what is old."""
    lines = []
    for each in knowledge.sources:
        days = age(each.date, today)
        by = f" ({BY_REVIEW})" if each.release == BY_REVIEW else ""
        told = f"{each.date}{by}, {days} days old" if days is not None else "no date"
        release = f" {each.release}" if each.release and not by else ""
        lines.append(f"{each.name}{release} ({each.role}): {told}; {each.licence}")
        lines += [f"    {number:>7,} {word}" for word, number in each.counts.items()]
    size = _size(knowledge)
    lines.append(", ".join(f"{number:,} {word}" for word, number in size.items()))
    lines += [f"note: {each}" for each in warnings(knowledge.sources, today)]
    return "\n".join(lines) + "\n"


def _size(knowledge: Knowledge) -> dict[str, int]:
    return {
        "items": len(knowledge.items),
        "assertions": len(knowledge.assertions),
        "profiles": len(knowledge.profiles),
        "hotspots": len(knowledge.hotspots),
        "genes with a role": len(knowledge.roles),
        "genes of secondary findings": len(knowledge.secondary),
        "diseases": len(knowledge.diseases.diseases),
    }


def gene_text(knowledge: Knowledge, gene: str) -> str:
    """Statements of a gene, one a line, and as what their names were read.

    Raises:
        BadUsage: nothing is known of it.
    """
    lines = []
    statements: list[Item | Assertion] = [*knowledge.assertions, *knowledge.items]
    for each in statements:
        profile = knowledge.profiles[each.profile]
        if any(part.gene == gene for part in profile.parts):
            level = each.amp if isinstance(each, Assertion) else each.level
            told = "" if each.supports else "does not support "
            read = " + ".join(part.part for part in profile.parts)
            words = (each.id, profile.name, read, level, told + each.significance, each.disease,
                     ", ".join(each.therapies))  # fmt: skip
            lines.append("\t".join(printable(word) for word in words))
    if not lines:
        genes = {part.gene for each in knowledge.profiles.values() for part in each.parts}
        raise BadUsage(
            f"no statement of {quoted(gene)}{did_you_mean(gene, genes)}",
            hint=f"{len(genes)} genes have statements",
        )
    return "\n".join(lines) + "\n"


def unread_text(knowledge: Knowledge) -> str:
    """Profiles whose names could not be read, with the number of their statements."""
    uses: dict[str, int] = {}
    for each in (*knowledge.items, *knowledge.assertions):
        uses[each.profile] = uses.get(each.profile, 0) + 1
    lines = [
        f"{uses.get(key, 0):>6} {printable(each.name)}"
        for key, each in sorted(knowledge.profiles.items(), key=lambda pair: pair[1].name)
        if any(part.part is Part.UNKNOWN for part in each.parts)
    ]
    total = sum(int(line.split()[0]) for line in lines)
    return "\n".join([*lines, f"{len(lines)} names, {total} statements: they match nothing"]) + "\n"


def diseases_text(knowledge: Knowledge) -> str:
    rows = sorted(knowledge.diseases.diseases, key=lambda each: (each.name.lower(), each.id))
    lines = [
        "\t".join((f"DOID:{each.id}" if each.id else "-", each.name, each.site or "-"))
        for each in rows
    ]
    return "\n".join(lines) + "\n"


def catalogue_json() -> str:
    return as_json([
        {"name": each.name, "title": each.title, "option": f"--{each.option}",
         "licence": each.licence, "page": each.page, "files": each.files, "note": each.note}
        for each in offers().values()
    ])  # fmt: skip


def catalogue_text() -> str:
    lines = []
    for each in offers().values():
        how = f"plumbline knowledge fetch {each.name}" if each.files else f"by hand: {each.page}"
        lines += [f"{each.name}: {each.title} (--{each.option})", f"    {how}",
                  f"    licence: {each.licence}"]  # fmt: skip
        lines += [f"    {each.note}"] if each.note else []
    return "\n".join(lines) + "\n"
