"""S3 as the AWS settings of this machine know it: sessions, credentials, buckets, signed requests.

botocore knows the settings, how buckets are addressed and how credentials are renewed; what is
asked for thousands of times is signed by engines.fetch.signature and sent by others.
"""

import functools
import gc
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit

from engines.fetch import signature
from engines.fetch.items import Access
from engines.fetch.refusals import boto_trouble

SILENCE = 60.0  # seconds without a byte after which a connection is given up


class S3:
    """The buckets that one call asks; safe to use from many threads.

    Args:
        silence: seconds without a byte after which a connection is given up.
    """

    def __init__(self, access: Access, silence: float = SILENCE) -> None:
        self.access, self._silence = access, silence
        self._lock = threading.Lock()
        self._bases: dict[str, tuple[str, str]] = {}
        self._clients: dict[str, Any] = {}

    @functools.cached_property
    def core(self) -> Any:
        """A botocore session; boto3's own is imported in twice the time."""
        import botocore.session
        from botocore.exceptions import BotoCoreError

        session = botocore.session.Session(profile=self.access.profile)
        try:
            session.get_scoped_config()
        except BotoCoreError as error:
            raise boto_trouble("AWS", error, self.access) from error
        if self.access.region:
            session.set_config_variable("region", self.access.region)
        parsers = session.get_component("response_parser_factory")
        parsers.set_parser_defaults(timestamp_parser=_instant)
        return session

    @functools.cached_property
    def session(self) -> Any:
        """The same settings, for those who use more of boto3."""
        import boto3

        return boto3.session.Session(botocore_session=self.core)

    @functools.cached_property
    def credentials(self) -> Any:
        """None asks unsigned: as wished, or because there are none."""
        if self.access.unsigned:
            return None
        from botocore.exceptions import BotoCoreError

        try:
            return self.core.get_credentials()
        except BotoCoreError as error:
            raise boto_trouble("AWS", error, self.access) from error

    def client(self, region: str | None = None) -> Any:
        """A boto3 client, for listing; our own patience covers its retries."""
        region = region or self.core.get_config_variable("region") or "us-east-1"
        if region not in self._clients:
            self._clients[region] = self._make_client(region)
        return self._clients[region]

    def _make_client(self, region: str) -> Any:
        from botocore import UNSIGNED
        from botocore.config import Config

        more = {} if self.credentials is not None else {"signature_version": UNSIGNED}
        config = Config(
            retries={"total_max_attempts": 1},
            connect_timeout=self._silence,
            read_timeout=self._silence,
            **more,
        )
        with _no_collecting():
            return self.core.create_client(
                "s3",
                region_name=region,
                endpoint_url=self.access.endpoint,
                config=config,
            )

    def bucket(self, name: str) -> tuple[str, str]:
        """Address and region of a bucket, asked for once.

        Raises:
            EngineError: the bucket cannot be asked.
        """
        with self._lock:
            if name not in self._bases:
                self._bases[name] = self._find_bucket(name)
            return self._bases[name]

    def _find_bucket(self, name: str) -> tuple[str, str]:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            client = self.client()  # which refuses an endpoint that is none
            answer = client.head_bucket(Bucket=name)
        except ClientError as error:  # a refusal names the region too
            answer = error.response
        except (BotoCoreError, ValueError) as error:
            raise boto_trouble(f"s3://{name}", error, self.access) from error
        told = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("x-amz-bucket-region")
        region = self.access.region or told or client.meta.region_name
        client = self.client(region)
        # botocore knows the rules of addressing; a presigned address shows what they give
        probe = client.generate_presigned_url("get_object", {"Bucket": name, "Key": "x"})
        return probe.split("?")[0][:-1], region

    def signed(
        self, method: str, url: str, headers: Mapping[str, str], query: str = ""
    ) -> tuple[str, str, dict[str, str]]:
        """Scheme and host, path and query, and all headers of a request without a body.

        Raises:
            EngineError: the bucket cannot be asked, the credentials cannot be renewed.
        """
        bucket, _, key = url.removeprefix("s3://").partition("/")
        base, region = self.bucket(bucket)
        server, host, path = _cut(base)
        target = path + quote(key, safe="/~") + (f"?{query}" if query else "")
        headers = {**headers, "Host": host, "x-amz-checksum-mode": "ENABLED"}
        if self.access.requester_pays:
            headers["x-amz-request-payer"] = "requester"
        if self.credentials is not None:
            headers = signature.signed(self._fresh(url), region, method, target, headers)
        return server, target, headers

    def _fresh(self, url: str) -> signature.Credentials:
        """The credentials as they are now: some renew themselves."""
        from botocore.exceptions import BotoCoreError

        try:
            found: signature.Credentials = self.credentials.get_frozen_credentials()
            return found
        except BotoCoreError as error:
            raise boto_trouble(url, error, self.access) from error


@contextmanager
def _no_collecting() -> Iterator[None]:
    """A client is many thousand objects that stay: looking through them doubles its time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _instant(text: Any) -> datetime:
    """A time in an answer: ISO 8601 in a hundredth of the time that dateutil takes."""
    from botocore.utils import parse_timestamp

    try:
        return datetime.fromisoformat(text)
    except (TypeError, ValueError):
        found: datetime = parse_timestamp(text)
        return found


@functools.cache
def _cut(base: str) -> tuple[str, str, str]:
    """Of an address: scheme and host, the host as a request names it, the path."""
    parts = urlsplit(base)
    usual = {"http": ":80", "https": ":443"}.get(parts.scheme, "")
    host = parts.netloc.rpartition("@")[2].removesuffix(usual)
    return f"{parts.scheme}://{parts.netloc}", host, parts.path
