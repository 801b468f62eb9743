"""Opening VCF and BCF files: complete, sorted, indexed, or a message that says what is wrong."""

import gzip
import shutil
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pysam

from engines.contract.errors import BadData, BadUsage, InputMissing
from engines.formats.bcf import is_bcf, vcf_of_bcf
from engines.formats.bgzf import has_end, is_bgzf
from engines.formats.bgzf_reader import read_between
from engines.formats.htslib_log import silent_htslib
from engines.formats.tabix import DAMAGED, Stretch, read_index

FIXED_COLUMNS = 8  # CHROM to INFO
NEEDS_GENOTYPES = "give a VCF with a FORMAT column that has GT"


@dataclass
class Vcf:
    """A VCF file that can be read by contig.

    Attributes:
        what: how messages call it, e.g. ``query calls.vcf.gz``.
        path: the file to read (a scratch copy where the original could not be used as it is).
        index: its tabix or CSI index.
        header: header lines without line ends, the ``#CHROM`` line last.
        contigs: names in the header or the index → length in bases, None where unknown.
        samples: sample names; none in a file of sites only.
        notes: copies and indexes that had to be made, for the caller to say; no numbers change.
        stretches: contig → where its lines lie, for contigs that have records.
    """

    what: str
    path: Path
    index: Path
    header: list[str]
    contigs: dict[str, int | None]
    samples: list[str]
    notes: list[str]
    stretches: dict[str, Stretch]

    @property
    def columns(self) -> int:
        """Of each data line."""
        return self.header[-1].count("\t") + 1

    def pieces(self, contig: str) -> Iterator[bytes]:
        """Data lines of one contig (its name in this file), whole ones, some MB at a time.

        Raises:
            BadData: text that is not UTF-8, lines of another contig, or a file that breaks off.
        """
        if contig not in self.stretches:
            return
        stretch = self.stretches[contig]
        last, rest = "the start", b""
        try:
            for part in read_between(self.path, stretch.begin, stretch.end):
                cut = part.rfind(b"\n") + 1
                if not cut:
                    rest += part
                    continue
                piece, rest = rest + part[:cut], part[cut:]
                if not piece.isascii():
                    piece.decode()
                self._check_contig(contig, piece)
                yield piece
                last = _position_of_last(piece)
            if rest:  # the last line has no end
                self._check_contig(contig, rest + b"\n")
                yield rest + b"\n"
        except UnicodeDecodeError as error:
            if before := piece[: piece.rfind(b"\n", 0, error.start) + 1]:
                last = _position_of_last(before)
            raise BadData(f"{self.what}: {contig}, behind {last}: not UTF-8 text") from error
        except DAMAGED as error:
            raise BadData(
                f"{self.what}: {contig}, behind {last}: a line that cannot be read, or the file "
                "is damaged",
                hint=f"bcftools view {self.path.name} >/dev/null tells more",
            ) from error

    def _check_contig(self, contig: str, piece: bytes) -> None:
        """Whether the first and the last line of a piece are of this contig."""
        name = contig.encode() + b"\t"
        for begin in (0, piece.rfind(b"\n", 0, -1) + 1):
            found = piece[begin : begin + 200].split(b"\t")[0].split(b"\n")[0]
            if found and not piece.startswith(name, begin):
                raise BadData(
                    f"{self.what}: its index {self.index.name} takes lines of "
                    f"{found[:40].decode(errors='replace')} for those of {contig}",
                    hint="remove the index: a temporary one is made",
                )

    def lines(self, contig: str) -> Iterator[str]:
        """Data lines of one contig (its name in this file), in file order.

        Raises:
            BadData: a line that is no VCF record, or a file that breaks off.
        """
        tabs = self.columns - 1
        last = "the start"
        for piece in self.pieces(contig):
            for line in piece.decode().split("\n")[:-1]:
                if not line:
                    raise BadData(
                        f"{self.what}: {contig}, behind {last}: a line that cannot be read, or "
                        "the file is damaged"
                    )
                if line.count("\t") < tabs:
                    raise BadData(
                        f"{self.what}: {contig}, behind {last}: a record has "
                        f"{line.count(chr(9)) + 1} columns, the header {tabs + 1}"
                    )
                last = line.split("\t", 2)[1]
                if not (last.isascii() and last.isdigit()):
                    raise BadData(f"{self.what}: {contig}: POS is {last[:20]!r}")
                yield line.rstrip("\r")

    def occupied(self) -> list[str]:
        """Contigs that have records, in file order."""
        return list(self.stretches)


