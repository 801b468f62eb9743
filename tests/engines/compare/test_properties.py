"""What must not change the answer of a comparison: other spellings of the same haplotypes."""

from dataclasses import dataclass
from itertools import pairwise

import pytest
from core_lab import Edit, Lab
from hypothesis import given, settings
from hypothesis import strategies as st

PLAIN = {"decompose": False, "leftshift": False}
QUICK = settings(max_examples=60, deadline=None)
BOTH = (0, 1)

sequences = st.one_of(
    st.text("ACGT", min_size=30, max_size=80),
    st.lists(st.tuples(st.text("ACGT", min_size=1, max_size=4), st.integers(1, 8)), min_size=8)
    .map(lambda runs: "".join(unit * times for unit, times in runs))
    .filter(lambda text: 30 <= len(text) <= 200),
)  # fmt: skip


@dataclass(frozen=True)
class Atom:
    """One change and the haplotypes that carry it."""

    start: int
    end: int
    alt: str
    carriers: tuple[int, ...]


def reach(sequence: str, at: int, alt: str) -> tuple[int, int]:
    """The stretch in which an insertion can be written."""
    low = high = at
    while low and sequence[low - 1] == alt[-1 - (at - low) % len(alt)]:
        low -= 1
    while high < len(sequence) and sequence[high] == alt[(high - at) % len(alt)]:
        high += 1
    return low, high


def other_base(draw: st.DrawFn, base: str) -> str:
    return draw(st.sampled_from([b for b in "ACGT" if b != base]))


@st.composite
def atoms(draw: st.DrawFn, sequence: str, apart: int = 1) -> list[Atom]:
    """SNPs, MNPs, and insertions or deletions, with ``apart`` or more bases between them.

    Not both of them: in one repeat they can cancel out, which is no match. Nor two insertions in
    one repeat: where they meet it is their order that tells the haplotype.
    """
    found: list[Atom] = []
    at, reached = 1, 0
    indel = draw(st.sampled_from(["insertion", "deletion"]))
    while (at := at + draw(st.integers(0, 12))) < len(sequence) - 8:
        carriers = draw(st.sampled_from([(0,), (1,), (0, 1)]))
        kind = draw(st.sampled_from(["snp", "mnp", indel, indel]))
        size = 1 if kind == "snp" else draw(st.integers(1, 4))
        if kind == "insertion":
            atom = Atom(at, at, draw(st.text("ACGT", min_size=1, max_size=4)), carriers)
            low, high = reach(sequence, at, atom.alt)
            if low <= reached:
                continue
            reached = high
        elif kind == "deletion":
            atom = Atom(at, at + size, "", carriers)
        else:
            bases = "".join(other_base(draw, base) for base in sequence[at : at + size])
            atom = Atom(at, at + size, bases, carriers)
        found.append(atom)
        at = atom.end + apart
    return found


def record(sequence: str, group: list[Atom], start: int, end: int) -> str:
    """One record for all atoms of a group, from ``start`` to ``end`` of the reference."""
    written = []
    for haplotype in BOTH:
        text, at = "", start
        for atom in group:
            if haplotype in atom.carriers:
                text, at = text + sequence[at : atom.start] + atom.alt, atom.end
        written.append(text + sequence[at:end])
    ref = sequence[start:end]
    alts = list(dict.fromkeys(text for text in written if text != ref))
    genotype = "/".join(str(alts.index(text) + 1 if text != ref else 0) for text in written)
    return f"{start + 1} {ref} {','.join(alts) or '.'} {genotype}"


def plainly(sequence: str, found: list[Atom]) -> list[str]:
    """A record for each atom; indels carry the base before them."""
    return [
        record(sequence, [atom], atom.start - (len(atom.alt) != atom.end - atom.start), atom.end)
        for atom in found
    ]


@st.composite
def otherwise(draw: st.DrawFn, sequence: str, found: list[Atom]) -> list[str]:
    """The same haplotypes: joined, padded, MNPs as SNPs, indels further right."""
    pieces: list[Atom] = []
    for number, atom in enumerate(found):
        if len(atom.alt) == atom.end - atom.start > 1 and draw(st.booleans()):
            pieces += [
                Atom(atom.start + i, atom.start + i + 1, base, atom.carriers)
                for i, base in enumerate(atom.alt)
            ]
            continue
        free = found[number + 1].start - 1 if number + 1 < len(found) else len(sequence) - 1
        pieces.append(shifted(sequence, atom, free) if draw(st.booleans()) else atom)
    records, at, behind = [], 0, 0
    while at < len(pieces):
        group = pieces[at : at + draw(st.integers(1, 3))]
        at += len(group)
        following = pieces[at].start if at < len(pieces) else len(sequence)
        first, last = group[0], group[-1]
        # padding says that a base is the reference's: not where another call changes it
        start = max(behind, first.start - 1 - draw(st.integers(0, 2)))
        end = min(following, last.end + draw(st.integers(0, 2)))
        records.append(record(sequence, group, start, end))
        behind = last.end
    return records


def shifted(sequence: str, atom: Atom, free: int) -> Atom:
    """An insertion or deletion as far right as the next atom lets it."""
    start, end, alt = atom.start, atom.end, atom.alt
    if (alt and end > start) or not (alt or end > start):
        return atom
    while end < free and sequence[end] == (alt[0] if alt else sequence[start]):
        if alt:
            alt = alt[1:] + alt[0]
        start, end = start + 1, end + 1
    return Atom(start, end, alt, atom.carriers)


