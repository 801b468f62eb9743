"""Old runs go; never one that runs, waits, can be resumed, is marked, or is somebody else's."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from submission_lab import make_run, service, uploaded

from control.record.lines import timestamp
from control.record.process import this_process
from control.record.run_dir import RunDir, State
from control.runs import actions, deletion, retention
from control.runs.deletion import remove_hidden
from control.runs.lease import Lease
from control.runs.proposal import LAID_OUT
from control.runs.retention import (
    LEFTOVER_SECONDS,
    Retention,
    ended_at,
    is_kept,
    keep,
    release,
)
from engines.contract.errors import CannotWrite, EngineError, InputMissing, NotPermitted

DAY = 86400
NOW = 1_800_000_000.0
LONG_AGO = timestamp(NOW - 400 * DAY)


@pytest.fixture
def settings(tmp_path):
    made = service(tmp_path, retention={"keep_days": 30})
    made.runs[0].mkdir()
    made.state.mkdir()
    return made


def old(settings, state=State.COMPLETED, days=31.0, **more):
    return make_run(settings, state=state, end=timestamp(NOW - days * DAY), **more)


def test_only_old_runs_that_have_ended_go(settings):
    for state in (State.COMPLETED, State.FAILED, State.CANCELLED):
        assert old(settings, state).path.exists()
    stay = [
        old(settings, days=29),
        make_run(settings),  # queued
        make_run(settings, state=State.QUEUED, end=LONG_AGO),  # to be resumed
        make_run(settings, state=State.RUNNING, start=LONG_AGO, process=this_process()),
        make_run(settings, state=State.RUNNING, start=LONG_AGO),  # interrupted
        old(settings, launched_by="hand", days=1),
    ]
    assert stay[4].state(NOW) is State.INTERRUPTED
    told: list[tuple[str, ...]] = []
    Retention(settings, lambda *row: told.append(row)).tick(NOW)
    remove_hidden(settings.runs)
    left = {name for name in os.listdir(settings.runs[0])}
    assert left == {run_dir.run_id for run_dir in stay}
    assert len(told) == 3
    assert all(
        (action, detail) == ("run.expire", "it ended more than 30 days ago")
        for action, _, detail in told
    )


def test_what_somebody_typed_goes_too(settings):
    run_dir = old(settings, launched_by="hand")
    run_dir.request.unlink()
    Retention(settings).tick(NOW)
    assert not run_dir.path.exists()


def test_without_a_limit_everything_stays(tmp_path):
    settings = service(tmp_path)
    run_dir = old(settings, days=4000)
    Retention(settings).tick(NOW)
    assert run_dir.path.exists()


def test_a_run_that_is_marked_stays_until_it_is_released(settings):
    run_dir = old(settings)
    keep(run_dir)
    keep(run_dir)
    assert is_kept(run_dir)
    Retention(settings).tick(NOW)
    assert run_dir.path.exists()
    release(run_dir)
    release(run_dir)
    assert not is_kept(run_dir)
    Retention(settings).tick(NOW)
    assert not run_dir.path.exists()
    with pytest.raises(InputMissing):
        keep(run_dir)
    with pytest.raises(InputMissing):
        release(run_dir)


def test_a_running_run_can_be_marked(settings):
    run_dir = make_run(settings, state=State.RUNNING)
    with Lease.take(run_dir, "driver"):
        keep(run_dir)
    assert is_kept(run_dir)


def test_the_runs_of_another_account_are_not_touched(settings, monkeypatch):
    run_dir = old(settings)
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    Retention(settings).tick(NOW)
    assert run_dir.path.exists()
    with pytest.raises(NotPermitted):
        keep(run_dir)


def test_a_run_in_other_hands_is_left_alone(settings):
    run_dir, other = old(settings), old(settings)
    with Lease.take(run_dir, "driver"):
        Retention(settings).tick(NOW)
    assert run_dir.path.exists()
    assert not other.path.exists()
    Retention(settings).tick(NOW)
    assert not run_dir.path.exists()


def test_it_is_looked_at_again_under_the_lease(settings, monkeypatch):
    """Between the look and the lease somebody resumes it."""
    run_dir = old(settings, State.FAILED)
    real = Lease.take.__func__

    def take(cls, lease_of, purpose, *, wait=0.0):
        if purpose == "retention":
            monkeypatch.setattr(Lease, "take", classmethod(real))
            actions.resume(settings, run_dir, "anna")
        return real(cls, lease_of, purpose, wait=wait)

    monkeypatch.setattr(Lease, "take", classmethod(take))
    Retention(settings).tick(NOW)
    assert run_dir.state() is State.QUEUED


def test_whoever_resumes_at_the_same_time_has_the_run_or_an_error(settings):
    runs = [old(settings, State.FAILED) for _ in range(40)]
    together = threading.Barrier(3)

    def resume(half: list[RunDir]) -> list[RunDir]:
        together.wait()
        resumed = []
        for run_dir in half:
            try:
                actions.resume(settings, run_dir, "anna")
            except EngineError:
                continue
            resumed.append(run_dir)
        return resumed

    def clean() -> None:
        together.wait()
        Retention(settings).tick(NOW)

    with ThreadPoolExecutor(3) as threads:
        cleaning = threads.submit(clean)
        resumed = [*threads.map(resume, [runs[::2], runs[1::2][::-1]])]
        cleaning.result()
    for run_dir in [*resumed[0], *resumed[1]]:
        assert run_dir.state() is State.QUEUED, "what was resumed is there"
    for run_dir in runs:
        assert run_dir.path.exists() == (run_dir in resumed[0] + resumed[1])


def test_one_that_cannot_be_deleted_does_not_hold_up_the_others(settings, monkeypatch, caplog):
    first, second = sorted((old(settings), old(settings)), key=lambda each: each.run_id)
    real = retention.hide_run

    def remove(run_dir: RunDir) -> None:
        if run_dir.run_id == first.run_id:
            raise OSError(5, "Input/output error")
        real(run_dir)

    monkeypatch.setattr(retention, "hide_run", remove)
    Retention(settings).tick(NOW)
    assert first.path.exists()
    assert not second.path.exists()
    assert f"run {first.run_id} is too old, and still there" in caplog.text


def test_files_that_cannot_be_removed_do_not_hold_up_those_of_others(settings, monkeypatch):
    runs = sorted((old(settings) for _ in range(3)), key=lambda each: each.run_id)
    Retention(settings).tick(NOW)
    real = deletion.shutil.rmtree

    def remove(name: str, **how: int) -> None:
        if runs[0].run_id in name:
            raise OSError(1, "Operation not permitted", "bam")
        real(name, **how)

    monkeypatch.setattr(deletion.shutil, "rmtree", remove)
    with pytest.raises(CannotWrite, match=rf"{runs[0].run_id}: bam: Operation not permitted"):
        remove_hidden(settings.runs)
    assert os.listdir(settings.runs[0]) == [f".deleted-{runs[0].run_id}"]


def test_when_a_run_ended(settings):
    assert ended_at(old(settings, days=31)) == NOW - 31 * DAY
    run_dir = make_run(settings, state=State.FAILED, end="nonsense")
    os.utime(run_dir.run, (NOW, NOW))
    assert ended_at(run_dir) == NOW
    assert ended_at(make_run(settings, state=State.RUNNING)) is None
    assert ended_at(make_run(settings)) is None
    run_dir.run.write_text("{")
    assert ended_at(run_dir) is None


def test_leftovers_of_killed_submissions_and_uploads_go(settings):
    upload = uploaded(settings, "anna", "a.vcf")
    abandoned, fresh = (settings.runs[0] / f"{LAID_OUT}{name}" for name in ("old", "new"))
    for folder in (abandoned, fresh):
        (folder / "work").mkdir(parents=True)
    os.utime(abandoned, (NOW, NOW - LEFTOVER_SECONDS - 1))
    os.utime(fresh, (NOW, NOW - 60))
    Retention(settings).tick(NOW)
    assert not abandoned.exists()
    assert fresh.exists()
    assert upload.file.exists(), "what is finished stays"
