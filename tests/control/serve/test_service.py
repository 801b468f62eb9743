"""`plumbline serve` for real: start, one line from a log to a client, restarts, kills, the end."""

import itertools
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import requests
import socket_load
from recorded_run import RecordedRun
from service import RealService, poll, read_lines
from websockets.exceptions import ConnectionClosed, WebSocketException

from control.record.server import Server

KILLS = int(os.environ.get("PLUMBLINE_KILLS", "2"))
"""How often the service is killed during one run: PLUMBLINE_KILLS=50 before a release."""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealService]:
    with RealService(tmp_path_factory.mktemp("service")) as made:
        yield made


def start_run(service: RealService, number: int) -> RecordedRun:
    run = RecordedRun(service.runs, number)
    run.start()
    run.job(1, "job.log")
    return run


def test_line_of_a_log_reaches_every_kind_of_client(service: RealService) -> None:
    run = start_run(service, 1)
    path = f"/ws/runs/{run.run_id}"
    with service.connect(path) as one, service.connect("/ws") as many:
        many.send(json.dumps({"type": "subscribe", "run_id": run.run_id}))
        run.log("job.log", "first\nsecond\n")
        lines = read_lines(one, 2)
        assert [line["data"]["line"] for line in lines] == ["first", "second"]
        assert read_lines(many, 2) == lines
    answer = service.get(f"/api/v1/runs/{run.run_id}/events?since=0&wait=10").json()
    assert [m for m in answer["messages"] if m["type"] == "log" and "jobid" in m["data"]] == lines


def test_client_that_pauses_gets_everything_and_nobody_waits_for_it(service: RealService) -> None:
    """In gevent workers, where a socket takes only a part of what it is given."""
    run = start_run(service, 31)
    job = {"host": "127.0.0.1", "port": int(service.url.rpartition(":")[2])}
    job |= {"path": f"/ws/runs/{run.run_id}", "token": service.token, "receive_buffer": 4096}
    with socket_load.connect(job) as paused, service.connect(job["path"]) as other:
        for number in range(100):
            run.log("job.log", f"{number} {'x' * 100_000}\n")
        assert len(read_lines(other, 100)) == 100
        paused.settimeout(20)
        reader, texts = socket_load.Reader(), []
        while len(texts) < 100:
            texts += [text for text in reader.frames(paused.recv(1 << 20)) if b"xxx" in text]
        lines = [json.loads(text)["data"]["line"].split()[0] for text in texts]
        assert lines == [str(number) for number in range(100)]


def test_says_where_it_is(service: RealService) -> None:
    assert service.server.process.pid == service.process.pid  # type: ignore[union-attr]
    log = service.log.read_text()
    assert service.url in log
    assert "/sign-in/link/" in log, "on the first start"
    assert oct(service.state.path.stat().st_mode)[-3:] == "700"


def test_second_service_says_who_runs(service: RealService) -> None:
    second = service.run_command("serve")
    assert second.returncode == 69
    first_line = second.stderr.splitlines()[0]
    assert str(service.server.process.pid) in first_line and service.url in first_line
    assert service.server.is_running


def test_taken_port_is_told_in_one_line(service: RealService, tmp_path: Path) -> None:
    port = service.url.rpartition(":")[2]
    other = ["--state", str(tmp_path), "--listen", f"127.0.0.1:{port}"]
    done = service.run_command("serve", *other)
    assert done.returncode == 69
    assert f"127.0.0.1:{port}: the port is taken" in done.stderr.splitlines()[0]


@pytest.mark.parametrize(
    ("options", "code", "told"),
    [
        (["--config", "none.yaml"], 66, "no such settings file"),
        (["--listen", "nowhere"], 64, "no address to listen on"),
        (["--workers", "0"], 65, "workers"),
        (["--base-path", "plumbline/"], 65, "base_path"),
        (["--state", "/proc/state"], 73, "/proc"),
        (["--log-level", "loud"], 64, "loud"),
    ],
)
def test_bad_settings(tmp_path: Path, options: list[str], code: int, told: str) -> None:
    done = RealService(tmp_path).run_command("serve", *options)
    assert done.returncode == code
    assert told in done.stderr and "Traceback" not in done.stderr


def test_damaged_database_is_told_before_anything_starts(tmp_path: Path) -> None:
    service = RealService(tmp_path)
    service.state.make()
    service.state.service.write_bytes(b"no database at all" * 1000)
    done = service.run_command("serve")
    assert done.returncode == 69
    assert "service.db" in done.stderr.splitlines()[0] and "Traceback" not in done.stderr
    assert Server.read(service.state.server) is None


