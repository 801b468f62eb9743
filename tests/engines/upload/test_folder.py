"""To a folder: the same rules as in a bucket."""

import errno
import hashlib
import json
import os
from pathlib import Path

import jsonschema
import pytest

from engines.contract.errors import BadUsage, CannotWrite, Transient
from engines.upload import folder_target, session
from engines.upload.items import Altered

SCHEMA = Path(__file__).parents[3] / "workflow" / "schemas" / "upload.summary.schema.json"


@pytest.fixture
def shelf(lab):
    """Upload to a folder; what is there."""

    class Shelf:
        folder = lab.base / "shelf" / "run 7"

        def upload(self, **more):
            return lab.upload(to=f"file://{str(self.folder).replace(' ', '%20')}", **more)

        def files(self):
            found = (path for path in self.folder.rglob("*") if path.is_file())
            return {p.relative_to(self.folder).as_posix(): p.read_bytes() for p in found}

    return Shelf()


def test_files_are_copied_once(lab, shelf):
    lab.write("sub/a b.txt", b"1")
    lab.write("big", b"2" * (3 << 20))
    data = shelf.upload()
    assert shelf.files() == {"sub/a b.txt": b"1", "big": b"2" * (3 << 20)}
    jsonschema.validate(data, json.loads(SCHEMA.read_text()))
    rows = {row["name"]: row for row in data["files"]}
    assert rows["sub/a b.txt"]["sha256"] == hashlib.sha256(b"1").hexdigest()
    assert rows["big"]["verified"] == ["sha256 (read back)"]
    inode = (shelf.folder / "big").stat().st_ino
    assert shelf.upload()["totals"]["there_already"] == 2
    assert (shelf.folder / "big").stat().st_ino == inode
    assert lab.journals() == []


def test_other_content_is_named_and_nothing_is_copied(lab, shelf):
    lab.write("a", b"mine")
    lab.write("b", b"new")
    shelf.folder.mkdir(parents=True)
    (shelf.folder / "a").write_bytes(b"else")
    reader = open(shelf.folder / "a", "rb")  # noqa: SIM115
    with pytest.raises(CannotWrite, match="nothing was sent"):
        shelf.upload()
    assert shelf.files() == {"a": b"else"}
    assert shelf.upload(manner={"replace": True})["totals"]["replaced"] == 1
    assert shelf.files() == {"a": b"mine", "b": b"new"}
    with reader:
        assert reader.read() == b"else"  # whoever reads the old one reads all of it


@pytest.mark.parametrize(("theirs", "outcome"), [(b"else", 0), (b"mine", 1)])
def test_what_appears_in_the_meantime_is_not_overwritten(lab, shelf, monkeypatch, theirs, outcome):
    lab.write("a", b"mine")
    copy = folder_target.FolderTarget._copy

    def copy_late(self, file, scratch):
        (shelf.folder / "a").write_bytes(theirs)
        return copy(self, file, scratch)

    monkeypatch.setattr(folder_target.FolderTarget, "_copy", copy_late)
    if outcome:
        assert shelf.upload()["totals"]["there_already"] == 1
    else:
        with pytest.raises(CannotWrite, match="somebody else"):
            shelf.upload()
    assert [path.name for path in shelf.folder.iterdir()] == ["a"]
    assert shelf.files() == {"a": theirs}


def test_a_file_that_changes_is_refused_and_leaves_nothing(lab, shelf, monkeypatch):
    path = lab.write("a", b"one")
    place = session.FolderTarget.place

    def change(self, *arguments):
        path.write_bytes(b"two, longer")
        return place(self, *arguments)

    monkeypatch.setattr(session.FolderTarget, "place", change)
    with pytest.raises(Altered):
        shelf.upload()
    assert list(shelf.folder.iterdir()) == []


def test_a_full_disk_is_transient_and_leaves_nothing(lab, shelf, monkeypatch):
    lab.write("a", b"one")

    sync = os.fsync

    def full(fd):
        monkeypatch.setattr(folder_target.os, "fsync", sync)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(folder_target.os, "fsync", full)
    with pytest.raises(Transient, match="No space left"):
        shelf.upload()
    assert list(shelf.folder.iterdir()) == []


def test_without_hard_links_a_file_still_appears_at_once(lab, shelf, monkeypatch):
    lab.write("a", b"one")

    def refuse(*_):
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(folder_target.os, "link", refuse)
    assert shelf.upload()["totals"]["sent"] == 1
    assert shelf.files() == {"a": b"one"}


def test_a_folder_where_a_file_belongs_and_the_other_way_round(lab, shelf):
    lab.write("a", b"1")
    (shelf.folder / "a").mkdir(parents=True)
    with pytest.raises(CannotWrite, match="is no file"):
        shelf.upload()
    (shelf.folder / "a").rmdir()
    (shelf.folder / "a").write_bytes(b"1")
    lab.write("a2/b", b"1")
    (shelf.folder / "a2").write_bytes(b"1")
    with pytest.raises(CannotWrite):
        shelf.upload()


@pytest.mark.parametrize("to", ["file://relative/x", "file://{folder}/in", "file://{base}"])
def test_targets_that_make_no_sense(lab, to):
    lab.write("a", b"1")
    with pytest.raises(BadUsage):
        lab.upload(to=to.format(folder=lab.folder, base=lab.base))
