"""The driver of a run whose Snakemake is on another host: a process here, a driver there.

It holds the lease here and writes ``run.json``, as every driver does. It sends what the run
needs, has a driver started there, brings here whatever that one leaves behind while it
works, passes requests on, and in the end copies the results. Every step can be done again:
when the connection breaks, or this process is killed, the next one goes on where it was.
"""

import signal
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from types import FrameType
from typing import Literal

import click

from control.record.code_version import code_version
from control.record.lines import timestamp
from control.record.request import read_request
from control.record.run_dir import Run, RunDir, State, UnreadableRun
from control.runs import requests
from control.runs.command import seconds_of
from control.runs.errors import Conflict
from control.runs.launch.ssh import origin
from control.runs.launch.ssh.agent import PASSING
from control.runs.launch.ssh.connection import Connection
from control.runs.launch.ssh.courier import Courier, Stopped
from control.runs.launch.ssh.frames import Frame
from control.runs.launch.ssh.kept_settings import read_settings
from control.runs.launch.ssh.logbook import NOTES, Logbook
from control.runs.launch.ssh.mirror import Mirror
from control.runs.launch.ssh.remote import Remote, understood
from control.runs.launch.ssh.transfer import Transfer
from control.runs.lease import DRIVER, Lease
from control.settings import Settings, SshLauncher
from engines import __version__
from engines.contract.errors import BadData, EngineCommand, EngineError, Transient, Unavailable

LEASE_SECONDS = 5.0
LISTEN_SECONDS = 0.5
PAUSE_SECONDS = 1.0
"""After a connection has broken; then twice as long, up to the next one."""
LONGEST_PAUSE = 60.0
"""So that a host that comes back is seen within a minute."""
LARGEST_RUN = 1 << 19
"""Bytes of ``run.json`` there: what is written here of it must be small enough to be read."""
Phase = Literal["sending", "there", "fetching"]


class Quit(Exception):
    """This process is to end; the run goes on without it."""


