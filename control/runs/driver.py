"""The driver: one process that takes a run from ``queued`` to its final state.

It is a session of its own and outlives the service that launched it. It holds the lease of
the run, writes ``run.json`` and the heartbeat, runs Snakemake under a guard, obeys
``requests/``, and says in the end how it went. When it is killed, the guard ends Snakemake
and all its jobs; the run is then seen to be interrupted.
"""

import os
import signal
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from types import FrameType

import click

from control.record.code_version import code_version
from control.record.heartbeat import Heartbeat
from control.record.lines import parse, timestamp
from control.record.process import this_process
from control.record.redaction import command_line
from control.record.request import Request, read_request
from control.record.run_dir import Run, RunDir, State, UnreadableRun
from control.runs import command, requests, slurm, takeover
from control.runs.aftermath import Aftermath
from control.runs.errors import Conflict
from control.runs.guard import GRACE_SECONDS
from control.runs.lease import DRIVER, Lease
from control.runs.orphans import kill_all
from control.runs.outcome import Marks, Verdict, judge
from control.runs.shared import environment
from control.runs.slurm import clear_queue
from control.runs.supervisor import Supervisor
from control.settings import Settings, SlurmLauncher, load
from engines.contract.errors import BadData, EngineCommand, EngineError, Transient, Unavailable

LEASE_SECONDS = 15.0  # that an action, or a driver that does not begin, may hold the lease
LOOK_SECONDS = 5.0  # that jobs of an earlier attempt may take to end before that is told
ENDING_SECONDS = 300.0  # that SLURM may clean up behind them: longer than it waits for processes
SHUTDOWN_SECONDS = 20.0  # that a cluster's queue may take when the machine goes down
_CODES = {State.COMPLETED: 0, State.INTERRUPTED: Transient.code}
_LEASE_PAUSE = 0.1  # seconds between two looks at what a driver with the lease does
_LONGEST_PAUSE = 30.0  # seconds between two tries to write the final state


@dataclass(frozen=True)
class Plan:
    """What an attempt is to do.

    Attributes:
        arguments: the command.
        orders: the instructions that brought it about.
        is_redrive: whether it is about single jobs only.
    """

    arguments: list[str]
    orders: list[requests.Instruction]
    is_redrive: bool


