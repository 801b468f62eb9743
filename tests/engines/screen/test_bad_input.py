"""What the whole command says of input that is no good: one line, an exit code, nothing left."""

import errno
import gzip
import json
import os
from pathlib import Path

import pytest
from compare_bench import error_of
from screen_lab import SPECIES, ScreenLab, files_of

from engines.screen.calling.tool import KMA, MINIMAP2

pytestmark = pytest.mark.skipif(
    not (KMA.there() and MINIMAP2.there()), reason="KMA or minimap2 is not installed"
)
ADAPTER = "AGATCGGAAGAGCACACGTCTGAACTCCAGTCA"


@pytest.fixture(scope="module")
def lab(tmp_path_factory) -> ScreenLab:
    return ScreenLab(tmp_path_factory.mktemp("screen"))


def fastq(path: Path, reads: list[tuple[str, str]], quality: str = "I") -> Path:
    path.write_text("".join(f"@{n}\n{bases}\n+\n{quality * len(bases)}\n" for n, bases in reads))
    return path


def reads_of(lab: ScreenLab, mate: int, count: int, first: int = 0) -> list[tuple[str, str]]:
    return [(f"r{n}/{mate + 1}", lab.pairs[n][mate]) for n in range(first, first + count)]


def cut(lab: ScreenLab, folder: Path) -> list[object]:
    whole = gzip.compress(lab.r1.read_bytes())
    (folder / "cut.fq.gz").write_bytes(whole[: len(whole) // 2])
    return ["--r1", folder / "cut.fq.gz", "--r2", lab.r2]


def shorter(lab: ScreenLab, folder: Path) -> list[object]:
    one = fastq(folder / "1.fq", reads_of(lab, 0, 50))
    return ["--r1", one, "--r2", fastq(folder / "2.fq", reads_of(lab, 1, 49))]


def shifted(lab: ScreenLab, folder: Path) -> list[object]:
    one = fastq(folder / "1.fq", reads_of(lab, 0, 50))
    return ["--r1", one, "--r2", fastq(folder / "2.fq", reads_of(lab, 1, 50, first=3))]


def empty(lab: ScreenLab, folder: Path) -> list[object]:
    return ["--r1", fastq(folder / "1.fq", []), "--r2", lab.r2]


def encoded(lab: ScreenLab, folder: Path) -> list[object]:
    return ["--r1", fastq(folder / "1.fq", reads_of(lab, 0, 50), "h")]


def adapters(lab: ScreenLab, folder: Path) -> list[object]:
    return ["--r1", fastq(folder / "1.fq", [(f"r{n}", ADAPTER + "ACGT" * 9) for n in range(50)])]


def fasta(lab: ScreenLab, folder: Path) -> list[object]:
    return ["--r1", lab.genomes / "labbug.fa"]


def absent(lab: ScreenLab, folder: Path) -> list[object]:
    return ["--r1", lab.r1, "--r2", folder / "nothing.fq"]


@pytest.mark.parametrize(
    ("made", "code", "words"),
    [
        (cut, 65, ["cut.fq.gz", "cut off"]),
        (shorter, 65, ["2.fq: ends after 49 reads", "1.fq go on"]),
        (shifted, 65, ["r0", "r3"]),
        (empty, 65, ["1.fq", "empty"]),
        (encoded, 65, ["1.fq", "64"]),
        (adapters, 65, ["1.fq", "adapter"]),
        (fasta, 65, ["labbug.fa", "FASTA"]),
        (absent, 66, ["nothing.fq"]),
    ],
)
def test_reads_that_are_no_good(lab, tmp_path, made, code, words):
    out = tmp_path / "out"
    error = error_of(lab.run(out, mates=made(lab, tmp_path)), code)
    assert error["error_class"] == "permanent" and error["hint"]
    assert all(word in error["message"] for word in words), error["message"]
    failed_whole(out, error["message"])


def failed_whole(out: Path, message: str) -> None:
    """Nothing is there but the state, which says why."""
    assert list(files_of(out)) == ["status.json"]
    status = json.loads((out / "status.json").read_text())
    assert (status["state"], status["progress"], status["message"]) == ("failed", -1, message)


def of_kma(lab: ScreenLab, folder: Path) -> list[object]:
    (folder / "db").mkdir()
    (folder / "db" / "all.comp.b").write_bytes(b"\0" * 100)
    return ["--resistance-db", folder / "db"]


def of_another_version(lab: ScreenLab, folder: Path) -> list[object]:
    from engines.screen.taxa import build_taxa_index, genomes_of, layout

    path = folder / "old.taxa"
    build_taxa_index(genomes_of(lab.genomes), path)
    with open(path, "r+b") as file:
        data = file.read(4096)
        at = data.index(b'"format": %d' % layout.FORMAT)
        file.seek(at)
        file.write(b'"format": 0')
    return ["--reference-db", path]


def of_kraken(lab: ScreenLab, folder: Path) -> list[object]:
    (folder / "hash.k2d").write_bytes(b"\0")
    return ["--reference-db", folder]


@pytest.mark.parametrize(
    ("made", "code", "words"),
    [
        (of_kma, 65, ["is no resfinder database"]),
        (of_another_version, 65, ["old.taxa", "version"]),
        (of_kraken, 65, ["Kraken2 database"]),
        (lambda *_: ["--resistance-db", "nowhere"], 66, ["nowhere"]),
        (lambda *_: ["--reference-db", "nowhere"], 66, ["nowhere"]),
        (lambda *_: ["--species", "Escherichia colli"], 64, ["colli"]),
        (lambda *_: ["--device", "gpu"], 69, ["GPU"]),
        (lambda *_: ["--resfinder", "--disable-amr", "--species", SPECIES], 64, ["--resfinder"]),
        (lambda *_: ["--disable-amr"], 66, ["--species"]),
    ],
)
def test_databases_and_options_that_are_no_good(lab, tmp_path, monkeypatch, made, code, words):
    monkeypatch.setattr("engines.screen.kernel.cuda.LIBRARY", "no-such-library.so")
    out = tmp_path / "out"
    error = error_of(lab.run(out, *made(lab, tmp_path)), code)
    assert error["error_class"] == "permanent" and error["hint"]
    assert all(word in error["message"] for word in words), error["message"]
    failed_whole(out, error["message"])


def test_a_disk_that_is_full_passes_by_itself(lab, tmp_path, monkeypatch):
    """When results are put in place, and when not even the state can be written."""
    out, real = tmp_path / "out", os.fsync
    refused = ["kma.res", "status.json"]

    def full(handle: int) -> None:
        name = os.readlink(f"/proc/self/fd/{handle}")
        if name.endswith(tuple(refused)):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), name)
        real(handle)

    monkeypatch.setattr(os, "fsync", full)
    for _ in range(2):
        error = error_of(lab.run(out), 75)
        assert error["error_class"] == "transient" and "No space left" in error["message"]
        assert "free some space" in error["hint"]
        assert set(files_of(out)) <= {"status.json"}
        refused[:] = ["kma.res"]


def test_a_folder_that_cannot_be_written(lab, tmp_path):
    (tmp_path / "file").write_text("")
    error = error_of(lab.run(tmp_path / "file" / "out"), 73)
    assert "--output-dir" in error["hint"]
