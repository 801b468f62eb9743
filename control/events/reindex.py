"""Rebuild the index from run directories: by ourselves, or by the service that is running."""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from control.events.index_writer import IndexWriter, Rebuilt
from control.events.run_facts import RunFacts, run_dirs
from control.settings import Settings, StateDir
from engines.contract.errors import BadUsage, CannotWrite, TimedOut

ANSWER_SECONDS = 600.0
"""How long the service may take."""
_POLL_SECONDS = 0.1

Told = Callable[[int, int], None]


def rebuild(settings: Settings, told: Told, *, may_ask: bool) -> Rebuilt | None:
    """Fill the index anew from the journals of all runs; messages keep their numbers.

    Args:
        settings: whose folders and state are meant.
        told: called after each run: how many are done, of how many.
        may_ask: whether a service that is running may do it, which reads its own folders.

    Returns:
        what was done; None where the service did it.

    Raises:
        BadUsage: a service is running, and it may not be asked.
        CannotWrite: the state folder cannot be written.
        TimedOut: the service does not answer.
    """
    try:
        state = StateDir(settings.state).make()
        with _alone(state) as alone:
            if alone:
                return _rebuild_here(settings, state, told)
        if may_ask:
            return _ask(settings, state, told)
    except OSError as error:
        place = error.filename or settings.state
        raise CannotWrite(
            f"{place}: {error.strerror}", hint="see `state` in the settings"
        ) from None
    raise BadUsage(
        f"{state.path}: a service is running, and it reads the folders of its settings",
        hint="leave out --runs, or stop the service",
    )


def _ask(settings: Settings, state: StateDir, told: Told) -> Rebuilt | None:
    """Let the service do it; it removes the request when it has."""
    deadline = time.monotonic() + ANSWER_SECONDS
    state.reindex_request.touch()
    while state.reindex_request.exists():
        with _alone(state) as alone:
            if alone:  # it has ended before it answered
                rebuilt = _rebuild_here(settings, state, told)
                state.reindex_request.unlink(missing_ok=True)
                return rebuilt
        if time.monotonic() > deadline:
            raise TimedOut(
                f"{state.path}: the service has not rebuilt its index in {ANSWER_SECONDS:.0f} s",
                hint="it may still be at it: see its log",
            )
        time.sleep(_POLL_SECONDS)
    return None


def _rebuild_here(settings: Settings, state: StateDir, told: Told) -> Rebuilt:
    found = list(run_dirs(settings.runs))
    problems: list[str] = []

    def every_run() -> Iterator[RunFacts]:
        for number, run_dir in enumerate(found, 1):
            try:
                yield RunFacts.of(run_dir, state.journals)
            except OSError as error:
                problems.append(f"{run_dir.path}: {error.strerror}")
            told(number, len(found))  # that one has been taken in by now

    writer = IndexWriter(state.index)
    try:
        rebuilt = writer.rebuild(every_run())
    finally:
        writer.close()
    rebuilt.problems += problems
    return rebuilt


@contextmanager
def _alone(state: StateDir) -> Iterator[bool]:
    """Whether no service writes the index; none can begin to while this is open."""
    lock = os.open(state.ingest_lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(lock)
