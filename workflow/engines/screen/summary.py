"""What a screen found as one JSON, which everything that shows it is made of."""

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from engines import __version__
from engines.screen.called import Called
from engines.screen.calling.hits import GeneHit
from engines.screen.case import Request
from engines.screen.databases.resfinder import ResFinder
from engines.screen.external import SCHEMA
from engines.screen.hamronization import hgvs
from engines.screen.mutations.call import DETECTED, Call, Calls
from engines.screen.mutations.effect import effect
from engines.screen.opened import Listed, Opened
from engines.screen.phenotype.evidence import Evidence, name_of
from engines.screen.phenotype.predict import Prediction, by_class
from engines.screen.searching import Searched
from engines.screen.taxa.result import TaxaResult

STRETCHES = 100  # of a gene, in a plot of its depth

Data = dict[str, Any]


def summarise(request: Request, opened: Opened, searched: Searched, found: Called) -> Data:
    """The summary, as ``screen.summary.schema.json`` has it."""
    return {
        "schema": SCHEMA,
        "engine": {"name": "plumbline screen", "version": __version__},
        "sample": request.sample,
        "species": request.species,
        "mode": request.mode,
        "options": {
            "coverage": request.coverage,
            "identity": request.identity,
            "depth": request.depth,
            "mutations": list(request.lists),
        },
        "databases": [each.as_json() for each in opened.identities],
        "programs": dict(sorted(found.programs.items())),
        "reads": _reads(request, searched),
        "screen": {
            name: {
                "survivors": each.survivors,
                "reads_with_hits": sum(each.reads_with_hits),
                "too_short": each.too_short,
            }
            for name, each in searched.counts.found.items()
        },
        "genes": _genes(found, opened.database),
        "mutations": _mutations(found) if request.has_mutations and request.species else None,
        "unplaced": [
            {"gene": row.gene, "what": row.what, "why": row.why}
            for each in opened.listed
            for row in each.panel.unplaced
        ],
        "classes": _classes(found.predictions),
        "antimicrobials": [_antimicrobial(each) for each in found.predictions],
        "taxa": _taxa(searched.taxa) if searched.taxa else None,
        "external": None,
        "not_assessed": [{"what": what, "why": why} for what, why in found.not_assessed.items()],
        "warnings": _warnings(opened, searched),
    }


def overview(summary: Data) -> str:
    """One line for people: what was found of what was looked for."""
    parts = [f"{summary['reads']['reads']} reads"]
    if summary["genes"] is not None:
        parts.append(_counted(called_genes(summary), "gene"))
    if summary["mutations"] is not None:
        detected = [each for each in summary["mutations"] if each["status"] == "detected"]
        # two lists may have the same one
        seen = dict.fromkeys(f"{each['gene']} {each['change']}" for each in detected)
        parts.append(_counted(list(seen), "mutation"))
    if summary["classes"]:
        classes = [row["class"] for row in summary["classes"] if row["verdict"] == "resistant"]
        parts.append(f"resistant by genotype: {', '.join(classes) or 'no class'}")
    if summary["taxa"] is not None:
        there = [each["name"] for each in summary["taxa"]["genomes"] if each["status"] == "present"]
        parts.append(_counted(there, "genome"))
    return f"{summary['sample']}: {'; '.join(parts)}"


def called_genes(summary: Data) -> list[str]:
    """Names of genes that were called, each once; relatives that only the translated search sees
    stand behind those that KMA called."""
    return list(dict.fromkeys(gene["name"] for gene in summary["genes"] or [] if gene["called"]))


def _counted(names: list[str], what: str) -> str:
    if not names:
        return f"no {what}s"
    shown = ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
    return f"{len(names)} {what}{'s' if len(names) != 1 else ''} ({shown})"


def _reads(request: Request, searched: Searched) -> Data:
    mates = [mate for mate in (searched.counts.r1, searched.counts.r2) if mate]
    bases = sum(mate.bases for mate in mates)
    layout = "interleaved" if request.interleaved else "paired" if request.r2 else "single"
    return {
        "files": [path.name for path in (*request.r1, *request.r2)],
        "layout": layout,
        "reads": sum(mate.reads for mate in mates),
        "bases": bases,
        "unknown_bases": sum(mate.unknown_bases for mate in mates),
        "mean_quality": round(sum(mate.quality_sum for mate in mates) / bases, 2) if bases else 0,
        "shortest": min(mate.shortest for mate in mates),
        "longest": max(mate.longest for mate in mates),
        "adapters": sum(mate.adapters for mate in mates),
    }


def _genes(found: Called, database: ResFinder | None) -> list[Data] | None:
    if found.hits is None or database is None:
        return None
    ordered = sorted(found.hits, key=lambda hit: not hit.called)
    return [_gene(hit, database, found.depths.get(hit.gene, [])) for hit in ordered]


