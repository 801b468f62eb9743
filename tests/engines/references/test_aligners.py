"""What programs need of a genome: made once, whole, and the same for the same bases."""

import gzip
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pysam
import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator

from engines.references.catalogue import ROOT
from engines.references.cli import references

BASES = {"chr1": "ACGTNacgtnGATTACAGGC" * 40, "chr2": "TTGACCAGTA" * 30}
TEXT = "".join(f">{name} of a test\n{bases}\n" for name, bases in BASES.items())
BWA = """\
#!/bin/bash
[[ $# == 0 ]] && { echo "Version: 9.9-r1" >&2; exit 1; }
echo "$*" >>"$RAN"
for end in amb ann bwt pac; do echo "$end" >"$3.$end"; done
echo "[BWTIncConstructFromPacked] 10 iterations done. 550 characters processed." >&2
[[ -e "$RAN.dies" ]] && kill -9 $$
echo sa >"$3.sa"
"""
needs_samtools = pytest.mark.skipif(not shutil.which("samtools"), reason="samtools is missing")


@pytest.fixture
def bwa(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A bwa that writes down how often it was called, and dies where ``ran.dies`` is there."""
    tool = tmp_path / "bin/bwa"
    tool.parent.mkdir()
    tool.write_text(BWA)
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tool.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("RAN", str(tmp_path / "ran"))
    return tmp_path / "ran"


def index(folder: Path, fasta: Path, aligner: str, *more: str) -> Result:
    words = ["index", "--fasta", fasta, "--aligner", aligner, "--cache", folder / "cache"]
    words += ["--link", folder / aligner, *more]
    return CliRunner().invoke(references, [str(word) for word in words])


def failure(done: Result) -> dict[str, object]:
    assert "Traceback" not in done.stderr
    record: dict[str, object] = json.loads(done.stderr.splitlines()[-1])
    assert record["code"] == done.exit_code
    return record


def plain(folder: Path) -> Path:
    (folder / "mine.fa").write_text(TEXT)
    return folder / "mine.fa"


@pytest.mark.parametrize("packed", ["plain", "gzip", "bgzip"])
def test_the_sequence_is_the_same_however_it_came(tmp_path: Path, packed: str) -> None:
    fasta = plain(tmp_path)
    if packed == "gzip":
        fasta = tmp_path / "mine.fa.gz"
        fasta.write_bytes(gzip.compress(TEXT.encode()))
    elif packed == "bgzip":
        fasta = tmp_path / "mine.fa.gz"
        with pysam.BGZFile(str(fasta), "wb") as out:
            out.write(TEXT.encode())
    done = index(tmp_path, fasta, "none")
    assert done.exit_code == 0, done.stderr
    links = tmp_path / "none"
    assert (links / "genome.fa").read_text() == TEXT
    md5 = {name: hashlib.md5(bases.upper().encode()).hexdigest() for name, bases in BASES.items()}
    assert (links / "genome.dict").read_text().splitlines() == [
        "@HD\tVN:1.6",
        *(f"@SQ\tSN:{name}\tLN:{len(BASES[name])}\tM5:{md5[name]}" for name in BASES),
    ]
    assert (links / "genome.fa.fai").read_text().startswith("chr1\t800\t")
    receipt = json.loads((links / "receipt.json").read_text())
    rules = json.loads((ROOT / "workflow/schemas/references.prepared.schema.json").read_text())
    Draft202012Validator(rules).validate(receipt)
    assert receipt["sha256"] == hashlib.sha256(TEXT.encode()).hexdigest()


@needs_samtools
def test_checksums_of_contigs_are_those_of_samtools(tmp_path: Path) -> None:
    index(tmp_path, plain(tmp_path), "none")
    command = ["samtools", "dict", str(tmp_path / "mine.fa")]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    theirs = [line.split("\tUR:")[0] for line in lines[1:]]
    assert (tmp_path / "none/genome.dict").read_text().splitlines()[1:] == theirs


def test_an_index_is_made_once(tmp_path: Path, bwa: Path) -> None:
    for _ in range(2):
        done = index(tmp_path, plain(tmp_path), "bwa-mem")
        assert done.exit_code == 0, done.stderr
    assert len(bwa.read_text().splitlines()) == 1
    ends = {path.suffix for path in (tmp_path / "bwa-mem").glob("genome.*")}
    assert ends == {".amb", ".ann", ".bwt", ".pac", ".sa"}
    assert json.loads((tmp_path / "bwa-mem/receipt.json").read_text())["version"] == "9.9-r1"
    (tmp_path / "mine.fa").write_text(TEXT + ">more\nACGT\n")
    index(tmp_path, tmp_path / "mine.fa", "bwa-mem")
    assert len(bwa.read_text().splitlines()) == 2, "other bases, another index"


def test_alternative_contigs_are_warned_of(tmp_path: Path, bwa: Path) -> None:
    """Also where the index is found in the cache; the plain sequence has nothing to warn of."""
    fasta = plain(tmp_path)
    assert "warning" not in index(tmp_path, fasta, "bwa-mem").stderr
    fasta.write_text(TEXT + ">chr1_KI270762v1_alt\nACGTACGTAC\n")
    for _ in "made", "found":
        done = index(tmp_path, fasta, "bwa-mem")
        assert "of regions are contigs of their own (1: chr1_KI270762v1_alt, …)" in done.stderr
    said = json.loads((tmp_path / "bwa-mem/receipt.json").read_text())
    assert "no .alt file" in said["warnings"][0]
    assert "warning" not in index(tmp_path, fasta, "none").stderr


def test_progress_is_what_bwa_prints(tmp_path: Path, bwa: Path) -> None:
    said = index(tmp_path, plain(tmp_path), "bwa-mem").stderr.splitlines()
    told = [json.loads(line)["data"] for line in said if '"indexing"' in line]
    size = 2 * len(TEXT)
    assert told == [
        {"stage": "indexing", "done": 550, "total": size, "unit": "bases",
         "progress": round(100 * 550 / size, 1)}
    ]  # fmt: skip


def test_what_a_killed_indexer_leaves_is_not_used(tmp_path: Path, bwa: Path) -> None:
    dies = Path(f"{bwa}.dies")
    dies.touch()
    said = failure(index(tmp_path, plain(tmp_path), "bwa-mem"))
    assert said["error_class"] == "transient" and "killed by signal 9" in str(said["message"])
    assert not list(tmp_path.glob("cache/bwa-mem/*/*")) and not (tmp_path / "bwa-mem").exists()
    dies.unlink()
    assert index(tmp_path, tmp_path / "mine.fa", "bwa-mem").exit_code == 0
    assert (tmp_path / "bwa-mem/genome.sa").read_text() == "sa\n"


def test_two_at_once_make_one(tmp_path: Path, bwa: Path) -> None:
    fasta = plain(tmp_path)
    words = [sys.executable, "-m", "engines.references", "index", "--fasta", str(fasta)]
    words += ["--aligner", "bwa-mem", "--cache", str(tmp_path / "cache"), "--link"]
    running = [subprocess.Popen([*words, str(tmp_path / name)]) for name in "ab"]
    assert [process.wait(120) for process in running] == [0, 0]
    assert len(bwa.read_text().splitlines()) == 1
    assert (tmp_path / "a/genome.sa").resolve() == (tmp_path / "b/genome.sa").resolve()


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("ACGT\n", "mine.fa: not FASTA"),
        ("", "mine.fa: the file is empty"),
        (">a\nAC\nACGT\nAC\n", "mine.fa: cannot be indexed: not FASTA, or lines of different"),
    ],
)
def test_what_is_no_genome_is_told(tmp_path: Path, text: str, what: str) -> None:
    (tmp_path / "mine.fa").write_text(text)
    said = failure(index(tmp_path, tmp_path / "mine.fa", "none"))
    assert said["code"] == 65 and what in str(said["message"])
    assert str(tmp_path / "cache") not in str(said["message"])


def test_a_program_that_is_not_there_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    said = failure(index(tmp_path, plain(tmp_path), "bwa-mem2"))
    assert said["code"] == 69 and said["message"] == "bwa-mem2 is not on the PATH"
