"""To a bucket: what is sent, what is not sent again, what is refused, what the store proves."""

import hashlib
import json
import random
from pathlib import Path

import boto3
import jsonschema
import pytest
from botocore.config import Config
from upload_lab import PART, Refusal

from engines.contract.errors import (
    BadUsage,
    CannotWrite,
    NotPermitted,
    Transient,
    Unavailable,
)
from engines.upload import session
from engines.upload.items import Altered

SCHEMA = Path(__file__).parents[3] / "workflow" / "schemas" / "upload.summary.schema.json"
BIG = random.Random(3).randbytes(5 * PART + 17)


def test_files_arrive_and_a_second_call_sends_nothing(lab):
    lab.write("report/report.html", b"<p>good</p>")
    lab.write("calls.vcf.gz", BIG)
    lab.write("empty", b"")
    data = lab.upload()
    assert lab.objects() == {
        "run7/report/report.html": b"<p>good</p>",
        "run7/calls.vcf.gz": BIG,
        "run7/empty": b"",
    }
    totals = data["totals"]
    assert (totals["files"], totals["sent"], totals["bytes_sent"]) == (3, 3, len(BIG) + 11)
    rows = {row["name"]: row for row in data["files"]}
    assert all(row["verified"] == ["sha256 (the store)"] for row in rows.values())
    assert rows["calls.vcf.gz"]["sha256"] == hashlib.sha256(BIG).hexdigest()
    assert rows["calls.vcf.gz"]["checksum"].endswith("-6")
    assert rows["calls.vcf.gz"]["etag"].endswith('-6"')
    jsonschema.validate(data, json.loads(SCHEMA.read_text()))
    assert lab.unfinished() == lab.journals() == []

    received = lab.store.received
    again = lab.upload()
    assert lab.store.received == received
    assert (again["totals"]["sent"], again["totals"]["there_already"]) == (0, 3)
    assert [{**row, "sent": True, "verified": 0} for row in again["files"]] == [
        {**row, "verified": 0} for row in data["files"]
    ]


def test_every_object_is_sent_with_a_checksum_and_a_condition(lab):
    lab.write("a.html", b"1")
    lab.write("b.dat", BIG)
    lab.upload()
    puts = [*lab.store.did("put"), *lab.store.did("part")]
    assert len(puts) == 7
    assert all(seen.headers["x-amz-checksum-sha256"] for seen in puts)
    conditional = [*lab.store.did("put"), *lab.store.did("complete")]
    assert [seen.headers.get("if-none-match") for seen in conditional] == ["*", "*"]
    head = lab.store.admin.head_object(Bucket=lab.bucket, Key="run7/a.html")
    assert head["ContentType"] == "text/html"
    assert head["Metadata"]["sha256"] == hashlib.sha256(b"1").hexdigest()


def test_versions_and_encryption_are_recorded_and_asked_for(lab):
    lab.store.admin.put_bucket_versioning(
        Bucket=lab.bucket, VersioningConfiguration={"Status": "Enabled"}
    )
    lab.write("a", b"1")
    lab.write("b", BIG)
    data = lab.upload(manner={"sse": "aws:kms", "kms_key_id": "key-7"})
    for row in data["files"]:
        head = lab.store.admin.head_object(Bucket=lab.bucket, Key=row["key"])
        assert head["VersionId"] == row["version"]
        assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", "key-7")


def test_other_content_is_named_and_nothing_is_sent(lab):
    lab.write("a", b"mine")
    lab.write("b", b"new")
    lab.store.admin.put_object(Bucket=lab.bucket, Key="run7/a", Body=b"else")
    lab.store.seen.clear()
    with pytest.raises(CannotWrite, match=r"1 of the files .* run7/a; nothing was sent") as failure:
        lab.upload()
    assert "--replace" in failure.value.hint
    assert lab.objects() == {"run7/a": b"else"}
    data = lab.upload(manner={"replace": True})
    assert lab.objects() == {"run7/a": b"mine", "run7/b": b"new"}
    assert [(row["name"], row["replaced"]) for row in data["files"]] == [("a", True), ("b", False)]
    assert lab.store.did("put", "run7/a")[0].headers["if-match"]


