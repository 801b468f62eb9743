"""What has to hold of every drawing, on small problems in repeats."""

import random

from core_lab import Lab
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.compare.explain.decided import locus_of
from engines.compare.explain.haplotypes import draw
from engines.compare.explain.text import as_data, explained


def records(rng: random.Random, sequence: str) -> list[str]:
    """Records of all kinds, some of which overlap."""
    found = []
    for position in sorted(rng.sample(range(1, len(sequence) - 12), rng.randint(1, 8))):
        ref = sequence[position - 1 : position - 1 + rng.choice((1, 1, 1, 2, 3, 5))]
        alts = {
            ref[0] + "".join(rng.choices("ACGT", k=rng.choice((0, 0, 1, 3))))
            if rng.random() < 0.6
            else "".join(rng.choices("ACGT", k=rng.choice((1, 1, 2))))
            for _ in range(rng.choice((1, 1, 2)))
        } - {ref}
        if alts:
            genotypes = ("0/1", "1/1", "0|1", "1", "./1") if len(alts) == 1 else ("1/2", "1|2")
            found.append(f"{position} {ref} {','.join(sorted(alts))} {rng.choice(genotypes)}")
    return found


@settings(max_examples=60, deadline=None)
@given(st.randoms(use_true_random=False))
def test_what_was_matched_looks_the_same(rng: random.Random) -> None:
    unit = rng.choice(("A", "AC", "ACG", "GATTACA"))
    sequence = "".join(
        rng.choice("ACGT") if rng.random() < 0.3 else unit[i % len(unit)] for i in range(80)
    )
    truth = records(rng, sequence)
    query = records(rng, sequence) if rng.random() < 0.5 else truth[1:]
    lab = Lab(sequence, gap=rng.choice((0, 5, 30)), leftshift=rng.random() < 0.7)
    lab.truth(*truth).query(*query).compare()
    for number in range(len(lab.superloci())):
        locus = locus_of(lab.session, "chr1", number, squashed=False)
        drawing = draw(locus)
        for piece in drawing.pieces:
            assert len({len(row) for row in piece.rows}) == 1
            assert len(piece.marks) <= len(piece.rows[0])
        if all(call.match == "gm" for call in locus.calls) and not drawing.unphased:
            assert drawing.same == (True, True), explained(locus)
        assert len(as_data(locus)["calls"]) == len(locus.calls)
