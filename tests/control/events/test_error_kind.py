"""The kind of an error: what differs from job to job is not in it, what tells errors apart is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from control.events.error_kind import kind_of


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("A.vcf.gz: truncated", "NA12878_rep2.vcf.gz: truncated"),
        ("results/A.bam: line 12: no such contig", "/data/x/B.bam: line 9: no such contig"),
        ("https://a.org/x?y=1: answered 503", "https://b.org/: answered 503"),
        (
            "job bd1270f4-80e2-535b-b69a-f92eed5a29c2 lost",
            "job 00000000-80e2-535b-b69a-ffffffffffff lost",
        ),
        ("object 0123abcd9 is gone", "object ffff01234 is gone"),
        ("needs 12.5 GB", "needs 1,024 GB"),
        ("align (sample=A): exit status 1", "align (sample=B-2): exit status 1"),
        ("empty   file", "empty file"),
        ("Traceback (most recent call last):\n  File x, line 3\nKeyError: 'DP'", "KeyError: 'DP'"),
    ],
)
def test_the_same(one: str, other: str) -> None:
    assert kind_of(one, ["A"]) == kind_of(other, ["B-2"])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("A.vcf.gz: truncated", "A.vcf.gz: is empty"),
        ("KeyError: 'DP'", "KeyError: 'AF'"),
        ("no space left", "permission denied"),
        (
            "Traceback (most recent call last):\n  x\nKeyError: 'DP'",
            "Traceback (most recent call last):\n  x\nValueError: 'DP'",
        ),
    ],
)
def test_not_the_same(one: str, other: str) -> None:
    assert kind_of(one, ["A"]) != kind_of(other, ["A"])


def test_known_answers() -> None:
    assert kind_of("align (sample=A): A.fq: line 3 of /x/y.fa", ["A"]) == (
        "align (sample=*): <file>: line # of <path>"
    )
    assert kind_of("") == "" and kind_of("\n \n") == ""
    assert kind_of("a cat and A.", ["A"]) == "a cat and *."  # a name is a whole word


@given(st.text(max_size=300), st.lists(st.text(max_size=5), max_size=3))
def test_any_text_gives_one_short_line_without_numbers(text: str, names: list[str]) -> None:
    kind = kind_of(text, names)
    assert len(kind) <= 200 and "\n" not in kind
    assert not any(character in "0123456789" for character in kind)


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_numbers_do_not_count(one: int, other: int) -> None:
    assert kind_of(f"exceeds {one} bytes") == kind_of(f"exceeds {other} bytes")
