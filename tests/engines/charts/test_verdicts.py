"""`plumbline results` with verdicts of quality, and with comparisons that were left out."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator
from qc_lab import judged, write_sample
from summary_files import small_row, small_summary, write

from engines.charts.cli import chart, results
from engines.charts.holdings import holdings
from engines.charts.listing import as_text
from engines.charts.summaries import QC, read_summary
from engines.contract.errors import BadData

SCHEMA = Path(__file__).parents[3] / "workflow" / "schemas" / "results.schema.json"
ROWS = [
    ("coverage", "Average alignment coverage over genome"),
    ("mapping", "Mapped reads (%)"),
    ("vc", "Percent Callability"),
]
SHEET = (
    "sample\tvariants\ttruth_is\n"
    "A\tqc\t\nB\tqc\t\nC\tqc\t\n"
    "A\tsmall_variants\tgiab\n"
    "B\tsmall_variants\tleft out: whose truth? B is no sample of GIAB\n"
    "B\tstructural_variants\tleft out: whose truth? B is no sample of GIAB\n"
)


def run(command: Any, *arguments: object) -> Result:
    return CliRunner().invoke(command, [str(argument) for argument in arguments])


def measured(*values: float) -> list[tuple[str, str, float]]:
    return [(*name, value) for name, value in zip(ROWS, values, strict=True)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Results of a run: A passes, B fails; C has no verdict yet."""
    there = tmp_path / "results"
    files = [
        write_sample(there / "qc", "A", measured(36, 99.5, 97), "2026-11-20"),
        write_sample(there / "qc", "B", measured(10, 50, 91)),
    ]
    judged(there / "report" / "qc", *files, "--each", there / "qc")
    write(there / "small_variants", A=small_summary("A", [small_row("SNP", (9, 1, 0, 0))]))
    (there / "samples.tsv").write_text(SHEET)
    return there


def test_the_list(folder: Path) -> None:
    done = run(results, folder)
    small, quality, missing, aside = done.stdout.split("\n\n")
    assert small.startswith("Small variants (1 sample)")
    title, head, first, second, warnings = quality.splitlines()
    assert title == "Quality control (2 samples)"
    assert " ".join(head.split()) == "Sample Verdict Fail Warn No verdict First reasons"
    entry = json.loads((folder / "qc" / "A.verdict.json").read_text())["samples"][0]
    assert first.split()[:5] == [
        *("A", entry["verdict"]),
        *(str(entry["counts"][name]) for name in ("fail", "warn", "none")),
    ]
    assert second.split()[:3] == ["B", "fail", "1"]
    assert second.endswith("  Average alignment coverage over genome: 10 is less than 15")
    assert warnings == "Warnings: A 1, B 1"
    assert missing.splitlines()[0] == "No result:"
    assert missing.splitlines()[1].startswith("  C (quality control): not started")
    why = "whose truth? B is no sample of GIAB"
    assert aside == f"Left out: B (small variants), B (structural variants): {why}\n"
    assert (done.exit_code, "no result of C (quality control)" in done.stderr) == (66, True)


def test_what_was_left_out_is_no_error(folder: Path) -> None:
    (folder / "samples.tsv").write_text(SHEET.replace("C\tqc\t\n", ""))
    assert run(results, folder).exit_code == 0
    for each in (*(folder / "qc").iterdir(), *(folder / "small_variants").iterdir()):
        each.unlink()
    only = [row for row in SHEET.splitlines() if "left out" in row or row.startswith("sample")]
    (folder / "samples.tsv").write_text("\n".join(only) + "\n")
    done = run(results, folder)
    assert (done.exit_code, len(done.stdout.splitlines())) == (0, 1)


def test_for_programs(folder: Path) -> None:
    data = json.loads(run(results, folder, "--json").stdout)
    Draft202012Validator(json.loads(SCHEMA.read_text())).validate(data)
    first, second = data["qc"]
    assert (first["sample"], first["date"], first["cohort"]) == ("A", "2026-11-20", 1)
    assert (second["verdict"], second["counts"]["fail"]) == ("fail", 1)
    assert len(second["reasons"]) == 1 + second["counts"]["warn"]
    assert data["missing"][0]["kind"] == "qc"
    assert [(each["sample"], each["kind"]) for each in data["left_out"]] == [
        *(("B", "small_variants"), ("B", "structural_variants"))
    ]


