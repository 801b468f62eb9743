"""The stages of a screen, as the earlier service named them, told as progress."""

import json
import time
from dataclasses import dataclass, field
from pathlib import Path

from engines.contract.clock import utc
from engines.contract.output import write_atomic
from engines.contract.progress import tell
from engines.contract.provenance import as_json

STAGES = {
    "validating_input": "Looking at the input",
    "minimizer_screening": "Screening reads",
    "mutation_calling": "Calling genes and mutations",
    "em_quantification": "Abundance",
    "generating_report": "Writing results",
    "completed": "Done",
}
"""Stage of the earlier service → what people read."""

# Where each stage begins, in percent of the whole; the share of a stage is measured inside it.
BEGINS = dict(zip(STAGES, (0.0, 2.0, 60.0, 85.0, 92.0, 100.0), strict=True))
INTERVAL = 1.0  # seconds between two lines of one stage


@dataclass
class Stages:
    """Tells each stage as it begins, and how far it is; keeps it in ``status.json`` too.

    Attributes:
        sample: its name.
        status: the file, None for none.
        on_stdout: tell it on the standard output too, as ``bio_gpu_pipeline --progress-json``.
        now: the stage.
        seconds: stage → how long it took.
    """

    sample: str
    status: Path | None = None
    on_stdout: bool = False
    now: str = field(default="", init=False)
    seconds: dict[str, float] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self._began = self._said = time.monotonic()

    def begin(self, stage: str) -> None:
        """Go on to a stage of :data:`STAGES`."""
        at = time.monotonic()
        if self.now:
            self.seconds[self.now] = round(at - self._began, 3)
        self.now, self._began, self._said = stage, at, at
        self._say(0.0, {})

    def units(self, reads: int, share: float | None, is_last: bool = False) -> None:
        """Reads that are done, and the share of the input; told at most once a second, and last."""
        at = time.monotonic()
        if at - self._said < INTERVAL and not is_last:
            return
        self._said = at
        rate = round(reads / max(at - self._began, 1e-9), 1)
        self._say(share or 0.0, {"done": reads, "unit": "reads", "rate": rate})

    def fail(self, message: str) -> None:
        """The earlier program's -1; the exit code says it too."""
        self._keep("failed", -1, message)

    def _say(self, share: float, more: dict[str, object]) -> None:
        names = list(STAGES)
        following = names[min(names.index(self.now) + 1, len(names) - 1)]
        begin, end = BEGINS[self.now], BEGINS[following]
        percent = round(begin + (end - begin) * min(max(share, 0.0), 1.0), 1)
        tell({"stage": STAGES[self.now], "progress": percent, **more})
        self._keep("completed" if self.now == "completed" else "running", percent, STAGES[self.now])

    def _keep(self, state: str, percent: float, message: str) -> None:
        line = {"stage": self.now or "failed", "progress": percent, "message": message}
        if state == "failed":
            line["stage"] = "failed"
        if self.on_stdout:
            print(json.dumps(line, ensure_ascii=False), flush=True)
        if self.status:
            kept = {"sample": self.sample, "state": state, **line, "timestamp": utc()}
            write_atomic(self.status, as_json(kept))
