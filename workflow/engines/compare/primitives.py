"""The query in hap.py's units: SNPs, insertions and deletions, left-shifted.

hap.py preprocesses the query (not the truth) before it compares: alleles of a
het-alt record go apart, complex alleles are realigned and decomposed, indels move
left but never past a neighbour, and two heterozygous indels (or SNPs) at one position
become one het-alt record again. Counts are per resulting record, so this decides QUERY.TOTAL.
"""

from collections.abc import Iterable
from dataclasses import replace
from itertools import groupby

from engines.compare.calls import Call, Edit

# Above this many cells (reference × alternative bases) an allele is not realigned.
ALIGNMENT_LIMIT = 250_000

MATCH, MISMATCH, GAP_OPEN, GAP_EXTEND = 1, -4, -6, -1


def primitives(
    calls: Iterable[Call], sequence: str, decompose: bool, leftshift: bool
) -> list[Call]:
    """Rewrite calls as primitives, sorted by position.

    Args:
        calls: of one contig, sorted by position.
        sequence: the contig's bases.
        decompose: take het-alt and complex records apart.
        leftshift: move insertions and deletions as far left as their neighbours let them.
    """
    parts: list[Call] = []
    for call in calls:
        parts.extend(_decomposed(call, sequence) if decompose else [call])
    parts.sort(key=_place)
    if leftshift:
        parts = _left_shifted(parts, sequence)
    return _merged(parts) if decompose else parts


def _place(call: Call) -> tuple[int, int, tuple[str, ...], int]:
    return call.position, len(call.ref), call.alts, call.order


def _decomposed(call: Call, sequence: str) -> list[Call]:
    """The primitives of one call; the call itself where it is one already."""
    if len(call.ref) == 1 and len(call.alts) == 1 and len(call.alts[0]) == 1:
        return [call]
    edits: dict[Edit, list[int]] = {}
    for haplotype, index in enumerate(call.genotype):
        if index > 0 and call.alts[index - 1] != "*":
            for edit in _primitive_edits(call.position, call.ref, call.alts[index - 1]):
                edits.setdefault(edit, []).append(haplotype)
    return [_primitive(call, edit, haplotypes, sequence) for edit, haplotypes in edits.items()]


def _primitive(call: Call, edit: Edit, haplotypes: list[int], sequence: str) -> Call:
    position, ref, alt = _anchored(edit, sequence)
    if len(call.genotype) == 1:
        genotype: tuple[int, ...] = (1,)
    elif len(haplotypes) == 2:
        genotype = (1, 1)
    elif -1 in call.genotype:
        genotype = tuple(1 if g > 0 else g for g in call.genotype)
    else:
        genotype = (1, 0) if haplotypes == [0] else (0, 1)
    pair = tuple(edit if g > 0 else None for g in genotype)
    return Call(
        call.order, position, ref, (alt,), genotype, call.phased, call.quality, call.passing,
        (pair[0], pair[-1]),
    )  # fmt: skip


def _anchored(edit: Edit, sequence: str) -> tuple[int, str, str]:
    """An edit as POS (0-based), REF and ALT: indels carry the base before them."""
    start, end, alt = edit
    if alt and end > start:
        return start, sequence[start:end], alt
    if start == 0:  # nothing before the first base of a contig: the base behind it
        behind = sequence[end]
        return 0, sequence[:end] + behind, alt + behind
    before = sequence[start - 1]
    return start - 1, before + sequence[start:end], before + alt


def _primitive_edits(position: int, ref: str, alt: str) -> list[Edit]:
    """Prefix first, then suffix: what is left is one primitive, or is realigned into several."""
    start = 0
    while start < len(ref) and start < len(alt) and ref[start] == alt[start]:
        start += 1
    end, alt_end = len(ref), len(alt)
    while end > start and alt_end > start and ref[end - 1] == alt[alt_end - 1]:
        end -= 1
        alt_end -= 1
    left, right = ref[start:end], alt[start:alt_end]
    position += start
    if not left or not right or len(left) == len(right) == 1:
        return [(position, position + len(left), right)] if left or right else []
    if len(left) * len(right) > ALIGNMENT_LIMIT:
        return [(position, position + len(left), right)]
    return _realigned(position, left, right)


def _realigned(position: int, ref: str, alt: str) -> list[Edit]:
    """Primitives of the best global alignment with affine gaps (Gotoh 1982)."""
    edits: list[Edit] = []
    at = position
    for operation, group in groupby(_align(ref, alt), key=lambda column: column[0]):
        columns = list(group)
        if operation == "M":
            for _, ref_base, alt_base in columns:
                if ref_base != alt_base:
                    edits.append((at, at + 1, alt_base))
                at += 1
        elif operation == "D":
            edits.append((at, at + len(columns), ""))
            at += len(columns)
        else:
            edits.append((at, at, "".join(base for _, _, base in columns)))
    return edits


