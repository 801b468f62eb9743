"""Indexes of what was fetched, made with htslib where they did not come along."""

from collections.abc import Callable, Iterable
from pathlib import Path

from engines.contract.errors import BadData
from engines.contract.output import staging
from engines.contract.progress import say, warn

# ending of the data → endings of indexes, any of which will do
KINDS: dict[str, tuple[str, ...]] = {
    ".vcf.gz": (".tbi", ".csi"),
    ".bam": (".bai", ".csi"),
    ".cram": (".crai",),
    ".fa": (".fai",),
    ".fasta": (".fai",),
    ".fa.gz": (".fai",),
    ".fasta.gz": (".fai",),
}


def make_indexes(folder: Path, names: Iterable[str]) -> tuple[list[str], list[str]]:
    """Index files that have no index younger than they are.

    A file that cannot be indexed is named and stays: it is what the source has.

    Returns:
        Names of the indexes made, and in words what could not be indexed.
    """
    made, failed = [], []
    for name in names:
        endings = next((KINDS[kind] for kind in KINDS if name.endswith(kind)), None)
        if endings is None or _indexed(folder / name, endings):
            continue
        say(f"indexing {name}")
        try:
            made += _index(folder / name, endings[0], folder)
        except BadData as error:
            failed.append(error.message)
            warn(f"{error.message}; it stays without an index")
    return made, failed


def _indexed(path: Path, endings: tuple[str, ...]) -> bool:
    beside = [Path(f"{path}{ending}") for ending in endings]
    beside += [path.with_suffix(ending) for ending in endings if path.suffix == ".bam"]
    return any(index.is_file() and index.stat().st_size for index in beside)


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
