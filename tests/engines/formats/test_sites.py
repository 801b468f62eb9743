"""Sites as people type them."""

import pytest

from engines.contract.errors import BadUsage
from engines.formats.sites import Site, parse_site

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


def test_a_site_that_is_too_long_for_who_asks() -> None:
    assert parse_site("chr20:1-500", LENGTHS, longest=500).end == 500
    with pytest.raises(BadUsage) as raised:
        parse_site("chr20:1-501", LENGTHS, longest=500)
    assert "501 bases; at most 500" in raised.value.message
