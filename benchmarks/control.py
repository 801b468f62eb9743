"""How fast the control plane is: measured through a real `plumbline serve` and real sockets.

    python benchmarks/control.py [--only PART …] [--seconds 15] [--minutes 0]

Parts: `latency` (line written to a log → message parsed in the client, at 100 a second, with 500
plain clients and with 1,000 on coalesce=100; memory with them; with --minutes a soak), `ingest`
(a million lines from files into a journal), `replay` (that million to one client), `list`
(the first page of 10,000 runs), `client` (the iterators of the Python client). The load shares
the machine with the service.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

SUPPORT = Path(__file__).resolve().parents[1] / "tests" / "support"
sys.path[0] = str(SUPPORT)  # not the folder of this script: `control` is the package

from recorded_run import RecordedRun  # noqa: E402
from service import RealService, poll  # noqa: E402
from socket_load import connect  # noqa: E402

from control.events.journal import JournalFiles  # noqa: E402
from control.record.run_dir import State  # noqa: E402

PADDING = "GATK HaplotypeCaller: 12,345 reads in chr20:1,000,000-1,050,000"

# one user opens a thousand sockets in a moment, and writes more than a log usually holds
SETTINGS = {"log_message_mb": 1000, "access": {"requests_per_minute": 1_000_000}}


def show(what: str, value: str, target: str = "") -> None:
    """One line of the result."""
    print(f"  {what:58} {value:>24}  {target}", flush=True)


def host_and_port(service: RealService) -> tuple[str, int]:
    """Where it listens."""
    host, _, port = service.url.removeprefix("http://").partition(":")
    return host, int(port)


def memory_mb(service: RealService) -> float:
    """Memory of all its processes, what they share counted once (PSS)."""
    return sum(process.memory_full_info().pss for process in service.family()) / 1e6


class Writer:
    """Writes lines that hold their time to the log of a job, so many a second."""

    CODE = """
import sys, time
path, rate, padding = sys.argv[1], float(sys.argv[2]), sys.argv[3]
with open(path, "a", buffering=1) as file:
    due = time.time()
    while True:
        due += 1 / rate
        time.sleep(max(0, due - time.time()))
        file.write(f"at {time.time():.6f} {padding}\\n")
