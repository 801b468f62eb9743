"""Single bases of one haplotype that stand in one codon: what they do together."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations

from engines.annotate.variants import Call, Consequence

CODON = 3


@dataclass(frozen=True, slots=True)
class Joint:
    """Calls of one haplotype within three bases, as one change.

    Attributes:
        members: in genome order; the change starts where the first one does.
        places: offsets of the members from the first.
    """

    members: tuple[Call, ...]

    @property
    def span(self) -> int:
        """Bases of the genome from the first member to the last."""
        return self.members[-1].allele.pos - self.members[0].allele.pos + 1

    def alt(self, ref: str) -> str:
        """What stands there instead of the genome's ``ref``."""
        bases = list(ref)
        for call in self.members:
            bases[call.allele.pos - self.members[0].allele.pos] = call.allele.alt
        return "".join(bases)


def with_joints(calls: Iterable[Call]) -> Iterator[Call | Joint]:
    """The calls in their order, each followed by the joint changes that start with it."""
    waiting: deque[Call] = deque()
    for call in calls:
        while waiting and not _is_near(waiting[0], call):
            yield from _told(waiting)
        if waiting or (call.phase is not None and _is_single_base(call)):
            waiting.append(call)
        else:
            yield call
    while waiting:
        yield from _told(waiting)


def _told(waiting: deque[Call]) -> Iterator[Call | Joint]:
    first = waiting.popleft()
    yield first
    others = [each for each in waiting if _is_with(first, each)]
    for number in range(len(others), 0, -1):
        for chosen in combinations(others, number):
            places = [first.allele.pos, *(each.allele.pos for each in chosen)]
            if len(set(places)) == len(places):
                yield Joint((first, *chosen))


def _is_near(a: Call, b: Call) -> bool:
    return a.allele.chrom == b.allele.chrom and b.allele.pos - a.allele.pos < CODON


def _is_single_base(call: Call) -> bool:
    return len(call.allele.ref) == len(call.allele.alt) == 1


def _is_with(a: Call, b: Call) -> bool:
    """Both on one haplotype; a homozygous one is on each of its phase set."""
    if a.phase is None or b.phase is None or not (_is_single_base(a) and _is_single_base(b)):
        return False
    if a.phase[0] != b.phase[0]:
        return False
    return a.phase[1] == b.phase[1] or bool(a.is_homozygous or b.is_homozygous)


def joined(
    call: Call, joints: Iterable[tuple[Joint, tuple[Consequence, ...]]]
) -> tuple[Consequence, ...]:
    """The call's consequences, with what it does together with others in the same codon.

    Args:
        joints: of the call, those of most members first.
    """
    result = []
    for own in call.consequences or ():
        for joint, found in joints:
            better = _of_codon(own, found)
            if better is not None:
                names = tuple(e.allele.name for e in joint.members if e.number != call.number)
                own = own._replace(terms=better.terms, protein=better.protein, joint=names)
                break
        result.append(own)
    return tuple(result)


def _of_codon(own: Consequence, found: Iterable[Consequence]) -> Consequence | None:
    if own.protein is None:
        return None
    for each in found:
        change = each.protein
        if (
            each.transcript == own.transcript
            and change is not None
            and change.start == change.end == own.protein.start
            and change != own.protein
        ):
            return each
    return None
