"""An explanation as people and programs read it."""

import json

import pytest

from engines.compare.explain.locus import Locus, Seen
from engines.compare.explain.reasons import reasons
from engines.compare.explain.text import SetAside, as_data, explained

BASES = "GATTACAGATTACACACACACAGGTACCTTGGACCATTGCAGTC"


def snp(side: str, genotype: str = "0/1", match: str = ".", **more: object) -> Seen:
    first, second = map(int, genotype.split("/"))
    edit = (23, 24, "A")
    values = {"block": 1 if match == "gm" else -1, "failed": False, "confident": True} | more
    return Seen(
        side, 23, "G", ("A",), (first, second), False, 30.0, match=match,
        edits=(edit if first else None, edit if second else None), **values,  # type: ignore
    )  # fmt: skip


def locus(*calls: Seen, **more: object) -> Locus:
    values = {"states": 9, "capped": False} | more
    return Locus("chr1", 23, 24, calls, origin=0, bases=BASES, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("mine", "other", "words"),
    [
        (snp("truth", match="gm"), snp("query", match="gm"), "the query has the same record"),
        (
            snp("truth", match="gm", confident=False),
            snp("query", match="gm"),
            "the query has the same record; outside the confident regions, so it is in no count",
        ),
        (
            snp("query", match=".", confident=False),
            None,
            "the truth has no call in this superlocus; outside the confident regions, so it is "
            "not assessed",
        ),
        (
            snp("truth", match="gm", failed=True),
            snp("query", match="gm", failed=True),
            "the query has the same record; only failing query calls match it: FN in the PASS rows",
        ),
        (
            snp("query", "1/1", "am"),
            snp("truth", match="am"),
            "the allele is right, the genotype is not: the truth has 0/1 at 24",
        ),
        (
            snp("query", match="lm", failed=True),
            snp("truth", "1/1", "lm"),
            "the truth differs here and no choice of haplotypes brings both together: 24 G>A 1/1; "
            "it failed a filter: not in the PASS rows",
        ),
        (
            snp("query", match="lm"),
            snp("truth", match="gm"),
            "all truth calls here are matched without it",
        ),
    ],
)
def test_reasons(mine: Seen, other: Seen | None, words: str) -> None:
    assert reasons(locus(mine, *([other] if other else [])))[0] == words


def test_a_search_that_was_cut_is_said() -> None:
    wrong = snp("query", match="lm")
    found = locus(snp("truth", "1/1", "lm"), wrong, capped=True, states=20_000)
    assert reasons(found)[1].endswith("cut at 20,000 states, a larger match may exist")
    assert explained(found).startswith("superlocus chr1:24-24\ntoo dense for the full search")


def test_text() -> None:
    found = locus(snp("truth", "1/1", "am"), snp("query", "0/1", "am"))
    aside = SetAside("query", 30, "C><DEL>", "symbolic allele")
    assert (
        explained(found, "homopolymer of 9", [aside])
        == """\
superlocus chr1:24-24, homopolymer of 9

truth
  FN  24  G>A  1/1  score 30
      the allele is right, the genotype is not: the query has 0/1 at 24

query
  FP  24  G>A  0/1  score 30
      the allele is right, the genotype is not: the truth has 1/1 at 24

not compared
  query 30 C><DEL>: symbolic allele

haplotypes (the same on haplotype 2, different on 1)
  chr1:14-34
  reference CACACACAGGTACCTTGGACC
  truth 1   ..........A..........
  query 1   .....................
  truth 2   ..........A..........
  query 2   ..........A..........
                      ^
""".replace("CACACACAGGTACCTTGGACC", BASES[13:34])
    )


def test_alleles_only() -> None:
    text = explained(locus(snp("truth", "1/1", "gm"), snp("query", "1/1", "gm"), squashed=True))
    assert "the query has the same allele\n" in text
    assert "there are no haplotypes to show" in text
    wrong = snp("query", match="lm")
    found = locus(snp("truth", match="lm"), wrong, squashed=True)
    assert reasons(found)[1] == "the truth has other alleles here: 24 G>A 0/1"


def test_data_has_every_call_and_is_json() -> None:
    found = locus(snp("truth", "1/1", "am"), snp("query", "0/1", "am"))
    data = json.loads(json.dumps(as_data(found)))
    assert [(c["side"], c["position"], c["decision"]) for c in data["calls"]] == [
        ("truth", 24, "FN"),
        ("query", 24, "FP"),
    ]
    assert data["haplotypes"]["same"] == [False, True]
    assert data["haplotypes"]["pieces"][0]["truth_2"].count("A") == 1


def test_endless_lists_are_cut_and_counted() -> None:
    many = [snp("truth") for _ in range(130)]
    text = explained(locus(*many))
    assert text.count("FN  24") == 100
    assert "… 30 calls more are not shown" in text
