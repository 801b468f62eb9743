"""The largest set of calls that gives truth and query the same haplotypes.

Both sides are replayed from left to right onto the reference. Each call is left out
or taken in, in either phase. A state holds, for each haplotype, how far each side has
been written and the bases by which one side is ahead; a state in which the two sides
disagree about a base dies. States that look alike are merged, the one with more calls
wins. Where nothing is pending on any haplotype the sides are in step: calls taken in
since the last such point form a block, and a block with calls of one side only (an
insertion and a deletion that cancel out) is no match.

Written from the description of the problem in Cleary et al. 2015 (doi:10.1101/023754)
and Krusche et al. 2019 (doi:10.1038/s41587-019-0054-x); no code was taken over.
"""

from dataclasses import dataclass

from engines.compare.calls import Edit

# One haplotype: truth written to, query written to, who is ahead (0, 1, or -1), by which bases.
Haplotype = tuple[int, int, int, str]
State = tuple[tuple[Haplotype, ...], int]

IN_STEP = -1


@dataclass(frozen=True)
class Candidate:
    """A call as the search sees it.

    Attributes:
        side: 0 truth, 1 query.
        index: its number on that side.
        options: ways to lay it onto the haplotypes, one edit or None for each.
        passing: it failed no filter; of two that say the same, this one is taken.
    """

    side: int
    index: int
    options: tuple[tuple[Edit | None, ...], ...]
    passing: bool = True

    @property
    def place(self) -> tuple[int, int, int, bool, int]:
        """Sort key: insertions before what replaces the base behind them."""
        edits = [edit for edit in self.options[0] if edit is not None]
        start, end = min(e[0] for e in edits), min(e[1] for e in edits)
        return start, end, self.side, not self.passing, self.index

    @property
    def growth(self) -> tuple[int, int]:
        """By how many bases it can put the truth of a haplotype behind or ahead of the query."""
        sign = -1 if self.side else 1
        changes = [
            sign * (len(edit[2]) - (edit[1] - edit[0]))
            for option in self.options
            for edit in option
            if edit is not None
        ]
        return min(0, *changes), max(0, *changes)


@dataclass(frozen=True)
class Match:
    """The best replay.

    Attributes:
        blocks: (side, index) of each matched call → number of its block.
        states: most states that were alive at one position.
        capped: states had to be dropped, so a larger match may exist.
    """

    blocks: dict[tuple[int, int], int]
    states: int
    capped: bool


@dataclass(slots=True)
class _Path:
    """How a state came to be: a linked list of taken calls and of points in step."""

    score: int
    last: "_Path | None"
    took: tuple[int, int] | None


