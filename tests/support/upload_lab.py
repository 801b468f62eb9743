"""A call of ``plumbline upload`` against a store of this machine that counts and refuses.

The store is moto's, behind a layer that does what moto leaves out: it compares checksums with
the bytes that came, and knows no upload that is not there.
"""

import base64
import hashlib
import io
import os
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from fetch_lab import AWS, ROOT
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from s3_store import s3_admin
from werkzeug.serving import WSGIRequestHandler, make_server

from engines.fetch.items import Access
from engines.fetch.patience import Waiting
from engines.transfer.download import Patience
from engines.upload import session
from engines.upload.items import Job, Manner

PART = 64 << 10
SMALL_PARTS = """
from engines.contract.errors import run_command
from engines.upload import cli
cli.LEAST_PART = 1024
run_command(cli.upload, "plumbline upload")
"""
REASONS = {400: "Bad Request", 403: "Forbidden", 404: "Not Found", 409: "Conflict"}


@dataclass(frozen=True)
class Seen:
    """One request as it came in.

    Attributes:
        does: put, part, create, complete, abort, head, list or other.
        size: bytes of its body that came.
    """

    does: str
    key: str
    number: int | None
    size: int
    headers: dict[str, str]

    @property
    def is_ours(self) -> bool:
        """Asked by the command, not by a test."""
        return "Credential=me/" in self.headers.get("authorization", "")


@dataclass
class Refusal:
    """An answer in place of the store's; with ``after``, the store does it all the same."""

    status: int
    code: str
    message: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    after: bool = False


Rule = Callable[[Seen], Refusal | None]


