"""What is noticed, and what is found though nobody gives notice."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from control.events import watch as module
from control.events.nudges import nudge, take_nudges
from control.events.watch import RunFolder, Watch
from control.record import file_system
from control.record.file_system import is_network
from control.settings import StateDir

RUN = "20261121-221005-3f9a"


@pytest.fixture
def watch() -> Iterator[Watch]:
    made = Watch()
    yield made
    made.close()


class TestWatch:
    def test_a_change_is_told(self, watch: Watch, tmp_path: Path) -> None:
        assert watch.set_folders([str(tmp_path)], 0.0)
        (tmp_path / "a.log").write_text("a")
        assert watch.wait(120) == {str(tmp_path / "a.log")}
        assert watch.folders == {str(tmp_path)}

    def test_not_of_folders_below(self, watch: Watch, tmp_path: Path) -> None:
        (tmp_path / "below").mkdir()
        watch.set_folders([str(tmp_path)], 0.0)
        (tmp_path / "below" / "b").touch()
        (tmp_path / "a").touch()
        assert watch.wait(120) == {str(tmp_path / "a")}

    def test_folders_come_and_go(self, watch: Watch, tmp_path: Path) -> None:
        one, two = tmp_path / "one", tmp_path / "two"
        one.mkdir()
        two.mkdir()
        assert watch.set_folders([str(one), str(tmp_path / "not there")], 0.0)
        assert not watch.set_folders([str(one), str(two)], 0.5), "not more than once a second"
        assert watch.set_folders([str(one), str(two)], 1.5)
        assert not watch.set_folders([str(two), str(one)], 9.0), "these are the same"
        (two / "a").touch()
        assert watch.wait(120) == {str(two / "a")}
        assert watch.set_folders([], 10.0)
        assert watch.wait(0.001) == set()

    def test_waiting_ends_when_it_is_told_to(self, watch: Watch, tmp_path: Path) -> None:
        for folders in ([], [str(tmp_path)]):
            watch.set_folders(folders, len(folders) * 10.0)
            threading.Timer(0.02, watch.stop).start()
            assert watch.wait(60) == set()
            assert watch.is_stopped
            watch._stopped.value = False

    def test_a_signal_handler_can_end_it(self, watch: Watch, tmp_path: Path) -> None:
        watch.set_folders([str(tmp_path)], 0.0)
        before = signal.signal(signal.SIGUSR1, lambda *_: watch.stop())
        try:
            threading.Timer(0.02, os.kill, (os.getpid(), signal.SIGUSR1)).start()
            deadline = time.monotonic() + 180
            while not watch.is_stopped:
                watch.wait(1)
                assert time.monotonic() < deadline
        finally:
            signal.signal(signal.SIGUSR1, before)

    def test_where_the_system_refuses_it_says_so_and_goes_on(
        self, watch: Watch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(*_: object) -> None:
            raise OSError(28, "No space left on device: too many watches")

        with monkeypatch.context() as refusing:
            refusing.setattr(module, "RustNotify", refuse)
            assert watch.set_folders([str(tmp_path)], 0.0)
        assert "too many watches" in watch.problem
        assert (watch.folders, watch.wait(0.001)) == (frozenset(), set())
        assert not watch.set_folders([str(tmp_path)], 30.0), "it is tried again in a minute"
        assert watch.set_folders([str(tmp_path)], 100.0)
        assert watch.problem == ""
        (tmp_path / "a").touch()
        assert watch.wait(120)

    def test_a_network_file_system_is_not_relied_on(
        self, watch: Watch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(module, "is_network", lambda _: True)
        watch.set_folders([str(tmp_path)], 0.0)
        assert watch.folders == frozenset()


class TestFileSystem:
    @pytest.fixture(autouse=True)
    def fresh(self) -> Iterator[None]:
        file_system._kind_of.cache_clear()
        yield
        file_system._kind_of.cache_clear()

    @pytest.mark.parametrize(
        ("kind", "expected"),
        [
            ("nfs4", True),
            ("lustre", True),
            ("fuse.sshfs", True),
            ("ext4", False),
            ("fuseblk", False),
        ],
    )
    def test_its_type_is_in_the_table_of_mounts(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, expected: bool
    ) -> None:
        device = tmp_path.stat().st_dev
        table = tmp_path / "mountinfo"
        table.write_text(
            "21 1 0:99 / /proc rw - proc proc rw\n"
            f"36 35 {os.major(device)}:{os.minor(device)} / / rw master:1 - {kind} x:/y rw\n"
        )
        monkeypatch.setattr(file_system, "_MOUNTS", str(table))
        assert is_network(str(tmp_path)) is expected

    def test_this_one_is_known(self, tmp_path: Path) -> None:
        assert is_network(str(tmp_path)) is False

    def test_where_there_is_no_table(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(file_system, "_MOUNTS", str(tmp_path / "none"))
        assert is_network(str(tmp_path)) is False
        assert is_network(str(tmp_path / "not there")) is False


class TestRunFolder:
    def test_it_is_listed_when_it_has_changed(self, tmp_path: Path) -> None:
        folder, later = RunFolder(tmp_path), time.time() + 100
        assert folder.list_if_changed(0.0, later) == []
        assert folder.list_if_changed(1.0, later) is None
        (tmp_path / RUN).mkdir()
        (tmp_path / "20261121-221006-0000").mkdir()
        (tmp_path / "something else").mkdir()
        (tmp_path / "20261121-221005-ffff").touch()
        (tmp_path / "20261121-221005-eeee").symlink_to(tmp_path / RUN)
        assert folder.list_if_changed(2.0, later) == ["20261121-221006-0000", RUN]
        assert folder.list_if_changed(3.0, later) is None
        folder.forget()
        assert folder.list_if_changed(4.0, later) is not None

    def test_a_time_of_just_now_is_not_relied_on(self, tmp_path: Path) -> None:
        """Two changes in one tick of the file system's clock have the same time."""
        folder = RunFolder(tmp_path)
        now = tmp_path.stat().st_mtime
        for _ in range(3):
            assert folder.list_if_changed(0.0, now + 1) == []
        assert folder.list_if_changed(0.0, now + 10) == []
        assert folder.list_if_changed(0.0, now + 11) is None

    def test_now_and_then_in_any_case(self, tmp_path: Path) -> None:
        folder, later = RunFolder(tmp_path), time.time() + 100
        assert folder.list_if_changed(0.0, later) == []
        assert folder.list_if_changed(29.0, later) is None
        assert folder.list_if_changed(31.0, later) == []

    def test_one_that_is_not_there_has_none_and_may_come(self, tmp_path: Path) -> None:
        folder, later = RunFolder(tmp_path / "runs"), time.time() + 100
        assert folder.list_if_changed(0.0, later) == []
        (tmp_path / "runs" / RUN).mkdir(parents=True)
        assert folder.list_if_changed(0.1, later) == [RUN]

    def test_one_that_is_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "runs").touch()
        with pytest.raises(NotADirectoryError):
            RunFolder(tmp_path / "runs").list_if_changed(0.0, 0.0)


def test_a_nudge_is_told_once(tmp_path: Path) -> None:
    state = StateDir(tmp_path / "state").make()
    assert take_nudges(state) == set()
    nudge(state, RUN)
    nudge(state, RUN)
    (state.nudges / "something else").touch()
    assert take_nudges(state) == {RUN}
    assert take_nudges(state) == set()
    with pytest.raises(ValueError, match="no id of a run"):
        nudge(state, "../../etc")