class Driver:
    """One attempt of a run.

    Args:
        run_dir: of the run.
        settings: of the service.
        lease: of the run, held.
        grace: seconds between asking, telling and killing.

    Raises:
        Conflict: the run does not wait to be started.
        BadData: its request cannot be read.
    """

    def __init__(
        self, run_dir: RunDir, settings: Settings, lease: Lease, grace: float = GRACE_SECONDS
    ) -> None:
        self._run_dir, self._settings = run_dir, settings
        self._request = waiting_request(run_dir)
        self._since, self._is_first = Marks.of(run_dir), not run_dir.run.exists()
        start = timestamp(time.time())
        environ = environment(settings, os.environ)
        self._supervisor = Supervisor(run_dir, lease, start, environ, grace)
        self._run = Run(
            state=State.RUNNING,
            launched_by="driver",
            workdir=str(run_dir.work),
            version={**code_version(settings.workflow), "snakemake": version("snakemake")},
            process=this_process(),
            launcher=self._request.launcher,
            external_id=_job_of(settings, self._request),
            start=start,
        )

    def run(self) -> State:
        """Run the attempt to its end.

        Returns:
            The final state; INTERRUPTED when the driver was told to end (SIGTERM, as when
            the machine is shut down): then no final state is written.

        Raises:
            OSError: the attempt cannot begin, and has not; the run is as it was.
        """
        try:
            plan = self._plan()
        except EngineError as error:
            self._run_dir.write_run(self._run)
            return self._finish(Verdict(State.FAILED, error.message, 0), None)
        shown = command_line(["snakemake", *plan.arguments[len(command.SNAKEMAKE) :]])
        self._run = replace(self._run, command=shown)
        self._run_dir.write_run(self._run)
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, self._on_signal)
        heartbeat = Heartbeat(self._run_dir, lambda error: None)  # the next one is tried again
        heartbeat.start()
        try:
            return self._drive(plan)
        finally:
            heartbeat.stop()

    def _plan(self) -> Plan:
        orders = [
            each
            for each in requests.pending(self._run_dir)
            if each.action in ("resume", "redrive") and not each.attempt
        ]
        redriven = [target for order in orders for target in order.targets]
        targets = redriven or command.targets_of(self._settings, self._request)
        arguments = command.run_command(self._settings, self._run_dir, self._request, targets)
        return Plan(arguments, orders, bool(redriven))

    def _drive(self, plan: Plan) -> State:
        supervisor = self._supervisor
        try:
            for order in plan.orders:
                requests.acknowledge(self._run_dir, order, "obeyed")
            self._make_way()
            supervisor.say(f"attempt: {self._run.command}")
            supervisor.ending.set_limit(command.seconds_of(self._settings, self._request))
            code = supervisor.execute(plan.arguments)
        except OSError as error:
            return self._finish(Verdict(State.FAILED, str(error), 0), None)
        except EngineError as error:
            return self._finish(Verdict(State.FAILED, error.message, 0), None)
        end = timestamp(time.time())
        left = self._clear_queue() if code != 0 else []
        if supervisor.ending.how == "shutdown" and code != 0:
            return State.INTERRUPTED
        verdict = judge(self._run_dir, self._since, code, supervisor.ending.ended)
        verdict = replace(verdict, why="; ".join(filter(None, [verdict.why, *left])))
        return self._finish(self._follow_up(plan, verdict), code, end)

    def _make_way(self) -> None:
        """Remove what a killed attempt has left: processes, jobs in a queue, Snakemake's lock."""
        supervisor = self._supervisor
        self._run_dir.work.mkdir(mode=0o700, exist_ok=True)
        for pid in kill_all(self._run_dir):
            supervisor.say(f"process {pid} of an earlier attempt cannot be killed")
        self._wait_for_queue()
        if any((self._run_dir.work / ".snakemake" / "locks").glob("*")):
            supervisor.say("an earlier attempt was killed: its lock is removed")
            supervisor.execute(command.unlock_command(self._settings, self._run_dir))

    def _wait_for_queue(self) -> None:
        """Wait until no job of an earlier attempt can write what this one writes.

        One that is only cleaned up behind, on a node that is gone, is not waited for any longer
        than SLURM itself waits for processes.

        Raises:
            Unavailable: that cannot be seen from this machine.
        """
        alive_at = time.monotonic()
        while not self._is_first and (left := clear_queue(self._run_dir, LOOK_SECONDS)):
            if not slurm.is_here():
                raise Unavailable("; ".join(left))
            self._tell("waits for an earlier attempt: " + "; ".join(left))
            if self._supervisor.is_to_end():
                return
            if not slurm.has_only_ending(self._run_dir):
                alive_at = time.monotonic()
            elif time.monotonic() - alive_at > ENDING_SECONDS:
                self._supervisor.say("begins nevertheless: those jobs were ended, see their nodes")
                break
        self._tell("")

    def _clear_queue(self) -> list[str]:
        """Cancel what Snakemake may have missed; gives what may be left."""
        is_short = self._supervisor.ending.how == "shutdown"
        left = clear_queue(self._run_dir, SHUTDOWN_SECONDS if is_short else slurm.PATIENCE)
        self._supervisor.say(*left)
        return left

    def _tell(self, why: str) -> None:
        """Let ``run.json`` say why nothing happens; a full disk loses it."""
        if self._run.why != why:
            self._supervisor.say(*[why] * bool(why))
            self._run = replace(self._run, why=why)
            with suppress(OSError):
                self._run_dir.write_run(self._run)

    def _follow_up(self, plan: Plan, verdict: Verdict) -> Verdict:
        if self._supervisor.ending.how in ("cancel", "shutdown"):
            return verdict
        self._supervisor.begin_anew()
        after = Aftermath(self._settings, self._run_dir, self._request, self._supervisor)
        if plan.is_redrive and verdict.state is State.COMPLETED:
            verdict = after.after_redrive(verdict)
        if command.options_of(self._request).report:
            verdict = after.report(verdict)
        return verdict

    def _finish(self, verdict: Verdict, code: int | None, end: str = "") -> State:
        """Write the final state, as soon as the disk takes it."""
        run = replace(
            self._run,
            state=verdict.state,
            why=verdict.why,
            end=end or timestamp(time.time()),
            return_code=code if code is not None and code >= 0 else None,
            plugin_errors=_count_lines(self._run_dir.plugin_errors),
        )
        pause = 0.1
        while True:
            try:
                self._run_dir.write_run(run)
                break
            except OSError:
                if self._supervisor.ending.how == "shutdown" or not self._run_dir.path.is_dir():
                    return State.INTERRUPTED
                time.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
        requests.void(self._run_dir)
        return verdict.state

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        self._supervisor.ending.ask("cancel" if number == signal.SIGINT else "shutdown")


