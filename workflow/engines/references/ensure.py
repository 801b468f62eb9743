"""Getting one entry into the cache: fetched, verified, indexed, or found to be there already.

What is fetched enters the cache only after verification; what is made from it
(indexes, BGZF, unpacked archives) only when it is complete. An interrupted run
leaves its transfer and its finished downloads in the private folder of the
cache, and the next run goes on from there.
"""

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from engines.contract.clock import utc
from engines.contract.errors import BadData, BadUsage, InputMissing, NotPermitted, Transient
from engines.contract.output import write_atomic
from engines.contract.progress import say, warn
from engines.formats.bgzf import is_bgzf
from engines.references.cache import MISSING, Receipt, Shelf
from engines.references.catalogue import FILES, Entry, File
from engines.transfer.download import PATIENT, Patience, download
from engines.transfer.sources import NO_SECRETS, SCHEMES
from engines.transfer.verify import Digests, Expected, digests


@dataclass(frozen=True)
class Access:
    """How to get at the data.

    Attributes:
        mirror: base address to use in place of the publisher's, same path below it.
        offline: use the cache only.
        verify: read every byte of what is in the cache, and compare checksums.
        patience: with sources that fail in a way that may pass.

    Raises:
        BadUsage: a mirror that is no base address, or has a secret in it.
    """

    mirror: str | None = None
    offline: bool = False
    verify: bool = False
    patience: Patience = PATIENT

    def __post_init__(self) -> None:
        if self.mirror is not None:
            _check_mirror(self.mirror)

    def address(self, entry: Entry, file: File) -> str:
        """Where ``file`` is fetched from."""
        base = entry.publisher.base if self.mirror is None else self.mirror.rstrip("/")
        return f"{base}/{file.tail}"


def _check_mirror(mirror: str) -> None:
    """Refuse what is no base address; the message shows no more of it than scheme and host."""
    try:
        parts = urlsplit(mirror)
        shown = f"--mirror {parts.scheme}://{parts.hostname or ''}"
        whole = parts.scheme == "file" or (parts.scheme in SCHEMES and bool(parts.netloc))
    except ValueError:
        shown, whole = "--mirror", False
    if not whole:
        raise BadUsage(
            f"{shown}: not a base address",
            hint="use file:///folder, https://host/folder or s3://bucket/folder",
        )
    if "@" in parts.netloc or "?" in mirror or "#" in mirror:
        raise BadUsage(
            f"{shown}: not a base address, it has a user name, a password, a query or a fragment",
            hint=NO_SECRETS,
        )


def ensure(entry: Entry, root: Path, access: Access) -> Shelf:
    """Make sure that all files of ``entry`` are in the cache at ``root``, and whole.

    Raises:
        InputMissing: not there, and not to be had. BadData: fetched, and not what it should be.
        Transient: could not be fetched now.
    """
    shelf = Shelf(root, entry)
    faults = shelf.faults(access.verify)
    if not faults:
        return shelf
    if access.offline:
        raise _not_offline(shelf, faults)
    with shelf.locked():
        faults = shelf.faults(access.verify)  # another process may have been faster
        for product, fault in faults.items():
            if fault != MISSING:
                warn(f"{shelf.folder / product}: {fault}; it is not used and fetched again")
                shelf.drop(product)
        try:
            if faults:
                _FILL[entry.kind](shelf, access)
        except BadData:
            shutil.rmtree(shelf.scratch)
            raise
    left = shelf.faults()
    assert not left, left
    return shelf


def _not_offline(shelf: Shelf, faults: dict[str, str]) -> InputMissing | BadData:
    product, fault = next(iter(faults.items()))
    error = InputMissing if fault == MISSING else BadData
    return error(
        f"{shelf.entry}: {shelf.folder / product} {fault}",
        hint="--offline uses the cache only: fill it on a machine with network, or by --mirror",
    )


# --- fetching one published file ----------------------------------------------


@dataclass(frozen=True)
class Download:
    """A verified file as published, in the private folder, and where it came from."""

    path: Path
    name: str
    digests: Digests
    source: str
    pinned_by: str

    def receipt(self, product: str) -> Receipt:
        """The receipt of a product that is this file as it was published."""
        return _receipt(product, **asdict(self.digests), download=self)

    def receipt_after(self, product: str, path: Path, made: str) -> Receipt:
        """The receipt of a product that was made from this file and lies at ``path``."""
        return _receipt(product, **asdict(digests(path)), download=self, made=made)

    def discard(self) -> None:
        self.path.unlink(missing_ok=True)
        _note(self.path).unlink(missing_ok=True)


