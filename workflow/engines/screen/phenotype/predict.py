"""Resistance by antimicrobial and by class: resistant, inconclusive, not detected, not assessed.

A genotype, not a susceptibility test: *not detected* is not *susceptible*, and it is said only
where a gene or a mutation that gives the resistance was looked for.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from engines.contract.errors import BadUsage
from engines.contract.wording import did_you_mean
from engines.screen.calling.hits import GeneHit
from engines.screen.databases.resfinder import ResFinder
from engines.screen.mutations.call import TOO_SHALLOW, Calls
from engines.screen.mutations.effect import RESISTANT, UNCERTAIN
from engines.screen.phenotype.evidence import Evidence, of_genes, of_mutations

INCONCLUSIVE, NOT_DETECTED, NOT_ASSESSED = "inconclusive", "not_detected", "not_assessed"
ORDER = (RESISTANT, INCONCLUSIVE, NOT_DETECTED, NOT_ASSESSED)


@dataclass(frozen=True, slots=True)
class Prediction:
    """One antimicrobial.

    Attributes:
        verdict: resistant, inconclusive, not_detected or not_assessed.
        evidence: all there is, what counts most first; also what lacks a partner.
        reasons: why it is inconclusive, and what was not assessed, one sentence each.
        relevant: whether the panel of the species has it; None without a panel.
        grade: best match among the genes of its evidence (3, 2, 1), 0 without one.
    """

    drug: str
    classes: tuple[str, ...]
    verdict: str
    evidence: tuple[Evidence, ...]
    reasons: tuple[str, ...]
    relevant: bool | None
    grade: int


@dataclass(frozen=True, slots=True)
class ClassPrediction:
    """One class: the strongest verdict of its antimicrobials, and which have it."""

    name: str
    verdict: str
    drugs: tuple[str, ...]


def predict(
    hits: Sequence[GeneHit] | None,
    database: ResFinder,
    mutations: Sequence[Calls] = (),
    species: str = "",
) -> list[Prediction]:
    """What a sample's genes and mutations say about each antimicrobial of the database.

    Args:
        hits: of KMA, then those of the translated search where there was one; None where genes
            were not looked for.
        mutations: of every panel that was called; none where mutations were not looked for.
        species: the panel of antimicrobials to mark, e.g. ``Escherichia coli``; a name without a
            panel marks none.

    Returns:
        The antimicrobials in the order of the classes, then those the classes do not have.
    """
    known = _names(database)
    evidence: dict[str, list[Evidence]] = {
        drug: [] for drug in known.values() if not drug.startswith("Unknown ")
    }
    told = [*of_genes(hits or [], database)]
    told += [one for calls in mutations for one in of_mutations(calls, database)]
    for one in told:
        evidence.setdefault(_name(one.drug, known), []).append(one)
    shallow = _shallow(mutations, known)
    classes = _classes(told, mutations, known, database)
    for drug in shallow:
        evidence.setdefault(drug, [])
    panel = panel_of(species, database)
    assessed = _assessed(hits is not None, mutations, known, database)
    left_out = _left_out(hits is not None, bool(mutations))
    return [
        _prediction(drug, found, shallow.get(drug, ()), panel, classes[drug], assessed, left_out)
        for drug, found in evidence.items()
    ]


def _assessed(
    genes: bool, mutations: Iterable[Calls], known: dict[str, str], database: ResFinder
) -> set[str]:
    """Antimicrobials of which anything that was looked for could tell."""
    found = {
        _name(drug, known) for calls in mutations for c in calls.calls for drug in c.mutation.drugs
    }
    if genes:
        rows = (row for rows in database.phenotypes.values() for row in rows)
        found |= {_name(drug, known) for row in rows for drug in row.drugs}
    return found


def _left_out(genes: bool, mutations: bool) -> tuple[str, ...]:
    """What nobody looked for, as a reason."""
    what = [name for name, on in (("genes", genes), ("mutations", mutations)) if not on]
    return (f"{' and '.join(what)} were not looked for",) if what else ()


# NCBI's names of what ResFinder calls otherwise
_SAME = {"rifampin": "rifampicin"}


def _names(database: ResFinder) -> dict[str, str]:
    """Lower case → as ResFinder writes it."""
    return {drug.lower(): drug for drugs in database.classes.values() for drug in drugs}


def _name(drug: str, known: dict[str, str]) -> str:
    """One name for one antimicrobial: ``Amoxicillin-clavulanic acid`` is ``…+Clavulanic acid``."""
    lower = _SAME.get(drug.lower(), drug.lower())
    return known.get(lower) or known.get(lower.replace("-", "+")) or drug


def _classes(
    told: Iterable[Evidence],
    mutations: Iterable[Calls],
    known: dict[str, str],
    database: ResFinder,
) -> dict[str, tuple[str, ...]]:
    """Antimicrobial → its class; of one that ResFinder does not have, what its source says."""
    sources = [(one.drug, one.classes) for one in told]
    sources += [
        (d, c.mutation.classes)
        for calls in mutations
        for c in calls.calls
        for d in c.mutation.drugs
    ]
    found: dict[str, dict[str, None]] = {}
    for drug, names in sources:
        found.setdefault(_name(drug, known), {}).update(dict.fromkeys(names))
    classes: dict[str, tuple[str, ...]] = {}
    for drug in (*known.values(), *found):
        own = database.class_of(drug)
        if own == "Unspecified":
            told_classes = [name for name in found.get(drug, {}) if name != "Multidrug"]
            same = [name for name in (*database.classes, *told_classes) if name == drug]
            own = next(iter((*same, *told_classes)), own)
        classes[drug] = (own,)
    return classes


def panel_of(species: str, database: ResFinder) -> frozenset[str] | None:
    """Antimicrobials (lower case) of a species, of its genus where it has none; None without."""
    if not species:
        return None
    panels = {name.lower(): drugs for name, drugs in database.panels.items()}
    wanted = species.lower().replace("_", " ")
    drugs = panels.get(wanted) or panels.get(wanted.partition(" ")[0])
    return frozenset(map(str.lower, drugs)) if drugs else None


def check_species(species: str, database: ResFinder) -> None:
    """Refuse a species that the panels do not have, where a user has misspelt it.

    Raises:
        BadUsage: the nearest name is told.
    """
    if panel_of(species, database) is None:
        raise BadUsage(
            f"no panel of antimicrobials for {species!r}{did_you_mean(species, database.panels)}",
            hint="known: " + ", ".join(database.panels),
        )


def _shallow(mutations: Iterable[Calls], known: dict[str, str]) -> dict[str, tuple[str, ...]]:
    """Antimicrobial → the places where too few reads were, or that could not be assessed."""
    genes: dict[str, dict[str, list[str]]] = {}
    for calls in mutations:
        for call in calls.calls:
            if call.status == TOO_SHALLOW:
                place = f"{call.mutation.ref}{call.mutation.position}"
                for drug in call.mutation.drugs:
                    name = _name(drug, known)
                    found = genes.setdefault(name, {}).setdefault(call.mutation.gene, [])
                    if place not in found:
                        found.append(place)
    return {
        drug: tuple(
            f"too few reads to tell {len(places)} places of {gene}"
            if len(places) > 3
            else f"too few reads to tell {gene} {', '.join(places)}"
            for gene, places in by_gene.items()
        )
        for drug, by_gene in genes.items()
    }


_ORDER = {RESISTANT: 0, UNCERTAIN: 1}


def _prediction(
    drug: str,
    found: list[Evidence],
    shallow: tuple[str, ...],
    panel: frozenset[str] | None,
    classes: tuple[str, ...],
    assessed: Collection[str],
    left_out: tuple[str, ...],
) -> Prediction:
    ordered = sorted(found, key=lambda one: _ORDER.get(one.weight, 2))
    weights = {one.weight for one in found}
    doubts = [f"{one.what}: {one.why}" for one in ordered if one.weight == UNCERTAIN]
    if RESISTANT in weights:
        verdict = RESISTANT
        left_out = ()
    elif doubts or shallow:
        verdict = INCONCLUSIVE
    elif drug in assessed:
        verdict = NOT_DETECTED
    else:
        verdict, left_out = NOT_ASSESSED, left_out or ("no gene and no mutation listed gives it",)
    return Prediction(
        drug,
        classes,
        verdict,
        tuple(ordered),
        tuple(dict.fromkeys((*doubts, *shallow, *left_out))),
        None if panel is None else drug.lower() in panel,
        max((one.hit.grade for one in found if one.hit and one.weight == RESISTANT), default=0),
    )


def by_class(predictions: Iterable[Prediction]) -> list[ClassPrediction]:
    """The classes in the order of their first antimicrobial."""
    verdicts: dict[str, dict[str, list[str]]] = {}
    for one in predictions:
        for name in one.classes:
            verdicts.setdefault(name, {}).setdefault(one.verdict, []).append(one.drug)
    found = []
    for name, drugs in verdicts.items():
        verdict = next(v for v in ORDER if v in drugs)
        found.append(ClassPrediction(name, verdict, tuple(drugs[verdict])))
    return found
