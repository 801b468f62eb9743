"""Journals are followed: what is there, then what comes; once, in order, whatever readers do."""

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from control.events import follow as module
from control.events.follow import Channel, Follower, Followers
from control.events.journal import Journal, JournalFiles, draft, sequence_of
from control.record.message import MessageType

RUN = "20261121-221005-3f9a"
WHEN = "2026-11-21T22:10:05.123Z"


def poll(condition: Callable[[], object], seconds: float = 180) -> None:
    """Wait until the condition holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.005)


class Writer:
    """A journal that a test writes."""

    def __init__(self, folder: Path) -> None:
        self.files = JournalFiles(folder / "messages.ndjson", folder / "messages.state")
        self.journal = Journal(self.files, RUN)

    def write(self, count: int, *, size: int = 10, closed: bool = False) -> int:
        """Append messages; gives the last sequence."""
        line = draft(MessageType.LOG, WHEN, {"line": "x" * size})
        return self.journal.append([line] * count, {}, closed=closed).sequence


class Reader:
    """Takes what there is and what is pushed, and may refuse for a while."""

    def __init__(self, channel: Channel, offset: int = 0) -> None:
        self.channel, self.offset = channel, offset
        self.received: list[bytes] = []
        self.accepts = True
        self.is_over = self.is_gone = False

    def push(self, payload: bytes, end: int) -> bool:
        if self.accepts:
            self.received.append(payload)
            self.offset = end
        return self.accepts

    def ended(self) -> None:
        self.is_over = True

    def gone(self) -> None:
        self.is_gone = True

    def catch_up(self) -> None:
        while found := self.channel.take(self, self.offset):
            payload, self.offset = found
            self.received.append(payload)

    @property
    def sequences(self) -> list[int]:
        lines = b"".join(self.received).splitlines()
        return [sequence_of(line) for line in lines]


def as_it_is(lines: bytes) -> bytes:
    return lines


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Writer]:
    made = Writer(tmp_path)
    yield made
    made.journal.close()


@pytest.fixture
def followers() -> Iterator[Followers]:
    made = Followers()
    yield made
    assert len(made) == 0, "a test left a follower behind"


@pytest.fixture
def follower(followers: Followers, writer: Writer) -> Iterator[Follower]:
    made = followers.follow(RUN, writer.files)
    yield made
    followers.release(made)


def test_reader_gets_what_is_there_then_what_comes(follower: Follower, writer: Writer) -> None:
    writer.write(5)
    reader = Reader(follower.channel(as_it_is))
    poll(lambda: follower.head.sequence == 5)
    reader.catch_up()
    writer.write(3)
    poll(lambda: len(reader.sequences) == 8)
    assert reader.sequences == list(range(1, 9))


def test_since_gives_exactly_the_rest(followers: Followers, writer: Writer) -> None:
    writer.write(100)
    follower = followers.follow(RUN, writer.files)
    for since in (0, 1, 42, 99, 100, 1000):
        reader = Reader(follower.channel(as_it_is), follower.offset_after(since))
        reader.catch_up()
        assert reader.sequences == list(range(since + 1, 101))
    followers.release(follower)


def test_a_journal_that_is_not_there_yet(follower: Follower, followers: Followers) -> None:
    reader = Reader(follower.channel(as_it_is), follower.offset_after(7))
    reader.catch_up()
    assert follower.head.sequence == 0 and not follower.is_gone and reader.received == []


def test_payload_is_rendered_once_for_all(follower: Follower, writer: Writer) -> None:
    rendered: list[bytes] = []

    def render(lines: bytes) -> bytes:
        rendered.append(lines)
        return lines

    readers = [Reader(follower.channel(render)) for _ in range(20)]
    for reader in readers:
        reader.catch_up()
    writer.write(4)
    poll(lambda: all(reader.sequences == [1, 2, 3, 4] for reader in readers))
    assert len(rendered) == 1
    assert len({id(reader.received[0]) for reader in readers}) == 1


def test_reader_that_refuses_comes_back_without_gap(follower: Follower, writer: Writer) -> None:
    channel = follower.channel(as_it_is)
    slow, other = Reader(channel), Reader(channel)
    slow.catch_up()
    other.catch_up()
    slow.accepts = False
    for count in range(1, 6):
        writer.write(10)
        poll(lambda count=count: len(other.sequences) == 10 * count)
    assert slow.received == []
    slow.accepts = True
    slow.catch_up()
    writer.write(1)
    poll(lambda: len(slow.sequences) == 51 == len(other.sequences))
    assert slow.sequences == other.sequences == list(range(1, 52))


def test_late_reader_beyond_the_recent_reads_the_file(
    follower: Follower, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RECENT_BYTES", 1000)
    channel = follower.channel(as_it_is)
    assert follower.channel(as_it_is) is channel, "for the other one"
    live, late = Reader(channel), Reader(channel)
    live.catch_up()
    for count in range(1, 20):
        writer.write(1, size=200)
        poll(lambda count=count: len(live.sequences) == count)
    assert channel.take(late, 0) is not None
    late.catch_up()
    assert late.sequences == live.sequences == list(range(1, 20))


def test_of_one_reader_alone_only_what_it_did_not_take_is_kept(
    follower: Follower, writer: Writer
) -> None:
    rendered: list[bytes] = []

    def once(lines: bytes) -> bytes:
        assert lines not in rendered, "what renders remembers what it did"
        rendered.append(lines)
        return lines

    channel = follower.channel(once)
    reader = Reader(channel)
    reader.catch_up()
    for count in range(1, 4):
        writer.write(1)
        poll(lambda count=count: len(reader.sequences) == count)
    assert not channel._recent
    reader.accepts = False
    writer.write(1)
    poll(lambda: len(rendered) == 4)
    poll(lambda: not channel.is_live(reader))
    writer.write(1)
    reader.accepts = True
    poll(lambda: follower.head.sequence == 5)
    reader.catch_up()
    writer.write(1)
    poll(lambda: reader.sequences == [1, 2, 3, 4, 5, 6])
    assert not channel._recent


def test_cadence_collects(follower: Follower, writer: Writer) -> None:
    now = 1000.0
    channel = follower.channel(as_it_is, 0.1)
    writer.write(1)
    poll(lambda: follower.head.sequence == 1)
    poll(lambda: channel.head.sequence == 1)
    reader = Reader(channel)
    reader.catch_up()
    reader.received.clear()
    slow = Channel(follower, as_it_is, 5.0)  # this one is driven by hand
    by_hand = Reader(slow, reader.offset)
    by_hand.catch_up()
    for step in range(4):
        writer.write(1)
        poll(lambda step=step: follower.head.sequence == step + 2)
        if slow.due <= now + step:
            slow.advance(now + step)
    assert len(by_hand.received) == 1, "the first at once, then none for five seconds"
    assert slow.due == now + 5.0
    slow.advance(now + 5)
    assert [len(payload.splitlines()) for payload in by_hand.received] == [1, 3]
    poll(lambda: reader.sequences == [2, 3, 4, 5])


def test_closed_journal_tells_its_readers_once_they_have_all(
    follower: Follower, writer: Writer
) -> None:
    channel = follower.channel(as_it_is)
    early, late = Reader(channel), Reader(channel)
    early.catch_up()
    writer.write(2, closed=True)
    poll(lambda: early.is_over)
    assert early.sequences == [1, 2]
    assert not late.is_over
    late.catch_up()
    assert late.is_over and late.sequences == [1, 2]


def test_closed_without_another_message(follower: Follower, writer: Writer) -> None:
    reader = Reader(follower.channel(as_it_is))
    reader.catch_up()
    writer.write(1)
    poll(lambda: reader.sequences == [1])
    writer.write(0, closed=True)
    poll(lambda: reader.is_over)


def test_resumed_run_goes_on(follower: Follower, writer: Writer) -> None:
    writer.write(1, closed=True)
    poll(lambda: follower.head.closed)
    reader = Reader(follower.channel(as_it_is))
    reader.catch_up()
    writer.write(1)
    poll(lambda: reader.sequences == [1, 2])
    assert not follower.head.closed


def test_deleted_journal(follower: Follower, writer: Writer, tmp_path: Path) -> None:
    writer.write(1)
    reader = Reader(follower.channel(as_it_is))
    poll(lambda: follower.head.sequence == 1)
    reader.catch_up()
    shutil.rmtree(tmp_path)
    poll(lambda: reader.is_gone)


def test_lost_end_of_a_journal_does_not_stop_it(
    follower: Follower, writer: Writer, tmp_path: Path
) -> None:
    """A disk that lied: the journal is shorter than it was; numbers go on, and so do readers."""
    writer.write(10)
    reader = Reader(follower.channel(as_it_is))
    poll(lambda: follower.head.sequence == 10)
    reader.catch_up()
    writer.journal.close()
    content = writer.files.messages.read_bytes().splitlines(keepends=True)
    writer.files.messages.write_bytes(b"".join(content[:6]))
    writer.journal = Journal(writer.files, RUN)
    writer.write(1)
    poll(lambda: follower.head.length < sum(map(len, content)))
    writer.write(2)
    poll(lambda: reader.sequences[-2:] == [12, 13])


def test_state_that_cannot_be_read_for_a_moment(
    follower: Follower, writer: Writer, tmp_path: Path
) -> None:
    writer.write(3)
    poll(lambda: follower.head.sequence == 3)
    scratch = tmp_path / "scratch"
    scratch.write_text("nonsense")
    scratch.replace(writer.files.state)
    follower.look(time.monotonic())
    assert follower.head.sequence == 3 and not follower.is_gone
    writer.write(1)
    poll(lambda: follower.head.sequence == 4)


def test_an_unreadable_journal_hurts_nobody_else(
    followers: Followers, writer: Writer, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "elsewhere").touch()
    bad = JournalFiles(tmp_path / "other/messages.ndjson", tmp_path / "other/messages.state")
    bad.messages.symlink_to(tmp_path / "elsewhere")  # a link is never followed
    broken, good = followers.follow("bad", bad), followers.follow(RUN, writer.files)
    stuck, reader = Reader(broken.channel(as_it_is)), Reader(good.channel(as_it_is))
    stuck.catch_up()
    reader.catch_up()
    bad.state.write_text('{"length":10,"sequence":1,"closed":false}\n{}\n')
    poll(lambda: broken.head.sequence == 1)
    writer.write(2)
    poll(lambda: reader.sequences == [1, 2])
    with pytest.raises(OSError):
        broken.offset_after(5)
    followers.release(broken)
    followers.release(good)
    assert stuck.received == []


def test_nothing_watches_when_nobody_follows(followers: Followers, writer: Writer) -> None:
    def watchers() -> list[threading.Thread]:
        return [thread for thread in threading.enumerate() if thread.name == "follow"]

    first = followers.follow(RUN, writer.files)
    assert followers.follow(RUN, writer.files) is first
    assert watchers()
    followers.release(first)
    assert len(followers) == 1
    followers.release(first)
    poll(lambda: not watchers())


def test_flush_pushes_before_its_time(follower: Follower, followers: Followers, writer: Writer):
    reader = Reader(follower.channel(as_it_is, 5.0))
    reader.catch_up()
    writer.write(1)
    poll(lambda: reader.sequences == [1])
    writer.write(1)
    followers.flush()
    assert reader.sequences == [1, 2]


def test_two_who_advance_at_once_push_everything_once(
    writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The watching thread and a worker that ends: one goes on where the other one yielded."""
    follower = Follower(RUN, writer.files)
    reader = Reader(follower.channel(as_it_is))
    reader.catch_up()
    yields = iter([True])

    def run_another(seconds: float) -> None:
        if next(yields, False):
            writer.write(2)
            follower.look(2.0)
            reader.channel.advance(2.0)

    monkeypatch.setattr(module.time, "sleep", run_another)
    writer.write(3)
    follower.look(1.0)
    reader.channel.advance(1.0)
    writer.write(1)
    follower.look(3.0)
    reader.channel.advance(3.0)
    assert reader.sequences == [1, 2, 3, 4, 5, 6]


