"""The journal: nothing lost, nothing doubled, nothing renumbered, whenever its writer dies."""

import errno
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from control.events import journal as module
from control.events.journal import (
    Committed,
    Draft,
    Journal,
    JournalFiles,
    draft,
    offset_after,
    read_chunks,
    sequence_of,
)
from control.record.message import Message, MessageType
from control.record.run_dir import RunDir

RUN = "20261121-221005-3f9a"
WHEN = "2026-11-21T22:10:05.123Z"
QUICK = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def files_in(folder: Path) -> JournalFiles:
    folder.mkdir(exist_ok=True)
    return JournalFiles(folder / "messages.ndjson", folder / "messages.state")


@pytest.fixture
def files(tmp_path: Path) -> JournalFiles:
    return files_in(tmp_path)


def line(text: str) -> Draft:
    return draft(MessageType.LOG, WHEN, {"line": text})


def messages(files: JournalFiles) -> list[Message]:
    """What readers get: up to the committed length."""
    if not (length := files.committed().length):
        return []
    text = files.messages.read_bytes()[:length]
    return [Message.from_json(each) for each in text.splitlines()]


def told(files: JournalFiles) -> list[str]:
    return [message.data["line"] for message in messages(files)]


@contextmanager
def opened(files: JournalFiles) -> Iterator[Journal]:
    journal = Journal(files, RUN)
    try:
        yield journal
    finally:
        journal.close()


def test_messages_are_numbered_and_can_be_read(files: JournalFiles) -> None:
    with opened(files) as journal:
        journal.append([line("a"), line('"\n\x00é')], {"x": {"at": 3}})
        assert journal.append([line("c")], {"x": {"at": 4}}).sequence == 3
    assert [message.sequence for message in messages(files)] == [1, 2, 3]
    assert told(files) == ["a", '"\n\x00é', "c"]
    assert {message.job_id for message in messages(files)} == {RUN}
    with opened(files) as journal:
        assert journal.sources == {"x": {"at": 4}}
        assert journal.append([line("d")], {}, closed=True).sequence == 4
    assert files.committed().closed


class Killed(BaseException):
    """The process is dead: nothing that it would still do happens."""


class Death:
    """Kills the writer at one of its calls to the system, in the middle of a write if need be."""

    CALLS = ("open", "pwrite", "fsync", "replace", "fstat", "ftruncate")

    def __init__(self, monkeypatch: pytest.MonkeyPatch, calls: int, share: float) -> None:
        self.left, self.share, self.is_dead = calls, share, False
        for name in self.CALLS:
            monkeypatch.setattr(module.os, name, self._wrapped(name, getattr(os, name)))
        monkeypatch.setattr(module, "_sync_data", self._wrapped("fdatasync", os.fdatasync))

    def _wrapped(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def die_or_do(*args: Any, **kwargs: Any) -> Any:
            if self.is_dead:
                raise Killed
            self.left -= 1
            if self.left >= 0:
                return call(*args, **kwargs)
            self.is_dead = True
            if name == "pwrite":
                fd, data, offset = args
                call(fd, bytes(data)[: int(len(data) * self.share)], offset)
            raise Killed

        return die_or_do


BATCHES = st.lists(st.lists(st.text(max_size=20), max_size=4), min_size=1, max_size=5)


@QUICK
@given(batches=BATCHES, calls=st.integers(0, 60), share=st.floats(0, 1))
def test_a_writer_may_die_at_any_call_and_byte(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[str]], calls: int, share: float
) -> None:
    files = files_in(tmp_path_factory.mktemp("killed"))
    with pytest.MonkeyPatch.context() as monkeypatch:
        Death(monkeypatch, calls, share)
        try:
            journal = Journal(files, RUN)
            for number, batch in enumerate(batches):
                journal.append([line(text) for text in batch], {"batch": number + 1})
        except Killed:
            pass
    before = messages(files)
    os.close(_fd_of(files))  # the system closes the files of the dead, and frees their locks
    with opened(files) as journal:
        assert messages(files) == before, "what a reader saw is what there is"
        done = journal.sources.get("batch", 0)
        assert [m.data["line"] for m in before] == [t for batch in batches[:done] for t in batch]
        for number, batch in enumerate(batches[done:], done):
            journal.append([line(text) for text in batch], {"batch": number + 1})
    assert told(files) == [text for batch in batches for text in batch]
    assert [m.sequence for m in messages(files)] == [*range(1, len(told(files)) + 1)]
    assert messages(files)[: len(before)] == before


