"""Why a call was counted as it was, in words."""

from collections.abc import Iterable, Sequence

from engines.compare.explain.locus import QUERY, TRUTH, Edit, Locus, Seen

FEW = 4


def reasons(locus: Locus) -> list[str]:
    """One sentence for each call of a superlocus."""
    sides = {side: _Side(locus.side(side)) for side in (TRUTH, QUERY)}
    found = []
    for call in locus.calls:
        other = QUERY if call.side == TRUTH else TRUTH
        words = _matching(locus.squashed, call, sides[call.side], other, sides[other])
        found.append(words + _consequence(call))
        if locus.capped and call.match != "gm":
            found[-1] += (
                f"; the search here was cut at {locus.states:,} states, a larger match may exist"
            )
    return found


class _Side:
    """The calls of one side by what the other may ask of them."""

    def __init__(self, calls: Sequence[Seen]) -> None:
        self.calls = calls
        self.blocks: dict[int, list[Seen]] = {}
        self.records: set[tuple[int, int, str, frozenset[str]]] = set()
        self.alleles: dict[Edit, list[Seen]] = {}
        for call in calls:
            if call.match == "gm":
                self.blocks.setdefault(call.block, []).append(call)
                self.records.add(_record(call))
            elif call.match == "am":
                for edit in _edits(call):
                    self.alleles.setdefault(edit, []).append(call)
        self.in_blocks = {block: _list(map(name, there)) for block, there in self.blocks.items()}
        self.by_allele = _list(name(call) for call in calls if call.match == "am")
        self.free = _list(name(call) for call in calls if call.match != "gm")


def _consequence(call: Seen) -> str:
    """What else decides where the call is counted."""
    if not call.confident:
        where = "in no count" if call.side == TRUTH else "not assessed"
        return f"; outside the confident regions, so it is {where}"
    if call.failed and call.side == QUERY:
        return "; it failed a filter: not in the PASS rows"
    if call.failed and call.match == "gm":
        return "; only failing query calls match it: FN in the PASS rows"
    return ""


def _matching(squashed: bool, call: Seen, mine: _Side, other: str, across: _Side) -> str:
    if call.match == "gm":
        return _matched(squashed, call, mine, other, across)
    if call.match == "am":
        same = [c for edit in _edits(call) for c in across.alleles.get(edit, [])]
        if same:
            there = _list(f"{c.genotype_text} at {c.position + 1}" for c in same)
            return f"the allele is right, the genotype is not: the {other} has {there}"
        return (
            f"alleles of it and of the {other} give the same bases, the genotypes do not: "
            f"{across.by_allele}"
        )
    if not across.calls:
        return f"the {other} has no call in this superlocus"
    if not across.free:
        return f"all {other} calls here are matched without it"
    if squashed:
        return f"the {other} has other alleles here: {across.free}"
    return (
        f"the {other} differs here and no choice of haplotypes brings both together: {across.free}"
    )


def _matched(squashed: bool, call: Seen, mine: _Side, other: str, across: _Side) -> str:
    together = len(mine.blocks[call.block])
    if _record(call) in across.records and (together == 1 or squashed):
        return f"the {other} has the same {'allele' if squashed else 'record'}"
    verb = f"{together} {call.side} calls together write" if together > 1 else "writes"
    what = "bases" if squashed else "haplotypes"
    there = across.in_blocks.get(call.block, "nothing")
    return f"block {call.block}: {verb} the same {what} as {there}"


def name(call: Seen) -> str:
    """Place, change and genotype of a call."""
    return f"{call.position + 1} {call.change} {call.genotype_text}"


def _list(words: Iterable[str]) -> str:
    unique = list(dict.fromkeys(words))
    rest = len(unique) - FEW
    return "; ".join(unique[:FEW]) + (f" and {rest} more" if rest > 0 else "")


def _record(call: Seen) -> tuple[int, int, str, frozenset[str]]:
    return call.block, call.position, call.ref, frozenset(call.alts)


def _edits(call: Seen) -> set[Edit]:
    return {edit for edit in call.edits if edit is not None}
