"""The stages of a screen, as the earlier service named them, told as progress."""

import json
from dataclasses import dataclass, field

from engines.contract.progress import tell

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


@dataclass
class Stages:
    """Tells each stage once as it begins, and how far it is.

    Attributes:
        on_stdout: tell it on the standard output too, as ``bio_gpu_pipeline --progress-json``.
        now: the stage.
    """

    on_stdout: bool = False
    now: str = field(default="", init=False)

    def begin(self, stage: str, message: str = "") -> None:
        """Go on to a stage of :data:`STAGES`."""
        self.now = stage
        self.say(0.0, message)

    def say(self, share: float, message: str = "") -> None:
        """How far the stage is, from 0 to 1; told at once."""
        names = list(STAGES)
        following = names[min(names.index(self.now) + 1, len(names) - 1)]
        begin, end = BEGINS[self.now], BEGINS[following]
        percent = round(begin + (end - begin) * min(max(share, 0.0), 1.0), 1)
        words = message or STAGES[self.now]
        tell({"stage": words, "progress": percent, "step": self.now})
        self._for_pipelines(percent, words)

    def fail(self, message: str) -> None:
        """The earlier program's -1; the exit code says it too."""
        self._for_pipelines(-1, message)

    def _for_pipelines(self, percent: float, message: str) -> None:
        if self.on_stdout:
            line = {"stage": self.now or "failed", "progress": percent, "message": message}
            print(json.dumps(line, ensure_ascii=False), flush=True)