def replay(sequence: str, candidates: list[Candidate], max_states: int) -> Match:
    """Find the match of the largest number of calls.

    Args:
        sequence: the contig's bases.
        candidates: calls of one cluster, with the same number of haplotypes each.
        max_states: beyond this many states only the best quarter is kept.
    """
    candidates = sorted(candidates, key=lambda c: c.place)
    ploidy = len(candidates[0].options[0])
    origin = candidates[0].place[0]
    idle: State = (((origin, origin, IN_STEP, ""),) * ploidy, 0)
    states: dict[State, _Path] = {idle: _Path(0, None, None)}
    most, capped = 1, False
    room = _room(candidates)
    for candidate, left in zip(candidates, room, strict=True):
        states = _advance(sequence, states, candidate.place[0])
        following = {state: path for state, path in states.items() if _can_close(state, left)}
        for state, path in states.items():
            for taken in _take(sequence, state, candidate):
                if _can_close(taken, left):
                    _keep(following, taken, _Path(path.score + 1, path, _id(candidate)))
        most = max(most, len(following))
        if len(following) > max_states:
            following = _best(following, max_states // 4)
            capped = True
        states = following
    end = max(e[1] for c in candidates for option in c.options for e in option if e is not None)
    # one base further, so that a block that ends at `end` is closed like any other
    states = _advance(sequence, states, min(end + 1, len(sequence)), closing=True)
    best = max(states.values(), key=lambda path: path.score)
    return Match(_blocks(best), most, capped)


def _room(candidates: list[Candidate]) -> list[tuple[int, int]]:
    """For each candidate, by how much those behind it can move truth against query at most."""
    low = high = 0
    room = []
    for candidate in reversed(candidates):
        room.append((low, high))
        lower, higher = candidate.growth
        low, high = low + lower, high + higher
    return room[::-1]


def _can_close(state: State, room: tuple[int, int]) -> bool:
    """Whether both sides of every haplotype can still come to the same length."""
    low, high = room
    for truth, query, ahead, pending in state[0]:
        lead = (-len(pending) if ahead == 1 else len(pending)) - (truth - query)
        if lead + low > 0 or lead + high < 0:
            return False
    return True


def _id(candidate: Candidate) -> tuple[int, int]:
    return candidate.side, candidate.index


def _advance(
    sequence: str, states: dict[State, _Path], to: int, closing: bool = False
) -> dict[State, _Path]:
    """Write reference bases up to ``to`` on every haplotype, and close blocks that are in step.

    With ``closing`` only states that are in step remain.
    """
    advanced: dict[State, _Path] = {}
    level: Haplotype = (to, to, IN_STEP, "")
    for (haplotypes, used), path in states.items():
        moved = []
        for haplotype in haplotypes:
            written = _write_reference(sequence, haplotype, to)
            if written is None:
                break
            moved.append(written)
        else:
            if all(haplotype == level for haplotype in moved):
                if used in (1, 2):
                    continue
                if used:
                    path = _Path(path.score, path, None)
                used = 0
            elif closing:
                continue
            _keep(advanced, (tuple(sorted(moved)), used), path)
    return advanced


def _write_reference(sequence: str, haplotype: Haplotype, to: int) -> Haplotype | None:
    truth, query, ahead, pending = haplotype
    if truth == query and ahead == IN_STEP:
        return (max(truth, to),) * 2 + (IN_STEP, "")
    if truth < to:
        step = _write(ahead, pending, 0, sequence[truth:to])
        if step is None:
            return None
        ahead, pending = step
    if query < to:
        step = _write(ahead, pending, 1, sequence[query:to])
        if step is None:
            return None
        ahead, pending = step
    return max(truth, to), max(query, to), ahead, pending


def _write(ahead: int, pending: str, side: int, bases: str) -> tuple[int, str] | None:
    """Add ``bases`` of one side; None when the other side has written something else there."""
    if not bases:
        return ahead, pending
    if ahead in (side, IN_STEP):
        return side, pending + bases
    if len(bases) < len(pending):
        return (ahead, pending[len(bases) :]) if pending.startswith(bases) else None
    if not bases.startswith(pending):
        return None
    rest = bases[len(pending) :]
    return (side, rest) if rest else (IN_STEP, "")


def _take(sequence: str, state: State, candidate: Candidate) -> list[State]:
    """The states after the call was laid onto the haplotypes, in each phase that fits."""
    haplotypes, used = state
    side = candidate.side
    taken = []
    for option in candidate.options:
        changed = []
        for haplotype, edit in zip(haplotypes, option, strict=True):
            if edit is not None:
                written = _write_edit(sequence, haplotype, side, edit)
                if written is None:
                    break
                haplotype = written
            changed.append(haplotype)
        else:
            taken.append((tuple(sorted(changed)), used | (side + 1)))
    return taken


def _write_edit(sequence: str, haplotype: Haplotype, side: int, edit: Edit) -> Haplotype | None:
    truth, query, ahead, pending = haplotype
    start, end, alt = edit
    position = query if side else truth
    if position > start:  # overlaps a call that this haplotype already carries
        return None
    step = _write(ahead, pending, side, sequence[position:start] + alt)
    if step is None:
        return None
    return (truth, end, *step) if side else (end, query, *step)


def _keep(states: dict[State, _Path], state: State, path: _Path) -> None:
    known = states.get(state)
    if known is None or path.score > known.score:
        states[state] = path


def _best(states: dict[State, _Path], count: int) -> dict[State, _Path]:
    """The states with most calls, those with least pending first; and the one that took none."""

    def rank(item: tuple[State, _Path]) -> tuple[int, int]:
        (haplotypes, _), path = item
        return -path.score, sum(len(h[3]) for h in haplotypes)

    ordered = sorted(states.items(), key=rank)
    kept = dict(ordered[:count])
    in_step = [item for item in ordered if item[0][1] == 0]
    if in_step:
        kept.setdefault(*in_step[0])
    return kept


def _blocks(path: _Path | None) -> dict[tuple[int, int], int]:
    blocks: dict[tuple[int, int], int] = {}
    block = 0
    while path is not None:
        if path.took is None:
            block += 1
        else:
            blocks[path.took] = block
        path = path.last
    return blocks
