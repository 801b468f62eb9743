"""Messages as lines for a terminal. What a log holds is shown, never obeyed."""

import json
from typing import Any

import click

from control.client.bars import duration
from control.client.cluster_queue import why_waiting
from control.client.following import Message
from control.record.plain_text import visible

LEVELS = ("debug", "info", "success", "warning", "error")
_LEVEL_COLOURS = {"debug": "bright_black", "success": "green", "warning": "yellow", "error": "red"}
_JOB_SIGNS = {
    "running": ("▶", "cyan", "started"),
    "submitted": ("▷", "cyan", "submitted"),
    "finished": ("✔", "green", "finished"),
    "failed": ("✘", "red", "failed"),
    "retried": ("↻", "yellow", "is tried again"),
    "cancelled": ("■", "yellow", "was cancelled"),
}
_STATE_COLOURS = {"completed": "green", "failed": "red", "running": "cyan"}
LONGEST_RESULT = 200


class Lines:
    """Turns messages into lines.

    Args:
        rule: only what is about this rule, and about the run itself.
        level: only log lines of this level and above.
        colours: whether to use them.
        progress: whether progress is told in lines too (else it is in bars).
    """

    def __init__(
        self,
        *,
        rule: str | None = None,
        level: str = "debug",
        colours: bool = False,
        progress: bool = True,
    ) -> None:
        self._rule, self._lowest = rule, LEVELS.index(level)
        self._colours, self._progress = colours, progress
        self._told: dict[str, str] = {}

    def wants(self, message: Message) -> bool:
        """Whether the filters let a message through."""
        data = message["data"]
        if self._rule is not None and message["type"] != "status":
            return bool(data.get("rule") == self._rule)
        if message["type"] == "log":
            level = data.get("level", "info")
            return level not in LEVELS or LEVELS.index(level) >= self._lowest
        return True

    def of(self, message: Message) -> str | None:
        """The line of a message; None for one that has none."""
        data = message["data"]
        match message["type"]:
            case "log":
                return self._log(data)
            case "rule":
                return self._job(data)
            case "status":
                return self._status(data)
            case "progress":
                return self._share(data) if self._progress else None
            case "error":
                return self._error(data)
            case kind:
                told = {key: data[key] for key in data if key not in _IDENTITY}
                text = _cut(json.dumps(told, ensure_ascii=False))
                return f"{_label(data)}{kind.replace('_', ' ')}: {text}"

    def _log(self, data: dict[str, Any]) -> str:
        text = visible(str(data.get("line", "")))
        colour = _LEVEL_COLOURS.get(data.get("level", ""))
        return self._paint(_label(data), "bright_black") + self._paint(text, colour)

    def _job(self, data: dict[str, Any]) -> str | None:
        sign, colour, words = _JOB_SIGNS.get(data.get("state", ""), ("", None, ""))
        if not sign:
            return None
        again = f", attempt {data['attempt']}" if data.get("attempt", 1) > 1 else ""
        why = f": {visible(str(data['message']))}" if data.get("message") else ""
        where = f" on {visible(str(data['node']))}" if data.get("node") else ""
        where += f" [{visible(str(data['external_id']))}]" if data.get("external_id") else ""
        name = _name(data) or f"job {data.get('jobid')}"
        if data.get("state") == "submitted" and data.get("queue"):
            words = "is back in the queue" if data.get("restarts") else "waits"
            why = f": {why_waiting(data['queue'])}"
        return self._paint(f"{sign} {name} {words}{again}{where}{duration(data)}{why}", colour)

    def _status(self, data: dict[str, Any]) -> str:
        state = visible(str(data.get("status", "")))
        why = f": {visible(str(data['message']))}" if data.get("message") else ""
        return self._paint(f"● run {state}{why}", _STATE_COLOURS.get(state, "yellow"))

    def _share(self, data: dict[str, Any]) -> str | None:
        """Progress in words, where it has got on by something that can be seen."""
        if data.get("scope") == "run":
            return (
                f"{data.get('done')} of {data.get('total')} jobs ({data.get('progress', 0):.0f} %)"
            )
        name, stage = _name(data), visible(str(data.get("stage", "")))
        percent = _percent(data.get("progress"))
        tenth = f"{stage} {percent[:-3]}"  # without its last digit
        if self._told.get(name) == tenth:
            return None
        self._told[name] = tenth
        return self._paint(f"{name}: {stage} {percent}".rstrip(), "bright_black")

    def _error(self, data: dict[str, Any]) -> str:
        kind = visible(str(data.get("error_class", "")))
        text = visible(str(data.get("message", "")).replace("\n", " "))
        hint = f" (hint: {visible(str(data['hint']))})" if data.get("hint") else ""
        letter = " [dead letter]" if data.get("dead_letter") else ""
        return self._paint(f"{_label(data)}error, {kind}: {text}{hint}{letter}", "red")

    def _paint(self, text: str, colour: str | None) -> str:
        return click.style(text, fg=colour) if self._colours and colour and text else text


_IDENTITY = ("jobid", "rule", "wildcards", "attempt", "process")


def _percent(share: object) -> str:
    """Rounded down: 100 % only where it is."""
    return f"{int(share)} %" if isinstance(share, int | float) else ""


def _name(data: dict[str, Any]) -> str:
    values = ",".join(f"{key}={value}" for key, value in (data.get("wildcards") or {}).items())
    return visible(str(data.get("rule", "")) + (f"[{values}]" if values else ""))


def _label(data: dict[str, Any]) -> str:
    name = _name(data)
    return f"{name} | " if name else ""


def _cut(text: str) -> str:
    text = visible(text)
    return text if len(text) <= LONGEST_RESULT else text[: LONGEST_RESULT - 1] + "…"