def _fd_of(files: JournalFiles) -> int:
    """The descriptor that a killed writer of this process has left open; else a new one."""
    if files.messages.exists():
        status = files.messages.stat()
        for name in os.listdir("/proc/self/fd"):
            try:
                found = os.fstat(int(name))
            except OSError:
                continue
            if (found.st_dev, found.st_ino) == (status.st_dev, status.st_ino):
                return int(name)
    return os.open("/dev/null", os.O_RDONLY)


@QUICK
@given(rest=st.binary(max_size=300))
def test_what_was_not_committed_is_cut_off(
    tmp_path_factory: pytest.TempPathFactory, rest: bytes
) -> None:
    files = files_in(tmp_path_factory.mktemp("torn"))
    with opened(files) as journal:
        journal.append([line("a"), line("b")], {})
    with files.messages.open("ab") as file:
        file.write(rest)
    with opened(files) as journal:
        assert files.messages.stat().st_size == journal.committed.length
        journal.append([line("c")], {})
    assert told(files) == ["a", "b", "c"]


@QUICK
@given(length=st.integers(0, 700), zeros=st.booleans())
def test_a_disk_that_broke_its_word_costs_messages_but_no_number(
    tmp_path_factory: pytest.TempPathFactory, length: int, zeros: bool
) -> None:
    files = files_in(tmp_path_factory.mktemp("cut"))
    with opened(files) as journal:
        whole = journal.append([line(str(number)) for number in range(5)], {"x": 1}).length
    ends = [0, *(i + 1 for i, byte in enumerate(files.messages.read_bytes()) if byte == 10)]
    length = min(length, whole)
    os.truncate(files.messages, length)
    if zeros:
        os.truncate(files.messages, whole)
    kept = max(number for number, end in enumerate(ends) if end <= length)
    with opened(files) as journal:
        assert journal.lost == 5 - kept
        assert journal.sources == {"x": 1}
        assert journal.append([line("next")], {}).sequence == 6
    assert [m.sequence for m in messages(files)] == [*range(1, kept + 1), 6]
    with files.messages.open("rb") as file:
        fd, end = file.fileno(), files.committed().length
        for since in range(8):
            rest = b"".join(read_chunks(fd, offset_after(fd, since, end), end)).splitlines()
            assert [sequence_of(each) for each in rest] == [
                m.sequence for m in messages(files) if m.sequence > since
            ]


@pytest.mark.parametrize(
    "state",
    [
        None,
        "",
        "{}\n{}\n",
        "\0" * 40,
        '{"length":-1}\n',
        '{"length":"9","sequence":1,"closed":false}\n{}\n',
        '{"length":90,"sequence":1,"closed":false}\n',
    ],
)
def test_without_a_state_it_begins_anew(files: JournalFiles, state: str | None) -> None:
    with opened(files) as journal:
        journal.append([line("a")], {"x": 1})
    files.state.unlink()
    if state is not None:
        files.state.write_text(state)
    with opened(files) as journal:
        assert (journal.committed, journal.sources) == (Committed(), {})
        journal.append([line("b")], {})
    assert told(files) == ["b"]


