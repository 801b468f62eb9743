"""From counts to organisms: what is there, and how much of it.

A read of a piece that two organisms share, a plasmid or a conserved gene, tells of no organism.
So a taxon is there only where enough different words of its own were seen, all over its genome.
"""

import numpy as np
import numpy.typing as npt

from engines.screen.taxa.build import FEW_WORDS
from engines.screen.taxa.layout import IndexedGenome, TaxaIndex
from engines.screen.taxa.native import PARTS, WAYS
from engines.screen.taxa.result import (
    STATUSES,
    Evidence,
    GenomeFound,
    Status,
    TaxaResult,
    TaxonFound,
)
from engines.screen.taxa.tally import Observed

SPREAD = 0.5  # of the parts expected: fewer, and only a part of the genome was seen
SAME = 0.5  # of the words can be reached: fewer, and it is a relative, of less than 97.8 % identity
FEW_READS = 10  # with words of its own; with fewer a part cannot be told from the whole
REPEATS = 20  # words read again, from which can be told how many can be reached
THERE: tuple[Status, ...] = ("present", "relative")

Floats = npt.NDArray[np.float64]


def result_of(observed: Observed, min_words: int, confidence: float) -> TaxaResult:
    """All that is told of a sample."""
    index, tally = observed.index, observed.tally
    head, tree = index.header, index.taxonomy
    clades = tree.clade_sums(tally.reads)
    evidence = [_evidence(observed, taxon, int(clades[taxon])) for taxon in range(len(tree))]
    genomes = {genome.taxon: genome for genome in head.genomes}
    own = _statuses(observed, evidence)
    estimates, left = _shared_out(index, tally.reads, evidence, own)
    classified = int(tally.reads.sum())
    alone = sum(int(tally.reads[taxon]) for taxon in genomes)
    return TaxaResult(
        paired=observed.paired,
        reads=int(tally.ways.sum()),
        classified=classified,
        ambiguous=classified - alone,
        not_shared_out=left,
        unclassified={way: int(n) for way, n in zip(WAYS[:-1], tally.ways[:-1], strict=True)},
        taxa=_taxa(observed, evidence, own, estimates),
        genomes=_genomes(observed, evidence, own, estimates),
        k=head.k,
        sampling=1 << head.sample_bits,
        min_words=min_words,
        confidence=confidence,
        checksum=head.checksum,
    )


def _evidence(observed: Observed, taxon: int, reads: int) -> Evidence:
    parts = observed.index.counts[taxon].astype(np.float64)
    words, hits = int(parts.sum()), int(observed.tally.hits[taxon])
    seen = int(observed.seen[taxon].sum())
    parts_seen = int(np.count_nonzero(observed.seen[taxon]))
    if not words:
        return Evidence(0, 0, 0, 0, 0.0, None, 0, 0.0)
    draws = min(seen, reads)  # words of one read lie side by side
    with np.errstate(divide="ignore"):
        missed = np.exp(draws * np.log1p(-parts / words)) if draws else np.ones(PARTS)
    return Evidence(
        words,
        draws,
        hits,
        seen,
        _drawn(words, hits),
        _reachable(words, hits, seen),
        parts_seen,
        float((1 - missed).sum()),
    )


def _drawn(places: float, draws: int) -> float:
    """Different ones of ``places`` that so many draws meet, in the mean."""
    return float(-places * np.expm1(draws * np.log1p(-1 / places))) if places > 1 else min(draws, 1)


def _reachable(words: int, hits: int, seen: int) -> float | None:
    """From how many words so many hits have met just so many different ones.

    Where what was read lacks words of the genome, those that it has come again sooner.
    """
    if hits - seen < REPEATS:
        return None
    low, high = float(seen), float(words)
    if _drawn(high, hits) <= seen:
        return high
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _drawn(middle, hits) < seen else (low, middle)
    return high


def _statuses(observed: Observed, evidence: list[Evidence]) -> list[Status]:
    """How sure each taxon is, by its own words; the root is never told."""
    index, tree = observed.index, observed.index.taxonomy
    genomes = {genome.taxon: genome for genome in index.header.genomes}
    words = tree.clade_sums(observed.tally.words)
    matched = tree.clade_sums(observed.tally.matched)
    found: list[Status] = ["not detected"]
    # of the taxa above: the deepest depth, and whether the nearest one with words was seen
    depths, near = [0.0], [False]
    for at in range(1, len(tree)):
        parent, own = tree.taxa[at].parent, evidence[at]
        above = evidence[parent]
        tells = above.words >= FEW_WORDS
        depths.append(max(depths[parent], above.depth if tells else 0.0))
        near.append(above.seen >= FEW_WORDS if tells else near[parent])
        if at in genomes and own.words < FEW_WORDS:
            found.append("not told apart" if near[at] else "not detected")
            continue
        noise = 0.0
        if at in genomes and words[parent]:
            wrong = 1 - (int(matched[parent]) / int(words[parent])) ** (1 / index.header.k)
            noise = wrong * _shared(genomes[at], own) * depths[at]
        found.append(_status(own, noise))
    return found


