"""``plumbline qc genotypes``: read the calls once, write ``OUT.genotypes.json``."""

import re
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pysam

from engines import __version__
from engines.compare.diploid import PAR, diploid_regions
from engines.contract.errors import BadData, InputMissing
from engines.contract.output import refuse_overwriting, staging
from engines.contract.progress import Progress, say, tell_result
from engines.contract.provenance import as_json, provenance
from engines.formats.bed import EMPTY, Intervals, read_bed
from engines.formats.contigs import build_of, other_spelling
from engines.formats.htslib_log import silent_htslib
from engines.qc import mosdepth
from engines.qc.genotypes.calls import Calls, Snv, info_frequency, open_calls
from engines.qc.genotypes.contamination import Sites, contamination
from engines.qc.genotypes.sex import Told, by_depth, by_heterozygosity, together
from engines.qc.metric import Unusable
from engines.qc.table import read_text

SCHEMA = "plumbline/qc.genotypes/1"
FILES = (".genotypes.json", ".genotypes.provenance.json")
_AUTOSOME = re.compile(r"(?:chr)?(?:[1-9]|1[0-9]|2[0-2])")
_SEX = re.compile(r"(?:chr)?[XYZW]|(?:chr)?MT?")


@dataclass(frozen=True)
class Request:
    """What is asked.

    Attributes:
        coverage: mosdepth's summary, None for none.
        said: male, female, or auto where the sheet does not say.
        haploid: BED file of what a male has one copy of, None for that of known human genomes.
        population: VCF file with frequencies, None for those of the calls' INFO tag, if any.
        tag: INFO tag with the frequency of ALT.
    """

    calls: Path
    sample: str | None
    coverage: Path | None
    said: str
    haploid: Path | None
    population: Path | None
    tag: str | None


def run(request: Request, out: Path, started: datetime) -> None:
    """Write ``OUT.genotypes.json`` and its provenance.

    Raises:
        InputMissing, BadData, BadUsage: a file that is not there or cannot be used.
        CannotWrite: the folder cannot be written.
    """
    inputs = {
        "calls": request.calls,
        "coverage": request.coverage,
        "haploid": request.haploid,
        "population": request.population,
    }
    refuse_overwriting(out, FILES, inputs.values())
    with tempfile.TemporaryDirectory(prefix="plumbline-genotypes-") as scratch:
        own_tag = None if request.population else request.tag
        calls = open_calls(request.calls, request.sample, own_tag, Path(scratch))
        data = assess(calls, request)
    with staging(out) as staged:
        for ending, text in zip(FILES, (data, provenance(inputs, started, 1)), strict=True):
            staged.with_name(staged.name + ending).write_text(as_json(text), encoding="utf-8")
    _tell(data, out)


def assess(calls: Calls, request: Request) -> dict[str, Any]:
    """The whole as data: sex, contamination, and how much was looked at."""
    autosomal, x = _read(calls, request.haploid)
    told = by_heterozygosity(x, autosomal.heterozygous_share) if x is not None else _UNKNOWN_X
    found = _depths(request.coverage)
    sex = together(told, by_depth(*found), request.said)
    frequency = _frequencies(request, calls)
    return {
        "schema": SCHEMA,
        "version": __version__,
        "snvs": {"autosomes": autosomal.seen, "x": len(x or [])},
        "sex": sex | {"depth_of_x": _rounded(found[0]), "depth_of_y": _rounded(found[1])},
        "contamination": contamination(autosomal, calls.tells_reads, frequency),
    }


_UNKNOWN_X = Told(None, "which part of X a male has once is not known of this genome (--haploid)")


def _read(calls: Calls, haploid: Path | None) -> tuple[Sites, list[Snv] | None]:
    """SNVs of autosomes, and of X outside of what it shares with Y; None: not known where."""
    contigs = calls.vcf.occupied()
    lengths = {name: length for name, length in calls.vcf.contigs.items() if length}
    bed = read_bed(haploid, "haploid", lengths).by_contig if haploid else None
    human = build_of(lengths) in PAR
    autosomal, x = Sites(), []
    progress = Progress("Reading genotypes", len(contigs), "contigs")
    for contig in contigs:
        name = contig.removeprefix("chr")
        if bed is not None and contig in bed:
            if name != "Y":
                x += _placed(calls.snvs(contig), bed[contig], True)
        elif human and name == "X":
            x += _placed(calls.snvs(contig), diploid_regions(contig, lengths) or EMPTY, False)
        elif _AUTOSOME.fullmatch(contig) if human else not _SEX.fullmatch(contig):
            for snv in calls.snvs(contig):
                autosomal.add(snv)
        progress.advance(1)
    progress.finish()
    return autosomal, x if bed is not None or human else None


