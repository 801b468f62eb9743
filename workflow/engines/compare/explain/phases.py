"""Which haplotype each call of a superlocus stands on, so that truth and query can be drawn.

The comparison says which calls match, not in which phase. For calls that were matched
together a phase is sought in which both haplotypes are the same; written phase decides
what is left open.
"""

from collections.abc import Sequence

from engines.compare.explain.locus import TRUTH, Edit, Locus, Seen

# Calls that are laid out in the search for a phase of one block, before it is drawn as written.
ENOUGH = 60_000

Pair = tuple[Edit | None, Edit | None]


def placed(locus: Locus) -> tuple[dict[int, Pair], list[int], list[int]]:
    """Lay every call onto two haplotypes.

    Returns:
        Index of a call → what the first and the second haplotype carry; the calls of blocks
        for which no common phase was found in time; the calls that fit on neither haplotype
        beside the others of their side.
    """
    pairs: dict[int, Pair] = {}
    open_: list[int] = []
    blocks: dict[int, list[int]] = {}
    for index, call in enumerate(locus.calls):
        if call.match == "gm" and call.block >= 0:
            blocks.setdefault(call.block, []).append(index)
    for indices in blocks.values():
        calls = [locus.calls[i] for i in indices]
        orders = _common_phase(locus, calls)
        if orders is None:
            open_ += indices
            orders = [False] * len(calls)
        if _against_writing(calls, orders):
            orders = [not swapped for swapped in orders]
        for i, swapped in zip(indices, orders, strict=True):
            pairs[i] = _pair(locus.calls[i], swapped)
    return _with_unmatched(locus, pairs, open_)


def _with_unmatched(
    locus: Locus, pairs: dict[int, Pair], open_: list[int]
) -> tuple[dict[int, Pair], list[int], list[int]]:
    """Calls without a block go where the other side has the same, or what is most like it.

    Where nothing is alike, they stay where they are written.
    """
    homeless = []
    for index, call in enumerate(locus.calls):
        if index in pairs:
            continue
        taken = [pairs[i] for i in pairs if locus.calls[i].side == call.side]
        across = [pairs[i] for i in pairs if locus.calls[i].side != call.side]
        ways = [_pair(call, swapped) for swapped in (False, True)]
        ways.sort(
            key=lambda way: _strangeness(way, taken, across, call.side)
        )  # stable: else as written
        for way in ways:
            if all(_fits(way[h], [t[h] for t in taken]) for h in (0, 1)):
                pairs[index] = way
                break
        else:
            homeless.append(index)
    return pairs, open_, homeless


def _strangeness(
    way: Pair, taken: Sequence[Pair], across: Sequence[Pair], side: str
) -> tuple[int, int, int]:
    """How unlike the other side the haplotypes are with this call: alleles, places, lengths.

    Truth is placed first, so lengths tell something of the query only.
    """
    same = sum(_agreement(way, other) for other in across)
    beside = sum(
        x is not None and y is not None and x[:2] == y[:2]
        for other in across
        for x, y in zip(way, other, strict=True)
    )
    if side == TRUTH or not across:
        return -same, -beside, 0
    gains = [sum(map(_gain, haplotype)) for haplotype in zip(way, *taken, strict=True)]
    there = [sum(map(_gain, haplotype)) for haplotype in zip(*across, strict=True)]
    return -same, -beside, sum(abs(a - b) for a, b in zip(gains, there, strict=True))


def _gain(edit: Edit | None) -> int:
    return 0 if edit is None else len(edit[2]) - (edit[1] - edit[0])


def _agreement(a: Pair, b: Pair) -> int:
    return sum(x is not None and x == y for x, y in zip(a, b, strict=True))


def _pair(call: Seen, swapped: bool) -> Pair:
    return (call.edits[1], call.edits[0]) if swapped else call.edits


def _against_writing(calls: Sequence[Seen], orders: Sequence[bool]) -> bool:
    """Whether the first heterozygous call, a phased one of the truth first, is swapped."""
    het = [
        (call.side != TRUTH or not call.phased, i)
        for i, call in enumerate(calls)
        if call.edits[0] != call.edits[1]
    ]
    return bool(het) and orders[min(het)[1]]


def _fits(edit: Edit | None, others: Sequence[Edit | None]) -> bool:
    """Whether a haplotype can carry this beside what it carries already."""
    return edit is None or not any(other and _clash(edit, other) for other in others)


def _clash(a: Edit, b: Edit) -> bool:
    if a[:2] == b[:2]:
        return True
    return a[0] < b[1] and b[0] < a[1]


def _common_phase(locus: Locus, calls: Sequence[Seen]) -> list[bool] | None:
    """For each call whether its haplotypes are to be swapped; None where none was found."""
    places = sorted(range(len(calls)), key=lambda i: (calls[i].bounds, calls[i].side))
    start = min(call.bounds[0] for call in calls)
    end = max(call.bounds[1] for call in calls)
    limits = [calls[i].bounds[0] for i in places[1:]] + [end]
    laid = 0
    stack: list[tuple[bool, ...]] = [()]
    while stack:
        orders = stack.pop()
        laid += len(orders)
        if laid > ENOUGH:
            return None
        if orders:
            limit = limits[len(orders) - 1]
            texts = _texts(locus, calls, places, orders, start, limit)
            if texts is None or not _agree(texts, whole=len(orders) == len(places)):
                continue
            if len(orders) == len(places):
                found = [False] * len(calls)
                for i, swapped in zip(places, orders, strict=True):
                    found[i] = swapped
                return found
        call = calls[places[len(orders)]]
        if call.edits[0] != call.edits[1] and orders:
            stack.append((*orders, True))
        stack.append((*orders, False))
    return None


def _texts(
    locus: Locus,
    calls: Sequence[Seen],
    places: Sequence[int],
    orders: Sequence[bool],
    start: int,
    limit: int,
) -> list[tuple[str, str]] | None:
    """For each haplotype the bases of truth and query from ``start`` to ``limit``."""
    edits: dict[tuple[str, int], list[Edit]] = {}
    for i, swapped in zip(places, orders, strict=False):
        for h, edit in enumerate(_pair(calls[i], swapped)):
            if edit is not None:
                edits.setdefault((calls[i].side, h), []).append(edit)
    texts = []
    for h in (0, 1):
        both = []
        for side in ("truth", "query"):
            text = written(locus, edits.get((side, h), []), start, limit)
            if text is None:
                return None
            both.append(text)
        texts.append((both[0], both[1]))
    return texts


def _agree(texts: Sequence[tuple[str, str]], whole: bool) -> bool:
    if whole:
        return all(a == b for a, b in texts)
    return all(a[: len(b)] == b[: len(a)] for a, b in texts)


def written(locus: Locus, edits: Sequence[Edit], start: int, limit: int) -> str | None:
    """The bases of a haplotype from ``start`` up to ``limit``; None where two edits overlap.

    An edit that begins before ``limit`` is written in full.
    """
    parts: list[str] = []
    at = start
    for low, high, alt in sorted(edits):
        if low < at:
            return None
        parts.append(locus.bases[at - locus.origin : low - locus.origin])
        parts.append(alt)
        at = high
    if at < limit:
        parts.append(locus.bases[at - locus.origin : limit - locus.origin])
    return "".join(parts)
