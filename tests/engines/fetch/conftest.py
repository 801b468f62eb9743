"""A laboratory for fetching: a store with faults, no waiting, credentials that nobody checks."""

from collections.abc import Iterator

import pytest
from fetch_lab import AWS, FetchLab, fetch_lab


@pytest.fixture
def lab(tmp_path, monkeypatch) -> Iterator[FetchLab]:
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_S3", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    for name, value in AWS.items():
        monkeypatch.setenv(name, value)
    with fetch_lab(tmp_path) as made:
        yield made
