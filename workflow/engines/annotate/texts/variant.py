"""Facts for the texts of a single variant."""

from collections.abc import Sequence
from typing import Any

from engines.annotate.evidence import Assertion, Kind, Statement
from engines.annotate.oncogenicity import verdict
from engines.annotate.texts.library import Library
from engines.annotate.texts.phrases import claims, drugs, few, where
from engines.annotate.texts.setting import CALLS, Setting
from engines.annotate.variants import Call, Consequence
from engines.annotate.verdict import Annotated, ContextTier, Match, Named, Oncogenicity

AGAINST = "does not support"
NAMING = 3
"""Statements that are cited for the name of an allele."""
LOW_DEPTH = 50
"""Reads; below it, a technical comment says so."""
LOW_VAF = 0.05
"""Share of reads, likewise."""


class VariantFacts:
    """What templates of variants can use; see docs/annotation.md, section Texts."""

    def __init__(self, library: Library, setting: Setting) -> None:
        self._library = library
        self._setting = setting
        self._hotspots = library.knowledge.hotspots
        self._hotspot_sources = library.of_role("hotspots") or ["hotspots"]
        self._population = [setting.population] if setting.population else []
        roles = library.of_role("hotspots") + library.of_role("gene_roles")
        self._score_sources = [*roles, *self._population]

    def of(self, call: Call, named: Named | None = None) -> dict[str, Any]:
        """For ``variant.jinja``; ``variant_technical.jinja`` and the like have these, too."""
        chosen = call.chosen
        allele = call.allele
        setting = self._setting
        return {
            "place": f"{allele.chrom}:{allele.pos}",
            "ref": allele.ref,
            "alt": allele.alt,
            "build": setting.build,
            "assessed": call.consequences is not None,
            "gene": chosen.gene if chosen else "",
            "protein": chosen.protein.name if chosen and chosen.protein else "",
            "coding": chosen.coding if chosen else "",
            "transcript": chosen.transcript if chosen else "",
            "exon": chosen.exon if chosen else None,
            "terms": " and ".join(chosen.terms).replace("_", " ") if chosen else "",
            "consequence_sources": [setting.consequences or CALLS],
            "vaf": call.vaf,
            "depth": call.depth,
            "filters": call.filters,
            "low_depth": call.depth is not None and call.depth < LOW_DEPTH,
            "low_vaf": call.vaf is not None and call.vaf < LOW_VAF,
            "least_depth": LOW_DEPTH,
            "least_vaf": LOW_VAF,
            "population": setting.population,
            "population_af": call.population_af,
            "population_sources": self._population,
            "hotspot": self._hotspot(chosen) if chosen else None,
            "tumour_only": setting.tumour_only,
            "named": _name(named),
            "named_sources": named.ids[:NAMING] if named else (),
        }

    def _hotspot(self, chosen: Consequence) -> dict[str, Any] | None:
        change = chosen.protein
        found = self._hotspots.get((chosen.gene, change.start)) if change else None
        if found is None or change is None or change.alt == "=" or change.end != change.start:
            return None
        return {
            "codon": found.codon,
            "samples": found.samples,
            "same": found.changes.get(change.alt, 0),
            "sources": self._hotspot_sources,
        }

    def dx(self, annotated: Annotated) -> dict[str, Any]:
        """For ``variant_dx.jinja``."""
        library = self._library
        matches = annotated.matches
        by_id = {match.statement.id: match for match in matches}
        counted = [match for match in matches if not match.rejected]
        return {
            "disease": library.disease.name,
            "tier": annotated.tier,
            "tier_level": annotated.tier.partition("-")[0],
            "rationale": annotated.rationale,
            "contexts": [context_facts(each, by_id, matches) for each in annotated.contexts],
            "approvals": approvals(counted),
            "matched": len(counted),
            "sources": library.evidence_sources,
            "score_sources": self._score_sources,
            **_score(annotated.oncogenicity),
        }


def _name(named: Named | None) -> str:
    if named is None:
        return ""
    return f"{named.gene} {named.change.name}" if named.change else named.gene


def context_facts(
    tier: ContextTier, by_id: dict[str, Match], matches: Sequence[Match]
) -> dict[str, Any]:
    decisive = [by_id[each] for each in tier.decisive if each in by_id]
    says: dict[str, list[Statement]] = {}
    for match in decisive:
        says.setdefault(where(match.statement, match.nearness), []).append(match.statement)
    against = [
        match.statement.id
        for match in matches
        if match.context is tier.context and match.rejected == AGAINST
    ]
    return {
        "context": tier.context.value,
        "tier": tier.tier,
        "says": few(f"in {place}: {claims(found)}" for place, found in says.items()),
        "decisive": tier.decisive,
        "reason": tier.reason,
        "conflicting": tier.is_conflicting,
        "against": against,
    }


def approvals(counted: list[Match]) -> list[dict[str, Any]]:
    """What a regulatory field says; of no other text it is taken."""
    found = []
    for match in counted:
        statement = match.statement
        if not (isinstance(statement, Assertion) and statement.kind is Kind.PREDICTIVE):
            continue
        if statement.is_approved or statement.has_companion_test:
            found.append(
                {
                    "id": statement.id,
                    "approved": statement.is_approved,
                    "companion_test": statement.has_companion_test,
                    "drugs": drugs(statement) or "a therapy that is not named",
                    "where": where(statement, match.nearness),
                }
            )
    return found


def _reach(found: Oncogenicity) -> str:
    """The class that codes not assessed could raise it to; empty where that is its own."""
    highest = verdict(found.highest)
    return "" if highest == found.verdict else highest


def _score(found: Oncogenicity) -> dict[str, Any]:
    counting = [code for code in found.codes if code.state in ("met", "partial")]
    return {
        "verdict": found.verdict,
        "points": found.points,
        "lowest": found.lowest,
        "highest": found.highest,
        "reach": _reach(found),
        "met": [
            {"code": c.name, "points": c.points, "why": c.why, "partial": c.state == "partial"}
            for c in counting
        ],
        "open": [code.name for code in found.codes if code.state == "not_assessed"],
    }
