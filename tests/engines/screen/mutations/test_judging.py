"""From counts to calls, and from calls to effects."""

from dataclasses import replace

import pytest
from amr_lab import random_gene

from engines.contract.errors import BadUsage
from engines.screen.databases.mutation import Mutation
from engines.screen.databases.required import parse
from engines.screen.mutations.call import Call, Calls, Limits, judge
from engines.screen.mutations.copies import representatives
from engines.screen.mutations.effect import effect
from engines.screen.mutations.locus import Locus, Tally, locus_of
from engines.screen.mutations.window import OTHER, WILD, classify

S83 = Mutation("gyrA:S83L", "gyrA", "gyrA", "protein", "substitution", 83, 246, "S", ("L", "W"))
HERE = Locus("gyrA", 246, 249, "codon")
GENE = random_gene(120, 5)


def called(one=S83, limits=None, listed=frozenset(), **alleles) -> Call:
    return judge(one, HERE, Tally(dict(alleles)), GENE, limits or Limits(), listed)


@pytest.mark.parametrize(
    ("alleles", "status"),
    [
        ({}, "insufficient_depth"),
        ({"S": 9}, "insufficient_depth"),
        ({"S": 10}, "not_detected"),
        ({"L": 1}, "insufficient_depth"),  # never resistant from one read
        ({"L": 2, "S": 8}, "not_detected"),
        ({"L": 3}, "detected"),
        ({"L": 3, "S": 27}, "detected"),
        ({"L": 3, "S": 28}, "not_detected"),  # less than a tenth
        ({"L": 2, "W": 2, "S": 20}, "detected"),
        ({"P": 10}, "other_change"),
        ({"P": 2, "S": 10}, "not_detected"),
    ],
)
def test_too_few_reads_are_told_from_none_resistant(alleles, status):
    assert called(**alleles).status == status


def test_counts_add_up_and_the_interval_is_given():
    one = called(L=5, W=1, S=10, P=4, T=2, listed=frozenset("LWT"))
    assert (one.depth, one.wild_type, one.resistant) == (22, 10, 6)
    assert (one.elsewhere, one.unknown) == (2, 4)
    assert one.alts == ("L",)  # one read of W is no detection of W
    assert one.frequency == pytest.approx(6 / 22)
    assert one.low < 6 / 22 < one.high
    assert list(one.alleles) == ["S", "L", "P", "T", "W"]
    assert called().frequency is None and (called().low, called().high) == (0.0, 1.0)


def test_what_another_row_lists_is_no_unknown_change():
    assert called(T=20, listed=frozenset("LWT")).status == "not_detected"
    assert called(T=20).status == "other_change"


@pytest.mark.parametrize(
    "limits", [{"depth": 0}, {"frequency": 0}, {"frequency": 1.5}, {"identity": 0}, {"quality": -1}]
)
def test_limits_without_sense(limits):
    with pytest.raises(BadUsage):
        Limits(**limits)


# --- insertions and deletions --------------------------------------------------


def indel(kind, level, start, ref, alts):
    return Mutation("x", "g", "g", level, kind, 0, start, ref, alts)


def test_an_insertion_of_residues_whatever_its_codons():
    one = indel("insertion", "protein", 150, "?", ("WW",))
    at = locus_of(one, GENE, 0)
    assert at.start % 3 == 0 and (at.end - at.start) % 3 == 0
    window = GENE[at.start : at.end]
    inside = 150 - at.start
    for place in (inside, inside + 3):  # before or behind the named codon
        seen = window[:place] + "TGGTGG" + window[place:]
        assert classify(seen, one, at, GENE) == "WW"
    assert classify(window, one, at, GENE) == WILD
    assert classify(window[:inside] + "TGGTGT" + window[inside:], one, at, GENE) == OTHER
    assert classify(window[:inside] + "TGG" + window[inside:], one, at, GENE) == OTHER
    assert classify(window[:inside] + "TGGTG" + window[inside:], one, at, GENE) == OTHER
    far = window[:inside] + "TGGTGG" + window[inside:]
    assert classify("TTT" + far[3:], one, at, GENE) == "WW"  # an error far from the site