def _position_of_last(piece: bytes) -> str:
    """POS of the last line of whole ones."""
    line = piece[piece.rfind(b"\n", 0, -1) + 1 :]
    return line.split(b"\t", 2)[1].decode() if line.count(b"\t") > 1 else "a damaged line"


def open_vcf(
    path: Path,
    role: str,
    scratch: Path,
    sites_only: bool = False,
    needs_genotypes: str = NEEDS_GENOTYPES,
) -> Vcf:
    """Check a VCF or BCF file and make it readable by contig.

    BCF is turned into VCF, a plain or gzipped file is recompressed, a missing or older index is
    made, all in ``scratch``: the input's folder is never written.

    Args:
        sites_only: take a file without sample columns too.
        needs_genotypes: what to do about such a file where it is not taken.

    Raises:
        InputMissing: there is no such file.
        BadData: empty, truncated, not VCF, without a sample, or not sorted.
    """
    path = Path(path)
    what = f"{role} {path}"
    if not path.exists():
        raise InputMissing(f"{what}: no such file")
    if not path.is_file():
        raise BadData(f"{what}: not a file", hint="a pipe or folder cannot be read by contig")
    if path.stat().st_size == 0:
        raise BadData(f"{what}: the file is empty")
    copy = scratch / f"{role}.vcf.gz"
    notes: list[str] = []
    readable = _compressed(path, what, copy, notes)
    header = _read_header(readable, what)
    _check_columns(header[-1], what, sites_only, needs_genotypes)
    index = _fresh_index(readable)
    if index is None:
        if readable != copy:
            notes.append(f"{what}: no index, or one older than the file; a temporary one was made")
        readable, index = _index(readable, what, copy)
    columns = header[-1].split("\t")
    try:
        stretches = read_index(index)
    except DAMAGED as error:
        raise BadData(
            f"{what}: its index {index.name} cannot be read",
            hint="remove it, and a temporary one is made",
        ) from error
    contigs = _header_contigs(header)
    for name in stretches:
        contigs.setdefault(name, None)
    return Vcf(what, readable, index, header, contigs, columns[9:], notes, stretches)


def sample_column(vcf: Vcf, sample: str | None, option: str) -> int:
    """The index of the sample's column in a data line; with several samples one must be named.

    Args:
        sample: the name that was asked for, or None.
        option: what it is chosen with, for the message.

    Raises:
        BadUsage: several samples and no choice, or no such sample.
    """
    if sample is None:
        if len(vcf.samples) > 1:
            raise BadUsage(
                f"{vcf.what}: {len(vcf.samples)} samples: {', '.join(vcf.samples[:10])}",
                hint=f"choose one with {option}",
            )
        return 9
    if sample not in vcf.samples:
        raise BadUsage(
            f"{vcf.what}: no sample {sample!r}; it has {', '.join(vcf.samples[:10]) or 'none'}",
            hint=f"check {option}",
        )
    return 9 + vcf.samples.index(sample)


def _compressed(path: Path, what: str, copy: Path, notes: list[str]) -> Path:
    """The file itself when it is VCF and complete BGZF, else a bgzipped copy."""
    with open(path, "rb") as handle:
        start = handle.read(2)
    if is_bgzf(path):
        if not has_end(path):
            raise BadData(
                f"{what}: truncated (the BGZF end marker is missing)",
                hint="copy or download the file again",
            )
        if not is_bcf(path):
            return path
    if is_bcf(path):
        vcf_of_bcf(path, what, copy)
        notes.append(f"{what}: BCF; compared from a temporary VCF")
        return copy
    opener = gzip.open if start[:2] == b"\x1f\x8b" else open
    try:
        with opener(path, "rb") as source, pysam.BGZFile(str(copy), "wb") as target:
            shutil.copyfileobj(source, target)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise BadData(f"{what}: truncated or damaged gzip ({error})") from error
    notes.append(f"{what}: not bgzipped; compared from a recompressed copy")
    return copy


