"""Compiled knowledge as one file: gzipped JSON, the same bytes from the same sources."""

import gc
import gzip
import json
import zlib
from collections.abc import Iterable
from dataclasses import astuple, fields
from pathlib import Path
from typing import Any

from engines.annotate.evidence import (
    Alteration,
    Assertion,
    Condition,
    Hotspot,
    Item,
    Kind,
    Part,
    Profile,
    Region,
    Source,
    Statement,
)
from engines.annotate.knowledge.diseases import Disease, DiseaseMap
from engines.annotate.known import Knowledge
from engines.annotate.variants import Allele, ProteinChange
from engines.contract.errors import BadData, InputMissing
from engines.contract.output import staging

FORMAT = "plumbline knowledge"
VERSION = 1
_NAMES = {kind: [each.name for each in fields(kind)] for kind in (Item, Assertion, Alteration)}
_AGAIN = "compile it again: plumbline knowledge compile"


def save(knowledge: Knowledge, path: Path) -> None:
    """Write all of it, complete or not at all.

    Raises:
        CannotWrite: see :func:`engines.contract.output.staging`.
    """
    text = json.dumps(_plain(knowledge), ensure_ascii=False, separators=(",", ":"))
    with staging(path) as staged:
        # no name and no time in the header: only the content may tell two files apart
        staged.write_bytes(gzip.compress(text.encode("utf-8"), 6, mtime=0))


def load(path: Path) -> Knowledge:
    """Read compiled knowledge.

    Raises:
        InputMissing: it cannot be opened.
        BadData: it is something else, damaged, or of another version.
    """
    try:
        data = json.loads(gzip.decompress(path.read_bytes()))
    except (gzip.BadGzipFile, EOFError, zlib.error, ValueError) as error:
        raise BadData(f"{path}: no compiled knowledge, or damaged", hint=_AGAIN) from error
    except OSError as error:
        raise InputMissing(
            f"{path}: {error.strerror}",
            hint="check the path, or make it: plumbline knowledge compile",
        ) from error
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise BadData(f"{path}: no compiled knowledge", hint=_AGAIN)
    if data.get("version") != VERSION:
        raise BadData(f"{path}: knowledge of version {data.get('version')}", hint=_AGAIN)
    collecting = gc.isenabled()
    gc.disable()  # nothing of what is made here is garbage: collecting doubles the time
    try:
        return _knowledge(data)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise BadData(f"{path}: damaged knowledge ({error!r})", hint=_AGAIN) from error
    finally:
        if collecting:
            gc.enable()


# --- writing -------------------------------------------------------------------


def _plain(knowledge: Knowledge) -> dict[str, Any]:
    """Lists of values in the order of the fields; dictionaries in the order of their keys."""
    order = sorted
    return {
        "format": FORMAT,
        "version": VERSION,
        "sources": [list(astuple(each)) for each in knowledge.sources],
        "profiles": [
            [each.id, each.name, [_alteration(part) for part in each.parts]]
            for _, each in order(knowledge.profiles.items())
        ],
        "items": [_values(each) for each in order(knowledge.items, key=_by_id)],
        "assertions": [_values(each) for each in order(knowledge.assertions, key=_by_id)],
        "hotspots": [_values(each) for _, each in order(knowledge.hotspots.items())],
        "roles": {gene: order(roles) for gene, roles in order(knowledge.roles.items())},
        "summaries": {gene: list(each) for gene, each in order(knowledge.summaries.items())},
        "secondary": order(knowledge.secondary),
        "diseases": [list(astuple(each)) for each in knowledge.diseases.diseases],
        "merged": knowledge.diseases.merged,
    }


def _by_id(statement: Statement) -> tuple[str, int, str]:
    word = statement.id.rstrip("0123456789")
    return word, len(statement.id), statement.id


def _values(record: Any) -> list[Any]:
    return [getattr(record, each.name) for each in fields(record)]


def _alteration(part: Alteration) -> list[Any]:
    values = _values(part)
    names = [each.name for each in fields(part)]
    for name in ("proteins", "other_proteins"):
        values[names.index(name)] = [list(each) for each in getattr(part, name)]
    for name in ("alleles", "regions"):
        values[names.index(name)] = {
            build: [_place(each) for each in places]
            for build, places in sorted(getattr(part, name).items())
        }
    return values


def _place(place: Allele | Region) -> list[Any]:
    return list(place) if isinstance(place, Allele) else list(astuple(place))


# --- reading -------------------------------------------------------------------


def _knowledge(data: dict[str, Any]) -> Knowledge:
    profiles = {key: Profile(key, name, _parts(parts)) for key, name, parts in data["profiles"]}
    hotspots = [Hotspot(*values) for values in data["hotspots"]]
    return Knowledge(
        sources=[Source(*values) for values in data["sources"]],
        profiles=profiles,
        items=[Item(**_statement(Item, values)) for values in data["items"]],
        assertions=[Assertion(**_statement(Assertion, values)) for values in data["assertions"]],
        hotspots={(each.gene, each.codon): each for each in hotspots},
        roles={gene: frozenset(roles) for gene, roles in data["roles"].items()},
        summaries={gene: (text, key) for gene, (text, key) in data["summaries"].items()},
        secondary=frozenset(data["secondary"]),
        diseases=DiseaseMap(
            [
                Disease(doid, name, site, tuple(parents), tuple(synonyms), tuple(codes))
                for doid, name, site, parents, synonyms, codes in data["diseases"]
            ],
            data["merged"],
        ),
    )


def _statement(kind: type[Item] | type[Assertion], values: list[Any]) -> dict[str, Any]:
    record = dict(zip(_NAMES[kind], values, strict=True))
    record["kind"] = Kind(record["kind"])
    record["therapies"] = tuple(record["therapies"])
    if kind is Assertion:
        record["items"] = tuple(record["items"])
    return record


def _parts(parts: Iterable[list[Any]]) -> tuple[Alteration, ...]:
    names = _NAMES[Alteration]
    found = []
    for values in parts:
        record = dict(zip(names, values, strict=True))
        record["part"], record["condition"] = Part(record["part"]), Condition(record["condition"])
        for name in ("proteins", "other_proteins"):
            record[name] = tuple(ProteinChange(*each) for each in record[name])
        for name in ("codons", "exons", "aliases"):
            record[name] = tuple(record[name])
        record["alleles"] = _places(record["alleles"], Allele)
        record["regions"] = _places(record["regions"], Region)
        found.append(Alteration(**record))
    return tuple(found)


def _places(places: dict[str, list[list[Any]]], kind: Any) -> dict[str, tuple[Any, ...]]:
    return {build: tuple(kind(*each) for each in found) for build, found in places.items()}