def errors(lab: Lab) -> dict[str, int]:
    """What is wrong on either side, by type."""
    return {
        f"{kind} {name}": count
        for kind in ("SNP", "INDEL")
        for name, count in lab.counts(kind).items()
        if name in ("truth_fn", "query_fp", "query_unk")
    }


@st.composite
def called(draw: st.DrawFn) -> tuple[str, list[Atom]]:
    sequence = draw(sequences)
    return sequence, draw(atoms(sequence))


@st.composite
def respelled(draw: st.DrawFn) -> tuple[str, list[str], list[str]]:
    sequence, found = draw(called())
    return sequence, plainly(sequence, found), draw(otherwise(sequence, found))


@QUICK
@given(called())
def test_a_set_with_itself(case: tuple[str, list[Atom]]) -> None:
    sequence, found = case
    records = plainly(sequence, found)
    lab = Lab(sequence).truth(*records).query(*records).compare()
    assert errors(lab) == {} and not lab.differences()
    assert lab.intake(0).records == len(found)


@QUICK
@given(respelled())
def test_any_spelling_of_the_same_haplotypes(case: tuple[str, list[str], list[str]]) -> None:
    sequence, truth, query = case
    for options in ({}, PLAIN, {"preprocess_truth": True}):
        for one, other in ((truth, query), (query, truth)):
            lab = Lab(sequence, **options).truth(*one).query(*other).compare()
            assert errors(lab) == {}, options
            assert all(match == "gm" for side in lab.matches() for match in side)


# Any calls, on top of each other too, as no caller would write them.
@st.composite
def wild(draw: st.DrawFn, sequence: str, changes: str = "sid") -> list[str]:
    records = []
    for _ in range(draw(st.integers(0, 6))):
        start = draw(st.integers(1, len(sequence) - 6))
        edits: list[Edit] = []
        for _ in range(draw(st.integers(1, 2))):
            at = start + draw(st.integers(0, 3))
            change = draw(st.sampled_from(changes))
            if change == "s":
                edits.append((at, at + 1, other_base(draw, sequence[at])))
            elif change == "i":
                edits.append((at, at, draw(st.text("ACGT", min_size=1, max_size=3))))
            else:
                edits.append((at, at + draw(st.integers(1, 2)), ""))
        end = max(end for _, end, _ in edits)
        ref = sequence[start - 1 : end]
        alts = [sequence[start - 1 : s] + alt + sequence[e:end] for s, e, alt in edits]
        alts = list(dict.fromkeys(alt for alt in alts if alt != ref))
        genotypes = ["0/1", "1/1", "1", "./1", "1|0"] if len(alts) == 1 else ["1/2", "2|1"]
        records.append(f"{start} {ref} {','.join(alts)} {draw(st.sampled_from(genotypes))}")
    return sorted(records, key=lambda text: int(text.split()[0]))


@st.composite
def any_two(draw: st.DrawFn, changes: str = "sid") -> tuple[str, list[str], list[str]]:
    sequence = draw(sequences)
    return sequence, draw(wild(sequence, changes)), draw(wild(sequence, changes))


def genotype_matches(sequence: str, truth: list[str], query: list[str]) -> int:
    lab = Lab(sequence, **PLAIN).truth(*truth).query(*query).compare()
    assert not lab.superloci()["capped"].any()
    return sum(match == "gm" for side in lab.matches() for match in side)


@QUICK
@given(any_two())
def test_sides_swapped(case: tuple[str, list[str], list[str]]) -> None:
    sequence, truth, query = case
    assert genotype_matches(sequence, truth, query) == genotype_matches(sequence, query, truth)


@QUICK
@given(any_two(changes="sd"), st.randoms(use_true_random=False))
def test_order_of_records_at_one_place(  # two insertions there would be another haplotype
    case: tuple[str, list[str], list[str]], choose: object
) -> None:
    sequence, truth, query = case
    mixed = list(query)
    choose.shuffle(mixed)  # type: ignore[attr-defined]
    mixed.sort(key=lambda text: int(text.split()[0]))
    assert genotype_matches(sequence, truth, query) == genotype_matches(sequence, truth, mixed)


@QUICK
@given(any_two(), st.sampled_from([{}, PLAIN, {"squash": True}, {"preprocess_truth": True}]))
def test_every_call_is_counted_once(
    case: tuple[str, list[str], list[str]], options: dict[str, bool]
) -> None:
    sequence, truth, query = case
    confident = [(5, len(sequence) // 2)]
    lab = Lab(sequence, confident=confident, **options).truth(*truth).query(*query).compare()
    counts = [lab.counts(kind) for kind in ("SNP", "INDEL")]
    calls = lab.calls(0), lab.calls(1)
    assert sum(c.get("truth_tp", 0) + c.get("truth_fn", 0) for c in counts) == sum(
        call.confident for call in calls[0]
    )
    assert sum(
        c.get(name, 0) for c in counts for name in ("query_tp", "query_fp", "query_unk")
    ) == len(calls[1])
    assert sorted(call.order for call in calls[0]) == [
        call.order for call in sorted(calls[0], key=lambda c: (c.order, c.position))
    ]
    spans = [(row["start"], row["end"]) for row in lab.superloci()]
    assert all(end + 30 < start for (_, end), (start, _) in pairwise(spans))


@pytest.mark.parametrize("squash", [False, True])
def test_nothing_with_nothing(squash: bool) -> None:
    lab = Lab("ACGTACGT", squash=squash).compare()
    assert lab.matches() == [[], []] and len(lab.superloci()) == 0 and lab.lines() == []
