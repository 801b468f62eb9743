"""Cases that the engine this one follows got wrong: each is right here, row by row."""

from annotate_facts import (
    BRAF,
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

from engines.annotate.evidence import Hotspot

V600E = profile("BRAF", "V600E", alleles={"GRCh37": (BRAF,)})
SPOTS = (Hotspot("BRAF", 600, 900, {"E": 800}, ""), Hotspot("KRAS", 12, 2000, {"C": 300}, ""))
ROLES = {"TP53": frozenset({"tsg"}), "BRAF": frozenset({"oncogene"})}


def test_v600e_without_a_frequency_is_tier_one_in_melanoma():
    known = knowledge([V600E], [assertion(V600E, "I-A"), item(V600E, "A")], hotspots=SPOTS)
    found = judge(known, MELANOMA).of(call(consequence("BRAF", "V600E"), allele=BRAF))
    assert (found.tier, found.tier_context) == ("I-A", "therapeutic")


def test_hotspot_with_one_level_e_item_of_another_cancer_is_tier_three():
    of = profile("KRAS", "G12C")
    known = knowledge([of], [item(of, "E", doid=LUNG)], hotspots=SPOTS)
    found = judge(known, MELANOMA).of(call(consequence("KRAS", "G12C"), population_af=0.0))
    assert found.tier == "III"
    assert "approved" not in found.rationale


def test_splice_donor_of_a_tumour_suppressor_counts():
    known = knowledge([], [], hotspots=SPOTS, roles=ROLES)
    one = call(consequence("TP53", "", "splice_donor_variant"), population_af=0.0)
    found = judge(known).of(one)
    assert (found.oncogenicity.points, found.oncogenicity.verdict) == (9, "Likely Oncogenic")


def test_joined_terms_lose_nothing():
    known = knowledge([V600E], [item(V600E, "A")], hotspots=SPOTS, roles=ROLES)
    plain = consequence("BRAF", "V600E", "missense_variant")
    joined = consequence("BRAF", "V600E", "missense_variant&splice_region_variant")
    first, second = (judge(known).of(call(each)) for each in (plain, joined))
    assert first.oncogenicity == second.oncogenicity and first.oncogenicity.points == 4
    assert first.tier == second.tier == "I-A"


def test_rare_passenger_without_evidence_is_tier_three_and_not_likely_benign():
    known = knowledge([], [], hotspots=SPOTS, roles=ROLES)
    found = judge(known).of(call(consequence("TTN", "R5G"), population_af=0.0))
    assert (found.tier, found.oncogenicity.verdict) == ("III", "VUS")


def test_rare_missense_in_an_oncogene_is_not_oncogenic_by_that_alone():
    known = knowledge([], [], hotspots=SPOTS, roles=ROLES)
    found = judge(known).of(call(consequence("BRAF", "A5G"), population_af=0.0))
    assert (found.oncogenicity.points, found.oncogenicity.verdict) == (1, "VUS")


def test_the_disease_decides():
    known = knowledge([V600E], [item(V600E, "A")])
    one = call(allele=BRAF)
    assert judge(known, MELANOMA).of(one).tier == "I-A"
    assert judge(known, LUNG).of(one).tier == "II-C"


def test_weak_evidence_beside_strong_does_not_lower_the_tier():
    strong = [item(V600E, "A")]
    weak = [item(V600E, level, 1, doid=LUNG) for level in "CDE" for _ in range(5)]
    one = call(allele=BRAF)
    tiers = {judge(knowledge([V600E], each)).of(one).tier for each in (strong, strong + weak)}
    assert tiers == {"I-A"}
