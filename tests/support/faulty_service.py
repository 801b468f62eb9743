"""A stand-in for the service's API, which refuses, breaks off and forgets on demand.

It holds what the intake rests on: the same idempotency key gives the same run, messages have
dense numbers. The real service is in service.py.
"""

import json
import re
import threading
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from simple_websocket import ConnectionClosed, Server

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
        broken, without_letters: runs whose messages, whose dead letters cannot be read.
        is_busy: answers every submission with 503.
        session: who asks.
        wrong: problems of every submission, as POST /runs/validate gives them.
        connections, said: WebSockets there were, and what was asked of them, of which run.
        is_ending: closes WebSockets.
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
        self.without_letters: set[str] = set()
        self.is_busy = False
        self.session: Json = {}
        self.wrong: list[Json] = []
        self.connections = 0
        self.said: list[tuple[str, str]] = []
        self.is_ending = False
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True

    def __enter__(self) -> "FaultyService":
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.is_ending = True
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

    def listed(self, states: list[str]) -> Json:
        """The runs; where states are asked for, those that have not ended."""
        items = [
            {"run_id": run_id, "last_sequence": len(told)}
            for run_id, told in list(self.messages.items())
            if not (states and _has_ended(told))
        ]
        return {"items": items, "next": None}

    def letters(self, run_id: str) -> tuple[int, Json]:
        """Its dead letters: none."""
        if run_id not in self.messages:
            return 404, {"detail": "there is no such run"}
        if run_id in self.without_letters:
            return 500, {"detail": "cannot be read"}
        return 200, {"items": []}

    def serve(self, ws: Server) -> None:
        """``/ws``: subscriptions, and the messages of the runs as they come."""
        self.connections += 1
        followed: dict[str, int] = {}
        while not self.is_ending:
            if (text := ws.receive(timeout=0.005)) is not None:
                asked = json.loads(text)
                followed.pop(asked["run_id"], None)
                self.said.append((asked["type"], asked["run_id"]))
                if asked["type"] == "unsubscribe":
                    ws.send(_told(asked["run_id"], "connection", status="unsubscribed"))
                elif self._begins(ws, asked["run_id"]):
                    followed[asked["run_id"]] = asked["since"]
            for run_id, since in list(followed.items()):
                if run_id not in self.messages:
                    del followed[run_id]
                    self._begins(ws, run_id)
                elif told := self.messages[run_id][since:]:
                    followed[run_id] = since + len(told)
                    ws.send(json.dumps(told))
        ws.close()

    def _begins(self, ws: Server, run_id: str) -> bool:
        """Answer a subscription."""
        code = 1013 if run_id in self.broken else 4004 if run_id not in self.messages else 0
        if code:
            words = "cannot be read" if code == 1013 else "there is no such run"
            ws.send(_told(run_id, "error", code=code, message=words))
        else:
            ws.send(_told(run_id, "connection", status="connected"))
        return not code


def _told(run_id: str, type: str, **data: Any) -> str:
    """Of the connection itself."""
    return json.dumps({"type": type, "job_id": run_id, "sequence": 0, "data": data})


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
            if parts.path == "/ws":
                return self._serve_socket()
            if parts.path == "/api/v1/runs":
                return self._answer(200, service.listed(parse_qs(parts.query).get("state", [])))
            if parts.path == "/api/v1/session":
                return self._answer(200, service.session)
            found = re.fullmatch(r"/api/v1/runs/([^/]+)/dead-letters", parts.path)
            self._answer(*service.letters(found[1] if found else ""))

        def _serve_socket(self) -> None:
            headers = {f"HTTP_{k.upper().replace('-', '_')}": v for k, v in self.headers.items()}
            self.close_connection = True
            with suppress(ConnectionClosed):
                service.serve(Server({**headers, "werkzeug.socket": self.connection}))

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
