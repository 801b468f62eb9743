"""The cache of reference data: one folder per entry, a receipt beside every file.

::

    ROOT/small_variants/GRCh38/HG002/v4.2.1/truth.vcf.gz   and truth.vcf.gz.json, its receipt
    ROOT/.private/locks/   one lock per entry; dies with the process that holds it
    ROOT/.private/parts/   unfinished transfers, kept to be resumed

A file counts only together with a receipt that agrees with it. The receipt stays
when the file goes: its checksum of the first download is enforced ever after.
"""

import errno
import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from engines.contract.errors import BadData, BadUsage, CannotWrite, Unavailable
from engines.contract.output import write_atomic
from engines.contract.progress import say
from engines.contract.provenance import as_json, sha256_of
from engines.contract.user_cache import user_cache
from engines.references.catalogue import Entry

TRUTH_PRODUCTS = ("truth.vcf.gz", "truth.vcf.gz.tbi", "confident.bed")

# kind → what an entry of it consists of, under the names that everybody uses
PRODUCTS = {
    "small_variants": TRUTH_PRODUCTS,
    "structural_variants": TRUTH_PRODUCTS,
    "genome": ("genome.fa.gz", "genome.fa.gz.fai", "genome.fa.gz.gzi"),
    "stratifications": ("stratifications", "stratifications.tsv"),
    "calibration": ("CCVA_missmat.rda", "misclassification.json"),
    "resfinder": ("resfinder_db",),
    "pointfinder": ("pointfinder_db",),
    "ncbi_mutations": ("ncbi_mutations",),
}