def test_a_deletion_of_bases_and_of_residues():
    for level, gone in (("nucleotide", GENE[150:153]), ("protein", "X")):
        one = indel("deletion", level, 150, gone, ("del",))
        at = locus_of(one, GENE, 0)
        seen = GENE[at.start : 150] + GENE[153 : at.end]
        assert classify(seen, one, at, GENE) == "del"
        other = GENE[at.start : 156] + GENE[159 : at.end]
        assert classify(other, one, at, GENE) == OTHER


def test_an_insertion_in_a_repeat_is_found_wherever_an_aligner_puts_it():
    bases = "ACGTTGCATC" * 4 + "GTGT" + "CATTGCAAGT" * 4
    one = indel("insertion", "nucleotide", 41, "T", ("GT",))
    at = locus_of(one, bases, None)
    window, inside = bases[at.start : at.end], 40 - at.start
    same = {window[:k] + "GT" + window[k:] for k in (inside, inside + 2, inside + 4)}
    assert len(same) == 1
    assert classify(same.pop(), one, at, bases) == "GT"


# --- copies, partners ----------------------------------------------------------


def test_copies_of_a_gene_are_counted_on_the_first():
    one, copy = "ACGTACGTAC" * 10, "ACGTACGTAG" + "ACGTACGTAC" * 9
    other, longer = "TTTTACGTAC" * 10, one + "A"
    found = representatives({"a": one, "b": copy, "c": other, "d": longer})
    assert found == {"a": "a", "b": "a", "c": "c", "d": "d"}


def calls(*made, partners=None) -> Calls:
    return Calls("lab", made, partners or {}, (), Limits())


def needs(text, **more):
    return replace(S83, required=parse(text), **more)


def test_a_mutation_without_partners_is_enough():
    one = called(L=20)
    assert effect(one, calls(one)).verdict == "resistant"
    silent = called(S=20)
    assert effect(silent, calls(silent)).verdict == ""


@pytest.mark.parametrize(
    ("partner", "verdict", "words"),
    [
        ({"N": 20}, "resistant", ""),
        ({"D": 20}, "none", "not detected (gyrA 87N/G)"),
        ({"D": 4}, "uncertain", "too few reads at a partner"),
        ({"N": 1}, "uncertain", "too few reads at a partner"),
    ],
)
def test_a_partner_that_is_needed(partner, verdict, words):
    one = called(needs("gyrA_D87N.G"), L=20)
    found = effect(one, calls(one, partners={"gyrA:87": Tally(partner)}))
    assert (found.verdict, words in found.why) == (verdict, True)


def test_any_group_will_do_but_all_of_it():
    one = called(needs("gyrA_D87N,parC_S80I;parE_L416F"), L=20)
    some = {"gyrA:87": Tally({"N": 20}), "parC:80": Tally({"S": 20})}
    third = {"parE:416": Tally({"L": 20})}
    assert effect(one, calls(one, partners=some | third)).verdict == "none"
    assert effect(one, calls(one, partners=some)).verdict == "uncertain"  # parE has no place
    third = {"parE:416": Tally({"F": 20})}
    assert effect(one, calls(one, partners=some | third)).verdict == "resistant"


def test_what_the_database_doubts_is_uncertain():
    one = called(replace(S83, doubt="the database says it only contributes"), L=20)
    assert effect(one, calls(one)).why == "the database says it only contributes"
    alone = called(replace(S83, alone_unknown=frozenset("L")), L=20)
    assert effect(alone, calls(alone)).verdict == "uncertain"
    both = called(replace(S83, alone_unknown=frozenset("L")), L=20, W=20)
    assert effect(both, calls(both)).verdict == "resistant"
