"""The search against brute force, and what must not change its answer."""

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from engines.compare.calls import Call, edits_of
from engines.compare.clusters import Judge, clusters
from engines.compare.limits import Limits
from engines.compare.replay import Candidate, replay

Edit = tuple[int, int, str]


def apply(sequence: str, edits: list[Edit]) -> str | None:
    """The haplotype that these edits write, None where they overlap."""
    out, at = [], 0
    for start, end, alt in sorted(edits):
        if start < at:
            return None
        out.append(sequence[at:start] + alt)
        at = end
    return "".join(out) + sequence[at:]


def haplotype_pairs(sequence: str, calls: list[tuple[Edit | None, ...]]) -> set[tuple[str, str]]:
    """All pairs that these calls can write, over every phase."""
    pairs = set()
    for order in itertools.product((False, True), repeat=len(calls)):
        sides = ([], [])  # type: tuple[list[Edit], list[Edit]]
        for call, swapped in zip(calls, order, strict=True):
            for haplotype, edit in enumerate(reversed(call) if swapped else call):
                if edit is not None:
                    sides[haplotype].append(edit)
        written = [apply(sequence, edits) for edits in sides]
        if None not in written:
            pairs.add(tuple(sorted(written)))  # type: ignore[arg-type,type-var]
    return pairs  # type: ignore[return-value]


def brute_force(sequence: str, truth: list, query: list) -> int:  # type: ignore[type-arg]
    """The most calls that both sides can hold while writing the same pair of haplotypes."""

    def subsets(calls: list) -> dict[tuple[str, str], int]:  # type: ignore[type-arg]
        best: dict[tuple[str, str], int] = {}
        for count in range(len(calls) + 1):
            for subset in itertools.combinations(calls, count):
                for pair in haplotype_pairs(sequence, list(subset)):
                    best[pair] = count
        return best

    mine, theirs = subsets(truth), subsets(query)
    return max(mine[p] + theirs[p] for p in mine.keys() & theirs.keys())


def search(sequence: str, truth: list, query: list, states: int = 20_000):  # type: ignore
    """The replay of both sides, each call in both phases."""
    candidates = [
        Candidate(side, index, (call,) if call[0] == call[1] else (call, call[::-1]))
        for side, calls in enumerate((truth, query))
        for index, call in enumerate(calls)
    ]
    return replay(sequence, candidates, states)


# Few letters and short units: nearly every indel can be written in several places.
sequences = st.text("AC", min_size=12, max_size=20)


@st.composite
def problems(draw: st.DrawFn, shrinking: bool):  # type: ignore[no-untyped-def]
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

    def side() -> list[tuple[Edit | None, Edit | None]]:
        calls = []
        for _ in range(draw(st.integers(1, 3))):
            one = edit()
            calls.append(draw(st.sampled_from([(one, one), (one, None), (None, one)])))
        return calls

    return sequence, side(), side()


@settings(max_examples=250, deadline=None)
@given(st.booleans().flatmap(lambda shrinking: problems(shrinking)))
def test_search_finds_the_largest_match(problem) -> None:  # type: ignore[no-untyped-def]
    sequence, truth, query = problem
    match = search(sequence, truth, query)
    assert not match.capped
    chosen = [
        [call for i, call in enumerate(calls) if (side, i) in match.blocks]
        for side, calls in enumerate((truth, query))
    ]
    assert haplotype_pairs(sequence, chosen[0]) & haplotype_pairs(sequence, chosen[1])
    assert len(match.blocks) == brute_force(sequence, truth, query)


def test_calls_that_cancel_out_are_no_match() -> None:
    """An insertion and a deletion of the same bases by the truth alone explain nothing."""
    sequence = "ACGTTTGCAACGTACGA"
    truth = [((4, 4, "T"), (4, 4, "T")), ((5, 6, ""), (5, 6, ""))]
    query = [((14, 15, "G"), (14, 15, "G"))]
    assert search(sequence, truth, query).blocks == {}


