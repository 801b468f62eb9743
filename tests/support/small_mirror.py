"""A mirror of reference data in a folder: the paths of the publishers, small files of our own."""

import gzip
import io
import shutil
import tarfile
from pathlib import Path

import pysam
from small_files import write_bed, write_vcf

from engines.references import catalogue
from engines.references.catalogue import Entry
from engines.references.ensure import Access
from engines.transfer.download import Patience

CONTIGS = {"chr1": 5000, "chr2": 4000}
RECORDS = [("chr1", 100 * n, "A", "C", "0/1") for n in range(1, 40)] + [
    ("chr2", 300, "G", "GT", "1/1")
]
FASTA = "".join(f">{name}\n" + ("ACGTTGCA" * 10 + "\n") * 20 for name in CONTIGS).encode()
BEDS = {
    "GRCh38@all/Union/GRCh38_alldifficultregions.bed.gz": b"chr1\t10\t20\n",
    "GRCh38@all/LowComplexity/GRCh38_AllHomopolymers.bed.gz": b"chr2\t10\t20\n",
}
TABLE = (
    "alldifficult\tUnion/GRCh38_alldifficultregions.bed.gz\n"
    "homopolymers\t./LowComplexity/GRCh38_AllHomopolymers.bed.gz"  # no newline, as published
)


def truth_entry(sample: str = "HG003", build: str = "GRCh38") -> Entry:
    """A truth whose checksums the catalogue does not know, so that any file can stand for it."""
    return catalogue.load().choose("small_variants", build, sample)


def put(root: Path, entry: Entry, role: str, data: bytes) -> Path:
    """One file at its place below the base address."""
    path = root / entry.files[role].tail
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def put_truth(root: Path, entry: Entry) -> None:
    vcf = root / entry.files["vcf"].tail
    vcf.parent.mkdir(parents=True, exist_ok=True)
    write_vcf(vcf, RECORDS, CONTIGS, [entry.sample or ""])
    write_bed(root / entry.files["bed"].tail, [("chr1", 0, 4500), ("chr2", 0, 3500)])


def put_genome(root: Path, entry: Entry, bgzf: bool) -> None:
    path = put(root, entry, "fasta", gzip.compress(FASTA))
    if bgzf:
        with pysam.BGZFile(str(path), "wb") as out:
            out.write(FASTA)


def put_stratifications(root: Path, entry: Entry) -> None:
    files = {name: gzip.compress(bed) for name, bed in BEDS.items()}
    files["GRCh38@all/GRCh38-all-stratifications.tsv"] = TABLE.encode()
    put(root, entry, "archive", tar_gz(files))


def tar_gz(files: dict[str, bytes], *odd: tarfile.TarInfo) -> bytes:
    """An archive of files, and of odd members without content."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
        for member in odd:
            tar.addfile(member)
    return packed.getvalue()


def files(folder: Path) -> set[str]:
    """Everything below a folder but locks."""
    return {
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".lock"
    }


def of(mirror: Path) -> Access:
    """Fetch from this mirror, and wait for nothing."""
    return Access(mirror=mirror.as_uri(), patience=Patience(tries=2, sleep=lambda _: None))


def unreachable(mirror: Path) -> None:
    """Nothing can be fetched any more."""
    shutil.rmtree(mirror)
