"""The inputs opened and checked, contig names mapped to the reference's."""

from collections.abc import Callable
from pathlib import Path

from engines.compare import guards
from engines.compare.bed import read_regions
from engines.compare.case import Inputs, Request
from engines.compare.stratification import Strata, read_stratification
from engines.contract.progress import say
from engines.formats.bed import Regions
from engines.formats.contigs import ContigMap, map_contigs
from engines.formats.fasta import Reference, open_reference
from engines.formats.vcf import Vcf, open_vcf

SITES_ONLY = (
    "--squash-ploidy compares the alleles of such a file; else give one that has FORMAT and GT"
)


def open_inputs(
    request: Request, scratch: Path, strata_of: Callable[[str], bool] | None = None
) -> Inputs:
    """Open and check every input.

    Args:
        strata_of: read only the stratifications with such names; all where it is None.

    Raises:
        EngineError: one is missing, damaged, or of another build.
    """
    reference = open_reference(request.reference, scratch)
    guards.check_contigs(request.contigs, reference.lengths)
    truth, query = (
        open_vcf(path, role, scratch, request.squash, SITES_ONLY)
        for role, path in (("truth", request.truth), ("query", request.query))
    )
    for note in truth.notes + query.notes:
        say(note)
    warnings: list[str] = []
    maps = [_map(vcf, reference, warnings) for vcf in (truth, query)]
    strata = Strata()
    if request.stratification or request.stratification_regions:
        strata = read_stratification(
            request.stratification,
            request.stratification_regions,
            reference.lengths,
            request.threads,
            strata_of,
        )
    inputs = Inputs(
        reference,
        truth,
        query,
        maps[0],
        maps[1],
        _regions(request.confident, "confident", reference),
        _regions(request.target, "target", reference),
        _regions(request.regions, "regions", reference),
        strata.regions,
        warnings + strata.warnings,
    )
    guards.check_regions(inputs)
    return inputs


def _map(vcf: Vcf, reference: Reference, warnings: list[str]) -> ContigMap:
    guards.check_has_records(vcf)
    occupied = {name: vcf.contigs[name] for name in vcf.occupied()}
    mapped = map_contigs(vcf.what, occupied, reference.lengths)
    if mapped.renamed:
        warnings.append(
            f"{vcf.what}: names of {mapped.renamed} contigs were mapped to the reference's "
            "(20 is chr20)"
        )
    return mapped


def _regions(path: Path | None, role: str, reference: Reference) -> Regions | None:
    return read_regions(path, role, reference.lengths)[0] if path else None
