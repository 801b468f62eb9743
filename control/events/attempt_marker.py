"""Where an attempt begins in a job's log: the line that ``workflow/scripts/log_to.sh`` writes.

Rules append to their logs, each attempt behind such a line, and the file may hold the
attempts of earlier runs too. Logs of other workflows have no such lines: Snakemake deletes
them after it has told of the job, and before the job starts.
"""

import re
from datetime import datetime
from typing import NamedTuple

from control.events.tail import NotFollowed, Tail

MARKER = b"=== attempt started "
CLOCK_SECONDS = 5.0
"""How far the clocks of two hosts, or of a host and its file server, may differ."""
OVERWRITTEN_SECONDS = 60.0
"""A log that changed so long after its job had ended is another job's."""

_FORM = re.compile(rb"=== attempt started (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ) on ([^\r\n]+)")
_LONGEST = 400  # bytes of such a line
_BLOCK = 1 << 20
_BLOCKS = 8  # that are looked through before others have their turn


class Marker(NamedTuple):
    """The beginning of an attempt.

    Attributes:
        offset: of the line, in the bytes that were looked at.
        time: seconds since 1970, whole.
        host: where it ran.
    """

    offset: int
    time: float
    host: str


class Times(NamedTuple):
    """When an attempt ran.

    Attributes:
        start: seconds since 1970, as Snakemake told of it on ``host``.
        end: likewise; None while it runs.
        host: name of the machine; "" where it is not known.
    """

    start: float
    end: float | None
    host: str

    def has_begun_at(self, marker: Marker) -> bool:
        """Whether the marker can be the first one of this attempt."""
        difference = 0.0 if marker.host == self.host else CLOCK_SECONDS
        end = self.end if self.end is not None else float("inf")
        return int(self.start) - difference <= marker.time <= end + difference

    def had_ended_at(self, marker: Marker) -> bool:
        """Whether a marker after the first one is of a later attempt.

        It need not be: on a cluster an attempt can hold several, of an inner Snakemake.
        """
        return self.end is not None and marker.time >= int(self.end)


def markers(data: bytes) -> list[Marker]:
    """All markers in ``data``, also one in the middle of a line that an attempt left unfinished."""
    if MARKER not in data:
        return []
    return [
        Marker(found.start(), seconds_of(found[1].decode()), found[2].decode("utf-8", "replace"))
        for found in _FORM.finditer(data)
    ]


def kept_name(path: str) -> str:
    """The second, hidden name under which log_to.sh keeps a log through its deletions."""
    folder, slash, name = path.rpartition("/")
    return f"{folder}{slash}.{name}"


def seconds_of(time: str) -> float:
    """Seconds since 1970 of a time in UTC; 0 for one that cannot be (the 31st of February)."""
    try:
        return datetime.fromisoformat(time).timestamp()
    except ValueError:
        return 0.0


class Beginning:
    """Finds where an attempt begins in a file, however often it must be asked."""

    def __init__(self) -> None:
        self._inode = self._looked_through = 0

    def find(self, tail: Tail, times: Times) -> int | None:
        """The offset; None while there is nothing of this attempt.

        Args:
            tail: the open file.
            times: when the attempt ran.

        Raises:
            NotFollowed: it was overwritten after the attempt.
            OSError: it cannot be read.
        """
        head = tail.read_at(0, _LONGEST)
        if not head.startswith(MARKER) or (b"\n" in head and not _FORM.match(head)):
            is_undecided = MARKER.startswith(head) and times.end is None
            return None if is_undecided or not _is_current(tail, times) else 0
        if self._inode != tail.position.inode:
            self._inode, self._looked_through = tail.position.inode, 0
        return self._search(tail, times)

    def _search(self, tail: Tail, times: Times) -> int | None:
        for _ in range(_BLOCKS):
            block = tail.read_at(self._looked_through, _BLOCK)
            for marker in markers(block):
                if times.has_begun_at(marker):
                    return self._looked_through + marker.offset
            if len(block) < _BLOCK:
                break  # its last line may be unfinished, and is looked at again
            self._looked_through += len(block) - _LONGEST
        return None


def _is_current(tail: Tail, times: Times) -> bool:
    """Whether a log without markers is of this attempt: told by when it was last changed."""
    changed = tail.status().st_mtime
    if times.end is not None and changed > times.end + OVERWRITTEN_SECONDS:
        raise NotFollowed("it was changed after the job had ended")
    return changed >= times.start - CLOCK_SECONDS
