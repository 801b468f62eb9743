"""``launch.json``: where the driver of a run was sent, written by whoever sent it.

It is there for drivers that live elsewhere: as a job of SLURM, on another host. Whoever
starts after the service was killed finds them by it, and readers learn by it that such a
driver is dead, which no process id could tell them.
"""

import json
from dataclasses import asdict, dataclass
from typing import get_type_hints

from control.record.fields import read_fields
from control.record.lines import parse


@dataclass(frozen=True)
class Launch:
    """One launch of a driver.

    Attributes:
        launcher: its name in the settings.
        kind: ``slurm`` or ``ssh``.
        name: by which it is found where it is: the name of the job in SLURM's queue.
        external_id: of the job in SLURM; empty while that is not known.
        host: where it was sent; empty where a scheduler chooses.
        at: UTC, when it was sent.
        ended: UTC, when it was seen to be gone; empty while it may live.
        why: how it ended, or what it waits for, in words.
    """

    launcher: str
    kind: str
    name: str = ""
    external_id: str = ""
    host: str = ""
    at: str = ""
    ended: str = ""
    why: str = ""

    def to_json(self) -> str:
        """The content of the file."""
        return json.dumps(asdict(self), indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "Launch":
        """Read it; keys of a later version are passed over.

        Raises:
            ValueError: no JSON object, a field of another type, or none of launcher and kind.
        """
        known = read_fields(parse(text), get_type_hints(cls))
        if not known.get("launcher") or not known.get("kind"):
            raise ValueError("names no launcher")
        return cls(**known)
