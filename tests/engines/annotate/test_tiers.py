"""Tiers: the table of the mapping, what adds up, conflicts, and when IV is possible."""

import random

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
from hypothesis import given
from hypothesis import strategies as st

from engines.annotate.evidence import Hotspot, Item, Kind
from engines.annotate.levels import place
from engines.annotate.verdict import TIERS

V600E = profile("BRAF", "V600E", alleles={"GRCh37": (BRAF,)})
SKIN, BASAL, CANCER = "8923", "2513", "162"


def judged(*statements, doid=MELANOMA, of=V600E, one=None, **options):
    judging = judge(knowledge([of], list(statements)), doid, **options)
    return judging.of(one or call(allele=BRAF))


@pytest.mark.parametrize(
    ("level", "rating", "doid", "expected"),
    [
        ("A", 3, MELANOMA, "I-A"),
        ("A", 1, MELANOMA, "I-A"),
        ("A", 3, SKIN, "I-A"),
        ("A", 3, CANCER, "I-A"),
        ("A", 3, BASAL, "II-C"),
        ("A", 3, LUNG, "II-C"),
        ("B", 3, MELANOMA, "I-B"),
        ("B", None, MELANOMA, "I-B"),
        ("B", 2, MELANOMA, "II-C"),
        ("B", 1, MELANOMA, "II-C"),
        ("B", 5, LUNG, "II-C"),
        ("C", 5, MELANOMA, "II-D"),
        ("C", 5, LUNG, "II-D"),
        ("D", 5, MELANOMA, "II-D"),
        ("D", 5, LUNG, "II-D"),
        ("E", 5, MELANOMA, "III"),
        ("E", 5, LUNG, "III"),
    ],
)
def test_one_item(level, rating, doid, expected):
    assert judged(item(V600E, level, rating, doid=doid)).tier == expected


@pytest.mark.parametrize(
    ("amp", "doid", "expected"),
    [
        ("I-A", MELANOMA, "I-A"),
        ("I-A", LUNG, "II-C"),
        ("I-B", MELANOMA, "I-B"),
        ("I-B", LUNG, "II-C"),
        ("II-C", MELANOMA, "II-C"),
        ("II-C", LUNG, "II-D"),
        ("II-D", LUNG, "II-D"),
        ("III", MELANOMA, "III"),
        ("III", LUNG, "III"),
        ("IV", MELANOMA, "III"),
        ("", MELANOMA, "III"),
    ],
)
def test_one_assertion(amp, doid, expected):
    assert judged(assertion(V600E, amp, doid=doid)).tier == expected


@pytest.mark.parametrize("words", [{"is_approved": True}, {"guideline": "NCCN Melanoma"}])
def test_approval_and_guideline_without_a_level(words):
    assert judged(assertion(V600E, "", **words)).tier == "I-A"
    assert judged(assertion(V600E, "", doid=LUNG, **words)).tier == "II-C"


def test_strict_takes_preclinical_evidence_of_another_disease_for_none():
    other = item(V600E, "D", doid=LUNG)
    assert judged(other, strict=True).tier == "III"
    assert judged(item(V600E, "D"), strict=True).tier == "II-D"


@pytest.mark.parametrize(
    ("level", "alone", "together"), [("B", "II-C", "I-B"), ("C", "II-D", "II-C")]
)
def test_two_publications_on_one_drug_give_more_than_one(level, alone, together):
    first = item(V600E, level, 2)
    same_paper = item(V600E, level, 2, citation_id=first.citation_id)
    other_drug = item(V600E, level, 2, therapies=("Imatinib",))
    second = item(V600E, level, 2)
    assert judged(first).tier == alone
    assert judged(first, same_paper).tier == alone
    assert judged(first, other_drug).tier == alone
    assert judged(first, second).tier == together
    assert judged(first, item(V600E, level, 2, doid=LUNG)).tier == alone


def test_drugs_given_together_are_another_claim_than_each_alone():
    pair = ("Dabrafenib", "Trametinib")
    both = item(V600E, "C", therapies=pair, interaction="combination")
    assert judged(both, item(V600E, "C", therapies=pair[:1])).tier == "II-D"
    twin = item(V600E, "C", therapies=pair[::-1], interaction="combination")
    assert judged(both, twin).tier == "II-C"


