"""The numbers of a run's results, as ``plumbline results --json`` gives them, for a comparison.

A run's files may be anything, and the command follows links: so what it reads is copied first,
each file opened step by step inside the working directory and only where it is the owner's.
"""

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from control.record.run_dir import RunDir
from control.runs.comparison import Scalar, flat
from control.runs.inside import files_inside, open_inside
from control.runs.results import FOLDER, owner_of, workdir
from engines.contract.errors import EngineError, InputMissing

MOST_FILES, MOST_BYTES = 500, 64 << 20
"""Of the results of a run that are read."""
KINDS = ("small_variants", "structural_variants", "calibration", "qc", "annotation", "screen")
_LABELS = ("type", "filter", "comparison", "fit")
_ENDINGS = (".summary.json", ".verdict.json")
_TEXTS = ("sample", "dataset", "file", "warnings", "reasons", "rows")
_SHEET = "samples.tsv"

Key = tuple[str, str, str]


@dataclass
class Measured:
    """What a run measured.

    Attributes:
        values: (kind, sample, row) → name → value.
        problems: what could not be read, a line each.
    """

    values: dict[Key, dict[str, Scalar]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def measured(run_dir: RunDir) -> Measured:
    """Read the results of a run.

    Raises:
        FileNotFoundError: the run was deleted.
    """
    made = Measured()
    with tempfile.TemporaryDirectory(prefix="plumbline-compare-") as folder:
        results = Path(folder) / FOLDER
        results.mkdir()
        _copy_all(run_dir, results, made)
        for data in _told(results, made):
            made.values = {key: values for key, values in _values(data)}
            made.problems += data["unusable"]
            made.problems += [
                f"{each['sample']}: no result: {each['why']}" for each in data["missing"]
            ]
        made.problems = [problem.replace(f"{folder}/", "") for problem in made.problems]
    return made


def _told(results: Path, made: Measured) -> Iterator[dict[str, Any]]:
    """What the command tells of a folder; where its list of samples is broken, without that."""
    # imported here: it takes its time, and only comparisons need it
    from engines.charts.holdings import holdings
    from engines.charts.listing import as_data

    for _ in range(2):
        try:
            yield as_data(holdings([results], "", logs=results / "logs"))
            return
        except InputMissing:
            return
        except (EngineError, RecursionError) as error:
            made.problems.append(getattr(error, "message", "results that nobody could read"))
            (results / _SHEET).unlink(missing_ok=True)


def _copy_all(run_dir: RunDir, results: Path, made: Measured) -> None:
    from engines.charts.expected import FOLDERS

    places = [_SHEET]
    for folder in (*FOLDERS.values(), "screen/*"):  # there each sample has a folder of its own
        found = files_inside(workdir(run_dir), f"{FOLDER}/{folder}")
        places += [path.removeprefix(f"{FOLDER}/") for path in found if path.endswith(_ENDINGS)]
    owner, room = owner_of(run_dir), MOST_BYTES
    for number, place in enumerate(places):
        if number > MOST_FILES or room < 0:
            made.problems.append(f"{len(places) - number} more results were not read: too much")
            return
        try:
            with open_inside(workdir(run_dir), f"{FOLDER}/{place}", owner) as file:
                room -= file.size
                if room >= 0:
                    (results / place).parent.mkdir(parents=True, exist_ok=True)
                    (results / place).write_bytes(b"".join(file.chunks()))
        except InputMissing:
            continue
        except EngineError as error:
            made.problems.append(error.message)


def _values(data: Mapping[str, Any]) -> Iterator[tuple[Key, dict[str, Scalar]]]:
    for kind, entries in data.items():
        if kind not in KINDS:
            continue
        for entry in entries:
            sample = entry.get("sample", entry.get("dataset"))
            for row in entry.get("rows", ()):
                label = " ".join(str(row[name]) for name in _LABELS if name in row)
                yield (
                    (kind, sample, label),
                    flat({name: value for name, value in row.items() if name not in _LABELS}),
                )
            whole = {name: value for name, value in entry.items() if name not in _TEXTS}
            yield (kind, sample, ""), flat({**whole, "warnings": len(entry["warnings"])})