class CountingStore:
    """The store at ``url``; ``seen`` are the requests so far, ``rule`` may refuse them."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.rule: Rule = lambda seen: None
        self._app = DomainDispatcherApplication(create_backend_app)
        self._server = make_server("127.0.0.1", 0, self._answer, True, request_handler=_Quiet)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.01,), daemon=True
        )
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.admin = s3_admin(self.url)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def did(self, does: str, key: str | None = None) -> list[Seen]:
        return [seen for seen in self.seen if seen.does == does and key in (None, seen.key)]

    @property
    def received(self) -> int:
        """Bytes of objects that came, whether or not they were taken."""
        return sum(seen.size for seen in self.seen if seen.does in ("put", "part"))

    def _answer(self, environ: dict[str, Any], start_response: Any) -> Any:
        body = _read(environ)
        seen = _seen(environ, len(body))
        self.seen.append(seen)
        if len(body) < int(environ.get("CONTENT_LENGTH") or 0):
            return _refuse(Refusal(400, "IncompleteBody"), start_response)
        refusal = self.rule(seen)
        if refusal and refusal.after:
            environ["wsgi.input"] = io.BytesIO(body)
            list(self._app(environ, lambda *_: None))
        refusal = refusal or _spoiled(seen, body) or self._unknown(environ)
        if refusal:
            return _refuse(refusal, start_response)
        environ["wsgi.input"] = io.BytesIO(body)
        return self._app(environ, start_response)

    def _unknown(self, environ: dict[str, Any]) -> Refusal | None:
        """moto ends in a 500 where there is no such upload."""
        query = parse_qs(environ["QUERY_STRING"])
        if "uploadId" not in query or environ["REQUEST_METHOD"] == "GET":
            return None
        from moto.backends import get_backend

        bucket = environ["PATH_INFO"].split("/")[1]
        buckets = get_backend("s3")["123456789012"]["aws"].buckets
        known = bucket in buckets and query["uploadId"][0] in buckets[bucket].multiparts
        return None if known else Refusal(404, "NoSuchUpload")


class _Quiet(WSGIRequestHandler):
    def log(self, *_: Any) -> None:
        pass


def _read(environ: dict[str, Any]) -> bytes:
    """The body, or what came of it before its sender died."""
    data, left = bytearray(), int(environ.get("CONTENT_LENGTH") or 0)
    try:
        while left and (block := environ["wsgi.input"].read(min(left, 65536))):
            data += block
            left -= len(block)
    except OSError:
        pass
    return bytes(data)


def _seen(environ: dict[str, Any], size: int) -> Seen:
    query = parse_qs(environ["QUERY_STRING"], keep_blank_values=True)
    method, upload = environ["REQUEST_METHOD"], "uploadId" in query
    key = environ["PATH_INFO"].encode("latin-1").decode().lstrip("/").partition("/")[2]
    names = {
        ("PUT", True): "part",
        ("PUT", False): "put",
        ("POST", True): "complete",
        ("DELETE", True): "abort",
        ("HEAD", False): "head",
    }
    does = "create" if "uploads" in query and method == "POST" else names.get((method, upload))
    if not key and does in ("put", "head"):
        does = None  # of the bucket
    if does is None:
        does = "list" if "list-type" in query else "other"
    number = int(query["partNumber"][0]) if does == "part" else None
    headers = {k[5:].replace("_", "-").lower(): v for k, v in environ.items() if k[:5] == "HTTP_"}
    return Seen(does, key, number, size, headers)


def _spoiled(seen: Seen, body: bytes) -> Refusal | None:
    wanted = seen.headers.get("x-amz-checksum-sha256")
    if seen.does not in ("put", "part") or wanted is None:
        return None
    found = base64.b64encode(hashlib.sha256(body).digest()).decode()
    return None if found == wanted else Refusal(400, "BadDigest")


def _refuse(refusal: Refusal, start_response: Any) -> list[bytes]:
    said = f"<Error><Code>{refusal.code}</Code><Message>{refusal.message}</Message></Error>"
    body = said if refusal.code else ""
    reason = REASONS.get(refusal.status, "Refused")
    headers = {"Content-Type": "application/xml", "Content-Length": str(len(body))}
    start_response(f"{refusal.status} {reason}", list((headers | refusal.headers).items()))
    return [body.encode()]


@dataclass
class UploadLab:
    """A store, and a folder to upload; ``waits`` are the seconds that would have passed."""

    store: CountingStore
    base: Path
    bucket: str = field(default_factory=lambda: f"runs-{uuid.uuid4().hex[:12]}")
    waits: list[float] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        return self.base / "results"

    @property
    def to(self) -> str:
        return f"s3://{self.bucket}/run7/"

    def write(self, name: str, data: bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    def job(self, **more: Any) -> Job:
        manner = replace(Manner(connections=4, part_size=PART), **more.pop("manner", {}))
        access = Access(endpoint=self.store.url, **more.pop("access", {}))
        filled = {"to": self.to, "out": self.base / "out" / "upload"} | more
        return Job(folder=filled.pop("folder", self.folder), access=access, manner=manner, **filled)

    def waiting(self) -> Waiting:
        return Waiting(Patience(tries=4, sleep=self.waits.append))

    def upload(self, **more: Any) -> dict[str, Any]:
        return session.upload(self.job(**more), self.waiting())

    def objects(self) -> dict[str, bytes]:
        """Key → content of all that is in the bucket."""
        admin = self.store.admin
        keys = [o["Key"] for o in admin.list_objects_v2(Bucket=self.bucket).get("Contents", [])]
        return {k: admin.get_object(Bucket=self.bucket, Key=k)["Body"].read() for k in keys}

    def unfinished(self) -> list[str]:
        """Keys of multipart uploads that are neither completed nor aborted."""
        answer = self.store.admin.list_multipart_uploads(Bucket=self.bucket)
        return [upload["Key"] for upload in answer.get("Uploads", [])]

    def journals(self) -> list[Path]:
        return sorted(self.base.rglob(".plumbline-upload/*"))

    def start(self, *arguments: str, small_parts: bool = True) -> subprocess.Popen[str]:
        """The command as a process of its own; S3 itself takes no parts below 5 MiB."""
        program = ("-c", SMALL_PARTS) if small_parts else ("-m", "engines.upload")
        command = [sys.executable, *program, str(self.folder), *arguments]
        if "--to" not in arguments:
            command += ["--to", self.to, "--endpoint", self.store.url]
        return subprocess.Popen(
            command,
            env={**os.environ, **AWS, "PYTHONPATH": str(ROOT / "workflow")},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


@contextmanager
def upload_lab(store: CountingStore, base: Path) -> Iterator[UploadLab]:
    store.seen.clear()
    store.rule = lambda seen: None
    lab = UploadLab(store, base)
    store.admin.create_bucket(Bucket=lab.bucket)
    yield lab
