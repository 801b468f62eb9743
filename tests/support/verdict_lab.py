"""Runs whose samples the machine has judged: ``plumbline qc judge`` itself writes the files."""

import hashlib
from pathlib import Path

from qc_lab import judged, write_sample

from control.record.run_dir import RunDir

# values of "Average alignment coverage over genome" and what the default thresholds say of them
PASS, WARN, FAIL = 40.0, 20.0, 5.0


def verdict_file(run: RunDir, sample: str) -> Path:
    """Where the machine's verdict on a sample is."""
    return run.work / "results" / "qc" / f"{sample}.verdict.json"


def judge(run: RunDir, sample: str, coverage: float | None = PASS) -> str:
    """Let the machine judge a sample by its coverage (None: nothing to judge); gives the sha256."""
    metrics = [("coverage", "Average alignment coverage over genome", coverage)]
    if coverage is None:
        metrics = [("mapping", "Number of unheard-of reads", None)]
    folder = run.work / "results" / "qc"
    file = write_sample(folder, sample, metrics)
    judged(folder / sample, file)
    return hashlib.sha256(verdict_file(run, sample).read_bytes()).hexdigest()
