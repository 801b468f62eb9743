"""Run directories, as far as the history needs them: which results each run made."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from engines.contract.errors import InputMissing
from engines.history.origin import RUN_ID, moment_of

_ALWAYS = datetime.min.replace(tzinfo=UTC)


@dataclass
class Runs:
    """What a folder of run directories leads to.

    Attributes:
        results: results folder → the runs into it: when each started, its id.
        without: run directories that lead to no results folder, and why.
    """

    results: dict[Path, list[tuple[datetime, str]]] = field(default_factory=dict)
    without: dict[str, str] = field(default_factory=dict)


def read_runs(folder: Path) -> Runs:
    """Look through run directories.

    Raises:
        InputMissing: there is no such folder, or no run directory in it.
    """
    try:
        names = sorted(path.name for path in folder.iterdir() if RUN_ID.fullmatch(path.name))
    except OSError as error:
        raise InputMissing(f"{folder}: {error.strerror}", hint="name the folder of runs") from error
    if not names:
        raise InputMissing(
            f"{folder}: no run directory in it",
            hint="name the folder that holds them, as `plumbline runs` shows it",
        )
    found = Runs()
    for name in names:
        try:
            workdir, start = _read_run(folder / name)
        except (OSError, ValueError, RecursionError):
            found.without[name] = "its run.json cannot be read"
            continue
        results = (workdir / "results").resolve()
        if results.is_dir():
            found.results.setdefault(results, []).append((start, name))
        else:
            found.without[name] = f"no {workdir / 'results'}"
    return found


def _read_run(run: Path) -> tuple[Path, datetime]:
    """Where it worked, and when it started."""
    data = json.loads((run / "run.json").read_bytes())
    if not isinstance(data, dict):
        raise ValueError("no JSON object")
    workdir = data.get("workdir")
    start = moment_of(data.get("start")) or _ALWAYS
    # its own one where the folder of runs was moved since
    own = run / "work"
    return Path(workdir) if isinstance(
        workdir, str
    ) and workdir and not own.is_dir() else own, start


def run_by_time(runs: list[tuple[datetime, str]]) -> Callable[[Path, datetime], str]:
    """Which of the runs into one folder made a summary: the last that had started by then."""

    def run_of(summary: Path, made: datetime) -> str:
        begun = [each for each in sorted(runs) if each[0] <= made]
        return begun[-1][1] if begun else ""

    return run_of
