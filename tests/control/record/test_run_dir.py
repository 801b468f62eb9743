"""The run directory: names, permissions, atomic replacement, and the state of a run."""

import json
import os
import stat
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from control.record import run_dir as module
from control.record.heartbeat import Heartbeat
from control.record.process import Process, this_process
from control.record.run_dir import (
    STALE_SECONDS,
    Run,
    RunDir,
    State,
    UnreadableRun,
    is_run_id,
    new_run_id,
    runs_dir,
)

WHEN = 1795299005.0  # 2026-11-21 22:10:05 UTC


def test_an_id_is_the_time_in_utc_and_four_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert new_run_id(WHEN)[:-4] == "20261121-221005-"
    finally:
        monkeypatch.undo()
        time.tzset()
    assert is_run_id(new_run_id(WHEN))


@pytest.mark.parametrize(
    "name", ["", "..", "20261121-221005-3F9A", "20261121-221005-3f9a/x", "20261121-221005-3f9a\n"]
)
def test_other_names_are_no_ids(name: str) -> None:
    assert not is_run_id(name)


def test_a_logging_run_loads_little() -> None:
    """Every start of it counts, and another package could be broken or not there."""
    program = """if True:
        import sys
        before = set(sys.modules)
        from control.record import code_version, heartbeat, message, redaction, run_dir
        others = {m for m in set(sys.modules) - before if not m.startswith("control.record.")}
        print(*(m for m in others if m.partition(".")[0] not in sys.stdlib_module_names))
    """
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert set(done.stdout.split()) == {"control", "control.record", "engines"}, done.stderr


def test_where_runs_are(tmp_path: Path) -> None:
    home = Path("~").expanduser()
    assert runs_dir("here", {"PLUMBLINE_RUNS": "/there"}) == Path.cwd() / "here"
    assert runs_dir("~/here", {}) == home / "here"
    assert runs_dir("", {"PLUMBLINE_RUNS": "/there", "XDG_STATE_HOME": "/x"}) == Path("/there")
    assert runs_dir("", {"XDG_STATE_HOME": "/x"}) == Path("/x/plumbline/runs")
    # the standard wants a relative one ignored
    assert runs_dir("", {"XDG_STATE_HOME": "x"}) == home / ".local/state/plumbline/runs"
    assert runs_dir("", {}) == home / ".local/state/plumbline/runs"


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
@pytest.mark.parametrize(("group", "folder", "file"), [(False, 0o700, 0o600), (True, 0o750, 0o640)])
def test_who_may_read(tmp_path: Path, umask: int, group: bool, folder: int, file: int) -> None:
    before = os.umask(umask)
    try:
        made = RunDir.create(tmp_path / "a" / "runs", WHEN, group_readable=group)
        made.write_run(Run(State.RUNNING))
    finally:
        os.umask(before)
    assert stat.S_IMODE(made.path.stat().st_mode) == folder
    assert stat.S_IMODE(made.run.stat().st_mode) == file


def test_two_runs_never_share_a_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    draws = iter(["aaaa", "aaaa", "aaaa", "bbbb"])
    monkeypatch.setattr("secrets.token_hex", lambda _bytes: next(draws))
    names = {RunDir.create(tmp_path, WHEN).run_id for _ in range(2)}
    assert names == {"20261121-221005-aaaa", "20261121-221005-bbbb"}


def test_what_is_written_is_read(tmp_path: Path) -> None:
    made = RunDir.create(tmp_path, WHEN)
    run = Run(
        State.FAILED,
        why="1 job failed: align (sample=Ä)",
        command="snakemake -c2",
        workdir="/data",
        version={"plumbline": "0.1.0", "workflow_commit": None},
        process=this_process(),
        start="2026-11-21T22:10:05.123Z",
        return_code=1,
    )
    made.write_run(run)
    assert made.read_run() == run
    assert [p.name for p in made.path.iterdir()] == ["run.json"]  # no scratch file is left


def test_a_failed_write_leaves_the_earlier_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = RunDir.create(tmp_path, WHEN)
    made.write_run(Run(State.RUNNING))

    def full(_fd: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        with pytest.raises(OSError, match="No space"):
            made.write_run(Run(State.COMPLETED))
    assert made.read_run().state is State.RUNNING
    assert [p.name for p in made.path.iterdir()] == ["run.json"]


IDENTITY: dict[str, object] = {
    "host": "h",
    "boot_id": None,
    "pid_namespace": None,
    "pid": 12,
    "pid_start": "1",
}
WRONG: list[dict[str, object]] = [
    {"why": 3},
    {"start": 1.5},
    {"plugin_errors": True},
    {"version": []},
    {"version": {"plumbline": 1}},
    {"process": 3},
    {"process": {"pid": 12}},
    {"process": IDENTITY | {"pid": "12"}},
    {"process": IDENTITY | {"pid": True}},
    {"process": IDENTITY | {"pid": 10**30}},
    {"process": IDENTITY | {"pid": -1}},  # to the system: every process there is
    {"process": IDENTITY | {"host": None}},
]


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "{}", '{"state": "interrupted"}', "[" * 100_000, '{"state": ["running"]}']
    + [json.dumps({"state": "running"} | wrong) for wrong in WRONG],
    ids=lambda text: text[-40:],
)
def test_nonsense_is_named_with_its_file(tmp_path: Path, text: str) -> None:
    made = RunDir.create(tmp_path, WHEN)
    made.run.write_text(text)
    with pytest.raises(UnreadableRun, match=r"run\.json: "):
        made.state()