def test_a_state_that_cannot_be_read_now_is_no_reason_to_begin_anew(files: JournalFiles) -> None:
    with opened(files) as journal:
        journal.append([line("a")], {})
    kept = files.state.rename(files.state.with_suffix(".kept"))
    files.state.mkdir()
    with pytest.raises(IsADirectoryError):
        Journal(files, RUN)
    files.state.rmdir()
    kept.rename(files.state)
    assert told(files) == ["a"]


@pytest.mark.parametrize("call", ["pwrite", "fsync", "replace", "open"])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EIO])
def test_a_full_disk_delays_and_loses_nothing(
    files: JournalFiles, monkeypatch: pytest.MonkeyPatch, call: str, number: int
) -> None:
    real, fails = getattr(os, call), True

    def full(*args: Any, **kwargs: Any) -> Any:
        if fails:
            if call == "pwrite":  # a part of it found its place
                real(args[0], bytes(args[1])[:7], args[2])
            raise OSError(number, os.strerror(number))
        return real(*args, **kwargs)

    with opened(files) as journal:
        journal.append([line("a")], {"x": 1})
        with monkeypatch.context() as patched:
            patched.setattr(module.os, call, full)
            for _ in range(3):
                with pytest.raises(OSError, match=os.strerror(number)):
                    journal.append([line("b"), line("c")], {"x": 2})
            if call == "fsync":
                fails = False
        assert told(files)[:1] == ["a"]
        journal.append([line("b"), line("c")], {"x": 2})
        journal.append([line("d")], {"x": 3})
    assert told(files) == ["a", "b", "c", "d"]
    assert [m.sequence for m in messages(files)] == [1, 2, 3, 4]


def test_a_second_writer_is_kept_out_until_the_first_is_dead(files: JournalFiles) -> None:
    read, write = os.pipe()
    if (child := os.fork()) == 0:
        with opened(files) as journal:
            journal.append([line("a")], {})
            os.write(write, b"!")
            signal.pause()
    os.read(read, 1)
    try:
        with pytest.raises(BlockingIOError, match="another process writes this journal"):
            Journal(files, RUN)
        assert told(files) == ["a"]
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(read)
        os.close(write)
    with opened(files) as journal:
        journal.append([line("b")], {})
    assert told(files) == ["a", "b"]


