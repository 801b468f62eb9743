"""Drivers on other hosts whose runs have ended here: they are ended as soon as their host answers.

A host that does not answer takes minutes to say so, and may be away for days. So whoever cancels
a run does not wait for it, and ``launch.json`` says that something is left to be done there.
"""

import threading
import time
from collections.abc import Sequence
from dataclasses import replace

from control.record.lines import timestamp
from control.record.run_dir import RunDir
from control.runs import launch
from control.runs.lease import Lease
from control.settings import Settings

PAUSE_SECONDS, LONGEST_PAUSE = 30.0, 1800.0
"""After the first try; then twice as long, up to the other one."""


class Withdrawals:
    """Withdraws one launch after the other, behind the steward's back.

    A restart loses nothing but the pauses: what is left to be done is in ``launch.json``.

    Args:
        settings: of the service; a launcher that is not in there any more is not tried.

    Attributes:
        problems: run id → why its launch could not be withdrawn yet.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._due: dict[str, tuple[float, float]] = {}  # run id → when, and the pause after it
        self._working: threading.Thread | None = None
        self.problems: dict[str, str] = {}

    def see_to(self, run_dirs: Sequence[RunDir]) -> None:
        """Begin with what is due of these, which have ended and whose launch has not."""
        if self._working is not None and self._working.is_alive():
            return
        ids = {each.run_id for each in run_dirs}
        self._due = {run_id: due for run_id, due in self._due.items() if run_id in ids}
        self.problems = {run_id: why for run_id, why in self.problems.items() if run_id in ids}
        due = [
            each for each in run_dirs if self._due.get(each.run_id, (0, 0))[0] <= time.monotonic()
        ]
        if due:
            # a daemon: the end of the service is not held up; what it does can be done again
            self._working = threading.Thread(
                target=self._work, args=[due], name="withdrawals", daemon=True
            )
            self._working.start()

    def _work(self, run_dirs: Sequence[RunDir]) -> None:
        for run_dir in run_dirs:
            try:
                with Lease.take(run_dir, "withdraw"):  # so nobody resumes it meanwhile
                    why = self._withdraw(run_dir)
            except Exception as error:  # of any kind: the others are seen to all the same
                why = str(error) or type(error).__name__
            _, pause = self._due.pop(run_dir.run_id, (0.0, PAUSE_SECONDS))
            self.problems.pop(run_dir.run_id, None)
            if why:
                self.problems[run_dir.run_id] = why
                self._due[run_dir.run_id] = time.monotonic() + pause, min(2 * pause, LONGEST_PAUSE)

    def _withdraw(self, run_dir: RunDir) -> str:
        """Withdraw one launch; gives why it could not be."""
        sent = run_dir.read_launch()
        if sent is None or sent.ended or not run_dir.state().is_final:
            return ""
        if sent.launcher in self._settings.launchers:
            run_dir.write_settings(self._settings.model_dump_json())  # as they are now
            if problems := launch.withdraw(run_dir):
                return "; ".join(problems)
            why = "withdrawn"
        else:
            why = "its launcher is not in the settings any more"
        if (now := run_dir.read_launch()) is not None and not now.ended:
            run_dir.write_launch(replace(now, ended=timestamp(time.time()), why=why))
        return ""
