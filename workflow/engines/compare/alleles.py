"""Alleles as edits of the reference, and the classes that GA4GH and hap.py count them in."""

from engines.compare.calls import Call, Edit

# How far an indel is rolled through a repeat, in bases.
ROLL_LIMIT = 2000

SUBTYPES = (
    "I1_5", "I6_15", "I16_PLUS", "D1_5", "D6_15", "D16_PLUS", "C1_5", "C6_15", "C16_PLUS",
)  # fmt: skip


def rolled(sequence: str, edit: Edit) -> tuple[int, int]:
    """The interval in which the same insertion or deletion could be written.

    Args:
        sequence: the contig, upper case.
        edit: trimmed, 0-based, half open.

    Returns:
        Lowest start and highest end, 0-based, half open. A substitution stays where
        it is. N is never rolled through.
    """
    start, end, alt = edit
    if alt and end > start:
        return start, end
    if not alt:  # a deletion moves while the base it takes up equals the base it lets go
        left = 0
        while left < ROLL_LIMIT and left < start and _same(sequence, start - 1, end - 1, left):
            left += 1
        right = 0
        limit = min(ROLL_LIMIT, len(sequence) - end)
        while right < limit and _same(sequence, start, end, -right):
            right += 1
        return start - left, end + right
    size = len(alt)
    left = 0
    while (
        left < ROLL_LIMIT
        and left < start
        and sequence[start - 1 - left] == alt[-1 - left % size] != "N"
    ):
        left += 1
    right = 0
    limit = min(ROLL_LIMIT, len(sequence) - start)
    while right < limit and sequence[start + right] == alt[right % size] != "N":
        right += 1
    return start - left, start + right


def _same(sequence: str, a: int, b: int, back: int) -> bool:
    base = sequence[a - back]
    return base == sequence[b - back] and base != "N"


def extent(call: Call) -> tuple[int, int, bool]:
    """The bases by which a call belongs to a region (hap.py's rule).

    Substituted or deleted bases; for an insertion the base before and the base
    behind it; the union over the called alleles.

    Returns:
        Start, end (0-based, half open), and whether all alleles are pure insertions
        (then both flanking bases must lie in the region).
    """
    starts, ends, insertions = [], [], True
    for edit in call.haplotypes:
        if edit is None:
            continue
        start, end, _ = edit
        if start == end:
            starts.append(max(0, start - 1))
            ends.append(start + 1)
        else:
            insertions = False
            starts.append(start)
            ends.append(end)
    return min(starts), max(ends), insertions


def is_snp(call: Call) -> bool:
    """GA4GH variant type: SNP when every called allele only substitutes bases (MNPs too)."""
    return all(e is None or e[1] - e[0] == len(e[2]) for e in call.haplotypes)


def subtypes(sequence: str, call: Call) -> tuple[bool, bool, tuple[str, ...]]:
    """Does the call hold a transition, a transversion, and which INDEL subtypes (BI)?

    Insertions and deletions are binned by their own length, alleles that substitute
    and change length (C) by inserted plus deleted bases, as hap.py does.
    """
    transition = transversion = False
    found: list[str] = []
    for edit in dict.fromkeys(call.haplotypes):
        if edit is None:
            continue
        start, end, alt = edit
        deleted, inserted = end - start, len(alt)
        if deleted == inserted:
            for ref_base, alt_base in zip(sequence[start:end], alt, strict=True):
                if ref_base != alt_base:
                    pair = {ref_base, alt_base}
                    is_transition = pair in ({"A", "G"}, {"C", "T"})
                    transition |= is_transition
                    transversion |= not is_transition
            continue
        if deleted and inserted:
            name = _bin("C", inserted + deleted)
        else:
            name = _bin("I", inserted) if inserted else _bin("D", deleted)
        if name not in found:
            found.append(name)
    return transition, transversion, tuple(sorted(found))


def _bin(letter: str, size: int) -> str:
    return f"{letter}{'1_5' if size <= 5 else '6_15' if size <= 15 else '16_PLUS'}"


def genotype_class(call: Call) -> str:
    """GA4GH BLT: het, homalt, hetalt, hemi or halfcall."""
    if len(call.genotype) == 1:
        return "hemi"
    a, b = call.genotype
    if a < 0 or b < 0:
        return "halfcall"
    if a == b:
        return "homalt"
    return "het" if not (a and b) else "hetalt"
