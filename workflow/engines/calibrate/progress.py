"""How far a calibration is, from what R prints: the same lines for both engines.

The share is of iterations that were really done, each fit weighted by what one of its
iterations costs. Patterns: lines of vacalibration 2.2 and of Stan, as they were recorded.
"""

import re
import time
from collections.abc import Sequence
from typing import Any

from engines.calibrate.case import ENSEMBLE
from engines.contract.progress import say, tell

ITERATION = re.compile(
    r"^Chain\s+\d+:\s+Iteration:\s+(\d+)\s*/\s*(\d+)\s*\[\s*\d+%\]\s+\((Warmup|Sampling)\)"
)
SHARE = re.compile(r"^PROGRESS:\s*(\d+(?:\.\d+)?)\s*%\s*-\s*(.*)$")
MODEL = re.compile(r"^SAMPLING FOR MODEL '(\w+)' NOW")
FIT = re.compile(r"^\* (?:Calibrating (?P<algorithm>.+?)|(?P<ensemble>Ensemble calibration))\s*$")
# Of rstan, for every model: says nothing about it.
NOISE = re.compile(
    r"suspicious field assignments|^Chain\s+\d+:\s*$|^\s*$|Adjust your expectations"
    r"|Gradient evaluation took|transitions using \d+ leapfrog steps"
)
INTERVAL = 1.0  # seconds between two lines of progress within one stage


class Share:
    """The share of several calibrations together, told in the log."""

    def __init__(self, weights: Sequence[float]) -> None:
        self.weights, self.shares = weights, [0.0] * len(weights)
        self._started = time.monotonic()
        self._told = ("", 0.0)

    def update(self, number: int, share: float, stage: str, more: dict[str, Any]) -> None:
        """Calibration ``number`` has done ``share`` (0 to 1) of its iterations."""
        self.shares[number] = max(share, self.shares[number])
        now = time.monotonic()
        told_stage, told_at = self._told
        if stage == told_stage and now - told_at < INTERVAL:
            return
        self._told = (stage, now)
        data = {"stage": stage, "progress": self.percent, **more}
        if self.percent:
            left = (100 - self.percent) / self.percent
            data["eta_seconds"] = round((now - self._started) * left)
        tell(data)

    @property
    def percent(self) -> float:
        """100 is for the result on the disk, so never here."""
        done = sum(w * s for w, s in zip(self.weights, self.shares, strict=True))
        return min(round(100 * done / sum(self.weights), 1), 99.9)


class Fits:
    """Reads what R prints during one calibration.

    Args:
        algorithms: in their order.
        ensemble: whether their ensemble follows, which costs as much as all of them.
        share: where to tell it.
        number: of this calibration in ``share``.
        title: what to put before the stage, where there are several calibrations.
    """

    def __init__(
        self,
        algorithms: Sequence[str],
        ensemble: bool,
        share: Share,
        number: int = 0,
        title: str = "",
    ) -> None:
        self._names = [*algorithms, *([ENSEMBLE] if ensemble else [])]
        self._weights = [1.0] * len(algorithms) + [float(len(algorithms))] * ensemble
        self._share, self._number, self._title = share, number, title
        self._fit = -1
        self._sampled = False  # whether the fit has begun to sample: older packages name none

    def line(self, text: str) -> None:
        """Take one line; what is no progress goes into the log as it is."""
        if found := FIT.match(text):
            name = ENSEMBLE if found["ensemble"] else found["algorithm"]
            if name in self._names:
                self._begin(self._names.index(name))
            say(self._title + text)
        elif MODEL.match(text):
            if self._sampled or self._fit < 0:
                self._begin(min(self._fit + 1, len(self._names) - 1))
            self._sampled = True
        elif found := ITERATION.match(text):
            self._at(int(found[1]) / max(int(found[2]), 1), found[3].lower())
        elif found := SHARE.match(text):
            self._at(float(found[1]) / 100, found[2])
        elif not NOISE.search(text):
            say(self._title + text)

    def _begin(self, fit: int) -> None:
        self._fit, self._sampled = fit, False

    def _at(self, share: float, phase: str) -> None:
        fit = max(self._fit, 0)
        before, own = sum(self._weights[:fit]), self._weights[fit]
        name = self._names[fit]
        done = (before + own * min(share, 1.0)) / sum(self._weights)
        sampling = phase in ("warmup", "sampling")
        stage = f"Running MCMC calibration ({name}, {phase})" if sampling else f"{phase} ({name})"
        more = {"fit": name, "phase": phase, "fits_done": fit, "fits": len(self._names)}
        self._share.update(self._number, done, self._title + stage, more)
