"""``server.json``: which service runs on a state folder, and under which address.

The service writes it when it is ready to answer and removes it when it ends, so that the
commands on the same machine find it without being told an address.
"""

import json
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from control.record.fields import read_fields
from control.record.lines import parse
from control.record.process import Process, is_alive
from engines.contract.output import write_atomic


@dataclass(frozen=True)
class Server:
    """A running service.

    Attributes:
        url: address without a slash at its end, ``http://127.0.0.1:8765``; it includes the prefix.
        socket: path of the unix socket it listens on; None where it listens on a port.
        process: the supervisor.
        started: UTC with milliseconds.
        version: of Plumbline.
    """

    url: str
    socket: str | None
    process: Process
    started: str
    version: str

    def write(self, path: Path) -> None:
        """Replace the file in one step, for its owner alone.

        Raises:
            CannotWrite: it cannot be written.
        """
        write_atomic(path, json.dumps({**asdict(self), "pid": self.process.pid}, indent=2) + "\n")

    @classmethod
    def read(cls, path: Path) -> "Server | None":
        """What the file says; None where it is not there, or says nothing."""
        types: dict[str, Any] = {"url": str, "socket": str | None, "process": dict}
        types |= {"started": str, "version": str}
        with suppress(OSError, ValueError):
            known = read_fields(parse(path.read_bytes()), types)
            if known.keys() == types.keys():
                return cls(**{**known, "process": Process.from_fields(known["process"])})
        return None

    @property
    def is_running(self) -> bool:
        """Whether its process is there, as far as can be told from here."""
        return is_alive(self.process) is not False
