"""Uploads: what has arrived is there, whatever breaks, and is nobody else's."""

import hashlib
import io
import os
import re
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from submission_lab import killed_at, service, uploaded

from control.runs import quota
from control.runs.errors import Conflict
from control.runs.upload_record import is_upload_id, read_upload, uploads_dir, user_dir
from control.runs.uploads import (
    EXPIRE_DAYS,
    LONGEST_NAME,
    Uploads,
    WrongOffset,
    expire,
    safe_name,
)
from engines.contract.errors import BadData, BadUsage, InputMissing, NotPermitted, Transient


@pytest.fixture
def settings(tmp_path):
    return service(tmp_path)


@pytest.fixture
def uploads(settings):
    return Uploads(settings, "anna")


def nothing(*_: str) -> None:
    """An audit that nobody reads."""


def test_a_file_in_pieces(uploads):
    content = os.urandom(100_000)
    made = uploads.create("calls.vcf.gz", len(content), hashlib.sha256(content).hexdigest())
    assert (made.received, made.is_finished) == (0, False)
    uploads.append(made.id, 0, [content[:10], content[10:500]])
    assert uploads.get(made.id).received == 500
    uploads.append(made.id, 500, [content[500:]])
    done = uploads.finish(made.id)
    assert done.is_finished
    assert done.file.read_bytes() == content
    assert done.file.name == "calls.vcf.gz"
    assert done.file.stat().st_mode & 0o777 == 0o400, "runs hold it by other names"
    assert uploads.finish(made.id) == done, "a second time does no harm"
    assert uploads.all() == [done]


def test_bytes_for_another_place_than_the_end(uploads):
    made = uploads.create("a.bed", 10)
    uploads.append(made.id, 0, [b"12345"])
    for offset in (0, 4, 6, 10**12):
        with pytest.raises(WrongOffset) as told:
            uploads.append(made.id, offset, [b"x"])
        assert told.value.offset == 5
        assert told.value.hint == "go on at byte 5"
    with pytest.raises(WrongOffset) as told:
        uploads.finish(made.id)
    assert told.value.offset == 5
    assert uploads.get(made.id).received == 5


def test_more_bytes_than_were_announced(uploads):
    made = uploads.create("a.bed", 4)
    with pytest.raises(BadData, match="more than the 4 bytes that were announced"):
        uploads.append(made.id, 0, [b"123", b"456"])
    assert made.part.read_bytes() == b"1234"


def test_a_checksum_that_is_another(uploads):
    made = uploads.create("a.bed", 3, hashlib.sha256(b"abc").hexdigest().upper())
    uploads.append(made.id, 0, [b"abd"])
    with pytest.raises(BadData, match=r"its SHA-256 is a52d159f262b2c6ddb72"):
        uploads.finish(made.id)
    assert not uploads.get(made.id).is_finished
    other = uploads.create("a.bed", 3)
    uploads.append(other.id, 0, [b"abd"])
    with pytest.raises(BadData):
        uploads.finish(other.id, hashlib.sha256(b"abc").hexdigest())
    assert uploads.finish(other.id, hashlib.sha256(b"abd").hexdigest()).is_finished
    with pytest.raises(BadUsage, match="no SHA-256"):
        uploads.finish(made.id, "xyz")


def test_what_cannot_be_announced(tmp_path):
    uploads = Uploads(service(tmp_path, upload_gb=1), "anna")
    for size in (0, -1):
        with pytest.raises(BadUsage) as told:
            uploads.create("a.vcf", size)
        assert told.value.hint == "an empty file is no input"
    with pytest.raises(BadUsage, match=r"1.50 GB, and the most is 1 GB"):
        uploads.create("a.vcf", 1_500_000_000)
    with pytest.raises(BadUsage, match="no SHA-256"):
        uploads.create("a.vcf", 1, "abc")
    assert uploads.all() == []