def _align(ref: str, alt: str) -> list[tuple[str, str, str]]:
    """Columns (M, D or I; reference base; alternative base) of the best alignment."""
    lowest = -(10**9)
    width = len(alt) + 1
    # three layers of scores (match, deletion, insertion), and where each came from
    scores = [[lowest] * width, [lowest] * width, [lowest] * width]
    scores[0][0] = 0
    for j in range(1, width):
        scores[2][j] = GAP_OPEN + GAP_EXTEND * j
    trace = [[(2, 2, 2)] * width]
    for i, ref_base in enumerate(ref, 1):
        new = [[lowest] * width, [GAP_OPEN + GAP_EXTEND * i] + [lowest] * (width - 1)]
        new.append([lowest] * width)
        row = [(1, 1, 1)]
        for j, alt_base in enumerate(alt, 1):
            step = MATCH if ref_base == alt_base else MISMATCH
            diagonal = max((0, 1, 2), key=lambda k: (scores[k][j - 1], -k))
            new[0][j] = scores[diagonal][j - 1] + step
            above = max((1, 0, 2), key=lambda k: scores[k][j] + (GAP_OPEN if k != 1 else 0))
            new[1][j] = scores[above][j] + (GAP_OPEN if above != 1 else 0) + GAP_EXTEND
            beside = max((2, 0, 1), key=lambda k: new[k][j - 1] + (GAP_OPEN if k != 2 else 0))
            new[2][j] = new[beside][j - 1] + (GAP_OPEN if beside != 2 else 0) + GAP_EXTEND
            row.append((diagonal, above, beside))
        scores = new
        trace.append(row)
    layer = max((0, 1, 2), key=lambda k: (scores[k][-1], -k))
    i, j = len(ref), len(alt)
    columns: list[tuple[str, str, str]] = []
    while i or j:
        came = trace[i][j][layer]
        if layer == 0:
            i, j = i - 1, j - 1
            columns.append(("M", ref[i], alt[j]))
        elif layer == 1:
            i -= 1
            columns.append(("D", ref[i], ""))
        else:
            j -= 1
            columns.append(("I", "", alt[j]))
        layer = came
    return columns[::-1]


def _left_shifted(calls: list[Call], sequence: str) -> list[Call]:
    """Move each indel left while the bases allow it and no earlier call is in the way."""
    free_from = behind_insertion = 0
    shifted = []
    for call in calls:
        edits = {edit for edit in call.haplotypes if edit is not None}
        if len(edits) == 1:
            (edit,) = edits
            # two insertions at one point would have an order, so they keep apart
            moved = _shift(edit, sequence, max(free_from, behind_insertion if edit[2] else 0))
            if moved != edit:
                call = _moved(call, moved, sequence)
        shifted.append(call)
        for found in call.haplotypes:
            if found is not None:
                free_from = max(free_from, found[1])
                if found[0] == found[1]:
                    behind_insertion = max(behind_insertion, found[1] + 1)
    return sorted(shifted, key=_place)


def _moved(call: Call, edit: Edit, sequence: str) -> Call:
    position, ref, alt = _anchored(edit, sequence)
    pair = tuple(edit if e is not None else None for e in call.haplotypes)
    return replace(call, position=position, ref=ref, alts=(alt,), haplotypes=(pair[0], pair[1]))


def _shift(edit: Edit, sequence: str, free_from: int) -> Edit:
    start, end, alt = edit
    if alt and end > start:
        return edit
    while start > max(free_from, 1):
        base = sequence[start - 1]
        if base == "N" or base != (alt[-1] if alt else sequence[end - 1]):
            break
        start, end = start - 1, end - 1
        if alt:
            alt = base + alt[:-1]
    return start, end, alt


def _merged(calls: list[Call]) -> list[Call]:
    """Two heterozygous indels, or two SNPs, at one position become one het-alt call."""
    merged: list[Call] = []
    for _, group in groupby(calls, key=lambda call: call.position):
        here = list(group)
        for is_indel in (True, False):
            pair = [call for call in here if _is_het(call) and _is_indel(call) == is_indel]
            if len(pair) == 2 and _may_be_one(pair[0], pair[1]):
                here = [call for call in here if call not in pair]
                here.append(_het_alt(pair[0], pair[1]))
        merged.extend(sorted(here, key=_place))
    return merged


def _may_be_one(first: Call, second: Call) -> bool:
    """Not the same allele twice, not of one haplotype of one record, and of one filter state."""
    if (first.ref, first.alts) == (second.ref, second.alts) or first.passing != second.passing:
        return False
    return first.order != second.order or first.genotype != second.genotype


def _is_het(call: Call) -> bool:
    return sorted(call.genotype) == [0, 1]


def _is_indel(call: Call) -> bool:
    return len(call.ref) != len(call.alts[0])


def _het_alt(first: Call, second: Call) -> Call:
    ref = max(first.ref, second.ref, key=len)
    alts = tuple(call.alts[0] + ref[len(call.ref) :] for call in (first, second))
    edits = tuple(
        next(edit for edit in call.haplotypes if edit is not None) for call in (first, second)
    )
    qualities = [call.quality for call in (first, second) if call.quality is not None]
    return Call(
        min(first.order, second.order), first.position, ref, alts, (1, 2), False,
        min(qualities, default=None), first.passing and second.passing, (edits[0], edits[1]),
    )  # fmt: skip