@pytest.mark.parametrize(
    "extra", [{}, {"ChecksumAlgorithm": "CRC32"}, {"ChecksumAlgorithm": "SHA1"}]
)
def test_what_another_tool_uploaded_is_recognised(lab, extra):
    lab.write("a", b"the same")
    lab.store.admin.put_object(Bucket=lab.bucket, Key="run7/a", Body=b"the same", **extra)
    assert lab.upload()["totals"]["there_already"] == 1


def test_a_multipart_upload_of_another_part_size_is_recognised(lab):
    lab.write("a", BIG)
    lab.upload(manner={"part_size": 2 * PART})
    assert lab.upload()["totals"]["sent"] == 0


def test_without_anything_to_compare_it_counts_as_other_content(lab):
    lab.write("a", b"same")
    old = Config(request_checksum_calculation="when_required")
    client = boto3.client("s3", endpoint_url=lab.store.url, config=old, region_name="us-east-1")
    client.put_object(Bucket=lab.bucket, Key="run7/a", Body=b"same", ServerSideEncryption="aws:kms")
    with pytest.raises(CannotWrite):
        lab.upload()


# --- two at once -------------------------------------------------------------


def put_by_another(lab, key, body):
    def rule(seen):
        if seen.key == key and seen.does in ("put", "complete"):
            lab.store.rule = lambda seen: None
            lab.store.admin.put_object(Bucket=lab.bucket, Key=key, Body=body)

    lab.store.rule = rule


@pytest.mark.parametrize("content", [b"small", BIG])
def test_another_upload_of_other_content_is_not_overwritten(lab, content):
    lab.write("a", content)
    lab.write("b", b"2")
    put_by_another(lab, "run7/a", b"theirs")
    with pytest.raises(CannotWrite, match="somebody else put something else there"):
        lab.upload()
    assert lab.objects() == {"run7/a": b"theirs", "run7/b": b"2"}
    assert lab.unfinished() == lab.journals() == []
    data = json.loads((lab.base / "out" / "upload.summary.json").read_text())
    jsonschema.validate(data, json.loads(SCHEMA.read_text()))
    assert [(row["name"], row["code"]) for row in data["failed"]] == [("a", 73)]


@pytest.mark.parametrize("content", [b"small", BIG])
def test_another_upload_of_the_same_content_is_as_good(lab, content):
    lab.write("a", content)
    put_by_another(lab, "run7/a", content)
    assert lab.upload()["totals"]["there_already"] == 1
    assert lab.unfinished() == lab.journals() == []


def test_what_is_replaced_must_be_what_was_seen(lab):
    lab.write("a", b"mine")
    lab.store.admin.put_object(Bucket=lab.bucket, Key="run7/a", Body=b"old")
    put_by_another(lab, "run7/a", b"theirs")
    with pytest.raises(CannotWrite, match="somebody else"):
        lab.upload(manner={"replace": True})
    assert lab.objects() == {"run7/a": b"theirs"}


def test_a_multipart_upload_that_somebody_aborts_begins_again(lab):
    lab.write("a", BIG)

    def rule(seen):
        if seen.does == "part" and seen.number == 3:
            lab.store.rule = lambda seen: None
            (upload,) = lab.store.admin.list_multipart_uploads(Bucket=lab.bucket)["Uploads"]
            lab.store.admin.abort_multipart_upload(
                Bucket=lab.bucket, Key=upload["Key"], UploadId=upload["UploadId"]
            )

    lab.store.rule = rule
    assert lab.upload()["totals"]["sent"] == 1
    assert lab.objects() == {"run7/a": BIG}
    assert lab.unfinished() == lab.journals() == []


