"""Find what a results folder holds, and what is missing from it."""

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import NoReturn

from engines.charts.expected import (
    FOLDERS,
    Expected,
    LeftOut,
    called_here,
    expected_samples,
    left_out,
)
from engines.charts.summaries import (
    ANNOTATION,
    CALIBRATION,
    QC,
    SCREEN,
    SMALL_VARIANTS,
    STRUCTURAL_VARIANTS,
    SUFFIX,
    VERDICT_SUFFIX,
    Summary,
    own_name,
    read_summary,
    sample_names,
)
from engines.charts.why import Logs
from engines.contract.errors import BadData, InputMissing
from engines.contract.wording import some

HEADINGS = {
    SMALL_VARIANTS: "Small variants",
    STRUCTURAL_VARIANTS: "Structural variants",
    CALIBRATION: "Calibration",
    QC: "Quality control",
    ANNOTATION: "Somatic variants",
    SCREEN: "Screened reads",
}


@dataclass(frozen=True)
class Missing:
    """A sample or data set without a result.

    Attributes:
        kind: of result, empty where any would do.
        why: the last words of its logs.
        folder: the results folder that lacks it, where several were looked through.
    """

    sample: str
    kind: str
    why: str
    folder: Path | None = None

    @property
    def named(self) -> str:
        """The sample, which result of it, and of which run."""
        return _named(self.sample, self.kind, self.folder)


def _named(sample: str, kind: str, folder: Path | None) -> str:
    of_kind = f" ({HEADINGS[kind].lower()})" if kind else ""
    return sample + of_kind + (f" in {folder}" if folder else "")


def told_left_out(found: Iterable[LeftOut]) -> list[str]:
    """A line for each reason why comparisons were not to be made, with the first of them."""
    whose: dict[str, list[str]] = {}
    for each in found:
        whose.setdefault(each.why, []).append(_named(each.sample, each.kind, each.folder))
    return [f"{some(names)}: {why}" for why, names in whose.items()]


@dataclass
class Holdings:
    """What was found: summaries by kind, files that cannot be used, samples without a result.

    ``others`` are samples of earlier runs into the same folder, which the last one's
    ``samples.tsv`` does not name; ``left_out`` are comparisons that it says were not made.
    """

    summaries: dict[str, list[Summary]] = field(
        default_factory=lambda: {kind: [] for kind in FOLDERS}
    )
    unusable: list[BadData] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)


def holdings(
    places: Sequence[Path], expect: str, logs: Path | None = None, kinds: Iterable[str] = FOLDERS
) -> Holdings:
    """Look through folders and files, each once.

    A summary is told by the name of its file, within its folder; only what is shown then
    has the folder before the name where two runs have the same sample.

    Args:
        places: results folders, folders with summaries, or summary files.
        expect: which samples should be there, see :func:`expected_samples`; where it is
            empty, what the ``samples.tsv`` of each results folder says of that folder.
        logs: log folder, which may say why a sample is missing; `logs` beside the results
            folder where none is given.
        kinds: of summaries, those that are wanted.

    Raises:
        InputMissing: a place is not there, or nothing in them is a summary and none is expected.
    """
    kinds, places = list(kinds), list({place.resolve(): place for place in places}.values())
    files = {place: _summaries_in(place, kinds) for place in places}
    sheets = _sheets(places, expect, kinds)
    found = Holdings(left_out=_left_out(places, expect, kinds))
    if not (any(files.values()) or _expects_any(sheets) or found.left_out):
        _report_nothing(places, kinds)
    others = (
        _not_named(files, sheets) if not expect else _not_asked_for(files, sheets, places, kinds)
    )
    there = [file for each in files.values() for file in each if file.resolve() not in others]
    read = _read(there, kinds, found.unusable)
    for place, expected in sheets.items():
        own = {file.resolve() for file in files[place]}
        mine = {key: each for key, each in read.items() if expect or key in own}
        if not expect:
            others |= {k: s.sample for k, s in mine.items() if not _is_expected(s, expected)}
        folder = place if len(sheets) > 1 else None
        said = partial(_why, Logs(logs or place.parent / "logs"), _called(place))
        found.missing += _missing(mine.values(), expected, said, folder)
    found.others = sorted(set(others.values()))
    found.summaries |= _by_kind([each for key, each in read.items() if key not in others])
    return found


def _not_named(
    files: Mapping[Path, Iterable[Path]], sheets: Mapping[Path, Expected]
) -> dict[Path, str]:
    """Files of samples that their folder's sheet does not name; they need not even be readable."""
    named = {place: set().union(*expected.values()) for place, expected in sheets.items()}
    return {
        file.resolve(): own_name(file)
        for place, names in named.items()
        for file in files[place]
        if own_name(file) not in names
    }


def _not_asked_for(
    files: Mapping[Path, Iterable[Path]],
    asked: Mapping[Path, Expected],
    places: Sequence[Path],
    kinds: Sequence[str],
) -> dict[Path, str]:
    """The same where samples were named too: of earlier runs is what neither names."""
    wanted = {name for expected in asked.values() for names in expected.values() for name in names}
    unnamed = _not_named(files, _sheets(places, "", kinds))
    return {file: name for file, name in unnamed.items() if name not in wanted}


