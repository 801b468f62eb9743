"""Other samples to compare with."""

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any

from engines.contract.errors import BadData, InputMissing
from engines.qc.contigs import is_compared
from engines.qc.metric import Key
from engines.qc.processes import in_processes
from engines.qc.spread import Distribution
from engines.qc.summary import read_hashed

LARGEST = 1e300  # of a value that can be compared: differences of two stay finite


@dataclass(frozen=True)
class Member:
    """One sample of a cohort.

    Attributes:
        day: when it was sequenced; None where nobody knows.
        dated: how ``day`` is known: ``given``, by the newest input ``file``, or ``none``.
        values: its metrics that are numbers.
        sha256: of its file.
    """

    sample: str
    day: date | None
    dated: str
    values: dict[Key, float]
    sha256: str = ""


@dataclass(frozen=True)
class Cohort:
    """Samples, each once, by name.

    Attributes:
        files: all that were read, with their SHA-256.
        left_out: samples that are there several times, once for each file that does not count.
    """

    files: Mapping[Path, str]
    members: dict[str, Member]
    left_out: list[str]

    def distributions(self, wanted: Collection[Key]) -> dict[Key, Distribution]:
        """The values of the metrics ``wanted``, by metric."""
        values: defaultdict[Key, dict[str, float]] = defaultdict(dict)
        for sample, member in self.members.items():
            for key in member.values.keys() & wanted:
                values[key][sample] = member.values[key]
        return {key: Distribution(values[key]) for key in wanted}

    def without(self, sample: str) -> "Cohort":
        """All the others."""
        others = {name: member for name, member in self.members.items() if name != sample}
        left_out = [name for name in self.left_out if name != sample]
        return Cohort(self.files, others, left_out)

    def dated(self) -> dict[str, int]:
        """How many samples are dated how."""
        counts = Counter(member.dated for member in self.members.values())
        return {how: counts[how] for how in ("given", "file", "none")}


def read_member(path: Path, wanted: Collection[Key]) -> Member:
    """A sample to compare with.

    Args:
        wanted: the metrics to keep, of those that are compared.

    Raises:
        InputMissing, BadData: see :func:`read_hashed`.
    """
    data, sha256 = read_hashed(path, contigs_of=())
    return _member(path, data, sha256, wanted)


def read_judged(path: Path, categories: Collection[str]) -> tuple[Member, dict[str, Any]]:
    """A sample that is judged and its ``.qc.json``, without what nobody looks at.

    Args:
        categories: those that have thresholds; of other rows only the values are kept.

    Raises:
        InputMissing, BadData: see :func:`read_hashed`.
    """
    data, sha256 = read_hashed(path, contigs_of=categories)
    rows = [row for row in data["metrics"] if row["category"] in categories]
    return _member(path, data, sha256), {**data, "metrics": rows}


def _member(
    path: Path, data: dict[str, Any], sha256: str, wanted: Collection[Key] | None = None
) -> Member:
    try:
        values = {
            key: value
            for row in data["metrics"]
            if (value := row["value"]).__class__ in (float, int)
            and is_compared(key := key_of(row))
            and (wanted is None or key in wanted)
            and abs(value) < LARGEST
        }
    except (TypeError, AttributeError):
        raise BadData(f"{path}: is not complete", hint="collect it again") from None
    day, how = _day(data, path)
    return Member(data["sample"], day, how, values, sha256)


def key_of(row: Mapping[str, Any]) -> Key:
    """What a row of a ``.qc.json`` is a value of."""
    return row["source"], row["category"], row["metric"], row["group"]


def read_cohort(
    places: Iterable[Path],
    known: Mapping[Path, Member],
    kept: Path | None = None,
    together: bool = False,
    threads: int = 1,
) -> Cohort:
    """All samples below ``places``; of one that is there several times the newest counts.

    Args:
        known: the samples to be judged, by file; only the metrics are kept that they have. Of a
            judged one that is there too, what is judged counts.
        kept: a further folder, which may be empty or not there yet.
        together: the samples to be judged are of the cohort, each for the others.
        threads: how many processes read.

    Raises:
        InputMissing, BadData: a place is not there, or has no samples or broken ones.
    """
    inside = sorted(kept.rglob("*.qc.json")) if kept and kept.is_dir() else []
    files = _find([*places, *inside])
    members: dict[str, Member] = {}
    left_out = []
    judged = {path.resolve(): member for path, member in known.items()}
    wanted = frozenset(key for member in judged.values() for key in member.values)
    if together:
        members = {member.sample: member for member in judged.values()}
        given = {path.resolve() for path in files}
        files += [path for path in known if path.resolve() not in given]
    first = {member.sample for member in members.values()}
    digests = {}
    for path, member in zip(files, _members(files, judged, wanted, threads), strict=True):
        digests[path] = member.sha256
        other = members.setdefault(member.sample, member)
        if other is member or other.sha256 == member.sha256:
            continue
        left_out.append(member.sample)
        if member.sample not in first:
            members[member.sample] = max(other, member, key=_newness)
    return Cohort(digests, dict(sorted(members.items())), sorted(left_out))


def _members(
    files: Sequence[Path], judged: Mapping[Path, Member], wanted: Collection[Key], threads: int
) -> Iterator[Member]:
    """The samples of the files, in their order; those that are judged are read already."""
    known = [judged.get(path.resolve()) for path in files]
    others = [path for path, member in zip(files, known, strict=True) if member is None]
    read = in_processes(partial(read_member, wanted=wanted), others, threads)
    for member in known:
        yield member or next(read)


def _newness(member: Member) -> tuple[date, str]:
    """Of the same day, the same one is taken in whatever order they come."""
    return member.day or date.min, repr(sorted(member.values.items()))


def _find(places: Iterable[Path]) -> list[Path]:
    found: dict[Path, Path] = {}
    for place in places:
        if place.is_dir():
            inside = sorted(place.rglob("*.qc.json"))
            if not inside:
                raise BadData(f"{place}: has no *.qc.json in it", hint="see plumbline qc collect")
            for path in inside:
                found.setdefault(path.resolve(), path)
        elif place.exists():
            found.setdefault(place.resolve(), place)
        else:
            raise InputMissing(f"{place}: is not there", hint="check --cohort")
    return list(found.values())


def _day(data: Mapping[str, Any], path: Path) -> tuple[date | None, str]:
    try:
        if data.get("date"):
            return date.fromisoformat(data["date"]), "given"
    except (TypeError, ValueError):
        raise BadData(f"{path}: date {data['date']!r} is no day", hint="collect it again") from None
    beside = path.with_name(path.name.removesuffix(".json") + ".provenance.json")
    try:
        newest = json.loads(beside.read_bytes())["newest_file"]
        return datetime.fromisoformat(newest).date(), "file"
    except (OSError, ValueError, KeyError, TypeError):  # it is not needed
        return None, "none"
