"""The other side: what works on the host to which runs are sent, for as long as it is spoken with.

It is started by ssh, takes one order after the other from its input, and answers on its
output (see frames.py). It keeps nothing: when the connection breaks, it ends, and the next
one goes on from what lies in the run directory. The driver that it starts is a process of
its own and does not notice.
"""

import errno
import os
import select
import shutil
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

import click

from control.record.lines import parse
from control.record.process import this_process
from control.record.request import Request
from control.record.run_dir import RunDir, State, UnreadableRun, is_run_id
from control.record.small_file import read_small
from control.runs import actions, requests
from control.runs.deletion import hide_run, remove_hidden
from control.runs.launch import local
from control.runs.launch.local import LocalDriver
from control.runs.launch.ssh import parcels
from control.runs.launch.ssh.frames import ALIVE_SECONDS, LARGEST_LIST, MAGIC, Frame, Unpacker, pack
from control.runs.launch.ssh.parcels import Parcel
from control.runs.launch.ssh.watcher import Watcher
from control.runs.lease import Lease, is_free
from control.settings import Settings, load
from engines import __version__
from engines.contract.errors import (
    BadUsage,
    EngineCommand,
    EngineError,
    InputMissing,
    NotPermitted,
    Unavailable,
)
from engines.contract.output import write_atomic

LOOK_SECONDS = 0.2
"""Between two looks at a run that is followed, at least; they take a 20th of the time at most."""
MANY, LOOK_SECONDS_OF_MANY = 20, 1.0
"""Where so many files are looked at, the file system of a login node is to notice it less."""
INCOMING, OUTGOING = ".incoming", ".outgoing"
"""Folders of the run directory in which files lie on their way."""
LAUNCHED, FETCHED, ORIGIN = ".launched", ".fetched", ".origin"
"""Files of the run directory there: the attempt that was begun last, the one whose results have
gone to the other side, and where the run came from."""
PASSING = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.ESTALE, errno.EINTR, errno.EAGAIN)
"""Errors of a disk that pass: others would be the same the next time."""
_STDOUT = 1
_writing = threading.Lock()
_AGAIN = (State.FAILED, State.CANCELLED, State.INTERRUPTED)

Answer = dict[str, Any]


