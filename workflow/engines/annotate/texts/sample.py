"""Facts for the texts of the whole sample."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engines.annotate.knowledge.release import is_old
from engines.annotate.texts.library import Library
from engines.annotate.texts.phrases import few
from engines.annotate.texts.setting import CALLS, Setting, plain, source_name
from engines.annotate.texts.sighted import Sighted, Watch
from engines.annotate.texts.variant import LOW_DEPTH, approvals, context_facts
from engines.annotate.variants import Rejected
from engines.annotate.verdict import AnnotatedStructural

MISMATCH = "ref_mismatch"


@dataclass(frozen=True)
class Leftovers:
    """What is known after the last variant.

    Attributes:
        structural: alterations that are no small variants.
        rejected: reason → records or alleles; ``listed``: some or all of them.
    """

    structural: Sequence[AnnotatedStructural] = ()
    rejected: Mapping[str, int] = field(default_factory=dict)
    listed: Sequence[Rejected] = ()


def unread_places(watch: Watch, listed: Sequence[Rejected]) -> set[str]:
    """Stretches of pertinent negatives with a record that could not be used."""
    found: set[str] = set()
    for each in listed:
        try:
            chrom, pos, ref, _ = each.original.rsplit(":", 3)
            found.update(watch.touched(plain(chrom), int(pos), int(pos) + len(ref) - 1))
        except ValueError:  # it does not even say where it is
            continue
    return found


def chromosomal_facts(
    library: Library, structural: Sequence[AnnotatedStructural]
) -> dict[str, Any]:
    """For ``chromosomal.jinja``."""
    told, silent = [], Counter[str]()
    for each in structural:
        call = each.call
        is_open = call.genes is None and not call.partners
        if not each.contexts and not is_open:
            silent[call.kind] += 1
            continue
        by_id = {match.statement.id: match for match in each.matches}
        told.append(
            {
                "kind": call.kind,
                "place": f"{call.chrom}:{call.pos:,}-{call.end:,}",
                "genes": call.genes,
                "partners": call.partners,
                "names": ", ".join(few((*(call.genes or ()), *call.partners))),
                "copies": call.copies,
                "contexts": [context_facts(c, by_id, each.matches) for c in each.contexts],
                "approvals": approvals([m for m in each.matches if not m.rejected]),
                "unsure": call.kind in ("DUP", "CNV") and call.copies is None,
            }
        )
    kinds = ", ".join(f"{kind}: {number:,}" for kind, number in sorted(silent.items()))
    return {
        "calls": told,
        "silent": silent.total(),
        "silent_kinds": kinds,
        "disease": library.disease.name,
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
        "sources": [
            {
                "name": each.name,
                "role": each.role.replace("_", " "),
                "release": each.release,
                "date": each.date,
                "old": is_old(each.date, setting.today),
                "cited": source_name(each),
            }
            for each in library.knowledge.sources
        ],
    }


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