"""

    def __init__(self, log: Path, rate: float) -> None:
        log.parent.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-c", self.CODE, str(log), str(rate), PADDING]
        self._process = subprocess.Popen(command)

    def stop(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()


def follow(
    service: RealService, run: RecordedRun, clients: int, query: str, seconds: float, soak: float
) -> None:
    """Lines at 100 a second to so many clients: how late they are, and what it takes."""
    host, port = host_and_port(service)
    job = {"host": host, "port": port, "path": f"/ws/runs/{run.run_id}{query}"}
    job |= {"token": service.token, "clients": clients, "readers": 20}
    job |= {"warm_up": 3, "seconds": seconds + 60 * soak}
    command = [sys.executable, str(SUPPORT / "socket_load.py"), json.dumps(job)]
    load = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert load.stdout is not None
    assert load.stdout.readline() == "connected\n"
    time.sleep(3)
    family = service.family()
    before, began = cpu_seconds(family), time.monotonic()
    sizes = watch_memory(service, load, soak)
    result = json.loads(load.stdout.readline())
    spent = (cpu_seconds(family) - before) / (time.monotonic() - began)
    load.wait()
    name = f"{clients:,} client{'s' * (clients > 1)}{f', {query[1:]}' if query else ''}"
    limits = ("≤ 100", "≤ 300") if query else ("", "≤ 150" if clients > 1 else "")
    show(f"{name}: p50", f"{result['p50_ms']:.1f} ms", limits[0])
    show(f"{name}: p99", f"{result['p99_ms']:.1f} ms", limits[1])
    show(f"{name}: longest", f"{result['max_ms']:.1f} ms")
    lost = f"{result['gaps']} gaps, {result['closed']} closed"
    readers = min(clients, 20)
    show(f"{name}: {result['messages']:,} messages read by {readers} of them", lost)
    show(f"{name}: CPU of the service", f"{spent:.2f} cores")
    show(f"{name}: memory of all its processes", f"{max(s for _, s in sizes):.0f} MB", "≤ 250 MB")
    if soak:
        show(f"{name}: growth after minute 10", slope(sizes), "< 1 MB/h")


def cpu_seconds(family: list[psutil.Process]) -> float:
    """What they have used."""
    times = [process.cpu_times() for process in family]
    return sum(time.user + time.system for time in times)


def watch_memory(
    service: RealService, load: "subprocess.Popen[str]", soak: float
) -> list[tuple[float, float]]:
    """Hours since the start and megabytes, again and again while the load lasts."""
    began, sizes = time.monotonic(), []
    while load.poll() is None:
        sizes.append(((time.monotonic() - began) / 3600, memory_mb(service)))
        time.sleep(10 if soak else 2)
    return sizes


def slope(sizes: list[tuple[float, float]]) -> str:
    """Growth of memory after the tenth minute."""
    late = [(hours, size) for hours, size in sizes if hours > 10 / 60]
    if len(late) < 10:
        return "too short a soak"
    return f"{statistics.linear_regression(*zip(*late, strict=True)).slope:+.2f} MB/h"


def latency(folder: Path, seconds: float, soak: float) -> None:
    """Lines at 100 a second."""
    with RealService(folder, SETTINGS) as service:
        show("memory without clients", f"{memory_mb(service):.0f} MB")
        run = RecordedRun(service.runs)
        run.start()
        run.job(1, "job.log")
        writer = Writer(run.work / "job.log", 100)
        try:
            follow(service, run, 1, "", seconds, 0)
            follow(service, run, 500, "", seconds, 0)
            follow(service, run, 1000, "?coalesce=100", seconds, soak)
        finally:
            writer.stop()


def million(folder: Path, count: int = 1_000_000) -> None:
    """A million lines into a journal, and from there to one client."""
    with RealService(folder, SETTINGS) as service:
        run = RecordedRun(service.runs)
        run.start(total=10)
        for job in range(10):
            lines = (f"{number} {PADDING}\n" for number in range(count // 10))
            run.log(f"{job}.log", "".join(lines))
        journal = JournalFiles.of(run.run_dir, service.state.journals)
        poll(lambda: journal.committed().sequence)
        began, first = time.monotonic(), journal.committed().sequence
        for job in range(10):
            run.job(job, f"{job}.log")
        poll(lambda: journal.committed().sequence >= count, 600)
        speed = (journal.committed().sequence - first) / (time.monotonic() - began)
        show(f"ingest of {count:,} lines from 10 logs", f"{speed:,.0f} messages/s", "≥ 20,000/s")
        replay(service, run, journal.committed().sequence)


def replay(service: RealService, run: RecordedRun, count: int) -> None:
    """All messages of the run to one client."""
    host, port = host_and_port(service)
    for query in ("?coalesce=100", ""):
        job = {"host": host, "port": port, "path": f"/ws/runs/{run.run_id}{query}"}
        began, seen, size, tail = time.monotonic(), 0, 0, b""
        with connect(job | {"token": service.token}) as client:
            client.setblocking(True)
            while seen < count + 1:  # one more is in the greeting
                data = tail + client.recv(1 << 20)
                assert len(data) > len(tail), "closed before the end"
                seen, size = seen + data.count(b'"sequence":'), size + len(data) - len(tail)
                tail = data[-11:] if not data.endswith(b":") else b""
        took = time.monotonic() - began
        name = f"replay of {seen - 1:,} messages, {query[1:] or 'one a frame'}"
        target = "≥ 100,000/s" if query else ""
        show(name, f"{(seen - 1) / took:,.0f} messages/s", target)
    show("memory after it", f"{memory_mb(service):.0f} MB")


FOLLOWER = """
import asyncio, json, resource, sys, time
from control.client import AsyncClient, Client

kind, *runs = sys.argv[1:]
client = AsyncClient() if kind == "async" else Client()

async def count(run):
    found = 0
    async for _ in client.messages(run):
        found += 1
    return found

async def count_all():
    return sum(await asyncio.gather(*map(count, runs)))

began, used = time.perf_counter(), time.process_time()
if kind == "async":
    found = asyncio.run(count_all())
else:
    found = sum(1 for run in runs for _ in client.messages(run))
