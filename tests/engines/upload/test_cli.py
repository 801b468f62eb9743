"""The command line: what it prints, and what it refuses."""

import json

import pytest
from click.testing import CliRunner

from engines.fetch.patience import Waiting
from engines.upload.cli import upload
from engines.upload.items import Manner
from engines.upload.sending import Body, Traffic


def run(lab, *arguments):
    words = [str(lab.folder), "--to", lab.to, "--endpoint", lab.store.url, *arguments]
    return CliRunner().invoke(upload, words)


def test_a_dry_run_says_what_would_be_done_and_sends_nothing(lab):
    for name, content in {"new.txt": b"1" * 1500, "same.txt": b"2", "other.txt": b"3"}.items():
        lab.write(name, content)
    for key, body in {"run7/same.txt": b"2", "run7/other.txt": b"4"}.items():
        lab.store.admin.put_object(Bucket=lab.bucket, Key=key, Body=body)
    before = lab.objects()
    result = run(lab, "--dry-run")
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == [
        "1,500  new.txt  -> run7/new.txt  new",
        "    1  other.txt  -> run7/other.txt  OTHER CONTENT IS THERE",
        "    1  same.txt  -> run7/same.txt  there already",
        "3 files, 1,502 bytes; 2 files, 1,501 bytes to send",
    ]
    assert "other.txt  is replaced" in run(lab, "--dry-run", "--replace").stdout
    assert lab.objects() == before
    assert not list(lab.folder.glob("*.json"))
    assert lab.journals() == []


def test_the_default_output_is_in_the_folder(lab):
    lab.write("a", b"1")
    result = run(lab)
    assert result.exit_code == 0, result.output
    assert "1 files, 1 bytes" in result.stdout
    assert json.loads((lab.folder / "upload.summary.json").read_text())["to"] == lab.to
    assert json.loads((lab.folder / "upload.provenance.json").read_text())["tool"] == "plumbline"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--kms-key-id", "k"], "--sse aws:kms"),
        (["--part-size", "1M"], "no parts below 5M"),
        (["--to", "file:///x"], "--endpoint is for s3"),
        (["--limit", "fast"], "no size"),
        (["--sse", "mine"], "--sse"),
    ],
)
def test_usage_that_makes_no_sense(lab, arguments, said):
    lab.write("a", b"1")
    result = run(lab, *arguments)
    assert result.exit_code in (2, 64)  # 2 is 64 in plumbline's own main
    assert said in result.stderr


def test_other_content_ends_in_73(lab):
    lab.write("a", b"1")
    lab.store.admin.put_object(Bucket=lab.bucket, Key="run7/a", Body=b"2")
    result = run(lab)
    assert result.exit_code == 73
    assert json.loads(result.stderr.splitlines()[-1])["code"] == 73


def test_bytes_count_when_they_are_sent_not_when_they_are_signed():
    traffic = Traffic(Manner.limit, Waiting())
    traffic.start(10)
    body = Body(b"0123456789", traffic)
    assert body.read() == b"0123456789"  # for the signature
    assert traffic.sent == 0
    body.seek(0)
    body.begin()
    body.read(4)
    assert (traffic.sent, traffic.progress.done) == (4, 4)
    body.seek(0)
    body.begin()  # once more, after a failure
    body.read()
    assert (traffic.sent, traffic.progress.done) == (14, 10)
