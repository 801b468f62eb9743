"""``plumbline verdict`` against a real service."""

import json
from collections.abc import Callable

import pytest
from recorded_run import RecordedRun
from verdict_lab import FAIL, PASS, WARN, judge

from control.client.verdict_cli import verdict


@pytest.fixture
def judged_run(recorded: Callable[..., RecordedRun]) -> RecordedRun:
    """With the samples S1 (warn), S2 (pass) and export (fail)."""
    made = recorded(end=True)
    judge(made.run_dir, "S1", WARN)
    judge(made.run_dir, "S2", PASS)
    judge(made.run_dir, "export", FAIL)
    return made


def test_it_is_shown_given_and_shown_again(run, judged_run):
    before = run("verdict", "latest")
    assert before.lines[0].split() == [
        "SAMPLE",
        "MACHINE",
        "PERSON",
        "BY",
        "STATE",
        "SHA256",
        "WHY",
    ]
    assert before.lines[1].split()[:3] == ["S1", "warn", "none"]
    assert "20 is less than 30" in before.lines[1]
    given = run("verdict", judged_run.run_id, "S1", "pass", "--comment", "enough for the panel")
    assert given.code == 0, given.err
    assert given.out.startswith("S1: pass (verdict ")
    assert "The machine says warn (Average alignment coverage over genome: 20 is" in given.out
    changed = run("verdict", judged_run.run_id, "S1", "fail", "--json")
    assert json.loads(changed.out)["verdict"] == "fail"
    again = run("verdict", judged_run.run_id, "S1", "pass", "--comment", "no, it is fine")
    assert "this supersedes fail of " in again.out
    history = run("verdict", judged_run.run_id, "S1")
    assert [line.split()[4:6] for line in history.lines[1:]] == [
        ["pass", "warn"],
        ["fail", "warn"],
        ["pass", "warn"],
    ]
    assert "superseded" in history.out
    sample = run("verdict", judged_run.run_id).lines[1].split()
    assert sample[:3] == ["S1", "warn", "pass"] and "current" in sample


def test_from_a_shell(here, judged_run):
    done = here.run_command("verdict", judged_run.run_id, "S1", "pass")
    assert done.returncode == 65
    assert json.loads(done.stderr.splitlines()[-1])["hint"].startswith("say what you looked at")
    done = here.run_command("verdict", judged_run.run_id, "S1", "pass", "--comment", "näive ✓")
    assert (done.returncode, done.stderr) == (0, "")
    done = here.run_command("verdict", "export", "--run", judged_run.run_id)
    assert done.stdout.splitlines()[1].split(",")[9] == "näive ✓"


def test_a_sample_that_is_called_like_the_command(run, judged_run):
    given = run("verdict", judged_run.run_id, "export", "fail")
    assert given.out.startswith("export: fail")


def test_what_one_looked_at_can_be_named(run, judged_run):
    rows = json.loads(run("verdict", judged_run.run_id, "--json").out)
    seen = next(row["machine"]["sha256"] for row in rows if row["sample"] == "S2")
    judge(judged_run.run_dir, "S2", PASS + 1)
    late = run("verdict", judged_run.run_id, "S2", "pass", "--sha256", seen[:12])
    assert (late.code, "another one than you looked at" in late.error["message"]) == (64, True)
    short = run("verdict", judged_run.run_id, "S2", "pass", "--sha256", seen[:4])
    assert short.code == 64
    assert run("verdict", judged_run.run_id, "S2").out == ""


@pytest.mark.parametrize(
    ("arguments", "code", "why"),
    [
        (("S9", "pass"), 66, "has not judged a sample 'S9'"),
        (("S1", "pass"), 65, "takes a comment"),
        (("S1", "splendid"), 64, "splendid"),
        (("S1", "--comment", "x"), 64, "go with a verdict"),
        (("S1", "fail", "--comment", "x" * 2001), 65, "2001 characters"),
    ],
)
def test_what_cannot_be(run, judged_run, arguments, code, why):
    ended = run("verdict", judged_run.run_id, *arguments)
    assert (ended.code, why in ended.error["message"]) == (code, True), ended.err


def test_a_damaged_file(run, judged_run):
    file = judged_run.work / "results" / "qc" / "S1.verdict.json"
    file.write_text("{\x1b[2J")
    shown = run("verdict", judged_run.run_id)
    assert "damaged" in shown.lines[1] and "\x1b" not in shown.out
    ended = run("verdict", judged_run.run_id, "S1", "fail")
    assert (ended.code, "is damaged" in ended.error["message"]) == (65, True)


def test_export(run, judged_run, home):
    for sample, comment in (("S2", "=1+1"), ("export", "+1\n\x1b[31mred")):
        ended = run("verdict", judged_run.run_id, sample, "fail", "--comment", comment)
        assert (ended.code == 0) is (sample == "S2")
    printed = run("verdict", "export", "--run", judged_run.run_id, "--format", "tsv")
    head, row = printed.lines
    told = dict(zip(head.split("\t"), row.split("\t"), strict=True))
    assert (told["sample"], told["comment"], told["state"]) == ("S2", "'=1+1", "current")
    saved = run("verdict", "export", "--sample", "S2", "--out", str(home / "all.json"))
    assert saved.out.startswith(str(home / "all.json"))
    assert json.loads((home / "all.json").read_text())[0]["comment"] == "=1+1"
    assert run("verdict", "export", "--since", "2999-01-01").lines[1:] == []
    assert run("verdict", "export", "--since", "sometime").code == 64
    assert run("verdict", "export", "--out", str(home / "all.xlsx")).code == 64, "no such format"
    assert not (home / "all.xlsx").exists()


def test_help_says_how():
    text = verdict.get_help(verdict.make_context("verdict", [], resilient_parsing=True))
    assert "RUN [SAMPLE pass|warn|fail] | export" in text


def test_without_anything_it_says_how(run, home):
    assert "RUN [SAMPLE pass|warn|fail] | export" in (ended := run("verdict")).out + ended.err
