"""The whole command: tried again or not, remembered, given up, redriven; killed at any moment."""

import json
import os
import random
import shlex
import subprocess

import pytest

from control.record.dead_letter import read_letter

# fails with the code in its first line; each try takes a line away
FAILING = """
echo run >>runs
code=$(head -n 1 codes); sed -i 1d codes
exit "${code:-0}"
"""


def with_codes(workdir, *codes: int, text: str = "") -> list[str]:
    (workdir.path / "codes").write_text("".join(f"{code}\n" for code in codes))
    return workdir.script((f"echo {shlex.quote(text)} >&2;" if text else "") + FAILING)


def runs(workdir) -> int:
    return len(workdir.lines("runs"))


def test_what_passes_is_tried_again_and_leaves_nothing(workdir):
    ended = workdir.attempt("--attempts", "4", *with_codes(workdir, 75, 1, 69))
    assert (ended.code, runs(workdir)) == (0, 4)
    assert "try 1 of 4 failed (transient, told by exit code 75 (temporary failure))" in ended.err
    assert "try 2 of 4 failed (unknown, told by exit code 1, which says nothing)" in ended.err
    assert workdir.marks() == workdir.letters() == []


def test_success_touches_nothing(workdir):
    ended = workdir.attempt("--", "echo", "all well")
    assert (ended.code, ended.out, ended.err) == (0, "all well\n", "")
    assert list(workdir.path.iterdir()) == []


def test_what_will_not_pass_is_not_tried_again(workdir):
    ended = workdir.attempt("--attempts", "5", *with_codes(workdir, 65, text="truth is cut"))
    assert (ended.code, runs(workdir)) == (65, 1)
    assert ended.error["error_class"] == "permanent"
    assert ended.error["message"] == "truth is cut"


def test_a_dead_letter_says_everything(workdir):
    (workdir.path / "calls.vcf").write_text("four")
    command = with_codes(workdir, 1, 75, 1, text="GET https://me:pw@host/x?token=abc failed")
    ended = workdir.attempt(
        *("--job", "fetch/HG002", "--attempts", "3"),
        *("--input", "calls.vcf", "--input", "absent.vcf", *command),
    )
    path = str(ended.error["dead_letter"])
    assert path.startswith(".plumbline/dead_letters/fetch_HG002-")
    letter = read_letter(workdir.path, path)
    assert (letter.job, letter.workdir) == ("fetch/HG002", str(workdir.path))
    assert [(each.code, each.error_class) for each in letter.attempts] == [
        (1, "unknown"),
        (75, "transient"),
        (1, "unknown"),
    ]
    assert all(each.start <= each.end for each in letter.attempts)
    found, missing = letter.inputs
    assert (found.path, found.size) == ("calls.vcf", 4)
    assert found.mtime == pytest.approx((workdir.path / "calls.vcf").stat().st_mtime, abs=0.01)
    assert (missing.path, missing.size, missing.mtime) == ("absent.vcf", None, None)
    assert letter.error.message == "GET https://***@host/x?token=*** failed"
    assert letter.log == "GET https://***@host/x?token=*** failed\n"
    assert letter.host and letter.created
    everything = (workdir.path / path).read_text()
    assert "token=abc" not in everything and ":pw@" not in everything


def test_the_last_line_is_for_machines(workdir):
    ended = workdir.attempt("--attempts", "1", *with_codes(workdir, 9, text="oh no"))
    letter = str(workdir.letters()[0].relative_to(workdir.path))
    assert ended.error == {
        "type": "error",
        "error_class": "unknown",
        "code": 9,
        "message": "oh no",
        "hint": "",
        "dead_letter": letter,
    }


def test_a_permanent_failure_ends_later_attempts_of_the_job(workdir):
    """Snakemake's --retries 2: three processes, one run."""
    command = with_codes(workdir, 66, 0, text="no such truth")
    first = workdir.attempt("--job", "j", "--attempt", "1/3", *command)
    assert (first.code, runs(workdir)) == (66, 1)
    letter = workdir.letters()[0].read_bytes()
    for turn in ("2/3", "3/3"):
        later = workdir.attempt("--job", "j", "--attempt", turn, *command)
        assert (later.code, runs(workdir)) == (66, 1)
        assert later.error.items() < first.error.items(), "its letter is announced once"
        assert "not tried again" in later.err
    assert workdir.letters()[0].read_bytes() == letter
    # a new run of the workflow begins with attempt 1, and so does a redrive
    anew = workdir.attempt("--job", "j", "--attempt", "1/3", *command)
    assert (anew.code, runs(workdir)) == (0, 2)
    assert workdir.marks() == workdir.letters() == []


def test_a_changed_command_is_tried(workdir):
    assert workdir.attempt("--job", "j", *with_codes(workdir, 66)).code == 66
    changed = workdir.attempt("--job", "j", "--attempt", "2", "--", "true")
    assert changed.code == 0
    assert workdir.marks() == workdir.letters() == []


