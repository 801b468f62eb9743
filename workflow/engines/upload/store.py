"""Requests that write to one bucket: by boto3, with our own patience."""

import base64
import functools
import mimetypes
from collections.abc import Callable, Iterator
from typing import Any

from engines.contract.errors import EngineError
from engines.contract.progress import warn
from engines.contract.wording import printable
from engines.fetch.patience import Waiting
from engines.fetch.remote import SILENCE, Remote
from engines.upload.items import Content, Job, There
from engines.upload.refusals import Denied, Unconditional, code_of, write_trouble
from engines.upload.sending import Body, Traffic, count_from_here

METADATA = "sha256"  # of the whole file, noted with the object
CHECKSUM = {"ChecksumAlgorithm": "SHA256"}


class Store:
    """One bucket; safe to use from many threads."""

    def __init__(self, bucket: str, job: Job, waiting: Waiting, traffic: Traffic) -> None:
        self.bucket, self.access, self.manner = bucket, job.access, job.manner
        self.waiting, self.traffic = waiting, traffic
        self.conditional = True  # until the store says that it knows no conditions
        self.notes: list[str] = []

    @functools.cached_property
    def client(self) -> Any:
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError

        remote = Remote(self.access, self.manner.connections)
        config = Config(
            retries={"total_max_attempts": 1},
            connect_timeout=SILENCE,
            read_timeout=SILENCE,
            max_pool_connections=self.manner.connections + 4,
        )
        try:
            client = remote.session.client(
                "s3",
                region_name=remote.session.region_name or "us-east-1",
                endpoint_url=self.access.endpoint,
                config=config,
            )
        except (BotoCoreError, ValueError) as error:
            raise write_trouble(f"s3://{self.bucket}", error, self.access) from error
        client.meta.events.register("before-send.s3", count_from_here)
        return client

    # --- asking -----------------------------------------------------------

    def check(self, prefix: str) -> bool:
        """Ask once whether bucket and credentials are good; whether it may be listed.

        Raises:
            EngineError: nothing can be written there.
        """
        try:
            self.call("list_objects_v2", prefix, Prefix=prefix, MaxKeys=1)
        except Denied:
            return False
        return True

    def look(self, key: str) -> There | None:
        """What is there.

        Raises:
            Denied: that may not be asked.
        """
        try:
            answer = self.call("head_object", key, Key=key, ChecksumMode="ENABLED")
        except EngineError as error:
            cause = error.__cause__
            code = code_of(cause) if cause else ""
            if code in ("404", "NoSuchKey"):
                return None
            if code in ("400", "403"):  # an answer to HEAD has no body to say why
                self.check(key)
            raise
        said = answer["ResponseMetadata"]["HTTPHeaders"]
        headers = {name.lower(): value for name, value in said.items()}
        etag = answer.get("ETag", "")
        return There(
            size=answer["ContentLength"],
            etag=etag,
            version=version_of(answer),
            headers=headers,
            sha256=answer.get("Metadata", {}).get(METADATA, ""),
        )

    def part_size(self, key: str) -> int | None:
        """Bytes of the first part of an object, where the store tells."""
        try:
            answer = self.call("head_object", key, Key=key, PartNumber=1)
        except EngineError:
            return None
        return int(answer["ContentLength"])

    # --- writing ----------------------------------------------------------

    def put(self, key: str, data: bytes, content: Content, condition: dict[str, str]) -> Any:
        """Put a whole object."""
        return self.send(
            "put_object",
            key,
            data,
            Key=key,
            ChecksumSHA256=content.checksum,
            **CHECKSUM,
            **self.described(key, content),
            **condition,
        )

    def described(self, key: str, content: Content) -> dict[str, Any]:
        """What is said of an object when it is made."""
        manner = self.manner
        more: dict[str, Any] = {
            "Metadata": {METADATA: content.sha256.hex()},
            "ContentType": content_type(key),
        }
        if manner.sse:
            more["ServerSideEncryption"] = manner.sse
        if manner.kms_key_id:
            more["SSEKMSKeyId"] = manner.kms_key_id
        return more

    def part(self, key: str, upload: str, number: int, data: bytes, sha256: bytes) -> str:
        """Send one part; its ETag."""
        answer = self.send(
            "upload_part",
            key,
            data,
            Key=key,
            UploadId=upload,
            PartNumber=number,
            ChecksumSHA256=base64.b64encode(sha256).decode(),
            **CHECKSUM,
        )
        return str(answer["ETag"])

    def send(self, method: str, key: str, data: bytes, **more: Any) -> Any:
        """A request with a body, again after what may pass."""

        def once() -> Any:
            body = Body(data, self.traffic)
            try:
                return self.once(method, key, Body=body, **more)
            except Exception:
                body.undo()
                raise

        return self.waiting.patiently(once)

    def call(self, method: str, key: str, **more: Any) -> Any:
        """A request, again after what may pass."""
        return self.waiting.patiently(lambda: self.once(method, key, **more))

    def pages(self, method: str, key: str, **more: Any) -> Iterator[Any]:
        """All pages of a listing."""
        from botocore.exceptions import BotoCoreError, ClientError

        def read() -> list[Any]:
            try:
                pages = self.client.get_paginator(method).paginate(Bucket=self.bucket, **more)
                return list(pages)
            except (BotoCoreError, ClientError) as error:
                raise write_trouble(self.shown(key), error, self.access) from error

        yield from self.waiting.patiently(read)

    def once(self, method: str, key: str, **more: Any) -> Any:
        """One request.

        Raises:
            Taken, Gone, Unconditional: as :mod:`engines.upload.refusals` says.
            EngineError: refused, or no connection.
        """
        from botocore.exceptions import BotoCoreError, ClientError

        call: Callable[..., Any] = getattr(self.client, method)
        try:
            return call(Bucket=self.bucket, **more)
        except (BotoCoreError, ClientError) as error:
            self.waiting.check()  # stopped under way: no failure of the store
            conditions = {"IfMatch", "IfNoneMatch"} & more.keys()
            if conditions and code_of(error) in ("NotImplemented", "501"):
                raise Unconditional from error
            raise write_trouble(self.shown(key), error, self.access) from error

    def note(self, text: str) -> None:
        """Say it now, once, and in the summary."""
        if text not in self.notes:
            self.notes.append(text)
            warn(text)

    def shown(self, key: str) -> str:
        return printable(f"s3://{self.bucket}/{key}")


def content_type(key: str) -> str:
    """What a browser does with it: a report opens, a compressed file stays one."""
    # without the tables of this machine: the same on each
    kind, encoding = mimetypes.MimeTypes().guess_type(key)
    return "application/gzip" if encoding else kind or "application/octet-stream"


def version_of(answer: dict[str, Any]) -> str | None:
    """The version of an object, where the store keeps versions."""
    version = answer.get("VersionId")
    return None if version in (None, "", "null") else str(version)
