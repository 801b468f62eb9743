"""Takes the files of a run to another host, and its results back; looked at on arrival."""

import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

from control.record.run_dir import RunDir
from control.runs.analyses import read_workflow
from control.runs.launch.ssh import parcels
from control.runs.launch.ssh.agent import INCOMING, OUTGOING, is_not_sent
from control.runs.launch.ssh.courier import Courier
from control.runs.launch.ssh.luggage import Luggage
from control.runs.launch.ssh.mirror import SPARE
from control.runs.launch.ssh.parcels import Parcel
from control.runs.launch.ssh.remote import Remote
from engines.contract.errors import BadData, CannotWrite, Transient

TRIES = 3
"""How often files are sent that do not arrive whole."""


class Transfer:
    """The files of one run on their way.

    Args:
        run_dir: of the run, here.
        remote: the other side, which has opened the run.
        courier: carries files.
        goes_on: asked now and then; raises where the work is to end.
    """

    def __init__(
        self, run_dir: RunDir, remote: Remote, courier: Courier, goes_on: Callable[[], None]
    ) -> None:
        self._run_dir, self._remote = run_dir, remote
        self._courier, self._goes_on = courier, goes_on
        self._outgoing, self._incoming = run_dir.path / OUTGOING, run_dir.path / INCOMING

    def send(self, workflow: Path, there: str, free: int) -> str:
        """Send what was asked and every file that it names.

        Args:
            workflow: folder of the workflow, which says what names a file.
            there: the run directory on the other side.
            free: bytes on its disk.

        Returns:
            What was sent, in words; empty where everything was there.

        Raises:
            InputMissing, BadData: a file is not there, or what was asked cannot be read.
            CannotWrite: the disk there has no room.
            Transient: the connection broke.
        """
        try:
            written = self._outgoing / "written"
            shutil.rmtree(self._outgoing, ignore_errors=True)  # of a process that was killed
            written.mkdir(mode=0o700, parents=True)
            luggage = Luggage(self._run_dir, read_workflow(workflow), written)
            packed = []
            for parcel in luggage.parcels():
                packed.append(parcel)
                self._goes_on()
            return self._send(packed, luggage, there, free)
        finally:
            shutil.rmtree(self._outgoing, ignore_errors=True)

    def fetch(self, there: str) -> tuple[str, list[str]]:
        """Fetch everything that lies below ``work`` there, and the report; nothing else stays.

        Args:
            there: the run directory on the other side.

        Returns:
            What was fetched, in words, empty where everything was here; and what was not:
            links that lead out of ``work`` there, and what cannot be read.

        Raises:
            BadData: the other side tells of what is no result.
            Transient: the connection broke, or the disk here has no room.
        """
        told, body = self._remote.order("results")
        found = parcels.read_list(body)
        for parcel in found:
            is_report = parcel.path == self._run_dir.report.name and not parcel.link
            if not (parcel.path.startswith("work/") or is_report) or is_not_sent(parcel.path):
                raise BadData(f"{parcel.path[:200]!r}: is no result")
        left = [str(path) for path in told["left"]]
        if more := int(told["left_count"]) - len(left):
            left.append(f"{more} more")
        return self._fetch(found, there), left

    def _send(self, packed: list[Parcel], luggage: Luggage, there: str, free: int) -> str:
        described, damaged, words = parcels.write_list(packed), [], ""
        for _ in range(TRIES):
            told, _ = self._remote.order("missing", described)
            wanted = {each.sha256: each for each in packed if each.sha256 in told["wanted"]}
            arrived = {name: int(told["arrived"].get(name, 0)) for name in wanted}
            if wanted:
                size = _size(wanted.values())
                if size - sum(arrived.values()) + SPARE > free:
                    raise CannotWrite(
                        f"{there}: {free / 1e9:.3g} GB are free, {size / 1e9:.3g} GB are to be sent"
                    )
                words = words or _words(len(wanted), size, self._courier.means)
                files = {name: luggage.files[each.path] for name, each in wanted.items()}
                parcels.offer(self._outgoing / "files", files)
                self._courier.send(self._outgoing / "files", f"{there}/{INCOMING}", arrived)
            damaged = self._remote.order("place", described)[0]["damaged"]
            if not damaged:
                return words
        raise Transient(f"{damaged[0]}: did not arrive whole, {TRIES} times")

    def _fetch(self, found: list[Parcel], there: str) -> str:
        damaged, words = [], ""
        for _ in range(TRIES):
            wanted = parcels.missing(self._run_dir.path, found)
            if wanted:
                self._incoming.mkdir(mode=0o700, exist_ok=True)
                arrived = dict.fromkeys((each.sha256 for each in wanted), 0)
                arrived |= parcels.arrived(self._incoming, wanted)
                size = _size(wanted)
                self._see_room(size - sum(arrived.values()))
                words = words or _words(len(wanted), size, self._courier.means)
                self._remote.order("offer", parcels.write_list(wanted))
                self._courier.fetch(f"{there}/{OUTGOING}", self._incoming, arrived)
            damaged = parcels.check_arrivals(self._incoming, wanted)
            if not damaged:
                # what is there no more goes first: something else may be in its place
                parcels.clear(self._run_dir.path, "work", found, is_not_sent)
                parcels.place(self._run_dir.path, self._incoming, found)
                shutil.rmtree(self._incoming, ignore_errors=True)
                return words
        raise Transient(f"{damaged[0]}: did not arrive whole, {TRIES} times")

    def _see_room(self, size: int) -> None:
        disk = os.statvfs(self._run_dir.path)
        free = disk.f_bavail * disk.f_frsize
        if size + SPARE > free:
            raise Transient(
                f"{self._run_dir.path}: {free / 1e9:.3g} GB are free here, "
                f"{size / 1e9:.3g} GB are to be fetched",
                hint="make room: it is tried again by itself",
            )


def _size(wanted: Iterable[Parcel]) -> int:
    return sum(each.size for each in wanted)


def _words(count: int, size: int, means: str) -> str:
    amount = f"{size / 1e6:,.1f} MB" if size >= 1e6 else f"{size:,} bytes"
    return f"{count} file{'s' * (count > 1)}, {amount}, by {means}"
