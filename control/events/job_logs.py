"""Which logs of which jobs of a run are followed.

A log is followed while its job runs and a little longer, inside the run's working
directory only, through no link, and only where it belongs to the run's owner. Several
jobs that name the same log are served one after another, so that no line comes twice.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from control.events.attempt_marker import MARKER, kept_name, seconds_of
from control.events.followed_log import Batch, FollowedLog, LogRules, note
from control.events.job_attempts import JobAttempt
from control.events.tail import NotFollowed, Tail, open_inside


class JobLogs:
    """The logs of one run.

    Args:
        rules: how they are followed.
        workdir: of the run; relative paths start here.
        uid: whose the logs must be.
        saved: what :meth:`to_json` gave before a restart. What nobody asks for again goes
            with :meth:`forget_saved`.
        told: what was told once already; more is added.

    Attributes:
        news_at: when something last happened in one of them (monotonic).
    """

    def __init__(
        self,
        rules: LogRules,
        workdir: str,
        uid: int,
        saved: Mapping[str, Any],
        told: list[list[str]],
    ) -> None:
        self._rules, self._uid, self._told = rules, uid, told
        self.news_at = float("-inf")
        self._workdir, self._root = workdir, os.path.realpath(workdir) if workdir else ""
        self._saved = dict(saved)
        self._logs: dict[str, FollowedLog] = {}  # by the file's full name
        self._known: dict[str, int] = {}  # attempt → how many logs it had

    def follow(self, attempts: Iterable[JobAttempt], now: float) -> None:
        """Follow the logs of these attempts, and more of them where more became known."""
        for attempt in attempts:
            if attempt.rule and self._known.get(attempt.key, 0) < len(attempt.logs):
                self._known[attempt.key] = len(attempt.logs)
                for path in attempt.logs:
                    self._add(path, attempt, now)

    def resume(self, attempt: JobAttempt, end: str, now: float) -> None:
        """Follow an ended attempt again, where it was still followed before a restart."""
        saved = (self._saved.get(self._file(path)) for path in attempt.logs)
        if any(isinstance(entry, dict) and entry.get("key") == attempt.key for entry in saved):
            self.follow([attempt], now)
            self.end([attempt], end, now)

    def forget_saved(self) -> None:
        """What was saved before a restart is not needed any more."""
        self._saved.clear()

    def end(self, attempts: Iterable[JobAttempt], end: str, now: float) -> None:
        """These attempts ended at ``end``; their logs are followed for a short time."""
        for attempt in attempts:
            self._known.pop(attempt.key, None)
            for log in self._of(attempt):
                log.end(attempt, seconds_of(end), now)
                self.news_at = now

    def drain(self, attempts: Iterable[JobAttempt], batch: Batch, now: float) -> bool:
        """Take in everything that these attempts have written; False where the batch is full."""
        logs = [log for attempt in attempts for log in self._of(attempt)]
        return all([self._read(log, batch, now) for log in logs])

    def read(self, batch: Batch, now: float) -> bool:
        """Take in what there is in the logs that are due; False where the batch is full."""
        for file, log in list(self._logs.items()):
            if batch.room <= 0:
                return False
            if log.attempt.is_in_queue and not log.has_ended:
                continue  # it has written nothing, and there may be ten thousand of them
            is_over = log.is_over(now)
            if (is_over or log.is_due(now)) and not self._read(log, batch, now):
                self._logs[file] = self._logs.pop(file)  # the others come first the next time
                return False
            if is_over and log.is_over(now):  # nobody has taken it over
                log.close()
                del self._logs[file]
        return True

    def wake(self, files: Iterable[str], now: float) -> None:
        """Something may have happened to these files."""
        for file in files:
            if (log := self._logs.get(file)) is not None:
                self._wake(log, now)

    def __len__(self) -> int:
        return len(self._logs)

    def folders(self) -> set[str]:
        """The folders in which they are."""
        return {os.path.dirname(file) for file in self._logs}

    def to_json(self) -> dict[str, Any]:
        """How far each was read."""
        saved = {file: log.to_json() for file, log in self._logs.items()}
        return {**self._saved, **{file: entry for file, entry in saved.items() if entry}}

    def close(self) -> None:
        """Close all files."""
        for log in self._logs.values():
            log.close()

    def _of(self, attempt: JobAttempt) -> Iterator[FollowedLog]:
        for path in attempt.logs:
            if (log := self._logs.get(self._file(path))) is not None:
                yield log

    def _add(self, path: str, attempt: JobAttempt, now: float) -> None:
        file = self._file(path)
        log = self._logs.get(file)
        if log is None:
            saved = self._saved.pop(file, None)
            entry = saved if isinstance(saved, dict) else {}
            log = FollowedLog(self._rules, path, self._tail(file), attempt, entry)
            self._logs[file] = log
            self._wake(log, now)
        elif log.attempt is not attempt:
            log.successor = attempt
            self._wake(log, now)

    def _read(self, log: FollowedLog, batch: Batch, now: float) -> bool:
        room = batch.room
        try:
            return log.read(batch, now)
        except NotFollowed as refused:
            self._tell(log, str(refused), batch)
            return True
        except OSError as error:
            self._tell(log, error.strerror or "it cannot be read", batch)
            log.close()  # a network file system may have given it up: it is looked up again
            return True
        finally:
            if batch.room < room:
                self.news_at = now

    def _wake(self, log: FollowedLog, now: float) -> None:
        log.wake(now)
        self.news_at = now

    def _tell(self, log: FollowedLog, reason: str, batch: Batch) -> None:
        """Say once for each rule why its logs are not followed."""
        rule = log.attempt.rule
        if [rule, reason] not in self._told:
            self._told.append([rule, reason])
            text = f"{log.path} is not shown, nor are other logs of rule {rule} like it: {reason}"
            batch.drafts.append(note(batch.at, text, "warning", log.attempt))

    def _file(self, path: str) -> str:
        """The full name of a log; through a linked workdir it is the same file."""
        if os.path.isabs(path) and self._workdir and not self._inside(path, self._root):
            path = os.path.relpath(path, self._workdir)
        return os.path.normpath(os.path.join(self._root, path))

    def _tail(self, file: str) -> Tail:
        if not self._inside(file, self._root):
            return Tail(_outside)
        relative = os.path.relpath(file, self._root)
        return Tail(partial(_open_log, self._root, relative, self._uid))

    @staticmethod
    def _inside(file: str, folder: str) -> bool:
        return bool(folder) and os.path.normpath(file).startswith(folder.rstrip("/") + "/")


def _open_log(root: str, relative: str, uid: int) -> int:
    try:
        return open_inside(root, relative, uid)
    except FileNotFoundError:
        # between two attempts: Snakemake has deleted the log, and log_to.sh has yet to link it anew
        fd = open_inside(root, kept_name(relative), uid)
        if os.pread(fd, len(MARKER), 0) != MARKER:
            os.close(fd)
            raise
        return fd


def _outside() -> int:
    raise NotFollowed("it lies outside of the run's working directory")