def test_a_store_without_conditions_is_said_to_be_one(lab):
    lab.write("a", b"1")

    def rule(seen):
        return Refusal(501, "NotImplemented") if "if-none-match" in seen.headers else None

    lab.store.rule = rule
    data = lab.upload()
    assert lab.objects() == {"run7/a": b"1"}
    assert any("knows no conditional requests" in note for note in data["notes"])


# --- files that change -------------------------------------------------------


@pytest.mark.parametrize("content", [b"small", BIG])
def test_a_file_that_changes_while_it_is_sent_is_refused(lab, content, monkeypatch):
    path = lab.write("a", content)
    lab.write("b", b"2")
    send = session.S3Target._send

    def change_first(self, file, *rest):
        if file.name == "a":
            path.write_bytes(content[:-1] + b"!")
        return send(self, file, *rest)

    monkeypatch.setattr(session.S3Target, "_send", change_first)
    with pytest.raises(Altered, match="a: was changed"):
        lab.upload()
    assert lab.objects() == {"run7/b": b"2"}
    assert lab.unfinished() == lab.journals() == []


def test_a_change_between_two_parts_leaves_no_parts(lab):
    path = lab.write("a", BIG)

    def rule(seen):
        if seen.does == "part" and seen.number == 1:
            path.write_bytes(BIG[::-1])

    lab.store.rule = rule
    with pytest.raises(Altered):
        lab.upload(manner={"connections": 1})
    assert lab.objects() == {}
    assert lab.unfinished() == lab.journals() == []


# --- refusals ----------------------------------------------------------------


def always(*does, **refusal):
    return lambda seen: Refusal(**refusal) if seen.does in does and seen.is_ours else None


def test_no_bucket(lab):
    lab.write("a", b"1")
    with pytest.raises(CannotWrite, match="no such bucket"):
        lab.upload(to="s3://no-such-bucket-here/x/")


@pytest.mark.parametrize("does", [("list",), ("head", "list", "put", "create"), ("put", "create")])
def test_expired_credentials(lab, does):
    lab.write("a", b"1")
    lab.write("b", BIG)
    lab.store.rule = always(*does, status=400, code="ExpiredToken")
    with pytest.raises(NotPermitted, match="have expired") as failure:
        lab.upload()
    assert "aws sso login" in failure.value.hint


def test_no_permission_to_write(lab):
    for number in range(40):
        lab.write(f"{number}.txt", b"1")
    lab.store.rule = always("put", status=403, code="AccessDenied")
    with pytest.raises(NotPermitted) as failure:
        lab.upload()
    assert "s3:PutObject" in failure.value.hint
    assert len(lab.store.did("put")) < 30  # not one after the other, in vain


def test_no_permission_for_the_key_of_kms(lab):
    lab.write("a", b"1")
    lab.store.rule = always("put", status=403, code="AccessDenied", message="kms:GenerateDataKey")
    with pytest.raises(NotPermitted) as failure:
        lab.upload()
    assert "kms:GenerateDataKey" in failure.value.hint


def test_a_bucket_that_may_only_be_written_to(lab):
    lab.write("a", b"1")
    lab.store.rule = always("head", "list", status=403, code="AccessDenied")
    data = lab.upload()
    assert lab.objects() == {"run7/a": b"1"}
    assert data["files"][0]["verified"] == []
    assert any("may not be read back" in note for note in data["notes"])
    with pytest.raises(CannotWrite, match="may not be read to compare"):
        lab.upload()


def test_a_busy_store_is_asked_later(lab):
    lab.write("a", b"1")
    lab.write("b", BIG)
    left = {"put": 2, "part": 2, "complete": 1, "head": 1, "list": 1}

    def rule(seen):
        if left.get(seen.does, 0):
            left[seen.does] -= 1
            return Refusal(503, "SlowDown")
        return None

    lab.store.rule = rule
    assert lab.upload()["totals"]["sent"] == 2
    assert not any(left.values())
    assert len(lab.waits) == 7


