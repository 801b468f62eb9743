"""Rows with reads of a genome: what is aligned, who calls variants, and where all of it lies."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from engines.configuration.problems import Problems
from engines.configuration.settings import builds
from engines.configuration.sheet import LIBRARY, NONE, SIMULATE, Row, lanes
from engines.contract.wording import did_you_mean, either, quoted

ALIGNMENTS = "results/alignments"
CALLS = "results/calls"
SIMULATED = "results/simulated"

# Caller → the kind of variants that it calls.
CALLERS = {
    "bcftools": "small_variants",
    "freebayes": "small_variants",
    "gatk": "small_variants",
    "deepvariant": "small_variants",
    "strelka": "small_variants",
    "parabricks": "small_variants",
    "delly": "structural_variants",
    "sniffles": "structural_variants",
}


@dataclass(frozen=True)
class Lane:
    """Reads that came together: one read group.

    Attributes:
        name: in the names of files, and the ID of its read group: the sheet's, else L1, L2 …
        forward: FASTQ file.
        reverse: that of the mates, None for reads without mates.
    """

    name: str
    forward: str
    reverse: str | None = None


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
        library, platform: LB and PL of the read groups, None for the sample's name and ILLUMINA.
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
    library: str | None = None
    platform: str | None = None

    @property
    def is_aligned_here(self) -> bool:
        """Whether its alignments are made by this run."""
        return bool(self.lanes) or self.realign

    def alignments(self, config: Mapping[str, Any]) -> str:
        """Its alignments: those made here, else the file that was brought."""
        made = f"{ALIGNMENTS}/{self.name}.{config['align']['format']}"
        return made if self.is_aligned_here else str(self.brought)

    def index(self, config: Mapping[str, Any]) -> str:
        """The index of the alignments."""
        file = self.alignments(config)
        return f"{file}{'.crai' if file.endswith('.cram') else '.bai'}"

    def call_set(self, caller: str) -> str:
        """Name of what one caller called: that of its files, and of its comparison."""
        return f"{self.name}.{caller}"

    def calls(self, caller: str) -> str:
        """VCF (or gVCF) file of one caller."""
        return f"{CALLS}/{self.call_set(caller)}.vcf.gz"


def has_library(row: Row) -> bool:
    """Whether a row has reads to be aligned, or alignments to be called."""
    return any(column in row.cells for column in LIBRARY)


def tool_of(caller: str, config: Mapping[str, Any]) -> str:
    """The program behind the name of a caller or of settings for one."""
    return str(settings_of(caller, config)["caller"])


def settings_of(caller: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """How variants are called by this name: as ``call`` says, but for what it has itself."""
    own = config["call"]["settings"].get(caller, {"caller": caller})
    common = {key: config["call"][key] for key in ("filter", "gvcf")}
    return common | {key: value for key, value in own.items() if value is not None}


def callers_of(row: Row, config: Mapping[str, Any], problems: Problems) -> tuple[str, ...]:
    """By whom the variants of a row are called: its own column, else those of the configuration.

    Alignments that were brought are only called where the row says by whom.
    """
    cell = row.get("callers")
    if cell == NONE:
        return ()
    if cell is None:
        return tuple(config["call"]["callers"]) if "fastq_1" in row.cells else ()
    names = lanes(cell)
    known = [*CALLERS, *config["call"]["settings"]]
    for name in names:
        if name not in known:
            near = did_you_mean(name, known) or f"; there is {either(known)}"
            problems.add(row.where("callers"), f"{quoted(name)} is not a caller{near}")
        elif names.count(name) > 1:
            problems.add(row.where("callers"), f"{name} is there twice")
    return tuple(dict.fromkeys(name for name in names if name in known))


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
    forward, reverse = (lanes(row.get(column) or "") for column in ("fastq_1", "fastq_2"))
    simulated = forward == [SIMULATE]
    if simulated:
        forward, reverse = ([f"{SIMULATED}/{row.sample}_{mate}.fastq.gz"] for mate in (1, 2))
        if truth is None:
            what = "reads are simulated from a truth; name one in column truth_small_variants"
            problems.add(row.where("fastq_1"), what)
    names = lanes(row.get("lanes") or "") or [f"L{n}" for n, _ in enumerate(forward, 1)]
    _check_lanes(row, forward, reverse, names, problems)
    mates: Iterable[str | None] = reverse or [None] * len(forward)
    realign = row.get("realign") == "yes"
    return Library(
        name=row.sample,
        build=build,
        lanes=tuple(Lane(*each) for each in zip(names, forward, mates, strict=False)),
        brought=None if forward else row.get("alignments"),
        realign=realign,
        callers=callers_of(row, config, problems),
        truth=truth if simulated else None,
        target=row.get("target"),
        sex=row.get("sex") or "auto",
        library=row.get("library"),
        platform=row.get("platform"),
    )


def _check_lanes(
    row: Row, forward: list[str], reverse: list[str], names: list[str], problems: Problems
) -> None:
    """Do the files of the lanes go together, and with the rest of the row?"""
    alignments = row.cells.get("alignments", NONE) != NONE
    if forward and alignments:
        problems.add(row.where("alignments"), "there is fastq_1 too; reads come from one of them")
    if reverse and not forward:
        problems.add(row.where("fastq_1"), "is missing, and there are mates in fastq_2")
    elif reverse and len(forward) != len(reverse):
        what = f"has {len(reverse)} files, and fastq_1 has {len(forward)}; a lane has one of each"
        problems.add(row.where("fastq_2"), what)
    files = [*forward, *reverse]
    for file in dict.fromkeys(file for file in files if files.count(file) > 1):
        problems.add(row.where("fastq_1"), f"{file} is there twice; each file counts once")
    if forward and len(names) != len(forward):
        what = f"has {len(names)} names, and fastq_1 has {len(forward)} files; a lane has one name"
        problems.add(row.where("lanes"), what)
    for name in dict.fromkeys(name for name in names if names.count(name) > 1):
        problems.add(row.where("lanes"), f"{name} is there twice")
    if not forward and not alignments:
        for column in ("callers", "realign"):
            if row.cells.get(column, NONE) not in (NONE, "no"):
                what = "there is nothing to call from; fill in fastq_1, or alignments"
                problems.add(row.where(column), what)
