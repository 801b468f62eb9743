"""What is told of a call: the ``data`` of `variant_update` and `variant_error` messages.

docs/messages.md says what the page reads; the names of the earlier engine (``variant_id``,
``chromosome``, ``amp_tier`` …) are there too, for clients that were written for it.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from engines.annotate.evidence import Assertion, Item
from engines.annotate.stream.notation import hgvs
from engines.annotate.texts.phrases import drugs
from engines.annotate.variants import Call, losses
from engines.annotate.verdict import (
    TIERS,
    Annotated,
    AnnotatedStructural,
    CannedText,
    Confidence,
    Match,
    Oncogenicity,
)

Json = dict[str, Any]

DIGITS = 4
_LISTED = 50  # genes whose lost exons are listed: the loss of an arm has thousands
_INTERPRETING = ("Variant Dx Interpretation", "Chromosomal Alteration Interpretation")
_MOST = 5_000  # scores and texts that are kept
Thing = TypeVar("Thing")
What = TypeVar("What")
_RANK = {tier: rank for rank, tier in enumerate(TIERS)}
_ORIGINAL = re.compile(r"(.+?):([0-9]+):([A-Za-z]+):(.*)", re.DOTALL)
encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


def line(kind: str, data: Mapping[str, Any]) -> bytes:
    """A message as a line of the log."""
    return encode({"type": kind, "data": data}).encode() + b"\n"


class Parts(Generic[Thing, What]):
    """What is told of things of which many variants have the same one, and as JSON: made once."""

    def __init__(self, make: Callable[[Thing], What]) -> None:
        self._make = make
        self._made: dict[int, tuple[Thing, What, bytes]] = {}

    def told(self, thing: Thing) -> What:
        return self._of(thing)[1]

    def encoded(self, thing: Thing) -> bytes:
        return self._of(thing)[2]

    def _of(self, thing: Thing) -> tuple[Thing, What, bytes]:
        known = self._made.get(id(thing))
        if known is None or known[0] is not thing:
            if len(self._made) >= _MOST:
                self._made.clear()
            told = self._make(thing)
            known = self._made[id(thing)] = (thing, told, encode(told).encode())
        return known


def place(call: Call) -> Json:
    """Where the call is, in the words of the input."""
    chrom, pos, ref, alt = split_original(call.original)
    return {"chrom": chrom, "pos": pos, "ref": ref, "alt": alt}


def split_original(original: str) -> tuple[str, int, str, str]:
    """``CHROM:POS:REF:ALT``; names of contigs may have colons (HLA), and so have breakends.

    Raises:
        ValueError: it is something else.
    """
    found = _ORIGINAL.fullmatch(original)
    if found is None:
        raise ValueError(f"no place and alleles: {original}")
    chrom, pos, ref, alt = found.groups()
    return chrom, int(pos), ref, alt


def split_tier(tier: str) -> tuple[str, str | None]:
    """``I-A`` → (``I``, ``A``); ``III`` → (``III``, None)."""
    name, _, level = tier.partition("-")
    return name, level or None


def update(number: int, annotated: Annotated, sample: str | None, disease: str) -> Json:
    """Everything that is told of a call.

    Args:
        number: of the message, from 1 without gaps.
        sample: name of the tumour in the input; None where it has none.
        disease: that was asked about, as the disease map calls it.
    """
    call = annotated.call
    where = place(call)
    tier, level = split_tier(annotated.tier)
    chosen, named = call.chosen, annotated.named
    change = chosen.protein if chosen else named.change if named else None
    interpretation = interpretation_of(annotated)
    return {
        "number": number,
        "variant_id": number,
        **where,
        "chromosome": where["chrom"],
        "position": where["pos"],
        "allele": call.allele.name,
        **({"sample": sample} if sample else {}),
        "gene": annotated.gene,
        "transcript": (chosen.transcript or None) if chosen else None,
        "consequence": "&".join(chosen.terms) if chosen else None,
        "hgvs_c": (chosen.coding or None) if chosen else None,
        "hgvs_p": hgvs(change) if change else None,
        **({"named_by": list(named.ids)} if named else {}),
        "tier": tier,
        "level": level,
        "amp_tier": f"Tier {tier}",
        "context": annotated.tier_context.value if annotated.tier_context else None,
        "tier_reason": annotated.rationale,
        "contexts": _contexts(annotated, disease),
        **confidence(annotated.confidence),
        "not_assessed": not_assessed(annotated),
        "vaf": rounded(call.vaf),
        "depth": call.depth,
        "filters": list(call.filters),
        "population_af": call.population_af,
        **({"scores": call.scores} if call.scores else {}),
        **_evidence(annotated),
        "canned_text": annotated.texts[0].text if annotated.texts else None,
        "interpretation": interpretation,
        "oncogenicity": oncogenicity(annotated.oncogenicity),
        "texts": _texts(annotated),
    }


def structural(
    number: int, annotated: AnnotatedStructural, sample: str | None, disease: str
) -> Json:
    """The same of a structural call, which has no oncogenicity and no confidence."""
    call = annotated.call
    chrom, pos, ref, alt = split_original(call.original)
    tier, level = split_tier(annotated.tier)
    genes = list(dict.fromkeys([*(call.genes or ()), *call.partners]))
    return {
        "number": number,
        "variant_id": number,
        **{"chrom": chrom, "pos": pos, "ref": ref, "alt": alt},
        **{"chromosome": chrom, "position": pos},
        "allele": f"{call.chrom}:{call.pos}-{call.end}:{call.kind}",
        **({"sample": sample} if sample else {}),
        "gene": ",".join(genes) or None,
        "transcript": None,
        "consequence": call.kind,
        "hgvs_c": None,
        "hgvs_p": None,
        **{"tier": tier, "level": level, "amp_tier": f"Tier {tier}"},
        "context": annotated.tier_context.value if annotated.tier_context else None,
        "tier_reason": annotated.rationale,
        "contexts": _contexts(annotated, disease),
        "oncogenicity": None,
        **{"confidence": None, "confidence_score": None, "confidence_components": {}},
        "not_assessed": list(dict.fromkeys(annotated.not_assessed)),
        **{"vaf": None, "depth": None, "population_af": None},
        "filters": list(call.filters),
        "structural": {
            **{"kind": call.kind, "end": call.end, "copies": call.copies},
            "partners": list(call.partners),
            "lost_exons": [
                {"gene": g, "transcript": t, "exons": e} for g, t, e in losses(call)[:_LISTED]
            ],
        },
        **_evidence(annotated),
        "texts": _texts(annotated),
        "canned_text": annotated.texts[0].text if annotated.texts else None,
        "interpretation": interpretation_of(annotated),
    }


def interpretation_of(annotated: Annotated | AnnotatedStructural) -> str:
    """What the variant means for this tumour; why it has its tier where no text says more."""
    found = interpreting(annotated.texts)
    return found.text if found else annotated.rationale


def interpreting(texts: Sequence[CannedText]) -> CannedText | None:
    """The text that says what a variant means for this tumour; None: none does."""
    for kind in _INTERPRETING:
        for each in texts:
            if each.type == kind and each.text:
                return each
    return None


def is_worth_listing(told: Json) -> bool:
    """Whether the summary lists a variant: tier I or II, or (likely) oncogenic."""
    found = told["oncogenicity"]
    return told["tier"] in ("I", "II") or bool(found and "Oncogenic" in found["class"])


def text(found: CannedText) -> Json:
    """A text with its sentences and what each of them rests on."""
    return TEXTS.told(found)


def _text(found: CannedText) -> Json:
    return {
        "type": found.type,
        "text": found.text,
        "sources": list(dict.fromkeys(s for each in found.sentences for s in each.sources)),
        "sentences": [
            {"text": each.text, "sources": list(each.sources)} for each in found.sentences
        ],
    }


def _texts(annotated: Annotated | AnnotatedStructural) -> list[Json]:
    return [text(each) for each in annotated.texts]


def not_assessed(annotated: Annotated) -> list[str]:
    """What could not be looked at, each once."""
    return list(dict.fromkeys([*annotated.not_assessed, *annotated.confidence.not_assessed]))


def confidence(found: Confidence) -> Json:
    """How sure the tier is, and by what."""
    value = rounded(found.value)
    components = {name: rounded(each) for name, each in found.components.items()}
    return {
        "confidence": value,
        "confidence_score": value,
        "confidence_components": components,
    }


def oncogenicity(found: Oncogenicity) -> Json:
    """The class, its points, and of each code that counts or is open what it stands for."""
    return _SCORES.told(found)


def _oncogenicity(found: Oncogenicity) -> Json:
    return {
        "class": found.verdict,
        "points": found.points,
        "lowest": found.lowest,
        "highest": found.highest,
        "codes_met": [
            {"code": code.name, "points": code.points, "state": code.state, "text": code.why}
            for code in found.codes
            if code.state in ("met", "partial")
        ],
        "codes_not_met": [code.name for code in found.codes if code.state == "not_met"],
        "codes_not_assessed": [
            {"code": code.name, "text": code.why}
            for code in found.codes
            if code.state == "not_assessed"
        ],
    }


def _contexts(annotated: Annotated | AnnotatedStructural, disease: str) -> list[Json]:
    told = []
    for each in annotated.contexts:
        tier, level = split_tier(each.tier)
        decisive = set(each.decisive)
        therapies = [drugs(m.statement) for m in annotated.matches if m.statement.id in decisive]
        told.append(
            {
                "context": each.context.value,
                "tier": tier,
                "level": level,
                "disease": disease,
                "therapies": list(dict.fromkeys(names for names in therapies if names)),
                "decisive": list(each.decisive),
                "is_conflicting": each.is_conflicting,
                "reason": each.reason,
            }
        )
    return told


def _evidence(annotated: Annotated | AnnotatedStructural) -> Json:
    """What speaks of the variant, what counted most first; and what does not count, with why."""
    if not annotated.matches:
        return {"evidence": [], "rejected_evidence": []}
    decisive = {name for each in annotated.contexts for name in each.decisive}
    counted = [match for match in annotated.matches if not match.rejected]
    counted.sort(
        key=lambda match: (
            match.statement.id not in decisive,
            _RANK.get(match.tier or "", len(TIERS)),
            -match.weight,
            match.statement.id,
        )
    )
    return {
        "evidence": [_matched(match, match.statement.id in decisive) for match in counted],
        "rejected_evidence": sorted(
            (
                {
                    "id": match.statement.id,
                    "url": match.statement.url or None,
                    "why": match.rejected,
                    "match": match.rung.value,
                }
                for match in annotated.matches
                if match.rejected
            ),
            key=lambda each: (each["why"], each["id"]),
        ),
    }


def _matched(match: Match, is_decisive: bool) -> Json:
    statement = match.statement
    told: Json = {"id": statement.id, "url": statement.url or None}
    if isinstance(statement, Item):
        told |= {"level": statement.level, "rating": statement.rating}
        told |= {"citation": statement.citation}
    elif isinstance(statement, Assertion):
        told |= {"level": statement.amp or None, "rating": None}
        told |= {"guideline": statement.guideline or None, "approved": statement.is_approved}
    return told | {
        "type": statement.kind.value,
        "significance": statement.significance,
        "direction": "Supports" if statement.supports else "Does not support",
        "disease": statement.disease,
        "doid": statement.doid or None,
        "therapies": list(statement.therapies),
        "interaction": statement.interaction or None,
        "match": match.rung.value,
        "weight": match.weight,
        "nearness": match.nearness.value,
        "context": match.context.value if match.context else None,
        "tier": match.tier,
        "source": statement.source,
        "decisive": is_decisive,
    }


def rounded(value: float | None) -> float | None:
    return None if value is None else round(value, DIGITS)


def error(number: int, original: str, what: str, hint: str, **more: Any) -> Json:
    """A record or call that could not be annotated."""
    try:
        chrom, pos, ref, alt = split_original(original)
    except ValueError:  # it does not even say where it is
        return {"number": number, "record": original[:200], **more, "message": what, "hint": hint}
    where = {"chrom": chrom, "pos": pos, "ref": ref, "alt": alt}
    return {"number": number, **where, **more, "message": what, "hint": hint}


_SCORES: Parts[Oncogenicity, Json] = Parts(_oncogenicity)
TEXTS: Parts[CannedText, Json] = Parts(_text)
