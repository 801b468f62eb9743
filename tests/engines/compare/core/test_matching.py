"""Clusters, the search for the largest match against brute force, and what lies beyond its cap."""

import itertools
import random

from core_lab import Edit, Lab, LabCall
from hypothesis import given, settings
from hypothesis import strategies as st

PLAIN = {"decompose": False, "leftshift": False}  # calls are matched as they are written
REPEAT = "GATTACAGGC" + "CA" * 12 + "GGATCCTTAGC" * 3
BOTH = (0, 1)


def apply(sequence: str, edits: list[Edit]) -> str | None:
    """The haplotype that these edits write, None where they overlap."""
    out, at = [], 0
    for start, end, alt in sorted(edits, key=lambda edit: edit[:2]):
        if start < at:
            return None
        out.append(sequence[at:start] + alt)
        at = end
    return "".join(out) + sequence[at:]


def haplotype_pairs(sequence: str, calls: list[LabCall]) -> set[tuple[str, str]]:
    """All pairs that these calls can write, over every phase."""
    pairs = set()
    for order in itertools.product((False, True), repeat=len(calls)):
        sides: tuple[list[Edit], list[Edit]] = ([], [])
        for call, swapped in zip(calls, order, strict=True):
            for side, edit in zip(sides, call.haplotypes[:: -1 if swapped else 1], strict=True):
                if edit is not None:
                    side.append(edit)
        one, other = (apply(sequence, edits) for edits in sides)
        if one is not None and other is not None:
            pairs.add((min(one, other), max(one, other)))
    return pairs


def brute_force(sequence: str, truth: list[LabCall], query: list[LabCall]) -> int:
    """The most calls that both sides can hold while writing the same pair of haplotypes."""

    def subsets(calls: list[LabCall]) -> dict[tuple[str, str], int]:
        best: dict[tuple[str, str], int] = {}
        for count in range(len(calls) + 1):
            for subset in itertools.combinations(calls, count):
                for pair in haplotype_pairs(sequence, list(subset)):
                    best[pair] = count
        return best

    mine, theirs = subsets(truth), subsets(query)
    return max(mine[p] + theirs[p] for p in mine.keys() & theirs.keys())


def matched(lab: Lab) -> list[list[LabCall]]:
    """Genotype matches by side, in the order of the records."""
    return [
        [call for call in sorted(lab.calls(side), key=lambda c: c.order) if call.match == "gm"]
        for side in BOTH
    ]


def agree(lab: Lab, sequence: str) -> bool:
    """Whether what was matched writes the same haplotypes on both sides."""
    truth, query = matched(lab)
    return bool(haplotype_pairs(sequence, truth) & haplotype_pairs(sequence, query))


def anchored(sequence: str, start: int, end: int, alts: list[str], genotype: str) -> str:
    """A record with the base before the change."""
    before = sequence[start - 1]
    ref, written = before + sequence[start:end], ",".join(before + alt for alt in alts)
    return f"{start} {ref} {written} {genotype}"


# Few letters and short units: nearly every indel can be written in several places.
sequences = st.text("AC", min_size=12, max_size=20)


@st.composite
def problems(draw: st.DrawFn, shrinking: bool) -> tuple[str, list[str], list[str]]:
    """A sequence and two call sets of SNPs and deletions, or of SNPs and insertions.

    With only one of them no set of calls of one side can cancel out, so the brute
    force needs no rule about blocks of one side.
    """
    sequence = draw(sequences)

    def edit() -> Edit:
        start = draw(st.integers(1, len(sequence) - 4))
        if draw(st.booleans()):
            return start, start + 1, "G" if draw(st.booleans()) else "T"
        if shrinking:
            return start, start + draw(st.integers(1, 3)), ""
        return start, start, draw(st.text("AC", min_size=1, max_size=3))

    def record() -> str:
        one, other = edit(), edit()
        if draw(st.integers(0, 4)):
            zygosity = draw(st.sampled_from(["1/1", "0/1", "1|0", "1", "./1"]))
            return anchored(sequence, one[0], one[1], [one[2]], zygosity)
        start, end = min(one[0], other[0]), max(one[1], other[1])
        alts = [sequence[start:s] + alt + sequence[e:end] for s, e, alt in (one, other)]
        if alts[0] == alts[1]:
            return anchored(sequence, start, end, alts[:1], "1/1")
        return anchored(sequence, start, end, alts, "1/2")

    def side() -> list[str]:
        records = [record() for _ in range(draw(st.integers(1, 3)))]
        return sorted(records, key=lambda record: int(record.split()[0]))

    return sequence, side(), side()


