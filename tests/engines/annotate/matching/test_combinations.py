"""Profiles of several alterations, which count once all were seen."""

import json

from annotate_facts import LUNG, call, consequence, item, judge, knowledge, profile, structural

from engines.annotate.evidence import Profile
from engines.annotate.verdict import Rung

BOTH = profile("EGFR", "L858R and T790M")
MIXED = profile("EGFR", "T790M and AMPLIFICATION")


def egfr(change, number):
    return call(consequence("EGFR", change), number=number)


def known(*profiles):
    return knowledge(list(profiles), [item(each, doid=LUNG) for each in profiles])


def told(judging, each):
    return [(match.rung, match.rejected) for match in judging.matcher.matches(each)]


def test_the_call_that_completes_it_has_the_evidence():
    judging = judge(known(BOTH), LUNG)
    assert told(judging, egfr("T790M", 1)) == [
        (Rung.PROTEIN, "needs EGFR L858R, which was not seen")
    ]
    assert told(judging, egfr("L858R", 2)) == [(Rung.PROTEIN, "")]
    assert [each.calls for each in judging.matcher.completed()] == [(2, 1)]


def test_a_part_that_is_not_seen_gives_no_tier():
    judging = judge(known(BOTH), LUNG)
    found = judging.of(egfr("T790M", 1))
    assert found.tier == "III"
    assert "1 statement would count with a further alteration, first of all EGFR L858R" in (
        found.rationale
    )
    assert judging.of(egfr("L861Q", 2)).matches == ()
    assert judging.matcher.completed() == []


def test_one_call_is_not_two_parts():
    twice = profile("EGFR", "L858R and EXON 21 MUTATION")
    judging = judge(known(twice), LUNG)
    one = call(consequence("EGFR", "L858R", exon=21), number=1)
    assert all(rejected for _, rejected in told(judging, one))
    assert told(judging, call(consequence("EGFR", "L861Q", exon=21), number=2)) == [(Rung.EXON, "")]


def test_the_lowest_rung_of_the_parts_is_that_of_the_combination():
    twice = profile("EGFR", "T790M and EXON 19 DELETION")
    judging = judge(known(twice), LUNG)
    judging.of(call(consequence("EGFR", "", "inframe_deletion", exon=19), number=1))
    assert told(judging, egfr("T790M", 2)) == [(Rung.EXON, "")]


def test_a_structural_call_can_complete_it():
    judging = judge(known(MIXED), LUNG)
    judging.of(egfr("T790M", 1))
    found = judging.structural(structural("CNV", genes=("EGFR",), copies=9.0))
    assert [match.rejected for match in found.matches] == [""]
    assert found.tier == "I-A"


def test_a_state_is_never_seen():
    parts = (*profile("BRAF", "V600E").parts, *profile("KRAS", "WILD TYPE").parts)
    of = Profile("1", "BRAF V600E AND KRAS WILD TYPE", parts)
    judging = judge(knowledge([of], [item(of)]))
    found = told(judging, call(consequence("BRAF", "V600E"), number=1))
    assert [reason for _, reason in found] == ["needs KRAS WILD TYPE, which no variant can show"]


def test_order_of_the_calls_does_not_decide_whether_it_is_complete():
    judging = judge(known(BOTH), LUNG)
    judging.of(egfr("L858R", 1))
    assert judging.of(egfr("T790M", 2)).tier == "I-A"


def test_goes_on_from_a_checkpoint():
    same = known(BOTH)
    first = judge(same, LUNG)
    first.of(egfr("T790M", 1))
    kept = json.loads(json.dumps(first.matcher.state()))
    second = judge(same, LUNG)
    second.matcher.restore(kept)
    assert second.of(egfr("L858R", 2)) == first.of(egfr("L858R", 2))
    assert second.matcher.completed() == first.matcher.completed()
    assert json.dumps(second.matcher.state()) == json.dumps(first.matcher.state())