def test_web_that_cannot_begin_ends_the_service_with_the_reason(tmp_path: Path) -> None:
    key = tmp_path / "none.pem"
    jwt = {"issuer": "https://i.example.org", "audience": "a", "public_key_file": str(key)}
    done = RealService(tmp_path, {"access": {"jwt": jwt}}).run_command("serve")
    assert done.returncode == 69
    assert str(key) in done.stderr and "Traceback" not in done.stderr


def test_requests_are_logged_without_their_query(service: RealService) -> None:
    service.get("/api/v1/runs?text=confidential", token="")
    with suppress(WebSocketException), service.connect("/ws?token=plb_confidential", token=""):
        pass
    lines = poll(lambda: [line for line in service.log_lines() if line.get("method") == "GET"])
    assert {"time", "level", "event", "process", "status", "path", "ms"} <= lines[-1].keys()
    assert "confidential" not in service.log.read_text()


@pytest.mark.parametrize("name", ["ingest", "steward", "web"])
def test_killed_child_comes_back_and_clients_go_on(service: RealService, name: str) -> None:
    run = start_run(service, {"ingest": 11, "steward": 12, "web": 13}[name])
    run.log("job.log", "before\n")
    with service.connect(f"/ws/runs/{run.run_id}") as client:
        last = read_lines(client, 1)[0]["sequence"]
    victim = service.child(name)
    assert victim is not None
    victim.kill()
    run.log("job.log", "after\n")
    poll(lambda: (child := service.child(name)) and child.pid != victim.pid, 300)
    poll(lambda: service.get("/health/live").status_code == 200)
    with service.connect(f"/ws/runs/{run.run_id}?since={last}") as client:
        assert read_lines(client, 1)[0]["data"]["line"] == "after"


def steward_is_ok(service: RealService) -> bool:
    """By /health; a web worker whose service was killed before may just be going."""
    with suppress(requests.ConnectionError):
        return bool(service.get("/health").json()["checks"]["steward"]["status"] == "ok")
    return False


def test_health_tells_of_a_silent_process(service: RealService) -> None:
    poll(lambda: steward_is_ok(service))
    steward = service.child("steward")
    assert steward is not None
    report = json.loads(service.state.steward_report.read_text())
    steward.suspend()
    try:
        old = {**report, "time": "2026-01-01T00:00:00.000Z"}
        service.state.steward_report.write_text(json.dumps(old))
        answer = service.get("/health")
        assert answer.status_code == 503
        assert "silent" in answer.json()["checks"]["steward"]["why"]
        stranger = service.get("/health", token="")
        assert stranger.status_code == 503 and "why" not in stranger.text
    finally:
        steward.resume()
    poll(lambda: steward_is_ok(service))


def test_metrics(service: RealService) -> None:
    assert service.get("/metrics", token="").status_code == 401
    run = start_run(service, 21)
    poll(lambda: service.get(f"/api/v1/runs/{run.run_id}").status_code == 200)
    with service.connect(f"/ws/runs/{run.run_id}"):
        poll(lambda: 'plumbline_jobs{rule="align"' in service.get("/metrics").text)
        text = service.get("/metrics").text
    values = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    assert float(values['plumbline_runs{state="running"}']) >= 1
    assert float(values["plumbline_websocket_clients"]) == 1
    assert float(values["plumbline_messages_total"]) >= 1
    for name in ("serve", "ingest", "steward", "web"):
        assert float(values[f'plumbline_resident_bytes{{process="{name}"}}']) > 1e6
    poll(lambda: "plumbline_websocket_clients 0.0" in service.get("/metrics").text)


# services of their own