def _read_header(path: Path, what: str) -> list[str]:
    header = []
    with gzip.open(path, "rt", encoding="utf-8", errors="replace") as handle:
        try:
            for line in handle:
                if not line.startswith("#"):
                    break
                header.append(line.rstrip("\r\n"))
        except (EOFError, OSError, zlib.error) as error:
            raise BadData(f"{what}: damaged: {error}") from error
    if not header or not header[0].startswith("##fileformat=VCF"):
        first = header[0][:40] if header else line[:40].strip() if "line" in locals() else ""
        raise BadData(f"{what}: not VCF: it starts with {first!r}")
    if not header[-1].startswith("#CHROM\tPOS\tID\tREF\tALT"):
        raise BadData(f"{what}: the #CHROM header line is missing or its columns are not tabs")
    return header


def _check_columns(line: str, what: str, sites_only: bool, needs_genotypes: str) -> None:
    columns = line.count("\t") + 1
    if columns < FIXED_COLUMNS:
        raise BadData(
            f"{what}: the #CHROM header line has {columns} columns; VCF has at least "
            f"{FIXED_COLUMNS}, up to INFO"
        )
    if columns < FIXED_COLUMNS + 2 and not sites_only:
        raise BadData(
            f"{what}: no sample column, so there are no genotypes to compare", hint=needs_genotypes
        )


def _header_contigs(header: list[str]) -> dict[str, int | None]:
    contigs: dict[str, int | None] = {}
    for line in header:
        if line.startswith("##contig=<"):
            fields = dict(
                part.split("=", 1) for part in line[10:].rstrip(">").split(",") if "=" in part
            )
            length = fields.get("length", "")
            if "ID" in fields:
                contigs[fields["ID"]] = int(length) if length.isdigit() else None
    return contigs


def _fresh_index(path: Path) -> Path | None:
    """An index that is not older than the file."""
    for ending in (".tbi", ".csi"):
        index = Path(f"{path}{ending}")
        if index.exists() and index.stat().st_mtime >= path.stat().st_mtime - 1:
            return index
    return None


def _index(path: Path, what: str, link: Path) -> tuple[Path, Path]:
    if path != link:
        link.symlink_to(path.resolve())
    try:
        with silent_htslib():  # what is wrong is said below, in one line
            pysam.tabix_index(str(link), preset="vcf", force=True)
    except OSError as error:
        found = _first_disorder(link)
        if found:
            hint = "bcftools sort -Oz -o sorted.vcf.gz FILE" if "sorted" in found else ""
            raise BadData(f"{what}: {found}", hint=hint) from error
        raise BadData(
            f"{what}: cannot be indexed: a line that is no VCF record, or the file is damaged",
            hint=f"bcftools view {path.name} >/dev/null tells more",
        ) from error
    return link, Path(f"{link}.tbi")


def _first_disorder(path: Path) -> str | None:
    """Say which line has no position, stands before an earlier one, or brings a contig back."""
    try:
        with gzip.open(path, "rt", encoding="utf-8", errors="replace") as handle:
            return _disorder(handle)
    except (EOFError, OSError, zlib.error):
        return None


def _disorder(lines: Iterable[str]) -> str | None:
    seen: set[str] = set()
    contig, last = "", 0
    for number, line in enumerate(lines, 1):
        if line.startswith("#"):
            continue
        name, _, rest = line.partition("\t")
        position = rest.partition("\t")[0]
        if not position.isdigit():
            return f"line {number}: POS is {position[:20]!r}"
        if name != contig:
            if name in seen:
                return f"not sorted: line {number}: contig {name} comes back"
            seen.add(name)
            contig, last = name, 0
        if int(position) < last:
            return f"not sorted: line {number}: {name}:{position} stands behind {name}:{last}"
        last = int(position)
    return None