def _summaries_in(place: Path, kinds: Sequence[str]) -> list[Path]:
    if place.is_file():
        return [place]
    if not place.is_dir():
        raise InputMissing(
            f"{place}: no such file or folder",
            hint="run it where the workflow ran, or name the results folder",
        )
    folders = [(place, kind) for kind in kinds]
    folders += [(place / FOLDERS[kind], kind) for kind in kinds]
    patterns = [(folder, f"*{_suffix(kind)}") for folder, kind in folders]
    if SCREEN in kinds:  # each sample has a folder of its own
        named = place if place.name == FOLDERS[SCREEN] else place / FOLDERS[SCREEN]
        patterns.append((named, f"*/*{SUFFIX}"))
    return [
        file for folder, pattern in dict.fromkeys(patterns) for file in sorted(folder.glob(pattern))
    ]


def _suffix(kind: str) -> str:
    return VERDICT_SUFFIX if kind == QC else SUFFIX


def _read(
    files: Iterable[Path], kinds: Sequence[str], unusable: list[BadData]
) -> dict[Path, Summary]:
    """Read each file once, under the name that its run gave it; what fails goes to ``unusable``."""
    read = {}
    for key, file in {file.resolve(): file for file in files}.items():
        try:
            data = read_summary(file, kinds[0] if len(kinds) == 1 else None)
            read[key] = Summary(own_name(file), file, data)
        except BadData as error:
            unusable.append(error)
    return read


def _sheets(places: Sequence[Path], expect: str, kinds: Sequence[str]) -> dict[Path, Expected]:
    """What is expected of which results folder; what the user says is of all places together."""
    if expect:
        return {places[0]: expected_samples(expect, kinds)}
    sheets = {place: place / "samples.tsv" for place in places}
    return {
        place: expected_samples(str(sheet), kinds)
        for place, sheet in sheets.items()
        if sheet.is_file()
    }


def _left_out(places: Sequence[Path], expect: str, kinds: Sequence[str]) -> list[LeftOut]:
    """What the tables say was not to be made; where samples were named, of those only."""
    wanted = None
    if expect:
        wanted = {name for names in expected_samples(expect, kinds).values() for name in names}
    sheets = [place for place in places if (place / "samples.tsv").is_file()]
    return [
        replace(each, folder=place if len(sheets) > 1 else None)
        for place in sheets
        for each in left_out(str(place / "samples.tsv"), kinds)
        if wanted is None or each.sample in wanted
    ]


def _report_nothing(places: Iterable[Path], kinds: Iterable[str]) -> NoReturn:
    folders = " or ".join(FOLDERS[kind] for kind in kinds)
    files = " or ".join(dict.fromkeys(_suffix(kind)[1:] for kind in kinds))
    raise InputMissing(
        f"{', '.join(map(str, places))}: no {files} in it, nor in {folders}",
        hint="name the results folder of a run, which is its folder `results`",
    )


def _expects_any(sheets: Mapping[Path, Expected]) -> bool:
    return any(names for expected in sheets.values() for names in expected.values())


def _is_expected(summary: Summary, expected: Expected) -> bool:
    return summary.sample in expected[""] or summary.sample in expected[summary.kind]


def _by_kind(summaries: Iterable[Summary]) -> dict[str, list[Summary]]:
    """Sort by kind, and tell samples of one name apart by their folders."""
    sorted_: dict[str, list[Summary]] = {kind: [] for kind in FOLDERS}
    for summary in summaries:
        sorted_[summary.kind].append(summary)
    return {
        kind: [
            replace(summary, sample=name)
            for summary, name in zip(same, sample_names([s.path for s in same]), strict=True)
        ]
        for kind, same in sorted_.items()
    }


def _missing(
    summaries: Iterable[Summary],
    expected: Expected,
    said: Callable[[str, str], str],
    folder: Path | None,
) -> list[Missing]:
    """Every expected result that is not there, with what is said of a sample and kind."""
    there: dict[str, set[str]] = {kind: set() for kind in expected}
    for summary in summaries:
        there[summary.kind].add(summary.sample)
        there[""].add(summary.sample)
        if summary.kind == QC:  # which can be of several samples
            there[QC] |= {each["sample"] for each in summary.data["samples"]}
            there[""] |= there[QC]
    return [
        Missing(sample, kind, said(sample, kind), folder)
        for kind, samples in expected.items()
        for sample in samples
        if sample not in there[kind]
    ]


def _called(place: Path) -> frozenset[str]:
    """Call sets that the run of a results folder makes itself, as its table says."""
    table = place / "samples.tsv"
    return called_here(str(table)) if table.is_file() else frozenset()


def _why(logs: Logs, called: Container[str], sample: str, kind: str) -> str:
    """The last words of a sample's jobs, and for calls of this run those of its reads."""
    library = sample.rpartition(".")[0] if sample in called else None
    return logs.last_error(sample, kind, library)
