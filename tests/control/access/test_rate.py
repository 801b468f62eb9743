"""Limits: how many requests, connections and failed sign-ins, and when it is worth another try."""

from collections.abc import Callable

import pytest

from control.access import rate
from control.access.database import Database, connect
from control.access.errors import TooMany
from control.access.rate import Allowances, Connections
from control.settings import StateDir


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_an_allowance_is_used_up_and_fills_again() -> None:
    clock = Clock()
    allowances = Allowances(60, clock)
    for _ in range(60):
        allowances.take("olga")
    with pytest.raises(TooMany) as refused:
        allowances.take("olga")
    assert refused.value.retry_after == 1
    allowances.take("vera")
    clock.now += 0.9
    with pytest.raises(TooMany):
        allowances.take("olga")
    clock.now += 0.1
    allowances.take("olga")
    with pytest.raises(TooMany):
        allowances.take("olga")
    clock.now += 3600
    for _ in range(60):
        allowances.take("olga")
    with pytest.raises(TooMany):
        allowances.take("olga")


def test_a_slow_allowance_says_how_long_to_wait() -> None:
    allowances = Allowances(2, Clock())
    allowances.take("olga")
    allowances.take("olga")
    with pytest.raises(TooMany, match="more than 2 requests a minute") as refused:
        allowances.take("olga")
    assert refused.value.retry_after == 30
    assert refused.value.hint == "wait 30 s"


def test_addresses_without_end_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate, "REMEMBERED", 100)
    allowances = Allowances(1, Clock())
    for number in range(1000):
        allowances.take(str(number))
    assert len(allowances._left) == 100
    with pytest.raises(TooMany):
        allowances.take("999")


def test_connections_are_counted_while_they_last() -> None:
    connections = Connections(2)
    with (
        connections.held("olga"),
        connections.held("vera"),
        connections.held("olga"),
        pytest.raises(TooMany, match="2 connections are open already"),
    ):
        connections.held("olga").__enter__()
    with pytest.raises(ZeroDivisionError), connections.held("olga"):
        raise ZeroDivisionError
    with connections.held("olga"), connections.held("olga"):
        pass
    assert not connections._open


def test_failed_sign_ins_are_counted_for_all_workers_together(
    database: Database, state: StateDir, later: Callable[[float], None]
) -> None:
    workers = [database, connect(state)]
    for number in range(rate.SIGN_IN_FAILURES):
        with workers[number % 2].write() as db:
            rate.check_sign_in(db, "192.0.2.1")
            rate.sign_in_failed(db, "192.0.2.1")
    for worker in workers:
        with worker.read() as db:
            with pytest.raises(TooMany, match=r"from 192\.0\.2\.1 have failed") as refused:
                rate.check_sign_in(db, "192.0.2.1")
            rate.check_sign_in(db, "192.0.2.2")
        assert 80 <= refused.value.retry_after <= 91
    later(refused.value.retry_after)
    with database.write() as db:
        rate.check_sign_in(db, "192.0.2.1")
        rate.sign_in_failed(db, "192.0.2.1")
        with pytest.raises(TooMany):
            rate.check_sign_in(db, "192.0.2.1")


def test_failures_that_are_forgiven_are_forgotten(
    database: Database, later: Callable[[float], None]
) -> None:
    with database.write() as db:
        rate.sign_in_failed(db, "192.0.2.1")
    later(91)
    with database.write() as db:
        rate.sign_in_failed(db, "192.0.2.2")
        found = db.execute("SELECT address FROM sign_in_failures").fetchall()
    assert [row[0] for row in found] == ["192.0.2.2"]
