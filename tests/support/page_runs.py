"""Runs of a service as if it had been asked for them, and the list of them in a browser."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from recorded_run import RecordedRun
from service import RealService, poll

from control.record.process import this_process
from control.record.request import Request
from control.record.run_dir import State

NASTY = "<img src=x onerror=alert(1)>"
LIVE = ".following[data-kind=live]"


class Runs:
    """Makes runs of a service, as if it had been asked for them.

    Args:
        service: whose they are.
    """

    def __init__(self, service: RealService) -> None:
        self.service = service
        self.me: str = service.get("/api/v1/session").json()["user"]
        service.runs.mkdir(exist_ok=True)
        self._made = 100
        self._awaited: dict[str, State] = {}

    def make(
        self,
        name: str,
        state: State = State.COMPLETED,
        *,
        user: str = "",
        analysis: str = "all",
        files: Mapping[str, str] | None = None,
        **more: Any,
    ) -> RecordedRun:
        """One of three jobs; of one that runs the first has begun, and nobody drives it."""
        self._made += 1
        run = RecordedRun(self.service.folder / "made", self._made)
        asked = Request(user=user or self.me, name=name, analysis=analysis)
        run.run_dir.request.write_text(asked.to_json())
        for path, text in (files or {}).items():
            file = run.run_dir.path / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        goes_on = state in (State.RUNNING, State.INTERRUPTED)
        there = self.service.runs / run.run_id
        run.start(3, launched_by="driver", workdir=str(there / "work"), **more)
        run.job(1)
        if not goes_on:
            run.finish(1)
            run.end(state, more.get("why", ""), int(state is State.FAILED))
        # all at once: a request without a run.json is a run that is to be started
        run.run_dir.path.rename(there)
        moved = RecordedRun.of(there)
        moved.attempts, moved.done = run.attempts, run.done
        self._awaited[run.run_id] = state
        return moved

    def lost(self, name: str) -> RecordedRun:
        """One whose driver died."""
        return self.make(name, State.INTERRUPTED, process=replace(this_process(), pid=2**31 - 2))

    def settle(self) -> None:
        """Wait until all that were made are listed in the state that they have."""
        found: dict[str, str] = {}

        def is_so() -> bool:
            items = self.service.get("/api/v1/runs?limit=500").json()["items"]
            found.update({run["run_id"]: run["state"] for run in items})
            return found | self._awaited == found

        poll(is_so)
        self._awaited.clear()

    def listed(self, run: RecordedRun) -> dict[str, Any]:
        """As the list has it now."""
        found = self.service.get(f"/api/v1/runs?text={run.run_id}").json()["items"]
        return dict(found[0]) if found else {}


def names(page: Any) -> list[str]:
    """Of the runs shown, in their order."""
    return [str(text) for text in page.locator("table.runs tbody th a").all_inner_texts()]


def shows(page: Any, *expected: str) -> None:
    """Wait until exactly these runs are shown."""
    page.wait_for_function(
        "wanted => JSON.stringify([...document.querySelectorAll('table.runs tbody th a')]"
        ".map(link => link.textContent)) === JSON.stringify(wanted)",
        arg=list(expected),
    )


def row(page: Any, name: str) -> Any:
    return page.locator("table.runs tbody tr", has=page.get_by_role("link", name=name, exact=True))


def open_list(page: Any, runs: Runs, query: str = "") -> None:
    runs.settle()
    page.goto(f"/?{query}")
    page.locator(LIVE).wait_for()


def look(page: Any) -> int:
    """Let the page ask now, as when somebody comes back to it; gives the status of the answer."""
    with page.expect_response(lambda answer: "/api/v1/runs?" in answer.url) as told:
        page.evaluate("() => dispatchEvent(new Event('visibilitychange'))")
    return int(told.value.status)


def box(page: Any, name: str) -> Any:
    return page.get_by_role("checkbox", name=f"Select {name}", exact=True)