class SshDriver:
    """One attempt of a run, from here.

    Args:
        run_dir: of the run; its lease is held.
        settings: of the service.
        launcher: where to.

    Raises:
        Conflict: the run neither waits to be started nor goes on elsewhere.
        BadData, UnreadableRun: its files say nothing that can be used.
    """

    def __init__(self, run_dir: RunDir, settings: Settings, launcher: SshLauncher) -> None:
        self._run_dir, self._settings, self._launcher = run_dir, settings, launcher
        self._mirror = Mirror(run_dir, NOTES)
        self._book = Logbook(run_dir, self._mirror, self._attempt())
        self._phase: Phase = "there" if self._book.has_begun else "sending"  # as far as is known
        self._over: Frame | None = None
        self._must_quit = False
        self._stopped_by: requests.Instruction | None = None

    def run(self) -> State:
        """Run the attempt to its end.

        Returns:
            The final state; INTERRUPTED where the driver there has died; RUNNING where it goes
            on there, and only this process was told to end.

        Raises:
            EngineError, OSError: it cannot begin, and has not; the run is as it was.
        """
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, self._on_signal)
        try:
            return self._persevere()
        except Quit:
            return State.RUNNING
        except Stopped:
            return self._finish(State.CANCELLED, self._cancelled())

    def _persevere(self) -> State:
        """Try until it is done: what a broken connection has cut short goes on from there."""
        pause = PAUSE_SECONDS
        if self._book.has_begun:
            self._book.begin()
        while True:
            began = time.monotonic()
            try:
                return self._connected()
            except (EngineError, OSError) as error:
                if not self._book.has_begun:
                    raise
                if self._phase == "sending" and not _may_pass(error):
                    return self._finish(State.FAILED, _words(error))
                self._book.tell_problem(_words(error))
            if time.monotonic() - began > LONGEST_PAUSE:
                pause = PAUSE_SECONDS  # it has worked for a while
            self._rest(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    def _connected(self) -> State:
        """Everything, over one connection."""
        launcher = self._launcher
        with (
            understood(launcher.host),
            Connection(launcher, self._run_dir.run_id) as connection,
            Remote(connection, launcher.plumbline, self._goes_on) as remote,
        ):
            known_as = origin.origin_of(self._settings)
            there = remote.open(self._run_dir, launcher.folder, known_as)
            self._mirror.there = str(there["path"])
            if not self._book.has_begun:
                self._book.begin()
            self._book.tell_connected(launcher.host)
            courier = Courier(connection, bool(there["rsync"]), self._goes_on)
            transfer = Transfer(self._run_dir, remote, courier, self._goes_on)
            try:
                self._begin(remote, transfer, there)
            except Stopped:
                if not there["is_asked"]:
                    remote.order("remove")  # nothing was begun: nothing is to be left there
                raise
            self._sweep(remote, there["others"])
            self._follow(remote)
            return self._end(remote, transfer, str(there["path"]))

    def _begin(self, remote: Remote, transfer: Transfer, there: dict[str, object]) -> None:
        """See that the attempt has been begun there."""
        is_new = there["attempt"] != self._book.run.start
        self._phase = "sending" if is_new else "there"
        if not there["is_asked"]:
            self._book.say(f"sending the inputs to {self._launcher.host}")
            path, free = str(there["path"]), int(str(there["free"]))
            if told := transfer.send(self._settings.workflow, path, free):
                self._book.note(f"sent to {self._launcher.host}: {told}")
        self._goes_on()
        orders = self._orders()
        asked = [asdict(each) for each in orders]
        remote.order("begin", self._request(), attempt=self._book.run.start, orders=asked)
        self._phase = "there"
        for each in orders:
            requests.acknowledge(self._run_dir, each, "obeyed")
        if is_new:
            self._book.note(f"at work on {self._launcher.host} in {there['path']}")
        self._book.say("")

    def _sweep(self, remote: Remote, others: Iterable[str]) -> None:
        """Runs that were deleted here are not needed there any more."""
        name, there = self._book.run.launcher, set(others)
        gone = origin.deleted(self._settings, name)
        if asked := [
            each for each in gone & there if not self._run_dir.path.with_name(each).exists()
        ]:
            there -= set(remote.order("sweep", run_ids=asked)[0]["gone"])
        origin.forget(self._settings, name, gone - there)

    def _follow(self, remote: Remote) -> None:
        """Bring here what happens there, until it is over."""
        self._over = None
        remote.tell = self._take
        known = {path: list(each) for path, each in self._mirror.known().items()}
        remote.order("follow", known)
        while self._over is None:
            self._pass_on(remote)
            remote.listen(LISTEN_SECONDS)
            self._goes_on()

    def _end(self, remote: Remote, transfer: Transfer, there: str) -> State:
        """Fetch the results of a run that is over, and say how it ended."""
        assert self._over is not None
        state, host = State(self._over.head["state"]), self._launcher.host
        if state is State.INTERRUPTED:
            self._book.say(f"its driver on {host} has died")
            return State.INTERRUPTED
        if state is State.QUEUED:
            why = self._over.head["why"]
            return self._finish(State.FAILED, f"{host}: its driver could not begin: {why}")
        self._phase = "fetching"
        self._book.say(f"copying the results from {host}")
        try:
            with understood(host):
                told, left = transfer.fetch(there)
        except (EngineError, OSError) as error:
            if _may_pass(error):
                raise
            return self._finish(State.FAILED, f"its results cannot be fetched: {_words(error)}")
        try:
            remote.order("fetched")
        except EngineError as error:  # at worst a copy too many stays there
            if _may_pass(error):
                raise
        if told:
            self._book.note(f"fetched from {host}: {told}")
        if left:
            self._book.note(f"not fetched, out of the run or not to be read: {', '.join(left)}")
        if state is not State.COMPLETED:
            self._book.note(f"its files stay on {host} for a resumption: {there}")
        final = self._finish(state, self._book.there.why if self._book.there else "")
        if final is State.COMPLETED:
            with suppress(EngineError):  # what is left there is a copy too many, and no more
                remote.order("remove")
        return final

    # -- what is told from there

    def _take(self, frame: Frame) -> None:
        head, file = frame.head, str(frame.head.get("file", ""))
        match head.get("type"):
            case "data":
                self._mirror.append(file, int(head["offset"]), frame.body, bool(head["new"]))
            case "whole":
                self._mirror.replace(file, frame.body)
            case "gone":
                self._mirror.remove(file)
            case "beat":
                self._run_dir.beat()
            case "run" if frame.body and len(frame.body) <= LARGEST_RUN:
                self._book.hear(Run.from_json(frame.body.decode("utf-8")))
            case "over" if State(head["state"]) is not State.RUNNING:
                self._over = frame

    def _pass_on(self, remote: Remote) -> None:
        """Requests go to the driver there; what it makes of them it says in its state."""
        for given in requests.pending(self._run_dir):
            is_due = given.is_for(self._book.run.start) and given.action in ("cancel", "stop")
            if is_due:
                remote.order("instruct", instruction=asdict(given))
            requests.acknowledge(self._run_dir, given, "obeyed" if is_due else "too late")

    # -- what is asked here

    def _goes_on(self) -> None:
        """Raises where the work is to end: while the driver there is at work, that one is asked."""
        if self._must_quit:
            raise Quit
        if self._phase == "there":
            return
        for given in requests.pending(self._run_dir):
            if given.is_for(self._book.run.start) and given.action in ("cancel", "stop"):
                requests.acknowledge(self._run_dir, given, "obeyed")
                self._stopped_by = given
                raise Stopped

    def _orders(self) -> list[requests.Instruction]:
        """The instructions that brought this attempt about."""
        return [
            each
            for each in requests.pending(self._run_dir)
            if each.action in ("resume", "redrive") and not each.attempt
        ]

    def _request(self) -> bytes:
        """What was asked, as the other side is asked for it."""
        request = read_request(self._run_dir)
        assert request is not None
        options, seconds = dict(request.options), seconds_of(self._settings, request)
        if seconds is not None:
            options["run_hours"] = seconds / 3600
        profile = request.profile if request.profile != "default" else self._launcher.profile
        asked = replace(request, options=options, profile=profile, idempotency_key=None)
        return asked.to_json().encode("utf-8")

    def _cancelled(self) -> str:
        by = self._stopped_by.user if self._stopped_by else ""
        when = "before it began" if self._phase == "sending" else "before its results were copied"
        return f"cancelled by {by} {when}" if by else f"cancelled {when}"

    def _attempt(self) -> Run:
        """``run.json`` of the attempt: a new one, or the one that an earlier process began."""
        request, state = read_request(self._run_dir), self._run_dir.state()
        if request is None or state not in (State.QUEUED, State.INTERRUPTED):
            raise Conflict(f"run {self._run_dir.run_id} is {state}: there is nothing to be begun")
        if state is State.INTERRUPTED:
            return self._run_dir.read_run()
        return Run(
            state=State.RUNNING,
            launched_by="driver",
            launcher=request.launcher,
            workdir=str(self._run_dir.work),
            version=dict(code_version(self._settings.workflow)),
            start=timestamp(time.time()),
        )

    def _finish(self, state: State, why: str) -> State:
        return self._book.finish(state, why, lambda: self._must_quit)

    def _rest(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self._goes_on()
            time.sleep(min(LISTEN_SECONDS, left))

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        if number != signal.SIGINT:
            self._must_quit = True
        else:  # as from a terminal: the run is to end
            requests.instruct(self._run_dir, "cancel", "", attempt=self._book.run.start or "")


def drive(run_dir: RunDir, settings: Settings) -> State:
    """Take the lease of a run, and drive it from here to its end.

    Raises:
        Conflict: another driver has it, or it neither waits nor goes on elsewhere.
        BadData: its request or its launcher says nothing that can be used.
        EngineError, OSError: it cannot begin.
    """
    launcher = launcher_of(run_dir, settings)
    if launcher.files == "shared":
        return begin_there(run_dir, launcher)
    with Lease.take(run_dir, DRIVER, wait=LEASE_SECONDS):
        try:
            state = SshDriver(run_dir, settings, launcher).run()
        except UnreadableRun as error:
            raise BadData(str(error)) from None
        launch = run_dir.read_launch()
        if launch is not None and state is not State.RUNNING:
            run_dir.write_launch(replace(launch, ended=timestamp(time.time())))
            run_dir.settings.unlink(missing_ok=True)  # the next launch writes its own
        return state


def begin_there(run_dir: RunDir, launcher: SshLauncher) -> State:
    """Start the driver of a run whose directory the other host sees too; it does the rest.

    Raises:
        Unavailable, Transient: it does not begin there.
    """
    launch = run_dir.read_launch()
    named = {launch.launcher: launcher.model_dump(mode="json")} if launch else {}
    with (
        Connection(launcher, run_dir.run_id) as connection,
        Remote(connection, launcher.plumbline, lambda: None) as remote,
    ):
        words = {"path": str(run_dir.path), "launchers": named, "version": __version__}
        told, _ = remote.order("drive", b"", **words)
    if told["code"]:
        kind = Transient if told["code"] == Transient.code else Unavailable
        raise kind(f"{launcher.host}: its driver does not begin: {told['why']}")
    return run_dir.state()


def launcher_of(run_dir: RunDir, settings: Settings) -> SshLauncher:
    """The launcher that a run has asked for.

    Raises:
        BadData: it is not in the settings, or is none that goes by ssh.
    """
    try:
        request = read_request(run_dir)
    except UnreadableRun as error:
        raise BadData(str(error)) from None
    launcher = settings.launchers.get(request.launcher) if request else None
    if not isinstance(launcher, SshLauncher):
        raise BadData(
            f"run {run_dir.run_id}: its launcher is not in the settings any more",
            hint="put it there again under `launchers`",
        )
    return launcher


def _may_pass(error: Exception) -> bool:
    """Also what another attempt there still holds: it is being cleaned up."""
    if isinstance(error, OSError):
        return error.errno in PASSING
    return isinstance(error, Conflict) or getattr(error, "error_class", "") == "transient"


def _words(error: Exception) -> str:
    if isinstance(error, EngineError):
        return error.message + (f" ({error.hint})" if error.hint else "")
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}"
    return str(error)


@click.command(cls=EngineCommand)
@click.argument("run_dir", type=click.Path(path_type=Path, file_okay=False, exists=True))
def main(run_dir: Path) -> None:
    """Drive the run in RUN_DIR, which waits or goes on elsewhere, to its end."""
    where = RunDir(run_dir)
    state = drive(where, read_settings(where))
    sys.exit(0 if state in (State.COMPLETED, State.RUNNING) else 1)


if __name__ == "__main__":
    main()
