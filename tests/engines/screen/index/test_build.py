"""An index holds every word of its references, once, and says what it left out."""

import gzip
from pathlib import Path

import numpy as np
import pytest
import screen_oracle
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.contract.errors import BadData, BadUsage, InputMissing
from engines.screen.index import build_index, load_index
from engines.screen.index.build import hashes, make_index
from engines.screen.index.layout import Index
from engines.screen.kernel.modes import MODES, mode_named
from engines.screen.kernel.native import native


def words_in(index: Index) -> set[int]:
    return set(index.table[index.table != native().screen_empty()].tolist())


@settings(max_examples=60, deadline=None)
@given(
    sequences=st.lists(st.text("ACGTacgtNRY", min_size=1, max_size=90), min_size=1, max_size=4),
    k=st.integers(12, 31),
    width=st.integers(10, 80),
)
def test_words_are_those_of_the_oracle(
    tmp_path_factory: pytest.TempPathFactory, sequences: list[str], k: int, width: int
) -> None:
    sequences = ["ACGTTGCATTGACCATTAGGACATTTGACCAGTACC", *sequences]
    fasta = tmp_path_factory.mktemp("i") / "r.fa"
    lines = [[s[i : i + width] for i in range(0, len(s), width)] for s in sequences]
    fasta.write_text("".join(f">s{i} x\n" + "\n".join(s) + "\n" for i, s in enumerate(lines)))
    index = make_index([fasta], "nucleotide", k)
    found = [screen_oracle.nucleotide_words(sequence, k) for sequence in sequences]
    known = {word for words in found for word in words if word}
    expected = {int(hashes("nucleotide", k, word.encode())[0]) for word in known}
    assert words_in(index) == expected
    head = index.header
    assert (head.words, len(expected)) == (len(known), len(known))
    assert head.too_short == sum(len(sequence) < k for sequence in sequences)
    assert head.left_out == sum(word is None for words in found for word in words)


def test_both_strands_are_one_word() -> None:
    word = b"ACGTTGCATTGACCATTAGGA"
    other = screen_oracle.reverse_complement(word.decode()).encode()
    assert hashes("nucleotide", 21, word) == hashes("nucleotide", 21, other)
    assert hashes("protein", 7, b"MKRLDEW") != hashes("protein", 7, b"WEDLRKM")


def test_the_same_files_give_the_same_bytes_and_the_order_does_not_matter(tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    for name in "ab":
        bases = "".join(random.choice(list("ACGT"), 5000))
        (tmp_path / name).write_text(f">{name}\n{bases}\n")
    one, two = ([tmp_path / name for name in names] for names in ("ab", "ba"))
    for out, fastas in (("1", one), ("2", one), ("3", two)):
        build_index(fastas, tmp_path / out)
    assert (tmp_path / "1").read_bytes() == (tmp_path / "2").read_bytes()
    first, third = load_index(tmp_path / "1"), load_index(tmp_path / "3")
    assert words_in(first) == words_in(third)
    assert [s.name for s in first.header.sources] == ["a", "b"]
    assert first.header.sources[0].sequences == 1 and len(first.header.sources[0].sha256) == 64


def test_a_compressed_fasta_gives_the_same_words(tmp_path: Path) -> None:
    text = b">a\r\nACGTTGCATTGACC\r\nATTAGGACATT\r\n>b\r\nTTGACCATTAGGACATTACGA"
    (tmp_path / "a").write_bytes(text)
    (tmp_path / "a.gz").write_bytes(gzip.compress(text))
    plain, packed = (make_index([tmp_path / n], "nucleotide", 21) for n in ("a", "a.gz"))
    assert words_in(plain) == words_in(packed)
    assert plain.header.words == 25 - 20 + 1


@pytest.mark.parametrize(
    ("content", "kind", "says"),
    [
        (b"", "nucleotide", "is empty"),
        (b"\n \n", "nucleotide", "is empty"),
        (b"@r\nACGT\n+\nFFFF\n", "nucleotide", "does not begin with '>'"),
        (b">a\n>b\nACGT\n", "nucleotide", "sequence a is empty"),
        (b">\n", "nucleotide", "sequence number 1 is empty"),
        (b">a\nMKRLDEWYFQ\n", "nucleotide", "amino acids ('[LFEQ]') where bases belong"),
        (b">a\nACG1\n", "nucleotide", "'1' is no letter of a nucleotide sequence"),
        (b">a\nMKR1\n", "protein", "'1' is no letter of a protein sequence"),
        (b">a\n" + b"ACGT" * 10, "protein", "bases where amino acids belong"),
        (b">a\nACGT\n", "nucleotide", "not one word of 21 letters"),
        (gzip.compress(b">a\n" + b"ACGT" * 99)[:-9], "nucleotide", "cut off"),
    ],
)
def test_a_fasta_that_cannot_be_used(tmp_path: Path, content: bytes, kind: str, says: str) -> None:
    fasta = tmp_path / "r.fa"
    fasta.write_bytes(content)
    with pytest.raises(BadData) as caught:
        build_index(
            [fasta],
            tmp_path / "out",
            "protein" if kind == "protein" else "nucleotide",
            7 if kind == "protein" else 21,
        )
    message = caught.value.message
    assert message.startswith(str(fasta)) and "\n" not in message
    assert says.split("'[")[0] in message and says.rpartition("]'")[2] in message
    assert not (tmp_path / "out").exists()


def test_what_cannot_be_asked(tmp_path: Path) -> None:
    (tmp_path / "a").write_text(">a\nACGTACGTACGTACGTACGTACGT\n")
    for kind, k in (("nucleotide", 32), ("nucleotide", 8), ("protein", 13)):
        with pytest.raises(BadUsage, match=f"words of {k}"):
            make_index([tmp_path / "a"], kind, k)  # type: ignore[arg-type]
    with pytest.raises(InputMissing):
        build_index([tmp_path / "none"], tmp_path / "out")
    with pytest.raises(BadData, match="no file"):
        build_index([], tmp_path / "out")


def test_modes_are_found_by_name() -> None:
    assert [(m.kind, m.k) for m in MODES.values()] == [
        ("nucleotide", 21),
        ("nucleotide", 16),
        ("protein", 7),
    ]
    with pytest.raises(BadUsage, match="did you mean exact"):
        mode_named("exat")