def test_two_changes_that_look_alike(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Inodes are given out again, and the clock of a file system has its ticks."""
    follower = Follower(RUN, writer.files)
    writer.write(1)
    follower.look(1.0)
    same = os.stat(writer.files.state)
    writer.write(1)
    monkeypatch.setattr(module.os, "stat", lambda path: same)
    follower.look(2.0)
    assert follower.head.sequence == 2


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_every_reader_gets_every_message_once(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Writes, refusals, recoveries and new readers in any order."""
    writer, followers = Writer(tmp_path_factory.mktemp("run")), Followers()
    follower = Follower(RUN, writer.files)  # looked at by hand: no thread
    channel = follower.channel(as_it_is)
    readers: list[tuple[Reader, int]] = []
    now, written = 0.0, 0
    actions = st.sampled_from(["write", "look", "reader", "refuse", "catch up"])
    for action in data.draw(st.lists(actions, max_size=40)):
        now += 1
        if action == "write":
            written = writer.write(data.draw(st.integers(0, 30)))
        elif action == "look":
            follower.look(now)
            if channel.due <= now:
                channel.advance(now)
        elif action == "reader":
            since = data.draw(st.integers(0, follower.head.sequence))
            readers.append((Reader(channel, follower.offset_after(since)), since))
        elif readers:
            reader, _ = data.draw(st.sampled_from(readers))
            reader.accepts = action != "refuse"
            if reader.accepts:
                reader.catch_up()
    follower.look(now)
    channel.advance(now)
    for reader, since in readers:
        reader.accepts = True
        reader.catch_up()
        assert reader.sequences == list(range(since + 1, written + 1))
    writer.journal.close()
    assert len(followers) == 0
