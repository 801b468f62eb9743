"""The work of ``plumbline calling keep``."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from engines.calling.chunks import read_pieces
from engines.calling.header import header, samples_of, version_in
from engines.calling.keep import CallerStopped, Keeper, blocks_of
from engines.contract.progress import Progress, say, warn
from engines.formats.fasta import Reference


class Named(NamedTuple):
    """Whose calls they are, and who called: the sample, the settings, the program, its version."""

    sample: str
    settings: str
    tool: str
    version: str | None


def run_keep(source: BinaryIO, target: BinaryIO, core: Path, fasta: Path, named: Named) -> None:
    """Copy the calls of a chunk, of which only those that begin in its core stay.

    Raises:
        CallerStopped: what comes is no VCF, or not whole.
        BadData: it is of several samples.
    """
    reference = Reference(fasta)
    pieces = read_pieces(core)
    progress = Progress(
        f"{named.sample}: {named.settings}", sum(piece.bases for piece in pieces), "bases"
    )
    keeper = Keeper(
        pieces, lambda contig, at: reference.fetch(contig, at, at + 1).encode(), progress
    )
    lines, blocks = read_header(blocks_of(source))
    if pieces and not lines:
        raise CallerStopped("the caller wrote nothing")
    theirs = samples_of(lines[-1]) if lines else []
    if len(theirs) == 1 and theirs[0] != named.sample:
        warn(f"the reads are of sample {theirs[0]!r}, the calls are called {named.sample!r}")
    tool = f"{named.tool} {version_in(lines) or named.version or ''}".strip()
    text = header(lines, reference.lengths, named.sample, named.settings, tool)
    target.write(text.encode())
    for block in keeper.lines(blocks):
        target.write(block)
    target.flush()
    progress.finish()  # where the last call was: whether the caller got further only it knows
    if pieces and not keeper.kept:
        say(f"no variant in the {keeper.total:,} bases of this chunk")


def read_header(blocks: Iterator[bytes]) -> tuple[list[str], Iterator[bytes]]:
    """The lines of the header, and blocks of what is behind it."""
    text = b""
    for block in blocks:
        text += block
        at = 0 if text.startswith(b"#CHROM") else text.find(b"\n#CHROM") + 1
        end = text.find(b"\n", at)
        if text.startswith(b"#") and (at or text.startswith(b"#CHROM")) and end >= 0:
            return text[:end].decode().splitlines(), _then(text[end + 1 :], blocks)
    if text:
        raise CallerStopped("what the caller wrote is no VCF")
    return [], iter(())


def _then(first: bytes, blocks: Iterator[bytes]) -> Iterator[bytes]:
    if first:
        yield first
    yield from blocks