took, used = time.perf_counter() - began, time.process_time() - used
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"messages": found, "seconds": took, "cpu": used, "peak_mb": peak}))
"""


def iterators(folder: Path, count: int = 100_000, many: int = 200) -> None:
    """All messages of finished runs by the Python client, one run or many at once."""
    with RealService(folder, SETTINGS) as service:
        one = finished_run(service, 0, count)
        for kind in ("sync", "async"):
            rounds = sorted(
                (client_reads(service, kind, [one]) for _ in range(5)),
                key=lambda each: each["seconds"],
            )
            show_reading(f"{kind}, a run of {count:,} messages", rounds[2])
        runs = [finished_run(service, number, count // many) for number in range(1, many + 1)]
        show_reading(f"async, {many} runs at once", client_reads(service, "async", runs))


def finished_run(service: RealService, number: int, lines: int) -> str:
    """A run with so many lines, which has ended and is all in its journal."""
    run = RecordedRun(service.runs, number)
    run.start()
    run.log("job.log", "".join(f"{line} {PADDING}\n" for line in range(lines)))
    run.job(1, "job.log")
    run.finish(1)
    run.end(State.COMPLETED)
    journal = JournalFiles.of(run.run_dir, service.state.journals)
    poll(lambda: journal.committed().closed, 120)
    return run.run_id


def client_reads(service: RealService, kind: str, runs: list[str]) -> dict[str, float]:
    """In a process of its own: messages, seconds, CPU seconds, megabytes at most."""
    places = {"PLUMBLINE_URL": service.url, "PLUMBLINE_TOKEN": service.token}
    command = [sys.executable, "-c", FOLLOWER, kind, *runs]
    environ = {**service.environ, **places}
    done = subprocess.run(command, env=environ, stdout=subprocess.PIPE, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def show_reading(name: str, found: dict[str, float]) -> None:
    """Two lines of the result."""
    show(name, f"{found['messages'] / found['seconds']:,.0f} messages/s")
    show(f"{name}: CPU and memory", f"{found['cpu']:.2f} s, {found['peak_mb']:.0f} MB")


def listing(folder: Path, count: int = 10_000) -> None:
    """The first page of many runs."""
    runs = folder / "runs"
    for number in range(count):
        run = RecordedRun(runs, number)
        run.start()
        run.end(State.COMPLETED)
    with RealService(folder, SETTINGS) as service:
        began = time.monotonic()
        poll(lambda: _indexed(service) >= count, 900)
        took = time.monotonic() - began
        show(f"{count:,} run directories found and indexed", f"{took:.1f} s")
        for name, path in {
            "first page of them, 100 rows": "/api/v1/runs?limit=100",
            "those with a word in their text": "/api/v1/runs?text=22100&limit=100",
        }.items():
            times = sorted(_time(lambda path=path: service.get(path)) for _ in range(30))
            shown = f"{times[15]:.1f} / {times[-2]:.1f} ms"
            show(f"{name}: p50 / p95", shown, "≤ 100 ms")
        show("memory with them", f"{memory_mb(service):.0f} MB")


def _indexed(service: RealService) -> int:
    health: dict[str, Any] = service.get("/health").json()["checks"]["index"]
    return int(health.get("runs", 0))


def _time(ask: Callable[[], Any]) -> float:
    began = time.perf_counter()
    assert ask().status_code == 200
    return 1000 * (time.perf_counter() - began)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parts = ("latency", "million", "client", "list")
    parser.add_argument("--only", choices=parts, action="append", help="a part (repeatable)")
    parser.add_argument("--seconds", type=float, default=15, help="of each latency measurement")
    parser.add_argument("--minutes", type=float, default=0, help="of a soak with 1,000 clients")
    options = parser.parse_args()
    names = ("plumbline", "flask-sock", "gunicorn", "gevent")
    print(f"machine: {platform.platform()}, {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}")
    print(f"python {platform.python_version()}, " + ", ".join(f"{n} {version(n)}" for n in names))
    for part in options.only or parts:
        print(part)
        with tempfile.TemporaryDirectory() as folder:
            if part == "latency":
                latency(Path(folder), options.seconds, options.minutes)
            elif part == "million":
                million(Path(folder))
            elif part == "client":
                iterators(Path(folder))
            else:
                listing(Path(folder))


if __name__ == "__main__":
    main()
