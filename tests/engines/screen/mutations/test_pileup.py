"""What reads show at a place: codons, bases, windows; qualities, ends, mates, other species."""

import pytest
from amr_lab import random_bases

from engines.screen.mutations.locus import Locus
from engines.screen.mutations.pileup import pile_up
from engines.screen.mutations.sam import Aligned, _identity, _to_the_ends

REFERENCE = random_bases(30, 7) + "TCGGAC" + random_bases(64, 8)
CODON = Locus("g", 30, 33, "codon")
BASE = Locus("g", 31, 32, "base")
WINDOW = Locus("g", 20, 45, "window")


def read(bases=None, start=0, cigar=None, mate=1, quality="I", identity=1.0, qualities=None):
    bases = REFERENCE[start:] if bases is None else bases
    qualities = quality * len(bases) if qualities is None else qualities
    cigar = cigar or ((len(bases), "M"),)
    return Aligned("r", mate, "g", start, cigar, bases, qualities, identity)


def changed(at, new, bases=REFERENCE):
    return bases[:at] + new + bases[at + len(new) :]


def seen(*fragments, locus=CODON):
    pileup = pile_up(fragments, [CODON, BASE, WINDOW], {"g": REFERENCE}, 0.9, 15)
    return pileup.tallies[locus]


def test_a_codon_is_read_as_a_whole_from_one_read():
    # TCG: two reads with one change each are two residues, never a third one put together
    tally = seen([read(changed(31, "T"))], [read(changed(32, "A"))])
    assert tally.alleles == {"L": 1, "S": 1}


def test_mates_that_overlap_count_once():
    assert seen([read(), read(start=10, mate=2)]).alleles == {"S": 1}


def test_of_mates_that_differ_the_better_one_counts():
    weak = read(changed(31, "T"), quality="5", mate=2)
    assert seen([read(), weak]).alleles == {"S": 1}
    equal = seen([read(), read(changed(31, "T"), mate=2)])
    assert (equal.alleles, equal.discordant) == ({}, 1)


@pytest.mark.parametrize(
    "one",
    [
        read(changed(31, "N")),
        read(qualities="I" * 31 + "%" + "I" * 68),
        read(REFERENCE[:31] + REFERENCE[32:], cigar=((31, "M"), (1, "D"), (68, "M"))),
        read(REFERENCE[:32] + "A" + REFERENCE[32:], cigar=((32, "M"), (1, "I"), (68, "M"))),
    ],
    ids=["N", "low quality", "deletion in it", "insertion in it"],
)
def test_an_unclear_codon_is_counted_as_such(one):
    tally = seen([one])
    assert (tally.alleles, tally.unclear) == ({}, 1)


def test_a_read_counts_for_no_allele_near_its_ends():
    """An aligner cuts off a mismatch at the end, but not the wild type: both are left out."""
    assert seen([read(start=26)]).alleles == {}
    assert seen([read(start=25)]).alleles == {"S": 1}
    assert seen([read(REFERENCE[:37])]).alleles == {}
    assert seen([read(REFERENCE[:38])]).alleles == {"S": 1}
    clipped = read("ACGTA" + REFERENCE[30:], start=30, cigar=((5, "S"), (70, "M")))
    assert seen([clipped]).alleles == {"S": 1}


def test_reads_of_another_species_are_left_out_and_counted():
    pileup = pile_up([[read(identity=0.85)]], [CODON], {"g": REFERENCE}, 0.9, 15)
    assert (pileup.reads, pileup.too_different) == (0, 1)
    assert pileup.tallies[CODON].depth == 0
    assert pileup.depths["g"] == [0] * 100


def test_bases_and_windows_with_their_indels():
    deletion = read(REFERENCE[:33] + REFERENCE[36:], cigar=((33, "M"), (3, "D"), (64, "M")))
    assert seen([deletion], locus=BASE).alleles == {"C": 1}
    assert seen([deletion], locus=WINDOW).alleles == {REFERENCE[20:33] + REFERENCE[36:45]: 1}
    insertion = read(
        REFERENCE[:33] + "TGG" + REFERENCE[33:], cigar=((33, "M"), (3, "I"), (67, "M"))
    )
    assert seen([insertion]).alleles == {"S": 1}  # behind the codon, so not in it
    assert seen([insertion], locus=WINDOW).alleles == {
        REFERENCE[20:33] + "TGG" + REFERENCE[33:45]: 1
    }


def test_depth_and_breadth_count_aligned_bases():
    half = read(REFERENCE[:40])
    gap = read(REFERENCE[:30] + REFERENCE[40:], cigar=((30, "M"), (10, "D"), (60, "M")))
    pileup = pile_up([[half], [gap]], [CODON], {"g": REFERENCE}, 0.9, 15)
    assert pileup.depths["g"] == [2] * 30 + [1] * 10 + [1] * 60
    assert pileup.mean_depth("g") == pytest.approx(1.3)
    assert pileup.breadth("g") == 1.0


def test_reads_without_qualities_count():
    assert seen([read(qualities="")]).alleles == {"S": 1}


@pytest.mark.parametrize(
    ("start", "cigar", "distance", "identity"),
    [
        (100, ((150, "M"),), 15, 0.9),
        (100, ((75, "M"), (36, "I"), (75, "M")), 36, 150 / 151),  # one gap, however long
        (100, ((100, "M"), (50, "S")), 0, 100 / 150),  # cut off in the middle of the gene
        (0, ((50, "S"), (100, "M")), 0, 1.0),  # the gene begins there
        (20, ((50, "S"), (100, "M")), 10, 90 / 120),
        (890, ((110, "M"), (40, "S")), 0, 1.0),  # the gene ends there
    ],
)
def test_identity_counts_what_was_cut_off(start, cigar, distance, identity):
    assert _identity(start, cigar, distance, 1000) == pytest.approx(identity)


def test_a_change_near_the_end_of_a_gene_is_not_cut_off():
    """A read that goes on beyond its gene is aligned up to the gene's last base."""
    far = random_bases(40, 9)
    mutant = changed(93, "TTT") + far
    cut = ((93, "M"), (7 + len(far), "S"))
    assert _to_the_ends(0, cut, mutant, REFERENCE) == (
        0,
        ((93, "M"), (7, "M"), (40, "S")),
        sum(a != b for a, b in zip("TTT", REFERENCE[93:96], strict=True)),
    )
    early = far + changed(4, "CCC")
    start, cigar, _ = _to_the_ends(8, ((48, "S"), (92, "M")), early, REFERENCE)
    assert (start, cigar) == (0, ((40, "S"), (8, "M"), (92, "M")))
    other = REFERENCE[:93] + random_bases(47, 12)  # what follows is no end of this gene
    assert _to_the_ends(0, cut, other, REFERENCE) == (0, cut, 0)
    inside = ((60, "M"), (40, "S"))  # cut off far from the end: left as it is
    assert _to_the_ends(0, inside, REFERENCE, REFERENCE) == (0, inside, 0)
