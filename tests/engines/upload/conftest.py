"""A laboratory for uploading: a store that counts, no waiting, credentials that nobody checks."""

import functools
from collections.abc import Iterator

import boto3.session
import moto.s3.models
import pytest
from fetch_lab import AWS
from upload_lab import CountingStore, UploadLab, upload_lab


@pytest.fixture(scope="session")
def counting_store() -> Iterator[CountingStore]:
    store = CountingStore()
    yield store
    store.close()


@pytest.fixture(scope="session")
def one_session():
    """The description of S3 is read once, not for every call: 0.2 s each."""
    return functools.cache(boto3.session.Session)


@pytest.fixture
def lab(tmp_path, monkeypatch, counting_store, one_session) -> Iterator[UploadLab]:
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_S3", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    for name, value in AWS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(moto.s3.models, "S3_UPLOAD_PART_MIN_SIZE", 1024)
    monkeypatch.setattr(boto3.session, "Session", one_session)
    with upload_lab(counting_store, tmp_path) as made:
        yield made
