"""Requests of earlier runs, as their provenance keeps them."""

import json
from pathlib import Path

import pytest

from engines.compare.case import Request
from engines.compare.explain.earlier import kept, request_of
from engines.compare.limits import Limits
from engines.contract.errors import BadData, InputMissing


@pytest.fixture
def request_(tmp_path: Path) -> Request:
    for name in ("t.vcf.gz", "q.vcf.gz", "r.fa"):
        (tmp_path / name).write_text("x")
    return Request(
        truth=tmp_path / "t.vcf.gz",
        query=tmp_path / "q.vcf.gz",
        reference=tmp_path / "r.fa",
        out=tmp_path / "s",
        leftshift=False,
        limits=Limits(gap=5),
    )


def prove(request: Request) -> Path:
    """Write a provenance as a comparison does."""
    inputs = {
        role: {"path": str(path), "bytes": path.stat().st_size}
        for role, path in request.files.items()
        if path
    }
    file = request.out.with_name("s.provenance.json")
    file.write_text(json.dumps({"inputs": inputs, "request": kept(request)}))
    return file


def test_a_request_comes_back(request_: Request) -> None:
    prove(request_)
    assert request_of(request_.out) == request_


def test_inputs_that_changed_or_went(request_: Request) -> None:
    prove(request_)
    request_.query.write_text("xx")
    with pytest.raises(BadData, match=r"query .* has changed since"):
        request_of(request_.out)
    request_.query.unlink()
    with pytest.raises(InputMissing, match=r"query .* no longer there"):
        request_of(request_.out)


@pytest.mark.parametrize("text", ["{", "[]", '{"inputs": {}}', '{"inputs": {}, "request": {}}'])
def test_a_provenance_that_does_not_tell(request_: Request, text: str) -> None:
    prove(request_).write_text(text)
    with pytest.raises(BadData, match="does not tell"):
        request_of(request_.out)


def test_no_provenance(tmp_path: Path) -> None:
    with pytest.raises(InputMissing, match=r"nothing\.provenance\.json"):
        request_of(tmp_path / "nothing")
