"""The results of a run: which files there are, a page at a time."""

from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from control.record.run_dir import RunDir, UnreadableRun
from control.runs.inside import Found, Walk

FOLDER = "results"
"""Where a workflow puts its results, seen from its working directory."""
MOST = 10_000
"""Files on one page."""


@dataclass(frozen=True)
class Page:
    """Some files of a run, in the order of their paths.

    Attributes:
        files: paths are seen from the folder of results.
        cursor: asks for the next page; None on the last one.
        left_out: reason → how many entries were passed over on the way to the end of this page
            (links, hidden files, files of other accounts …).
    """

    files: list[Found]
    cursor: str | None
    left_out: dict[str, int]


def workdir(run_dir: RunDir) -> Path:
    """Where Snakemake runs, or will run."""
    try:
        return Path(run_dir.read_run().workdir or run_dir.work)
    except UnreadableRun:
        return run_dir.work


def owner_of(run_dir: RunDir) -> int:
    """The user id to whom the run, and every file of it that is shown, belongs.

    Raises:
        FileNotFoundError: the run was deleted.
    """
    return run_dir.path.stat().st_uid


def walk_results(run_dir: RunDir) -> Walk:
    """All results, as a walk that has not begun.

    Raises:
        FileNotFoundError: the run was deleted.
    """
    return Walk(workdir(run_dir) / FOLDER, owner_of(run_dir))


def list_results(run_dir: RunDir, limit: int = 1000, cursor: str = "") -> Page:
    """The files of a run's results.

    Args:
        run_dir: of which run.
        limit: most files on the page, up to ``MOST``.
        cursor: of the page before.

    Raises:
        FileNotFoundError: the run was deleted.
    """
    walk = walk_results(run_dir)
    wanted = max(1, min(limit, MOST))
    files = list(islice(walk.files(after=cursor), wanted + 1))
    more = len(files) > wanted
    files = files[:wanted]
    return Page(files, files[-1].path if more else None, walk.left_out)
