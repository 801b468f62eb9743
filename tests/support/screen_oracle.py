"""What the screen must find, said as plainly as can be: sets of words, one read after another."""

COMPLEMENT = str.maketrans("ACGT", "TGCA")
BASES = set("ACGT")
# genetic code 11 (NCBI), bases in the order TCAG
AMINO = "FFLLSSSSYY**CC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG"
CODONS = {
    a + b + c: AMINO[16 * i + 4 * j + k]
    for i, a in enumerate("TCAG")
    for j, b in enumerate("TCAG")
    for k, c in enumerate("TCAG")
}


def reverse_complement(bases: str) -> str:
    return bases.upper().translate(COMPLEMENT)[::-1]


def nucleotide_words(sequence: str, k: int) -> list[str | None]:
    """The word at every position, both strands being one; None where a letter is no base."""
    upper = sequence.upper()
    words = [upper[i : i + k] for i in range(len(upper) - k + 1)]
    return [min(w, reverse_complement(w)) if set(w) <= BASES else None for w in words]


def protein_words(sequence: str, k: int) -> set[str]:
    upper = sequence.upper()
    words = {upper[i : i + k] for i in range(len(upper) - k + 1)}
    return {word for word in words if set(word) <= set("ARNDCQEGHILKMFPSTWYV")}


def translated(codons: str) -> str:
    return "".join(CODONS.get(codons[i : i + 3], "*") for i in range(0, len(codons) - 2, 3))


def nucleotide_hits(read: str, references: list[str], k: int, stride: int = 1) -> int:
    known = {word for reference in references for word in nucleotide_words(reference, k)} - {None}
    return sum(word in known for word in nucleotide_words(read, k)[::stride])


def protein_hits(read: str, references: list[str], k: int, stride: int = 1) -> int:
    """Words of all six frames; a word stands where its first base on the forward strand does."""
    known = {word for reference in references for word in protein_words(reference, k)}
    upper, size, hits = read.upper(), 3 * k, 0
    for at in range(0, len(upper) - size + 1, stride):
        window = upper[at : at + size]
        hits += translated(window) in known
        hits += translated(reverse_complement(window)) in known
    return hits