def _gene(hit: GeneHit, database: ResFinder, depths: list[int]) -> Data:
    rows = database.phenotypes.get(hit.gene, ())
    drugs = dict.fromkeys(drug for row in rows for drug in row.drugs)
    return {
        "gene": hit.gene,
        "name": hit.name,
        "accession": hit.accession,
        "classes": list(hit.classes),
        "antimicrobials": list(drugs),
        "length": hit.length,
        "identity": hit.identity,
        "coverage": hit.coverage,
        "depth": hit.depth,
        "reads": hit.reads,
        "rpkm": round(hit.rpkm, 4),
        "tpm": round(hit.tpm, 2),
        "called": hit.called,
        "source": hit.source,
        "depths": in_stretches(depths) if hit.source == "kma" else [],
    }


def in_stretches(depths: list[int], most: int = STRETCHES) -> list[float]:
    """The mean of up to ``most`` stretches of about equal length."""
    count = min(most, len(depths))
    edges = [round(at * len(depths) / count) for at in range(count + 1)] if count else []
    return [round(sum(depths[a:b]) / (b - a), 2) for a, b in pairwise(edges)]


def _mutations(found: Called) -> list[Data]:
    rows = [
        _mutation(call, calls, listed) for listed, calls in found.mutations for call in calls.calls
    ]
    return sorted(rows, key=lambda row: row["status"] != "detected")


def _mutation(call: Call, calls: Calls, listed: Listed) -> Data:
    one, meant = call.mutation, effect(call, calls)
    return {
        "id": one.id,
        "gene": one.gene,
        "change": _change(call),
        "position": one.position,
        "status": call.status.replace("_", " "),
        "effect": meant.verdict,
        "depth": call.depth,
        "wild_type": call.wild_type,
        "resistant": call.resistant,
        "unknown": call.unknown + call.elsewhere,
        "unclear": call.unclear + call.discordant,
        "frequency": None if call.frequency is None else round(call.frequency, 6),
        "low": round(call.low, 6),
        "high": round(call.high, 6),
        "alleles": call.alleles,
        "antimicrobials": list(one.drugs),
        "classes": list(one.classes),
        "pmids": list(one.pmids),
        "list": listed.identity.name,
        "why": meant.why,
    }


def _change(call: Call) -> str:
    """What was found, as HGVS writes it; of another status what is listed."""
    if call.status == DETECTED:
        return ", ".join(hgvs(call))
    one = call.mutation
    return f"{one.ref}{one.position}{'/'.join(one.alts) or one.kind}"


def _classes(predictions: Iterable[Prediction]) -> list[Data]:
    told = list(predictions)
    rows = []
    for each in by_class(told):
        evidence = [
            one.what
            for prediction in told
            if each.name in prediction.classes and prediction.drug in each.drugs
            for one in prediction.evidence
            if one.weight != "none"
        ]
        rows.append(
            {
                "class": each.name,
                "verdict": each.verdict.replace("_", " "),
                "antimicrobials": list(each.drugs),
                "evidence": list(dict.fromkeys(evidence)),
            }
        )
    return rows


def _antimicrobial(each: Prediction) -> Data:
    return {
        "antimicrobial": each.drug,
        "class": each.classes[0],
        "verdict": each.verdict.replace("_", " "),
        "relevant": each.relevant,
        "grade": each.grade,
        "evidence": [_evidence(one) for one in each.evidence],
        "why": list(each.reasons),
    }


def _evidence(one: Evidence) -> Data:
    return {
        "what": name_of(one.call) if one.call else one.what,
        "kind": one.kind,
        "weight": one.weight,
        "support": one.support,
        "why": one.why,
        "pmids": list(one.pmids),
    }


def _taxa(result: TaxaResult) -> Data:
    return {
        "fragments": result.reads,
        "unclassified": sum(result.unclassified.values()),
        "ambiguous": result.ambiguous,
        "taxa": [
            {
                "name": taxon.name,
                "taxid": taxon.taxid,
                "rank": taxon.rank,
                "depth": taxon.depth,
                "clade": taxon.clade_reads,
                "own": taxon.reads,
                "estimated": round(taxon.estimated_reads, 2),
                "share": round(min(taxon.estimated_reads / max(result.reads, 1), 1.0), 6),
                "status": taxon.status,
            }
            for taxon in result.taxa
            if taxon.clade_reads
        ],
        "genomes": [
            {
                "name": genome.name,
                "taxid": genome.taxid,
                "reads": genome.reads,
                "estimated": round(genome.estimated_reads, 2),
                "share": round(min(genome.read_share, 1.0), 6),
                "copies": None if genome.copies is None else round(genome.copies, 6),
                "identity": None if genome.identity is None else round(genome.identity, 4),
                "status": genome.status,
            }
            for genome in result.genomes
            if genome.reads or genome.estimated_reads
        ],
    }


def _warnings(opened: Opened, searched: Searched) -> list[str]:
    """What a reader of the results has to know."""
    found = []
    for each in opened.identities:
        if each.differs:
            files = f"{len(each.differs)} files"
            found.append(f"{each.name} {each.version}: not as published ({files} differ)")
    if opened.untranslated:
        count = len(opened.untranslated)
        found.append(f"{count} genes are no open reading frame: not in the translated search")
    for name, each_found in searched.counts.found.items():
        if each_found.too_short:
            found.append(f"{each_found.too_short} reads are shorter than a word of {name}")
    return found
