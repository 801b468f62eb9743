"""The R process as Python sees it; a stand-in plays R where R itself would behave too well."""

import os
import signal
import subprocess
import sys
import tempfile

import pytest
from waiting import poll

from engines.calibrate.session import RFailed, RSession
from engines.contract.errors import BadData, Transient, Unavailable
from tests.support.r import needs_r

HELLO = {"hello": {"r": "4.9", "packages": {"jsonlite": "1.8", "vacalibration": None}}}


@pytest.fixture
def stand_in(tmp_path):
    """Write a program in Python that is started instead of Rscript; it can `answer(…)`."""

    def write(body, hello=HELLO):
        path = tmp_path / "Rscript"
        path.write_text(
            f"#!{sys.executable}\n"
            "import json, os, signal, sys\n"
            "def answer(said): print('PLUMBLINE-R ' + json.dumps(said), flush=True)\n"
            f"answer({hello!r})\n{body}\n"
        )
        path.chmod(0o755)
        return str(path)

    return write


def ask(program, lines=None):
    with RSession(program) as r:
        return r.ask({"do": "something"}, (lines if lines is not None else []).append)


def test_an_answer_and_what_was_printed_before_it(stand_in):
    program = stand_in(
        "request = json.loads(sys.stdin.readline())\n"
        "print('* Calibrating', flush=True)\n"
        "print('on the other pipe', file=sys.stderr, flush=True)\n"
        "answer({'done': request})"
    )
    lines = []
    assert ask(program, lines) == {"do": "something"}
    assert lines == ["* Calibrating", "on the other pipe"]


@pytest.mark.parametrize(
    ("kind", "error"),
    [("data", BadData), ("unavailable", Unavailable), ("r", RFailed), ("anything", RFailed)],
)
def test_a_refusal_is_told_in_its_own_words(stand_in, kind, error):
    told = {"error": {"kind": kind, "message": "the matrix is singular"}}
    with pytest.raises(error, match="the matrix is singular"):
        ask(stand_in(f"sys.stdin.readline()\nanswer({told!r})"))


@pytest.mark.parametrize(
    "message",
    [
        "Error writing to connection:  No space left on device",
        "cannot allocate vector of size 1 Gb",
    ],
)
def test_a_full_disk_or_memory_may_pass_by_itself(stand_in, message):
    told = {"error": {"kind": "r", "message": message}}
    with pytest.raises(Transient, match=message) as caught:
        ask(stand_in(f"sys.stdin.readline()\nanswer({told!r})"))
    assert "make room" in caught.value.hint


def test_a_refusal_without_words(stand_in):
    with pytest.raises(RFailed, match="gave no reason"):
        ask(stand_in("sys.stdin.readline()\nanswer({'error': {'kind': 'r', 'message': ''}})"))


def test_an_end_without_an_answer_has_the_last_words(stand_in):
    program = stand_in("print('Error in solve: singular'); print('Execution halted'); sys.exit(1)")
    with pytest.raises(RFailed, match=r"code 1: Error in solve: singular; Execution halted"):
        ask(program)


def test_killed_for_its_memory_may_pass_by_itself(stand_in):
    with pytest.raises(Transient, match="SIGKILL") as caught:
        ask(stand_in("sys.stdin.readline()\nos.kill(os.getpid(), signal.SIGKILL)"))
    assert "memory" in caught.value.hint


def test_an_r_that_ends_at_once(stand_in):
    with pytest.raises((RFailed, Transient)):
        ask(stand_in("os.kill(os.getpid(), signal.SIGTERM)"))


def test_no_r(tmp_path):
    with pytest.raises(Unavailable, match=r"Rscript: No such file") as caught:
        RSession(str(tmp_path / "Rscript"))
    assert "r-base-core" in caught.value.hint


@pytest.mark.parametrize("program", ["true", "false", "cat"])
def test_a_program_that_is_not_r(program):
    with pytest.raises(Unavailable, match=f"^{program} does not start R, .* exit code") as caught:
        ask(program)
    assert "r-base-core" in caught.value.hint


def test_no_jsonlite(stand_in):
    hello = {"hello": {"r": "4.9", "packages": {"jsonlite": None}}}
    with pytest.raises(Unavailable, match="jsonlite"):
        ask(stand_in("sys.stdin.readline()", hello))


def test_bytes_that_are_no_text_do_not_stop_us(stand_in):
    program = stand_in(
        "sys.stdin.readline()\nos.write(1, b'\\xff\\xfe odd\\n')\nanswer({'done': {}})"
    )
    lines = []
    assert ask(program, lines) == {}
    assert "odd" in lines[0]


def test_r_is_gone_after_an_error_of_ours(stand_in):
    with pytest.raises(ZeroDivisionError), RSession(stand_in("signal.pause()")) as r:
        process = r._process
        raise ZeroDivisionError
    assert process.returncode == -signal.SIGKILL


def test_nothing_of_r_is_left_when_the_command_is_ended(stand_in, tmp_path):
    program = stand_in("open('pid', 'w').write(str(os.getpid()))\nanswer({})\nsignal.pause()")
    code = (
        "import signal, sys\n"
        "from engines.calibrate.session import RSession\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))\n"
        f"with RSession({program!r}) as r:\n"
        "    r.hello; print('there', flush=True)\n"
        "    r.ask({'do': 'sleep'}, print)\n"
    )
    ours = subprocess.Popen(
        [sys.executable, "-c", code], cwd=tmp_path, stdout=subprocess.PIPE, text=True
    )
    assert ours.stdout.readline() == "there\n"
    file = tmp_path / "pid"  # the greeting comes before it
    pid = poll(lambda: file.exists() and file.read_text())
    ours.send_signal(signal.SIGTERM)
    ours.stdout.read()
    assert ours.wait() != 0
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid), 0)


@needs_r
def test_what_a_site_prints_without_an_end_of_line_hides_no_answer(tmp_path, monkeypatch):
    profile = tmp_path / "Rprofile.site"
    profile.write_text('cat("Welcome to the cluster"); options(OutDec = ",", warn = 2)\n')
    monkeypatch.setenv("R_PROFILE", str(profile))
    lines = []
    with RSession(on_line=lines.append) as r:
        assert r.hello.packages["jsonlite"]
    assert lines == ["Welcome to the cluster"]


@needs_r
def test_temporary_files_of_r_go_when_it_is_ended(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(ZeroDivisionError), RSession() as r:
        assert r.hello.r
        assert list(tmp_path.glob("plumbline-r-*/Rtmp*"))
        raise ZeroDivisionError
    assert not list(tmp_path.iterdir())


@needs_r
def test_real_r_says_what_is_installed():
    with RSession() as r:
        hello = r.hello
    assert hello.r.startswith(("4.", "5."))
    assert hello.packages["jsonlite"]


@needs_r
def test_real_r_refuses_what_it_does_not_know_and_goes_on():
    with RSession() as r:
        for _ in range(2):
            with pytest.raises(RFailed, match="unknown"):
                r.ask({"do": "dance"}, print)
