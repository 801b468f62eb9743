"""s3:// sources, against moto: signed, unsigned, resumed, changed, refused."""

import json

import pytest
from fault_server import Answer
from s3_store import s3_admin, s3_store, use_store

from engines.contract.errors import InputMissing, NotPermitted, Transient, Unavailable
from engines.transfer import sources
from engines.transfer.download import download

DATA = bytes(range(256)) * 2000
KEY = "release/a file+1%.bin"


@pytest.fixture(scope="module")
def endpoint():
    with s3_store() as url:
        yield url


@pytest.fixture
def bucket(endpoint, request):
    """A bucket of its own for each test, with one object."""
    admin = s3_admin(endpoint)
    name = request.node.name.replace("_", "-").replace("[", "-").rstrip("]").lower()[:60]
    admin.create_bucket(Bucket=name)
    admin.put_object(Bucket=name, Key=KEY, Body=DATA)
    yield name
    sources.s3_client.cache_clear()


def leave_part(tmp_path, url, endpoint, bucket):
    """The first 1000 bytes, as an interrupted download leaves them."""
    etag = s3_admin(endpoint).head_object(Bucket=bucket, Key=KEY)["ETag"]
    note = {"url": url, "validator": etag, "size": len(DATA)}
    (tmp_path / "x.bin.part").write_bytes(DATA[:1000])
    (tmp_path / "x.bin.part.json").write_text(json.dumps(note))


def test_with_credentials_and_odd_characters_in_the_key(monkeypatch, endpoint, bucket, tmp_path):
    use_store(monkeypatch, endpoint, "me")
    found = download(f"s3://{bucket}/{KEY}", tmp_path / "x.bin")
    assert (tmp_path / "x.bin").read_bytes() == DATA
    assert found.bytes == len(DATA)
    assert [path.name for path in tmp_path.iterdir()] == ["x.bin"]


def test_goes_on_where_it_stopped(monkeypatch, endpoint, bucket, tmp_path, capsys):
    use_store(monkeypatch, endpoint, "me")
    url = f"s3://{bucket}/{KEY}"
    leave_part(tmp_path, url, endpoint, bucket)
    download(url, tmp_path / "x.bin")
    assert (tmp_path / "x.bin").read_bytes() == DATA
    assert "goes on from byte 1,000" in capsys.readouterr().err


def test_starts_again_when_the_object_changed(monkeypatch, endpoint, bucket, tmp_path, capsys):
    use_store(monkeypatch, endpoint, "me")
    url = f"s3://{bucket}/{KEY}"
    leave_part(tmp_path, url, endpoint, bucket)
    s3_admin(endpoint).put_object(Bucket=bucket, Key=KEY, Body=DATA[::-1])
    download(url, tmp_path / "x.bin")
    assert (tmp_path / "x.bin").read_bytes() == DATA[::-1]
    assert "starts again" in capsys.readouterr().err


def test_public_data_needs_no_credentials(monkeypatch, endpoint, bucket, tmp_path):
    use_store(monkeypatch, endpoint, None)
    s3_admin(endpoint).put_object_acl(Bucket=bucket, Key=KEY, ACL="public-read")
    download(f"s3://{bucket}/{KEY}", tmp_path / "x.bin")
    assert (tmp_path / "x.bin").read_bytes() == DATA


def test_private_data_without_credentials_is_refused(monkeypatch, endpoint, bucket, tmp_path):
    use_store(monkeypatch, endpoint, None)
    with pytest.raises(NotPermitted, match="403") as failure:
        download(f"s3://{bucket}/{KEY}", tmp_path / "x.bin")
    assert "AWS_PROFILE" in failure.value.hint


def test_no_such_object(monkeypatch, endpoint, bucket, tmp_path):
    use_store(monkeypatch, endpoint, "me")
    with pytest.raises(InputMissing, match="404 NoSuchKey"):
        download(f"s3://{bucket}/none", tmp_path / "x.bin")
    with pytest.raises(InputMissing, match="404 NoSuchBucket"):
        download("s3://no-such-bucket/none", tmp_path / "x.bin")


def test_a_broken_off_answer_is_continued(monkeypatch, server, waits, tmp_path):
    """A store that drops the connection: our own server, which boto3 takes for one."""
    use_store(monkeypatch, server.url, None)
    server.files["/bucket/data"] = DATA
    server.fail("/bucket/data", Answer(cut=300_000), Answer(status=503))
    download("s3://bucket/data", tmp_path / "x.bin", patience=waits.patience)
    assert (tmp_path / "x.bin").read_bytes() == DATA
    ranges = [seen.range for seen in server.requests("/bucket/data")]
    assert ranges == [None, "bytes=300000-", "bytes=300000-"]


def test_a_store_that_ignores_if_match_cannot_mix_two_objects(monkeypatch, server, waits, tmp_path):
    use_store(monkeypatch, server.url, None)
    server.files["/bucket/data"] = DATA
    new = DATA[::-1]
    change = Answer(careless=True, before=lambda: server.files.update({"/bucket/data": new}))
    server.fail("/bucket/data", Answer(cut=300_000), change)
    download("s3://bucket/data", tmp_path / "x.bin", patience=waits.patience)
    assert (tmp_path / "x.bin").read_bytes() == new
    assert [seen.range for seen in server.seen] == [None, "bytes=300000-", None]


def test_a_profile_that_does_not_exist_is_no_network_problem(
    monkeypatch, endpoint, waits, tmp_path
):
    use_store(monkeypatch, endpoint, None)
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(Unavailable, match="nobody"):
        download("s3://bucket/data", tmp_path / "x.bin", patience=waits.patience)
    assert waits.seconds == []


def test_no_store_at_all_is_transient(monkeypatch, server, waits, tmp_path):
    use_store(monkeypatch, server.url, "me")
    server.close()
    with pytest.raises(Transient, match="no connection"):
        download("s3://bucket/data", tmp_path / "x.bin", patience=waits.patience)