@pytest.mark.parametrize(
    "given, taken",
    [
        ("calls.vcf.gz", "calls.vcf.gz"),
        ("C:\\data\\My Calls.VCF.GZ", "My_Calls.vcf.gz"),
        ("../../etc/x.bed", "x.bed"),
        ("Müller Ångström.g.vcf", "Muller_Angstrom.g.vcf"),
        (".hidden.tsv", "hidden.tsv"),
        ("-rf.fasta", "rf.fasta"),
        ("a.fa.gz.gzi", "a.fa.gz.gzi"),
        ("reads_R1.fastq.gz", "reads_R1.fastq.gz"),
        ("deaths.JSON", "deaths.json"),
        ("upload.json", "file-upload.json"),
    ],
)
def test_names(given, taken):
    assert safe_name(given) == taken


@pytest.mark.parametrize(
    "name", ["", "x", ".vcf", "///.vcf", "a.zip", "a.rda", "a.vcf.sh", "a.vcf\n", "日.vcf"]
)
def test_names_that_are_none(name):
    with pytest.raises(BadUsage):
        safe_name(name)


@given(st.text(max_size=300) | st.from_regex(r"[./\\\x00-\x7f]*\.vcf(\.gz)?"))
@example("a" * 500 + ".vcf.gz")
@example("..vcf")
@example("UPLOAD.json")
def test_every_name_that_is_taken_is_safe(name):
    try:
        safe = safe_name(name)
    except BadUsage:
        return
    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._+-]*", safe)
    assert len(safe) <= LONGEST_NAME
    assert safe_name(safe) == safe
    assert safe not in ("part", "upload.json", "lock")


@given(st.text(max_size=40) | st.sampled_from(["..", "../ben", "lock", "0" * 16 + "\n"]))
def test_only_an_id_is_looked_up(id):
    if not is_upload_id(id):
        with pytest.raises(InputMissing):
            Uploads(service(Path(os.sep)), "anna").get(id)


@given(st.text(max_size=50), st.text(max_size=50))
def test_every_user_has_a_folder_below_that_of_all(one, other):
    settings = service(Path(os.sep))
    folder = user_dir(settings, one)
    assert folder.parent == uploads_dir(settings)
    assert re.fullmatch(r"[0-9a-f]{32}", folder.name)
    assert (folder == user_dir(settings, other)) == (one == other)


def test_the_uploads_of_others_are_not_there(settings, uploads):
    made = uploads.create("a.bed", 3)
    other = Uploads(settings, "ben")
    assert other.all() == []
    for attempt in (other.get, other.finish, other.remove, lambda id: other.append(id, 0, [b"x"])):
        with pytest.raises(InputMissing, match="there is no upload"):
            attempt(made.id)
    assert uploads.get(made.id).received == 0


def test_one_at_a_time(uploads):
    made = uploads.create("a.bed", 100)
    arrived, go_on = threading.Event(), threading.Event()

    def slowly():
        yield b"12345"
        arrived.set()
        assert go_on.wait(60)
        yield b"67890"

    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(uploads.append, made.id, 0, slowly())
        assert arrived.wait(60)
        for attempt in (
            lambda: uploads.append(made.id, 5, [b"x"]),
            lambda: uploads.remove(made.id),
        ):
            with pytest.raises(Conflict, match="busy with another request"):
                attempt()
        go_on.set()
        first.result()
    assert uploads.get(made.id).part.read_bytes() == b"1234567890"


def test_a_broken_connection_leaves_what_has_arrived(uploads):
    made = uploads.create("a.bed", 100)

    def broken():
        yield b"12345"
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        uploads.append(made.id, 0, broken())
    assert uploads.append(made.id, 5, [b"6"]).received == 6


def test_a_kill_leaves_what_has_arrived(uploads):
    made = uploads.create("a.bed", 1000)
    ready, tell = os.pipe()
    child = os.fork()
    if child == 0:

        def blocks():
            while True:
                yield b"12345"
                os.write(tell, b".")

        try:
            uploads.append(made.id, 0, blocks())
        finally:
            os._exit(0)
    os.read(ready, 1)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    there = uploads.get(made.id).received
    assert there == made.part.stat().st_size
    assert there % 5 == 0
    assert 0 < there <= 1000
    uploads.append(made.id, there, [b"x" * (1000 - there)])
    assert uploads.finish(made.id).is_finished


