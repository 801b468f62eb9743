"""One growing file: every whole line once, whatever happens to the file and to the reader."""

import os
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from control.events.tail import (
    LINE_LIMIT,
    NotFollowed,
    Position,
    Tail,
    lines_of,
    open_inside,
    open_regular,
)

UID = os.getuid()
QUICK = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def tail_of(file: Path, position: Position = Position(), limit: int = LINE_LIMIT) -> Tail:  # noqa: B008
    return Tail(partial(open_regular, file, UID), position, limit)


def read(tail: Tail, *, size: int = LINE_LIMIT, unfinished: bool = False) -> list[str]:
    """All lines that there are."""
    found = []
    with suppress(FileNotFoundError):
        tail.find()
    while tail.is_open:
        tail.is_fresh = False
        chunk = tail.peek(size, unfinished=unfinished)
        if chunk is None and not tail.is_fresh:
            break
        if chunk is not None:
            found += lines_of(chunk.data)
            found += [f"+{chunk.left_out}"] if chunk.left_out is not None else []
            tail.take(chunk)
    return found


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "a.log"


def append(file: Path, data: bytes) -> None:
    with file.open("ab") as opened:
        opened.write(data)


def test_lines_come_when_they_are_whole(file: Path) -> None:
    tail = tail_of(file)
    assert read(tail) == []
    append(file, b"one\ntw")
    assert read(tail) == ["one"]
    append(file, b"o\n\nthree")
    assert read(tail) == ["two", ""]
    assert read(tail, unfinished=True) == ["three"]
    assert read(tail, unfinished=True) == []
    append(file, b" and more\n")
    assert read(tail) == [" and more"]


@QUICK
@given(
    data=st.lists(
        st.sampled_from([b"a", b"bc", b"\n", b"\xff", b"\xc3", b"\xa9", b"\0"]), max_size=60
    ),
    cuts=st.lists(st.integers(0, 60), max_size=6),
    size=st.integers(1, 20),
)
def test_no_byte_is_lost_or_doubled_however_it_arrives_and_whoever_dies(
    tmp_path_factory: pytest.TempPathFactory, data: list[bytes], cuts: list[int], size: int
) -> None:
    """At every cut the reader dies, and another goes on from the position that it left."""
    file = tmp_path_factory.mktemp("cut") / "a.log"
    file.touch()
    whole, position, found = b"".join(data), Position(), list[str]()
    for begin, end in zip([0, *sorted(cuts)], [*sorted(cuts), len(whole)], strict=True):
        append(file, whole[begin:end])
        tail = tail_of(file, Position.of(list(position)))
        found += read(tail, size=size)
        position = tail.position
        tail.close()
    found += read(tail_of(file, position), unfinished=True)
    assert found == lines_of(whole)


def test_what_is_no_utf_8_is_replaced_and_progress_bars_keep_their_last_state(file: Path) -> None:
    append(file, b"caf\xe9\n0 %\r50 %\r100 %\nwindows\r\n\r\n10 %\r20 %\r\n")
    assert read(tail_of(file)) == ["caf�", "100 %", "windows", "", "20 %"]


def test_a_long_line_is_cut_and_what_was_left_out_is_counted(file: Path) -> None:
    tail = tail_of(file, limit=10)
    append(file, b"short\n" + b"x" * 10 + b"\n" + b"y" * 11 + b"\nnext\n")
    assert read(tail) == ["short", "x" * 10, "y" * 10, "+1", "next"]
    append(file, b"z" * 30)
    assert read(tail) == ["z" * 10]
    assert tail.position.left_out == 20
    again = tail_of(file, Position.of(list(tail.position)), limit=10)
    append(file, b"z" * 5 + b"\nlast\n")
    assert read(again) == ["+25", "last"]
    append(file, b"w" * 13)
    assert read(again, unfinished=True) == ["w" * 10, "+3"]


def test_the_limit_is_a_million_bytes(file: Path) -> None:
    append(file, b"a" * 1_000_000 + b"\n" + b"b" * 1_000_001 + b"\n")
    found = read(tail_of(file), size=1 << 16)
    assert [len(line) for line in found[:2]] == [1_000_000, 1_000_000]
    assert found[2:] == ["+1"]


def test_an_endless_progress_bar_is_not_cut(file: Path) -> None:
    tail = tail_of(file, limit=100)
    for percent in range(100):
        append(file, b"%d %% done\r" % percent)
        assert read(tail) == []
    assert tail.position.offset > 500, "what was overwritten is not read again and again"
    append(file, b"all done\n")
    assert read(tail) == ["all done"]


def test_a_file_cut_to_nothing_is_read_from_its_start(file: Path) -> None:
    tail = tail_of(file)
    append(file, b"one\ntwo\n")
    assert read(tail) == ["one", "two"]
    file.write_bytes(b"new\n")
    assert read(tail) == ["new"]


