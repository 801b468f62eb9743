"""A laboratory's own evidence: a table whose columns docs/knowledge.md describes."""

import re
from collections import Counter
from pathlib import Path

from engines.annotate.evidence import Assertion, Item, Kind, Part, Profile, Source
from engines.annotate.knowledge.facts import Facts, located
from engines.annotate.knowledge.names import read_name
from engines.annotate.knowledge.release import Release, release_of
from engines.annotate.knowledge.statement import StatementFields
from engines.annotate.knowledge.tables import Row, Table, need_columns, one_of, read_table
from engines.annotate.known import Knowledge
from engines.contract.errors import BadData
from engines.contract.progress import warn
from engines.contract.wording import did_you_mean, quoted

NEEDED = ("id", "gene", "variant", "disease", "type", "significance")
_YES = ("yes", "true", "1")
_VALID = {  # column → what it may say, besides nothing where it is not needed
    "type": tuple(kind.value for kind in Kind),
    "direction": ("supports", "does not support"),
    "amp": ("I-A", "I-B", "II-C", "II-D", "III", "IV"),
    "level": ("A", "B", "C", "D", "E"),
    "origin": ("somatic", "germline", "unknown"),
    "build": ("GRCh37", "GRCh38"),
    "rating": ("1", "2", "3", "4", "5"),
    "approved": (*_YES, "no", "false", "0"),
    "companion_test": (*_YES, "no", "false", "0"),
}
_SIGNIFICANCE = {  # of the kinds that decide tiers: a word that nobody knows would decide none
    "predictive": (
        *("sensitivity/response", "sensitivity", "resistance", "reduced sensitivity"),
        "adverse response",
    ),
    "prognostic": ("better outcome", "poor outcome"),
    "diagnostic": ("positive", "negative"),
}
_COLUMNS = (
    *(*NEEDED, *_VALID, "doid", "therapies", "citation", "citation_id", "text", "url"),
    *("interaction", "guideline", "chrom", "pos", "ref", "alt", "transcript"),
)


def read_own_evidence(path: Path, release: Release | None = None) -> Knowledge:
    """Statements of a table: an assertion where ``amp`` has a tier, else an item with a level.

    Raises:
        InputMissing: the file cannot be opened.
        BadData: a column is missing, or a value is none; with file, line and column.
    """
    table = read_table(path, "," if ".csv" in path.name.lower() else "\t", skip="##")
    need_columns(table, *NEEDED)
    if not table.rows:
        raise BadData(f"{path}: no row below the header", hint="check the file")
    for column in set(table.columns) - set(_COLUMNS):
        warn(f"{path}: column {quoted(column)} is not read{did_you_mean(column, _COLUMNS)}")
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
    for column in NEEDED:
        if not row[column]:
            raise BadData(f"{table.path}, line {line}, column {column}: empty", hint="fill it in")
    if row["id"] in seen:
        raise BadData(
            f"{table.path}, line {line}, column id: {quoted(row['id'])} is in line "
            f"{seen[row['id']]} already",
            hint="give each row its own id",
        )
    seen[row["id"]] = line
    for column, valid in _VALID.items():
        if row.get(column):
            one_of(table, line, column, row[column], valid)
    words = _SIGNIFICANCE.get(row["type"].lower())
    if words:
        one_of(table, line, "significance", row["significance"], words)
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
        rating=int(rating) if rating else None,
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
