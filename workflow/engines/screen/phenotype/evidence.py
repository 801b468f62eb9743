"""What speaks for resistance: one gene or one mutation, and how far it goes."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from engines.screen.calling.hits import GeneHit
from engines.screen.databases.resfinder import Phenotype, ResFinder
from engines.screen.mutations.call import DETECTED, Call, Calls
from engines.screen.mutations.effect import NONE, RESISTANT, UNCERTAIN, effect

WEAK_COVERAGE, WEAK_READS = 20.0, 2  # below, a gene that is not called says nothing at all


@dataclass(frozen=True, slots=True)
class Evidence:
    """One gene or mutation and what it says about one antimicrobial.

    Attributes:
        drug: as the database writes it.
        what: ``blaTEM-1B`` or ``gyrA S83L``; kind: gene or mutation.
        weight: resistant, uncertain, or none (a partner that it needs is missing).
        why: what holds it back; empty where nothing does.
        support: figures in words, so that a reader can judge.
        hit, call: where it comes from; one of them.
    """

    drug: str
    classes: tuple[str, ...]
    what: str
    kind: str
    weight: str
    why: str
    support: str
    pmids: tuple[str, ...]
    hit: GeneHit | None = None
    call: Call | None = None


def of_genes(hits: Sequence[GeneHit], database: ResFinder) -> Iterator[Evidence]:
    """What the genes of a sample say, in the order of the hits.

    A gene that only the translated search found is uncertain: it is too far from the database for
    its allele to be known.
    """
    sure = [hit for hit in hits if hit.called and hit.source == "kma"]
    there = _names(sure)
    partly = _names(hit for hit in hits if _partly(hit))
    names = {hit.name for hit in sure}
    for hit in hits:
        if hit.source != "kma" and (hit.name in names or not hit.called):
            continue
        for row in database.phenotypes.get(hit.gene, ()):
            weight, why = _weigh(hit, row, there, partly)
            if weight:
                for drug in row.drugs:
                    yield Evidence(
                        drug, row.classes, hit.name, "gene", weight, why, _gene_support(hit),
                        row.pmids, hit=hit,
                    )  # fmt: skip


def _names(hits: Iterable[GeneHit]) -> set[str]:
    return {name.lower() for hit in hits for name in (hit.name, hit.gene)}


def _partly(hit: GeneHit) -> bool:
    """Whether enough of a gene was seen to say that it may be there."""
    return hit.coverage >= WEAK_COVERAGE and hit.reads >= WEAK_READS


def _weigh(hit: GeneHit, row: Phenotype, there: set[str], partly: set[str]) -> tuple[str, str]:
    """Weight and reason; no weight where a hit says nothing at all."""
    missing = [name for name in row.required if name.lower() not in there]
    if missing:
        seen = all(name.lower() in partly for name in missing)
        how = "of which too little was seen" if seen else "not found"
        return UNCERTAIN if seen else NONE, f"needs {' and '.join(missing)}, {how}"
    if hit.source != "kma":
        return UNCERTAIN, "found by translated search only: a relative of this gene"
    if hit.called:
        return RESISTANT, ""
    if _partly(hit):
        return UNCERTAIN, "covered or alike too little to be called"
    return "", ""


def _gene_support(hit: GeneHit) -> str:
    return (
        f"{hit.identity:.2f} % identity, {hit.coverage:.2f} % covered, {hit.depth:.1f}x, "
        f"{hit.reads} reads"
    )


def of_mutations(calls: Calls, database: ResFinder) -> Iterator[Evidence]:
    """What the detected mutations of a sample say, in the order of the panel."""
    for call in calls.calls:
        if call.status != DETECTED:
            continue
        found = effect(call, calls)
        one = call.mutation
        for drug in one.drugs:
            classes = one.classes or (database.class_of(drug),)
            yield Evidence(
                drug, classes, name_of(call), "mutation", found.verdict, found.why,
                _mutation_support(call), one.pmids, call=call,
            )  # fmt: skip


def name_of(call: Call) -> str:
    """``gyrA S83L``, ``23S A2058G``, ``ampC C-42T``, ``ompK36 ins at 393``."""
    one = call.mutation
    if one.kind == "substitution":
        return f"{one.gene} {one.ref}{one.position}{'/'.join(call.alts)}"
    what = "ins" if one.kind == "insertion" else "del"
    letters = "/".join(call.alts) if one.kind == "insertion" else one.ref
    return f"{one.gene} {one.position}{what}{letters}"


def _mutation_support(call: Call) -> str:
    assert call.frequency is not None  # or it was not detected
    return (
        f"{call.resistant} of {call.depth} fragments, {call.frequency:.1%} "
        f"({call.low:.1%} to {call.high:.1%})"
    )
