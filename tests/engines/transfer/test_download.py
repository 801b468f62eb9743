"""Downloads over a server that fails in every way we know."""

import gzip
import hashlib
import json
from email.utils import formatdate
from pathlib import Path
from time import time

import pytest
from fault_server import Answer, FaultServer

from engines.contract.errors import (
    BadData,
    BadUsage,
    EngineError,
    InputMissing,
    NotPermitted,
    Transient,
    Unavailable,
)
from engines.transfer.download import download
from engines.transfer.verify import Expected

DATA = bytes(range(256)) * 2000  # 512,000 bytes
CHROMOSOME = b"chr1\t10\t20\n" * 1000


def left(folder: Path) -> list[str]:
    """All files below a folder."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def get(server, tmp_path, waits, data=DATA, expected=None, name="data.bin", **options):
    """Fetch ``/data`` from the server."""
    server.files.setdefault("/data", data)
    target = tmp_path / "out" / name
    known = expected or Expected()
    found = download(
        f"{server.url}/data",
        target,
        known,
        scratch=tmp_path / "scratch",
        patience=waits.patience,
        **options,
    )
    return target, found


def test_a_file_arrives_whole_with_its_digests_and_leaves_no_part(server, tmp_path, waits):
    target, found = get(server, tmp_path, waits)
    assert target.read_bytes() == DATA
    assert found.bytes == 512_000
    assert found.md5 == hashlib.md5(DATA).hexdigest()
    assert found.sha256 == hashlib.sha256(DATA).hexdigest()
    assert left(tmp_path) == ["out/data.bin"]


def test_progress_counts_the_bytes(server, tmp_path, waits, capsys):
    get(server, tmp_path, waits)
    lines = [json.loads(x) for x in capsys.readouterr().err.splitlines() if x.startswith("{")]
    fetching = [line["data"] for line in lines if line["data"]["stage"] == "fetching data.bin"]
    assert fetching[-1]["done"] == fetching[-1]["total"] == 512_000
    assert fetching[-1]["unit"] == "bytes"
    assert fetching[-1]["progress"] == 100


def test_a_dropped_connection_goes_on_where_it_stopped(server, tmp_path, waits):
    server.fail("/data", Answer(cut=200_000))
    target, _ = get(server, tmp_path, waits)
    assert target.read_bytes() == DATA
    first, second = server.requests("/data")
    assert first.range is None
    assert second.range == "bytes=200000-"
    assert second.if_range == server.etag(DATA)


def test_drops_with_progress_in_between_never_use_up_the_patience(server, tmp_path, waits):
    server.fail("/data", *[Answer(cut=20_000) for _ in range(20)])
    target, _ = get(server, tmp_path, waits)
    assert target.read_bytes() == DATA
    assert len(waits.seconds) == 20


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_busy_server_is_asked_again_after_a_growing_wait(server, tmp_path, waits, status):
    server.fail("/data", Answer(status=status), Answer(status=status), Answer(status=status))
    target, _ = get(server, tmp_path, waits)
    assert target.read_bytes() == DATA
    for wait, usual in zip(waits.seconds, [1, 2, 4], strict=True):
        assert usual / 2 <= wait <= usual


def test_retry_after_is_honoured_in_seconds_and_as_a_date(server, tmp_path, waits):
    soon = formatdate(time() + 100, usegmt=True)
    server.fail("/data", Answer(status=503, headers={"Retry-After": "7"}))
    server.fail("/data", Answer(status=429, headers={"Retry-After": soon}))
    get(server, tmp_path, waits)
    assert waits.seconds[0] == 7
    assert 60 < waits.seconds[1] <= 100


def test_a_server_that_asks_for_too_much_patience_is_left_alone(server, tmp_path, waits):
    server.fail("/data", Answer(status=503, headers={"Retry-After": "3600"}))
    with pytest.raises(Transient, match="come back in 3600 s"):
        get(server, tmp_path, waits)
    assert waits.seconds == []


def test_patience_ends_and_what_arrived_is_kept_for_the_next_time(server, tmp_path, waits):
    server.fail("/data", Answer(cut=100_000), *[Answer(status=500)] * 3)
    with pytest.raises(Transient, match="4 times in a row") as failure:
        get(server, tmp_path, waits)
    assert failure.value.code == 75
    assert left(tmp_path) == ["scratch/data.bin.part", "scratch/data.bin.part.json"]
    target, _ = get(server, tmp_path, waits)
    assert target.read_bytes() == DATA
    assert server.seen[-1].range == "bytes=100000-"
    assert left(tmp_path) == ["out/data.bin"]


def test_a_complete_part_is_taken_without_asking_again(server, tmp_path, waits):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    note = {"url": f"{server.url}/data", "validator": '"x"', "size": len(DATA)}
    (scratch / "data.bin.part").write_bytes(DATA)
    (scratch / "data.bin.part.json").write_text(json.dumps(note))
    target, _ = get(server, tmp_path, waits)
    assert target.read_bytes() == DATA
    assert server.seen == []


@pytest.mark.parametrize(
    "note", [None, "no json", "[]", '{"url": "http://elsewhere/data", "validator": "v", "size": 9}']
)
def test_a_part_that_is_not_surely_of_this_object_is_not_used(server, tmp_path, waits, note):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    (scratch / "data.bin.part").write_bytes(b"x" * 1000)
    if note is not None:
        (scratch / "data.bin.part.json").write_text(note)
    target, _ = get(server, tmp_path, waits)
    assert target.read_bytes() == DATA
    assert [seen.range for seen in server.seen] == [None]


def test_an_object_that_changed_in_the_middle_starts_again(server, tmp_path, waits, capsys):
    new = DATA[::-1]
    server.fail("/data", Answer(cut=200_000))
    server.fail("/data", Answer(before=lambda: server.files.update({"/data": new})))
    target, _ = get(server, tmp_path, waits)
    assert target.read_bytes() == new
    assert "starts again from byte 0" in capsys.readouterr().err


def test_a_server_that_ignores_if_range_cannot_mix_two_objects(server, tmp_path, waits):
    new = DATA[::-1]
    server.fail("/data", Answer(cut=200_000))
    change = Answer(careless=True, before=lambda: server.files.update({"/data": new}))
    server.fail("/data", change)
    target, _ = get(server, tmp_path, waits)
    assert target.read_bytes() == new


def test_a_part_of_an_object_of_another_size_is_not_continued(server, tmp_path, waits):
    """The same date of change, another size: the date alone is no proof."""
    server.etag = lambda body: ""
    date = {"Last-Modified": "Sat, 21 Nov 2026 10:00:00 GMT"}
    server.fail("/data", Answer(cut=200_000, headers=date))
    longer = Answer(
        careless=True, headers=date, before=lambda: server.files.update({"/data": DATA * 2})
    )
    server.fail("/data", longer)
    target, _ = get(server, tmp_path, waits)
    assert target.read_bytes() == DATA * 2


def test_an_object_that_became_shorter_starts_again(server, tmp_path, waits):
    server.fail("/data", Answer(cut=200_000))
    server.fail("/data", Answer(status=416, before=lambda: server.files.update({"/data": b"new"})))
    target, _ = get(server, tmp_path, waits)
    assert target.read_bytes() == b"new"


def test_an_object_that_always_changes_does_not_go_on_for_ever(server, tmp_path, waits):
    number = iter(range(100))

    def change() -> None:
        server.files["/data"] = bytes([next(number)]) * 512_000

    server.fail("/data", *[Answer(cut=100_000, before=change) for _ in range(50)])
    with pytest.raises(Transient):
        get(server, tmp_path, waits)
    assert len(server.seen) < 10


def test_a_server_without_ranges_starts_again(server, tmp_path, waits):
    server.fail("/data", Answer(cut=200_000), Answer(whole=True))
    target, _ = get(server, tmp_path, waits)
    assert target.read_bytes() == DATA


def test_a_wrong_content_range_is_not_believed(server, tmp_path, waits):
    wrong = {"Content-Range": "bytes 5-511999/512000"}
    server.fail("/data", Answer(cut=200_000), Answer(headers=wrong))
    target, _ = get(server, tmp_path, waits)
    assert target.read_bytes() == DATA


@pytest.mark.parametrize("etag", ["", 'W/"weak"'])
def test_without_a_strong_validator_nothing_is_resumed(server, tmp_path, waits, etag):
    server.etag = lambda body: etag
    server.fail("/data", Answer(cut=200_000))
    target, _ = get(server, tmp_path, waits)
    assert target.read_bytes() == DATA
    assert [seen.range for seen in server.seen] == [None, None]


def test_the_date_of_change_serves_where_there_is_no_etag(server, tmp_path, waits):
    server.etag = lambda body: ""
    date = {"Last-Modified": "Sat, 21 Nov 2026 10:00:00 GMT"}
    server.fail("/data", Answer(cut=200_000, headers=date), Answer(headers=date))
    get(server, tmp_path, waits)
    assert server.seen[1].if_range == date["Last-Modified"]


# --- what must not get through ------------------------------------------------


def refused(server, tmp_path, waits, error, words, **options):
    """The download ends in ``error`` and leaves nothing at all."""
    with pytest.raises(error, match=words) as failure:
        get(server, tmp_path, waits, **options)
    assert left(tmp_path) == []
    return failure.value


def test_an_empty_file(server, tmp_path, waits):
    refused(server, tmp_path, waits, BadData, "is empty", data=b"")


@pytest.mark.parametrize(
    "page",
    [b"<!DOCTYPE html><html>sign in</html>", b"\n <HTML><body>", b'<?xml version="1.0"?><Error/>'],
)
def test_a_web_page_in_place_of_data(server, tmp_path, waits, page):
    error = refused(server, tmp_path, waits, BadData, "is a web page, not data", data=page)
    assert "proxy" in error.hint


def test_a_web_page_that_is_wanted_is_data(server, tmp_path, waits):
    target, _ = get(server, tmp_path, waits, data=b"<html></html>", name="report.html")
    assert target.exists()


def test_a_wrong_size_is_found_before_anything_is_fetched(server, tmp_path, waits):
    expected = Expected(bytes=1000, hint="ask them")
    words = "has 512000 bytes, but 1000 by the catalogue"
    error = refused(server, tmp_path, waits, BadData, words, expected=expected)
    assert error.hint == "ask them"


@pytest.mark.parametrize("kind", ["md5", "sha256"])
def test_a_wrong_checksum(server, tmp_path, waits, kind):
    expected = Expected(**{kind: "0" * 32})
    refused(server, tmp_path, waits, BadData, f"{kind} is .* but 0+", expected=expected)


def test_the_right_checksums_pass(server, tmp_path, waits):
    md5, sha256 = hashlib.md5(DATA).hexdigest(), hashlib.sha256(DATA).hexdigest()
    target, _ = get(server, tmp_path, waits, expected=Expected(len(DATA), md5, sha256))
    assert target.exists()


def test_a_gzip_file_that_is_truncated_at_the_source(server, tmp_path, waits):
    packed = gzip.compress(CHROMOSOME)[:-5]
    refused(server, tmp_path, waits, BadData, "not a complete gzip", data=packed, name="x.bed.gz")


def test_a_gzip_file_that_is_none(server, tmp_path, waits):
    refused(server, tmp_path, waits, BadData, "complete gzip", data=CHROMOSOME, name="x.bed.gz")


def test_bgzf_cut_between_two_blocks_is_truncated_too(server, tmp_path, waits):
    import pysam

    path = tmp_path / "whole.gz"
    with pysam.BGZFile(str(path), "wb") as out:
        out.write(CHROMOSOME)
    packed = path.read_bytes()[:-28]
    path.unlink()
    assert gzip.decompress(packed) == CHROMOSOME  # nothing else would notice
    refused(server, tmp_path, waits, BadData, "end marker", data=packed, name="x.bed.gz")


def test_a_server_that_promises_more_than_it_has(server, tmp_path, waits):
    server.fail("/data", *[Answer(length=600_000)] * 20)
    with pytest.raises(Transient, match="ended after 512000 of"):
        get(server, tmp_path, waits)
    assert not (tmp_path / "out").exists()


def test_a_server_that_promises_less_than_it_has_is_found_by_the_checksum(server, tmp_path, waits):
    server.fail("/data", Answer(length=1000))
    expected = Expected(sha256=hashlib.sha256(DATA).hexdigest())
    refused(server, tmp_path, waits, BadData, "sha256 is", expected=expected)


def test_without_length_and_checksum_a_truncated_file_could_not_be_told(server, tmp_path, waits):
    server.fail("/data", Answer(length=None))
    refused(server, tmp_path, waits, BadData, "does not say how long")


def test_without_length_a_checksum_is_enough(server, tmp_path, waits):
    server.fail("/data", Answer(length=None))
    expected = Expected(md5=hashlib.md5(DATA).hexdigest())
    target, _ = get(server, tmp_path, waits, expected=expected)
    assert target.read_bytes() == DATA


def test_the_callers_check_is_asked_before_the_file_appears(server, tmp_path, waits):
    def check(path: Path) -> None:
        assert path.read_bytes() == DATA
        raise BadData("not what I want")

    refused(server, tmp_path, waits, BadData, "not what I want", check=check)


def test_an_older_file_stays_when_the_new_one_is_bad(server, tmp_path, waits):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "data.bin").write_bytes(b"old")
    with pytest.raises(BadData):
        get(server, tmp_path, waits, data=b"")
    assert (tmp_path / "out" / "data.bin").read_bytes() == b"old"


@pytest.mark.parametrize(
    ("status", "error", "code"),
    [
        (404, InputMissing, 66),
        (410, InputMissing, 66),
        (401, NotPermitted, 77),
        (403, NotPermitted, 77),
        (400, Unavailable, 69),
    ],
)
def test_a_refusal_is_final(server, tmp_path, waits, status, error, code):
    server.fail("/data", Answer(status=status))
    found = refused(server, tmp_path, waits, error, str(status))
    assert (found.code, found.error_class, waits.seconds) == (code, "permanent", [])


def test_nobody_at_home_is_transient(tmp_path, waits):
    server = FaultServer()
    server.close()
    with pytest.raises(Transient, match="no connection"):
        get(server, tmp_path, waits)
    assert len(waits.seconds) == 3


@pytest.mark.parametrize(
    "url",
    ["data.bin", "ftp://host/data", "/tmp/data", "http://host:port/x", "file://host/data"],
)
def test_addresses_that_are_none(tmp_path, waits, url):
    with pytest.raises(BadUsage):
        download(url, tmp_path / "x", patience=waits.patience)
    assert waits.seconds == []


def test_a_password_in_an_address_is_refused_and_not_repeated(tmp_path):
    with pytest.raises(EngineError) as failure:
        download("https://me:s3cret@host/data", tmp_path / "x")
    assert "s3cret" not in failure.value.message + failure.value.hint


# --- file:// ------------------------------------------------------------------


def test_a_local_file_is_copied_and_resumed(tmp_path, capsys):
    source = tmp_path / "a folder" / "data.bin"
    source.parent.mkdir()
    source.write_bytes(DATA)
    status = source.stat()
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    note = {
        "url": source.as_uri(),
        "validator": f"{status.st_size}-{status.st_mtime_ns}-{status.st_ino}",
        "size": status.st_size,
    }
    (scratch / "x.bin.part").write_bytes(DATA[:1000])
    (scratch / "x.bin.part.json").write_text(json.dumps(note))
    download(source.as_uri(), tmp_path / "x.bin", scratch=scratch)
    assert (tmp_path / "x.bin").read_bytes() == DATA
    assert "goes on from byte 1,000" in capsys.readouterr().err


def test_a_local_file_that_is_not_there(tmp_path):
    with pytest.raises(InputMissing, match="no such file"):
        download((tmp_path / "none").as_uri(), tmp_path / "x")
