"""Transfers against a store that fails in every way we know."""

import base64
import hashlib
import json
import zlib

import pytest
from fetch_lab import PART
from range_store import Fault

from engines.contract.errors import BadData, CannotWrite, InputMissing, NotPermitted, Transient
from engines.fetch.items import Access, Manner
from engines.fetch.names import STATE

DATA = bytes(range(256)) * 1500 + b"the end"  # 384,007 bytes: six parts
BIG = "/bucket/run/S1.bam"


def left(lab):
    """What is in the folder of unfinished parts."""
    folder = lab.into / STATE / "parts"
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_large_and_small_and_empty_files_arrive_verified(lab):
    lab.store.put(BIG, DATA)
    lab.store.put("/bucket/run/sub/small.csv", b"a,b\n")
    lab.store.put("/bucket/run/empty.txt", b"")
    data = lab.fetch("s3://bucket/run/")
    assert lab.read("S1.bam") == DATA
    assert lab.read("sub/small.csv") == b"a,b\n"
    assert lab.read("empty.txt") == b""
    assert [row["verified"] for row in data["files"]] == [["md5 (the ETag)"]] * 3
    assert data["totals"]["bytes_moved"] == lab.store.sent[BIG] + 4 == len(DATA) + 4
    assert any("1 of the files have no bytes" in note for note in data["notes"])
    assert left(lab) == []


def test_the_second_call_moves_nothing_and_a_changed_object_is_fetched_again(lab, capsys):
    lab.store.put(BIG, DATA)
    lab.fetch("s3://bucket/run/")
    again = lab.fetch("s3://bucket/run/")
    assert again["totals"]["here_already"] == 1
    assert again["totals"]["bytes_moved"] == 0
    assert lab.store.sent[BIG] == len(DATA)
    lab.store.put(BIG, DATA[::-1])
    assert lab.fetch("s3://bucket/run/")["totals"]["fetched"] == 1
    assert lab.read("S1.bam") == DATA[::-1]
    assert "the source has another one now" in capsys.readouterr().err


def test_a_file_that_somebody_changed_is_not_replaced_in_silence(lab):
    lab.store.put(BIG, DATA)
    lab.into.mkdir()
    (lab.into / "S1.bam").write_bytes(b"mine")
    with pytest.raises(CannotWrite, match="is there already"):
        lab.fetch("s3://bucket/run/")
    assert lab.read("S1.bam") == b"mine"
    lab.fetch("s3://bucket/run/", manner=Manner(overwrite=True))
    assert lab.read("S1.bam") == DATA


@pytest.mark.parametrize("fault", [Fault(cut=30_000), Fault(short=30_000)])
def test_a_part_that_breaks_off_goes_on_where_it_broke(lab, fault):
    lab.store.put(BIG, DATA)
    lab.store.fail(BIG, fault)
    lab.fetch("s3://bucket/run/")
    assert lab.read("S1.bam") == DATA
    # a reset may take what was on its way with it, an orderly end takes nothing
    assert lab.store.sent[BIG] <= len(DATA) + (30_000 if fault.cut else 0)


def test_a_busy_store_is_asked_later_and_as_late_as_it_wants(lab):
    lab.store.put(BIG, b"data")
    lab.store.fail(
        BIG, Fault(503, "SlowDown"), Fault(503, "SlowDown", headers={"Retry-After": "7"})
    )
    lab.fetch("s3://bucket/run/")
    assert lab.read("S1.bam") == b"data"
    assert 0.5 <= lab.waits[0] <= 1
    assert lab.waits[1] == 7


def test_patience_ends_and_what_is_here_is_kept(lab):
    lab.store.put(BIG, DATA)
    lab.store.fail(BIG, *[Fault(500)] * 40)
    with pytest.raises(Transient, match="4 times in a row"):
        lab.fetch("s3://bucket/run/", manner=Manner(connections=1, part_size=PART))
    lab.store._faults.clear()
    lab.fetch("s3://bucket/run/", manner=Manner(connections=1, part_size=PART))
    assert lab.read("S1.bam") == DATA


def test_an_object_that_changes_under_way_starts_again(lab, capsys):
    lab.store.put(BIG, DATA)
    new = b"x" + DATA[::-1]
    lab.store.fail(BIG, Fault(), Fault(), Fault(before=lambda: lab.store.put(BIG, new) and None))
    lab.fetch("s3://bucket/run/")
    assert lab.read("S1.bam") == new
    assert "starts again from byte 0" in capsys.readouterr().err


def test_an_object_that_goes_while_it_changes_keeps_no_other_from_coming(lab):
    lab.store.put(BIG, DATA)
    lab.store.put("/bucket/run/other", b"fine")
    lab.store.fail(
        BIG, Fault(), Fault(412, before=lambda: lab.store.objects.pop(BIG, None) and None)
    )
    with pytest.raises(InputMissing, match="404"):
        lab.fetch("s3://bucket/run/")
    assert lab.read("other") == b"fine"


def test_no_store_at_all_is_transient(lab):
    lab.store.close()
    with pytest.raises(Transient) as failure:
        lab.fetch("s3://bucket/run/")
    assert failure.value.code == 75
    assert len(lab.waits) == 3