def test_killed_at_every_change_it_is_finished_or_not(settings, uploads):
    changes = {"os": ["mkdir", "rename", "chmod"]}
    step = 0
    while killed_at(step, lambda: uploaded(settings, "anna", "a.vcf", b"abc"), changes):
        for upload in uploads.all():
            assert upload.is_finished == upload.file.exists() == (not upload.part.exists())
            assert not upload.is_finished or upload.file.read_bytes() == b"abc"
        step += 1
    assert step > 4
    for upload in uploads.all():
        if upload.received == 0:
            uploads.append(upload.id, 0, [b"abc"])
        assert uploads.finish(upload.id).is_finished


def test_a_full_disk_is_said_and_passes(uploads, monkeypatch):
    made = uploads.create("a.bed", 10)
    uploads.append(made.id, 0, [b"123"])
    monkeypatch.setattr("control.runs.uploads._write_all", _full)
    with pytest.raises(Transient, match="No space left") as told:
        uploads.append(made.id, 3, [b"4567890"])
    assert told.value.hint == "what has arrived is kept; go on later"
    monkeypatch.undo()
    assert uploads.append(made.id, 3, [b"4567890"]).received == 10


def _full(*_: object) -> None:
    raise OSError(28, "No space left on device")


def test_the_quota_counts_what_was_announced(tmp_path):
    settings = service(tmp_path, limits_per_user={"storage_gb": 1e-6}, limits={"storage_gb": 2e-6})
    anna, ben = Uploads(settings, "anna"), Uploads(settings, "ben")
    made = anna.create("a.vcf", 600)
    with pytest.raises(NotPermitted, match=r"of your 1e-06 GB are used; this needs 0.00 GB more"):
        anna.create("b.vcf", 500)
    anna.create("b.vcf", 400)
    ben.create("a.vcf", 900)
    with pytest.raises(NotPermitted, match="the service's 2e-06 GB"):
        Uploads(settings, "cleo").create("a.vcf", 200)
    anna.remove(made.id)
    assert quota.used(settings, "anna") == 400
    assert quota.used(settings) == 1300


def test_at_once_nobody_passes_the_quota(tmp_path):
    settings = service(tmp_path, limits_per_user={"storage_gb": 1e-6})

    def create(_: int) -> bool:
        try:
            Uploads(settings, "anna").create("a.vcf", 300)
        except NotPermitted:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(create, range(12))) == 3


def test_unfinished_ones_expire(settings, uploads):
    done = uploaded(settings, "anna", "done.vcf", b"x")
    begun = uploads.create("begun.vcf", 10)
    leftover = begun.folder.with_name(".0123456789abcdef")
    leftover.mkdir()
    told: list[tuple[str, ...]] = []
    now = begun.part.stat().st_mtime
    expire(settings, lambda *row: told.append(row), now + (EXPIRE_DAYS - 1) * 86400)
    assert (uploads.get(begun.id), told) == (begun, [])
    assert leftover.exists()
    expire(settings, lambda *row: told.append(row), now + (EXPIRE_DAYS + 1) * 86400)
    assert told == [("upload.expire", begun.id, "begun.vcf of anna, not finished")]
    assert uploads.all() == [done]
    assert not leftover.exists()
    expire(service(settings.state / "nowhere"), nothing)


def test_attachments_that_their_owner_has_removed_are_just_gone(uploads, tmp_path):
    files = {name: io.BytesIO(b"x") for name in ("a.txt", "b.txt")}
    with uploads.attached(files, nothing) as named:
        removed, held = (each.removeprefix("upload:") for each in named.values())
        uploads.remove(removed)
        os.link(uploads.get(held).file, tmp_path / "held by a run")
    assert uploads.all() == []


def test_what_is_removed_is_gone(settings, uploads):
    made = uploaded(settings, "anna", "a.vcf", b"x")
    uploads.remove(made.id)
    with pytest.raises(InputMissing):
        uploads.get(made.id)
    assert os.listdir(user_dir(settings, "anna")) == ["lock"]
    assert read_upload(made.folder) is None
