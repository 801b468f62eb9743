"""The kernel's counts are those of the plainest Python, whatever the read."""

from pathlib import Path

import numpy as np
import pytest
import screen_oracle
from hypothesis import given, settings
from hypothesis import strategies as st
from screen_reads_lab import index_of, mate_of

from engines.screen.index.layout import Index
from engines.screen.kernel.cpu import Cpu

CODON_OF = {amino: codon for codon, amino in screen_oracle.CODONS.items()}


def hits_of(index: Index, reads: list[str], stride: int = 1) -> list[int]:
    return Cpu().hits([index.for_kernel(stride)], mate_of(reads))[0].tolist()


def reads_of(draw: st.DrawFn, references: list[str]) -> list[str]:
    """Pieces of references on both strands, changed and joined, with letters of every kind."""
    reads = []
    for _ in range(draw(st.integers(1, 6))):
        text = ""
        for _ in range(draw(st.integers(1, 4))):
            reference = draw(st.sampled_from(references))
            at = draw(st.integers(0, len(reference)))
            piece = reference[at : at + draw(st.integers(0, 90))]
            if draw(st.booleans()):
                piece = screen_oracle.reverse_complement(piece)
            text += piece + draw(st.text("ACGTNacgtnRYU.-", max_size=12))
        if draw(st.integers(0, 3)) == 0:
            text = text.lower()
        reads.append(text * draw(st.sampled_from([1, 1, 1, 9])))
    return reads


@st.composite
def nucleotide_cases(draw: st.DrawFn) -> tuple[list[str], list[str], int, int, int]:
    k = draw(st.integers(12, 31))
    references = draw(
        st.lists(st.text("ACGTACGTACGTNacg", min_size=40, max_size=200), min_size=1, max_size=3)
    )
    references[0] = "ACGTTGCATTGACCATTAGGACATTTGACCAGTACC" + references[0]
    seed = draw(st.integers(max(k - 8, 8), k))
    return references, reads_of(draw, references), k, seed, draw(st.sampled_from([1, 1, 2, 5]))


@settings(max_examples=120, deadline=None)
@given(case=nucleotide_cases())
def test_nucleotide_hits_are_those_of_the_oracle(
    tmp_path_factory: pytest.TempPathFactory, case: tuple[list[str], list[str], int, int, int]
) -> None:
    references, reads, k, seed, stride = case
    index = index_of(tmp_path_factory.mktemp("i"), references, "nucleotide", k, seed)
    expected = [screen_oracle.nucleotide_hits(read, references, k, stride) for read in reads]
    assert hits_of(index, reads, stride) == expected


@st.composite
def protein_cases(draw: st.DrawFn) -> tuple[list[str], list[str], int, int]:
    k = draw(st.integers(4, 12))
    proteins = draw(
        st.lists(st.text("ARNDCQEGHILKMFPSTWYVX", min_size=20, max_size=80), min_size=1, max_size=3)
    )
    proteins[0] = "MKRLDEWYFNQHPSTGAVIC" + proteins[0]
    coded = ["".join(CODON_OF.get(amino, "NNN") for amino in protein) for protein in proteins]
    return proteins, reads_of(draw, coded), k, draw(st.sampled_from([1, 1, 2, 3]))


@settings(max_examples=120, deadline=None)
@given(case=protein_cases())
def test_translated_hits_are_those_of_the_oracle(
    tmp_path_factory: pytest.TempPathFactory, case: tuple[list[str], list[str], int, int]
) -> None:
    proteins, reads, k, stride = case
    index = index_of(tmp_path_factory.mktemp("i"), proteins, "protein", k)
    expected = [screen_oracle.protein_hits(read, proteins, k, stride) for read in reads]
    assert hits_of(index, reads, stride) == expected


def test_a_read_longer_than_a_tile_counts_every_word_once(tmp_path: Path) -> None:
    random = np.random.default_rng(5)
    reference = "".join(random.choice(list("ACGT"), 3000))
    index = index_of(tmp_path, [reference], "nucleotide", 21)
    lengths = [20, 21, 22, 459, 460, 479, 480, 481, 500, 960, 2999, 3000]
    assert hits_of(index, [reference[:n] for n in lengths]) == [max(n - 20, 0) for n in lengths]


def test_codons_of_every_kind_are_translated(tmp_path: Path) -> None:
    for codon, amino in screen_oracle.CODONS.items():
        protein = "MKRWMKRW"
        read = "ATGAAACGTTGG" * 2 + codon + "ATGAAACGTTGG" * 2
        expected = 0 if amino == "*" else 1
        word = f"RW{amino if amino != '*' else 'A'}MK"
        index = index_of(tmp_path, [word, protein[:4]], "protein", 5)
        assert hits_of(index, [read]) == [expected], codon
