"""A screen from files to files: survivors are those of brute force, whole and in order."""

import gzip
import threading
from pathlib import Path

import numpy as np
import pytest
import screen_oracle
from simulated_reads import Sample, genomes, write_pairs

from engines.contract.errors import BadData, BadUsage, Transient
from engines.screen.index import Index, build_index
from engines.screen.kernel.screen import Counts, Screen, Search
from engines.screen.kernel.survivors import Survivors, Writer
from engines.screen.reads import open_reads


def random_gene(seed: int, length: int = 900) -> str:
    return "".join(np.random.default_rng(seed).choice(list("ACGT"), length))


GENES = [random_gene(seed) for seed in range(3)]


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """3,000 pairs of a genome of 60 kb that carries the genes."""
    genome = genomes([gene.encode() for gene in GENES], 60_000)
    return write_pairs(Sample(genome), 3000, tmp_path_factory.mktemp("sample"))


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    folder = tmp_path_factory.mktemp("index")
    fasta = folder / "genes.fa"
    fasta.write_text("".join(f">g{i}\n{gene}\n" for i, gene in enumerate(GENES)))
    return build_index([fasta], folder / "genes.screen")


def records(path: Path) -> list[bytes]:
    lines = (
        gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    ).split(b"\n")
    return [b"\n".join(lines[i : i + 4]) for i in range(0, len(lines) - 1, 4)]


def expected(sample: tuple[Path, Path]) -> list[tuple[bytes, bytes]]:
    """Pairs of which either mate has a word of a gene."""
    known = {word for gene in GENES for word in screen_oracle.nucleotide_words(gene, 21)}
    pairs = zip(records(sample[0]), records(sample[1]), strict=True)

    def has_word(record: bytes) -> bool:
        read = record.split(b"\n")[1].decode()
        return not known.isdisjoint(screen_oracle.nucleotide_words(read, 21))

    return [(one, two) for one, two in pairs if has_word(one) or has_word(two)]


def run(sample: tuple[Path, Path], index: Index, out: Path, threads: int) -> Counts:
    with Screen([Search("genes", index)], threads=threads) as screen:
        files = Survivors(out.with_name("o1.fastq.gz"), out.with_name("o2.fastq"))
        return screen.run(open_reads(str(sample[0]), str(sample[1])), {"genes": files})


def test_survivors_are_those_of_brute_force_in_input_order(
    sample: tuple[Path, Path], index: Index, tmp_path: Path
) -> None:
    wanted = expected(sample)
    counts = run(sample, index, tmp_path / "x", 2)
    kept = zip(records(tmp_path / "o1.fastq.gz"), records(tmp_path / "o2.fastq"), strict=True)
    assert list(kept) == wanted
    assert 100 < len(wanted) < 1000
    assert counts.found["genes"].survivors == len(wanted)
    assert (counts.reads, counts.r1.bases, counts.r1.longest) == (6000, 450_000, 150)


