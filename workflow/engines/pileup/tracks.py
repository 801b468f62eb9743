"""Call sets above the reads: what their records change in the window."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pysam

from engines.contract.errors import BadData, InputMissing
from engines.contract.wording import printable
from engines.formats.contigs import other_spelling
from engines.formats.htslib_log import silent_htslib
from engines.pileup.alleles import Change

MOST_RECORDS = 200
"""Records of a file in one window; where there are more, that is an error."""

COMPARED = ("TRUTH", "QUERY")  # samples of what `plumbline compare` annotates


@dataclass(frozen=True)
class Track:
    """A called allele.

    Attributes:
        name: of the call set.
        note: what is told of the call: its genotype, its decision.
        change: of the reference, trimmed.
    """

    name: str
    note: str
    change: Change

    @property
    def extent(self) -> tuple[int, int]:
        """What it changes, 0-based, half open; an insertion lies between two bases."""
        return self.change[0], self.change[0] + self.change[1]


def trimmed(position: int, ref: str, alt: str) -> Change:
    """A record's change without the bases that both alleles have in common.

    Args:
        position: of the first base of ``ref``, 0-based.
    """
    while ref and alt and ref[-1] == alt[-1]:
        ref, alt = ref[:-1], alt[:-1]
    while ref and alt and ref[0] == alt[0]:
        ref, alt, position = ref[1:], alt[1:], position + 1
    return position, len(ref), alt


def tracks_of(
    path: Path,
    contig: str,
    low: int,
    high: int,
    index: Path | None = None,
    name: str | None = None,
    sample: str | None = None,
) -> list[Track]:
    """What a VCF or BCF file calls between two positions.

    Alleles of the genotypes count; of a file without genotypes all of them. Symbolic alleles
    (``<DEL>``, ``*``, breakends) are not drawn.

    Args:
        index: where it does not lie beside the file.
        name: of the call set; None for the file's, and the sample's where there are several.
        sample: whose genotypes; None for the first, and of an annotated VCF for truth and query.

    Raises:
        InputMissing: no such file, or no index.
        BadData: it cannot be read, or holds too many records there.
    """
    if not path.exists():
        raise InputMissing(f"calls {path}: no such file")
    with silent_htslib():
        try:
            with pysam.VariantFile(str(path), index_filename=str(index) if index else None) as file:
                if file.index is None:
                    raise InputMissing(
                        f"calls {path}: there is no index beside them",
                        hint=f"bgzip it, then bcftools index -t {path}",
                    )
                shown = name or printable(path.name.removesuffix(".gz").removesuffix(".vcf"))
                return [
                    Track(f"{shown} {who}" if who else shown, genotype, change)
                    for who in _shown(file, bool(name or sample))
                    for genotype, change in _read(file, path, (contig, low, high), sample or who)
                ]
        except (OSError, ValueError) as error:
            raise BadData(f"calls {path}: cannot be read as VCF or BCF") from error


def _shown(file: pysam.VariantFile, is_named: bool) -> Sequence[str | None]:
    """Samples whose calls are drawn, by the names that they need to be told apart."""
    there = [printable(name) for name in file.header.samples]
    if is_named or len(there) < 2:
        return [None]
    return COMPARED if set(COMPARED) <= set(there) else there[:1]


def _read(
    file: pysam.VariantFile, path: Path, place: tuple[str, int, int], sample: str | None
) -> Iterator[tuple[str, Change]]:
    """The genotype and the change of every allele that is called there."""
    contig, low, high = place
    known = set(file.header.contigs) | set(file.index or ())
    named = next((name for name in (contig, other_spelling(contig)) if name in known), None)
    if named is None:
        return
    for number, record in enumerate(file.fetch(named, max(0, low - 1), high + 1)):
        if number == MOST_RECORDS:
            raise BadData(
                f"calls {path}: more than {MOST_RECORDS} records in {contig}:{low + 1}-{high}",
                hint="name a smaller site, or a smaller --flank",
            )
        genotype, chosen = _genotype(record, sample)
        for alt in chosen:
            if record.ref and set(alt.upper()) <= set("ACGTN"):
                yield genotype, trimmed(record.start, record.ref.upper(), alt.upper())


def _genotype(record: pysam.VariantRecord, name: str | None) -> tuple[str, Sequence[str]]:
    """The genotype of a sample, and the alternative alleles in it."""
    alts = record.alts or ()
    if not record.samples or "GT" not in record.format:
        return "", alts
    sample = record.samples[name if name and name in record.samples else 0]
    indices = sample.get("GT") or ()
    written = ("|" if sample.phased else "/").join("." if n is None else str(n) for n in indices)
    return written, [alts[n - 1] for n in sorted({n for n in indices if n})]