def test_a_file_written_anew_is_noticed_though_it_is_longer(file: Path) -> None:
    tail = tail_of(file)
    append(file, b"one\ntwo\n")
    assert read(tail) == ["one", "two"]
    file.write_bytes(b"something else that is longer\n")
    assert read(tail) == ["something else that is longer"]


def test_a_replaced_file_is_drained_first(file: Path) -> None:
    tail = tail_of(file)
    append(file, b"one\n")
    assert read(tail) == ["one"]
    with file.open("ab") as old:
        file.rename(file.with_suffix(".1"))
        append(file, b"new one\n")
        old.write(b"two\nthree without an end")
    assert read(tail) == ["two", "three without an end", "new one"]
    file.unlink()
    assert read(tail) == []
    append(file, b"newer\n")
    assert read(tail) == ["newer"]


def test_a_new_file_under_an_old_inode_is_a_new_file(file: Path) -> None:
    """File systems give an inode out again at once; the last bytes tell."""
    append(file, b"one\n")
    tail = tail_of(file)
    assert read(tail) == ["one"]
    tail.close()
    inode = file.stat().st_ino
    file.unlink()
    file.write_bytes(b"other\n")
    position = tail.position._replace(inode=file.stat().st_ino)
    assert file.stat().st_ino == inode or position.inode != inode
    again = tail_of(file, position)
    again.find()
    assert again.is_fresh
    assert read(again) == ["other"]


def test_a_known_file_goes_on_after_a_restart(file: Path) -> None:
    append(file, b"one\n")
    tail = tail_of(file)
    assert read(tail) == ["one"]
    append(file, b"two\n")
    again = tail_of(file, Position.of(list(tail.position)))
    again.find()
    assert not again.is_fresh
    assert read(again) == ["two"]


@pytest.mark.parametrize(
    "saved", [None, [], [1], [1, -5, 0, None], ["1", 2, 3, None], {"inode": 1}, [1, 2, 3, "x"]]
)
def test_nonsense_is_the_start(saved: object) -> None:
    assert Position.of(saved) == Position()


def test_reading_takes_its_turn(file: Path) -> None:
    append(file, b"line\n" * 100_000)
    tail = tail_of(file)
    tail.find()
    chunk = tail.peek(1000)
    assert chunk is not None and len(chunk.data) == 1000


class TestWhatIsNotOpened:
    def test_a_link(self, tmp_path: Path, file: Path) -> None:
        (tmp_path / "secret").write_text("secret")
        file.symlink_to(tmp_path / "secret")
        with pytest.raises(NotFollowed, match="it is a link"):
            open_regular(file, UID)

    def test_a_pipe_without_a_writer_keeps_nobody_waiting(self, file: Path) -> None:
        os.mkfifo(file)
        with pytest.raises(NotFollowed, match="no regular file"):
            open_regular(file, UID)

    @pytest.mark.parametrize("path", ["/dev/null", "/"])
    def test_devices_and_folders(self, path: str) -> None:
        with pytest.raises(NotFollowed, match="no regular file"):
            open_regular(path, UID)

    def test_what_belongs_to_another(self, file: Path) -> None:
        file.touch()
        with pytest.raises(NotFollowed, match="another user"):
            open_regular(file, UID + 1)

    def test_what_lies_behind_a_linked_folder(self, tmp_path: Path) -> None:
        (tmp_path / "elsewhere").mkdir()
        (tmp_path / "elsewhere" / "a.log").write_text("a")
        work = tmp_path / "work"
        work.mkdir()
        (work / "logs").symlink_to(tmp_path / "elsewhere")
        with pytest.raises(NotFollowed, match="behind a link"):
            open_inside(str(work), "logs/a.log", UID)

    def test_what_is_not_there(self, tmp_path: Path, file: Path) -> None:
        file.touch()
        for name in ("b.log", "logs/b.log", "a.log/b.log"):
            with pytest.raises(FileNotFoundError):
                open_inside(str(tmp_path), name, UID)

    def test_the_rest_is(self, tmp_path: Path) -> None:
        (tmp_path / "logs" / "deep").mkdir(parents=True)
        (tmp_path / "logs" / "deep" / "a.log").write_text("a")
        before = len(os.listdir("/proc/self/fd"))
        for name in ("logs/deep/a.log", "logs/deep/b.log", "logs/deep", "logs/deep/a.log/c"):
            with suppress(FileNotFoundError, NotFollowed):
                fd = open_inside(str(tmp_path), name, UID)
                assert os.read(fd, 9) == b"a"
                os.close(fd)
        assert len(os.listdir("/proc/self/fd")) == before, "none is left open"