def test_an_object_that_always_changes_is_given_up(lab):
    number = iter(range(1000))

    def change():
        lab.store.put(BIG, bytes([next(number) % 256]) * len(DATA))

    lab.store.put(BIG, DATA)
    lab.store.fail(BIG, *[Fault(before=change)] * 100)
    with pytest.raises(Transient, match="keeps changing"):
        lab.fetch("s3://bucket/run/")


def test_wrong_bytes_are_fetched_once_more(lab, capsys):
    lab.store.put(BIG, DATA)
    lab.store.fail(BIG, Fault(flip=5))
    lab.fetch("s3://bucket/run/", manner=Manner(connections=1, part_size=PART))
    assert lab.read("S1.bam") == DATA
    assert "fetched once more" in capsys.readouterr().err


def test_wrong_bytes_twice_are_an_error_and_the_others_come(lab):
    wrong = lab.store.put(BIG, DATA)
    wrong.etag = f'"{"0" * 32}"'
    lab.store.put("/bucket/run/other", b"fine")
    with pytest.raises(BadData, match=r"md5 is .*, but 0+ by the ETag, twice"):
        lab.fetch("s3://bucket/run/")
    assert lab.read("other") == b"fine"
    assert not (lab.into / "S1.bam").exists()
    assert left(lab) == []
    data = json.loads((lab.folder / "fetch.summary.json").read_text())
    assert [(row["name"], row["code"]) for row in data["failed"]] == [("S1.bam", 65)]


def test_an_object_that_is_gone_after_the_listing(lab):
    lab.store.put(BIG, b"1")
    lab.store.put("/bucket/run/other", b"fine")
    lab.store.fail(BIG, Fault(404, "NoSuchKey"))
    with pytest.raises(InputMissing, match="404 NoSuchKey"):
        lab.fetch("s3://bucket/run/")
    assert lab.read("other") == b"fine"


@pytest.mark.parametrize(
    ("fault", "message", "hint"),
    [
        (Fault(400, "ExpiredToken"), "credentials have expired", "goes on from there"),
        (Fault(403, "AccessDenied"), "403 AccessDenied", "--requester-pays"),
        (Fault(403, "InvalidAccessKeyId"), "credentials are wrong", "get new ones"),
    ],
)
def test_refusals_say_what_to_do(lab, fault, message, hint):
    lab.store.put(BIG, b"1")
    lab.store.fail(BIG, fault)
    with pytest.raises(NotPermitted, match=message) as failure:
        lab.fetch("s3://bucket/run/")
    assert failure.value.code == 77
    assert hint in failure.value.hint


def test_a_key_of_kms_that_may_not_be_used(lab, monkeypatch):
    lab.store.put(BIG, b"1")
    lab.store.fail(BIG, Fault(403, "AccessDenied", message="not authorized: kms:Decrypt"))
    with pytest.raises(NotPermitted) as failure:
        lab.fetch("s3://bucket/run/")
    assert "kms:Decrypt" in failure.value.hint


def test_the_etag_of_an_encrypted_object_is_no_md5(lab):
    thing = lab.store.put(BIG, DATA)
    thing.etag = f'"{"0" * 32}"'
    thing.headers["x-amz-server-side-encryption"] = "aws:kms"
    data = lab.fetch("s3://bucket/run/")
    assert data["files"][0]["verified"] == []
    assert data["files"][0]["checksums"] == {"sha256": hashlib.sha256(DATA).hexdigest()}
    assert any("only the size" in note for note in data["notes"])


def test_multipart_etag(lab):
    lab.store.put(BIG, DATA, part_size=100_000)
    assert lab.fetch("s3://bucket/run/")["files"][0]["verified"] == ["md5 (the ETag, 4 parts)"]


def test_checksum_headers(lab):
    kinds = {
        "crc32": zlib.crc32(DATA).to_bytes(4, "big"),
        "sha256": hashlib.sha256(DATA).digest(),
    }
    for kind, digest in kinds.items():
        thing = lab.store.put(f"/bucket/run/{kind}", DATA)
        thing.etag = '"opaque"'
        thing.headers[f"x-amz-checksum-{kind}"] = base64.b64encode(digest).decode()
    files = lab.fetch("s3://bucket/run/")["files"]
    assert [row["verified"] for row in files] == [["crc32 (the store)"], ["sha256 (the store)"]]


def test_a_sidecar_decides(lab):
    lab.store.put(BIG, DATA).etag = '"opaque"'
    lab.store.put(f"{BIG}.md5", f"{hashlib.md5(DATA).hexdigest()}  S1.bam\n".encode())
    data = lab.fetch("s3://bucket/run/")
    assert data["files"][0]["verified"] == ["md5 (S1.bam.md5)"]
    lab.store.put(f"{BIG}.md5", b"0" * 32)
    lab.store.put(BIG, DATA[::-1]).etag = '"another"'
    with pytest.raises(BadData, match=r"by S1.bam.md5, twice"):
        lab.fetch("s3://bucket/run/")


def test_unsigned_and_requester_pays(lab):
    lab.store.put(BIG, DATA)
    lab.fetch("s3://bucket/run/", access=Access(unsigned=True, requester_pays=True))
    for request in lab.store.requests(BIG):
        assert "authorization" not in request.headers
        assert request.headers["x-amz-request-payer"] == "requester"
