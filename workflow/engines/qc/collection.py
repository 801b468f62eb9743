"""The files of one sample, read into one table: nothing is left out without a word."""

import os
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from engines.contract.errors import BadData, BadUsage, InputMissing
from engines.contract.wording import did_you_mean, printable
from engines.qc import checks, dragen, fastp, htslib_stats, mosdepth
from engines.qc.metric import CATEGORIES, REMARKS, Content, Key, Metric, Unusable, in_order
from engines.qc.table import read_text

# in a folder, only these are looked at: a sample's folder holds alignments and calls too
LOOKED_AT = (
    ".csv",
    ".txt",
    ".stats",
    ".stat",
    ".flagstat",
    ".idxstats",
    ".out",
    ".tsv",
    ".fastp.json",
    ".coverage.json",
    ".genotypes.json",
)
_OURS = re.compile(r".+\.(?:(?:qc|verdict)(?:\.provenance)?\.(?:tsv|json|html)|low\.tsv)")
_ENDING = re.compile(
    r"(?:^|[._-])(?:csv|txt|tsv|out|stats?|flagstat|idxstats|samtools|bcftools|[bs]am|cram|[bv]cf|gz|"
    r"markdup|json|fastp|genotypes|coverage|mosdepth|summary|(?:global|region)\.dist)$",
    re.IGNORECASE,
)


@dataclass
class File:
    """What became of one file: ``reason`` says why it was skipped."""

    path: Path
    kind: str = ""
    prefix: str | None = None
    reason: str = ""
    content: Content = field(default_factory=Content)


@dataclass
class SampleTable:
    """All that was read of a sample.

    Attributes:
        not_looked_at: how many other files the folders hold, by the ending of their names.
        conflicts: (metric's key, the values with their files' names) of what is left out.
    """

    metrics: list[Metric]
    files: list[File]
    not_looked_at: Counter[str]
    remarks: Counter[str]
    conflicts: list[tuple[Key, list[str]]]
    warnings: list[str]

    @property
    def skipped(self) -> list[File]:
        """Files that were looked at and not read."""
        return [file for file in self.files if file.reason]


def collect(places: Iterable[Path], sample: str, aliases: Collection[str] = ()) -> SampleTable:
    """Read everything below ``places`` that is of the sample.

    Args:
        places: files and folders; of folders also what is in their folders.
        aliases: what the files call the sample, where that is something else.

    Raises:
        InputMissing: a place is not there.
        BadUsage: the files are of several samples, and none is of this one.
        BadData: no file could be read.
    """
    names = {sample, *aliases}
    paths, not_looked_at, closed = _find(places)
    files = [_open(path, names) for path in paths] + closed
    warnings = _keep_own(files, sample, names)
    _leave_out_twins(files)
    lanes = _join_lanes(files, names)
    read = [file for file in files if not file.reason]
    if not read:
        raise BadData(_nothing(files, not_looked_at), hint=_HINT)
    remarks: Counter[str] = Counter()
    for file in read:
        remarks += file.content.remarks
        warnings += [f"{file.path.name}: {text}" for text in file.content.warnings]
    metrics, conflicts = _merge(read, remarks)
    metrics = in_order(_of_target([*metrics, *lanes]))
    warnings += [
        f"{' · '.join(part for part in key if part)}: {REMARKS['conflicting']}: {', '.join(values)}"
        for key, values in conflicts
    ]
    return SampleTable(metrics, files, not_looked_at, remarks, conflicts, warnings)


_HINT = (
    "wanted are DRAGEN's *.mapping_metrics.csv, *.vc_metrics.csv and the like, and what samtools "
    "and bcftools stats, fastp and mosdepth print"
)


def _nothing(files: list[File], not_looked_at: Counter[str]) -> str:
    """Why there is no table at all."""
    reasons = "; ".join(f"{printable(file.path.name)}: {file.reason}" for file in files[:5])
    more = f"; and {len(files) - 5} more" if len(files) > 5 else ""
    others = f"{not_looked_at.total()} files of other kinds" if not_looked_at else ""
    told = "; ".join(part for part in (reasons + more, others) if part) or "the folders are empty"
    return f"no file with metrics could be read ({told})"


def _find(places: Iterable[Path]) -> tuple[list[Path], Counter[str], list[File]]:
    """Files to look at, each once, by name; how many others the folders hold; closed folders.

    What we wrote there ourselves, and what is hidden, is neither.
    """
    found: dict[Path, Path] = {}
    others: Counter[str] = Counter()
    closed: list[File] = []
    for place in places:
        if not place.exists():
            raise InputMissing(f"{place}: is not there", hint="check the path")
        for path in _inside(place, closed) if place.is_dir() else [place]:
            if path is place or path.name.lower().endswith(LOOKED_AT):
                found.setdefault(path.resolve(), path)
            else:
                others[printable("".join(path.suffixes[-2:])) or "none"] += 1
    return sorted(found.values(), key=lambda path: (path.name, str(path))), others, closed


def _inside(place: Path, closed: list[File]) -> Iterator[Path]:
    """The files of a folder and of those in it; a folder that cannot be entered is ``closed``."""

    def note(error: OSError) -> None:
        closed.append(File(Path(error.filename), reason=f"cannot be entered: {error.strerror}"))

    for folder, folders, names in os.walk(place, onerror=note):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in folders:
            if (link := Path(folder, name)).is_symlink():
                closed.append(File(link, reason="is a link to a folder; give that folder itself"))
        for name in sorted(names):
            if not name.startswith(".") and not _OURS.fullmatch(name):
                yield Path(folder, name)


