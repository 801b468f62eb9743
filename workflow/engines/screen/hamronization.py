"""Genes and mutations in the form of hAMRonization, which other tools read.

Fields of the specification as hAMRonization 1.3.1 checks them (PHA4GE,
https://github.com/pha4ge/hAMRonization), one row for each called gene and detected mutation.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from engines import __version__
from engines.contract.provenance import as_json
from engines.screen.calling.hits import GeneHit
from engines.screen.databases.codons import THREE
from engines.screen.databases.identity import Identity
from engines.screen.databases.mutation import PROTEIN
from engines.screen.databases.resfinder import ResFinder
from engines.screen.mutations.call import DETECTED, Call, Calls
from engines.screen.mutations.effect import RESISTANT, effect
from engines.screen.phenotype.evidence import Evidence, of_genes

MANDATORY = (
    "input_file_name", "gene_symbol", "gene_name", "reference_database_name",
    "reference_database_version", "reference_accession", "analysis_software_name",
    "analysis_software_version", "genetic_variation_type",
)  # fmt: skip
OPTIONAL = (
    "antimicrobial_agent", "coverage_percentage", "coverage_depth", "coverage_ratio", "drug_class",
    "input_gene_length", "input_gene_start", "input_gene_stop", "input_protein_length",
    "input_protein_start", "input_protein_stop", "input_sequence_id", "nucleotide_mutation",
    "nucleotide_mutation_interpretation", "predicted_phenotype",
    "predicted_phenotype_confidence_level", "amino_acid_mutation",
    "amino_acid_mutation_interpretation", "reference_gene_length", "reference_gene_start",
    "reference_gene_stop", "reference_protein_length", "reference_protein_start",
    "reference_protein_stop", "resistance_mechanism", "strand_orientation", "sequence_identity",
)  # fmt: skip
FIELDS = (*MANDATORY, *OPTIONAL)

_PRESENCE = "gene_presence_detected"
_VARIATION = {
    PROTEIN: "protein_variant_detected",
    "nucleotide": "nucleotide_variant_detected",
}

Row = dict[str, Any]


def rows(
    sample: str,
    hits: Iterable[GeneHit],
    database: ResFinder,
    mutations: Sequence[tuple[Identity, Calls]] = (),
) -> list[Row]:
    """One row for each gene that is called and each mutation that is detected."""
    called = [hit for hit in hits if hit.called]
    told: dict[str, list[Evidence]] = {}
    for one in of_genes(called, database):
        if one.hit:
            told.setdefault(one.hit.gene, []).append(one)
    found = [_gene(sample, hit, database, told.get(hit.gene, [])) for hit in called]
    for identity, calls in mutations:
        found += [
            _mutation(sample, call, calls, identity)
            for call in calls.calls
            if call.status == DETECTED
        ]
    return found


def as_tsv(table: Iterable[Row]) -> str:
    """The table as tab-separated text; a field without a value is empty."""
    out = io.StringIO()
    writer = csv.DictWriter(out, FIELDS, delimiter="\t", lineterminator="\n")
    writer.writeheader()
    for row in table:
        writer.writerow({key: "" if row[key] is None else row[key] for key in FIELDS})
    return out.getvalue()


def json_text(table: Iterable[Row]) -> str:
    """The table as a list of objects with all fields; without a value they are null."""
    return as_json(list(table))


def _row(sample: str, identity: Identity, **values: Any) -> Row:
    known = {
        "input_file_name": sample,
        "reference_database_name": identity.name,
        "reference_database_version": identity.version,
        "analysis_software_name": "plumbline",
        "analysis_software_version": __version__,
        **values,
    }
    return {key: known.get(key) for key in FIELDS}


def _joined(words: Iterable[str]) -> str | None:
    return ", ".join(dict.fromkeys(words)) or None


def _gene(sample: str, hit: GeneHit, database: ResFinder, told: list[Evidence]) -> Row:
    sure = any(one.weight == RESISTANT for one in told)
    known = database.phenotypes.get(hit.gene, ())
    lengths = {"reference_gene_length": hit.length}
    if hit.source == "diamond":
        lengths = {"reference_protein_length": hit.length}
    return _row(
        sample,
        database.identity,
        gene_symbol=hit.name,
        gene_name=hit.gene,
        reference_accession=hit.accession or hit.gene,
        genetic_variation_type=_PRESENCE,
        antimicrobial_agent=_joined(drug for one in known for drug in one.drugs),
        drug_class=_joined(hit.classes),
        coverage_percentage=hit.coverage,
        coverage_depth=hit.depth,
        sequence_identity=hit.identity,
        resistance_mechanism=_joined(one.mechanism for one in known if one.mechanism),
        predicted_phenotype=("resistant" if sure else "inconclusive") if told else None,
        predicted_phenotype_confidence_level=_joined(one.why for one in told if one.why),
        **lengths,
    )


def _mutation(sample: str, call: Call, calls: Calls, identity: Identity) -> Row:
    one = call.mutation
    found = effect(call, calls)
    names = "; ".join(hgvs(call))
    level = "amino_acid_mutation" if one.level == PROTEIN else "nucleotide_mutation"
    return _row(
        sample,
        identity,
        gene_symbol=one.gene,
        gene_name=one.gene,
        reference_accession=one.reference,
        genetic_variation_type=_VARIATION[one.level],
        antimicrobial_agent=_joined(one.drugs),
        drug_class=_joined(one.classes),
        coverage_depth=call.depth,
        resistance_mechanism=one.mechanism or None,
        predicted_phenotype="resistant" if found.verdict == RESISTANT else "inconclusive",
        predicted_phenotype_confidence_level=found.why or None,
        **{level: names, f"{level}_interpretation": _support(call)},
    )


def _support(call: Call) -> str:
    return f"allele in {call.resistant} of {call.depth} fragments"


def hgvs(call: Call) -> list[str]:
    """Names of the detected alternatives: ``p.Ser83Leu``, ``n.2058A>G``, ``n.-42C>T``.

    Positions are the database's own; those of insertions are between it and the next letter.
    """
    one = call.mutation
    protein = one.level == PROTEIN
    found = []
    for alt in call.alts:
        new = "".join(THREE.get(c, c) for c in alt) if protein else alt
        old = "".join(THREE.get(c, c) for c in one.ref) if protein else one.ref
        at = one.position
        if one.kind == "substitution":
            found.append(f"p.{old}{at}{new}" if protein else f"n.{at}{old}>{new}")
        elif one.kind == "insertion":
            found.append(f"{'p.' if protein else 'n.'}{at}_{at + 1}ins{new}")
        else:
            found.append(f"{'p.' if protein else 'n.'}{at}del{old}")
    return found
