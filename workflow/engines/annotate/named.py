"""What an allele is called by what is known of it, where no annotation names its gene."""

from collections.abc import Iterable, Mapping

from engines.annotate.evidence import Part, Profile
from engines.annotate.knowledge.protein_names import spellings
from engines.annotate.variants import ProteinChange
from engines.annotate.verdict import Match, Named, Rung


def named_by(matches: Iterable[Match], profiles: Mapping[str, Profile]) -> Named | None:
    """Gene and change of the statements that have this very allele.

    Names of several alterations are left out: which of them the allele is, they do not say.

    Returns:
        None where no statement has the allele, or where they are not of one gene. The change is
        None where they do not agree on one.
    """
    genes: set[str] = set()
    changes: set[ProteinChange] = set()
    ids: list[str] = []
    for match in matches:
        profile = profiles.get(match.statement.profile)
        if match.rung is not Rung.GENOMIC or profile is None or len(profile.parts) != 1:
            continue
        part = profile.parts[0]
        genes.add(part.gene)
        ids.append(match.statement.id)
        if part.part is Part.PROTEIN:
            changes |= _apart(part.proteins)
    if len(genes) != 1:
        return None
    change = changes.pop() if len(changes) == 1 else None
    return Named(genes.pop(), change, tuple(ids))


def _apart(changes: tuple[ProteinChange, ...]) -> set[ProteinChange]:
    """Of spellings of one change the first."""
    found: list[ProteinChange] = []
    for each in changes:
        if not any(each in spellings(other) for other in found):
            found.append(each)
    return set(found)
