"""The R process of a calibration, driven by its own protocol, and problems to give it."""

import json
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

R = Path(__file__).resolve().parents[2] / "workflow" / "engines" / "calibrate" / "r"
MARK = "PLUMBLINE-R "


class REngine:
    """One R process.

    Attributes:
        hello: what it said first.
        lines: what it printed for the last request, without the answer.
    """

    def __init__(self, process: "subprocess.Popen[str]", folder: Path) -> None:
        self._process = process
        self._output = folder / "result.json"
        self.lines: list[str] = []
        self.hello = self._answer()["hello"]

    def _answer(self) -> dict[str, Any]:
        self.lines = []
        assert self._process.stdout
        for line in self._process.stdout:
            if line.startswith(MARK):
                answer: dict[str, Any] = json.loads(line.removeprefix(MARK))
                return answer
            if line.strip():
                self.lines.append(line.rstrip("\n"))
        raise AssertionError("R ended: " + "\n".join(self.lines))

    def send(self, line: str) -> dict[str, Any]:
        """A line as it is, and the answer to it."""
        assert self._process.stdin
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        return self._answer()

    def calibrate(self, spec: dict[str, Any]) -> dict[str, dict[str, Any]]:
        """The fits of a calibration by name, in their order."""
        self._output.unlink(missing_ok=True)
        answer = self.send(json.dumps({**spec, "do": "calibrate", "output": str(self._output)}))
        assert "done" in answer, answer
        return {fit["name"]: fit for fit in json.loads(self._output.read_text())["fits"]}

    def refuse(self, spec: dict[str, Any]) -> dict[str, str]:
        """The error of a calibration that cannot be; no output is left."""
        self._output.unlink(missing_ok=True)
        answer = self.send(json.dumps({**spec, "do": "calibrate", "output": str(self._output)}))
        assert not list(self._output.parent.glob("result.json*"))
        error: dict[str, str] = answer["error"]
        return error


@contextmanager
def r_engine(folder: Path) -> Iterator[REngine]:
    """A process that ends well when its input ends."""
    process = subprocess.Popen(
        ["Rscript", "--no-init-file", str(R / "main.R")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )
    with process:
        try:
            yield REngine(process, folder)
        except BaseException:
            process.kill()
            raise
    assert process.returncode == 0


Matrix = Sequence[Sequence[float]]


def spec_of(
    causes: Sequence[str],
    counts: dict[str, Sequence[int]],
    dirichlet: dict[str, Matrix],
    **options: Any,
) -> dict[str, Any]:
    """A request to calibrate: prior, path correction, `other` left as it is, an ensemble."""
    spec: dict[str, Any] = {
        "engine": "builtin", "compat": "2.2", "age_group": "neonate", "country": "Mozambique",
        "mmat_type": "prior", "causes": list(causes), "ensemble": len(counts) > 1,
        "path_correction": True, "shrink_strength": None,
        "not_calibrated": {name: ["other"] for name in counts},
        "learn_not_calibrated": True, "threshold": 0.1, "seed": 1,
        "warmup": None, "iterations": None, "chains": None,
        "algorithms": [
            {
                "name": name,
                "counts": list(counts[name]),
                "dirichlet": [list(row) for row in dirichlet[name]],
                "mean": [[rate / sum(row) for rate in row] for row in dirichlet[name]],
            }
            for name in counts
        ],
    }  # fmt: skip
    return {**spec, **options}
