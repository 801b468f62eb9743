"""An S3 store on this machine, by moto.

moto keeps the buckets of a process, not of a server: when a store ends, they all go. So a store is
a file's own (scope of a module), and there are never two at once.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
import requests
from moto.server import ThreadedMotoServer

from engines.transfer import sources


@contextmanager
def s3_store() -> Iterator[str]:
    """The address of a running store."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    try:
        yield address
    finally:
        requests.post(f"{address}/moto-api/reset", timeout=120)
        server.stop()


def s3_admin(endpoint: str) -> Any:
    """A client that may do everything there."""
    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="admin",
        aws_secret_access_key="admin",
    )


def use_store(monkeypatch: pytest.MonkeyPatch, endpoint: str, key: str | None) -> None:
    """Point the environment at the store, with or without credentials; nothing else is asked."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        if key is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, key)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", endpoint)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    sources.s3_client.cache_clear()
