"""An index of genomes: the same bytes from the same genomes, kept, checked when it is loaded."""

import gzip
import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from taxa_lab import Lab, random_letters, relative, write_fasta

from engines.contract.errors import BadData, BadUsage, EngineError, InputMissing
from engines.screen.taxa import build
from engines.screen.taxa.build import build_taxa_index, make_taxa_index
from engines.screen.taxa.fasta import pieces
from engines.screen.taxa.genomes import genomes_of
from engines.screen.taxa.kept import open_reference
from engines.screen.taxa.layout import TaxaIndex, load_index


@pytest.fixture(scope="module")
def genomes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of three genomes, two of them much alike."""
    folder = tmp_path_factory.mktemp("genomes")
    one = random_letters(1, 30_000)
    write_fasta(folder / "one.fa", one)
    write_fasta(folder / "two.fna", relative(one, 0.99, 2))
    write_fasta(folder / "three.fasta", random_letters(3, 20_000), random_letters(4, 2000))
    return folder


@pytest.fixture(scope="module")
def made(genomes: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[TaxaIndex, Path]:
    path = tmp_path_factory.mktemp("index") / "genomes.taxa"
    return build_taxa_index(genomes_of(genomes), path), path


def test_an_index_tells_what_it_was_made_of(genomes: Path, made: tuple[TaxaIndex, Path]) -> None:
    index = load_index(made[1])
    one, three, two = index.header.genomes
    assert [one.name, three.name, two.name] == ["one", "three", "two"]
    assert (three.length, three.sequences, three.file) == (22_000, 2, "three.fasta")
    assert index.counts.sum() == index.header.words == made[0].header.words
    # 0.99 to the power of 31: words that two genomes of 99 % identity share
    assert 0.67 < 1 - one.own_words / one.words < 0.80
    assert three.own_words == three.words
    assert 22_000 / 16 * 0.9 < three.words < 22_000 / 16 * 1.1
    assert np.array_equal(index.table, made[0].table)
    told = index.identity()
    assert (told["k"], told["sampling"], told["words"]) == (31, 16, index.header.words)
    digest = hashlib.sha256((genomes / "one.fa").read_bytes()).hexdigest()
    assert told["genomes"][0] == {"name": "one", "file": "one.fa", "sha256": digest}


def test_order_folder_and_compression_of_genomes_change_no_word(
    genomes: Path, made: tuple[TaxaIndex, Path], tmp_path: Path
) -> None:
    for file in genomes.iterdir():
        (tmp_path / f"{file.name}.gz").write_bytes(gzip.compress(file.read_bytes()))
    packed = genomes_of(tmp_path)
    other = make_taxa_index(packed[::-1])
    assert np.array_equal(other.table, made[0].table)
    assert np.array_equal(other.counts, made[0].counts)
    again = tmp_path / "again.taxa"
    build_taxa_index(genomes_of(genomes)[::-1], again)
    assert again.read_bytes() == made[1].read_bytes()


def test_a_table_that_gets_too_full_is_filled_again_in_twice_the_size(
    genomes: Path, made: tuple[TaxaIndex, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "FULLEST", 2000 / 2**20)
    index = make_taxa_index(genomes_of(genomes))
    assert index.header.table_bits == made[0].header.table_bits + 1
    assert index.header.words == made[0].header.words
    assert np.array_equal(index.counts, made[0].counts)


def test_more_words_than_memory_is_given_say_which_sampling_fits(
    genomes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "FULLEST", 1000 / 2**20)
    with pytest.raises(BadData, match=r"3 genomes of 82,000 bases: one word in 16 .* 8 MB") as told:
        make_taxa_index(genomes_of(genomes), most_bytes=8 << 20)
    assert told.value.hint == "take one word in 128 (sampling)"


def test_pieces_of_a_file_do_not_depend_on_how_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.fa"
    path.write_bytes(b"\n>a one\r\nACGT\r\nAC\r\n\r\n>b\nNNacgt\n>c > d\nA")
    found = []
    for size in (1, 2, 3, 5, 1000):
        monkeypatch.setattr("engines.screen.taxa.fasta.AT_ONCE", size)
        sequences: dict[int, bytes] = {}
        for number, letters in pieces(path):
            sequences[number] = sequences.get(number, b"") + letters
        found.append(sequences)
    assert found == [{1: b"ACGTAC", 2: b"NNacgt", 3: b"A"}] * 5


def test_an_index_is_made_once_and_kept_by_content(
    genomes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = open_reference(genomes, folder=tmp_path)
    (kept,) = tmp_path.iterdir()

    def never(*arguments: object) -> None:
        raise AssertionError("made again")

    with monkeypatch.context() as patch:
        patch.setattr("engines.screen.taxa.kept.make_taxa_index", never)
        assert open_reference(genomes, folder=tmp_path).header == first.header
        assert open_reference(kept).header == first.header
    open_reference(genomes, sampling=64, folder=tmp_path)
    assert len(list(tmp_path.iterdir())) == 2
    kept.write_bytes(kept.read_bytes()[:-8])
    assert open_reference(genomes, folder=tmp_path).header == first.header


def test_a_cache_that_cannot_be_written_costs_time_only(
    genomes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    assert open_reference(genomes, folder=in_the_way / "x").header.words
    assert "not kept for the next run" in capsys.readouterr().err


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    r"\d+ bytes where \d+ belong": lambda data: data[:-1],
    "its checksum is another": lambda data: data[:-1] + bytes([data[-1] ^ 1]),
    "of format 7, and this version reads 1": lambda data: data.replace(
        b'"format": 1', b'"format": 7', 1
    ),
    "its header is damaged": lambda data: data.replace(b'"sample_bits"', b'"sample_bitz"', 1),
    "its header is cut off or damaged": lambda data: data.replace(b'{"checksum"', b'{checksum"', 1),
    "not an index of genomes": lambda data: data[:9],
}


@pytest.mark.parametrize("message", DAMAGES)
def test_an_index_that_is_damaged_or_of_another_version_says_so(
    made: tuple[TaxaIndex, Path], tmp_path: Path, message: str
) -> None:
    path = tmp_path / "x.taxa"
    path.write_bytes(DAMAGES[message](made[1].read_bytes()))
    with pytest.raises(BadData, match=message) as told:
        load_index(path)
    assert str(path) in told.value.message
    assert "made again" in told.value.hint


def test_an_index_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputMissing, match="no such file"):
        load_index(tmp_path / "x.taxa")


NO_GENOMES: dict[str, tuple[str, bytes]] = {
    "FASTQ: reads, and a genome is needed": ("x.fa", b"@r\nACGT\n+\nFFFF\n"),
    "empty: no genome in it": ("x.fa", b"\n"),
    r"sequence a is empty": ("x.fa", b">a\n>b\nACGT\n"),
    "cut off": ("x.fa", b">a\nACGT\n>b"),
    "does not begin with '>'": ("x.fa", b"ACGT\n"),
    r"sequence a: [MLQ] is no base: it seems to be a protein": ("x.fa", b">a\nACGTMKLQ\n"),
    r"sequence a: b'!' is no letter": ("x.fa", b">a\nACGT!\n"),
    "> among its letters": ("x.fa", b">a\nAC>GT\n"),
    "20 bases, and none of their words": ("x.fa", b">a\n" + b"ACGTT" * 4 + b"\n"),
    "no genome in it: no file ends in .fa": ("x.txt", b">a\nACGT\n"),
    "a Kraken2 database": ("hash.k2d", b"x"),
}


@pytest.mark.parametrize("message", NO_GENOMES)
def test_what_is_no_genome_is_refused_with_its_name(tmp_path: Path, message: str) -> None:
    name, content = NO_GENOMES[message]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadData, match=message) as told:
        make_taxa_index(genomes_of(tmp_path))
    assert str(tmp_path) in told.value.message


def test_references_that_cannot_be_are_refused(genomes: Path, tmp_path: Path) -> None:
    write_fasta(tmp_path / "same.fa", random_letters(1, 100))
    write_fasta(tmp_path / "same.fasta", random_letters(2, 100))
    of_genes = tmp_path / "genes.screen"
    of_genes.write_bytes(b"PLUMBSCR" + bytes(100))
    wrong: dict[str, tuple[type[EngineError], Callable[[], object]]] = {
        "two genomes of one name": (BadData, lambda: genomes_of(tmp_path)),
        "no such file or folder": (InputMissing, lambda: genomes_of(tmp_path / "nothing")),
        "an index of resistance genes": (BadData, lambda: open_reference(of_genes)),
        "sampling 3": (BadUsage, lambda: open_reference(genomes, sampling=3, folder=tmp_path)),
        "^no genome": (BadData, lambda: make_taxa_index([])),
    }
    for message, (kind, call) in wrong.items():
        with pytest.raises(kind, match=message):
            call()


def test_genomes_that_cannot_be_told_apart_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lab = Lab(tmp_path)
    one = random_letters(1, 5000)
    for name in ("one", "copy"):
        lab.add(name, "s__S", one)
    lab.add("other", "s__S", random_letters(2, 5000))
    lab.index()
    assert "copy, one: fewer than 10 words that no other genome has" in capsys.readouterr().err
