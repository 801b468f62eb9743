"""A laboratory's own evidence: a table whose columns docs/knowledge.md describes."""

import re
from collections import Counter
from pathlib import Path

from engines.annotate.evidence import Assertion, Item, Kind, Knowledge, Part, Profile, Source
from engines.annotate.knowledge.facts import Facts, located
from engines.annotate.knowledge.names import read_name
from engines.annotate.knowledge.release import Release, release_of
from engines.annotate.knowledge.statement import StatementFields
from engines.annotate.knowledge.tables import Row, Table, need_columns, one_of, read_table
from engines.contract.errors import BadData
from engines.contract.wording import quoted

NEEDED = ("id", "gene", "variant", "disease", "type", "significance")
_KINDS = tuple(kind.value for kind in Kind)
_AMP = ("i-a", "i-b", "ii-c", "ii-d", "iii", "iv", "")
_LEVELS = ("a", "b", "c", "d", "e", "")
_ORIGINS = ("somatic", "germline", "unknown", "")
_YES = ("yes", "true", "1")
_BUILDS = ("grch37", "grch38", "")


def read_own_evidence(path: Path, release: Release | None = None) -> Knowledge:
    """Statements of a table: an assertion where ``amp`` has a tier, else an item with a level.

    Raises:
        InputMissing: the file cannot be opened.
        BadData: a column is missing, or a value is none; with file, line and column.
    """
    table = read_table(path, "," if ".csv" in path.name.lower() else "\t", skip="##")
    need_columns(table, *NEEDED)
    name = path.name.partition(".")[0]
    part = Knowledge([], {}, [], [])
    counts: Counter[str] = Counter()
    seen: dict[str, int] = {}
    for line, row in table.numbered():
        _check(table, line, row, seen)
        profile = _profile(name, row)
        part.profiles[profile.id] = profile
        unread = any(each.part is Part.UNKNOWN for each in profile.parts)
        counts["name not understood"] += unread
        if row.get("amp"):
            part.assertions.append(_assertion(name, row, profile.id))
        else:
            part.items.append(_item(name, row, profile.id))
    counts["items"], counts["assertions"] = len(part.items), len(part.assertions)
    when = release_of([path], said=release)
    more = table.counts | dict(counts)
    part.sources.append(
        Source(name, "own_evidence", when.name, when.date, table.sha256, "the user's", more)
    )
    return part


def _check(table: Table, line: int, row: Row, seen: dict[str, int]) -> None:
    for column in ("id", "gene", "variant", "type"):
        if not row[column]:
            raise BadData(f"{table.path}, line {line}, column {column}: empty", hint="fill it in")
    if row["id"] in seen:
        raise BadData(
            f"{table.path}, line {line}, column id: {quoted(row['id'])} is in line "
            f"{seen[row['id']]} already",
            hint="give each row its own id",
        )
    seen[row["id"]] = line
    one_of(table, line, "type", row["type"], _KINDS)
    one_of(table, line, "direction", row.get("direction", "") or "supports",
           ("supports", "does not support"))  # fmt: skip
    for column, valid in (("amp", _AMP), ("level", _LEVELS), ("origin", _ORIGINS),
                          ("build", _BUILDS)):  # fmt: skip
        one_of(table, line, column, row.get(column, ""), valid)
    if not row.get("amp") and not row.get("level"):
        raise BadData(
            f"{table.path}, line {line}: neither a level nor an AMP tier",
            hint="fill in the column level (A to E) or amp (I-A to IV)",
        )
    if row.get("pos") and not (row["pos"].isdigit() and row.get("build") and row.get("chrom")):
        raise BadData(
            f"{table.path}, line {line}, column pos: a position needs a number, chrom and build",
            hint="write build as GRCh37 or GRCh38",
        )


def _profile(source: str, row: Row) -> Profile:
    facts = Facts()
    if row.get("pos"):
        build = {"grch37": "GRCh37", "grch38": "GRCh38"}[row["build"].lower()]
        ref, alt = row.get("ref", ""), row.get("alt", "")
        stop = str(int(row["pos"]) + max(len(ref), 1) - 1)
        alleles, regions = located(build, row["chrom"], row["pos"], stop, ref, alt)
        facts = Facts(alleles=alleles, regions=regions, transcript=row.get("transcript", ""))
    elif row.get("transcript"):
        facts = Facts(transcript=row["transcript"].partition(".")[0])
    parts = read_name(row["gene"], row["variant"], facts)
    return Profile(f"{source}:{row['id']}", f"{row['gene']} {row['variant']}", parts)


def _item(source: str, row: Row, profile: str) -> Item:
    rating = row.get("rating", "")
    return Item(
        **_common(source, row, profile),
        level=row["level"].upper(),
        rating=int(rating) if rating in ("1", "2", "3", "4", "5") else None,
        citation=row.get("citation", ""),
        citation_id=row.get("citation_id", "") or row.get("citation", ""),
    )


def _assertion(source: str, row: Row, profile: str) -> Assertion:
    return Assertion(
        **_common(source, row, profile),
        amp=row["amp"].upper(),
        guideline=row.get("guideline", ""),
        is_approved=row.get("approved", "").lower() in _YES,
        has_companion_test=row.get("companion_test", "").lower() in _YES,
        items=(),
    )


def _common(source: str, row: Row, profile: str) -> StatementFields:
    return {
        "id": f"{source}:{row['id']}",
        "source": source,
        "profile": profile,
        "kind": Kind(row["type"].lower()),
        "supports": (row.get("direction", "") or "supports").lower() == "supports",
        "significance": row["significance"].lower(),
        "disease": row["disease"],
        "doid": row.get("doid", "").upper().removeprefix("DOID:"),
        "therapies": tuple(
            filter(None, map(str.strip, re.split("[,;]", row.get("therapies", ""))))
        ),
        "interaction": row.get("interaction", "").lower(),
        "origin": (row.get("origin", "") or "somatic").lower(),
        "text": row.get("text", ""),
        "url": row.get("url", ""),
    }
