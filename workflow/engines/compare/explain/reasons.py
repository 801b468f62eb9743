"""Why a call was counted as it was, in words."""

from engines.compare.explain.locus import QUERY, TRUTH, Locus, Seen

FEW = 4


def reason(locus: Locus, call: Seen) -> str:
    """One sentence for one call of a superlocus."""
    words = _matching(locus, call)
    if not call.confident:
        words += (
            "; outside the confident regions, so it is "
            + ("in no count" if call.side == TRUTH else "not assessed")
        )  # fmt: skip
    elif call.match == "gm" and call.failed:
        words += (
            "; only failing query calls match it: FN in the PASS rows"
            if call.side == TRUTH
            else "; it failed a filter: not in the PASS rows"
        )
    elif call.side == QUERY and call.failed:
        words += "; it failed a filter: not in the PASS rows"
    if locus.capped and call.match != "gm":
        words += (
            f"; the search here was cut at {locus.states:,} states, a larger match may exist"
        )  # fmt: skip
    return words


def _matching(locus: Locus, call: Seen) -> str:
    other = QUERY if call.side == TRUTH else TRUTH
    across = locus.side(other)
    if call.match == "gm":
        return _matched(locus, call, other)
    if call.match == "am":
        same = [c for c in across if c.match == "am" and _shares_allele(call, c)]
        if same:
            return (
                f"the allele is right, the genotype is not: the {other} has "
                + _list([f"{c.genotype_text} at {c.position + 1}" for c in same])
            )  # fmt: skip
        return (
            f"alleles of it and of the {other} give the same bases, the genotypes do not: "
            + _list([name(c) for c in across if c.match == "am"])
        )
    if not across:
        return f"the {other} has no call in this superlocus"
    free = [c for c in across if c.match != "gm"]
    if free and locus.squashed:
        return f"the {other} has other alleles here: {_list([name(c) for c in free])}"
    if free:
        return (
            f"the {other} differs here and no choice of haplotypes brings both together: "
            + _list([name(c) for c in free])
        )
    return f"all {other} calls here are matched without it"


def _matched(locus: Locus, call: Seen, other: str) -> str:
    partners = [c for c in locus.side(other) if c.block == call.block and c.match == "gm"]
    mine = [c for c in locus.side(call.side) if c.block == call.block and c.match == "gm"]
    same = any(_same_record(call, c) for c in partners)
    if same and (len(mine) == 1 or locus.squashed):
        return f"the {other} has the same {'allele' if locus.squashed else 'record'}"
    together = f"{len(mine)} {call.side} calls together write" if len(mine) > 1 else "writes"
    others = _list([name(c) for c in partners])
    what = "bases" if locus.squashed else "haplotypes"
    return f"block {call.block}: {together} the same {what} as {others}"


def name(call: Seen) -> str:
    """Place, change and genotype of a call."""
    return f"{call.position + 1} {call.change} {call.genotype_text}"


def _list(words: list[str]) -> str:
    unique = list(dict.fromkeys(words))
    rest = len(unique) - FEW
    return "; ".join(unique[:FEW]) + (f" and {rest} more" if rest > 0 else "")


def _same_record(a: Seen, b: Seen) -> bool:
    return a.position == b.position and a.ref == b.ref and set(a.alts) == set(b.alts)


def _shares_allele(a: Seen, b: Seen) -> bool:
    return bool({e for e in a.edits if e is not None} & {e for e in b.edits if e is not None})