def test_any_number_of_threads_gives_the_same_bytes(
    sample: tuple[Path, Path], index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engines.screen.kernel.cpu.Cpu.chunk", 50_000)
    outcomes = set()
    for threads in (1, 2, 5):
        folder = tmp_path / str(threads)
        counts = run(sample, index, folder / "x", threads)
        files = tuple((folder / name).read_bytes() for name in ("o1.fastq.gz", "o2.fastq"))
        outcomes.add((files, str((counts.r1, counts.r2, counts.found))))
    assert len(outcomes) == 1


def test_several_searches_in_one_pass_are_each_as_alone(
    sample: tuple[Path, Path], index: Index, tmp_path: Path
) -> None:
    searches = [
        Search("any", index),
        Search("many", index, min_hits=40),
        Search("few", index, 1, 9),
    ]
    reads = open_reads(str(sample[0]), str(sample[1]))
    together = Screen(searches).run(reads)
    for search in searches:
        assert Screen([search]).run(reads).found[search.name] == together.found[search.name]
    kept = [found.survivors for found in together.found.values()]
    assert kept[0] > kept[1] > 0


def test_an_error_leaves_the_files_of_an_earlier_run_as_they_were(
    sample: tuple[Path, Path], index: Index, tmp_path: Path
) -> None:
    (tmp_path / "o1.fastq.gz").write_bytes(b"earlier")
    cut = tmp_path / "cut.fastq.gz"
    cut.write_bytes(sample[0].read_bytes()[:-2000])
    with pytest.raises(BadData, match="cut off"):
        run((cut, sample[1]), index, tmp_path / "x", 2)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cut.fastq.gz", "o1.fastq.gz"]
    assert (tmp_path / "o1.fastq.gz").read_bytes() == b"earlier"


def test_searches_and_files_that_make_no_sense_are_refused(
    sample: tuple[Path, Path], index: Index, tmp_path: Path
) -> None:
    reads = open_reads(str(sample[0]), str(sample[1]))
    one = tmp_path / "o.fastq"
    for wrong in (
        lambda: Screen([Search("a", index), Search("a", index)]),
        lambda: Screen([Search("a", index, min_hits=0)]),
        lambda: Screen([Search("a", index)], threads=0),
        lambda: Screen([Search("a", index)]).run(reads, {"b": Survivors(one)}),
        lambda: Screen([Search("a", index)]).run(reads, {"a": Survivors(one)}),
        lambda: Screen([Search("a", index)]).run(reads, {"a": Survivors(one, one)}),
    ):
        with pytest.raises(BadUsage):
            wrong()
    assert not one.exists()


def test_progress_tells_of_reads_and_bytes_that_were_really_read(
    sample: tuple[Path, Path], index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engines.screen.kernel.cpu.Cpu.chunk", 50_000)
    told: list[tuple[int, int, int]] = []
    reads = open_reads(str(sample[0]), str(sample[1]))
    Screen([Search("a", index)]).run(reads, progress=lambda *step: told.append(step))
    size = sum(path.stat().st_size for path in sample)
    assert len(told) > 5
    assert told[-1] == (6000, size, size)
    assert told == sorted(told)


@pytest.mark.parametrize("threads", [1, 3])
def test_whoever_looks_along_sees_every_pair_once(
    sample: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, threads: int
) -> None:
    monkeypatch.setattr("engines.screen.kernel.cpu.Cpu.chunk", 50_000)
    seen: list[tuple[int, int]] = []
    reads = open_reads(str(sample[0]), str(sample[1]))
    counts = Screen([], threads=threads).run(
        reads, also=lambda batch: seen.append((batch.first, len(batch)))
    )
    firsts, sizes = zip(*sorted(seen), strict=True)
    assert firsts == tuple(np.cumsum((0, *sizes[:-1])))
    assert sum(sizes) == counts.r1.reads == 3000


def test_a_full_disk_is_transient_and_names_the_file() -> None:
    with open("/dev/full", "wb", buffering=0) as full:
        writer = Writer([(Path("out.fastq"), full)])
        writer.write([b"x" * 10])
        with pytest.raises(Transient, match=r"out\.fastq: No space left"):
            writer.flush()
        with pytest.raises(Transient, match=r"out\.fastq: No space left"):
            writer.write([b"x" * (2 << 20)])


def test_no_thread_is_left_after_an_error(
    sample: tuple[Path, Path], index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engines.screen.kernel.cpu.Cpu.chunk", 50_000)

    def stop(*step: int) -> None:
        raise KeyboardInterrupt

    reads = open_reads(str(sample[0]), str(sample[1]))
    with pytest.raises(KeyboardInterrupt):
        Screen([Search("a", index)], threads=6).run(reads, progress=stop)
    ours = [t for t in threading.enumerate() if t.name.startswith(("decode-", "screen"))]
    for thread in ours:
        thread.join(timeout=180)
        assert not thread.is_alive()


def test_reads_of_adapters_only_are_no_result(tmp_path: Path, index: Index) -> None:
    read = "AGATCGGAAGAGCACACGTCTGAACTCCAGTCAC"
    fastq = tmp_path / "r.fastq"
    fastq.write_text("".join(f"@{i}\n{read}\n+\n{'F' * len(read)}\n" for i in range(200)))
    with pytest.raises(BadData, match=r"100\.0 % of the reads begin with a sequencing adapter"):
        Screen([Search("a", index)]).run(open_reads(str(fastq)))


def test_reads_too_short_for_a_word_are_counted(tmp_path: Path, index: Index) -> None:
    fastq = tmp_path / "r.fastq"
    fastq.write_text("".join(f"@{n}\n{'A' * n}\n+\n{'F' * n}\n" for n in range(15, 30)))
    counts = Screen([Search("a", index)]).run(open_reads(str(fastq)))
    assert counts.found["a"].too_short == len(range(15, 21))
    assert counts.r2 is None and counts.r1.shortest == 15


def test_interleaved_reads_survive_as_two_files(
    sample: tuple[Path, Path], index: Index, tmp_path: Path
) -> None:
    mates = zip(records(sample[0]), records(sample[1]), strict=True)
    both = tmp_path / "both.fastq"
    both.write_bytes(b"".join(one + b"\n" + two + b"\n" for one, two in mates))
    reads = open_reads(str(both), interleaved=True)
    files = Survivors(tmp_path / "1.fastq", tmp_path / "2.fastq")
    Screen([Search("genes", index)]).run(reads, {"genes": files})
    kept = zip(records(tmp_path / "1.fastq"), records(tmp_path / "2.fastq"), strict=True)
    assert list(kept) == expected(sample)
