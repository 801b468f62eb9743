"""Sites as people type them, and requests of earlier runs."""

import json
from pathlib import Path

import pytest

from engines.compare.case import Request
from engines.compare.explain.earlier import kept, request_of
from engines.compare.explain.site import Site, parse_site
from engines.compare.limits import Limits
from engines.contract.errors import BadData, BadUsage, InputMissing

LENGTHS = {"chr20": 64_444_167, "HLA-A*01:01": 3000}


@pytest.mark.parametrize(
    ("text", "site"),
    [
        ("chr20:1000", Site("chr20", 999, 1000)),
        ("20:1,000-1,010", Site("chr20", 999, 1010)),
        ("HLA-A*01:01:5", Site("HLA-A*01:01", 4, 5)),
        ("chr20:64444167", Site("chr20", 64_444_166, 64_444_167)),
    ],
)
def test_sites(text: str, site: Site) -> None:
    assert parse_site(text, LENGTHS) == site


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("chr20", "not CHROM:POS"),
        ("chr2O:5", "did you mean chr20?"),
        ("chr20:0", "count from 1"),
        ("chr20:9-5", "count from 1"),
        ("chr20:64444168", "chr20 has 64,444,167 bases"),
        ("chr20:1-200000", "at most 100,000"),
        ("chr20:,", "count from 1"),
        ("chr20:1\x1b[31m", "not CHROM:POS"),
    ],
)
def test_what_is_no_site(text: str, words: str) -> None:
    with pytest.raises(BadUsage) as raised:
        parse_site(text, LENGTHS)
    assert words in raised.value.message


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