@settings(max_examples=120, deadline=None)
@given(st.booleans().flatmap(lambda shrinking: problems(shrinking)))
def test_the_search_finds_the_largest_match(problem: tuple[str, list[str], list[str]]) -> None:
    sequence, truth, query = problem
    lab = Lab(sequence, **PLAIN).truth(*truth).query(*query).compare()
    assert not any(lab.superloci()["capped"])
    sides = [sorted(lab.calls(side), key=lambda call: call.order) for side in BOTH]
    assert [len(side) for side in sides] == [lab.session.fields.calls[side].count for side in BOTH]
    assert agree(lab, sequence)
    # brute force knows no superloci: calls that are far apart are matched by themselves
    assert sum(map(len, matched(lab))) == brute_force(sequence, *sides)


def test_calls_that_cancel_out_are_no_match() -> None:
    """An insertion and a deletion of the same bases by the truth alone explain nothing."""
    lab = Lab("ACGTTTGCAACGTACGA", **PLAIN)
    lab.truth("4 T TT 1/1", "5 TT T 1/1").query("15 C T 1/1").compare()
    assert lab.matches() == [["lm", "lm"], ["lm"]]


def test_blocks_are_the_stretches_between_points_in_step() -> None:
    sequence = "ACGTACGTACGTACGTACGTACGTACGT"
    het, hom, only = "4 T A 0/1", "21 A C 1/1", "10 C T 1/1"
    lab = Lab(sequence, **PLAIN).truth(het, hom).query(het, only, hom).compare()
    truth, query = matched(lab)
    assert [call.block for call in truth] == [call.block for call in query]
    assert len({call.block for call in truth}) == 2 and truth[0].block > 0


def test_a_change_of_two_alleles_apart_hides_no_call_between() -> None:
    """A het-alt record of the truth, and on its second haplotype a call before its change."""
    sequence = "TTGACCATGACGATCCATGCATT"
    joined, between = "6 CATGACG GATGACG,CATGACT 1/2", "9 G C 0/1"
    apart = ["6 C G 0/1", "9 G C 0/1", "12 G T 0/1"]
    lab = Lab(sequence, **PLAIN).truth(joined, between).query(*apart).compare()
    assert lab.matches() == [["gm", "gm"], ["gm", "gm", "gm"]]
    # on one haplotype of the truth all three cannot be: the joined record says so
    lab = Lab(sequence, **PLAIN).truth(joined, between).query("6 CATGACG GATCACT 0/1").compare()
    assert "gm" not in lab.matches()[0]


def test_the_second_allele_stands_for_a_call_whose_first_one_is_not_there() -> None:
    sequence = "TTGACCATGACGATCCATGCATT"
    truth = ["6 CATGACG GATGACG,CATGACT 1/2", "9 G C 0/1"]
    lab = Lab(sequence, **PLAIN).truth(*truth).query("9 G C 0/1", "12 G T 0/1").compare()
    assert lab.matches() == [["am", "gm"], ["gm", "am"]]


def shifted(at: int) -> str:
    return f"{at} AAA A 0/1"


def test_a_capped_search_says_so_and_still_matches() -> None:
    sequence = "G" + "A" * 60 + "G"
    truth, query = [shifted(at) for at in range(2, 50, 6)], [shifted(at) for at in range(5, 53, 6)]
    exact = Lab(sequence, **PLAIN).truth(*truth).query(*query).compare()
    assert not exact.superloci()["capped"].any()
    assert exact.matches() == [["gm"] * 8] * 2
    lab = Lab(sequence, states=8, **PLAIN).truth(*truth).query(*query).compare()
    (superlocus,) = lab.superloci()
    assert superlocus["capped"] and superlocus["states"] > 8
    assert superlocus["calls"].tolist() == [[0, 8], [0, 8]]
    assert agree(lab, sequence)


