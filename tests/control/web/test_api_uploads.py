"""Uploads over the API: announced, sent in pieces, gone on with, checked."""

import gzip
import hashlib
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from web_lab import WebLab, body

from control.web.api.uploads import SILENT_SECONDS

UPLOADS = "/api/v1/uploads"
VCF = gzip.compress(b"##fileformat=VCFv4.2\n" * 20_000, 0)
SHA256 = hashlib.sha256(VCF).hexdigest()


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> WebLab:
    return WebLab(tmp_path_factory.mktemp("lab"))


def announce(client: FlaskClient, **more: Any) -> str:
    """A new upload; gives its address."""
    answer = client.post(UPLOADS, json={"name": "calls.vcf.gz", "size": len(VCF), **more})
    assert answer.status_code == 201, answer.get_data()
    return answer.headers["Location"]


def send(client: FlaskClient, address: str, offset: int, data: bytes) -> Any:
    """Send a piece."""
    return client.patch(address, data=data, headers={"Upload-Offset": str(offset)})


def test_a_file_comes_in_pieces_and_is_checked(lab: WebLab) -> None:
    client = lab.client()
    address = announce(client, sha256=SHA256)
    first = send(client, address, 0, VCF[:300_000])
    assert (first.status_code, first.headers["Upload-Offset"]) == (200, "300000")
    there = client.head(address)  # after a broken connection
    assert there.headers["Upload-Offset"] == "300000"
    wrong = send(client, address, 7, VCF[7:])
    assert (wrong.status_code, wrong.headers["Upload-Offset"]) == (409, "300000")
    assert send(client, address, 300_000, VCF[300_000:]).status_code == 200
    done = client.post(f"{address}/finish", json={})
    assert body(done)["is_finished"]
    assert body(done)["id"] in [each["id"] for each in body(client.get(UPLOADS))["items"]]
    (kept,) = lab.runs.glob(f".uploads-*/*/{body(done)['id']}/calls.vcf.gz")
    assert kept.read_bytes() == VCF
    assert client.delete(address).status_code == 204
    assert client.get(address).status_code == 404
    found = f"/api/v1/audit?action=upload.&target={body(done)['id']}"
    entries = body(lab.client("root").get(found))["items"]
    assert [each["action"] for each in entries][::-1] == [
        *("upload.create", "upload.finish", "upload.delete")
    ]


class Silent:
    """A connection that sends one block and then nothing, without an end."""

    def __init__(self, data: bytes) -> None:
        self._data, self._patience = data, None
        self.patience: list[float | None] = []

    def gettimeout(self) -> float | None:
        return self._patience

    def settimeout(self, seconds: float | None) -> None:
        self._patience = seconds
        self.patience.append(seconds)

    def read(self, size: int = -1) -> bytes:
        if self._data:
            data, self._data = self._data, b""
            return data
        assert self._patience is not None, "it would wait for ever"
        raise TimeoutError("timed out")


def test_a_client_that_went_without_a_word_does_not_keep_the_upload(lab: WebLab) -> None:
    client = lab.client()
    address, silent = announce(client), Silent(VCF[:1000])
    wsgi = {"gunicorn.socket": silent, "wsgi.input": silent, "CONTENT_LENGTH": str(len(VCF))}
    broken = client.patch(address, headers={"Upload-Offset": "0"}, environ_overrides=wsgi)
    assert broken.status_code == 400
    assert silent.patience == [SILENT_SECONDS, None], "the answer may take its time"
    assert client.head(address).headers["Upload-Offset"] == "1000", "what has arrived stays"
    assert send(client, address, 1000, VCF[1000:]).status_code == 200


def test_a_file_larger_than_a_request_may_be_is_taken(lab: WebLab) -> None:
    client, size = lab.client(), (32 << 20) + 1
    answer = client.post(UPLOADS, json={"name": "big.fastq.gz", "size": size})
    sent = send(client, answer.headers["Location"], 0, bytes(size))
    assert body(sent)["received"] == size


def test_a_damaged_file_is_refused(lab: WebLab) -> None:
    client = lab.client()
    address = announce(client, sha256="0" * 64)
    send(client, address, 0, VCF)
    refused = client.post(f"{address}/finish", json={})
    assert refused.status_code == 422
    assert SHA256 in body(refused)["detail"]
    assert client.post(f"{address}/finish", json={"sha256": "x"}).status_code == 422


def test_more_than_was_announced_is_refused(lab: WebLab) -> None:
    client = lab.client()
    address = announce(client)
    assert send(client, address, 0, VCF + b"x").status_code == 422
    assert client.head(address).headers["Upload-Offset"] == str(len(VCF))


@pytest.mark.parametrize("headers", [{}, {"Upload-Offset": "-1"}, {"Upload-Offset": "many"}])
def test_a_piece_says_where_it_belongs(lab: WebLab, headers: dict[str, str]) -> None:
    client = lab.client()
    refused = client.patch(announce(client), data=b"x", headers=headers)
    assert refused.status_code == 422
    assert body(refused)["errors"][0]["place"] == "header.Upload-Offset"


@pytest.mark.parametrize(
    ("name", "status"),
    [("calls.exe", 400), ("../../etc/passwd", 400), ("", 422), ("x" * 300 + ".vcf", 422)],
)
def test_a_name_that_cannot_be_is_refused(lab: WebLab, name: str, status: int) -> None:
    assert lab.client().post(UPLOADS, json={"name": name, "size": 1}).status_code == status


def test_uploads_are_their_owners(lab: WebLab) -> None:
    address = announce(lab.client("ada"))
    assert lab.client("bob").get(address).status_code == 404
    assert send(lab.client("bob"), address, 0, VCF).status_code == 404
    assert lab.client("bob").delete(address).status_code == 404
    assert body(lab.client("bob").get(UPLOADS))["items"] == []
    assert lab.client("vera").get(UPLOADS).status_code == 403
    assert lab.client("vera").post(UPLOADS, json={"name": "a.vcf", "size": 1}).status_code == 403


def test_the_quota_holds(tmp_path: Path) -> None:
    lab = WebLab(tmp_path, limits_per_user={"storage_gb": 0.001})
    refused = lab.client().post(UPLOADS, json={"name": "a.vcf", "size": 2_000_000})
    assert refused.status_code == 403
    assert "0.00 of your 0.001 GB" in body(refused)["detail"]
