"""A stand-in for the service's API, which refuses, breaks off and forgets on demand.

It holds what the intake rests on: the same idempotency key gives the same run, messages have
dense numbers. The real service is in service.py.
"""

import json
import re
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

Json = dict[str, Any]
ENDS = ("completed", "failed", "cancelled")


class FaultyService:
    """The API on a port.

    Attributes:
        runs: run → what was submitted, in order.
        messages: run → its messages.
        answers: status and headers with which the next submissions are refused.
        on_recorded: called when a run is recorded, before it is answered.
        submissions, asked: how many there were, and for which names.
        broken: runs whose messages cannot be read.
        is_busy: answers every submission with 503.
        session: who asks.
        wrong: problems of every submission, as POST /runs/validate gives them.
        ends_at_once: whether runs are completed as soon as they are there.
    """

    def __init__(self) -> None:
        self.runs: dict[str, Json] = {}
        self.messages: dict[str, list[Json]] = {}
        self.answers: list[tuple[int, dict[str, str]]] = []
        self.on_recorded: Callable[[], None] = lambda: None
        self.ends_at_once = False
        self.submissions = 0
        self.asked: set[str] = set()
        self.broken: set[str] = set()
        self.is_busy = False
        self.session: Json = {}
        self.wrong: list[Json] = []
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True

    def __enter__(self) -> "FaultyService":
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def names(self) -> list[str]:
        """Of the runs, in order."""
        return [body["name"] for body in self.runs.values()]

    def tell(self, run_id: str, type: str, **data: Any) -> None:
        """A run says something."""
        told = self.messages[run_id]
        known = {"job_id": run_id, "timestamp": "2026-11-21T22:10:05.123Z"}
        told.append({"type": type, **known, "sequence": len(told) + 1, "data": data})

    def run_of(self, name: str) -> str:
        """The id of a run."""
        return next(run_id for run_id, body in self.runs.items() if body["name"] == name)

    # -- what it answers

    def submit(self, body: Json) -> tuple[int, Json, dict[str, str]]:
        with self._lock:
            self.submissions += 1
            self.asked.add(body["name"])
            if self.is_busy:
                return 503, {"detail": "is busy"}, {}
            if self.answers:
                status, headers = self.answers.pop(0)
                return status, {"detail": f"refused with {status}", "hint": "mend"}, headers
            if self.wrong:
                return 422, {"detail": "cannot be", "errors": [_placed(p) for p in self.wrong]}, {}
            for run_id, known in self.runs.items():
                if known["idempotency_key"] == body["idempotency_key"]:
                    if known != body:
                        words = f"idempotency key: was used for another submission, run {run_id}"
                        return 409, {"detail": words}, {}
                    return 201, {"run_id": run_id}, {}
            run_id = f"20261121-221005-{len(self.runs):04x}"
            self.messages[run_id] = []
            self.tell(run_id, "status", status="queued", message="waits")
            if self.ends_at_once:
                self.tell(run_id, "status", status="completed", message="all done")
            self.runs[run_id] = body
        self.on_recorded()
        return 201, {"run_id": run_id}, {}

    def unfinished(self) -> Json:
        items = [
            {"run_id": run_id, "last_sequence": len(told)}
            for run_id, told in self.messages.items()
            if not _has_ended(told)
        ]
        return {"items": items, "next": None}

    def events(self, run_id: str, since: int) -> Json:
        told = self.messages[run_id]
        last = len(told)
        return {"messages": told[since:], "next": last, "last": last, "closed": _has_ended(told)}


def _placed(problem: Json) -> Json:
    place = ", ".join(filter(None, (problem["file"], problem["key"])))
    return {"place": place, "message": problem["message"], "hint": problem["hint"]}


def _has_ended(told: list[Json]) -> bool:
    states = [each["data"]["status"] for each in told if each["type"] == "status"]
    return bool(states) and states[-1] in ENDS


def _handler(service: FaultyService) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.path.endswith("/validate"):
                return self._answer(200, {"problems": service.wrong})
            self._answer(*service.submit(body))

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            if parts.path == "/api/v1/runs":
                return self._answer(200, service.unfinished())
            if parts.path == "/api/v1/session":
                return self._answer(200, service.session)
            found = re.fullmatch(r"/api/v1/runs/([^/]+)/(events|dead-letters)", parts.path)
            if found is None or found[1] not in service.messages:
                return self._answer(404, {"detail": "there is no such run"})
            if found[1] in service.broken:
                return self._answer(500, {"detail": "cannot be read"})
            if found[2] == "dead-letters":
                return self._answer(200, {"items": []})
            since = int(parse_qs(parts.query)["since"][0])
            self._answer(200, service.events(found[1], since))

        def _answer(self, status: int, content: Json, more: dict[str, str] | None = None) -> None:
            data = json.dumps(content).encode()
            self.send_response(status)
            for name, value in {**(more or {}), "Content-Length": str(len(data))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    return Handler