def _shared(genome: IndexedGenome, own: Evidence) -> float:
    """Share of a genome's words that others have, too."""
    return max(1 - own.words / genome.words, 0.0)


def _status(evidence: Evidence, noise: float) -> Status:
    """How sure a taxon is.

    Args:
        noise: the depth that reads of its relatives can give to its words: a wrong base of theirs
            is now and then that of this genome.
    """
    if not evidence.seen or not evidence.words:
        return "not detected"
    if evidence.reads < FEW_READS or evidence.depth <= noise:
        return "too little"
    if evidence.parts_seen < SPREAD * evidence.parts_expected:
        return "part only"
    if evidence.reachable is not None and evidence.reachable < SAME * evidence.words:
        return "relative"
    return "present"


def _shared_out(
    index: TaxaIndex,
    reads: npt.NDArray[np.uint64],
    evidence: list[Evidence],
    status: list[Status],
) -> tuple[Floats, int]:
    """Reads of each genome with its share of ambiguous ones, and those that stay where they are.

    As Bracken does (Lu et al. 2017, doi:10.7717/peerj-cs.104) reads of a taxon go to what is
    below it: here to the genomes that are there, so that all reads of its clade come as near as
    can be to their depths times their lengths.
    """
    tree = index.taxonomy
    estimates: Floats = np.zeros(len(tree))
    weights: Floats = np.zeros(len(tree))
    genomes = {genome.taxon: genome for genome in index.header.genomes}
    for taxon, genome in genomes.items():
        estimates[taxon] = float(reads[taxon])
        if status[taxon] in THERE:
            weights[taxon] = evidence[taxon].depth * genome.length
    left = 0
    for taxon in range(len(tree) - 1, -1, -1):  # what is below a taxon before it
        if taxon in genomes or not reads[taxon]:
            continue
        clade = slice(taxon, int(tree.ends[taxon]))
        total = float(weights[clade].sum())
        if total:
            there = np.where(weights[clade] > 0, estimates[clade], 0.0)
            wanted = (there.sum() + float(reads[taxon])) * weights[clade] / total
            missing = np.maximum(wanted - there, 0.0)
            estimates[clade] += float(reads[taxon]) * missing / missing.sum()
        else:
            estimates[taxon] += float(reads[taxon])
            left += int(reads[taxon])
    return estimates, left


def _taxa(
    observed: Observed, evidence: list[Evidence], own: list[Status], estimates: Floats
) -> tuple[TaxonFound, ...]:
    tree, reads = observed.index.taxonomy, observed.tally.reads
    genomes = {genome.taxon for genome in observed.index.header.genomes}
    clades, codes = tree.clade_sums(reads), tree.codes()
    surest = [STATUSES.index(status) for status in own]
    for place in range(len(tree) - 1, 0, -1):
        parent = tree.taxa[place].parent
        surest[parent] = min(surest[parent], surest[place])
    return tuple(
        TaxonFound(
            taxon.name,
            taxon.rank,
            codes[place],
            taxon.taxid,
            tree.taxa[taxon.parent].taxid,
            taxon.depth,
            place in genomes,
            int(clades[place]),
            float(estimates[place : int(tree.ends[place])].sum()),
            int(reads[place]),
            evidence[place],
            STATUSES[surest[place]],
        )
        for place, taxon in enumerate(tree.taxa)
    )


def _genomes(
    observed: Observed, evidence: list[Evidence], own: list[Status], estimates: Floats
) -> tuple[GenomeFound, ...]:
    tree, tally = observed.index.taxonomy, observed.tally
    total = int(tally.ways.sum())
    genomes = sorted(observed.index.header.genomes, key=lambda genome: genome.taxon)
    there = {g.taxon: evidence[g.taxon].depth for g in genomes if own[g.taxon] in THERE}
    copies = sum(there.values())
    found = []
    for genome in genomes:
        at = genome.taxon
        words = int(tally.words[at])
        found.append(
            GenomeFound(
                genome.name,
                tree.taxa[at].taxid,
                genome.length,
                int(tally.reads[at]),
                float(estimates[at]),
                there[at] / copies if at in there else None,
                float(estimates[at] / total) if total else 0.0,
                _identity(evidence[at], own[at], observed.index.header.k),
                int(tally.matched[at]) / words if words else None,
                evidence[at],
                own[at],
            )
        )
    return tuple(found)


def _identity(evidence: Evidence, status: Status, k: int) -> float | None:
    """A word of k bases is the same in a relative with the k-th power of their identity."""
    if status not in THERE or evidence.reachable is None:
        return None
    return float((evidence.reachable / evidence.words) ** (1 / k))