def _receipt(
    product: str,
    *,
    bytes: int,
    sha256: str,
    md5: str | None = None,
    download: Download | None = None,
    made: str | None = None,
    files: dict[str, dict[str, Any]] | None = None,
) -> Receipt:
    """The receipt, of now, of a product; without a download it was made of what is here."""
    return Receipt(
        file=product,
        bytes=bytes,
        md5=md5,
        sha256=sha256,
        source=download.source if download else None,
        date=utc().partition(".")[0] + "Z",
        pinned_by=download.pinned_by if download else None,
        made=made,
        download={"name": download.name, **asdict(download.digests)} if download else None,
        files=files,
    )


def made_here(product: str, path: Path, how: str) -> Receipt:
    return _receipt(product, **asdict(digests(path)), made=how)


def _fetch(
    shelf: Shelf,
    role: str,
    product: str,
    access: Access,
    check: Callable[[Path], None] | None = None,
) -> Download:
    """Fetch the file with ``role``, unless an interrupted run has finished that already."""
    file = shelf.entry.files[role]
    url = access.address(shelf.entry, file)
    expected, pinned_by = _expectation(shelf, file, product)
    path = shelf.scratch / file.name
    found = _finished(path, url, expected)
    if found is None:
        try:
            found = download(url, path, expected, check=check, patience=access.patience)
        except Transient as error:
            if access.mirror is None and shelf.entry.publisher.also:
                error.hint += f"; the same tree: --mirror {shelf.entry.publisher.also[0]}"
            raise
        write_atomic(_note(path), json.dumps({"url": url, **asdict(found)}) + "\n")
    return Download(path, file.name, found, url, pinned_by)


def _expectation(shelf: Shelf, file: File, product: str) -> tuple[Expected, str]:
    """What the file must be: by the catalogue, else by the receipt of its first download."""
    if file.pinned:
        hint = (
            "the download is damaged, or its publisher replaced the file; nothing was kept. If "
            f"the publisher's own list of checksums agrees with it, correct {FILES[0].parent}"
        )
        return Expected(file.bytes, file.md5, file.sha256, "the catalogue", hint), "catalogue"
    if shelf.entry.contents:  # each file of the archive has a checksum; it may be packed anew
        return Expected(bytes=file.bytes), "catalogue"
    receipt = shelf.receipt(product)
    first = receipt.download if receipt else None
    if receipt is None or first is None or first["name"] != file.name:
        return Expected(bytes=file.bytes), "first download"
    hint = (
        "the download is damaged, or its publisher replaced the file; nothing was kept. To accept "
        f"the new one, delete {shelf.folder / product}.json"
    )
    known_from = f"its first download of {receipt.date}"
    return (
        Expected(first["bytes"], first["md5"], first["sha256"], known_from, hint),
        "first download",
    )


def _note(path: Path) -> Path:
    return path.with_name(f"{path.name}.done.json")


def _finished(path: Path, url: str, expected: Expected) -> Digests | None:
    """What an interrupted run fetched and verified, if it is what is wanted now."""
    try:
        note = json.loads(_note(path).read_text(encoding="utf-8"))
        same = note.pop("url") == url and note["bytes"] == path.stat().st_size
        found = Digests(**note)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    wanted = [(expected.md5, found.md5), (expected.sha256, found.sha256)]
    return found if same and all(want in (None, have) for want, have in wanted) else None


# --- filling a shelf, by kind -------------------------------------------------


def _fill_truth(shelf: Shelf, access: Access) -> None:
    from engines.references import content  # pysam is slow to import

    product, faults = "truth.vcf.gz", shelf.faults()
    if product in faults:
        vcf = _fetch(shelf, "vcf", product, access, content.check_vcf)
        # indexed before it is published: what is not sorted never enters the cache
        index, index_receipt = _vcf_index(shelf, access, vcf.path)
        shelf.publish(vcf.path, vcf.receipt(product))
        shelf.publish(index, index_receipt)
        vcf.discard()
    elif "truth.vcf.gz.tbi" in faults:
        shelf.publish(*_vcf_index(shelf, access, shelf.folder / product))
    if "confident.bed" in faults:
        _fill_bed(shelf, access)


def _vcf_index(shelf: Shelf, access: Access, vcf: Path) -> tuple[Path, Receipt]:
    """An index of ``vcf`` in the private folder: the publisher's, else one made here."""
    from engines.references import content, index

    product = "truth.vcf.gz.tbi"
    staged = shelf.making / product
    if "tbi" in shelf.entry.files:
        try:
            tbi = _fetch(shelf, "tbi", product, access)
        except (InputMissing, NotPermitted) as error:  # S3 may say 403 for what is not there
            say(f"{error.message}; an index is made here")
        else:
            content.check_index(tbi.path, vcf)
            tbi.path.replace(staged)
            tbi.discard()
            return staged, tbi.receipt(product)
    index.index_vcf(vcf, staged)
    return staged, made_here(product, staged, f"index by {index.MADE_BY}")