def test_beyond_the_cap_what_both_say_is_matched_as_it_stands() -> None:
    """Deletions and insertions all over a repeat: far more states than are kept."""
    sequence = "G" + "A" * 400 + "G"
    both = [
        f"{at} {'A' * (at % 3 + 2)} A 0/1" if at % 2 else f"{at} A {'A' * (at % 5 + 2)} 0/1"
        for at in range(2, 300, 4)
    ]
    lab = Lab(sequence, states=40, **PLAIN).truth(*both, "310 A C 1/1").query(*both).compare()
    (superlocus,) = lab.superloci()
    assert superlocus["capped"]
    assert lab.matches() == [["gm"] * len(both) + ["lm"], ["gm"] * len(both)]


def test_hundreds_of_calls_on_top_of_each_other_end_with_a_verdict_each() -> None:
    choose = random.Random(9)
    sequence = "".join(choose.choices("ACGT", k=120))

    def calls() -> list[str]:
        places = sorted(choose.choices(range(2, 110), k=300))
        return [
            anchored(sequence, at, at + choose.randint(0, 5), ["".join(choose.choices("AC", k=7))],
                     choose.choice(["0/1", "1/1"]))
            for at in places
        ]  # fmt: skip

    lab = Lab(sequence, states=100, **PLAIN).truth(*calls()).query(*calls()).compare()
    assert lab.superloci()["capped"].all()
    found = lab.matches()
    assert [len(side) for side in found] == [lab.intake(side).records for side in BOTH]
    assert {"gm", "lm"} <= set(found[0]) and "." not in found[0]


def test_clusters_lie_more_than_the_gap_apart() -> None:
    sequence = "ACGT" * 100
    for far, clusters in ((31, 1), (32, 2)):
        base = sequence[39 + far]
        other = "A" if base != "A" else "C"
        lab = Lab(sequence, **PLAIN)
        lab.truth("40 T G 0/1").query(f"{40 + far} {base} {other} 0/1").compare()
        assert len(lab.superloci()) == clusters


def test_a_cluster_reaches_as_far_as_its_indels_can_be_written() -> None:
    lab = Lab(REPEAT, **PLAIN).truth("10 CCA C 0/1").compare()
    (superlocus,) = lab.superloci()
    assert (superlocus["start"], superlocus["end"], superlocus["first"]) == (10, 34, 9)
    sequence = "GGAANAATT"  # nothing is rolled through N
    (superlocus,) = Lab(sequence, **PLAIN).truth("2 G GA 0/1").compare().superloci()
    assert (superlocus["start"], superlocus["end"]) == (2, 4)
    (superlocus,) = Lab(sequence, **PLAIN).truth("6 AA A 0/1").compare().superloci()
    assert (superlocus["start"], superlocus["end"]) == (5, 7)


def test_same_deletion_written_elsewhere_in_a_repeat() -> None:
    lab = Lab(REPEAT, **PLAIN).truth("10 CCA C 0/1").query("32 ACA A 0/1").compare()
    assert lab.matches() == [["gm"], ["gm"]]


def test_what_is_no_genotype_match() -> None:
    for query, kind in (("41 T G 1/1", "am"), ("41 T C 0/1", "lm"), ("41 T C,G 1/2", "am")):
        lab = Lab(REPEAT, **PLAIN).truth("41 T G 0/1").query(query).compare()
        assert lab.matches() == [[kind], [kind]], query


def test_a_filtered_call_gives_way_to_one_that_passes() -> None:
    lab = Lab(REPEAT, **PLAIN).truth("41 T G 0/1")
    lab.query("41 T G 0/1 9 LowQual", "41 T G 0/1 50 PASS", "43 A C 0/1").compare()
    assert lab.matches() == [["gm"], ["lm", "gm", "lm"]]


def test_alleles_only() -> None:
    """With squash every called allele is a call, on as many haplotypes as it takes."""
    truth = ["41 T G,C 0/1/2", "44 G A 0/0/1"]
    query = ["41 T C 0/1", "41 T G 1", "41 T A 0/1", "44 G A 1/1/0"]
    lab = Lab(REPEAT, squash=True, **PLAIN).truth(*truth).query(*query).compare()
    assert lab.matches() == [["gm", "gm", "gm"], ["gm", "gm", "lm", "gm"]]
