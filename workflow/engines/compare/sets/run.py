"""``plumbline compare sets``: inputs opened, contigs compared side by side, tables published."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from engines import __version__
from engines.compare.bed import read_regions
from engines.compare.contig import Side, records_of
from engines.compare.guards import WRONG_REFERENCE, check_has_records
from engines.compare.intake import Intake
from engines.compare.limits import Limits
from engines.compare.running import in_threads
from engines.compare.sets import tables
from engines.compare.sets.cautions import warnings_of
from engines.compare.sets.pairs import MOST_SETS, CallSet, OnContig, compare_contig
from engines.contract.as_done import as_done
from engines.contract.errors import BadData, BadUsage
from engines.contract.output import refuse_overwriting, staging
from engines.contract.progress import Progress, say, warn
from engines.contract.provenance import as_json, provenance
from engines.formats.bed import Regions
from engines.formats.contigs import build_of, map_contigs
from engines.formats.fasta import Reference, open_reference
from engines.formats.vcf import open_vcf, sample_column

SCHEMA = "plumbline/small_variants.sets/1"
OUTPUTS = (".sets.json", ".pairs.csv", ".combinations.csv", ".provenance.json")


@dataclass(frozen=True)
class Asked:
    """What is to be compared; the names are those of the command's options."""

    sets: tuple[Path, ...]
    reference: Path
    out: Path
    regions: Path | None = None
    samples: tuple[str, ...] = ()
    pass_only: bool = False
    limits: Limits = field(default_factory=Limits)
    threads: int = 1

    @property
    def files(self) -> dict[str, Path | None]:
        """Every input by its role."""
        numbered = {f"set {n}": path for n, path in enumerate(self.sets, 1)}
        return {**numbered, "reference": self.reference, "regions": self.regions}


def compare_sets(asked: Asked) -> dict[str, Any]:
    """Compare every pair and write ``OUT.sets.json``, ``.pairs.csv``, ``.combinations.csv``.

    Returns:
        What ``OUT.sets.json`` holds.

    Raises:
        EngineError: an input that is missing, damaged or of another build, or a number of sets
            that makes no sense.
    """
    started = datetime.now(UTC)
    if not 2 <= len(asked.sets) <= MOST_SETS:
        raise BadUsage(f"{len(asked.sets)} call sets; 2 to {MOST_SETS} can be compared")
    refuse_overwriting(asked.out, OUTPUTS, asked.files.values())
    with staging(asked.out) as staged, tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        reference = open_reference(asked.reference, scratch)
        sets = _open(asked, reference, scratch)
        regions = (
            read_regions(asked.regions, "regions", reference.lengths)[0] if asked.regions else None
        )
        if regions is not None and not regions.by_contig:
            raise BadData(f"regions {regions.path}: no regions in the file")
        found = _compare(asked, sets, reference, regions)
        report = _report(asked, sets, reference, regions, found)
        for text in report["warnings"]:
            warn(text)
        for ending, text in (
            (".sets.json", as_json(report)),
            (".pairs.csv", tables.as_csv(tables.PAIR, report["pairs"])),
            (".combinations.csv", tables.as_csv(tables.COMBINATION, report["combinations"])),
            (".provenance.json", as_json(provenance(asked.files, started, asked.threads))),
        ):
            staged.with_name(staged.name + ending).write_text(text, encoding="utf-8")
    return report


def _open(asked: Asked, reference: Reference, scratch: Path) -> list[CallSet]:
    if asked.samples and len(asked.samples) != len(asked.sets):
        raise BadUsage(
            f"{len(asked.samples)} samples were named for {len(asked.sets)} call sets",
            hint="give --sample once for each, in their order",
        )
    samples = asked.samples or (None,) * len(asked.sets)
    sets: list[CallSet] = []
    for number, (path, sample) in enumerate(zip(asked.sets, samples, strict=True), 1):
        vcf = open_vcf(path, f"set{number}", scratch)
        for note in vcf.notes:
            say(note)
        check_has_records(vcf)
        occupied = {name: vcf.contigs[name] for name in vcf.occupied()}
        contigs = map_contigs(vcf.what, occupied, reference.lengths)
        column = sample_column(vcf, sample, "--sample, once for each set")
        sets.append(CallSet(_name(path, [s.name for s in sets]), vcf, contigs, column))
    return sets


