"""Rows with reads of a genome: what is aligned, who calls variants, and where all of it lies."""

import os
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from engines.configuration.callers import (
    BY_PLATFORM,
    CALLERS,
    LONG_PRESETS,
    LONGEST_SHORT,
    SMALL,
    callers_of,
    kind_problem,
    tool_of,
)
from engines.configuration.problems import Problems
from engines.configuration.settings import builds
from engines.configuration.sheet import (
    GENOMIC_READS,
    LIBRARY,
    NONE,
    SIMULATE,
    Row,
    check_mates,
    lanes,
)
from engines.configuration.truth import SHEET, sex_of
from engines.contract.wording import either

ALIGNMENTS = "results/alignments"
CALLS = "results/calls"
SIMULATED = "results/simulated"

# Where the index of alignments may lie, by their ending.
INDEXES = {".bam": (".bam.bai", ".bai", ".bam.csi"), ".cram": (".cram.crai", ".crai")}
# What stands in the names of files where a lane does, and is none.
NO_LANES = ("alignments", "realigned")
LONG_PLATFORMS = tuple(dict.fromkeys(LONG_PRESETS.values()))


@dataclass(frozen=True)
class Lane:
    """Reads that came together: one read group.

    Attributes:
        name: in the names of files, and the ID of its read group: the sheet's, else L1, L2 …
        forward: FASTQ file.
        reverse: that of the mates, None for reads without mates.
        library: LB of its read group, None for the sample's name.
    """

    name: str
    forward: str
    reverse: str | None = None
    library: str | None = None


@dataclass(frozen=True)
class Library:
    """Reads of one sample, of which variants are called.

    Attributes:
        name: of the sample.
        lanes: FASTQ files; none where alignments were brought.
        brought: BAM or CRAM file that was brought, None for none.
        realign: whether the reads of it are aligned anew.
        callers: settings by which variants are called, a caller's name or a key of
            ``call.settings``; none to align only.
        truth: VCF that the reads are simulated from, None for reads of a machine.
        target: BED file to which calling is restricted, None for the whole genome.
        sex: male, female, or auto.
        sex_by: who says so, or would have to.
        platform: PL of the read groups, None to leave it as it is in alignments that were brought.
        is_long: whether the reads are long ones, None where nobody says.
        brought_index: index of the alignments that were brought, None where it is not needed.
    """

    name: str
    build: str
    lanes: tuple[Lane, ...]
    brought: str | None
    realign: bool
    callers: tuple[str, ...]
    truth: str | None = None
    target: str | None = None
    sex: str = "auto"
    sex_by: str = SHEET
    platform: str | None = None
    is_long: bool | None = None
    brought_index: str | None = None

    @property
    def is_aligned_here(self) -> bool:
        """Whether its alignments are made by this run."""
        return bool(self.lanes) or self.realign

    def alignments(self, config: Mapping[str, Any]) -> str:
        """Its alignments: those made here, else the file that was brought."""
        made = f"{ALIGNMENTS}/{self.name}.{config['align']['format']}"
        return made if self.is_aligned_here else str(self.brought)

    def index(self, config: Mapping[str, Any]) -> str:
        """The index of the alignments: the one that lies beside those that were brought."""
        if self.brought_index:
            return self.brought_index
        file = self.alignments(config)
        return f"{file}{'.crai' if file.endswith('.cram') else '.bai'}"

    def call_set(self, caller: str) -> str:
        """Name of what one caller called: that of its files, and of its comparison."""
        return f"{self.name}.{caller}"

    def calls(self, caller: str) -> str:
        """VCF (or gVCF) file of one caller."""
        return f"{CALLS}/{self.call_set(caller)}.vcf.gz"

    def small_variants(self, config: Mapping[str, Any]) -> str | None:
        """Calls of its first caller of small variants; None where it has none."""
        kinds = {caller: CALLERS[tool_of(caller, config)] for caller in self.callers}
        first = next((name for name, kind in kinds.items() if kind == SMALL), None)
        return self.calls(first) if first else None


