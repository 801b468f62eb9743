"""The machine's verdicts: read inside the results alone, and damaged ones are told."""

import json
import os
import stat
from pathlib import Path

import pytest
from verdict_lab import FAIL, PASS, WARN, judge, verdict_file

from control.record.run_dir import RunDir
from control.runs import results
from control.verdicts import machine
from control.verdicts.machine import LARGEST, find, read


@pytest.mark.parametrize(
    ("coverage", "word", "reason"),
    [
        (PASS, "pass", None),
        (WARN, "warn", "Average alignment coverage over genome: 20 is less than 30"),
        (FAIL, "fail", "Average alignment coverage over genome: 5 is less than 15"),
        (None, "none", None),
    ],
)
def test_what_judge_wrote_is_read(
    run: RunDir, coverage: float | None, word: str, reason: str | None
) -> None:
    sha256 = judge(run, "S1", coverage)
    found = read(run, "S1")
    assert found is not None
    assert (found.verdict, found.sha256, found.problem) == (word, sha256, "")
    assert found.reasons == ((reason,) if reason else ())
    assert sum(found.counts.values()) > 1


def test_which_samples_there_are(run: RunDir) -> None:
    folder = run.work / "results" / "qc"
    for name in ("S2.verdict.json", "S1.verdict.json", "S1.verdict.html", "S3.verdict.html"):
        (folder / name).touch()
    for name in ("S1.qc.json", "S1.verdict.tsv", "verdict.json", "multiqc.html"):
        (folder / name).touch()
    for name in (".hidden.verdict.json", "two\nlines.verdict.json", ".verdict.json"):
        (folder / name).touch()
    found = find(run)
    assert (found.samples, found.pages, found.left_out) == (["S1", "S2"], {"S1"}, 3)


def test_a_run_without_qc_has_no_samples(run: RunDir) -> None:
    assert find(run).samples == []
    (run.work / "results" / "qc").rmdir()
    assert find(run).samples == []
    assert read(run, "S1") is None


@pytest.mark.parametrize("sample", ["../S1", "a/S1", "", ".S1", "a\\b", "a\0", "x" * 201, "S\n1"])
def test_names_that_lead_elsewhere_name_nothing(run: RunDir, sample: str) -> None:
    judge(run, "S1")
    (run.work / "results" / "S1.verdict.json").write_bytes(verdict_file(run, "S1").read_bytes())
    assert read(run, sample) is None


def damaged(text: str) -> list[str]:
    """A sound file, spoiled in many ways."""
    data = json.loads(text)
    (sample,) = data["samples"]
    return [
        "",
        text[: len(text) // 2],
        "null",
        "[]",
        '"x"',
        "\x00\x01",
        "[" * 100_000,
        json.dumps({}),
        json.dumps({**data, "schema": "plumbline/qc.verdict/2"}),
        json.dumps({**data, "schema": 7}),
        json.dumps({**data, "samples": None}),
        json.dumps({**data, "samples": [7]}),
        json.dumps({**data, "samples": [{**sample, "verdict": "splendid"}]}),
        json.dumps({**data, "samples": [{**sample, "metrics": [{}]}]}),
        json.dumps({**data, "samples": [{**sample, "counts": {"pass": "many"}}]}),
        json.dumps({"schema": "plumbline/qc.verdict/1"}),
        text.replace('"counts"', '"c\\ud800ounts"'),
    ]


def test_damaged_files_are_told(run: RunDir) -> None:
    judge(run, "S1")
    file = verdict_file(run, "S1")
    for content in damaged(file.read_text()):
        file.write_text(content)
        found = read(run, "S1")
        assert found is not None
        assert found.verdict is None, content[:200]
        assert "no plumbline/qc.verdict/1" in found.problem
        assert found.problem.isprintable()
    file.write_bytes(b"\xff\xfe{}")
    found = read(run, "S1")
    assert found is not None and found.verdict is None


def test_a_file_about_somebody_else_is_not_this_samples(run: RunDir) -> None:
    judge(run, "S1")
    data = json.loads(verdict_file(run, "S1").read_text())
    verdict_file(run, "S2").write_text(json.dumps(data))
    data["samples"] *= 2
    data["samples"][1] = {**data["samples"][0], "sample": "S2\x1b[2J"}
    verdict_file(run, "S1").write_text(json.dumps(data))
    first, second = read(run, "S1"), read(run, "S2")
    assert second is not None and second.problem == "is about S1, not about this sample alone"
    assert first is not None and first.verdict is None
    assert first.problem.isprintable() and "S1, S2" in first.problem
    data["samples"] = []
    verdict_file(run, "S1").write_text(json.dumps(data))
    first = read(run, "S1")
    assert first is not None and "about no sample" in first.problem


def test_a_file_without_end_is_not_read(run: RunDir) -> None:
    with open(verdict_file(run, "S1"), "wb") as file:
        file.truncate(LARGEST + 1)
    found = read(run, "S1")
    assert found is not None
    assert found.verdict is None and "larger than 8 MB" in found.problem


def test_links_lead_nowhere(run: RunDir, tmp_path: Path) -> None:
    judge(run, "S1")
    file = verdict_file(run, "S1")
    other = tmp_path / "elsewhere"
    other.mkdir()
    file.rename(other / "S1.verdict.json")
    file.symlink_to(other / "S1.verdict.json")
    found = read(run, "S1")
    assert found is not None and found.verdict is None and found.sha256 == ""
    for folder in (run.work / "results" / "qc", run.work / "results"):
        for below in sorted(folder.rglob("*"), reverse=True):
            below.rmdir() if below.is_dir() and not below.is_symlink() else below.unlink()
        folder.rmdir()
        target = other if folder.name == "qc" else tmp_path / "results2"
        if folder.name == "results":
            target.mkdir()
            other.rename(target / "qc")
        folder.symlink_to(target)
        assert find(run).samples == [], folder
        found = read(run, "S1")
        assert found is None or found.verdict is None, folder
        folder.unlink()
        folder.mkdir()


def test_a_pipe_keeps_nobody_waiting(run: RunDir) -> None:
    os.mkfifo(verdict_file(run, "S1"))
    assert stat.S_ISFIFO(verdict_file(run, "S1").stat().st_mode)
    found = read(run, "S1")
    assert found is not None and found.verdict is None


def test_a_file_of_another_account_is_not_read(
    run: RunDir, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge(run, "S1")
    assert results.owner_of(run) == os.getuid()
    monkeypatch.setattr(machine, "owner_of", lambda _: os.getuid() + 1)
    found = read(run, "S1")
    assert found is not None
    assert (found.verdict, found.problem) == (None, "not a file of the run's owner")
