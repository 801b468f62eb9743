"""The intake as a process: a thread that takes jobs, and one that tells what becomes of them."""

import logging
import signal
import threading
from contextlib import closing, suppress
from pathlib import Path

from control.client.api import Api
from control.intake.broker import Broker
from control.intake.check import databases
from control.intake.configuration import Configuration
from control.intake.consumer import Intake
from control.intake.outbox import Outbox
from control.intake.pauses import Pauses
from control.intake.store import Store
from control.intake.updates import Updates
from engines.contract.errors import EngineError, Unavailable

log = logging.getLogger("intake")

END_SECONDS = 20.0
"""How long updates that are on their way are waited for; what is not told then is told later."""


def serve(configuration: Configuration, state: Path, url: str | None) -> None:
    """Take jobs until SIGTERM or SIGINT; a second one ends it at once.

    Args:
        configuration: of broker, topics and databases.
        state: folder of what is remembered.
        url: of the service, where it is named.

    Raises:
        EngineError: it cannot begin, or the broker lets it go on no more.
    """
    stopping = threading.Event()
    _stop_by_signal(stopping)
    for line in configuration.unused():
        log.warning(line)
    with closing(Store(state)) as store:
        api = _found(url, stopping)
        if api is None:
            return
        _tell_wrong(api, configuration)
        broker = Broker(configuration)
        outbox = Outbox(configuration, broker)
        intake = Intake(configuration, store, api, outbox, stopping, broker)
        teller = _Teller(Updates(configuration, store, Api(url), outbox, stopping), stopping)
        log.info("takes jobs of %s", configuration.where())
        teller.start()
        try:
            intake.run()
        finally:
            stopping.set()
            teller.join(END_SECONDS)
            outbox.close()
        if teller.failure is not None:
            raise teller.failure
    log.info("has ended in order")


def _found(url: str | None, stopping: threading.Event) -> Api | None:
    """The service, once it is there; None where it is to end before."""
    pauses = Pauses()
    while not stopping.is_set():
        try:
            return Api(url)
        except Unavailable as error:
            log.warning("waits for the service: %s", error.message)
            stopping.wait(pauses.next())
    return None


def _tell_wrong(api: Api, configuration: Configuration) -> None:
    """Say now what jobs would wait for: nobody may send one for days."""
    with suppress(EngineError):  # of the service; jobs and updates say so
        for each in databases(api, configuration):
            log.error("jobs will wait: %s", "; ".join(filter(None, (each.text, each.hint))))


class _Teller(threading.Thread):
    """Tells updates; where it dies, all ends, and is started again by whoever started it."""

    def __init__(self, updates: Updates, stopping: threading.Event) -> None:
        super().__init__(name="updates", daemon=True)
        self._updates, self._stopping = updates, stopping
        self.failure: Exception | None = None

    def run(self) -> None:
        try:
            self._updates.run()
        except Exception as error:
            self.failure = error
        finally:
            self._stopping.set()


def _stop_by_signal(stopping: threading.Event) -> None:
    def stop(number: int, frame: object) -> None:
        signal.signal(number, signal.SIG_DFL)
        stopping.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
