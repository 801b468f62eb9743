"""The oncogenicity SOP: codes, points, cut-offs, and what is not assessed."""

import pytest
from annotate_facts import BRAF, assertion, call, consequence, item, judge, knowledge, profile

from engines.annotate.evidence import Hotspot, Kind
from engines.annotate.grantham import distance
from engines.annotate.oncogenic_codes import POINTS
from engines.annotate.oncogenicity import verdict

ROLES = {"TP53": frozenset({"tsg"}), "KRAS": frozenset({"oncogene"}), "BOTH": frozenset({"tsg"})}
SPOTS = (
    Hotspot("KRAS", 12, 2000, {"D": 700, "V": 500, "E": 3}, ""),
    Hotspot("KRAS", 22, 40, {"K": 12, "R": 9}, ""),
)
LOADED = knowledge([], [], hotspots=SPOTS, roles=ROLES)
EMPTY = knowledge([], [])


def scored(*consequences, known=LOADED, **words):
    return judge(known).of(call(*consequences, **words)).oncogenicity


def states(found):
    return {code.name: code.state for code in found.codes}


def met(found):
    return {code.name for code in found.codes if code.state == "met"}


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        (12, "Oncogenic"), (10, "Oncogenic"), (9, "Likely Oncogenic"), (6, "Likely Oncogenic"),
        (5, "VUS"), (0, "VUS"), (-1, "Likely Benign"), (-6, "Likely Benign"), (-7, "Benign"),
    ],
)  # fmt: skip
def test_cut_offs(points, expected):
    assert verdict(points) == expected


@pytest.mark.parametrize(
    ("gene", "change", "terms", "expected"),
    [
        ("TP53", "Q195*", "stop_gained", {"OVS1"}),
        ("TP53", "", "splice_donor_variant&intron_variant", {"OVS1"}),
        ("TP53", "R110fs", "frameshift_variant&splice_region_variant", {"OVS1"}),
        ("TP53", "", "start_lost", {"OVS1"}),
        ("TP53", "", "splice_region_variant&intron_variant", set()),
        ("KRAS", "Q61*", "stop_gained", set()),
        ("TP53", "", "stop_lost", {"OM2"}),
        ("KRAS", "", "stop_lost", set()),
        ("KRAS", "G12_G13insG", "inframe_insertion", {"OM2"}),
        ("TTN", "R5del", "inframe_deletion", set()),
        ("KRAS", "G12D", "missense_variant&splice_region_variant", {"OS3"}),
        ("KRAS", "Q22K", "missense_variant", {"OM3"}),
        ("KRAS", "Q22R", "missense_variant", {"OP3"}),
        ("KRAS", "G12E", "missense_variant", {"OP3"}),
        ("KRAS", "G12W", "missense_variant", set()),
        ("KRAS", "G12=", "synonymous_variant", set()),
    ],
)
def test_codes_by_consequence_role_and_hotspot(gene, change, terms, expected):
    assert met(scored(consequence(gene, change, terms))) == expected


@pytest.mark.parametrize(
    ("af", "expected", "points"),
    [
        (0.0, {"OP4"}, 1), (5e-5, {"OP4"}, 1), (0.001, set(), 0), (0.01, set(), 0),
        (0.011, {"SBS1"}, -4), (0.05, {"SBS1"}, -4), (0.051, {"SBVS1"}, -8),
    ],
)  # fmt: skip
def test_population_frequency(af, expected, points):
    found = scored(consequence("TTN", "R5G"), population_af=af)
    assert (met(found), found.points) == (expected, points)


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ({"REVEL": 0.9}, {"OP1"}), ({"REVEL": 0.1}, {"SBP1"}), ({"REVEL": 0.5}, set()),
        ({"REVEL": 0.9, "AlphaMissense": 0.1}, set()), ({"CADD": 30.0}, set()),
        ({"REVEL": 0.644}, {"OP1"}), ({"REVEL": 0.643}, set()), ({"REVEL": 0.290}, {"SBP1"}),
        ({"AlphaMissense": 0.792}, {"OP1"}), ({"am_pathogenicity": 0.169}, {"SBP1"}),
        ({"AlphaMissense": 0.7}, set()), ({"AlphaMissense": 0.2}, set()),
        ({"AlphaMissense": 0.1, "REVEL": 0.1}, {"SBP1"}),
    ],
)  # fmt: skip
def test_computational_evidence_has_to_agree(scores, expected):
    assert met(scored(consequence("TTN", "R5G"), scores=scores)) == expected
    assert met(scored(consequence("TTN", "", "intron_variant"), scores=scores)) == set()


def test_nothing_loaded_and_nothing_known_is_not_assessed():
    found = scored(known=EMPTY)
    assert set(states(found).values()) == {"not_assessed"}
    assert (found.verdict, found.points) == ("Not assessed", 0)
    # OVS1, OS1, OS2, OM2, OM3 or OP3 after OS1, OP1, OP2, OP4; SBVS1, SBS2, SBP1, SBP2
    assert (found.lowest, found.highest) == (-14, 23)


