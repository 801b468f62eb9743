"""Deaths as one algorithm saw them: read, checked, mapped to broad causes and counted."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from engines.calibrate.ages import OTHER, AgeGroup, fold
from engines.calibrate.case import Deaths, Mapped
from engines.calibrate.va_data.cause_map import CauseMap
from engines.calibrate.va_data.layout import tally_of
from engines.calibrate.va_data.names import NONE, CauseNames, cause_names, other_of
from engines.calibrate.va_data.problems import Problems, shown
from engines.calibrate.va_data.table_file import open_table
from engines.calibrate.va_data.tally import BROAD_CAUSES, Tally
from engines.contract.errors import BadData, BadUsage
from engines.contract.wording import printable

SET_ASIDE = "set-aside"
NEWBORN = "nn_causes"  # of children: the causes of newborns


def read_deaths(
    algorithm: str,
    source: str | Path,
    age: AgeGroup,
    causes: Sequence[str] | None = None,
    cause_map: CauseMap | None = None,
    undetermined: str = SET_ASIDE,
) -> Deaths:
    """The deaths of a file, by cause.

    Args:
        algorithm: whose causes these are.
        source: CSV or JSON of individual causes, probabilities, broad causes (0/1), or counts.
        age: its broad causes, and what belongs to them.
        causes: the broad causes of the user's own matrices, where they are not the age group's.
        cause_map: the user's own causes. Counts and 0/1 columns by such causes stay what they are
            (several may share a broad cause); deaths one by one are counted by broad cause.
        undetermined: ``set-aside``, or ``other`` to count deaths without a cause as other.

    Raises:
        InputMissing: the file is not there, or cannot be opened.
        BadData: it cannot be read, a cause is unknown, an id is there twice, …: up to 10 lines.
        BadUsage: deaths without a cause are to be ``other``, and there is no such cause.
    """
    if undetermined not in (SET_ASIDE, OTHER):
        raise BadUsage(
            f"unknown way with undetermined deaths: {undetermined!r}",
            hint=f"valid: {SET_ASIDE}, {OTHER}",
        )
    path = Path(source)
    names = cause_names(age, causes, cause_map)
    problems = Problems(path)
    tally = tally_of(open_table(path), names, problems)
    problems.stop_if_any()
    assert tally is not None  # else there was a problem
    _none_missing(path, tally, names)
    return _deaths(algorithm, path, tally, names, undetermined)


def align(deaths: Sequence[Deaths]) -> list[Deaths]:
    """The same deaths, all with the causes of the first one, in its spelling and order.

    Raises:
        BadData: two algorithms do not have the same causes.
    """
    first = deaths[0]
    return [first, *(_as(first, other) for other in deaths[1:])]


def _as(first: Deaths, other: Deaths) -> Deaths:
    at = {fold(cause): i for i, cause in enumerate(other.causes)}
    wanted = [fold(cause) for cause in first.causes]
    if set(at) != set(wanted):
        only = [
            f"only {d.algorithm} ({d.name}) has {', '.join(missing)}"
            for d, missing in (
                (first, [c for c in first.causes if fold(c) not in at]),
                (other, [c for c in other.causes if fold(c) not in wanted]),
            )
            if missing
        ]
        raise BadData(
            f"{first.algorithm} and {other.algorithm} do not have the same causes: "
            + "; ".join(only),
            hint="give both the same causes, 0 where there were none, or calibrate them apart",
        )
    order = [at[name] for name in wanted]
    broad = tuple(other.broad[i] for i in order)
    counts = tuple(other.counts[i] for i in order)
    return replace(other, causes=first.causes, broad=broad, counts=counts)


def _own(tally: Tally, names: CauseNames) -> bool:
    """Are these the causes of the study, which stay the units of calibration?"""
    return tally.listed and any(fold(cause) in names.own for cause in _real(tally))


def _real(tally: Tally) -> list[str]:
    """Causes of the input, without what is undetermined."""
    return [cause for cause, broad in tally.broad.items() if broad != NONE]


def _absent(tally: Tally, names: CauseNames) -> list[str]:
    return [cause for cause in names.causes if cause not in tally.broad.values()]


def _none_missing(path: Path, tally: Tally, names: CauseNames) -> None:
    """An input that lists its causes lists all; a study's own need not cover all broad ones."""
    problems = Problems(path)
    if tally.listed and not _own(tally, names):
        for cause in _absent(tally, names):
            zeros = "a column of 0" if tally.form == BROAD_CAUSES else "0"
            problems.add("", f"{cause} is missing", f"write {zeros} when there were none")
    problems.stop_if_any()


