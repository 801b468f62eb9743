"""``resistance/ID…``: mutations, with what was read at each place."""

from pathlib import Path
from typing import Any

from engines.contract.provenance import as_json
from engines.screen.called import Called
from engines.screen.earlier import clinical, hdf5
from engines.screen.earlier.tables import table
from engines.screen.mutations.call import DETECTED, Call

Data = dict[str, Any]

FREQUENCIES = (
    *("sample", "species", "gene", "position", "total_depth", "wildtype_aa", "wt_count", "wt_freq"),
    *("dominant_mutant_aa", "dominant_mutant_count", "dominant_mutant_freq"),
    *("total_resistant_frequency", "resistant_frequency_low", "resistant_frequency_high"),
    *("has_resistance_mutation", "status", "mutation_summary", "all_amino_acids"),
)


def write(prefix: Path, found: Called, summary: Data) -> None:
    """Write the files of the mutations below ``prefix``."""
    every = [
        {"list": listed.identity.name, **call.as_json()}
        for listed, calls in found.mutations
        for call in calls.calls
    ]
    detected = [row for row in every if row["status"] == DETECTED]
    counts = {
        "sample": summary["sample"],
        "species": summary["species"],
        "places": len(every),
        "detected": len(detected),
        "insufficient_depth": sum(row["status"] == "insufficient_depth" for row in every),
        "not_assessed": len(summary["unplaced"]),
        "mutations": detected,
    }
    texts = {
        ".json": as_json({"sample": summary["sample"], "mutations": every}),
        "_summary.json": as_json(counts),
        "_allele_frequencies.csv": _frequencies(found, summary),
        "_clinical_fq_report.txt": clinical.text(summary, quinolones=True),
        "_clinical_fq_report.html": clinical.html(summary, quinolones=True),
        "_clinical_fq_report.json": as_json(clinical.data(summary, quinolones=True)),
        "_mutations_report.html": clinical.mutations_html(summary),
    }
    for ending, text in texts.items():
        prefix.with_name(prefix.name + ending).write_text(text, encoding="utf-8")
    hdf5.write_mutations(prefix.with_name(prefix.name + ".h5"), every, summary)


def _frequencies(found: Called, summary: Data) -> str:
    """A row for each place; several rows of a list on one place are one."""
    places: dict[tuple[str, str, int], list[Call]] = {}
    for listed, calls in found.mutations:
        for call in calls.calls:
            key = (listed.identity.name, call.mutation.gene, call.mutation.position)
            if call.mutation.kind == "substitution":
                places.setdefault(key, []).append(call)
    rows = (_place(summary, calls) for calls in places.values())
    return table(FREQUENCIES, rows, ",")


def _place(summary: Data, calls: list[Call]) -> tuple[object, ...]:
    first = calls[0]
    depth, wild = first.depth, first.mutation.ref
    others = {allele: count for allele, count in first.alleles.items() if allele != wild}
    mutant, count = next(iter(others.items()), ("", 0))
    worst = max(calls, key=lambda call: call.resistant)
    detected = [call for call in calls if call.status == DETECTED]
    status = DETECTED if detected else first.status
    names = "; ".join(
        f"{call.mutation.gene} {call.mutation.ref}{call.mutation.position}{alt}"
        for call in detected
        for alt in call.alts
    )
    seen = ";".join(f"{allele}:{number}" for allele, number in first.alleles.items())
    return (
        summary["sample"],
        summary["species"],
        first.mutation.gene,
        first.mutation.position,
        depth,
        wild,
        first.wild_type,
        _share(first.wild_type, depth),
        mutant,
        count,
        _share(count, depth),
        _share(worst.resistant, depth),
        round(worst.low, 6) if depth else None,
        round(worst.high, 6) if depth else None,
        bool(detected),
        status,
        names,
        seen,
    )


def _share(count: int, depth: int) -> float | None:
    return round(count / depth, 6) if depth else None
