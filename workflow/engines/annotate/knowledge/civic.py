"""CIViC: evidence, assertions, variants, profiles and genes, in the layouts of 2018, 2021 and now.

Files are told apart by their columns, never by their names. Rows are joined by ids.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypedDict

from engines.annotate.evidence import Assertion, Item, Kind, Part, Profile, Source
from engines.annotate.knowledge.civic_variants import read_variants
from engines.annotate.knowledge.names import read_name
from engines.annotate.knowledge.profiles import Variant, read_profile
from engines.annotate.knowledge.release import Release, release_of
from engines.annotate.knowledge.tables import Row, Table, read_table
from engines.annotate.known import Knowledge
from engines.contract.errors import BadData, InputMissing
from engines.contract.progress import warn

NAME = "CIViC"
LICENCE = "CC0 1.0"
ROLES = {  # role → columns that only its file has
    "evidence": ("evidence_id", "evidence_level"),
    "assertions": ("assertion_id", "evidence_item_ids", "amp_category"),
    "variants": ("variant_id", "variant_types"),
    "profiles": ("molecular_profile_id", "variant_ids", "evidence_score"),
    "genes": ("name", "description", "entrez_id"),
    "groups": ("variant_group_id",),
}
_AMP = re.compile(r"tier[ _]+(?P<tier>IV|I{1,3})(?:[ _-]+level[ _]+(?P<level>[A-D]))?", re.I)


@dataclass(slots=True)
class _Reading:
    """What is gathered while the files of one release are read."""

    variants: dict[str, Variant] = field(default_factory=dict)  # by id
    titles: dict[str, Variant] = field(default_factory=dict)  # by "GENE NAME"
    profiles: dict[str, Profile] = field(default_factory=dict)
    mistaken: int = 0  # rows with the variant id of another gene


def read_civic(paths: Sequence[Path], release: Release | None = None) -> Knowledge:
    """Read the files of one release of CIViC: folders, or files, compressed or not.

    Raises:
        InputMissing: no evidence file among them, or a file cannot be opened.
        BadData: a file that is no table of CIViC's, or two of the same kind.
    """
    tables = _tables(_files(paths), {path for path in paths if not path.is_dir()})
    if "evidence" not in tables:
        raise InputMissing(
            f"{', '.join(map(str, paths))}: no evidence summaries of CIViC",
            hint="give nightly-ClinicalEvidenceSummaries.tsv, with the summaries of assertions, "
            "variants, molecular profiles and genes beside it",
        )
    reading = _Reading()
    sources: list[Source] = []
    newest = release_of([t.path for t in tables.values()], _reviews(tables.values()), release)
    for role in ("variants", "profiles", "genes", "groups"):
        if role in tables:
            sources.append(_source(role, tables[role], newest, {}))
    if "variants" in tables:
        reading.variants = read_variants(tables["variants"])
        reading.titles = {f"{v.gene} {v.name}": v for v in reading.variants.values()}
    items, counts = _items(tables["evidence"], reading)
    sources.insert(0, _source("evidence", tables["evidence"], newest, counts))
    assertions: list[Assertion] = []
    if "assertions" in tables:
        assertions, counts = _assertions(tables["assertions"], reading)
        sources.insert(1, _source("assertions", tables["assertions"], newest, counts))
    summaries = _summaries(tables["genes"]) if "genes" in tables else {}
    return Knowledge(sources, reading.profiles, items, assertions, summaries=summaries)


def _files(paths: Sequence[Path]) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(p for p in path.iterdir() if p.name.endswith((".tsv", ".tsv.gz")))
        else:
            found.append(path)
    return found


def _tables(paths: Iterable[Path], chosen: set[Path]) -> dict[str, Table]:
    """Tables by role; a strange file of a folder is told and left, one that was chosen is not."""
    tables: dict[str, Table] = {}
    for path in paths:
        table = read_table(path)
        role = next((r for r, names in ROLES.items() if set(names) <= set(table.columns)), None)
        if role is None and path not in chosen:
            warn(f"{path}: no summary of CIViC's that is known here, not read")
            continue
        if role is None:
            raise BadData(
                f"{path}: no summary of CIViC's that is known here",
                hint="its columns are " + ", ".join(table.columns[:8]),
            )
        if role in tables:
            raise BadData(
                f"{path}: {role} twice, {tables[role].path.name} has them too",
                hint="give the files of one release",
            )
        tables[role] = table
    return tables


def _reviews(tables: Iterable[Table]) -> str | None:
    """The newest review in any file: the release is not older than that."""
    days = (row.get("last_review_date", "")[:10] for table in tables for row in table)
    return max((day for day in days if re.fullmatch(r"\d{4}-\d\d-\d\d", day)), default=None)


def _source(role: str, table: Table, release: Release, counts: dict[str, int]) -> Source:
    more = table.counts | counts
    return Source(NAME, role, release.name, release.date, table.sha256, LICENCE, more)


# --- evidence and assertions ---------------------------------------------------


def _items(table: Table, reading: _Reading) -> tuple[list[Item], dict[str, int]]:
    counts: Counter[str] = Counter()
    items: dict[str, Item] = {}
    for row in table:
        item = _item(row, reading, counts)
        if item is None:
            continue
        counts["twice"] += item.id in items
        items[item.id] = item
    counts["kept"] = len(items)
    _tell_mistaken(counts, reading)
    return list(items.values()), _named(counts, items.values(), reading)


def _item(row: Row, reading: _Reading, counts: Counter[str]) -> Item | None:
    """The item of a row; None, and counted, where it is not accepted or cannot be read."""
    status = row.get("evidence_status", "accepted").lower() or "accepted"
    level = row["evidence_level"].upper()
    kind = _kind(row.get("evidence_type", ""))
    flagged = row.get("is_flagged", "").lower() == "true"
    for reason, skipped in (
        (f"skipped: status {status}", status != "accepted"),
        ("skipped: flagged by its curators", flagged),
        ("skipped: unknown kind of evidence", kind is None),
        ("skipped: unknown level", level not in "ABCDE" or not level),
        ("skipped: neither supports nor does not", _direction(row, "evidence") is None),
        ("skipped: no id", not row["evidence_id"].isdigit()),
    ):
        if skipped:
            counts[reason] += 1
            return None
    assert kind
    rating = row.get("rating", "")
    return Item(
        id=f"EID{row['evidence_id']}",
        supports=bool(_direction(row, "evidence")),
        kind=kind,
        text=row.get("evidence_statement", ""),
        url=row.get("evidence_civic_url", ""),
        interaction=row.get(
            "therapy_interaction_type", row.get("drug_interaction_type", "")
        ).lower(),
        level=level,
        rating=int(rating) if rating.isdigit() and rating != "0" else None,
        citation=row.get("citation", ""),
        citation_id=_citation(row),
        origin=_origin(row.get("variant_origin", "")),
        **_common(row, reading),
    )


def _citation(row: Row) -> str:
    number = row.get("citation_id") or row.get("pubmed_id") or ""
    kind = row.get("source_type", "PubMed") or "PubMed"
    return f"{kind}:{number}" if number else ""


def _assertions(table: Table, reading: _Reading) -> tuple[list[Assertion], dict[str, int]]:
    counts: Counter[str] = Counter()
    found: dict[str, Assertion] = {}
    for row in table:
        kind = _kind(row.get("assertion_type", ""))
        supports = _direction(row, "assertion")
        if row.get("is_flagged", "").lower() == "true":
            counts["skipped: flagged by its curators"] += 1
        elif kind is None or supports is None or not row["assertion_id"].isdigit():
            counts["skipped: unknown kind, direction or id"] += 1
        else:
            each = _assertion(row, kind, supports, reading)
            found[each.id] = each
    counts["kept"] = len(found)
    _tell_mistaken(counts, reading)
    counts["with an AMP level"] = sum(bool(each.amp) for each in found.values())
    return list(found.values()), _named(counts, found.values(), reading)


def _assertion(row: Row, kind: Kind, supports: bool, reading: _Reading) -> Assertion:
    guideline = " ".join(
        filter(None, (row.get("nccn_guideline"), row.get("nccn_guideline_version")))
    )
    return Assertion(
        id=f"AID{row['assertion_id']}",
        supports=supports,
        kind=kind,
        text=row.get("assertion_summary", ""),
        url=row.get("assertion_civic_url", ""),
        interaction=row.get("therapy_interaction_type", "").lower(),
        origin=_origin(row.get("variant_origin", "")) if row.get("variant_origin") else "",
        amp=_amp(row.get("amp_category", "")),
        guideline=f"NCCN {guideline}" if guideline else "",
        is_approved=row.get("regulatory_approval", "").lower() == "true",
        has_companion_test=row.get("fda_companion_test", "").lower() == "true",
        items=tuple(f"EID{n}" for n in re.findall(r"\d+", row.get("evidence_item_ids", ""))),
        **_common(row, reading),
    )


class _Common(TypedDict):
    source: str
    profile: str
    significance: str
    disease: str
    doid: str
    therapies: tuple[str, ...]


def _common(row: Row, reading: _Reading) -> _Common:
    therapies = row.get("therapies", row.get("drugs", ""))
    return {
        "source": NAME,
        "profile": _profile(row, reading),
        "significance": _significance(row),
        "disease": row.get("disease", ""),
        "doid": row.get("doid", "").upper().removeprefix("DOID:"),
        "therapies": tuple(filter(None, (t.strip() for t in therapies.split(",")))),
    }


# --- profiles ------------------------------------------------------------------


def _profile(row: Row, reading: _Reading) -> str:
    """The id of the profile of a row, which is read where it is met for the first time."""
    if row.get("molecular_profile_id"):
        key, name = f"MP{row['molecular_profile_id']}", row["molecular_profile"]
        if key not in reading.profiles:
            parts = read_profile(name, reading.titles)
            reading.profiles[key] = Profile(key, name, parts)
        return key
    gene, name = row.get("gene", ""), row.get("variant", "")
    number = _variant_id(row, reading)
    key = f"VID{number}" if number else f"{gene} {name}"
    if key not in reading.profiles:
        known = reading.variants.get(number)
        parts = read_name(gene, name, known.facts if known else None)
        reading.profiles[key] = Profile(key, f"{gene} {name}", parts)
    return key


def _variant_id(row: Row, reading: _Reading) -> str:
    """The id of the row's variant; where it is one of another gene, that of the gene and name.

    AID2 of 2021 speaks of the amplification of ERBB2 and has the id of that of CCND1.
    """
    number, gene = row.get("variant_id", ""), row.get("gene", "")
    known = reading.variants.get(number)
    if known is None or known.gene == gene:
        return number
    reading.mistaken += 1
    names = (each for each, v in reading.variants.items() if v.gene == gene)
    return next((each for each in names if reading.variants[each].name == row["variant"]), "")


def _tell_mistaken(counts: Counter[str], reading: _Reading) -> None:
    counts["variant id of another gene: taken by gene and name"] = reading.mistaken
    reading.mistaken = 0


def _named(
    counts: Counter[str], statements: Iterable[Item | Assertion], reading: _Reading
) -> dict[str, int]:
    """Statements by what their names speak of; what could not be read is among it."""
    for each in statements:
        parts = reading.profiles[each.profile].parts
        kinds = sorted({part.part for part in parts})
        if Part.UNKNOWN in kinds:
            counts["name not understood"] += 1
        elif Part.STATE in kinds:
            counts["name of a state, matches no variant"] += 1
        elif len(parts) > 1:
            counts["name of several parts"] += 1
        else:
            counts[f"name of: {kinds[0]}"] += 1
    return {word: counts[word] for word in sorted(counts) if counts[word]}


def _summaries(table: Table) -> dict[str, tuple[str, str]]:
    """Gene → (text, id) of genes that are described."""
    key = "gene_id" if "gene_id" in table.columns else "feature_id"
    return {
        row["name"]: (row["description"], f"CIViC:gene:{row.get(key, '')}")
        for row in table
        if row["description"] and row.get("feature_type", "Gene").lower() == "gene"
    }


# --- words ---------------------------------------------------------------------


def _kind(text: str) -> Kind | None:
    try:
        return Kind(text.lower())
    except ValueError:
        return None


def _direction(row: Row, prefix: str) -> bool | None:
    text = row.get(f"{prefix}_direction", "").lower().replace("_", " ")
    return {"supports": True, "does not support": False}.get(text)


def _significance(row: Row) -> str:
    text = row.get("significance", row.get("clinical_significance", "")).lower().replace("_", " ")
    return {"sensitivityresponse": "sensitivity/response", "n/a": "", "na": ""}.get(text, text)


def _origin(text: str) -> str:
    """somatic, germline, mixed, unknown or not applicable, whatever the release calls it."""
    text = text.lower().replace("_", " ")
    for word in ("germline", "somatic", "mixed", "combined"):
        if word in text:
            return word
    return "not applicable" if text in ("n/a", "na", "not applicable") else "unknown"


def _amp(text: str) -> str:
    found = _AMP.search(text)
    if not found:
        return ""
    tier, level = found["tier"].upper(), found["level"]
    return f"{tier}-{level.upper()}" if level and tier in ("I", "II") else tier
