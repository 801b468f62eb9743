"""Facts for the texts of the whole sample."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engines.annotate.knowledge.release import BY_REVIEW, is_old
from engines.annotate.texts.library import Library
from engines.annotate.texts.phrases import SHOWN, few
from engines.annotate.texts.setting import CALLS, Setting, plain
from engines.annotate.texts.sighted import Sighted, Watch
from engines.annotate.texts.variant import LOW_DEPTH, approvals, context_facts
from engines.annotate.variants import losses
from engines.annotate.verdict import AnnotatedStructural

MISMATCH = "ref_mismatch"


@dataclass(frozen=True)
class Leftovers:
    """What is known after the last variant.

    Attributes:
        rejected: reason → records or alleles.
        unread: where those lie that could not be read: contig, first, last base from 1.
        somewhere: how many of them do not even say where they are.
    """

    rejected: Mapping[str, int] = field(default_factory=dict)
    unread: Iterable[tuple[str, int, int]] = ()
    somewhere: int = 0


def unread_places(watch: Watch, unread: Iterable[tuple[str, int, int]]) -> set[str]:
    """Stretches of pertinent negatives with a record that could not be used."""
    found: set[str] = set()
    for contig, first, last in unread:
        found.update(watch.touched(plain(contig), first, last))
    return found


def structural_facts(library: Library, annotated: AnnotatedStructural) -> dict[str, Any]:
    """For ``structural.jinja``."""
    call, matches = annotated.call, annotated.matches
    by_id = {match.statement.id: match for match in matches}
    return {
        "kind": call.kind,
        "place": f"{call.chrom}:{call.pos:,}" + (f"-{call.end:,}" if call.end > call.pos else ""),
        "genes": call.genes,
        "partners": call.partners,
        "lost": [
            {"gene": gene, "transcript": transcript, "exons": _exons(exons)}
            for gene, transcript, exons in losses(call)
        ][:SHOWN],
        "names": ", ".join(few((*(call.genes or ()), *call.partners))),
        "copies": call.copies,
        "filters": call.filters,
        "open": call.genes is None and not call.partners,
        "unsure": call.kind in ("DUP", "CNV") and call.copies is None,
        "contexts": [context_facts(each, by_id, matches) for each in annotated.contexts],
        "approvals": approvals([match for match in matches if not match.rejected]),
        "tier": annotated.tier,
        "rationale": annotated.rationale,
        "disease": library.disease.name,
        "sources": library.evidence_sources,
    }


def _exons(numbers: list[int]) -> str:
    """``exon 14``, ``exons 2 to 7``."""
    if len(numbers) == 1:
        return f"exon {numbers[0]}"
    return f"exons {numbers[0]} to {numbers[-1]}"


def chromosomal_facts(library: Library, sighted: Sighted) -> dict[str, Any]:
    """For ``chromosomal.jinja``."""
    return {
        "number": sighted.structural.total(),
        "by_kind": [
            {"kind": kind, "number": number} for kind, number in sorted(sighted.structural.items())
        ],
        "tiered": sighted.structural_tiered,
        "open": sighted.structural_open,
        "sources": library.evidence_sources,
    }


def technical_facts(
    library: Library, setting: Setting, sighted: Sighted, rejected: Mapping[str, int]
) -> dict[str, Any]:
    """For ``technical.jinja``."""
    return {
        "build": setting.build,
        "proof": setting.proof,
        "is_checked": setting.is_checked,
        "mismatches": rejected.get(MISMATCH, 0),
        "consequences": setting.consequences,
        "population": setting.population,
        "rejected": [
            {"reason": reason.replace("_", " "), "number": number}
            for reason, number in sorted(rejected.items())
            if number and not (reason == MISMATCH and setting.is_checked)
        ],
        "filtered": sighted.filtered,
        "shallow": sighted.shallow,
        "least_depth": LOW_DEPTH,
        "without_reads": sighted.without_reads,
        "open_codes": sorted(sighted.codes - set(+sighted.assessed)),
        "sources": _sources(library, setting),
    }


def _sources(library: Library, setting: Setting) -> list[dict[str, Any]]:
    """Each release once, with all that was taken from it."""
    found: dict[tuple[str, str, str | None], list[str]] = {}
    for each in library.knowledge.sources:
        found.setdefault((each.name, each.release, each.date), []).append(each.role)
    return [
        {
            "name": name,
            "role": ", ".join(role.replace("_", " ") for role in dict.fromkeys(roles)),
            "release": "" if release == BY_REVIEW else release,
            "date": date,
            "by_review": release == BY_REVIEW,
            "old": is_old(date, setting.today),
            "cited": f"{name}@{date or release or 'undated'}",
        }
        for (name, release, date), roles in found.items()
    ]


def tumour_only_facts(setting: Setting, sighted: Sighted) -> dict[str, Any]:
    """For ``tumour_only.jinja``."""
    return {
        "tumour_only": setting.tumour_only,
        "population": setting.population,
        "population_sources": [setting.population or CALLS],
        "alike": sighted.germline_like,
    }


def secondary_facts(library: Library, sighted: Sighted) -> dict[str, Any]:
    """For ``sample_incidental.jinja``."""
    return {
        "is_given": bool(library.knowledge.secondary),
        "flagged": sighted.flagged,
        "without_vaf": sighted.secondary_without_vaf,
        "list_sources": library.of_role("secondary") or ["list of secondary findings"],
    }
