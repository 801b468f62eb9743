"""Molecular Oncology Almanac, from the JSON file that a user brings along; it is not shipped."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from engines.annotate.evidence import Assertion, Item, Kind, Part, Profile, Source
from engines.annotate.knowledge.names import read_name
from engines.annotate.knowledge.release import Release, release_of
from engines.annotate.knowledge.statement import StatementFields
from engines.annotate.knowledge.tables import read_text
from engines.annotate.known import Knowledge
from engines.contract.errors import BadData

NAME = "MOAlmanac"
LICENCE = "GPL-2, research only: the user's copy"
_AMP = {"fda-approved": "I-A", "guideline": "I-A"}
_LEVELS = {"clinical trial": "B", "clinical evidence": "B", "preclinical": "D", "inferential": "E"}
_TYPES = {
    "missense": "missense", "nonsense": "truncating", "truncating": "truncating",
    "frameshift": "frameshift", "splice site": "splice site mutation", "insertion": "insertion",
    "deletion": "deletion", "": "mutation", "oncogenic mutations": "mutation",
}  # fmt: skip


def read_moalmanac(path: Path, release: Release | None = None) -> Knowledge:
    """The assertions of the database: approvals and guidelines as assertions, others as items.

    Takes a list of assertions, or the file of the algorithm, which has it under ``content``.

    Raises:
        InputMissing: the file cannot be opened.
        BadData: no such JSON.
    """
    text, sha256 = read_text(path)
    records = _records(path, text)
    part = Knowledge([], {}, [], [])
    counts: Counter[str] = Counter(rows=len(records))
    for number, record in enumerate(records, 1):
        _add(part, counts, record, number)
    counts["items"], counts["assertions"] = len(part.items), len(part.assertions)
    when = release_of([path], said=release)
    part.sources.append(
        Source(NAME, "evidence", when.name, when.date, sha256, LICENCE, dict(counts))
    )
    return part


def _records(path: Path, text: str) -> list[dict[str, Any]]:
    try:
        data = json.loads(text)
    except ValueError as error:
        raise BadData(f"{path}: no JSON ({error})", hint="give moalmanac's JSON file") from error
    records = data.get("content") if isinstance(data, dict) else data
    if not isinstance(records, list) or not all(isinstance(each, dict) for each in records):
        raise BadData(f"{path}: no list of assertions", hint="give moalmanac's JSON file")
    return records


def _add(part: Knowledge, counts: Counter[str], record: dict[str, Any], number: int) -> None:
    features = _features(record)
    implication = str(record.get("predictive_implication") or "").lower()
    said = _said(record)
    if said is None or implication not in _AMP | _LEVELS:
        counts["skipped: no implication that is known"] += 1
        return
    named = [_named(each) for each in features]
    key = f"{NAME}:{record.get('assertion_id', number)}"
    parts = tuple(part for gene, name in named for part in read_name(gene, name))
    counts["name not understood"] += any(each.part is Part.UNKNOWN for each in parts)
    title = " AND ".join(f"{gene} {name}".strip() for gene, name in named)
    part.profiles[key] = Profile(key, title, parts)
    source = (record.get("sources") or [record])[0]
    statement: StatementFields = {
        "id": key,
        "source": NAME,
        "profile": key,
        "kind": said[0],
        "supports": said[2],
        "significance": said[1],
        "disease": str(record.get("oncotree_term") or record.get("disease") or ""),
        "doid": "",
        "therapies": tuple(
            t.strip() for t in str(record.get("therapy_name") or "").split("+") if t.strip()
        ),
        "interaction": "",
        "origin": _origin(features),
        "text": str(record.get("description") or ""),
        "url": str(source.get("url") or ""),
    }
    if implication in _AMP:
        part.assertions.append(_assertion(statement, implication, source))
    else:
        part.items.append(_item(statement, _LEVELS[implication], source))


def _assertion(statement: StatementFields, implication: str, source: dict[str, Any]) -> Assertion:
    return Assertion(
        **statement,
        amp=_AMP[implication],
        guideline=str(source.get("citation") or "guideline") if implication == "guideline" else "",
        is_approved=implication == "fda-approved",
        has_companion_test=False,
        items=(),
    )


def _item(statement: StatementFields, level: str, source: dict[str, Any]) -> Item:
    citation = str(source.get("citation") or "")
    key = str(source.get("doi") or source.get("nct") or citation)
    if source.get("pmid"):  # as in CIViC: one publication is one source, whoever tells of it
        key = f"PubMed:{str(source['pmid']).partition('.')[0]}"
    return Item(**statement, level=level, rating=None, citation=citation, citation_id=key)


def _features(record: dict[str, Any]) -> list[dict[str, Any]]:
    """Each feature with its attributes, in either of the two forms; all have to be there."""
    found = []
    for feature in record.get("features") or []:
        merged = dict(feature)
        for attributes in feature.get("attributes") or []:
            merged |= attributes
        found.append(merged)
    return found or [record]


def _origin(features: list[dict[str, Any]]) -> str:
    kinds = " ".join(str(each.get("feature_type")) for each in features).lower()
    return "germline" if "germline" in kinds else "somatic"


def _said(record: dict[str, Any]) -> tuple[Kind, str, bool] | None:
    """Kind, significance, and whether it supports that; None where it says none of these."""
    for key, kind, word in (
        ("therapy_sensitivity", Kind.PREDICTIVE, "sensitivity/response"),
        ("therapy_resistance", Kind.PREDICTIVE, "resistance"),
    ):
        if record.get(key) not in (None, ""):
            return kind, word, _truth(record[key])
    if record.get("favorable_prognosis") not in (None, ""):
        better = _truth(record["favorable_prognosis"])
        return Kind.PROGNOSTIC, "better outcome" if better else "poor outcome", True
    return None


def _truth(value: Any) -> bool:
    return str(value).lower() in ("1", "1.0", "true", "yes")


def _named(feature: dict[str, Any]) -> tuple[str, str]:
    """Gene and a name that the grammar reads."""
    kind = str(feature.get("feature_type") or "").lower()
    gene = str(feature.get("gene") or feature.get("gene1") or "")
    change = str(feature.get("protein_change") or "")
    if "rearrangement" in kind:
        partner = str(feature.get("gene2") or "")
        return gene, f"{gene}-{partner}" if partner else "fusion"
    if "copy number" in kind:
        return gene, str(feature.get("direction") or "copy number variation").lower()
    if "variant" not in kind:
        return gene, f"expression of {kind}" if gene else "normal " + kind
    if change:
        return gene, change
    word = _TYPES.get(str(feature.get("variant_type") or "").lower(), "")
    exon = str(feature.get("exon") or "").partition(".")[0]
    if exon.isdigit():
        return gene, f"exon {exon} {word or 'mutation'}".replace("exon mutation", "exon")
    if word in ("insertion", "deletion"):
        return gene, f"{word} of unknown place"
    return gene, word or str(feature.get("variant_type"))
