"""``plumbline reads``: check, check-alignments, stream, grouped."""

import sys
from pathlib import Path
from typing import Any

import click

from engines.contract.errors import EngineCommand
from engines.contract.output import staging
from engines.contract.pipes import handed_on
from engines.contract.progress import Progress, say, warn
from engines.contract.provenance import as_json
from engines.reads.group import ReadGroup

FILE = click.Path(path_type=Path, dir_okay=False)


class ReadsGroup(click.Group):
    """Its commands follow the contract of the engines."""

    command_class = EngineCommand


@click.group("reads", cls=ReadsGroup)
def reads() -> None:
    """Reads and alignments before anything long is done with them: checked, and handed on."""


def _word(_: click.Context, __: click.Parameter, given: str | None) -> str | None:
    """What can stand in a line of a header."""
    if given is not None and (not given.strip() or not given.isprintable() or "\\" in given):
        raise click.BadParameter(f"{given!r} cannot stand in a read group")
    return given


@reads.command("check")
@click.argument("files", nargs=-1, required=True, metavar="R1 [R2]")
@click.option("--sample", required=True, callback=_word, help="Name of the sample (SM).")
@click.option("--lane", required=True, callback=_word, help="Name of the lane (ID).")
@click.option("--library", callback=_word, help="Library (LB). [default: the sample]")
@click.option("--platform", default="ILLUMINA", show_default=True, callback=_word, help="PL.")
@click.option(
    "--out", required=True, type=FILE, help="Receipt (JSON); the read group lies beside it, .rg."
)
def check_command(
    files: tuple[str, ...],
    sample: str,
    lane: str,
    library: str | None,
    platform: str,
    out: Path,
) -> None:
    """Look at the first reads of a lane, before hours are spent on them.

    Refused are: what is no FASTQ, truncated or empty; mates that are none; qualities of Phred+64 or
    of two encodings. Written are what was seen, and the read group for the aligner.
    """
    from engines.reads.fastq import check

    if len(files) > 2:
        raise click.UsageError("a lane has one file, or two of mates")
    group = ReadGroup(lane, sample, library or sample, platform)
    receipt, found = check(files, group)
    _write(out, {".json": as_json(receipt), ".rg": f"{found.escaped()}\n"})
    _tell(receipt)


@reads.command("check-alignments")
@click.argument("file", type=FILE)
@click.option("--sample", required=True, help="Name of the sample in the sheet.")
@click.option(
    "--reference",
    required=True,
    type=FILE,
    help="The run's genome, with genome.dict beside it (plumbline references index).",
)
@click.option(
    "--realign", is_flag=True, help="Its reads are aligned anew: it need not be sorted or indexed."
)
@click.option(
    "--out", required=True, type=FILE, help="Receipt (JSON); the read groups lie beside it, .rg."
)
def check_alignments_command(
    file: Path, sample: str, reference: Path, realign: bool, out: Path
) -> None:
    """Look at the header and the first reads of a BAM or CRAM file.

    Refused are: truncated, unsorted or without index; of another genome; without read groups, or
    of several samples; qualities that were read as Phred+33 and are Phred+64.
    """
    from engines.reads.alignments import check

    receipt, groups = check(file, sample, reference, realign)
    _write(out, {".json": as_json(receipt), ".rg": groups})
    _tell(receipt)


@reads.command("check-header")
@click.argument("file", type=FILE)
@click.option("--reference", type=FILE, help="The genome, which CRAM needs.")
def check_header_command(file: Path, reference: Path | None) -> None:
    """See that a BAM or CRAM file needs no other genome than the one at hand.

    The header of a CRAM file may name a server, or a file of somebody else, for contigs that
    the genome lacks; programs would go there. Nothing but the header is read.
    """
    from engines.reads.alignments import check_header

    check_header(file, reference)


@reads.command("stream")
@click.argument("files", nargs=-1, required=True, metavar="R1 [R2]")
@click.option("--title", default="reading", show_default=True, help="What progress says it is.")
def stream_command(files: tuple[str, ...], title: str) -> None:
    """Print all reads as plain FASTQ, each followed by its mate, for a program behind a pipe.

    Every record is looked at: it ends with an error where a file is truncated, or mates are none.
    """
    from engines.reads.stream import stream
    from engines.screen.reads import open_reads

    if len(files) > 2:
        raise click.UsageError("a lane has one file, or two of mates")
    with handed_on() as out:
        count = stream(open_reads(files[:1], files[1:]), out, title)
    say(f"{count:,} reads")


@reads.command("grouped")
@click.argument("groups", type=FILE)
@click.option("--count", type=click.IntRange(0), default=0, help="Reads that there are, if known.")
@click.option("--title", default="reading", show_default=True, help="What progress says it is.")
def grouped_command(groups: Path, count: int, title: str) -> None:
    """Hand on reads of `samtools fastq -T RG,…`, each of which has to have a read group.

    GROUPS are the lines of the header that name them. It ends with an error at a read of another
    group, or of none: no caller would take it for one of the sample.
    """
    from engines.reads.grouped import hand_on

    with handed_on() as out:
        done = hand_on(sys.stdin.buffer, out, groups, Progress(title, count, "reads"))
    say(f"{done:,} reads")


def _write(out: Path, texts: dict[str, str]) -> None:
    """All files or none: ``out`` without its ending, with each of these."""
    with staging(out.with_name(out.name.removesuffix(".json"))) as staged:
        for end, text in texts.items():
            staged.with_name(staged.name + end).write_text(text, encoding="utf-8")


def _tell(receipt: dict[str, Any]) -> None:
    for warning in receipt["warnings"]:
        warn(warning)
