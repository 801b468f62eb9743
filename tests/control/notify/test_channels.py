"""Channels of users: added, listed, removed, and never shown with what opens them."""

import pytest

from control.access.errors import Clash, Unknown
from control.notify import channels
from control.notify.events import Event
from engines.contract.errors import BadUsage

ADDRESS = "json://127.0.0.1:9/secret-path"


def propose(address: str = ADDRESS, **more: object) -> channels.Proposal:
    return channels.propose(address, allow_private_hosts=True, **more)  # type: ignore[arg-type]


def test_added_listed_removed(lab):
    with lab.database.write() as db:
        made = channels.add(db, "bob", propose(name="my hook", events=["failed", "completed"]))
        assert channels.listing(db, "bob") == [made]
        assert channels.listing(db, "ada") == []
        assert made.events == [Event.COMPLETED, Event.FAILED]
        assert (made.shown, made.name, made.run_id) == ("json://127.0.0.1:9/…", "my hook", None)
        assert "secret" not in repr(made) + repr(propose())
        with pytest.raises(Unknown):
            channels.remove(db, "ada", made.id)
        channels.remove(db, "bob", made.id)
        assert channels.listing(db, "bob") == []


def test_by_default_what_went_wrong():
    assert propose().events == [Event.FAILED, Event.INTERRUPTED, Event.DEAD_LETTER]


@pytest.mark.parametrize("events", [[], ["faild"], ["failed", "running"]])
def test_events_that_are_none(events):
    with pytest.raises(BadUsage):
        propose(events=events)


def test_the_nearest_event_is_named():
    with pytest.raises(BadUsage) as caught:
        propose(events=["dead-letter"])
    assert caught.value.hint == "did you mean 'dead_letter'?"


def test_the_same_one_again(lab):
    with lab.database.write() as db:
        channels.add(db, "bob", propose())
        channels.add(db, "bob", propose(run_id="20261121-221005-3f9a"))
        channels.add(db, "ada", propose())
        with pytest.raises(Clash, match="already"):
            channels.add(db, "bob", propose())


def test_not_without_end(lab):
    with lab.database.write() as db:
        for number in range(channels.MOST):
            channels.add(db, "bob", propose(f"{ADDRESS}/{number}"))
        with pytest.raises(Clash, match="the most"):
            channels.add(db, "bob", propose())


@pytest.mark.parametrize("name", ["x" * 101, "a\nb", "\x1b[31m"])
def test_names_that_cannot_be(name):
    with pytest.raises(BadUsage):
        propose(name=name)