def test_without_consequences_only_a_frequency_can_give_a_class():
    rare, common = scored(population_af=0.0), scored(population_af=0.2)
    assert (rare.verdict, rare.points) == ("Not assessed", 1)
    assert (common.verdict, common.points) == ("Benign", -8)


def test_without_roles_a_null_variant_is_not_assessed_but_others_are():
    known = knowledge([], [], hotspots=SPOTS)
    lost = scored(consequence("TP53", "", "stop_gained"), known=known)
    kept = scored(consequence("TP53", "R5G"), known=known)
    assert (states(lost)["OVS1"], states(kept)["OVS1"]) == ("not_assessed", "not_met")


def test_attainable_points_leave_out_codes_that_exclude_one_another():
    found = scored(consequence("KRAS", "G12D"), population_af=0.0)
    assert (found.points, found.verdict) == (5, "VUS")
    assert states(found)["OM1"] == "not_met"  # not counted beside OS3
    # open: OS2, OP1 or SBP1, OP2, SBS2; OS1 and OM4 need established variants, not beside OS3
    assert (found.lowest, found.highest) == (5 - 4 - 1, 5 + 4 + 1 + 1)


def test_silent_is_partial_and_counts_for_nothing():
    found = scored(consequence("KRAS", "", "synonymous_variant"))
    assert (states(found)["SBP2"], found.points, found.verdict) == ("partial", 0, "VUS")
    beside = scored(consequence("KRAS", "", "synonymous_variant&splice_region_variant"))
    assert states(beside)["SBP2"] == "not_met"


ONCOGENIC = {"kind": Kind.ONCOGENIC, "significance": "oncogenic", "therapies": ()}


def test_established_change_and_another_of_the_residue():
    of = profile("BRAF", "V600E", alleles={"GRCh37": (BRAF,)})
    known = knowledge([of], [assertion(of, "", **ONCOGENIC)], hotspots=SPOTS)
    same = scored(consequence("BRAF", "V600E"), known=known)
    farther = scored(consequence("BRAF", "V600R"), known=known)
    nearer = scored(consequence("BRAF", "V600M"), known=known)  # less of a change than to E
    by_allele = scored(allele=BRAF, known=known)
    assert [met(each) for each in (same, farther, nearer)] == [{"OS1"}, {"OM4"}, set()]
    assert met(by_allele) == {"OS1"}
    assert states(scored(consequence("TTN", "R5G"), known=known))["OS1"] == "not_met"


def test_an_established_change_is_not_counted_twice_by_its_hotspot():
    of = profile("KRAS", "G12D")
    known = knowledge([of], [assertion(of, "", **ONCOGENIC)], hotspots=SPOTS)
    found = scored(consequence("KRAS", "G12D"), known=known)
    assert met(found) == {"OS1"}
    why = next(code.why for code in found.codes if code.name == "OS3")
    assert why.endswith("not counted beside OS1")


def test_a_statement_against_or_by_an_item_establishes_nothing():
    of = profile("KRAS", "G12D")
    against = assertion(of, "", supports=False, **ONCOGENIC)
    by_item = item(of, "B", **ONCOGENIC)
    known = knowledge([of], [against, by_item])
    assert states(scored(consequence("KRAS", "G12D"), known=known))["OS1"] == "not_assessed"


@pytest.mark.parametrize(("supports", "expected"), [(True, "met"), (False, "not_met")])
def test_own_evidence_decides_a_code_by_its_name(supports, expected):
    of = profile("KRAS", "G12D")
    own = {"kind": Kind.FUNCTIONAL, "significance": "os2", "supports": supports}
    known = knowledge([of], [item(of, "B", **own)])
    found = scored(consequence("KRAS", "G12D"), known=known)
    assert states(found)["OS2"] == expected
    assert found.points == (4 if supports else 0)


def test_hotspots_are_counted_on_their_own_transcript():
    spot = Hotspot("KRAS", 12, 2000, {"D": 700}, "ENST1")
    known = knowledge([], [], hotspots=(spot,))
    shifted = consequence("KRAS", "G50D", transcript="ENST2")
    own = consequence("KRAS", "G12D", transcript="ENST1", is_chosen=False)
    coincidence = consequence("KRAS", "G12D", transcript="ENST2")
    elsewhere = consequence("KRAS", "A3D", transcript="ENST1", is_chosen=False)
    assert met(scored(shifted, own, known=known)) == {"OS3"}
    assert met(scored(coincidence, elsewhere, known=known)) == set()
    assert met(scored(coincidence, known=known)) == {"OS3"}


def test_every_code_is_told_with_what_it_stands_for():
    found = scored(consequence("KRAS", "G12D"))
    assert [code.name for code in found.codes] == list(POINTS) and len(POINTS) == 17
    om3 = next(code.why for code in found.codes if code.name == "OM3")
    assert "fewer than 50 samples" in om3


@pytest.mark.parametrize(
    ("one", "other", "expected"), [("S", "R", 110), ("L", "I", 5), ("C", "W", 215), ("V", "E", 121)]
)
def test_grantham_as_published(one, other, expected):
    assert distance(one, other) == pytest.approx(expected, abs=1)
    assert distance(one, other) == distance(other, one)


def test_no_distance_to_what_is_no_amino_acid():
    assert distance("V", "*") is None
