"""What web workers count, for /metrics and for who asks how many follow a run.

Each worker counts for itself and writes its numbers to a file in the state folder, so that
whichever is asked knows those of all. The service empties that folder when it starts.
"""

import os
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

from control.record.fields import read_fields
from control.record.lines import parse, to_line
from control.record.process import Process, is_alive, this_process
from engines.contract.output import write_atomic


@dataclass
class Tally:
    """Numbers of one worker since it started.

    Attributes:
        connections: WebSockets that were ever opened.
        dropped: clients that were closed because they were too slow.
        polls: requests for events over HTTP.
        clients: WebSockets that are open now.
        polls_waiting: requests for events that wait for news now.
        followed: run → how many WebSockets it is being sent to now.
    """

    connections: int = 0
    dropped: int = 0
    polls: int = 0
    clients: int = 0
    polls_waiting: int = 0
    followed: dict[str, int] = field(default_factory=dict)

    def add(self, other: "Tally", *, is_alive: bool) -> None:
        """Add the numbers of another worker; of a dead one only what it has counted."""
        self.connections += other.connections
        self.dropped += other.dropped
        self.polls += other.polls
        if is_alive:
            self.clients += other.clients
            self.polls_waiting += other.polls_waiting
            for run_id, clients in other.followed.items():
                self.follow(run_id, clients)

    def follow(self, run_id: str, clients: int) -> None:
        """So many WebSockets more, or less, are sent this run."""
        self.followed[run_id] = self.followed.get(run_id, 0) + clients
        if not self.followed[run_id]:
            del self.followed[run_id]


tally = Tally()
"""Of this process."""
_TYPES = {each.name: dict if each.name == "followed" else int for each in fields(Tally)}


def write(folder: Path) -> None:
    """Replace the file of this worker.

    Raises:
        CannotWrite: it cannot be written.
    """
    content = {"process": asdict(this_process()), "tally": asdict(tally)}
    write_atomic(folder / f"{os.getpid()}.json", to_line(content) + "\n")


def of_all(folder: Path) -> tuple[Tally, list[int]]:
    """The numbers of all workers together, and the process ids of those that live."""
    total, living = Tally(), [os.getpid()]
    total.add(tally, is_alive=True)
    for file in folder.glob("*.json"):
        if file.stem == str(os.getpid()):
            continue
        with suppress(OSError, ValueError, KeyError, TypeError):
            content = parse(file.read_bytes())
            process = Process.from_fields(content["process"])
            counted = read_fields(content["tally"], _TYPES)
            lives = is_alive(process) is not False
            total.add(Tally(**counted), is_alive=lives)
            living += [process.pid] * lives
    return total, living


def clear(folder: Path) -> None:
    """Forget the workers of an earlier service.

    Raises:
        OSError: the folder cannot be written.
    """
    for file in folder.glob("*.json"):
        file.unlink(missing_ok=True)