def test_each_context_has_its_tier_and_the_best_is_that_of_the_variant():
    found = judged(
        item(V600E, "B"),
        item(V600E, "A", significance="resistance", therapies=("Cetuximab",)),
        item(V600E, "C", kind=Kind.DIAGNOSTIC, significance="positive"),
        item(V600E, "E", kind=Kind.PROGNOSTIC, significance="poor outcome"),
    )
    assert {each.context.value: each.tier for each in found.contexts} == {
        "resistance": "I-A", "therapeutic": "I-B", "diagnostic": "II-D", "prognostic": "III",
    }  # fmt: skip
    assert (found.tier, found.tier_context) == ("I-A", "resistance")
    assert "resistance to Cetuximab" in found.rationale
    assert "sensitivity" not in found.rationale


def test_an_assertion_speaks_for_the_items_that_it_sums_up():
    items = [item(V600E, "B"), item(V600E, "B")]
    ids = tuple(each.id for each in items)
    assert judged(*items, assertion(V600E, "II-C", items=ids)).tier == "II-C"
    assert judged(*items, assertion(V600E, "II-C", items=ids[:1])).tier == "I-B"
    assert judged(*items, assertion(V600E, "II-C", items=ids, doid=LUNG)).tier == "I-B"
    assert judged(*items, assertion(V600E, "", items=ids)).tier == "I-B"
    of_prognosis = assertion(
        V600E, "II-C", items=ids, kind=Kind.PROGNOSTIC, significance="poor outcome"
    )
    assert judged(*items, of_prognosis).tier == "I-B"


@pytest.mark.parametrize(
    ("name", "terms", "level", "expected"),
    [
        ("MUTATION", "missense_variant", "A", "III"),
        ("MUTATION", "frameshift_variant", "A", "II-D"),
        ("LOSS-OF-FUNCTION", "stop_gained", "B", "II-D"),
        ("LOSS-OF-FUNCTION", "stop_gained", "E", "III"),
    ],
)
def test_items_on_a_gene_give_no_more_than_two_d(name, terms, level, expected):
    of = profile("TP53", name)
    one = call(consequence("TP53", "", terms))
    assert judged(item(of, level), of=of, one=one).tier == expected


def test_an_assertion_on_a_gene_counts_where_its_condition_holds():
    of = profile("BRCA1", "LOSS-OF-FUNCTION")
    approved = assertion(of, "I-A")
    lost = call(consequence("BRCA1", "", "stop_gained"))
    kept = call(consequence("BRCA1", "", "missense_variant"))
    assert judged(approved, of=of, one=lost).tier == "I-A"
    assert judged(approved, of=of, one=kept).tier == "III"


def test_a_germline_item_gives_no_tier():
    found = judged(item(V600E, "A", origin="common germline"))
    assert (found.tier, found.contexts) == ("III", ())


@pytest.mark.parametrize(
    ("first", "second", "is_conflicting"),
    [
        ({}, {"supports": False}, True),
        ({}, {"supports": False, "therapies": ("Imatinib",)}, False),
        ({}, {"supports": False, "level": "C"}, False),
        ({}, {"supports": False, "origin": "germline"}, False),
        ({}, {"significance": "resistance"}, True),
        ({}, {"significance": "resistance", "therapies": ("Imatinib",)}, False),
        ({}, {"significance": "resistance", "level": "D"}, False),
        ({"kind": Kind.PROGNOSTIC, "significance": "poor outcome"},
         {"kind": Kind.PROGNOSTIC, "significance": "better outcome"}, True),
        ({"kind": Kind.PROGNOSTIC, "significance": "poor outcome"},
         {"kind": Kind.DIAGNOSTIC, "significance": "negative"}, False),
    ],
)  # fmt: skip
def test_conflicts_are_statements_of_the_same_weight(first, second, is_conflicting):
    found = judged(item(V600E, **{"level": "B", **first}), item(V600E, **{"level": "B", **second}))
    assert found.contexts[0].is_conflicting is is_conflicting
    assert ("say the opposite" in found.rationale) is is_conflicting


COMMON = Hotspot("BRAF", 600, 900, {"E": 800}, "")