def _name(path: Path, taken: Sequence[str]) -> str:
    """The file's name without its endings, numbered where two are alike."""
    name = path.name.removesuffix(".gz").removesuffix(".vcf").removesuffix(".bcf") or path.name
    number, wanted = 2, name
    while name in taken:
        name, number = f"{wanted}#{number}", number + 1
    return name


def _compare(
    asked: Asked, sets: list[CallSet], reference: Reference, regions: Regions | None
) -> OnContig:
    """All contigs, the longest first; put together in the order of the reference."""
    records = {contig: 0 for contig in reference.lengths}
    for one_set in sets:
        for name, contig in one_set.contigs.names.items():
            records[contig] += records_of(Side(one_set.vcf, name))
    contigs = [c for c in records if any(c in s.contigs.names.values() for s in sets)]
    progress = Progress("comparing", sum(records.values()), "records")
    total = OnContig([Intake() for _ in sets])
    with in_threads(asked.threads) as (pool, stop):

        def one(contig: str) -> OnContig:
            inside = regions.on(contig) if regions is not None else None
            return compare_contig(
                contig, sets, reference, inside, asked.limits, asked.pass_only, stop
            )

        jobs = {c: pool.submit(one, c) for c in sorted(contigs, key=lambda c: -records[c])}
        for done in as_done(jobs.values()):
            progress.advance(sum(intake.records for intake in done.result().intakes))
        for contig in contigs:
            total.add(jobs[contig].result())
    progress.finish()
    for one_set, intake in zip(sets, total.intakes, strict=True):
        _count_left_out(one_set, intake)
        if intake.checked and intake.mismatched / intake.checked > WRONG_REFERENCE:
            raise BadData(
                f"{one_set.vcf.what}: REF differs from the reference at {intake.mismatched:,} of "
                f"{intake.checked:,} records, first {intake.first_mismatch}",
                hint="give the reference that the calls were made with",
            )
    return total


def _count_left_out(one: CallSet, intake: Intake) -> None:
    """Name the records on contigs that the reference lacks."""
    for name in one.vcf.occupied():
        if name not in one.contigs.names:
            for line in one.vcf.lines(name):
                intake.records += 1
                where = f"{name}:{line.split(chr(9), 2)[1]}"
                intake.leave_out("contig not in the reference", where)


def _report(
    asked: Asked,
    sets: list[CallSet],
    reference: Reference,
    regions: Regions | None,
    found: OnContig,
) -> dict[str, Any]:
    names = [s.name for s in sets]
    pairs = tables.pair_rows(names, found.combinations)
    return {
        "schema": SCHEMA,
        "version": __version__,
        "reference": {
            "name": asked.reference.resolve().name,
            "build": build_of(reference.lengths),
        },
        "regions": (
            {"name": regions.path.resolve().name, "bases": regions.bases} if regions else None
        ),
        "options": {
            "pass_only": asked.pass_only,
            "cluster_gap": asked.limits.gap,
            "max_states": asked.limits.states,
        },
        "sets": [
            _set(one, path, intake)
            for one, path, intake in zip(sets, asked.sets, found.intakes, strict=True)
        ],
        "pairs": pairs,
        "combinations": tables.combination_rows(names, found.combinations),
        "capped_clusters": found.capped,
        "warnings": warnings_of(sets, regions, found, pairs),
    }


def _set(one: CallSet, path: Path, intake: Intake) -> dict[str, Any]:
    return {
        "name": one.name,
        "file": path.resolve().name,
        "sample": one.vcf.samples[one.column - 9],
        "records": intake.records,
        "set_aside": [
            {"reason": reason, "records": count, "first": first}
            for reason, (count, first) in sorted(intake.set_aside.items())
        ],
    }
