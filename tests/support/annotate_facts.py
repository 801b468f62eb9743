"""Made-up calls, statements and knowledge, with as few words as a test needs."""

from itertools import count
from typing import Any

from engines.annotate.evidence import Assertion, Hotspot, Item, Kind, Profile, Source, Statement
from engines.annotate.judge import Judge
from engines.annotate.knowledge.diseases import Disease, DiseaseMap
from engines.annotate.knowledge.facts import Facts
from engines.annotate.knowledge.names import read_name
from engines.annotate.knowledge.protein_names import read_change
from engines.annotate.known import Knowledge
from engines.annotate.variants import Allele, Call, Consequence, StructuralCall

DISEASES = DiseaseMap(
    [
        Disease("162", "Cancer"),
        Disease("1909", "Melanoma", "Skin", ("162",)),
        Disease("8923", "Skin Melanoma", "Skin", ("1909",)),
        Disease("2513", "Basal Cell Carcinoma", "Skin", ("162",)),
        Disease("9256", "Colorectal Cancer", "Colon/Rectum", ("162",)),
        Disease("3908", "Lung Non-small Cell Carcinoma", "Lung", ("162",)),
        Disease("9119", "Acute Myeloid Leukemia", "Myeloid", ("162",)),
    ]
)
MELANOMA, COLON, LUNG = "1909", "9256", "3908"
BRAF = Allele("7", 140453136, "A", "T")
TRANSCRIPT = "ENST00000288602"
_numbers = count(1)


def profile(gene: str, name: str, **facts: Any) -> Profile:
    """As the grammar of names reads it; ``facts`` are those of the source."""
    return Profile(f"{gene} {name}", f"{gene} {name}", read_name(gene, name, Facts(**facts)))


def _statement(of: Profile | str, **words: Any) -> dict[str, Any]:
    doid = words.pop("doid", MELANOMA)
    known = DISEASES.by_id(doid)
    return {
        "source": "made-up",
        "profile": of if isinstance(of, str) else of.id,
        "kind": Kind.PREDICTIVE,
        "supports": True,
        "significance": "sensitivity/response",
        "disease": known.name if known else "",
        "doid": doid,
        "therapies": ("Vemurafenib",),
        "interaction": "",
        "origin": "somatic",
        "text": "",
        "url": "",
        **words,
    }


def item(of: Profile | str, level: str = "A", rating: int | None = 4, **words: Any) -> Item:
    number = next(_numbers)
    told = {"id": f"EID{number}", "citation": "", "citation_id": f"PMID{number}"}
    return Item(**{**told, **_statement(of, **words), "level": level, "rating": rating})


def assertion(of: Profile | str, amp: str = "I-A", **words: Any) -> Assertion:
    told = {"id": f"AID{next(_numbers)}", "guideline": "", "is_approved": False}
    told |= {"has_companion_test": False, "items": ()}
    return Assertion(**{**told, **_statement(of, **words), "amp": amp})


def knowledge(
    profiles: list[Profile],
    statements: list[Statement],
    *,
    hotspots: tuple[Hotspot, ...] = (),
    roles: dict[str, frozenset[str]] | None = None,
) -> Knowledge:
    return Knowledge(
        sources=[Source("made-up", "evidence", "1", "2026-01-01", "0" * 64, "CC0", {})],
        profiles={each.id: each for each in profiles},
        items=[each for each in statements if isinstance(each, Item)],
        assertions=[each for each in statements if isinstance(each, Assertion)],
        hotspots={(each.gene, each.codon): each for each in hotspots},
        roles=roles or {},
        diseases=DISEASES,
    )


def consequence(
    gene: str, change: str = "", terms: str = "missense_variant", **words: Any
) -> Consequence:
    """``terms`` joined by ``&``, as VEP writes them."""
    words.setdefault("is_chosen", True)
    protein = read_change(change) if change else None
    return Consequence(tuple(terms.split("&")), gene, protein=protein, **words)


def call(*consequences: Consequence, allele: Allele | None = None, **words: Any) -> Call:
    """Without consequences: not assessed. Without an allele: one that no statement speaks of."""
    words.setdefault("consequences", consequences or None)
    words.setdefault("number", 1)
    words.setdefault("line", words["number"])
    allele = allele or Allele("1", 1000 + words["number"], "C", "T")
    return Call(allele=allele, original=allele.name, **words)


def structural(kind: str, **words: Any) -> StructuralCall:
    told = {"line": 1, "chrom": "1", "pos": 100, "end": 200, "original": "1:100"}
    return StructuralCall(kind=kind, **{**told, **words})


def judge(known: Knowledge, doid: str = MELANOMA, build: str = "GRCh37", **options: Any) -> Judge:
    return Judge(known, known.diseases.find(doid), build, **options)