def test_keys_of_a_later_version_are_passed_over(tmp_path: Path) -> None:
    made = RunDir.create(tmp_path, WHEN)
    process = IDENTITY | {"user": "me"}
    text = json.dumps({"state": "completed", "mood": "fine", "process": process})
    made.run.write_text(text)
    assert made.state() is State.COMPLETED
    assert made.read_run().process == Process(**IDENTITY)  # type: ignore[arg-type]


def test_queued_until_there_is_a_run(tmp_path: Path) -> None:
    made = RunDir.create(tmp_path, WHEN)
    with pytest.raises(UnreadableRun):
        made.state()
    made.request.write_text("{}")
    assert made.state() is State.QUEUED


def running(tmp_path: Path, **process: object) -> RunDir:
    made = RunDir.create(tmp_path, WHEN)
    made.write_run(Run(State.RUNNING, process=replace(this_process(), **process)))  # type: ignore[arg-type]
    made.beat()
    return made


def test_here_the_process_tells_and_not_the_heartbeat(tmp_path: Path) -> None:
    later = time.time() + 10 * STALE_SECONDS  # a laptop that slept
    assert running(tmp_path).state(later) is State.RUNNING
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    assert running(tmp_path, pid=child.pid).state() is State.INTERRUPTED
    assert running(tmp_path, pid_start="1").state() is State.INTERRUPTED  # the number, reused


def test_a_zombie_is_dead(tmp_path: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    made = RunDir.create(tmp_path, WHEN)
    from control.record import process

    identity = replace(this_process(), pid=child.pid, pid_start=process._start_of(child.pid))
    made.write_run(Run(State.RUNNING, process=identity))
    assert made.state() is State.RUNNING
    child.kill()
    # ended, and not yet waited for: this is what wait for it without reaping it
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert made.state() is State.INTERRUPTED
    child.wait()


@pytest.mark.parametrize(
    "elsewhere", [{"host": "another"}, {"boot_id": "earlier"}, {"pid_namespace": "pid:[1]"}]
)
def test_elsewhere_the_heartbeat_tells(tmp_path: Path, elsewhere: dict[str, object]) -> None:
    made = running(tmp_path, **elsewhere)
    beaten = made.heartbeat.stat().st_mtime
    assert made.state(beaten + STALE_SECONDS - 1) is State.RUNNING
    assert made.state(beaten + STALE_SECONDS + 1) is State.INTERRUPTED
    made.heartbeat.unlink()
    assert made.state(beaten) is State.INTERRUPTED


def test_a_run_that_ended_while_one_looked_is_not_interrupted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = running(tmp_path)

    def ends_meanwhile(_process: object) -> bool:
        made.write_run(Run(State.COMPLETED))
        return False

    monkeypatch.setattr(module, "is_alive", ends_meanwhile)
    assert made.state() is State.COMPLETED


def test_the_heart_beats_until_it_is_stopped(tmp_path: Path) -> None:
    made, errors = RunDir.create(tmp_path, WHEN), list[Exception]()
    heart = Heartbeat(made, errors.append, seconds=0.005)
    heart.start()
    for _ in range(3):
        os.utime(made.heartbeat, (0, 0))
        wait_until(lambda: made.heartbeat.stat().st_mtime > 0)
    heart.stop()
    os.utime(made.heartbeat, (0, 0))
    assert made.heartbeat.stat().st_mtime == 0 and not heart._thread.is_alive()
    assert not errors


def test_a_deleted_directory_stays_deleted(tmp_path: Path) -> None:
    made, errors = RunDir.create(tmp_path, WHEN), list[Exception]()
    heart = Heartbeat(made, errors.append, seconds=0.005)
    heart.start()
    made.path.rename(tmp_path / "gone")
    wait_until(lambda: len(errors) >= 2)  # it goes on trying
    heart.stop()
    assert not made.path.exists()


def wait_until(condition, seconds: float = 180) -> None:  # type: ignore[no-untyped-def]
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.001)
