"""The taxon of every pair is the one that brute force finds."""

import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import pytest
import taxa_oracle
from hypothesis import given, settings
from hypothesis import strategies as st
from taxa_lab import Lab, Letters, random_letters, reads_of, relative, write_fasta, write_reads

from engines.screen.index import build_index
from engines.screen.kernel.library import SOURCES
from engines.screen.kernel.screen import Screen, Search
from engines.screen.reads import open_reads
from engines.screen.taxa.build import make_taxa_index
from engines.screen.taxa.genomes import genomes_of
from engines.screen.taxa.layout import TaxaIndex
from engines.screen.taxa.screen import TaxaScreen
from engines.screen.taxa.tally import Tally

COMMON = [random_letters(seed, 300) for seed in range(4)]
LINEAGES = ["", "x", "x;y", "x;y;z", "x;w", "v"]


@st.composite
def genomes(draw: st.DrawFn) -> dict[str, tuple[str, list[Letters]]]:
    """A few genomes, each of pieces that others may have too, and anywhere in the tree."""
    found = {}
    for name in "abcdef"[: draw(st.integers(1, 6))]:
        chosen = draw(st.lists(st.integers(0, 3), min_size=1, max_size=3))
        own = random_letters(draw(st.integers(10, 15)), draw(st.integers(40, 200)))
        pieces = [COMMON[number] for number in chosen]
        found[name] = (draw(st.sampled_from(LINEAGES)), [own, *pieces, np.concatenate(pieces)])
    return found


@st.composite
def mates(draw: st.DrawFn, text: str) -> str:
    """A piece of the genomes, with lower case and letters that are no bases."""
    length = draw(st.sampled_from([30, 31, 35, 40, 60, 130]))
    at = draw(st.integers(0, max(len(text) - length, 0)))
    letters = list(text[at : at + length])
    for place in draw(st.lists(st.integers(0, 129), max_size=3)):
        if place < len(letters):
            letters[place] = draw(st.sampled_from("ACGTNacgtn."))
    return "".join(letters)


def write_genomes(folder: Path, given: dict[str, tuple[str, list[Letters]]]) -> Path:
    rows = []
    for name, (lineage, sequences) in given.items():
        write_fasta(folder / f"{name}.fa", *sequences)
        rows.append(f"{name}\t\t{lineage}\t{name}.fa\n")
    (folder / "table.tsv").write_text("".join(rows))
    return folder / "table.tsv"


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_pairs_are_of_the_taxon_that_brute_force_finds(data: st.DataObject) -> None:
    given_genomes = data.draw(genomes())
    everything = b"".join(s.tobytes() for _, ss in given_genomes.values() for s in ss).decode()
    piece = mates(everything)
    pairs = data.draw(st.lists(st.tuples(piece, piece), min_size=1, max_size=12))
    min_words, confidence = data.draw(st.integers(1, 4)), data.draw(st.sampled_from([0, 0.3, 0.9]))
    with tempfile.TemporaryDirectory() as folder:
        table = write_genomes(Path(folder), given_genomes)
        index = make_taxa_index(genomes_of(table), 4)
        one, two = write_reads(pairs, Path(folder))
        screen = TaxaScreen(index, min_words, confidence)
        batches = list(open_reads(str(one), str(two)).batches(0))
        found = [int(taxon) for batch in batches for taxon in screen.taxa_of(batch)]
    parents = [taxon.parent for taxon in index.taxonomy.taxa]
    places = {genome.name: genome.taxon for genome in index.header.genomes}
    sequences = {
        places[name]: [s.tobytes().decode() for s in ss] for name, (_, ss) in given_genomes.items()
    }
    known = taxa_oracle.index(parents, sequences, 2)
    assert index.header.words == len(known)
    assert found == [
        taxa_oracle.taxon_of(pair, parents, known, 2, min_words, confidence) for pair in pairs
    ]


def test_long_reads_and_unpaired_ones_are_of_the_taxon_that_brute_force_finds(
    tmp_path: Path,
) -> None:
    lab = Lab(tmp_path)
    one = random_letters(1, 6000)
    two = relative(one, 0.98, 2)
    lab.add("one", "s__S", one)
    lab.add("two", "s__S", two)
    index = lab.index(4)
    reads = [text.tobytes().decode() for text in (one, two[100:5000], one[:481], one[:30])]
    reads.append(reads[0][:700] + "N" * 500 + reads[1][700:2000])
    paths = write_reads([(read, read) for read in reads], tmp_path)
    (batch,) = open_reads(str(paths[0])).batches(0)
    parents = [taxon.parent for taxon in index.taxonomy.taxa]
    sequences = {
        genome.taxon: [lab.genomes[genome.name][0].tobytes().decode()]
        for genome in index.header.genomes
    }
    known = taxa_oracle.index(parents, sequences, 2)
    found = [int(taxon) for taxon in TaxaScreen(index).taxa_of(batch)]
    assert found == [taxa_oracle.taxon_of([r], parents, known, 2, 2, 0) for r in reads]
    assert len(set(found)) >= 3


def with_words(letters: Letters, count: int) -> str:
    """A piece with just so many sampled words."""
    text = letters.tobytes().decode()
    pieces = (text[at : at + 60] for at in range(0, len(text), 60))
    return next(p for p in pieces if len(taxa_oracle.sampled_words(p, 2)) == count)


