"""plumbline results and chart, of calibrations."""

import json
from pathlib import Path
from typing import Any

import pytest
from calibration_summary import THREE, calibration_summary
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator
from summary_files import write

from engines.charts.cli import chart, results
from engines.charts.holdings import holdings
from engines.charts.listing import as_text

SCHEMA = Path(__file__).parents[3] / "workflow" / "schemas" / "results.schema.json"


def run(command: Any, *arguments: str | Path) -> Result:
    return CliRunner().invoke(command, [str(argument) for argument in arguments])


def last_words(result: Result) -> dict[str, Any]:
    return dict(json.loads(result.stderr.splitlines()[-1]))


@pytest.fixture
def calibrated(tmp_path: Path) -> Path:
    """The results of a run: two data sets, one of them stalled; a third has no result."""
    results_ = tmp_path / "results"
    write(
        results_ / "calibration",
        demo=calibration_summary(algorithms=THREE[:2], stalled=["eava"], example="Synthetic."),
        north=calibration_summary("child", seed=3, warnings=["w"]),
    )
    rows = [f"{name}\tcalibration\t\n" for name in ("demo", "north", "south")]
    (results_ / "samples.tsv").write_text("sample\tvariants\tbuild\n" + "".join(rows))
    return results_


CALIBRATED = """\
Calibration (2 datasets)
Dataset  Fit         Largest before                  Largest after                                  λ  Age group  Country     Engine
demo     eava        prematurity 26.7 %              prematurity 26.7 % (stalled)                0.99  neonate    Mozambique  builtin 0.1.0 (as 2.2)
demo     insilicova  sepsis_meningitis_inf 24.4 %    pneumonia 24.7 % [14.5, 34.8]               0.37  neonate    Mozambique  builtin 0.1.0 (as 2.2)
demo     ensemble    congenital_malformation 21.8 %  congenital_malformation 38.7 % [8.5, 68.9]     –  neonate    Mozambique  builtin 0.1.0 (as 2.2)
north    insilicova  hiv 18.2 %                      hiv 28.6 % [12.4, 44.8]                     0.10  child      Mozambique  builtin 0.1.0 (as 2.2)
Examples, not data: demo
Path correction stalled: demo (eava)
Warnings: north 1
Deaths set aside: demo 465, north 173

No result:
  south (calibration): not started; see what failed or was cancelled before it
"""  # noqa: E501


def test_a_largest_cause_that_is_not_calibrated_has_no_interval(tmp_path: Path) -> None:
    data = calibration_summary()
    (fit,) = data["fits"]
    cause = max(fit["uncalibrated"], key=fit["uncalibrated"].__getitem__)
    fit["not_calibrated"].append(cause)
    for of in (data["results"]["calibrated"][fit["name"]], fit):
        of |= {name: dict(fit["uncalibrated"]) for name in ("mean", "lower_ci", "upper_ci")}
    write(tmp_path / "results" / "calibration", demo=data)
    told = run(results, tmp_path / "results").stdout
    assert f"{cause} " in told and "% (not calibrated)" in told and "[" not in told


def test_calibrations_are_listed(calibrated: Path) -> None:
    result = run(results, calibrated)
    assert (result.stdout, result.exit_code) == (CALIBRATED, 66)
    assert last_words(result)["message"] == "no result of south (calibration)"
    narrow = as_text(holdings([calibrated], ""), 40).splitlines()
    assert narrow[1:4] == ["demo eava", "  Largest before prematurity 26.7 %", narrow[3]]


def test_calibrations_for_programs(calibrated: Path) -> None:
    data = json.loads(run(results, calibrated, "--json").stdout)
    Draft202012Validator(json.loads(SCHEMA.read_text())).validate(data)
    demo, north = data["calibration"]
    assert (demo["dataset"], demo["example"], north["warnings"]) == ("demo", True, ["w"])
    stalled = demo["rows"][0]
    assert (stalled["fit"], stalled["stalled"], stalled["lambda"]) == ("eava", True, 0.99)
    assert stalled["largest_after"]["lower_ci"] is None
    assert demo["rows"][2]["stalled_members"] == ["eava"]
    assert data["missing"][0]["kind"] == "calibration"


def test_calibrations_have_a_chart(calibrated: Path) -> None:
    out = calibrated / "report"
    outputs = {form: out / f"calibration.{form}" for form in ("html", "pdf", "svg", "png", "tsv")}
    options = [part for form, path in outputs.items() for part in (f"--out-{form}", path)]
    result = run(chart, "calibration", calibrated, *options)
    assert result.exit_code == 0, result.stderr
    assert result.stderr.splitlines() == [
        "warning: no summary of south (calibration), which was expected",
        "charted 2 of 3 datasets",
    ]
    record = out / "calibration.html.provenance.json"
    assert sorted(out.iterdir()) == sorted([*outputs.values(), record])
    assert "there is no result: south" in outputs["html"].read_text()
    assert outputs["pdf"].read_bytes().startswith(b"%PDF-")
    assert len(outputs["tsv"].read_text().splitlines()) == 1 + 3 * 6 + 9


def test_a_calibration_is_no_comparison(calibrated: Path) -> None:
    (calibrated / "small_variants").mkdir()
    summary = calibrated / "calibration" / "demo.summary.json"
    summary.rename(calibrated / "small_variants" / summary.name)
    result = run(chart, "small-variants", calibrated, "--out-tsv", calibrated / "x.tsv")
    assert result.exit_code == 66  # its table names no small variants
    path = calibrated / "small_variants" / summary.name
    result = run(chart, "small-variants", path, "--out-tsv", calibrated / "x.tsv")
    assert (result.exit_code, last_words(result)["hint"]) == (
        65,
        "give it to `plumbline chart calibration`",
    )