def test_end_gives_clients_all_and_says_goodbye(tmp_path: Path) -> None:
    """And systemd, where that has started it, is told when it is ready and when it ends."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.settimeout(60)
        systemd.bind(str(tmp_path / "notify"))
        environ = {"NOTIFY_SOCKET": str(tmp_path / "notify")}
        with RealService(tmp_path, environ=environ) as service:
            assert systemd.recv(100) == b"READY=1"
            check_goodbye(service)
        assert systemd.recv(100) == b"STOPPING=1"


def check_goodbye(service: RealService) -> None:
    """A client whose next array is due in five seconds gets it before the service ends."""
    run = start_run(service, 1)
    with service.connect(f"/ws/runs/{run.run_id}?coalesce=5000") as client:
        client.recv(timeout=90)
        run.log("job.log", "now\n")
        poll(lambda: '"line":"now"' in str(client.recv(timeout=90)))
        run.log("job.log", "last words\n")
        poll(lambda: b"last words" in run.run_dir.messages.read_bytes())
        ended: list[int] = []
        thread = threading.Thread(target=lambda: ended.append(service.stop()))
        thread.start()
        rest = []
        with pytest.raises(ConnectionClosed) as caught:
            while True:
                rest.append(client.recv(timeout=90))
        thread.join(30)
    assert "last words" in "".join(map(str, rest))
    assert caught.value.rcvd is not None and caught.value.rcvd.code == 1001
    assert ended == [0]
    assert not service.state.server.exists()


def test_workers_on_a_unix_socket_below_a_prefix(tmp_path: Path) -> None:
    """Several workers, one set of numbers; and a socket file that outlives a web process."""
    path = tmp_path / "s.sock"
    settings = {"listen": f"unix:{path}", "workers": 2, "base_path": "/plumbline"}
    service = RealService(tmp_path, settings)
    try:
        service.start()
        assert service.server.socket == str(path)
        answer = ask_over(path, "/plumbline/health/live")
        assert answer.startswith(b"HTTP/1.1 200")
        poll(lambda: len(list(service.state.workers.glob("*.json"))) == 2)
        web = service.child("web")
        assert web is not None
        web.kill()
        poll(lambda: (child := service.child("web")) and child.pid != web.pid)
        poll(lambda: len(list(service.state.workers.glob("*.json"))) == 4)  # two are of the former
        assert path.is_socket()
        assert ask_over(path, "/plumbline/health/live").startswith(b"HTTP/1.1 200")
        assert service.stop() == 0
        assert not path.exists()
    finally:
        service.kill()


def ask_over(path: Path, address: str) -> bytes:
    """One GET over a unix socket."""
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(20)
        sock.connect(str(path))
        sock.sendall(f"GET {address} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        return b"".join(iter(lambda: sock.recv(65536), b""))


WRITER = """
import sys, time
from recorded_run import RecordedRun
from pathlib import Path
run = RecordedRun(Path(sys.argv[1]), 1)
run.start()
run.job(1, "job.log")
number = 0
while not Path(sys.argv[2]).exists():
    run.log("job.log", f"line {number}\\n")
    number += 1
    time.sleep(0.005)
print(number, flush=True)
time.sleep(3600)
"""


class Client:
    """Follows a run, comes back whenever it is cut off, and keeps every message once."""

    def __init__(self, service: RealService, run_id: str) -> None:
        self.service, self.path = service, f"/ws/runs/{run_id}"
        self.cadences = itertools.cycle([0, 100])
        self.messages: list[dict[str, Any]] = []
        self.is_done = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        while not self.is_done.is_set():
            since = self.messages[-1]["sequence"] if self.messages else 0
            query = f"?since={since}&coalesce={next(self.cadences)}"
            with (
                suppress(OSError, WebSocketException, AssertionError),
                self.service.connect(self.path + query, open_timeout=30) as client,
            ):
                self._follow(client)

    def _follow(self, client: Any) -> None:
        while not self.is_done.is_set():
            with suppress(TimeoutError):
                frame = json.loads(client.recv(timeout=0.1))
                found = frame if isinstance(frame, list) else [frame]
                self.messages += [m for m in found if m["type"] not in ("connection", "heartbeat")]


def of_job(messages: list[dict[str, Any]]) -> list[str]:
    """The lines of its log."""
    return [m["data"]["line"] for m in messages if m["type"] == "log" and "jobid" in m["data"]]


def test_kills_lose_nothing_double_nothing_renumber_nothing(tmp_path: Path) -> None:
    enough = tmp_path / "enough"
    with RealService(tmp_path) as service:
        environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        command = [sys.executable, "-c", WRITER, str(service.runs), str(enough)]
        writer = subprocess.Popen(command, env=environ, stdout=subprocess.PIPE)
        try:
            run_id = poll(lambda: [p.name for p in service.runs.glob("2*")])[0]
            client = Client(service, run_id)
            for kill in range(KILLS):
                before = len(client.messages)
                poll(lambda before=before: len(client.messages) > before, 300)
                family = service.family()
                if kill % 2:
                    service.kill()  # all of it in one moment
                else:
                    assert service.process is not None
                    service.process.kill()
                    service.process.wait()
                service.start()
                left = [one for one in family if one.is_running() and one.status() != "zombie"]
                assert left == [], "the next one starts when nothing of the former is left"
            enough.touch()
            assert writer.stdout is not None
            lines = int(writer.stdout.readline())
            poll(lambda: of_job(client.messages)[-1:] == [f"line {lines - 1}"], 300)
            client.is_done.set()
            client.thread.join(10)
        finally:
            writer.kill()
            writer.wait()
            writer.stdout.close()
        journal = (service.runs / run_id / "messages.ndjson").read_text().splitlines()
    assert [json.loads(line) for line in journal[: len(client.messages)]] == client.messages
    assert [m["sequence"] for m in client.messages] == list(range(1, len(client.messages) + 1))
    assert of_job(client.messages) == [f"line {number}" for number in range(lines)]
