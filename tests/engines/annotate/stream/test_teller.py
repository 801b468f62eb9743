"""When messages reach the log."""

import io
import math

import pytest

from engines.annotate.stream import teller
from engines.annotate.stream.session import Session
from engines.annotate.stream.teller import Teller
from engines.annotate.stream.unfinished import Unfinished
from tests.support import annotate_stand_ins as stand_ins


def test_each_message_is_there_at_once() -> None:
    out = io.BytesIO()
    telling = Teller("all", out)
    telling.tell(b"1\n")
    assert out.getvalue() == b"1\n"


def test_messages_wait_for_one_another_until_there_are_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(teller, "_LONGEST", math.inf)
    out = io.BytesIO()
    telling = Teller("all", out)
    telling.holds = True
    telling.tell(b"1\n")
    assert not out.getvalue()
    telling.flush()
    assert out.getvalue() == b"1\n"
    telling.tell(b"2" * teller._MOST)
    assert len(out.getvalue()) == teller._MOST + 2


class Waiting(stand_ins.Calls):
    """Says before each call that it takes a while."""

    def tells_waits(self, before):
        self.before = before
        return True

    def __iter__(self):
        for each in super().__iter__():
            self.before()
            self.seen.append(self.out.getvalue().count(b"\n"))
            yield each


def test_before_a_wait_all_is_told(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(teller, "_LONGEST", math.inf)
    calls = Waiting(5)
    calls.out, calls.seen = io.BytesIO(), []
    with Unfinished(tmp_path / "t", "k") as kept:
        Session(stand_ins.Judge(), stand_ins.NAMES, kept, Teller("all", calls.out)).run(calls)
    assert calls.seen == [0, 1, 2, 3, 4]