def test_samples_that_are_asked_for(folder: Path) -> None:
    done = run(results, folder, "--expect", "A", "--json")
    assert (done.exit_code, json.loads(done.stdout)["left_out"]) == (0, [])
    done = run(results, folder, "--expect", "B", "--json")
    assert len(json.loads(done.stdout)["left_out"]) == 2


def test_verdicts_of_earlier_runs_are_named_and_not_listed(folder: Path) -> None:
    (folder / "samples.tsv").write_text("sample\tvariants\nA\tqc\n")
    done = run(results, folder)
    assert "Quality control (1 sample)" in done.stdout
    assert done.stdout.endswith("Of earlier runs, not shown: A, B\n")  # A's comparison


def test_a_file_of_many_samples(folder: Path) -> None:
    done = run(results, folder / "report" / "qc.verdict.json", "--expect", "A,B")
    assert done.exit_code == 0, done.output
    assert "Quality control (2 samples)" in done.stdout
    assert [line.split()[0] for line in done.stdout.splitlines()[2:4]] == ["A", "B"]


def test_a_narrow_terminal(folder: Path) -> None:
    lines = as_text(holdings([folder / "qc"], ""), 40).splitlines()
    assert lines[1] == "A pass" or lines[1] == "A warn" or lines[1] == "A none"
    assert lines[2] == "  Fail 0"


def test_no_verdict_is_charted(folder: Path) -> None:
    both = ("--out-tsv", folder / "x.tsv", "--out-html", folder / "x.html")
    done = run(chart, "small-variants", folder, *both)
    assert done.exit_code == 0, done.output
    left = "left out: B (small variants): whose truth? B is no sample of GIAB"
    assert f">L{left[1:]}</p>" in (folder / "x.html").read_text()
    assert done.stderr.splitlines() == [left, "charted 1 of 1 samples"]
    verdict = folder / "qc" / "A.verdict.json"
    done = run(chart, "small-variants", verdict, "--out-tsv", folder / "x.tsv")
    assert json.loads(done.stderr.splitlines()[-1])["hint"].startswith("give it to `plumbline res")
    (folder / "small_variants" / "A.summary.json").unlink()
    (folder / "samples.tsv").write_text("\n".join([SHEET.splitlines()[0], SHEET.splitlines()[5]]))
    done = run(chart, "small-variants", folder, "--out-tsv", folder / "x.tsv")
    assert (done.exit_code, "no result of B (small variants): whose" in done.stderr) == (66, True)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda d: d.update(samples=[]), "samples: is empty"),
        (lambda d: d["samples"].append(3), "samples[1]: not an object"),
        (lambda d: d["samples"][0].update(verdict="ok"), "samples[0].verdict: 'ok' is not fail,"),
        (lambda d: d["samples"][0]["counts"].pop("none"), "samples[0].counts.none: missing"),
        (lambda d: d["samples"][0].pop("metrics"), "samples[0].metrics: missing, or not a list"),
        (lambda d: d["samples"][0]["metrics"].append(1), "]: not an object"),
        (lambda d: d["samples"][0]["metrics"][0].pop("reason"), "metrics[0].reason: missing"),
        (lambda d: d["samples"][0]["metrics"][0].pop("value"), "metrics[0].value: missing"),
        (lambda d: d["samples"][0]["metrics"][0].update(cohort=1), "cohort: missing, or not an o"),
        (lambda d: d.update(warnings=[1]), "warnings[0]: not a text"),
    ],
)
def test_a_verdict_that_cannot_be_used_is_named(folder: Path, change: Any, problem: str) -> None:
    path = folder / "qc" / "B.verdict.json"
    data = json.loads(path.read_text())
    assert read_summary(path, QC) == data
    change(data)
    path.write_text(json.dumps(data))
    with pytest.raises(BadData) as error:
        read_summary(path)
    assert problem in error.value.message
    done = run(results, folder, "--expect", "A")
    assert (done.exit_code, "Cannot be used:" in done.stdout) == (65, True)


def test_everything_can_be_exported(folder: Path) -> None:
    file = folder.parent / "out" / "all.tsv"
    done = run(results, folder, "--expect", "A,B", "--export", file)
    assert done.exit_code == 0, done.output
    assert "Quality control (2 samples)" in done.stdout
    head, *rows = [line.split("\t") for line in file.read_text().splitlines()]
    kinds = {(row[head.index("sample")], row[head.index("kind")]) for row in rows}
    assert kinds == {("A", "small_variants"), ("A", "qc"), ("B", "qc")}
    assert run(results, folder, "--export", file.with_suffix(".xlsx")).exit_code == 64
