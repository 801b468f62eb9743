"""Whoever of driver and guard dies, and however: no process of the run is left."""

import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from run_lab import Lab, wait_until

from control.record.run_dir import RunDir, State
from control.runs import actions, requests
from control.runs.lease import Lease, is_free
from engines.contract.errors import Transient

# A job, a daemon that left its group and session, and one that forgot its environment too.
FAMILY = "sleep 600 & setsid sleep 601 & setsid env -i sleep 602 & touch {0}/up; wait"


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    lab = Lab(tmp_path)
    yield lab
    lab.close()


@pytest.fixture
def run_dir(lab: Lab) -> RunDir:
    return lab.queue({})


def descendants(pid: int) -> list[psutil.Process]:
    return psutil.Process(pid).children(recursive=True)


def is_bash(process: psutil.Process) -> bool:
    try:
        return "bash" in process.name()
    except psutil.NoSuchProcess:  # it has just ended
        return False


def up(run_dir: RunDir) -> str:
    """A script that says that it is up, and then has children."""
    return FAMILY.format(f"'{run_dir.path}'")


def wait_for(run_dir: RunDir) -> None:
    wait_until((run_dir.path / "up").exists, "the script")


def are_gone(processes: list[psutil.Process]) -> bool:
    return not any(
        each.is_running() and each.status() != psutil.STATUS_ZOMBIE for each in processes
    )


def test_the_end_of_the_driver_is_the_end_of_all(lab: Lab, run_dir: RunDir) -> None:
    driver = lab.drive(run_dir, script=up(run_dir))
    wait_for(run_dir)
    family = descendants(driver.pid)
    assert len(family) >= 5  # guard, bash, three sleeps
    driver.kill()
    driver.wait()
    assert run_dir.state() is State.INTERRUPTED
    wait_until(lambda: are_gone(family), "the end of the family")
    wait_until(lambda: is_free(run_dir), "the lease")


def test_the_lease_is_free_only_when_the_guard_has_done_its_work(lab: Lab, run_dir: RunDir) -> None:
    driver = lab.drive(run_dir, grace=1, script="trap 'touch asked' INT; " + up(run_dir) + "; wait")
    wait_for(run_dir)
    driver.kill()
    driver.wait()
    assert not is_free(run_dir)
    wait_until((run_dir.path / "asked").exists, "the question before the kill")
    wait_until(lambda: is_free(run_dir), "the lease")
    assert lab.processes() == []


def test_the_end_of_the_guard_is_the_end_of_all_but_the_driver_who_tells(
    lab: Lab, run_dir: RunDir
) -> None:
    driver = lab.drive(run_dir, script=up(run_dir))
    wait_for(run_dir)
    (guard,) = psutil.Process(driver.pid).children()
    family = descendants(guard.pid)
    guard.kill()
    assert driver.wait() == 1
    run = run_dir.read_run()
    assert run.state is State.FAILED
    assert run.why.startswith("the guard of Snakemake was killed (SIGKILL)")
    assert are_gone(family)


def test_what_a_kill_of_both_leaves_is_removed_by_the_next_attempt(
    lab: Lab, run_dir: RunDir
) -> None:
    script = up(run_dir).replace("env -i", "")  # without its mark nobody could find it
    driver = lab.drive(run_dir, script=script)
    wait_for(run_dir)
    both = [*psutil.Process(driver.pid).children(), psutil.Process(driver.pid)]
    for each in both:
        each.suspend()  # so that neither sees the other die
    for each in both:
        each.kill()
    driver.wait()
    orphans = [each for each in lab.processes() if "sleep" in each.cmdline()]
    assert orphans
    wait_until(lambda: is_free(run_dir), "the lease")
    actions.resume(lab.settings, run_dir, "ann")
    assert lab.drive(run_dir, script="true").wait() == 0
    assert are_gone(orphans)


def test_what_a_command_leaves_behind_ends_with_it(lab: Lab, run_dir: RunDir) -> None:
    assert lab.drive(run_dir, script="setsid sleep 600 & exit 0").wait() == 0
    assert lab.processes() == []
    assert run_dir.read_run().state is State.COMPLETED


def test_of_two_drivers_one_is_refused(lab: Lab, run_dir: RunDir) -> None:
    first = lab.drive(run_dir, script=up(run_dir))
    second = lab.drive(run_dir, script=up(run_dir))
    refused = wait_until(
        lambda: next((each for each in (first, second) if each.poll() is not None), None),
        "the refusal",
    )
    assert refused.returncode == 64
    told = refused.communicate()[1]
    assert b"is running, not queued" in told or b"is in other hands: driver, process" in told
    wait_for(run_dir)
    assert run_dir.state() is State.RUNNING
    assert run_dir.driver_log.read_text().count("attempt: ") == 1