# product → what is made from it, and worth nothing with another one
DERIVED = {
    "truth.vcf.gz": ("truth.vcf.gz.tbi",),
    "genome.fa.gz": ("genome.fa.gz.fai", "genome.fa.gz.gzi"),
    "stratifications": ("stratifications.tsv",),
    "CCVA_missmat.rda": ("misclassification.json",),
}


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What a file of the cache is, and where it came from.

    Attributes:
        file: its name; a folder has ``files``: path → bytes and sha256 of each file in it.
        bytes, md5, sha256: as it lies here (a folder: the sum, none, and that of the list).
        source: the address it was fetched from; None for what was made here.
        date: when, UTC.
        pinned_by: whose checksum it had to have: "catalogue" or "first download".
        made: what was done to it here, None for nothing.
        download: name, bytes, md5 and sha256 of the file as published.
    """

    file: str
    bytes: int
    md5: str | None
    sha256: str
    source: str | None
    date: str
    pinned_by: str | None
    made: str | None
    download: dict[str, Any] | None
    files: dict[str, dict[str, Any]] | None = None


def default_root() -> Path:
    """PLUMBLINE_REFERENCES, else plumbline/references in the user's cache folder; absolute.

    Raises:
        BadUsage: the home folder is needed and nobody knows where it is.
    """
    own = os.environ.get("PLUMBLINE_REFERENCES", "")
    try:
        return Path(own).expanduser().absolute() if own else user_cache() / "references"
    except RuntimeError as error:
        raise BadUsage(
            f"{own or '~/.cache'}: {error}",
            hint="say where the cache is, as an absolute path: --cache or PLUMBLINE_REFERENCES",
        ) from error


class Place:
    """A folder of the cache at ``root``, and the lock of who changes it.

    Args:
        names: of the folder and those above it.
        products: what is whole only with all of these.
        what: messages call it.
        doing: what a process does with it that holds the lock.
    """

    def __init__(
        self, root: Path, names: Sequence[str], products: tuple[str, ...], what: str, doing: str
    ) -> None:
        self.root, self.products = Path(root).absolute(), products
        self._what, self._doing = what, doing
        self.folder = self.root.joinpath(*names)
        self.scratch = self.root / ".private" / "parts" / ".".join(names)
        self._lock = self.root / ".private" / "locks" / f"{'.'.join(names)}.lock"

    def receipt(self, product: str) -> Receipt | None:
        """The receipt of a product; None without one.

        Raises:
            BadData: one that cannot be understood. It holds the checksum of the first
                download, so it is not passed over.
        """
        path = self.folder / f"{product}.json"
        try:
            found = Receipt(**json.loads(path.read_text(encoding="utf-8")))
            if found.download is not None and not found.download.keys() >= _DOWNLOAD:
                raise ValueError("its download lacks a checksum")
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (ValueError, TypeError, AttributeError, RecursionError) as error:
            raise BadData(
                f"{path}: is no receipt that can be read",
                hint="restore it; or delete it to accept whatever is fetched next: the checksum "
                "of the first download goes with it",
            ) from error
        return found

    def faults(self, rehash: bool = False) -> dict[str, str]:
        """Product → what is wrong with it, for those that are not whole.

        Looks at sizes; with ``rehash`` every byte is read and compared.

        Raises:
            BadData: a receipt that cannot be read.
        """
        found = {product: self._fault(product, rehash) for product in self.products}
        return {product: fault for product, fault in found.items() if fault}

    def _fault(self, product: str, rehash: bool) -> str:
        path, receipt = self.folder / product, self.receipt(product)
        if not path.exists():
            return MISSING
        if receipt is None:
            return "has no receipt"
        if receipt.files is not None:
            for name, file in receipt.files.items():
                if fault := _compare(path / name, file["bytes"], file["sha256"], rehash):
                    return f"{name} {fault}"
            return ""
        return _compare(path, receipt.bytes, receipt.sha256, rehash) or self._other_pin(receipt)

    def _other_pin(self, receipt: Receipt) -> str:
        """What is wrong with a file that is as its receipt says."""
        return ""

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Be the only process that changes this entry; waits for another one.

        Raises:
            CannotWrite: a cache that may only be read.
            Unavailable: a file system without locks.
        """
        try:
            self._lock.parent.mkdir(parents=True, exist_ok=True)
            lock = os.open(self._lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        except OSError as error:
            raise CannotWrite(
                f"{error.filename}: {error.strerror}",
                hint="choose a cache that you may write: --cache or PLUMBLINE_REFERENCES",
            ) from error
        try:
            self._take(lock)
            with self._making():
                yield
        finally:
            os.close(lock)

    def _take(self, lock: int) -> None:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"{self._what}: another process is {self._doing} it; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        except OSError as error:
            if error.errno not in (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP):
                raise
            raise Unavailable(
                f"{self._lock}: the file system has no locks ({error.strerror})",
                hint="put the cache on another one: --cache or PLUMBLINE_REFERENCES",
            ) from error

    @contextmanager
    def _making(self) -> Iterator[None]:
        shutil.rmtree(self.making, ignore_errors=True)  # of a run that was killed
        self.making.mkdir(parents=True)
        try:
            yield
        finally:
            shutil.rmtree(self.making, ignore_errors=True)
            with suppress(OSError):  # unfinished transfers stay
                self.scratch.rmdir()

    @property
    def making(self) -> Path:
        """Folder for what is made from a download; empty whenever the lock is taken."""
        return self.scratch / "made"

    def publish(self, staged: Path, receipt: Receipt) -> None:
        """Move a finished file or folder to its place, then write its receipt."""
        self.folder.mkdir(parents=True, exist_ok=True)
        target = self.folder / receipt.file
        self.drop(receipt.file)
        os.replace(staged, target)
        write_atomic(self.folder / f"{receipt.file}.json", as_json(asdict(receipt)))

    def drop(self, product: str) -> None:
        """Remove a product that is not to be used; its receipt stays, as a pin.

        What was made from it goes first: whenever this is interrupted, nothing is left
        that could pass for part of the next one.
        """
        for derived in DERIVED.get(product, ()):
            self.drop(derived)
        target = self.folder / product
        if target.is_dir() and not target.is_symlink():
            shutil.rmtree(target)
        else:
            target.unlink(missing_ok=True)


class Shelf(Place):
    """The place of one entry of the catalogue."""

    def __init__(self, root: Path, entry: Entry) -> None:
        names = [name for name in (entry.kind, entry.build, entry.sample, entry.version) if name]
        super().__init__(root, names, PRODUCTS[entry.kind], str(entry), "fetching")
        self.entry = entry

    def _other_pin(self, receipt: Receipt) -> str:
        """A later catalogue may know a checksum that an earlier download does not have."""
        for file in self.entry.files.values():
            if receipt.download and receipt.download["name"] == file.name:
                for kind in ("md5", "sha256"):
                    wanted = getattr(file, kind)
                    if wanted and receipt.download[kind] != wanted:
                        return f"has the {kind} {receipt.download[kind]}, the catalogue {wanted}"
        return ""


MISSING = "is not there"
_DOWNLOAD = {"name", "bytes", "md5", "sha256"}


def _compare(path: Path, size: int, sha256: str, rehash: bool) -> str:
    try:
        found = path.stat().st_size
    except FileNotFoundError:
        return MISSING
    if found != size:
        return f"has {found} bytes, its receipt says {size}"
    if rehash and sha256_of(path) != sha256:
        return "has other bytes than its receipt says (sha256)"
    return ""
