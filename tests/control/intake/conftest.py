"""A broker and a service for each test of the intake."""

from collections.abc import Iterator

import pytest
from faulty_service import FaultyService
from mock_kafka import MockKafka


@pytest.fixture
def kafka() -> Iterator[MockKafka]:
    with MockKafka() as broker:
        yield broker


@pytest.fixture
def service() -> Iterator[FaultyService]:
    with FaultyService() as api:
        yield api
