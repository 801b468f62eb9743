"""Results folders and histories in tests."""

import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from calibration_summary import calibration_summary
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator, FormatChecker
from summary_files import small_row, small_summary, sv_summary

from engines.history.cli import history

SCHEMAS = Path(__file__).resolve().parents[2] / "workflow" / "schemas"
MADE = "2026-11-20T10:00:00.000Z"


def run(*arguments: object) -> Result:
    """``plumbline history …``; any exception of ours shows as itself."""
    return CliRunner().invoke(history, [str(each) for each in arguments])


def done(*arguments: object) -> str:
    """The same, and it must go well; what it printed."""
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def problem(*arguments: object) -> dict[str, Any]:
    """The JSON line of a failure."""
    result = run(*arguments)
    assert result.exit_code != 0, result.output
    said: dict[str, Any] = json.loads(result.stderr.splitlines()[-1])
    assert said["code"] == result.exit_code
    return said


def validate(data: object, name: str = "history") -> None:
    schema = json.loads((SCHEMAS / f"{name}.schema.json").read_text())
    Draft202012Validator(schema, format_checker=FormatChecker()).validate(data)


def few_rows(tp: int = 90, fn: int = 10, fp: int = 5) -> list[dict[str, Any]]:
    """SNP, INDEL and one stratum; recall of SNP is TP / (TP + FN)."""
    return [
        small_row("SNP", (tp, fn, fp, 2)),
        small_row("INDEL", (40, 10, 10, 1)),
        small_row("SNP", (9, 1, 0, 0), subset="hard"),
    ]


def put(folder: Path, kind: str, name: str, data: Mapping[str, Any], made: str = MADE) -> Path:
    """A summary with its provenance, as an engine leaves them."""
    (folder / kind).mkdir(parents=True, exist_ok=True)
    ending = ".verdict.json" if kind == "qc" else ".summary.json"
    path = folder / kind / f"{name}{ending}"
    path.write_text(json.dumps(data))
    beside = f"{name}{'.verdict' if kind == 'qc' else ''}.provenance.json"
    (folder / kind / beside).write_text(json.dumps({"finished": made}))
    return path


def results(folder: Path, made: str = MADE, **of_sample: list[dict[str, Any]]) -> Path:
    """A results folder with small variants of samples: their rows."""
    for sample, rows in of_sample.items():
        put(folder, "small_variants", sample, small_summary(sample, rows), made)
    return folder


def three_kinds(folder: Path, made: str = MADE) -> Path:
    """Small and structural variants of HG002, a calibration of `mothers`."""
    results(folder, made, HG002=few_rows())
    put(folder, "structural_variants", "HG002", sv_summary("HG002"), made)
    calibration = calibration_summary("neonate", ("insilicova", "eava"), stalled=["eava"])
    put(folder, "calibration", "mothers", calibration, made)
    return folder


def sheet(folder: Path, *rows: Sequence[str]) -> None:
    """``samples.tsv`` of a results folder: sample, variants, build, truth_is, date."""
    lines = [("sample", "variants", "build", "truth_is", "date"), *rows]
    (folder / "samples.tsv").write_text("".join("\t".join(line) + "\n" for line in lines))


def judged_metric(metric: str, value: float | str | None, verdict: str, z: float | None) -> Any:
    place = None
    if z is not None:
        place = {"n": 9, "median": 30.0, "mad": 1.0, "z": z, "by": "mad", "rank": 1}
    return {
        **{"category": "coverage", "metric": metric, "group": "", "source": "dragen/coverage"},
        **{"value": value, "unit": "x", "verdict": verdict, "reason": f"{metric} is {verdict}"},
        "threshold": {
            **{"direction": "low", "warn": None, "fail": None, "allowed": None, "reason": "rule"}
        },
        "cohort": place,
    }


def verdict(
    sample: str = "HG002",
    verdict: str = "warn",
    day: str | None = "2026-11-18",
    dated: str = "given",
) -> dict[str, Any]:
    """What `qc judge` writes of one sample."""
    metrics = [
        judged_metric("mean coverage", 28.5, verdict, -1.25),
        judged_metric("karyotype", "XY", "pass", None),
        judged_metric("not measured", None, "none", None),
    ]
    counts = {"fail": 0, "warn": 0, "pass": 0, "none": 0}
    for each in metrics:
        counts[each["verdict"]] += 1
    data = {
        **{"schema": "plumbline/qc.verdict/1", "version": "0.1.0"},
        "thresholds": {"name": "thresholds.yaml", "sha256": "0" * 64, "minimum": 8},
        "cohort": {"samples": [], "dated": {"given": 0, "file": 0, "none": 0}, "left_out": []},
        "samples": [
            {
                **{"sample": sample, "date": day, "dated": dated, "verdict": verdict},
                **{"counts": counts, "skipped": 1, "metrics": metrics, "unusual": []},
            }
        ],
        **{"trends": [], "warnings": []},
    }
    return data


@contextmanager
def unprivileged_folder(fill: Callable[[Path], object] | None = None) -> Iterator[Path]:
    """A folder that may only be read, also where the tests run as root; ``fill`` comes before."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if fill:
            fill(folder)
        folder.chmod(0o555)
        root = os.geteuid() == 0
        if root:
            os.seteuid(65534)
        try:
            yield folder
        finally:
            if root:
                os.seteuid(0)
            folder.chmod(0o755)