def _fill_bed(shelf: Shelf, access: Access) -> None:
    from engines.references import content, index

    product = "confident.bed"
    if not shelf.entry.files["bed"].name.endswith(".gz"):
        bed = _fetch(shelf, "bed", product, access, content.check_bed)
        shelf.publish(bed.path, bed.receipt(product))
    else:
        bed = _fetch(shelf, "bed", product, access)
        staged = shelf.making / product
        index.decompress(bed.path, staged)
        content.check_bed(staged)
        shelf.publish(staged, bed.receipt_after(product, staged, "decompressed"))
    bed.discard()


def _fill_genome(shelf: Shelf, access: Access) -> None:
    from engines.references import index

    fasta, product = shelf.folder / "genome.fa.gz", "genome.fa.gz"
    if product in shelf.faults():
        published = _fetch(shelf, "fasta", product, access)
        if is_bgzf(published.path):
            receipt, staged = published.receipt(product), published.path
        else:
            staged = shelf.making / product
            index.recompress(published.path, staged)
            how = f"compressed as BGZF by {index.MADE_BY}"
            receipt = published.receipt_after(product, staged, how)
        _publish_indexed(shelf, staged, receipt)
        published.discard()
    elif shelf.faults():
        _publish_indexed(shelf, fasta, None)


def _publish_indexed(shelf: Shelf, fasta: Path, receipt: Receipt | None) -> None:
    """Index a genome, then publish it (unless it is there already) and its indexes.

    Indexed before it is published: what is no FASTA file never enters the cache.
    """
    from engines.references import index

    fai, gzi = shelf.making / "genome.fa.gz.fai", shelf.making / "genome.fa.gz.gzi"
    index.index_fasta(fasta, fai, gzi)
    if receipt:
        shelf.publish(fasta, receipt)
    for staged in (fai, gzi):
        shelf.publish(staged, made_here(staged.name, staged, f"index by {index.MADE_BY}"))


def _fill_stratifications(shelf: Shelf, access: Access) -> None:
    from engines.references import stratifications

    product = "stratifications"
    if product in shelf.faults():
        archive = _fetch(shelf, "archive", product, access)
        folder = shelf.making / product
        files = stratifications.unpack(archive.path, folder)
        table = stratifications.table(files, folder, product)
        shelf.publish(folder, _unpacked(archive, product, files))
        archive.discard()
    else:
        receipt = shelf.receipt(product)
        assert receipt and receipt.files  # or it would be at fault
        table = stratifications.table(receipt.files, shelf.folder / product, product)
    staged = shelf.making / f"{product}.tsv"
    staged.write_text(table, encoding="utf-8")
    shelf.publish(staged, made_here(staged.name, staged, "paths made relative to it"))


def _unpacked(archive: Download, product: str, files: dict[str, dict[str, Any]]) -> Receipt:
    """The receipt of a folder; its sha256 is that of a ``sha256sum`` list of its files."""
    listing = "".join(f"{file['sha256']}  {name}\n" for name, file in files.items())
    return _receipt(
        product,
        bytes=sum(file["bytes"] for file in files.values()),
        sha256=hashlib.sha256(listing.encode()).hexdigest(),
        download=archive,
        made=f"unpacked, {len(files)} files",
        files=files,
    )


def _fill_calibration(shelf: Shelf, access: Access) -> None:
    from engines.references import misclassification

    misclassification.needs_r()  # before anything is fetched
    product, name = "CCVA_missmat.rda", shelf.entry.publisher.name
    staged = shelf.making / "misclassification.json"
    if product in shelf.faults():
        published = _fetch(shelf, "rda", product, access)
        # read before it is published: what holds other matrices never enters the cache
        made = misclassification.write(published.path, staged, name)
        shelf.publish(published.path, published.receipt(product))
        published.discard()
    else:
        made = misclassification.write(shelf.folder / product, staged, name)
    shelf.publish(staged, made_here(staged.name, staged, made))


def _fill_archive(shelf: Shelf, access: Access) -> None:
    from engines.references import resistance

    (product,) = shelf.products
    archive = _fetch(shelf, "archive", product, access)
    folder = shelf.making / product
    files = resistance.unpack(archive.path, folder, shelf.entry.inside, shelf.entry.contents)
    shelf.publish(folder, _unpacked(archive, product, files))
    archive.discard()


_FILL: dict[str, Callable[[Shelf, Access], None]] = {
    "small_variants": _fill_truth,
    "structural_variants": _fill_truth,
    "genome": _fill_genome,
    "stratifications": _fill_stratifications,
    "calibration": _fill_calibration,
    "resfinder": _fill_archive,
    "pointfinder": _fill_archive,
    "ncbi_mutations": _fill_archive,
}
