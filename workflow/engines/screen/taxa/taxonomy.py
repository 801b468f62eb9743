"""Taxa as a tree, numbered in preorder, so that a clade is a range of numbers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engines.contract.errors import BadData
from engines.contract.wording import quoted

ROOT_ID = 1
# numbers for taxa that have none; those of NCBI are far below
OWN_IDS = 2_000_000_000
GENOME = "genome"
# ranks that have a letter in a Kraken-style report
LETTERS = {
    "superkingdom": "D",
    "domain": "D",
    "kingdom": "K",
    "phylum": "P",
    "class": "C",
    "order": "O",
    "family": "F",
    "genus": "G",
    "species": "S",
}
# as GTDB and QIIME write ranks in front of names
PREFIXES = {
    "d__": "domain",
    "k__": "kingdom",
    "p__": "phylum",
    "c__": "class",
    "o__": "order",
    "f__": "family",
    "g__": "genus",
    "s__": "species",
}

Numbers = npt.NDArray[np.uint32]


@dataclass(frozen=True)
class Step:
    """One taxon of a lineage.

    Attributes:
        name: as reports show it.
        rank: species, genus, …; empty: none.
        taxid: its number; None: it gets one of the index's own.
    """

    name: str
    rank: str = ""
    taxid: int | None = None


@dataclass(frozen=True)
class Taxon:
    """A taxon of a tree.

    Attributes:
        parent: its place in the tree; the root is its own parent.
        depth: steps below the root.
    """

    name: str
    rank: str
    taxid: int
    parent: int
    depth: int


class Taxonomy:
    """Taxa in preorder: the root first, children by name, a clade in one piece.

    Attributes:
        taxa: all of them.
        parents, ends: of each its parent, and the place behind the last one of its clade.
    """

    def __init__(self, taxa: Sequence[Taxon]) -> None:
        self.taxa = tuple(taxa)
        self.parents: Numbers = np.array([taxon.parent for taxon in taxa], np.uint32)
        ends = list(range(1, len(taxa) + 1))
        for place in range(len(taxa) - 1, 0, -1):
            ends[taxa[place].parent] = max(ends[taxa[place].parent], ends[place])
        self.ends: Numbers = np.array(ends, np.uint32)

    def __len__(self) -> int:
        return len(self.taxa)

    def clade_sums(self, values: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
        """For each taxon the sum over its clade."""
        sums = np.concatenate(([0], np.cumsum(values, dtype=np.uint64))).astype(np.uint64)
        found: npt.NDArray[np.uint64] = sums[self.ends] - sums[: len(self)]
        return found

    def codes(self) -> list[str]:
        """Letters of a Kraken-style report: D, P, …, S; S1 is one step below a species."""
        codes = ["R"]
        for taxon in self.taxa[1:]:
            above = codes[taxon.parent]
            below = f"{above[0]}{int(above[1:] or 0) + 1}"
            codes.append(LETTERS.get(taxon.rank, below))
        return codes


def with_rank(name: str) -> Step:
    """A name of a lineage: ``g__Escherichia`` is the genus Escherichia."""
    rank = PREFIXES.get(name[:3], "")
    return Step(name[3:], rank) if rank and name[3:] else Step(name)


def grown(lineages: Iterable[Sequence[Step]]) -> tuple[Taxonomy, list[int]]:
    """The tree of lineages, from below the root to a genome, and where each genome is in it.

    A genome may have the name of its species.

    Raises:
        BadData: a taxon stands below two others, two genomes have one name, two taxa one number.
    """
    tree = _Growing()
    ends = [tree.add(lineage) for lineage in lineages]
    order = tree.preorder()
    places = {old: new for new, old in enumerate(order)}
    return Taxonomy(_numbered(tree, order, places)), [places[end] for end in ends]


class _Growing:
    """A tree in the making; taxa are numbered as they come."""

    def __init__(self) -> None:
        self.steps: list[Step] = [Step("root", "", ROOT_ID)]
        self.parents = [0]
        self.children: list[list[int]] = [[]]
        self._known: dict[str | int, int] = {"root": 0, ROOT_ID: 0}
        self._genomes: set[str] = set()

    def add(self, lineage: Sequence[Step]) -> int:
        at = 0
        for step in lineage[:-1]:
            at = self._child(at, step)
        genome = lineage[-1]
        if genome.name in self._genomes:
            raise BadData(
                f"two genomes of one name, {quoted(genome.name)}", hint="rename one of them"
            )
        self._genomes.add(genome.name)
        return self._new(at, genome)

    def _new(self, parent: int, step: Step) -> int:
        self.steps.append(step)
        self.parents.append(parent)
        self.children.append([])
        self.children[parent].append(len(self.steps) - 1)
        return len(self.steps) - 1

    def _child(self, parent: int, step: Step) -> int:
        key = step.name if step.taxid is None else step.taxid
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._new(parent, step)
        elif self.parents[found] != parent or self.steps[found].name != step.name:
            here, there = (self.steps[p].name for p in (parent, self.parents[found]))
            what = quoted(step.name) if step.taxid is None else f"taxid {step.taxid}"
            raise BadData(
                f"{what} stands below {quoted(here)} as {quoted(step.name)}, "
                f"and below {quoted(there)} as {quoted(self.steps[found].name)}",
                hint="every taxon has one name, one number and one parent: mend the table",
            )
        elif step.rank and not self.steps[found].rank:
            self.steps[found] = step
        return found

    def preorder(self) -> list[int]:
        order, waiting = [], [0]
        while waiting:
            at = waiting.pop()
            order.append(at)
            below = sorted(self.children[at], key=lambda c: (self.steps[c].name, c), reverse=True)
            waiting.extend(below)
        return order


def _numbered(tree: _Growing, order: Sequence[int], places: dict[int, int]) -> list[Taxon]:
    taxa: list[Taxon] = []
    known: dict[int, str] = {}
    for place, old in enumerate(order):
        step, parent = tree.steps[old], places[tree.parents[old]]
        taxid = OWN_IDS + place if step.taxid is None else step.taxid
        if taxid in known:
            raise BadData(
                f"taxid {taxid}: of {quoted(known[taxid])} and of {quoted(step.name)}",
                hint="leave the taxid of a genome empty where it is that of its species",
            )
        known[taxid] = step.name
        depth = taxa[parent].depth + 1 if place else 0
        taxa.append(Taxon(step.name, step.rank, taxid, parent, depth))
    return taxa
