"""Messages of a run as entries of the log that the dashboard for GIAB runs shows of an import.

Every message is an entry, so the index of an entry is the sequence of the message before it.
"""

from collections.abc import Mapping
from typing import Any, Literal

from control.client.lines import Lines
from control.record.run_dir import State

Level = Literal["info", "success", "warning", "error", "progress"]
_TELLS = {"log": "level", "rule": "state", "status": "status"}
_LEVELS: Mapping[str, Level] = {
    **{"success": "success", "finished": "success", "completed": "success"},
    **{"warning": "warning", "retried": "warning", "cancelled": "warning"},
    **{"error": "error", "failed": "error", "interrupted": "error", "variant_error": "error"},
    "progress": "progress",
}


def entry_of(message: Any) -> dict[str, Any]:
    """The entry that a message is: timestamp, message (in words) and level."""
    kind, data = message["type"], message["data"]
    word = data[_TELLS[kind]] if kind in _TELLS else kind
    text = Lines().of(message) or f"job {data.get('jobid')} {word}"
    if (kind, word) == ("status", State.COMPLETED):
        text = "✅ Process completed successfully!"
    return {"timestamp": message["timestamp"], "message": text, "level": _LEVELS.get(word, "info")}


def entry_of_run(message: Any) -> dict[str, Any] | None:
    """The same of what a connection tells; None for what is of the connection itself."""
    return None if message["type"] in ("connection", "heartbeat") else entry_of(message)