def test_a_store_that_stays_busy_ends_it_and_keeps_what_is_there(lab):
    lab.write("b", BIG)
    lab.store.rule = lambda seen: Refusal(503, "SlowDown") if seen.number == 4 else None
    with pytest.raises(Transient):
        lab.upload()
    assert lab.unfinished() == ["run7/b"]
    data = json.loads((lab.base / "out" / "upload.summary.json").read_text())
    assert data["unfinished"] == ["run7/b"]
    lab.store.rule = lambda seen: None
    before = lab.store.received
    data = lab.upload()
    assert lab.store.received - before == len(BIG) - data["totals"]["bytes_resumed"]
    assert data["totals"]["bytes_resumed"] >= 2 * PART
    assert lab.objects() == {"run7/b": BIG}
    assert lab.unfinished() == lab.journals() == []


@pytest.mark.parametrize("content", [b"small", BIG])
def test_an_answer_that_was_lost_does_no_harm(lab, content):
    lab.write("a", content)

    def rule(seen):
        if seen.does in ("put", "complete"):
            lab.store.rule = lambda seen: None
            return Refusal(500, "InternalError", after=True)
        return None

    lab.store.rule = rule
    assert lab.upload()["totals"]["files"] == 1
    assert lab.objects() == {"run7/a": content}
    assert lab.unfinished() == lab.journals() == []


def test_bytes_that_are_spoiled_on_the_way_are_sent_again(lab, monkeypatch):
    lab.write("a", BIG)
    left = [400]

    def rule(seen):
        return Refusal(left.pop(), "BadDigest") if seen.number == 2 and left else None

    lab.store.rule = rule
    assert lab.upload()["totals"]["sent"] == 1
    assert lab.objects() == {"run7/a": BIG}


def test_a_store_that_has_other_bytes_than_were_sent_is_caught(lab):
    lab.write("a", b"good")

    def rule(seen):
        if seen.does == "put":
            lab.store.rule = lambda seen: None
            bad = lab.store.admin.put_object(
                Bucket=lab.bucket, Key="run7/a", Body=b"bad!", ChecksumAlgorithm="SHA256"
            )
            return Refusal(200, "", headers={"ETag": bad["ETag"]})
        return None

    lab.store.rule = rule
    with pytest.raises(Unavailable, match="the store has 4 bytes with checksum"):
        lab.upload()


def test_permissions_that_end_in_the_middle_leave_a_summary(lab):
    for name in "abcdef":
        lab.write(name, name.encode())
    done = []

    def rule(seen):
        if seen.does == "put":
            done.append(seen.key)
            return Refusal(400, "ExpiredToken") if len(done) > 2 else None
        return None

    lab.store.rule = rule
    with pytest.raises(NotPermitted) as failure:
        lab.upload(manner={"connections": 1})
    assert failure.value.message.startswith("4 files are not there; the first: s3://")
    data = json.loads((lab.base / "out" / "upload.summary.json").read_text())
    totals = data["totals"]
    assert (totals["files"], totals["failed"], totals["not_tried"]) == (2, 1, 3)


# --- addresses, part sizes ---------------------------------------------------


@pytest.mark.parametrize("to", ["s3://", "https://x/y", "results", "s3://b/../x", "s3://u:p@b/x"])
def test_addresses_that_make_no_sense(lab, to):
    lab.write("a", b"1")
    with pytest.raises(BadUsage):
        lab.upload(to=to)


@pytest.mark.parametrize("to", ["s3://{}", "s3://{}/"])
def test_a_bucket_without_a_prefix(lab, to):
    lab.write("a/b", b"1")
    lab.upload(to=to.format(lab.bucket))
    assert lab.objects() == {"a/b": b"1"}


def test_sizes_around_the_size_of_a_part(lab):
    sizes = (0, 1, PART - 1, PART, PART + 1, 2 * PART)
    contents = {f"run7/{size}": random.Random(size).randbytes(size) for size in sizes}
    for key, content in contents.items():
        lab.write(key.removeprefix("run7/"), content)
    lab.upload()
    assert lab.objects() == contents
    assert len(lab.store.did("create")) == 2