class Agent:
    """Does what it is told; see the orders below, each a method.

    Args:
        settings: of the service there.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._run_dir = RunDir(Path("/nonexistent"))
        self._origin = ""
        self._driver: LocalDriver | None = None
        self._watcher: Watcher | None = None
        self._orders: Mapping[str, Callable[[Frame], tuple[Answer, bytes]]] = {
            "look": self._look_around,
            "open": self._open,
            "missing": self._missing,
            "place": self._place,
            "begin": self._begin,
            "follow": self._follow,
            "instruct": self._instruct,
            "drive": self._drive,
            "end": self._end,
            "results": self._results,
            "offer": self._offer,
            "fetched": self._fetched,
            "remove": self._remove,
            "sweep": self._sweep,
        }

    def serve(self) -> None:
        """Work until nobody is there any more."""
        incoming, source = Unpacker(LARGEST_LIST), sys.stdin.fileno()
        _write(MAGIC)
        threading.Thread(target=_stay_alive, name="alive", daemon=True).start()
        due = 0.0
        while True:
            left = max(0.0, due - time.monotonic()) if self._watcher is not None else None
            if select.select([source], [], [], left)[0]:
                data = os.read(source, 1 << 20)
                if not data:
                    return
                for frame in incoming.feed(data):
                    self._obey(frame)
            if self._watcher is not None and time.monotonic() >= due:
                many, began = self._watcher.files > MANY, time.monotonic()
                self._look(self._watcher)
                least = LOOK_SECONDS_OF_MANY if many else LOOK_SECONDS
                due = time.monotonic() + max(least, 20 * (time.monotonic() - began))

    def _obey(self, frame: Frame) -> None:
        answer: Answer
        body = b""
        try:
            answer, body = self._orders[str(frame.head.get("order"))](frame)
        except EngineError as error:
            answer = {"error": type(error).__name__, "message": error.message, "hint": error.hint}
        except OSError as error:
            what = f"{error.filename}: {error.strerror}" if error.filename else str(error)
            kind = "Transient" if error.errno in PASSING else "CannotWrite"
            answer = {"error": kind, "message": what, "hint": ""}
        except (UnreadableRun, ValueError, KeyError, TypeError) as error:
            answer = {"error": "BadData", "message": f"{type(error).__name__}: {error}", "hint": ""}
        _write(pack({"type": "answer", **answer}, body))

    def _look(self, watcher: Watcher) -> None:
        """Tell what is new in the run that is followed, and when it is over."""
        for frame in watcher.look():
            _write(pack(frame.head, frame.body))
        state, driver = watcher.state, self._driver
        has_not_begun = state is State.QUEUED and (driver is None or driver.poll() is not None)
        has_died = state is State.INTERRUPTED and is_free(self._run_dir)  # its guard has cleaned up
        if state.is_final or has_not_begun or has_died:
            why = driver.why() if driver and has_not_begun else ""
            self._watcher = None
            _write(pack({"type": "over", "state": state.value, "why": why}))

    # -- orders

    def _look_around(self, frame: Frame) -> tuple[Answer, bytes]:
        """What there is to be said of this host, before anything is sent; nothing is made."""
        _check_version(str(frame.head["version"]))
        runs = self._folder(frame)
        there = next(each for each in (runs, *runs.parents) if each.exists())
        return {
            "host": this_process().host,
            "folder": str(runs),
            "free": _free(there),
            "may_write": os.access(there, os.W_OK | os.X_OK),
            "rsync": shutil.which("rsync") is not None,
            "sees": Path(str(frame.head.get("shared") or there)).is_dir(),
            "time": time.time(),
        }, b""

    def _open(self, frame: Frame) -> tuple[Answer, bytes]:
        """Take on a run: ``run_id`` in ``folder``; its directory is made where it is not there.

        ``origin`` says whose run it is; ``others`` of the answer are runs of the same origin.
        """
        _check_version(str(frame.head["version"]))
        run_id, self._origin = str(frame.head["run_id"]), str(frame.head["origin"])
        if not is_run_id(run_id):
            raise BadUsage(f"{run_id[:60]!r}: no id of a run")
        runs = self._folder(frame)
        self._settings = self._settings.model_copy(update={"runs": [runs]})
        runs.mkdir(parents=True, exist_ok=True)
        self._run_dir = RunDir(runs / run_id)
        with suppress(FileExistsError):
            self._run_dir.path.mkdir(mode=0o700)
        is_run = self._run_dir.request.exists() or self._run_dir.run.exists()
        whose = _text_of(self._run_dir.path / ORIGIN)
        if whose != self._origin and (whose or is_run):
            raise NotPermitted(
                f"{self._run_dir.path}: is a run that came from elsewhere",
                hint="give the launcher a `folder` of its own",
            )
        write_atomic(self._run_dir.path / ORIGIN, self._origin)
        return {
            "host": this_process().host,
            "path": str(self._run_dir.path),
            "free": _free(runs),
            "rsync": shutil.which("rsync") is not None,
            "is_asked": self._run_dir.request.exists(),
            "attempt": _text_of(self._run_dir.path / LAUNCHED),
            "others": [name for name in os.listdir(runs) if name != run_id and self._is_ours(name)],
        }, b""

    def _missing(self, frame: Frame) -> tuple[Answer, bytes]:
        """Which of these files are still to be sent, and how much of each has arrived."""
        wanted = parcels.missing(self._run_dir.path, _parcels(frame))
        incoming = self._run_dir.path / INCOMING
        incoming.mkdir(mode=0o700, exist_ok=True)
        return {
            "wanted": [each.sha256 for each in wanted],
            "arrived": parcels.arrived(incoming, wanted),
        }, b""

    def _place(self, frame: Frame) -> tuple[Answer, bytes]:
        """Put the files that were sent into their places; gives those that did not arrive whole."""
        sent, incoming = _parcels(frame), self._run_dir.path / INCOMING
        damaged = parcels.check_arrivals(incoming, parcels.missing(self._run_dir.path, sent))
        if not damaged:
            parcels.place(self._run_dir.path, incoming, sent)
            shutil.rmtree(incoming, ignore_errors=True)
        return {"damaged": damaged}, b""

    def _begin(self, frame: Frame) -> tuple[Answer, bytes]:
        """Start the driver of one attempt, once, however often it is told; ``attempt`` names it.

        A run that has ended before is queued again, by the ``orders`` that brought it about.
        """
        attempt, run_dir = str(frame.head["attempt"]), self._run_dir
        if not run_dir.request.exists():
            run_dir.work.mkdir(mode=0o700, exist_ok=True)
            request = Request.from_json(frame.body.decode("utf-8"))
            write_atomic(run_dir.request, replace(request, launcher="local").to_json())
        state = run_dir.state()
        if attempt != _text_of(run_dir.path / LAUNCHED) and state not in (
            State.QUEUED,
            State.RUNNING,
        ):
            if state is not State.COMPLETED:  # then only its results are to be fetched
                self._queue_again(frame.head.get("orders") or [])
            state = run_dir.state()
        write_atomic(run_dir.path / LAUNCHED, attempt + "\n")
        if state is State.QUEUED:
            self._driver = local.start(run_dir, self._settings)
        return {"state": state.value}, b""

    def _queue_again(self, orders: list[Mapping[str, Any]]) -> None:
        redriven = [each for each in orders if each.get("action") == "redrive"]
        user = str(orders[-1].get("user", "")) if orders else ""
        for each in redriven:
            actions.redrive(self._settings, self._run_dir, user, str(each["dead_letter"]))
        if not redriven:
            actions.resume(self._settings, self._run_dir, user)

    def _follow(self, frame: Frame) -> tuple[Answer, bytes]:
        """From now on tell what is new, from what ``known`` says on: path → size and checksum."""
        known = {str(path): (int(n), int(c)) for path, (n, c) in parse(frame.body).items()}
        self._watcher = Watcher(self._run_dir, known)
        return {}, b""

    def _instruct(self, frame: Frame) -> tuple[Answer, bytes]:
        """Pass an instruction on to the driver, once, however often it is told."""
        given = requests.from_fields(frame.head["instruction"])
        if self._run_dir.state() is State.RUNNING:
            start = self._run_dir.read_run().start or ""
            requests.pass_on(self._run_dir, replace(given, attempt=start))
        elif self._run_dir.state() is State.QUEUED:
            requests.pass_on(self._run_dir, replace(given, attempt=""))
        return {}, b""

    def _drive(self, frame: Frame) -> tuple[Answer, bytes]:
        """Start the driver of the run at ``path``, which both sides see, and see it begin."""
        _check_version(str(frame.head["version"]))
        run_dir = RunDir(Path(str(frame.head["path"])))
        if not run_dir.request.is_file():
            raise InputMissing(
                f"{this_process().host}: {run_dir.path}: is not there",
                hint="use `files: copy` where no disk is shared",
            )
        own = {"runs": [run_dir.path.parent], "launchers": frame.head["launchers"]}
        settings = Settings.model_validate(self._settings.model_dump() | own)
        driver = local.start(run_dir, settings)
        while (code := driver.poll()) is None and run_dir.state() is State.QUEUED:
            time.sleep(LOOK_SECONDS)
        has_begun = run_dir.state() is not State.QUEUED
        return {"code": 0 if has_begun else code, "why": "" if has_begun else driver.why()}, b""

    def _end(self, frame: Frame) -> tuple[Answer, bytes]:
        """End the run, in whatever state it is: nothing of it is left at work."""
        with suppress(EngineError):  # it has ended
            actions.cancel(self._settings, self._run_dir, str(frame.head.get("user", "")))
        return {"state": self._run_dir.state().value}, b""

    def _results(self, frame: Frame) -> tuple[Answer, bytes]:
        """Everything below ``work``, and the report: each file with size and checksum.

        ``left`` of the answer are those that cannot be fetched.
        """
        folder, found, left = self._run_dir.path, [], []
        if not self._run_dir.work.is_dir():
            raise InputMissing(f"{self._run_dir.work}: is not there any more")
        for path, file in parcels.walk(folder, "work", is_not_sent):
            parcel = self._result(path, file)
            if parcel is None:
                left.append(path)
            else:
                found.append(parcel)
        if self._run_dir.report.is_file():
            found.append(parcels.parcel_of(self._run_dir.report, self._run_dir.report.name))
        return {"left": left[:20], "left_count": len(left)}, parcels.write_list(found)

    def _result(self, path: str, file: Path) -> Parcel | None:
        if not parcels.is_own(path):
            return None
        try:
            if file.is_symlink():
                target = parcels.inner_link(self._run_dir.work, file)
                if target is not None:
                    return Parcel(path, link=target)
                real = file.resolve()  # an input, which is not sent back: so its content is
                if not real.is_relative_to(self._run_dir.path.resolve()) or not real.is_file():
                    return None
            return parcels.parcel_of(file, path)
        except OSError:  # it cannot be read
            return None

    def _offer(self, frame: Frame) -> tuple[Answer, bytes]:
        """Lay out these files to be fetched, in OUTGOING."""
        folder = self._run_dir.path
        sources = {each.sha256: folder / each.path for each in _parcels(frame)}
        parcels.offer(folder / OUTGOING, sources)
        return {}, b""

    def _fetched(self, frame: Frame) -> tuple[Answer, bytes]:
        """The results of the last attempt are on the other side."""
        attempt = _text_of(self._run_dir.path / LAUNCHED)
        write_atomic(self._run_dir.path / FETCHED, attempt + "\n")
        return {}, b""

    def _remove(self, frame: Frame) -> tuple[Answer, bytes]:
        """Remove the run directory here: what was to be kept is on the other side."""
        with Lease.take(self._run_dir, "delete", wait=10):
            hide_run(self._run_dir)
        remove_hidden([self._run_dir.path.parent])
        return {}, b""

    def _sweep(self, frame: Frame) -> tuple[Answer, bytes]:
        """Remove runs that were deleted on the other side; gives those that are gone.

        One that is at work stays, and one whose results were never fetched.
        """
        runs, gone = self._run_dir.path.parent, []
        for run_id in map(str, frame.head["run_ids"]):
            if not self._is_ours(run_id) or not _is_fetched(runs / run_id):
                continue
            with suppress(EngineError), Lease.take(RunDir(runs / run_id), "delete"):
                if _is_fetched(runs / run_id):
                    hide_run(RunDir(runs / run_id))
                    gone.append(run_id)
        remove_hidden([runs])
        return {"gone": gone}, b""

    def _is_ours(self, name: str) -> bool:
        """Whether a folder beside the run is a run that came from where this one came from."""
        file = self._run_dir.path.with_name(name) / ORIGIN
        return is_run_id(name) and _text_of(file) == self._origin

    def _folder(self, frame: Frame) -> Path:
        """The folder of runs that the other side wants, else that of the settings here."""
        folder = str(frame.head.get("folder", ""))
        chosen = Path(folder).expanduser() if folder else self._settings.runs[0]
        return (Path.home() / chosen).absolute()


def is_not_sent(path: str) -> bool:
    """Whether it is of Snakemake itself, and stays where it is."""
    return PurePosixPath(path).is_relative_to("work/.snakemake")


def _is_fetched(run_dir: Path) -> bool:
    return _text_of(run_dir / FETCHED) == _text_of(run_dir / LAUNCHED) != ""


def _free(folder: Path) -> int:
    disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize


def _text_of(file: Path) -> str:
    try:
        return read_small(file).strip()
    except (OSError, ValueError):
        return ""


def _check_version(version: str) -> None:
    if version != __version__:
        raise Unavailable(
            f"plumbline {__version__} is there, and {version} here",
            hint="install the same version on both",
        )


def _parcels(frame: Frame) -> list[Parcel]:
    return parcels.read_list(frame.body)


def _write(data: bytes) -> None:
    left = memoryview(data)
    with _writing:
        while left:
            left = left[os.write(_STDOUT, left) :]


def _stay_alive() -> None:
    """Say that we are there, whatever takes long meanwhile."""
    with suppress(OSError):
        while True:
            time.sleep(ALIVE_SECONDS)
            _write(pack({"type": "alive"}))


@click.command(cls=EngineCommand, hidden=True)
def agent() -> None:
    """Speak with the service of another host, which sends runs here by ssh."""
    Agent(load()).serve()