def _units(tally: Tally, names: CauseNames) -> tuple[list[str], list[str], list[int]]:
    """The units of calibration, their broad causes, their deaths."""
    real = _real(tally)
    if _own(tally, names) or (tally.listed and all(map(names.is_broad, real))):
        return real, [tally.broad[c] for c in real], [tally.deaths[c] for c in real]
    totals = dict.fromkeys(names.causes, 0)
    for cause in real:
        totals[tally.broad[cause]] += tally.deaths[cause]
    return list(totals), list(totals), list(totals.values())


def _deaths(
    algorithm: str, path: Path, tally: Tally, names: CauseNames, undetermined: str
) -> Deaths:
    causes, broad, counts = _units(tally, names)
    records = sum(tally.deaths.values())
    without = {c: n for c, n in tally.deaths.items() if tally.broad[c] == NONE and n}
    aside, target = sum(without.values()), None
    if undetermined == OTHER and aside:
        target = other_of(names)
        counts[_only(broad, target)] += aside
    if not sum(counts):
        said = "no death has a cause" if records else "there are no deaths: every count is 0"
        raise BadData(f"{shown(path)}: {said}", hint="there is nothing to calibrate")
    absent = _absent(tally, names) if _own(tally, names) else []
    mapping = [Mapped(c, tally.broad[c] or target, n) for c, n in tally.deaths.items()]
    warnings = [
        *names.warnings,
        *tally.warnings,
        *_about_newborns(broad, counts),
        *_about_undetermined(without, records, target),
        *(f"no cause of the study is {cause}: it is left out of the matrix" for cause in absent),
    ]
    return Deaths(
        algorithm=algorithm,
        name=printable(path.name),
        path=path,
        form=tally.form,
        causes=tuple(causes),
        broad=tuple(broad),
        counts=tuple(counts),
        records=records,
        undetermined=0 if target else aside,
        mapping=tuple(sorted(mapping, key=lambda each: -each.deaths)),
        warnings=tuple(f"{algorithm}: {warning}" for warning in warnings),
    )


def _only(broad: Sequence[str], target: str) -> int:
    """The one unit of the broad cause ``target``."""
    if broad.count(target) == 1:
        return broad.index(target)
    several = "several causes" if target in broad else "no cause"
    raise BadUsage(
        f"{several} of the study belong to {target}: deaths without a cause cannot be one of them",
        hint=f"leave out --undetermined {OTHER}: they are then set aside",
    )


def _about_newborns(broad: Sequence[str], counts: Sequence[int]) -> list[str]:
    """Deaths of neonates that are calibrated as those of children, which nothing else betrays."""
    newborn = sum(count for to, count in zip(broad, counts, strict=True) if to == NEWBORN)
    if 2 * newborn <= sum(counts):
        return []
    return [f"{newborn:,} of {sum(counts):,} deaths are {NEWBORN}: is the age group right?"]


def _about_undetermined(without: dict[str, int], records: int, target: str | None) -> list[str]:
    if not without:
        return []
    listed = ", ".join(f"{cause} {deaths:,}" for cause, deaths in without.items())
    fate = f"counted as {target}" if target else "set aside"
    return [f"deaths without a cause: {sum(without.values()):,} of {records:,}, {fate} ({listed})"]
