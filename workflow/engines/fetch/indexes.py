"""Indexes of what was fetched, made with htslib where they did not come along."""

import stat
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from engines.contract.errors import BadData
from engines.contract.output import staging
from engines.contract.progress import say, warn

# ending of the data → endings of indexes, any of which will do
KINDS: dict[str, tuple[str, ...]] = {
    ".vcf.gz": (".tbi", ".csi"),
    ".gvcf.gz": (".tbi", ".csi"),
    ".vcf.bgz": (".tbi", ".csi"),
    ".bam": (".bai", ".csi"),
    ".cram": (".crai",),
    ".fa": (".fai",),
    ".fasta": (".fai",),
    ".fa.gz": (".fai",),
    ".fasta.gz": (".fai",),
}


@dataclass(frozen=True)
class Indexes:
    """The indexes in a folder: which of them belong to the files as they are now.

    Attributes:
        came: names that the source has, and that are here: their indexes are its own.
        new: names of files that came now: an index that is older is of another file.
        known: whether an earlier call fetched a name.
    """

    folder: Path
    came: Collection[str]
    new: Collection[str]
    known: Callable[[str], bool]

    def of(self, name: str) -> list[tuple[str, str]]:
        """Names and endings of the index of a file, and of what belongs to it; empty: none."""
        possible = [(name + ending, ending) for ending in _endings(name)]
        if name.endswith(".bam"):
            possible.append((name.removesuffix(".bam") + ".bai", ".bai"))
        for index, ending in possible:
            if self._belongs(index, name):
                also = (f"{name}.gzi", ".gzi")
                has_more = ending == ".fai" and self._belongs(also[0], name)
                return [(index, ending), also] if has_more else [(index, ending)]
        return []

    def _belongs(self, index: str, name: str) -> bool:
        try:
            status = (self.folder / index).stat()
            of = (self.folder / name).stat()
        except OSError:
            return False
        if not stat.S_ISREG(status.st_mode) or not status.st_size:
            return False
        if index in self.came or status.st_mtime_ns >= of.st_mtime_ns:
            return True
        return name not in self.new and self.known(index)

    def make(self, names: Iterable[str]) -> tuple[list[str], list[str]]:
        """Index the files that have no index of their own.

        A file that cannot be indexed is named and stays: it is what the source has.

        Returns:
            Names of the indexes made, and in words what could not be indexed.
        """
        made, failed = [], []
        for name in names:
            endings = _endings(name)
            if not endings or self.of(name):
                continue
            say(f"indexing {name}")
            try:
                made += _index(self.folder / name, endings[0], self.folder)
            except BadData as error:
                failed.append(error.message)
                warn(f"{error.message}; it stays without an index")
        return made, failed


def _endings(name: str) -> tuple[str, ...]:
    return next((KINDS[kind] for kind in KINDS if name.endswith(kind)), ())


def _index(path: Path, ending: str, folder: Path) -> list[str]:
    import pysam

    with staging(path) as staged:
        target = Path(f"{staged}{ending}")
        makers: dict[str, Callable[[], object]] = {
            ".tbi": lambda: _tabix(path, target),
            ".bai": lambda: _sam_index(path, target),
            ".crai": lambda: _sam_index(path, target),
            ".fai": lambda: pysam.faidx(str(path), "--fai-idx", str(target), *_gzi(path, staged)),
        }
        try:
            makers[ending]()
        except (OSError, ValueError, pysam.SamtoolsError) as error:
            raise BadData(
                f"{path.name}: cannot be indexed ({' '.join(str(error).split())})"
            ) from error
        written = [file.name for file in staged.parent.iterdir()]
        if not any((staged.parent / name).stat().st_size for name in written):
            raise BadData(f"{path.name}: cannot be indexed (nothing came of it)")
    return [(path.parent / name).relative_to(folder).as_posix() for name in sorted(written)]


def _tabix(path: Path, target: Path) -> None:
    """A tabix index; CSI where a contig is too long for one (512 Mbp)."""
    import pysam

    try:
        pysam.tabix_index(str(path), preset="vcf", index=str(target), keep_original=True)
    except OSError:
        target.unlink(missing_ok=True)
        csi = str(target.with_suffix(".csi"))
        pysam.tabix_index(str(path), preset="vcf", index=csi, keep_original=True, csi=True)


def _sam_index(path: Path, target: Path) -> None:
    import pysam

    pysam.index("-o", str(target), str(path))


def _gzi(path: Path, staged: Path) -> list[str]:
    return ["--gzi-idx", f"{staged}.gzi"] if path.suffix == ".gz" else []
