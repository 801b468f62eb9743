"""A web server with faults, and patience that waits for nothing but remembers how long."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from fault_server import FaultServer

from engines.transfer.download import Patience


@pytest.fixture
def server() -> Iterator[FaultServer]:
    web = FaultServer()
    yield web
    web.close()


@dataclass
class Waits:
    """``patience`` for a download; ``seconds`` are the waits it would have made."""

    seconds: list[float] = field(default_factory=list)

    @property
    def patience(self) -> Patience:
        return Patience(tries=4, sleep=self.seconds.append)


@pytest.fixture
def waits() -> Waits:
    return Waits()