def _placed(snvs: Iterable[Snv], regions: Intervals, inside: bool) -> list[Snv]:
    """Those inside of regions, or those outside."""
    found = list(snvs)
    at = np.array([snv.position for snv in found], dtype=np.int64)
    there = regions.overlap(at - 1, at)
    return [snv for snv, covered in zip(found, there, strict=True) if covered == inside]


def _depths(summary: Path | None) -> tuple[float | None, float | None]:
    """Of X and Y, as multiples of the autosomes'.

    Raises:
        BadData: it is no summary of mosdepth.
    """
    if summary is None:
        return None, None
    if not summary.is_file():
        raise InputMissing(f"coverage {summary}: no such file", hint="check --coverage")
    try:
        text = read_text(summary)
        if mosdepth.recognise(summary.name, text) != mosdepth.SUMMARY:
            raise Unusable("is no summary of mosdepth")
        found = mosdepth.within(mosdepth.depths(text.splitlines()))
    except Unusable as error:
        hint = "give PREFIX.mosdepth.summary.txt"
        raise BadData(f"coverage {summary}: {error}", hint=hint) from None
    return mosdepth.relative_depth(found, "X"), mosdepth.relative_depth(found, "Y")


def _frequencies(request: Request, calls: Calls) -> Callable[[Snv], float | None] | None:
    """How the frequency of a SNV in the population is found; None where it cannot be."""
    if request.population is not None:
        return _lookup(request.population, request.tag or "AF")
    if request.tag is None:
        return None
    if not calls.tells_frequency:
        raise BadData(
            f"{calls.vcf.what}: no INFO tag {request.tag} in its header",
            hint="annotate the calls with it, or give --population FILE",
        )
    return lambda snv: snv.frequency


def _lookup(path: Path, tag: str) -> Callable[[Snv], float | None]:
    """In a bgzipped, indexed VCF file.

    Raises:
        InputMissing: it is not there.
        BadData: it has no index, or no such tag.
    """
    if not path.is_file():
        raise InputMissing(f"population {path}: no such file", hint="check --population")
    try:
        with silent_htslib():
            table = pysam.TabixFile(str(path))
    except (OSError, ValueError):
        hint = f"bgzip it, then tabix -p vcf {path.name}"
        raise BadData(f"population {path}: not bgzipped, or without index", hint=hint) from None
    if not any(line.startswith(f"##INFO=<ID={tag},") for line in table.header):
        hint = "name the tag with the frequency (--tag)"
        raise BadData(f"population {path}: no INFO tag {tag} in its header", hint=hint)
    there = set(table.contigs)

    def find(snv: Snv) -> float | None:
        contig = next((c for c in (snv.contig, other_spelling(snv.contig)) if c in there), None)
        if contig is None:
            return None
        for line in table.fetch(contig, snv.position - 1, snv.position):
            cells = line.split("\t", 8)
            if cells[1] == str(snv.position) and (cells[3], cells[4]) == (snv.ref, snv.alt):
                return info_frequency(cells[7], tag)
        return None

    return find


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _tell(data: dict[str, Any], out: Path) -> None:
    sex, foreign = data["sex"], data["contamination"]
    say(f"sex: {sex['sex'] or 'not assessed'}" + (f", said {sex['said']}" if sex["said"] else ""))
    for which in ("by_heterozygosity", "by_depth"):
        found = sex[which]["sex"] or "not assessed"
        say(f"  {which.replace('_', ' ')}: {found}: {sex[which]['reason']}")
    for which, name in (("charr", "contamination"), ("lower_bound", "contamination, lower bound")):
        if foreign[which]:
            low, high = foreign[which]["interval"]
            sites = f"{foreign[which]['sites']:,} sites"
            say(f"{name}: {foreign[which]['percent']:.2f} % ({low:.2f} to {high:.2f} %, {sites})")
        else:
            say(f"{name}: not assessed: {foreign['not_assessed'][which]}")
    tell_result({"path": f"{out}.genotypes.json", "sex": sex["sex"], "agrees": sex["agrees"]})
