"""`plumbline tail`: one run, live, until it ends; the exit code says how."""

import json
import sys
from collections.abc import Iterable
from typing import Any

import click

from control.client.api import PAGE, Api
from control.client.bars import Bars
from control.client.follow import follow
from control.client.following import Following, Message
from control.client.lines import Lines
from control.client.screen import Screen
from control.client.table import uses_colour
from control.record.plain_text import visible

SHOWN_BEFORE = 200
"""Messages of the past that are shown where nobody asked for more."""
MOST_JOBS = 20_000
"""Jobs that are loaded for the bars."""
EXIT_CODES = {"completed": 0, "failed": 1, "cancelled": 2, "interrupted": 3}


class Tail:
    """Shows one run.

    Args:
        api: the service.
        run_id: of the run.
        since: show what comes after this message; None: the last few, and what comes.
        lines: how messages are shown.
        as_json: print the messages as they are.
    """

    def __init__(
        self, api: Api, run_id: str, since: int | None, lines: Lines, *, as_json: bool
    ) -> None:
        self._api, self._run_id, self._lines, self._as_json = api, run_id, lines, as_json
        self._run = api.get(f"/runs/{run_id}")
        self._since = since if since is not None else self._recent()
        self._state = ""
        self._bars = Bars()

    def follow(self) -> int:
        """Show messages until the run ends; gives the exit code."""
        following = Following(self._api, self._run_id, self._since, say=_say)
        has_bars = sys.stdout.isatty() and not self._as_json
        if has_bars:
            self._load_bars()
        with Screen(self._bars.lines if has_bars else _no_bars) as screen:
            for message in follow(following):
                self._show(message, screen)
        if self._state == "interrupted":
            _say(f"it can go on: plumbline runs resume {self._run_id}")
        return self._exit_code()

    def print_past(self) -> int:
        """Show the messages that there are; gives the exit code of the state as it is."""
        path = f"/runs/{self._run_id}/events?since={self._since}"
        with (
            self._api.stream(path, {"Accept": "application/x-ndjson"}) as answer,
            Screen(_no_bars) as screen,
        ):
            for line in answer.iter_lines():
                self._show(json.loads(line), screen)
        return self._exit_code()

    def _show(self, message: Message, screen: Screen) -> None:
        self._bars.take(message)
        if message["type"] == "status":
            self._state = str(message["data"].get("status", ""))
        if not self._lines.wants(message):
            return
        if self._as_json:
            screen.line(json.dumps(message, separators=(",", ":")))
        elif text := self._lines.of(message):
            screen.line(text)

    def _recent(self) -> int:
        skipped = max(0, int(self._run["last_sequence"]) - SHOWN_BEFORE)
        if skipped:
            _say(f"{skipped:,} earlier messages are not shown; --since 0 shows them")
        return skipped

    def _load_bars(self) -> None:
        """The jobs so far; what comes in twice then changes nothing."""
        jobs: Iterable[dict[str, Any]] = self._api.pages(
            f"/runs/{self._run_id}/jobs", {"limit": PAGE}, MOST_JOBS
        )
        for job in jobs:
            self._bars.load(job)
        counts = self._run["jobs"]
        self._bars.done, self._bars.total = counts["done"] or 0, counts["total"] or 0

    def _exit_code(self) -> int:
        state = self._state or str(self._api.get(f"/runs/{self._run_id}")["state"])
        return EXIT_CODES.get(state, 0)


def _no_bars(width: int, most: int) -> list[str]:
    return []


def _say(line: str) -> None:
    click.echo(f"plumbline: {visible(line)}", err=True)


def tail_run(
    api: Api,
    run_id: str,
    *,
    since: int | None = None,
    rule: str | None = None,
    level: str = "debug",
    as_json: bool = False,
    follow: bool = True,
) -> int:
    """Show a run; gives the exit code: 0 completed, 1 failed, 2 cancelled, 3 interrupted.

    Args:
        api: the service.
        run_id: of the run.
        since: sequence of the last message that is not to be shown.
        rule, level: what is shown of it.
        as_json: the messages as they are, one a line.
        follow: go on until it ends.
    """
    bars = follow and sys.stdout.isatty()
    lines = Lines(rule=rule, level=level, colours=uses_colour(), progress=not bars)
    tail = Tail(api, run_id, since, lines, as_json=as_json)
    return tail.follow() if follow else tail.print_past()