def test_a_run_that_takes_too_long_fails(lab: Lab) -> None:
    run_dir = lab.queue({}, options={"run_hours": 0.1 / 3600})
    assert lab.drive(run_dir, script="sleep 600").wait() == 1
    run = run_dir.read_run()
    assert run.state is State.FAILED
    assert run.why.startswith("took longer than 2.77778e-05 hours (run_hours); ")


def test_a_driver_that_is_told_to_end_leaves_an_interrupted_run(lab: Lab, run_dir: RunDir) -> None:
    driver = lab.drive(run_dir, script=up(run_dir))
    wait_for(run_dir)
    driver.terminate()  # as when the machine is shut down
    assert driver.wait() == Transient.code, "a batch job is put back into the queue for it"
    assert run_dir.state() is State.INTERRUPTED
    assert lab.processes() == []


def test_a_run_can_be_cancelled_though_its_driver_was_started_with_signals_ignored(
    lab: Lab, run_dir: RunDir
) -> None:
    signals = (signal.SIGINT, signal.SIGHUP)
    earlier = [signal.signal(each, signal.SIG_IGN) for each in signals]  # a shell's & does so
    try:
        driver = lab.drive(run_dir, script=up(run_dir))
    finally:
        for each, handler in zip(signals, earlier, strict=True):
            signal.signal(each, handler)
    wait_for(run_dir)
    actions.cancel(lab.settings, run_dir, "ann")
    assert driver.wait() == 1
    assert run_dir.read_run().why.startswith("cancelled by ann")


def test_a_cancel_is_obeyed_once_and_never_by_a_later_attempt(lab: Lab, run_dir: RunDir) -> None:
    # asked while somebody who is about to start it has the lease: it is for what comes next
    with Lease.take(run_dir, "somebody"):
        actions.cancel(lab.settings, run_dir, "ann")
    assert lab.drive(run_dir, script="true").wait() == 1
    assert run_dir.read_run().why.startswith("cancelled by ann")

    actions.resume(lab.settings, run_dir, "ann")
    driver = lab.drive(
        run_dir, script=f"touch up; while [ ! -e '{lab.folder}/go' ]; do sleep 0.05; done"
    )
    wait_for(run_dir)
    late = requests.instruct(run_dir, "cancel", "ann", attempt="2026-01-01T00:00:00.000Z")
    wait_until(lambda: late.id in [each.id for each in requests.done(run_dir)], "an answer")
    (lab.folder / "go").touch()
    assert driver.wait() == 0
    outcomes = [(each.action, each.outcome) for each in requests.done(run_dir)]
    assert outcomes == [("cancel", "obeyed"), ("resume", "obeyed"), ("cancel", "too late")]


def test_a_full_disk_delays_the_final_state_and_never_ends_the_run(
    lab: Lab, run_dir: RunDir
) -> None:
    full = lab.folder / "full"
    faulty = f"""
import errno, os
from control.record.run_dir import RunDir
def fails_while_full(function):
    def call(*arguments):
        if os.path.exists({str(full)!r}):
            raise OSError(errno.ENOSPC, "No space left on device", "run.json")
        return function(*arguments)
    return call
RunDir.write_run, RunDir.beat = fails_while_full(RunDir.write_run), fails_while_full(RunDir.beat)
"""
    driver = lab.drive(run_dir, script=f"touch '{full}'; echo done", faults=faulty)
    wait_until(lambda: run_dir.driver_log.exists() and "done" in run_dir.driver_log.read_text())
    wait_until(lambda: not any(map(is_bash, lab.processes())), "the end")
    assert run_dir.state() is State.RUNNING
    full.unlink()
    assert driver.wait() == 0
    assert run_dir.read_run().state is State.COMPLETED


def test_a_full_disk_at_the_beginning_leaves_the_run_in_the_queue(
    lab: Lab, run_dir: RunDir
) -> None:
    faulty = """
import errno
from control.record.run_dir import RunDir
def full(*_):
    raise OSError(errno.ENOSPC, "No space left on device", "run.json")
RunDir.write_run = full
"""
    driver = lab.drive(run_dir, script="touch ran", faults=faulty)
    assert driver.wait() == 75
    assert run_dir.state() is State.QUEUED
    assert not (run_dir.path / "ran").exists()


def test_a_request_that_cannot_be_fails_with_the_reason(lab: Lab) -> None:
    run_dir = lab.queue({}, options={"corse": 2})
    assert lab.drive(run_dir).wait() == 1
    run = run_dir.read_run()
    assert (run.state, run.why) == (State.FAILED, "there is no option 'corse'")
    assert not run_dir.events.exists()