def has_library(row: Row) -> bool:
    """Whether a row has reads to be aligned, or alignments to be called."""
    return any(column in row.cells for column in LIBRARY)


def find_library(
    row: Row, truth: str | None, config: Mapping[str, Any], problems: Problems
) -> Library | None:
    """The reads of a row; what is wrong goes to ``problems``.

    Args:
        truth: the VCF with the truth of its small variants, None where there is none.
    """
    build = row.get("build") or config["build"]
    if build not in builds(config):
        return None  # told by whoever looks at the calls of the row
    simulated = row.get("fastq_1") == SIMULATE
    if simulated and truth is None:
        what = "reads are simulated from a truth; name one in column truth_small_variants"
        problems.add(row.where("fastq_1"), what)
    forward, reverse = _reads(row, config, problems)
    names = lanes(row.get("lanes") or "") or [f"L{n}" for n, _ in enumerate(forward, 1)]
    _check_lanes(row, forward, reverse, names, problems)
    mates: Iterable[str | None] = reverse or [None] * len(forward)
    made_of = _libraries(row, len(forward), problems)
    brought = None if forward or row.get("alignments") == NONE else row.get("alignments")
    realign = row.get("realign") == "yes" and brought is not None
    is_aligned = bool(forward) or realign
    if not forward and not brought:
        return None
    callers = callers_of(row, config, problems)
    sex, sex_by = sex_of(row)
    is_long = _is_long(row, is_aligned, config, problems)
    platform = row.get("platform") or (_platform(config) if forward else None)
    _check_kind(row, [tool_of(caller, config) for caller in callers], platform, is_long, problems)
    needs_index = brought and not realign and (callers or config["qc"]["coverage"])
    return Library(
        name=row.sample,
        build=build,
        lanes=tuple(Lane(*each) for each in zip(names, forward, mates, made_of, strict=False)),
        brought=brought,
        realign=realign,
        callers=callers,
        truth=truth if simulated else None,
        target=row.get("target"),
        sex=sex,
        sex_by=sex_by,
        platform=platform,
        is_long=is_long,
        brought_index=_index_beside(row, problems) if needs_index else None,
    )


def _reads(row: Row, config: Mapping[str, Any], problems: Problems) -> tuple[list[str], list[str]]:
    """FASTQ files of the lanes, and those of the mates."""
    forward, reverse = (lanes(row.get(column) or "") for column in ("fastq_1", "fastq_2"))
    if forward != [SIMULATE]:
        return forward, reverse
    if reverse:
        problems.add(row.where("fastq_2"), "mates are simulated too; leave it empty")
    files = [f"{SIMULATED}/{row.sample}_{mate}.fastq.gz" for mate in (1, 2)]
    return files[:1], [] if _simulates_long(config) else files[1:]


def _libraries(row: Row, count: int, problems: Problems) -> list[str | None]:
    """Library of each lane: one of the column is that of all."""
    named: list[str | None] = [*lanes(row.get("library") or "")]
    if count and len(named) not in (0, 1, count):
        what = (
            f"has {len(named)} names, and fastq_1 has {count} files; write one for all, or one each"
        )
        problems.add(row.where("library"), what)
    return named if len(named) == count else (named or [None])[:1] * count


def _simulates_long(config: Mapping[str, Any]) -> bool:
    return bool(config["simulate"]["read_length"] > LONGEST_SHORT)


def _platform(config: Mapping[str, Any]) -> str:
    """What reads were sequenced with of which the sheet does not tell it."""
    return LONG_PRESETS.get(config["align"]["preset"], "ILLUMINA")


