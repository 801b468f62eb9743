"""One try: every byte comes out in its order, and nothing outlives it, however it ends."""

import os
import signal
import subprocess
from collections.abc import Callable

import pytest

from control.attempt.command import Signals


def is_there(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def spawned(workdir, until: Callable[..., None], names: tuple[str, ...]) -> list[int]:
    """Process ids that the job wrote into files."""
    until(lambda: all(workdir.lines(name) for name in names), "the job started")
    return [int(workdir.lines(name)[0]) for name in names]


# bash, a child of it, and a grandchild in the background: all of them wait for ever
FAMILY = "echo $$ >parent; bash -c 'echo $$ >child; sleep 600' & sleep 600 & echo $! >other; wait"


def test_outputs_apart_stay_apart_and_unchanged(workdir):
    binary = bytes(range(256)) * 100
    (workdir.path / "data").write_bytes(binary)
    process = workdir.start(
        *workdir.script("cat data; cat data >&2"), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.communicate(timeout=120) == (binary, binary)
    assert process.returncode == 0


def test_one_file_for_both_keeps_the_order(workdir):
    log = workdir.path / "log"
    script = "for i in {1..200}; do echo out $i; echo err $i >&2; done"
    with open(log, "ab") as out:
        process = workdir.start(*workdir.script(script), stdout=out, stderr=out)
        assert process.wait(120) == 0
    expected = [f"{which} {i}" for i in range(1, 201) for which in ("out", "err")]
    assert log.read_text().splitlines() == expected


def test_output_comes_while_the_command_runs(workdir):
    script = "echo started >&2; read -r _ <go; echo done >&2"
    os.mkfifo(workdir.path / "go")
    process = workdir.start(*workdir.script(script), stderr=subprocess.PIPE)
    assert process.stderr is not None
    assert process.stderr.readline() == b"started\n"
    (workdir.path / "go").write_text("\n")
    assert process.stderr.readline() == b"done\n"
    assert process.wait(120) == 0


def test_what_a_command_writes_after_its_end_is_not_lost(workdir):
    """As with `> >(tee log)`: the shell does not wait for it."""
    ended = workdir.attempt(*workdir.script("{ sleep 0.3; echo late >&2; } & exit 0"))
    assert (ended.code, ended.err) == (0, "late\n")


def test_the_command_reads_nothing(workdir):
    process = workdir.start("--", "cat", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.communicate(b"for somebody else", timeout=120)[0] == b""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_reaches_the_whole_command_and_ends_the_attempt(workdir, until, number):
    script = f"trap 'echo cleaned >note; exit 3' {number.value}; " + FAMILY
    process = workdir.start("--wait", "0", *workdir.script(script), stderr=subprocess.DEVNULL)
    pids = spawned(workdir, until, ("parent", "child", "other"))
    process.send_signal(number)
    assert process.wait(120) == 128 + number
    assert workdir.lines("note") == ["cleaned"]
    until(lambda: not any(map(is_there, pids)), "everything ended")
    assert workdir.marks() == workdir.letters() == [], "it was not the command that failed"


def test_a_second_signal_ends_what_does_not_want_to(workdir, until):
    script = "trap '' TERM INT; " + FAMILY
    process = workdir.start(*workdir.script(script), stderr=subprocess.DEVNULL)
    pids = spawned(workdir, until, ("parent", "child", "other"))
    process.send_signal(signal.SIGTERM)
    process.send_signal(signal.SIGINT)
    assert process.wait(120) in (128 + signal.SIGTERM, 128 + signal.SIGINT)
    until(lambda: not any(map(is_there, pids)), "everything ended")


def test_a_signal_that_comes_while_another_is_handled_is_the_second(monkeypatch):
    """The handler of the first is interrupted wherever it is: one of the two kills."""
    sent = []
    with Signals() as signals:
        signals.begin(12345, None)
        send = signals._send

        def interrupted(number):
            monkeypatch.setattr(signals, "_send", sent.append)
            signal.raise_signal(signal.SIGINT)
            sent.append(number)

        monkeypatch.setattr(signals, "_send", interrupted)
        signal.raise_signal(signal.SIGTERM)
        assert signal.SIGKILL in sent and signals.received == signal.SIGTERM
        monkeypatch.setattr(signals, "_send", send)
        signals.end()


def test_two_signals_while_the_command_is_being_started_are_not_one():
    with Signals() as signals:
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGINT)
        command = subprocess.Popen(
            ["bash", "-c", "trap '' TERM INT; echo ready; read line"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            process_group=0,
        )
        assert command.stdout.readline() == b"ready\n"
        signals.begin(command.pid, None)
        assert command.wait(120) == -signal.SIGKILL
        signals.end()
    command.stdin.close()
    command.stdout.close()


def test_nothing_outlives_a_kill(workdir, until):
    process = workdir.start(*workdir.script(FAMILY), stderr=subprocess.DEVNULL)
    pids = spawned(workdir, until, ("parent", "child", "other"))
    process.kill()
    process.wait(120)
    until(lambda: not any(map(is_there, pids)), "everything ended")
    assert workdir.attempt(*workdir.script("exit 0")).code == 0


def test_nothing_outlives_the_command(workdir, until):
    script = "sleep 600 >&- 2>&- & echo $! >other; exit 0"
    assert workdir.attempt(*workdir.script(script)).code == 0
    (pid,) = spawned(workdir, until, ("other",))
    until(lambda: not is_there(pid), "what it left behind ended")


def test_a_time_limit(workdir, until):
    ended = workdir.attempt("--timeout", "0.3", "--attempts", "2", *workdir.script(FAMILY))
    assert ended.code == 124
    assert ended.err.count("transient, told by exit code 124 (timed out)): its time was over") == 2
    until(lambda: not any(map(is_there, spawned(workdir, until, ("parent", "child")))), "ended")


def test_an_ignored_signal_stays_ignored(workdir, until):
    """As for a job in the background of a script, or under nohup."""
    process = workdir.start(
        *workdir.script("echo $$ >parent; read -r _ <go"),
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
    )
    os.mkfifo(workdir.path / "go")
    spawned(workdir, until, ("parent",))
    process.send_signal(signal.SIGINT)
    (workdir.path / "go").write_text("\n")
    assert process.wait(120) == 0


@pytest.mark.parametrize(("program", "code"), [("no-such-program", 127), ("./not-executable", 126)])
def test_a_program_that_cannot_be_started(workdir, program, code):
    (workdir.path / "not-executable").write_text("")
    ended = workdir.attempt("--", program)
    assert ended.code == ended.error["code"] == code
    assert ended.error["error_class"] == "permanent"
    assert "Traceback" not in ended.err


def test_a_closed_output_does_not_stop_the_command(workdir):
    read, write = os.pipe()
    os.close(read)
    script = "for i in {1..9}; do echo line >&2; done; echo done >note"
    process = workdir.start(*workdir.script(script), stderr=write)
    os.close(write)
    assert process.wait(120) == 0
    assert workdir.lines("note") == ["done"]