def test_equal_scores_are_of_what_both_taxa_belong_to(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    one, two, three = (random_letters(seed, 3000) for seed in (1, 2, 3))
    lab.add("one", "f;g", one)
    lab.add("two", "f;g", two)
    lab.add("three", "f;h", three)
    index = lab.index(4)
    names = [taxon.name for taxon in index.taxonomy.taxa]
    pairs = [
        (with_words(one, 5), with_words(two, 5)),
        (with_words(one, 5), with_words(two, 6)),
        (with_words(three, 5), with_words(two, 5)),
        (with_words(one, 5) + "N" + with_words(two, 5), with_words(three, 5)),
    ]
    r1, r2 = write_reads(pairs, tmp_path)
    (batch,) = open_reads(str(r1), str(r2)).batches(0)
    assert [names[at] for at in TaxaScreen(index).taxa_of(batch)] == ["g", "two", "f", "f"]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    lab = Lab(tmp_path_factory.mktemp("lab"))
    one = random_letters(1, 20_000)
    lab.add("one", "s__S", one)
    lab.add("two", "s__S", relative(one, 0.99, 2))
    return lab


@pytest.fixture(scope="module")
def index(lab: Lab) -> TaxaIndex:
    return lab.index(4)


def test_words_that_overlapping_mates_share_are_one_hit(lab: Lab, index: TaxaIndex) -> None:
    pairs = reads_of(lab.genomes["one"][0], 50, 1)
    twice = [(one, one) for one, _ in pairs]
    tallies = []
    for given_pairs in (pairs, twice):
        one, two = write_reads(given_pairs, lab.folder)
        paired = TaxaScreen(index)
        for batch in open_reads(str(one), str(two)).batches(0):
            paired.look(batch)
        tallies.append(paired.result())
    one, _ = write_reads(pairs, lab.folder)
    alone = TaxaScreen(index)
    for batch in open_reads(str(one)).batches(0):
        alone.look(batch)
    hits = [sum(t.evidence.hits for t in result.taxa) for result in (alone.result(), *tallies)]
    assert hits[0] == hits[2] < hits[1]


@pytest.mark.parametrize(("threads", "chunk"), [(1, 30_000), (3, 7_000), (2, 1 << 22)])
def test_results_do_not_depend_on_threads_or_batches(
    lab: Lab, index: TaxaIndex, monkeypatch: pytest.MonkeyPatch, threads: int, chunk: int
) -> None:
    pairs = reads_of(lab.genomes["one"][0], 300, 1) + reads_of(lab.genomes["two"][0], 200, 2)
    wanted = lab.screened(pairs, index, threads=1)
    monkeypatch.setattr("engines.screen.kernel.cpu.Cpu.chunk", chunk)
    assert lab.screened(pairs, index, threads=threads) == wanted
    assert wanted.classified == 500


def test_one_pass_with_the_search_for_genes_gives_what_two_give(
    lab: Lab, index: TaxaIndex, tmp_path: Path
) -> None:
    pairs = reads_of(lab.genomes["one"][0], 200, 1) + reads_of(random_letters(8, 9000), 100, 2)
    alone = lab.screened(pairs, index)
    gene = write_fasta(tmp_path / "gene.fa", lab.genomes["one"][0][3000:4000])
    search = Search("genes", build_index([gene], tmp_path / "genes.screen"))
    reads = open_reads(*map(str, write_reads(pairs, tmp_path)))
    taxa = TaxaScreen(index)
    with Screen([search], threads=2) as screen:
        together = screen.run(reads, also=taxa.look)
        genes_only = screen.run(reads)
    assert taxa.result() == alone
    assert together.found == genes_only.found
    assert together.found["genes"].survivors > 0


def test_tallies_of_threads_add_up_in_any_order(index: TaxaIndex) -> None:
    one, two = Tally(index), Tally(index)
    one.reads[1], two.reads[1], one.seen[0], two.seen[0] = 3, 4, 5, 6
    one.ways[4], two.ways[4] = 3, 4
    both, other = Tally(index), Tally(index)
    for tally in (one, two):
        both.add(tally)
    for tally in (two, one):
        other.add(tally)
    assert (both.reads[1], both.seen[0], both.ways[4]) == (7, 7, 7)
    assert np.array_equal(both.seen, other.seen)


@pytest.mark.skipif(not shutil.which("nvcc"), reason="nvcc, the compiler for GPUs, is not there")
def test_the_function_compiles_for_gpus_too(tmp_path: Path) -> None:
    source = tmp_path / "taxa.cu"
    source.write_text(
        '#include "taxa_read.h"\n'
        'extern "C" __global__ void one(taxa_index ix, const uint8_t *s, uint64_t n, taxa_pair *p'
        ", uint32_t *taxon) { taxa_read(&ix, s, n, s, 0, p, taxon); }\n"
    )
    command = ["nvcc", "-ptx", "-arch=compute_75", "-I", str(SOURCES), str(source)]
    made = subprocess.run(
        [*command, "-o", str(tmp_path / "taxa.ptx")], capture_output=True, text=True
    )
    assert made.returncode == 0, made.stderr