def test_blocks_are_the_stretches_between_points_in_step() -> None:
    sequence = "ACGTACGTACGTACGTACGTACGTACGT"
    truth = [((3, 4, "A"), None), ((20, 21, "C"), (20, 21, "C"))]
    query = [((3, 4, "A"), None), ((20, 21, "C"), (20, 21, "C"))]
    blocks = search(sequence, truth, query).blocks
    assert blocks[0, 0] == blocks[1, 0] != blocks[0, 1] == blocks[1, 1]


def test_a_capped_search_says_so_and_still_matches() -> None:
    sequence = "G" + "A" * 60 + "G"
    truth = [((at, at + 2, ""), None) for at in range(2, 50, 6)]
    query = [((at + 3, at + 5, ""), None) for at in range(2, 50, 6)]
    exact = search(sequence, truth, query)
    assert (len(exact.blocks), exact.capped) == (16, False)
    match = search(sequence, truth, query, states=8)
    assert match.capped and match.states > 8
    chosen = [
        [call for i, call in enumerate(calls) if (side, i) in match.blocks]
        for side, calls in enumerate((truth, query))
    ]
    assert haplotype_pairs(sequence, chosen[0]) & haplotype_pairs(sequence, chosen[1])


def call(order: int, position: int, ref: str, alts: str, genotype: tuple[int, ...]) -> Call:
    names = tuple(alts.split(","))
    haplotypes = edits_of(position, ref, names, genotype)
    return Call(order, position, ref, names, genotype, False, None, True, haplotypes)


def judge(sequence: str, truth: list[Call], query: list[Call]) -> list[list[str]]:
    """BK of every call, by side."""
    judge = Judge(sequence, Limits())
    kinds: list[list[str]] = [[], []]
    for cluster in clusters(truth, query, sequence, 30):
        for side, verdicts in enumerate(judge.judge(cluster)):
            kinds[side].extend(v.kind for v in verdicts)
    return kinds


REPEAT = "GATTACAGGC" + "CA" * 12 + "GGATCCTTAGC" * 3


def test_same_deletion_written_elsewhere_in_a_repeat() -> None:
    left = call(0, 9, "CCA", "C", (0, 1))
    right = call(0, 31, "ACA", "A", (0, 1))
    assert judge(REPEAT, [left], [right]) == [["gm"], ["gm"]]


def test_other_zygosity_is_an_allele_match() -> None:
    het, hom = call(0, 40, "T", "G", (0, 1)), call(0, 40, "T", "G", (1, 1))
    assert judge(REPEAT, [het], [hom]) == [["am"], ["am"]]


def test_other_allele_is_a_local_match() -> None:
    assert judge(REPEAT, [call(0, 40, "T", "G", (0, 1))], [call(0, 40, "T", "C", (0, 1))]) == [
        ["lm"],
        ["lm"],
    ]


def test_far_apart_is_no_match() -> None:
    sequence = "ACGT" * 100
    assert judge(sequence, [call(0, 40, "A", "G", (0, 1))], [call(0, 240, "A", "G", (0, 1))]) == [
        ["."],
        ["."],
    ]


def test_mnp_equals_its_snps() -> None:
    truth = [call(0, 40, REPEAT[40:42], "GA", (0, 1))]
    query = [call(0, 40, REPEAT[40], "G", (0, 1)), call(1, 41, REPEAT[41], "A", (0, 1))]
    assert REPEAT[40:42] not in ("GA",)
    assert judge(REPEAT, truth, query) == [["gm"], ["gm", "gm"]]


def test_joined_and_split_multiallelic() -> None:
    truth = [call(0, 9, "CCA", "C,CCACA", (1, 2))]
    query = [call(0, 9, "CCA", "C", (0, 1)), call(1, 9, "C", "CCA", (0, 1))]
    assert judge(REPEAT, truth, query) == [["gm"], ["gm", "gm"]]