def test_a_file_system_without_locks_is_no_obstacle(
    files: JournalFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_locks(*_: object) -> None:
        raise OSError(errno.ENOLCK, "no locks")

    monkeypatch.setattr(module.fcntl, "flock", no_locks)
    with opened(files) as journal:
        journal.append([line("a")], {})
    assert told(files) == ["a"]


def test_a_deleted_journal_is_told_and_its_directory_is_not_made_again(tmp_path: Path) -> None:
    files = files_in(tmp_path / RUN)
    with opened(files) as journal:
        journal.append([line("a")], {})
        for file in (files.messages, files.state):
            file.unlink()
        files.messages.parent.rmdir()
        with pytest.raises(FileNotFoundError):
            journal.append([line("b")], {})
    with pytest.raises(FileNotFoundError):
        Journal(files, RUN)
    assert not files.messages.parent.exists()


def test_nothing_is_written_through_a_link(files: JournalFiles, tmp_path: Path) -> None:
    target = tmp_path / "precious"
    target.write_text("precious")
    files.messages.symlink_to(target)
    with pytest.raises(OSError, match="Too many levels"):
        Journal(files, RUN)
    files.messages.unlink()
    with opened(files) as journal:
        (tmp_path / ".messages.state.new").symlink_to(target)
        with pytest.raises(OSError, match="Too many levels"):
            journal.append([line("a")], {})
    assert target.read_text() == "precious"


class TestWhereItLies:
    """Beside the run where that is ours, else in the service's own folder; and there it stays."""

    @pytest.fixture
    def run_dir(self, tmp_path: Path) -> RunDir:
        (tmp_path / RUN).mkdir()
        return RunDir(tmp_path / RUN)

    @pytest.fixture
    def journals(self, tmp_path: Path) -> Path:
        (tmp_path / "journals").mkdir()
        return tmp_path / "journals"

    def test_beside_our_own_run(self, run_dir: RunDir, journals: Path) -> None:
        assert JournalFiles.of(run_dir, journals).messages == run_dir.messages

    def test_apart_from_the_run_of_somebody_else(
        self, run_dir: RunDir, journals: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        run_dir.messages_state.write_text('{"length":0,"sequence":9,"closed":true}\n{}\n')
        monkeypatch.setattr(module.os, "getuid", lambda: run_dir.path.stat().st_uid + 1)
        files = JournalFiles.of(run_dir, journals)
        assert files.messages == journals / RUN / "messages.ndjson"
        assert files.committed() == Committed(), "what they wrote there is not believed"
        with opened(files) as journal:
            journal.append([line("a")], {})
        assert (journals / RUN).stat().st_mode & 0o777 == 0o700
        monkeypatch.undo()
        assert JournalFiles.of(run_dir, journals).messages == files.messages, "it stays there"

    def test_a_disk_that_takes_no_writes_now_moves_nothing(
        self, run_dir: RunDir, journals: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(module.os, "access", lambda *_: False)
        assert JournalFiles.of(run_dir, journals).messages.parent == journals / RUN
        run_dir.messages_state.touch()
        assert JournalFiles.of(run_dir, journals).messages == run_dir.messages

    def test_of_a_run_that_is_gone_nothing_is_begun(self, tmp_path: Path, journals: Path) -> None:
        gone = RunDir(tmp_path / "20261121-221005-0000")
        assert JournalFiles.of(gone, journals).committed() == Committed()
        with pytest.raises(FileNotFoundError):
            Journal(JournalFiles.of(gone, journals), gone.run_id)
        assert not any(journals.iterdir())


@QUICK
@given(
    sizes=st.lists(st.integers(0, 300), min_size=1, max_size=30),
    chunk=st.integers(1, 400),
    since=st.integers(0, 35),
)
def test_readers_find_every_line_wherever_they_begin(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], chunk: int, since: int
) -> None:
    files = files_in(tmp_path_factory.mktemp("read"))
    with opened(files) as journal:
        journal.append([line('"sequence":7' + "x" * size) for size in sizes], {})
    with files.messages.open("rb") as file:
        fd, end = file.fileno(), files.committed().length
        start = offset_after(fd, since, end)
        blocks = list(read_chunks(fd, start, end, chunk))
    assert all(block.endswith(b"\n") for block in blocks)
    found = [sequence_of(each) for each in b"".join(blocks).splitlines()]
    assert found == [*range(since + 1, len(sizes) + 1)]


def test_a_reader_of_a_journal_that_shrank_is_told(files: JournalFiles) -> None:
    with opened(files) as journal:
        end = journal.append([line("a"), line("b")], {}).length
    for length in (end - 5, 10, 0):
        os.truncate(files.messages, length)
        with files.messages.open("rb") as file, pytest.raises(OSError, match="journal"):
            list(read_chunks(file.fileno(), 0, end))


def test_kill_9_of_a_real_writer(files: JournalFiles) -> None:
    """What a client was shown is still there, the same, after every one of the kills."""
    shown = b""
    for round_ in range(15):
        if (child := os.fork()) == 0:
            with opened(files) as journal:
                while True:
                    number = journal.sources.get("next", 0)
                    batch = [line(str(n)) for n in range(number, number + 50)]
                    journal.append(batch, {"next": number + 50})
        while files.committed().length < len(shown) + 4000 * (1 + round_ % 3):
            assert os.waitpid(child, os.WNOHANG) == (0, 0), "the writer died by itself"
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        now = files.messages.read_bytes()[: files.committed().length]
        assert now.startswith(shown)
        shown = now
    assert told(files) == [str(n) for n in range(len(messages(files)))]
    assert [m.sequence for m in messages(files)] == [*range(1, len(messages(files)) + 1)]
