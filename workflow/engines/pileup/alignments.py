"""Alignments of one site: opened with the reference at hand, never with one from the network."""

import hashlib
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pysam

from engines.contract.errors import BadData, EngineError, InputMissing
from engines.contract.wording import printable
from engines.formats.contigs import other_spelling
from engines.formats.cram import refuse_foreign
from engines.formats.dictionary import contigs_of
from engines.formats.fasta import Reference
from engines.formats.htslib_log import silent_htslib
from engines.pileup.reads import why_left_out

INDEXES = (".crai", ".bai", ".csi")
LARGEST_SUMMED = 20_000_000  # bases of a contig whose MD5 is worked out where no .dict tells it
_NO_PLACE = "/dev/null"  # of references: where REF_PATH says nothing htslib asks a server


@dataclass(frozen=True)
class Alignments:
    """An open BAM or CRAM file.

    Attributes:
        contig: the site's, as this file calls it.
        samples: of its read groups.
    """

    file: pysam.AlignmentFile
    path: Path
    contig: str
    samples: tuple[str, ...]

    def reads(self, low: int, high: int, left_out: Counter[str]) -> Iterator[pysam.AlignedSegment]:
        """The reads that touch a stretch; others are counted by the reason.

        Raises:
            BadData: the file is truncated or damaged, or of another reference.
        """
        try:
            for read in self.file.fetch(self.contig, low, high):
                if why := why_left_out(read):
                    left_out[why] += 1
                else:
                    yield read
        except (OSError, ValueError) as error:
            raise BadData(
                f"{self.path}: its reads cannot be read: truncated, damaged, of another "
                "reference, or its index is of another file",
                hint="samtools quickcheck and samtools index tell more",
            ) from error


@contextmanager
def open_alignments(path: Path, reference: Reference, contig: str) -> Iterator[Alignments]:
    """Open the alignments of one contig.

    Args:
        contig: its name in the reference.

    Raises:
        InputMissing: no such file, or no index.
        BadData: not BAM or CRAM, without that contig, or of another reference.
    """
    _find(path)
    with _no_server(), silent_htslib():
        try:
            file = pysam.AlignmentFile(
                str(path),
                reference_filename=str(reference.path),
            )
        except (OSError, ValueError) as error:
            raise BadData(
                f"{path}: not a BAM or CRAM file, truncated, or its index is damaged",
                hint="samtools quickcheck tells more",
            ) from error
        with file:
            header = file.header.to_dict()
            if file.is_cram:
                refuse_foreign(path, file.references, reference.lengths)
            named = _contig(path, file, reference, contig)
            _same_sequence(path, header, reference, contig, named)
            groups = [str(group.get("SM", "")) for group in header.get("RG", [])]
            samples = tuple(dict.fromkeys(printable(name) for name in groups if name))
            yield Alignments(file, path, named, samples)


def _find(path: Path) -> None:
    if not path.exists():
        raise InputMissing(f"alignments {path}: no such file")
    beside = [Path(f"{path}{end}") for end in INDEXES]
    beside += [path.with_suffix(end) for end in INDEXES]
    if not any(each.exists() for each in beside):
        raise InputMissing(
            f"alignments {path}: there is no index beside them", hint=f"samtools index {path}"
        )


def _contig(path: Path, file: pysam.AlignmentFile, reference: Reference, contig: str) -> str:
    lengths = dict(zip(file.references, file.lengths, strict=True))
    named = next((name for name in (contig, other_spelling(contig)) if name in lengths), None)
    if named is None:
        few = ", ".join(printable(name) for name in list(lengths)[:3])
        raise BadData(
            f"alignments {path}: {contig} is not among their contigs ({few or 'there are none'})",
            hint="give alignments to this reference",
        )
    if lengths[named] != reference.lengths[contig]:
        raise BadData(
            f"alignments {path}: {named} has {lengths[named]:,} bases, in the reference "
            f"{reference.lengths[contig]:,}: another genome",
            hint="give the reference that the reads were aligned to",
        )
    return named


def _same_sequence(
    path: Path,
    header: dict[str, list[dict[str, str]]],
    reference: Reference,
    contig: str,
    named: str,
) -> None:
    """Hold the M5 that the alignments name against the reference's."""
    told = next((line.get("M5") for line in header.get("SQ", []) if line["SN"] == named), None)
    ours = _sum_of(reference, contig) if told else None
    if told and ours and told.lower() != ours:
        raise BadData(
            f"alignments {path}: {named} is another sequence than in the reference (M5 {told}, "
            f"and {ours} there)",
            hint="give the reference that the reads were aligned to",
        )


def _sum_of(reference: Reference, contig: str) -> str | None:
    """MD5 of a contig: of a .dict beside the reference, else worked out where it is short."""
    name = reference.path.name
    for ending in (".gz", ".fa", ".fasta", ".fna"):
        name = name.removesuffix(ending)
    with suppress(OSError, UnicodeDecodeError, EngineError):
        told = contigs_of(reference.path.with_name(f"{name}.dict")).get(contig, {})
        if "M5" in told:
            return told["M5"].lower()
    if reference.lengths[contig] > LARGEST_SUMMED:
        return None
    return hashlib.md5(reference.fetch(contig).encode(), usedforsecurity=False).hexdigest()


@contextmanager
def _no_server() -> Iterator[None]:
    """Let htslib find sequences in the given reference only."""
    names = ("REF_PATH", "REF_CACHE")
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(dict.fromkeys(names, _NO_PLACE))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