def _is_long(
    row: Row, is_aligned: bool, config: Mapping[str, Any], problems: Problems
) -> bool | None:
    """Whether the reads of a row are long, None where nobody says; and do they fit the aligner?"""
    platform, simulated = row.get("platform"), row.get("fastq_1") == SIMULATE
    told = platform in LONG_PLATFORMS if platform else None
    if simulated and told is None:
        told = _simulates_long(config)
    if not is_aligned:
        return told
    preset = config["align"]["preset"]
    is_for_long = preset in LONG_PRESETS
    what = f"simulate.read_length {config['simulate']['read_length']}" if simulated else platform
    where = row.where("fastq_1" if simulated else "platform")
    if told and not is_for_long:
        presets = either(LONG_PRESETS)
        hint = f"write align.aligner: minimap2, and align.preset: {presets}"
        problems.add(where, f"{what}: reads are long, and the aligner is for short ones; {hint}")
    elif told is False and is_for_long:
        hint = "write align.preset: sr, or another aligner"
        problems.add(
            where, f"{what}: reads are short, and preset {preset} is for long ones; {hint}"
        )
    elif is_for_long and row.get("fastq_2"):
        what = f"reads with mates are short, and align.preset {preset} is for long ones"
        problems.add(row.where("fastq_2"), what)
    return is_for_long


def _check_kind(
    row: Row, tools: Iterable[str], platform: str | None, is_long: bool | None, problems: Problems
) -> None:
    """Can all programs call from reads of this kind, and do they know of which kind they are?"""
    by_row = "callers" in row.cells
    for tool in tools:
        if trouble := kind_problem(tool, is_long):
            hint = "" if by_row else "; name others in call.callers, or in column callers"
            problems.add(row.where("callers" if by_row else ""), trouble + hint)
        if tool in BY_PLATFORM and platform is None:
            problems.add(row.where("platform"), f"is missing, and {tool} chooses its model by it")


def _index_beside(row: Row, problems: Problems) -> str | None:
    """The index of the alignments of a row: to call from them, and to count their depth."""
    file = row.cells["alignments"]
    stem, ending = os.path.splitext(file)
    for each in INDEXES[ending]:
        if os.path.exists(stem + each):
            return stem + each
    what = f"has no index beside it; make it with samtools index {shlex.quote(file)}"
    problems.add(row.where("alignments"), what)
    return None


def _check_lanes(
    row: Row, forward: list[str], reverse: list[str], names: list[str], problems: Problems
) -> None:
    """Do the files of the lanes go together, and with the rest of the row?"""
    alignments = row.cells.get("alignments", NONE) != NONE
    if forward and alignments:
        problems.add(row.where("alignments"), "there is fastq_1 too; reads come from one of them")
    check_mates(row, GENOMIC_READS, forward, reverse, problems)
    if len(names) != len(forward):
        what = f"has {len(names)} names, and fastq_1 has {len(forward)} files; a lane has one name"
        problems.add(row.where("lanes"), what)
    for name in dict.fromkeys(name for name in names if names.count(name) > 1):
        problems.add(row.where("lanes"), f"{name} is there twice")
    for name in (name for name in names if name in NO_LANES):
        what = f"{name} stands for something else in names of files; name the lane differently"
        problems.add(row.where("lanes"), what)
    if not forward and not alignments:
        _nothing_to_call(row, problems)
    elif forward and row.get("realign") == "yes":
        problems.add(row.where("realign"), "is for alignments, and these are reads; leave it empty")


def _nothing_to_call(row: Row, problems: Problems) -> None:
    """A row that says how to call, and not from what."""
    at_source = row.get("source") and row.get("alignments") != NONE
    what = "there is nothing to call from; fill in fastq_1, or alignments"
    if at_source:
        what = "alignments of a source are not called yet; fetch them first, and name the file"
    for column in ("callers", "realign"):
        if row.cells.get(column, NONE) not in (NONE, "no"):
            problems.add(row.where(column), what)


def check_shared(libraries: Iterable[Library], rows: Mapping[str, Row], problems: Problems) -> None:
    """The same reads in two rows are a line that was copied, unless the genome is another.

    Args:
        rows: sample → its row.
    """
    first: dict[tuple[str, str], str] = {}
    for library in libraries:
        for lane in library.lanes:
            for column, file in (("fastq_1", lane.forward), ("fastq_2", lane.reverse)):
                owner = first.setdefault((file or "", library.build), library.name)
                if file and owner != library.name:
                    what = f"{file} is of sample {owner} too; reads are of one sample"
                    problems.add(rows[library.name].where(column), what)