def test_another_job_is_not_minded(workdir):
    command = with_codes(workdir, 66, 0)
    workdir.attempt("--job", "a/b", *command)
    assert workdir.attempt("--job", "a_b", "--attempt", "2", *command).code == 0
    assert len(workdir.letters()) == 1


def test_only_the_last_attempt_writes_a_dead_letter_and_it_tells_of_all(workdir):
    command = with_codes(workdir, 75, 75, 1, 1)
    first = workdir.attempt("--job", "j", "--attempts", "2", "--attempt", "1/2", *command)
    assert (first.code, workdir.letters()) == (75, [])
    assert "dead_letter" not in first.error
    last = workdir.attempt("--job", "j", "--attempts", "2", "--attempt", "2/2", *command)
    letter = read_letter(workdir.path, str(last.error["dead_letter"]))
    assert [(each.attempt, each.code) for each in letter.attempts] == [
        (1, 75),
        (1, 75),
        (2, 1),
        (2, 1),
    ]


def test_a_server_that_says_when(workdir):
    """Ten minutes are asked for, and a fifth of a second is the most."""
    line = json.dumps({"error_class": "transient", "code": 75, "message": "m", "retry_after": 600})
    ended = workdir.attempt("--max-wait", "0.2", *with_codes(workdir, 75, text=line))
    assert (ended.code, runs(workdir)) == (0, 2)
    assert "asked to wait 600 s; 0.2 s are the most (--max-wait)" in ended.err
    assert '"stage": "waiting 0.2 s before try 2"' in ended.err


def test_progress_while_waiting_is_a_line_of_the_log_contract(workdir):
    ended = workdir.attempt("--attempts", "2", *with_codes(workdir, 75))
    (line,) = [json.loads(line) for line in ended.err.splitlines() if line.startswith("{")]
    assert line["type"] == "progress"
    assert line["data"]["stage"].endswith("before try 2")
    assert "progress" not in line["data"], "waiting is no share of the work"


def test_a_signal_while_waiting(workdir):
    process = workdir.start(
        "--wait", "600", *with_codes(workdir, 75), stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    while '"progress"' not in process.stderr.readline():
        pass
    process.terminate()
    assert process.wait(120) == 128 + 15
    assert workdir.letters() == []
    assert runs(workdir) == 1


def test_a_folder_that_cannot_be_written_changes_nothing_about_the_job(workdir):
    (workdir.path / ".plumbline").write_text("in the way")
    ended = workdir.attempt("--attempts", "2", *with_codes(workdir, 1, 7))
    assert (ended.code, runs(workdir)) == (7, 2)
    assert "cannot remember this attempt: " in ended.err
    assert "dead_letter" not in ended.error
    assert "Traceback" not in ended.err


@pytest.mark.parametrize("content", ["", "{", "[]", '{"command": 1}', '{"tries": null}', "\xff"])
def test_a_mark_that_makes_no_sense_is_none(workdir, content):
    command = with_codes(workdir, 66, 0)
    workdir.attempt("--job", "j", *command)
    workdir.marks()[0].write_bytes(content.encode("latin-1"))
    assert workdir.attempt("--job", "j", "--attempt", "2", *command).code == 0


@pytest.mark.parametrize(
    "arguments",
    [["--attempt", "x"], ["--attempt", "0"], ["--attempts", "0"], ["--wait", "-1"], []],
)
def test_usage(workdir, arguments):
    ended = workdir.attempt(*arguments, *(["--", "true"] if arguments else []))
    assert ended.code == ended.error["code"] == 64


def test_patience_from_the_environment(workdir, monkeypatch):
    monkeypatch.setenv("PLUMBLINE_ATTEMPTS", "2")
    assert workdir.attempt(*with_codes(workdir, 1, 1, 1)).code == 1
    assert runs(workdir) == 2


def test_kills_at_any_moment_leave_a_job_that_can_be_attempted(workdir, until):
    """Killed 8 times between its tries: marks are whole, and the success at the end is clean."""
    script = "echo run >>runs; exit 75"
    rng = random.Random(3)
    for round_ in range(8):
        process = workdir.start(
            *("--job", "j", "--attempt", str(round_ + 1), "--attempts", "9", "--wait", "0"),
            *workdir.script(script),
            stderr=subprocess.DEVNULL,
        )
        seen, more = runs(workdir), rng.randint(1, 8)
        until(lambda: runs(workdir) >= seen + more, "a try began")  # noqa: B023
        process.kill()
        process.wait(120)
        for file in (*workdir.marks(), *workdir.letters()):
            json.loads(file.read_text())
    assert os.listdir(workdir.path / ".plumbline/attempts")
    done = workdir.attempt("--job", "j", "--attempt", "9", "--", "true")
    assert done.code == 0
    assert workdir.marks() == workdir.letters() == []