def _open(path: Path, names: Collection[str]) -> File:
    """Read one file, or say why it is skipped."""
    file = File(path)
    if not path.name.isprintable():
        file.reason = "its name cannot be shown; rename it"
        return file
    try:
        named = dragen.recognise(path.name)
        if named and named.prefix == "diploidSV":
            raise Unusable("is the structural variant caller's own copy of the sample's file")
        if named:
            file.kind, file.prefix = f"dragen/{named.kind.name}", named.prefix
            file.content = dragen.read(named, read_text(path), names)
        elif dragen.ELSEWHERE.search(path.name):
            raise Unusable("is of DRAGEN, but of none of the categories that are collected")
        else:
            text = read_text(path)
            file.prefix = _prefix(path.name)
            file.kind, file.content = _read(path.name, text, names)
    except Unusable as error:
        file.reason = str(error)
    return file


def _read(name: str, text: str, names: Collection[str]) -> tuple[str, Content]:
    """What kind of file it is by its first lines, and what is in it.

    Raises:
        Unusable: it is of no kind that is known, or not as it begins.
    """
    if kind := htslib_stats.recognise(text):
        return kind, htslib_stats.read(kind, text, names)
    if kind := mosdepth.recognise(name, text):
        return kind, mosdepth.read(kind, text)
    if kind := fastp.recognise(text):
        return kind, fastp.read(text)
    if kind := checks.recognise(text):
        return kind, checks.read(kind, text)
    raise Unusable("is of no kind that is known" + _nearest(name))


def _nearest(name: str) -> str:
    """What a CSV's name was probably meant to be."""
    *_, middle, _ = ["", "", *name.rsplit(".", 2)][-3:]
    return did_you_mean(middle, dragen.KINDS) if name.endswith(".csv") else ""


def _prefix(name: str) -> str | None:
    """The name of a file without what tells its kind; None where nothing else is in it."""
    while (shorter := _ENDING.sub("", name)) != name:
        name = shorter
    return name or None


def _is_own(prefix: str, names: Collection[str]) -> bool:
    """``S1``, or ``S1.hard-filtered``, of which no sample has the longer name."""
    return any(prefix == name or prefix.startswith(f"{name}.") for name in names)


def _keep_own(files: list[File], sample: str, names: Collection[str]) -> list[str]:
    """Skip files of other samples, by what their names begin with."""
    prefixes = sorted({f.prefix for f in files if f.prefix and not f.reason})
    own = [prefix for prefix in prefixes if _is_own(prefix, names)]
    if len(prefixes) < 2 and not own:
        return [f"the files are called {prefix}" for prefix in prefixes]
    if not own:
        raise BadUsage(
            f"the files are of {len(prefixes)} samples ({', '.join(prefixes[:5])}"
            f"{' …' if len(prefixes) > 5 else ''}), and none is called {sample}"
            f"{did_you_mean(sample, prefixes)}",
            hint="name it with --alias, or give the files of one sample",
        )
    for file in files:
        if file.prefix and not file.reason and not _is_own(file.prefix, names):
            file.reason = f"is of another sample ({file.prefix})"
    return []


def _leave_out_twins(files: list[File]) -> None:
    """The same file in two folders is read once: its values would all be there twice."""
    seen: dict[tuple[str, str], list[Metric]] = {}
    for file in files:
        if not file.reason:
            metrics = seen.setdefault((file.kind, file.path.name), file.content.metrics)
            if metrics is not file.content.metrics and metrics == file.content.metrics:
                file.reason = "is there twice with the same content"


def _join_lanes(files: list[File], names: Collection[str]) -> list[Metric]:
    """The reads of all lanes together; each lane's own get its name as their group.

    Of a single lane they are the sample's.
    """
    lanes = [file for file in files if file.kind == fastp.KIND and not file.reason]
    if len(lanes) < 2:
        return []
    together = fastp.joined([file.content for file in lanes])
    for file in lanes:
        prefix = file.prefix or file.path.name
        own = max((f"{name}." for name in names if prefix.startswith(f"{name}.")), default="")
        group = printable(prefix.removeprefix(own))
        file.content.metrics = [replace(each, group=group) for each in file.content.metrics]
    return together


def _of_target(metrics: list[Metric]) -> list[Metric]:
    """Calls of a sample whose depth was measured in a target are of that: no genome's bounds fit.

    An exome has more transitions, for one; its variants get the group that the depths have.
    """
    if not any((each.category, each.group) == ("bed_coverage", "target") for each in metrics):
        return metrics
    return [
        replace(each, group="target") if each.category == "variants" and not each.group else each
        for each in metrics
    ]


def _merge(
    files: list[File], remarks: Counter[str]
) -> tuple[list[Metric], list[tuple[Key, list[str]]]]:
    """Every metric once; one that has several values is left out, for nobody knows which is right.

    Counts what is repeated and what is left out in ``remarks``.
    """
    found: defaultdict[Key, list[tuple[Metric, str]]] = defaultdict(list)
    for file in files:
        for metric in file.content.metrics:
            found[metric.key].append((metric, file.path.name))
    kept, conflicts = [], []
    for key, each in found.items():
        if len({(type(metric.value), metric.value) for metric, _ in each}) == 1:
            kept.append(each[0][0])
            remarks["repeated"] += len(each) - 1
        else:
            remarks["conflicting"] += len(each)
            conflicts.append((key, sorted({f"{m.value} ({name})" for m, name in each})))
    return kept, sorted(conflicts)


def categories(metrics: Iterable[Metric]) -> dict[str, int]:
    """How many metrics there are of each category; 0 says that there is none."""
    counts = Counter(metric.category for metric in metrics)
    return {name: counts[name] for name in CATEGORIES}