@pytest.mark.parametrize(
    ("af", "statements", "expected"),
    [
        (0.02, [], "IV"),
        (0.009, [], "III"),
        (None, [], "III"),
        (0.02, [item(V600E, "D")], "II-D"),
        (0.02, [item(V600E, "E")], "IV"),
        (0.02, [item(V600E, "A", origin="germline")], "IV"),
    ],
)
def test_tier_four_needs_a_population(af, statements, expected):
    one = call(consequence("BRAF", "V600E"), allele=BRAF, population_af=af)
    found = judged(*statements, one=one)
    assert found.tier == expected
    assert ("IV was not assessed" in found.rationale) is (af is None)
    assert ("population" in found.not_assessed) is (af is None)


def test_a_hotspot_is_never_tier_four():
    one = call(consequence("BRAF", "V600E"), population_af=0.02)
    assert judge(knowledge([], [], hotspots=(COMMON,))).of(one).tier == "III"


def test_absence_of_evidence_is_said_to_be_no_evidence_of_absence():
    found = judged(one=call(consequence("TTN", "R5G"), population_af=0.0))
    assert (found.tier, found.tier_context) == ("III", None)
    assert "not evidence of being benign" in found.rationale


def test_without_consequences_only_its_allele_was_compared():
    found = judged(one=call())
    assert found.tier == "III" and "consequences" in found.not_assessed
    assert "by its allele alone" in found.rationale


evidence = st.builds(
    lambda level, rating, doid, drug, significance, paper, of: item(
        of, level, rating, doid=doid, therapies=(drug,), significance=significance,
        citation_id=paper,
    ),
    st.sampled_from("ABCDE"), st.sampled_from([None, 1, 2, 3, 4, 5]),
    st.sampled_from([MELANOMA, SKIN, BASAL, COLON, CANCER]), st.sampled_from(["a", "b"]),
    st.sampled_from(["sensitivity/response", "resistance"]), st.sampled_from("12345"),
    st.sampled_from([V600E, profile("BRAF", "V600"), profile("BRAF", "MUTATION")]),
)  # fmt: skip


def by_context(items: list[Item], strict: bool) -> dict[str, str]:
    profiles = [V600E, profile("BRAF", "V600"), profile("BRAF", "MUTATION")]
    judging = judge(knowledge(profiles, items, hotspots=(COMMON,)), strict=strict)
    found = judging.of(call(consequence("BRAF", "V600E"), allele=BRAF))
    return {"": found.tier} | {each.context.value: each.tier for each in found.contexts}


@given(st.lists(evidence, max_size=6), evidence, st.booleans())
def test_more_supporting_evidence_never_lowers_a_tier(items, more, strict):
    before, after = by_context(items, strict), by_context([*items, more], strict)
    assert all(place(after[key]) <= place(tier) for key, tier in before.items())


@given(st.lists(evidence, max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_the_items_changes_nothing(items: list[Item], chance: random.Random):
    shuffled = list(items)
    chance.shuffle(shuffled)
    one = call(consequence("BRAF", "V600E"), allele=BRAF)
    profiles = [V600E, profile("BRAF", "V600"), profile("BRAF", "MUTATION")]
    found = [
        judge(knowledge(profiles, each, hotspots=(COMMON,))).of(one) for each in (items, shuffled)
    ]
    assert found[0] == found[1]


def test_tiers_are_ordered():
    assert [place(each) for each in TIERS] == list(range(len(TIERS)))


@pytest.mark.parametrize("kind", [Kind.PROGNOSTIC, Kind.DIAGNOSTIC])
@pytest.mark.parametrize("made", [item, assertion])
def test_diagnosis_and_prognosis_of_another_tumour_type_give_no_tier(kind, made):
    """AMP's level C counts other tumour types for therapies only."""
    words = {"kind": kind, "significance": "poor outcome", "therapies": ()}
    here, elsewhere = made(V600E, **words), made(V600E, doid=COLON, **words)
    assert judged(here).tier == "I-A"
    assert judged(elsewhere).tier == "III"
    assert judged(made(V600E, doid=BASAL, **words)).tier == "II-C", "of the same site"
    assert judged(made(V600E, doid=COLON)).tier == "II-C"


def test_drugs_that_are_given_together_are_told_as_one():
    pair = item(V600E, therapies=("Dabrafenib", "Trametinib"), interaction="combination")
    assert "sensitivity to Dabrafenib + Trametinib in this tumour type" in judged(pair).rationale


def test_a_therapy_that_is_not_named_gives_no_tier():
    found = judged(item(V600E, therapies=()))
    assert found.tier == "III"
    assert [match.rejected for match in found.matches] == ["predictive: no therapy named"]
