"""Confidence: its components, and that what is missing is null."""

import pytest
from annotate_facts import (
    BRAF,
    COLON,
    LUNG,
    MELANOMA,
    assertion,
    call,
    consequence,
    item,
    judge,
    knowledge,
    profile,
)

V600E = profile("BRAF", "V600E", alleles={"GRCh37": (BRAF,)})
TABLE = {
    "tier": {
        "I-A": {"pairs": 35, "low": 0.9},
        "II-D": {"pairs": 500, "low": 0.92},
        "IV": {"pairs": 0, "low": 0.0},
        "none": {"pairs": 60, "low": 0.87},
    },
    "conflicting": {"yes": {"pairs": 90, "low": 0.7}},
}
SEEN = {"depth": 100, "vaf": 0.3}


def confidence(*statements, doid=MELANOMA, one=None, of=V600E, **options):
    options.setdefault("stability", TABLE)
    judging = judge(knowledge([of], list(statements)), doid, **options)
    return judging.of(one or call(allele=BRAF, **SEEN)).confidence


def test_is_the_product_of_its_components():
    found = confidence(assertion(V600E, "I-A"))
    assert found.components == {
        "call": pytest.approx(30 / 32, abs=1e-4),
        "match": 1.0,
        "evidence": 1.0,
        "disease": 1.0,
        "stability": 0.9,
    }
    assert found.value == pytest.approx(30 / 32 * 0.9, abs=1e-3)
    assert found.not_assessed == ()


def test_reads_that_are_not_told_are_null_and_named():
    found = confidence(assertion(V600E, "I-A"), one=call(allele=BRAF))
    assert found.components["call"] is None
    assert found.not_assessed == ("call",)
    assert found.value == 0.9


def test_without_evidence_match_evidence_and_disease_are_null():
    found = confidence(one=call(consequence("TTN", "R5G"), **SEEN))
    assert found.not_assessed == ("match", "evidence", "disease")
    assert found.components["stability"] == 0.87


def test_a_group_that_was_never_measured_is_null():
    found = confidence(item(V600E, "E"))
    assert found.components["stability"] is None and "stability" in found.not_assessed


def test_more_reads_more_call():
    values = [
        confidence(one=call(allele=BRAF, depth=depth, vaf=0.1)).components["call"]
        for depth in (20, 100, 1000)
    ]
    assert values == sorted(values) and values[0] > 0 and values[-1] < 1


def test_filters_and_a_missing_normal_lower_the_call():
    plain = confidence().components["call"]
    filtered = confidence(one=call(allele=BRAF, filters=("germline_risk",), **SEEN))
    assert filtered.components["call"] == pytest.approx(plain / 2, abs=1e-3)
    blind = confidence(is_tumour_only=True).components["call"]
    seeing = confidence(is_tumour_only=True, one=call(allele=BRAF, population_af=0.0, **SEEN))
    assert blind < seeing.components["call"] < plain


@pytest.mark.parametrize(
    ("doid", "expected"),
    [(MELANOMA, 1.0), ("8923", 0.9), ("162", 0.9), ("2513", 0.7), (LUNG, 0.4)],
)
def test_disease(doid, expected):
    assert confidence(item(V600E, "A", doid=doid)).components["disease"] == expected


def test_evidence_by_level_rating_and_publications():
    def evidence(*items):
        return confidence(*items).components["evidence"]

    five, one = item(V600E, "A", 5), item(V600E, "A", 1)
    assert evidence(one) < evidence(five) < evidence(five, item(V600E, "A", 5)) == 1.0
    assert evidence(five, item(V600E, "A", 5, citation_id=five.citation_id)) == evidence(five)
    assert evidence(item(V600E, "D", 5)) < evidence(item(V600E, "B", 5)) < evidence(five)


def test_more_of_the_same_evidence_is_not_more_and_more_confidence():
    many = [item(V600E, "A", 3) for _ in range(8)]
    assert confidence(*many).value == confidence(*many[:2]).value


def test_conflicts_lower_evidence_and_stability():
    one = item(V600E, "A")
    plain, conflicting = confidence(one), confidence(one, item(V600E, "A", supports=False))
    assert conflicting.components["evidence"] < plain.components["evidence"]
    assert conflicting.components["stability"] == 0.7


def test_is_of_the_statement_that_supports_the_tier_best():
    near, far = item(V600E, "D", 5), item(V600E, "D", 5, doid=COLON)
    assert confidence(near, far).components["disease"] == 1.0


def test_the_shipped_table_is_used_by_itself():
    found = confidence(assertion(V600E, "I-A"), stability=None)
    assert 0.8 < found.components["stability"] < 1
