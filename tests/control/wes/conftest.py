"""A service that speaks WES, and what is submitted to it."""

from collections.abc import Iterator
from typing import Any

import pytest
from web_lab import WebLab

from control.runs import submit
from control.runs.submit import Submission


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> WebLab:
    return WebLab(tmp_path_factory.mktemp("wes"), ga4gh_wes=True)


@pytest.fixture
def submitted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Submission]]:
    """What came as far as submitting; it is not checked further."""
    found: list[Submission] = []

    def note(settings: Any, user: str, asked: Submission) -> str:
        found.append(asked)
        return "20261121-221005-ffff"

    monkeypatch.setattr(submit, "submit", note)
    return found
