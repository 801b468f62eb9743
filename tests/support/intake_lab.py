"""The Kafka intake between a mock broker and a service, in threads or in a process of its own."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from mock_kafka import QUIET, MockKafka
from waiting import poll

from control.client.api import Api
from control.intake.broker import Broker
from control.intake.configuration import Configuration
from control.intake.consumer import Intake
from control.intake.outbox import Outbox
from control.intake.store import Store
from control.intake.updates import Updates

Json = dict[str, Any]
SOON = {
    **QUIET,
    "session.timeout.ms": 1000,
    "heartbeat.interval.ms": 100,
    "max.poll.interval.ms": 3000,
}
"""A member of the group that is killed is known to be dead after a second.

The mock broker forgets now and then who waits to join; who is not answered asks again some seconds
after the poll interval.
"""


def job(number: int, **changes: Any) -> Json:
    """A job as the document has it, of a number."""
    return {
        "job_id": f"job-{number}",
        "sample_id": "Patient789_Day5",
        "path_to_r1": "/path/to/sample_R1.fastq.gz",
        "path_to_r2": "/path/to/sample_R2.fastq.gz",
        "output_path": "/path/to/output",
        **changes,
    }


def has(kafka: MockKafka, topic: str, count: int) -> list[Json]:
    """The records of a topic, once there are so many."""
    found: list[Json] = poll(lambda: _enough(kafka.records(topic), count), 60, 0.05)
    return found


def _enough(records: list[Json], count: int) -> list[Json]:
    return records if len(records) >= count else []


class Threads:
    """The intake in threads of this process.

    Args:
        kafka: the broker.
        url: of the service.
        folder: of what is remembered.
        outbox: another one.
        more: keys of the configuration.
    """

    def __init__(
        self, kafka: MockKafka, url: str, folder: Path, outbox: Any = None, **more: Any
    ) -> None:
        given = {"kafka_servers": kafka.servers, "kafka": SOON, "url": url, **more}
        self.configuration = Configuration.model_validate(given)
        self.url, self.folder = url, folder
        self.broker = Broker(self.configuration)
        self._outbox = outbox or Outbox(self.configuration, self.broker)

    def __enter__(self) -> "Threads":
        configuration, stopping = self.configuration, threading.Event()
        self._stopping, self._store = stopping, Store(self.folder)
        given = (self._outbox, stopping)
        self.intake = Intake(configuration, self._store, Api(self.url), *given, self.broker)
        updates = Updates(configuration, self._store, Api(self.url), *given)
        self._threads = [_Worker(self.intake.run), _Worker(updates.run)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join(60)
            assert not thread.is_alive()
        self._outbox.close()
        self._store.close()
        failures = [thread.failure for thread in self._threads if thread.failure]
        assert not failures, failures


class _Worker(threading.Thread):
    def __init__(self, work: Callable[[], None]) -> None:
        super().__init__(daemon=True)
        self._work = work
        self.failure: BaseException | None = None

    def run(self) -> None:
        try:
            self._work()
        except BaseException as error:
            self.failure = error


class IntakeProcess:
    """``plumbline intake kafka``; killed at the end of the block where it still runs.

    Args:
        kafka: the broker.
        url: of the service.
        folder: for its files.
        environ: variables of its own.
        soon: how the broker is asked.
    """

    def __init__(
        self,
        kafka: MockKafka,
        url: str,
        folder: Path,
        environ: Mapping[str, str] | None = None,
        soon: Mapping[str, Any] = SOON,
    ) -> None:
        self._config, self._state = folder / "config.json", folder / "intake"
        content = {"kafka_servers": [kafka.servers], "kafka": dict(soon), "url": url}
        self._config.write_text(json.dumps(content))
        self._environ = {**os.environ, **(environ or {})}
        self.log = folder / "intake.log"

    def __enter__(self) -> "IntakeProcess":
        command = [sys.executable, "-m", "control.cli", "intake", "kafka"]
        options = ["--config", str(self._config), "--state", str(self._state)]
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [*command, *options], env=self._environ, stdout=log, stderr=log
            )
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def kill(self) -> None:
        """This moment."""
        self.process.kill()
        self.process.wait(20)

    def stop(self) -> int:
        """Ask it to end; gives its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)

    def lines(self) -> list[Json]:
        """What it has logged."""
        lines = self.log.read_text().splitlines()
        return [json.loads(line) for line in lines if line.startswith('{"time"')]
