"""Real CIViC: its own assertions are the known answers."""

from dataclasses import replace

import pytest
from real_civic import civic, judged, of_statement, shows
from shared_data import shared_data

from engines.annotate.evidence import Assertion
from engines.annotate.judge import Judge
from engines.annotate.variants import StructuralCall
from engines.annotate.verdict import AnnotatedStructural

shared_data("annotation")
pytestmark = pytest.mark.real


def asserted() -> list[Assertion]:
    return [each for each in civic().assertions if each.amp]


def answers(are_hidden: bool) -> dict[str, tuple[str, str]]:
    """Of each assertion its tier, and the tier of its context without or with assertions."""
    known = replace(civic(), assertions=[]) if are_hidden else civic()
    found = {}
    for each in asserted():
        call = shows(known.profiles[each.profile].parts[0])
        assert call is not None
        contexts = {
            c.context.value: c.tier for c in judged(of_statement(known, each), call).contexts
        }
        context = "therapeutic" if each.kind == "predictive" else each.kind.value
        found[each.id] = (each.amp, contexts[context])
    return found


def test_fourteen_of_fourteen_at_their_tier_and_level():
    found = answers(are_hidden=False)
    assert len(found) == 14
    assert {key: given for key, (told, given) in found.items() if given != told} == {}


def test_without_the_assertions_the_evidence_gives_the_tier():
    found = answers(are_hidden=True)
    wrong = {k: v for k, v in found.items() if v[0].split("-")[0] != v[1].split("-")[0]}
    assert wrong == {"AID9": ("II-C", "I-B")}  # two cohorts of level B, asserted as small


def test_an_assertion_with_the_variant_id_of_another_gene_is_not_that_gene():
    """AID2 (trastuzumab) has the id of CCND1's amplification; its gene and items are ERBB2's."""
    one = next(each for each in asserted() if each.id == "AID2")
    assert one.doid == "0060079" and civic().profiles[one.profile].name == "ERBB2 AMPLIFICATION"
    gain = StructuralCall(1, "11", 1, 2, "CNV", "11:1:N:.", genes=("CCND1",), copies=12.0)
    found = judged(of_statement(civic(), one), gain)
    assert isinstance(found, AnnotatedStructural)
    assert "AID2" not in {match.statement.id for match in found.matches}
    assert not found.tier.startswith("I-")


def test_no_germline_item_gives_a_tier():
    known, looked_at = civic(), 0
    judges: dict[str, Judge] = {}
    for item in known.items:
        parts = known.profiles[item.profile].parts
        if "germline" not in item.origin or len(parts) > 1:
            continue
        call = shows(parts[0])
        if call is None or not item.doid:
            continue
        if item.doid not in judges:
            judges[item.doid] = of_statement(known, item)
        found = judged(judges[item.doid], call)
        looked_at += 1
        match = next((m for m in found.matches if m.statement.id == item.id), None)
        assert match is None or match.tier is None, item.id
        assert match is None or match.rejected == "germline" or item.kind == "functional"
        assert all(item.id not in context.decisive for context in found.contexts)
    assert looked_at > 300
