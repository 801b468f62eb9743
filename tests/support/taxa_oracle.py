"""Which taxon a pair is of, said as plainly as can be: dictionaries, paths to the root."""

from collections import Counter
from collections.abc import Mapping, Sequence

from screen_oracle import reverse_complement

K = 31
CODES = {"A": 0, "C": 1, "T": 2, "G": 3}
NONE = 2**32 - 1


def packed(word: str) -> int:
    return sum(CODES[base] << 2 * place for place, base in enumerate(word))


def sampled_words(sequence: str, sample_bits: int) -> list[int]:
    """Words of A, C, G and T, both strands being one, whose hash begins with so many zero bits."""
    upper, found = sequence.upper(), []
    for at in range(len(upper) - K + 1):
        word = upper[at : at + K]
        if set(word) <= set("ACGT"):
            code = min(packed(word), packed(reverse_complement(word)))
            spread = (code ^ 0x5851F42D4C957F2D) * 0x9E3779B97F4A7C15 % 2**64
            if spread >> (64 - sample_bits) == 0:
                found.append(code)
    return found


def path(parents: Sequence[int], taxon: int) -> list[int]:
    """From a taxon up to the root."""
    steps = [taxon]
    while steps[-1]:
        steps.append(parents[steps[-1]])
    return steps


def common(parents: Sequence[int], taxa: Sequence[int]) -> int:
    """The lowest taxon that is above, or is, all of them."""
    shared = set.intersection(*(set(path(parents, taxon)) for taxon in taxa))
    return max(shared, key=lambda taxon: len(path(parents, taxon)))


def index(
    parents: Sequence[int], genomes: Mapping[int, Sequence[str]], sample_bits: int
) -> dict[int, int]:
    """Word → the taxon that it tells of."""
    owners: dict[int, set[int]] = {}
    for taxon, sequences in genomes.items():
        for sequence in sequences:
            for word in sampled_words(sequence, sample_bits):
                owners.setdefault(word, set()).add(taxon)
    return {word: common(parents, sorted(taxa)) for word, taxa in owners.items()}


def taxon_of(
    pair: Sequence[str],
    parents: Sequence[int],
    known: Mapping[int, int],
    sample_bits: int,
    min_words: int,
    confidence: float,
) -> int:
    """The taxon of a pair, :data:`NONE` for none."""
    words = [word for mate in pair for word in sampled_words(mate, sample_bits)]
    hits = [word for word in words if word in known]
    if len(set(hits)) < min_words:
        return NONE
    votes = Counter(known[word] for word in hits)
    scores = {taxon: sum(votes[t] for t in path(parents, taxon)) for taxon in votes}
    best = [taxon for taxon, score in scores.items() if score == max(scores.values())]
    for winner in path(parents, common(parents, best)):
        inside = sum(n for taxon, n in votes.items() if winner in path(parents, taxon))
        if inside >= confidence * len(words):
            return winner
    return NONE
