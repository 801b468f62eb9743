"""Numbers of the service for Prometheus; docs/service.md lists them."""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import TypeVar

import psutil
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import generate_latest

from control.access.database import Database
from control.events.index import Index
from control.record.run_dir import State
from control.record.server import Server
from control.settings import Settings, StateDir
from control.web import tally
from control.web.health import free_bytes, read_report, seconds_of
from engines import __version__
from engines.contract.errors import EngineError

PROCESS_PREFIX = "plumb-"
"""Of what the supervisor calls its children."""
Labels = TypeVar("Labels", bound=tuple[str, ...])  # the keys of a mapping are invariant


class Metrics:
    """Collects everything anew each time it is asked.

    Args:
        settings: of the service.
        state: its files.
        database: service.db.
        index: of all runs.
    """

    def __init__(
        self, settings: Settings, state: StateDir, database: Database, index: Index
    ) -> None:
        self._settings, self._state = settings, state
        self._database, self._index = database, index
        self._registry = CollectorRegistry()
        self._registry.register(self)  # anything with collect() is one

    def text(self) -> bytes:
        """All of them in the text format of Prometheus."""
        return generate_latest(self._registry)

    def describe(self) -> Iterator[Metric]:
        """Nothing before the first time; called by the registry."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Every metric; what cannot be read now is left out. Called by the registry."""
        yield gauge("build_info", "Version that runs", ("version",), {(__version__,): 1})
        for part in (self._runs, self._notifications, self._processes, self._clients, self._disk):
            with suppress(EngineError):
                yield from part()

    def _runs(self) -> Iterable[Metric]:
        counts: dict[tuple[str, ...], float] = {(state.value,): 0.0 for state in State}
        counts |= {(state,): count for state, count in self._index.run_counts().items()}
        yield gauge("runs", "Runs by state", ("state",), counts)
        stats = self._index.rule_stats()
        jobs = {(stat.rule, stat.state): float(stat.jobs) for stat in stats}
        seconds = {(stat.rule, stat.state): stat.seconds for stat in stats}
        labels = ("rule", "state")
        yield gauge("jobs", "Jobs of all runs by rule and state", labels, jobs)
        what = "Duration of those jobs together; over plumbline_jobs it is their mean"
        yield gauge("job_seconds", what, labels, seconds)

    def _notifications(self) -> Iterable[Metric]:
        with self._database.read() as db:
            rows = db.execute("SELECT state, count(*) FROM deliveries GROUP BY state").fetchall()
        counts = {(str(state),): float(count) for state, count in rows}
        yield gauge("notifications", "Notifications of the last 90 days", ("result",), counts)

    def _processes(self) -> Iterable[Metric]:
        ingest, ingest_silent = read_report(self._state.ingest_report)
        steward, steward_silent = read_report(self._state.steward_report)
        up = {
            ("ingest",): float(ingest_silent is None),
            ("steward",): float(steward_silent is None),
        }
        yield gauge("process_up", "Whether the process does its work", ("process",), up)
        lag = {(): seconds_of(ingest, "lag_seconds")}
        yield gauge("event_lag_seconds", "Age of the oldest unread event or line", (), lag)
        read = {(): seconds_of(ingest, "messages")}
        yield counter("messages", "Messages written to journals by this ingest process", (), read)
        waiting = {(): float(len(steward.get("waiting") or {}))}
        yield gauge("runs_waiting", "Queued runs that wait for room", (), waiting)
        what = "Memory of the processes of this name"
        yield gauge("resident_bytes", what, ("process",), self._memory())

    def _memory(self) -> Mapping[tuple[str, ...], float]:
        """Of the supervisor, its children, and the workers below the web process."""
        server = Server.read(self._state.server)
        found: dict[tuple[str, ...], float] = {}
        with suppress(psutil.Error):
            supervisor = psutil.Process(server.process.pid if server else os.getpid())
            found["serve",] = supervisor.memory_info().rss
            for child in supervisor.children():
                name = child.name().removeprefix(PROCESS_PREFIX)
                family = [child, *(child.children() if name == "web" else ())]
                found[name,] = sum(each.memory_info().rss for each in family)
        return found

    def _clients(self) -> Iterable[Metric]:
        total, workers = tally.of_all(self._state.workers)
        yield gauge("web_workers", "Web workers", (), {(): float(len(workers))})
        yield gauge("websocket_clients", "Open WebSockets", (), {(): total.clients})
        opened = {(): float(total.connections)}
        yield counter("websocket_connections", "WebSockets that were opened", (), opened)
        dropped = {(): float(total.dropped)}
        yield counter("websocket_dropped", "Clients that were too slow", (), dropped)
        yield counter("polls", "Requests for events over HTTP", (), {(): float(total.polls)})
        yield gauge("polls_waiting", "Those of them that wait", (), {(): total.polls_waiting})

    def _disk(self) -> Iterable[Metric]:
        folders = [self._state.path, *self._settings.runs]
        free = {(str(path),): free_bytes(path) for path in folders}
        known = {labels: float(number) for labels, number in free.items() if number is not None}
        yield gauge("disk_free_bytes", "Free space below the folder", ("folder",), known)


def gauge(name: str, what: str, labels: tuple[str, ...], values: Mapping[Labels, float]) -> Metric:
    """A number that goes up and down."""
    made = GaugeMetricFamily(f"plumbline_{name}", what, labels=labels)
    for label, value in values.items():
        made.add_metric(label, value)
    return made


def counter(
    name: str, what: str, labels: tuple[str, ...], values: Mapping[Labels, float]
) -> Metric:
    """A number that only grows, until its process starts anew."""
    made = CounterMetricFamily(f"plumbline_{name}", what, labels=labels)
    for label, value in values.items():
        made.add_metric(label, value)
    return made
