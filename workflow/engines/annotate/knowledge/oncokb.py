"""OncoKB, from an export that a user with a licence brings along; nothing of it is shipped."""

import re
from collections import Counter
from pathlib import Path

from engines.annotate.evidence import Assertion, Kind, Part, Profile, Source
from engines.annotate.knowledge.names import read_name
from engines.annotate.knowledge.release import Release, release_of
from engines.annotate.knowledge.statement import StatementFields
from engines.annotate.knowledge.tables import Row, Table, read_table
from engines.annotate.known import Knowledge
from engines.contract.errors import BadData

NAME = "OncoKB"
_COLUMNS = {  # ours → theirs, of the web site's export and of the former download
    "gene": ("Gene", "Hugo Symbol"),
    "alterations": ("Alterations", "Alteration"),
    "diseases": ("Cancer Types", "Cancer Type"),
    "drugs": ("Drugs (for therapeutic implications only)", "Drugs", "Drugs(s)"),
    "level": ("Level",),
}
_AMP = {  # level → tier: docs/knowledge.md says why
    "1": "I-A", "2": "I-A", "2A": "I-A", "R1": "I-A", "3A": "II-C", "3B": "II-C", "2B": "II-C",
    "4": "II-D", "R2": "II-D", "DX1": "I-A", "DX2": "I-B", "DX3": "II-C", "PX1": "I-A",
    "PX2": "I-B", "PX3": "II-C",
}  # fmt: skip


def read_oncokb(path: Path, release: Release | None = None) -> Knowledge:
    """Each alteration of each row is an assertion.

    Raises:
        InputMissing: the file cannot be opened.
        BadData: it has not the columns of an export of actionable genes.
    """
    table = read_table(path)
    columns = {ours: _column(table, theirs) for ours, theirs in _COLUMNS.items()}
    part = Knowledge([], {}, [], [])
    counts: Counter[str] = Counter()
    for line, row in table.numbered():
        plain = {ours: row[theirs] for ours, theirs in columns.items()}
        level = plain["level"].upper().removeprefix("LEVEL").strip(" _")
        if level not in _AMP or not plain["gene"]:
            counts["skipped: no gene, or an unknown level"] += 1
            continue
        for disease in _split(plain["diseases"], ";"):
            for alteration in _split(plain["alterations"], ","):
                _add(part, counts, plain | {"level": level}, line, disease, alteration)
    counts["assertions"] = len(part.assertions)
    when = release_of([path], said=release)
    more = table.counts | dict(counts)
    licence = "OncoKB's terms: the user's licence"
    part.sources.append(
        Source(NAME, "assertions", when.name, when.date, table.sha256, licence, more)
    )
    return part


def _column(table: Table, names: tuple[str, ...]) -> str:
    for name in names:
        if name in table.columns:
            return name
    raise BadData(
        f"{table.path}: column {names[0]!r} is missing",
        hint="export the actionable genes of OncoKB as a table; docs/knowledge.md has the format",
    )


def _split(text: str, mark: str) -> list[str]:
    """Parts of a list; commas within brackets part nothing."""
    pattern = rf"{mark}\s*(?![^(]*\))"
    return [part.strip() for part in re.split(pattern, text) if part.strip()] or [""]


def _add(
    part: Knowledge, counts: Counter[str], row: Row, line: int, disease: str, alteration: str
) -> None:
    gene = row["gene"]
    key = f"{NAME}:{gene} {alteration}"
    if key not in part.profiles:
        part.profiles[key] = Profile(key, f"{gene} {alteration}", read_name(gene, alteration))
    unread = any(each.part is Part.UNKNOWN for each in part.profiles[key].parts)
    counts["name not understood"] += unread
    level = row["level"]
    statement: StatementFields = {
        "id": f"{NAME}:{line}:{len(part.assertions) + 1}",
        "source": NAME,
        "profile": key,
        "kind": _kind(level),
        "supports": True,
        "significance": _significance(level),
        "disease": disease,
        "doid": "",
        "therapies": tuple(_split(row["drugs"], ",")) if row["drugs"] else (),
        "interaction": "",
        "origin": "somatic",
        "text": f"OncoKB level {level}: {gene} {alteration}",
        "url": f"https://www.oncokb.org/gene/{gene}",
    }
    part.assertions.append(
        Assertion(
            **statement,
            amp=_AMP[level],
            guideline="standard care (OncoKB level 2)" if level in ("2", "2A") else "",
            is_approved=level == "1",
            has_companion_test=False,
            items=(),
        )
    )


def _kind(level: str) -> Kind:
    if level.startswith("DX"):
        return Kind.DIAGNOSTIC
    return Kind.PROGNOSTIC if level.startswith("PX") else Kind.PREDICTIVE


def _significance(level: str) -> str:
    if level.startswith("DX"):
        return "positive"
    if level.startswith("PX"):
        return "not told"
    return "resistance" if level.startswith("R") else "sensitivity/response"