def _job_of(settings: Settings, request: Request) -> str:
    """The id of the batch job that the driver is; empty where it is none."""
    is_job = isinstance(settings.launchers.get(request.launcher), SlurmLauncher)
    return os.environ.get("SLURM_JOB_ID", "") if is_job else ""


def waiting_request(run_dir: RunDir) -> Request:
    """The request of a run that waits to be started.

    Raises:
        Conflict: it does not wait, or somebody typed it.
        BadData: its files say nothing that can be read.
    """
    try:
        state, request = run_dir.state(), read_request(run_dir)
    except UnreadableRun as error:
        raise BadData(str(error)) from None
    if request is None:
        raise Conflict(f"run {run_dir.run_id} was typed by somebody: there is nothing to drive")
    if state is not State.QUEUED:
        raise Conflict(f"run {run_dir.run_id} is {state}, not queued", hint="resume it first")
    return request


def drive(run_dir: RunDir, settings: Settings, grace: float = GRACE_SECONDS) -> State:
    """Take the lease of a queued run and run it to its end, in this process.

    Raises:
        Conflict: another driver has it, or it does not wait to be started.
        Transient: somebody is at it, and will let it go.
        BadData: its request cannot be read.
        OSError: it cannot begin.
    """
    if takeover.is_started_again(run_dir, os.environ):
        lease = takeover.take_over(run_dir)
        if (state := run_dir.read_run().state).is_final:
            lease.release()
            return state
    else:
        waiting_request(run_dir)  # without touching anything
        lease = _lease(run_dir)
    with lease:
        return Driver(run_dir, settings, lease, grace).run()


def _lease(run_dir: RunDir) -> Lease:
    """The lease of a run that waits to be started.

    Another driver that has it says soon that the run has begun, or lets go.

    Raises:
        Conflict, Transient: see :func:`drive`.
    """
    deadline = time.monotonic() + LEASE_SECONDS
    while True:
        try:
            return Lease.take(run_dir, DRIVER, wait=deadline - time.monotonic())
        except Conflict as error:
            waiting_request(run_dir)
            if time.monotonic() >= deadline:
                raise Transient(error.message, hint=error.hint) from None
            time.sleep(_LEASE_PAUSE)


@click.command(cls=EngineCommand)
@click.argument("run_dir", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--config", type=click.Path(path_type=Path), help="Settings of the service.")
@click.option("--settings-from-stdin", is_flag=True, help="Read them as JSON instead.")
@click.option("--grace", default=GRACE_SECONDS, help="Seconds between asking and killing.")
def main(run_dir: Path, config: Path | None, settings_from_stdin: bool, grace: float) -> None:
    """Drive the queued run in RUN_DIR to its end."""
    settings = _read_settings() if settings_from_stdin else load(config)
    state = drive(RunDir(run_dir), settings, grace)
    sys.exit(_CODES.get(state, 1))


def _read_settings() -> Settings:
    try:
        return Settings.model_validate(parse(sys.stdin.read()))
    except ValueError as error:
        raise BadData(f"settings on stdin: {' '.join(str(error).split())[:300]}") from None


def _count_lines(file: Path) -> int:
    try:
        with open(file, "rb") as lines:
            return sum(1 for _ in lines)
    except OSError:
        return 0


if __name__ == "__main__":
    main()
