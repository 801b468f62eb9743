"""Reads that are not sound: each fault has words of its own, a place and a way on."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pysam
import pytest

from engines.contract.errors import BadData, BadUsage, EngineError, InputMissing, NotPermitted
from engines.screen.reads import open_reads
from engines.screen.reads.looked_at import MateCounts, look_at, refuse_encoding

GOOD = b"@r1\nACGTACGT\n+\nFFFFFFFF\n"
SECOND = b"@r2\nACGTACGT\n+\nFFFFFFFF\n"


def error_of(*files: Path | str, interleaved: bool = False, chunk: int = 4096) -> EngineError:
    """What is wrong, found by reading and looking; for each size of batch the same."""
    one, *two = map(str, files)
    with pytest.raises(EngineError) as caught:
        for batch in open_reads(one, two or None, interleaved).batches(2, chunk):
            _, error = look_at(batch)
            if error:
                raise error
    return caught.value


@pytest.mark.parametrize(
    ("content", "says", "hint"),
    [
        (b"", "no read in it", "empty"),
        (gzip.compress(b""), "no read in it", "empty"),
        (b"\n\n", "no read in it", "empty"),
        (b">gene\nACGT\n", "FASTA", "four lines"),
        (gzip.compress(b">gene\nACGT\n"), "FASTA", "four lines"),
        (b"BAM\1\0\0\0\0", "BAM", "samtools fastq"),
        (b"BZh91AY", "bzip2", "bzip2 -dc"),
        (b"\xfd7zXZ\0\0", "xz", "xz -dc"),
        (b"\x28\xb5\x2f\xfd\0", "zstd", "zstd -dc"),
        (b"PK\x03\x04", "zip", "unzip"),
        (b"CRAM\3\0", "CRAM", "samtools fastq"),
        (b"some text\n", "read 1 (line 1): begins with 's'", "four lines"),
        (GOOD + b"ACGT\n", "read 2 (line 5): begins with 'A'", "line is missing"),
        (GOOD + b"@r2\nACGT\nACGT\n+\n", "read 2 (line 5): its third line", "seqtk seq"),
        (GOOD + b"@r2\nACGT\n+\nFFF\n" + GOOD, "4 bases, and a quality of 3 letters", "damaged"),
        (GOOD + b"@r2\nACGT\n+\nFFFFF\n", "4 bases, and a quality of 5 letters", "damaged"),
        (GOOD + b"@r2\nACGTACG\n+\nFF\nFFFF\n", "a quality of 2 letters", "damaged"),
        (GOOD + b"@r2\nAC!T\n+\nFFFF\n", "read 2 (line 5): '!' among its bases", "IUPAC"),
        (GOOD + b"@r2\nACET\n+\nFFFF\n", "'E' among its bases", "IUPAC"),
        (GOOD + b"@r2\nACGT\n+\nFF\x1fF\n", r"'\x1f' in its quality", "damaged"),
        (GOOD + b"@r2\nACGT\n+\nFF\xffF\n", "byte 255 in its quality", "damaged"),
        (GOOD + b"@r2\nACGT\n+\nFF", "read 2 (line 5): cut off", "checksum"),
        (GOOD + b"@r2\nACGT\n+\n", "read 2 (line 5): cut off", "checksum"),
        (GOOD + b"@r2\nACGT\n+", "read 2 (line 5): cut off", "checksum"),
        (GOOD + b"@r2\nACG", "read 2 (line 5): cut off", "checksum"),
        (GOOD + b"@r2", "read 2 (line 5): cut off", "checksum"),
    ],
)
def test_a_file_that_is_no_sound_fastq(
    tmp_path: Path, content: bytes, says: str, hint: str
) -> None:
    path = tmp_path / "reads.fastq"
    path.write_bytes(content)
    error = error_of(path)
    assert (error.code, error.error_class) == (65, "permanent")
    assert error.message.startswith(str(path)) and says in error.message
    assert "\n" not in error.message and hint in error.hint


def test_a_quality_that_is_cut_but_not_at_the_end_of_the_file(tmp_path: Path) -> None:
    """Its letters would go on in the next record, where a line feed stands by chance."""
    path = tmp_path / "r.fastq"
    path.write_bytes(b"@r1\nACGTAC\n+\nFF\nFFF\n")
    assert "6 bases, and a quality of 2 letters" in error_of(path).message


def bgzf(path: Path, text: bytes) -> bytes:
    with pysam.BGZFile(str(path), "wb") as blocks:
        blocks.write(text)
    return path.read_bytes()


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda data: data[: len(data) // 2], "cut off"),
        (lambda data: data[:-1], "cut off"),
        (lambda data: data[:-5] + bytes([data[-5] ^ 1]) + data[-4:], "damaged gzip data"),
        (lambda data: data[:-8] + bytes([data[-8] ^ 1]) + data[-7:], "damaged gzip data"),
        (lambda data: data[:200] + b"\xff\xff\xff" + data[203:], "damaged gzip data"),
        (lambda data: data + b"more" * 10, "damaged gzip data"),
    ],
)
def test_gzip_that_is_cut_off_or_damaged(
    tmp_path: Path, damage: Callable[[bytes], bytes], says: str
) -> None:
    path = tmp_path / "r.fastq.gz"
    path.write_bytes(
        damage(gzip.compress(b"".join(GOOD.replace(b"r1", b"%d" % i) for i in range(9999))))
    )
    error = error_of(path)
    assert error.code == 65 and says in error.message and "checksum" in error.hint


def test_bgzf_without_its_last_block_is_cut_off(tmp_path: Path) -> None:
    """Whole blocks are left: a reader that only decodes sees a sound, shorter file."""
    data = bgzf(tmp_path / "whole.gz", GOOD * 20_000)
    path = tmp_path / "cut.gz"
    path.write_bytes(data[:-28])
    assert "BGZF, and its last block is missing" in error_of(path).message


def test_mates_that_do_not_belong_together(tmp_path: Path) -> None:
    one, two = tmp_path / "1.fastq", tmp_path / "2.fastq"
    one.write_bytes(GOOD + SECOND)
    two.write_bytes(GOOD)
    error = error_of(one, two)
    assert error.message == f"{two}: ends after 1 reads, and its mates in {one} go on"
    assert error_of(two, one).message.startswith(f"{two}: ends after 1 reads")
    two.write_bytes(GOOD + SECOND.replace(b"r2", b"r3"))
    assert f'{one} and {two}: read 2: "r2" and "r3" are no mates' == error_of(one, two).message
    for first, second in (
        (b"r1/2", b"r1/1"),
        (b"r1/1", b"r1/1x"),
        (b"r7/1", b"r8/2"),
        (b"A:1101:1", b"A:1101:2"),
    ):
        one.write_bytes(GOOD.replace(b"r1", first))
        two.write_bytes(GOOD.replace(b"r1", second))
        assert "no mates" in error_of(one, two).message


def test_a_mate_far_longer_than_the_other(tmp_path: Path) -> None:
    one, two = tmp_path / "1.fastq", tmp_path / "2.fastq"
    one.write_bytes(GOOD * 5000)
    two.write_bytes(GOOD * 50)
    assert error_of(one, two).message.startswith(f"{two}: ends after 50 reads")


def test_interleaved_reads_without_a_mate(tmp_path: Path) -> None:
    path = tmp_path / "r.fastq"
    path.write_bytes(GOOD + GOOD + SECOND)
    assert error_of(path, interleaved=True).message == f"{path}: 3 reads: the last one has no mate"
    path.write_bytes(GOOD + SECOND)
    assert "read 1" in error_of(path, interleaved=True).message
    path.write_bytes(GOOD + GOOD + SECOND + b"@r2\nAC\n+\nF\n")
    assert "read 4 (line 13): 2 bases" in error_of(path, interleaved=True).message


@pytest.mark.parametrize("chunk", [300, 4096, 1 << 20])
def test_of_several_faults_the_first_one_is_told(tmp_path: Path, chunk: int) -> None:
    one, two = tmp_path / "1.fastq", tmp_path / "2.fastq"
    start = b"".join(GOOD.replace(b"r1", b"%d" % i) for i in range(100))
    bad_base = b"@100\nAC!TACGT\n+\nFFFFFFFF\n"
    good = b"@100\nACGTACGT\n+\nFFFFFFFF\n"
    other = b"@x\nACGTACGT\n+\nFFFFFFFF\n"
    one.write_bytes(start + good + other)
    two.write_bytes(start + bad_base + SECOND + b"@cut")
    assert f"{two}: read 101 (line 401): '!'" in error_of(one, two, chunk=chunk).message
    two.write_bytes(start + good + SECOND + b"@cut")
    assert "read 102:" in error_of(one, two, chunk=chunk).message


def test_a_file_without_line_feeds_does_not_fill_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engines.screen.reads.batches.LONGEST_RECORD", 1 << 20)
    path = tmp_path / "r.fastq"
    path.write_bytes(b"@r1\n" + b"A" * 3_000_000)
    assert "longer than 1 MiB" in error_of(path, chunk=100_000).message


def test_files_that_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(InputMissing, match="no such file"):
        open_reads(str(tmp_path / "none"))
    with pytest.raises(InputMissing, match="a folder"):
        open_reads(str(tmp_path))
    (tmp_path / "r").write_bytes(GOOD)

    def refuse(*args: object, **more: object) -> None:
        raise PermissionError(13, "Permission denied")

    with pytest.MonkeyPatch.context() as patch, pytest.raises(NotPermitted, match="may not read"):
        patch.setattr("builtins.open", refuse)
        open_reads(str(tmp_path / "r"))


def test_files_that_make_no_sense_together(tmp_path: Path) -> None:
    names = [str(tmp_path / name) for name in "abc"]
    for name in names:
        Path(name).write_bytes(GOOD)
    for wrong in (
        lambda: open_reads([]),
        lambda: open_reads(names[:2], names[2:]),
        lambda: open_reads(names[0], names[1], interleaved=True),
        lambda: open_reads(names[0], names[0]),
        lambda: open_reads("-", "-"),
    ):
        with pytest.raises(BadUsage):
            wrong()


def test_qualities_of_old_machines() -> None:
    def counts(low: str, high: str, reads: int = 1000) -> MateCounts:
        return MateCounts(reads, 100 * reads, 0, 0, 0, 100, 100, ord(low), ord(high))

    for low, high in (("B", "h"), (";", "i"), ("@", "h")):
        with pytest.raises(BadData, match=r"Phred\+64"):
            refuse_encoding("r", counts(low, high), at_end=False)
        refuse_encoding("r", counts(low, high, 999), at_end=False)
        with pytest.raises(BadData, match=r"Phred\+64"):
            refuse_encoding("r", counts(low, high, 1), at_end=True)
    # constant qualities of simulators, Illumina's bins, HiFi up to 93
    for low, high in (("I", "I"), ("#", "F"), ("B", "J"), ("!", "~"), ("K", "~")):
        refuse_encoding("r", counts(low, high), at_end=True)
    refuse_encoding("r", MateCounts(reads=1), at_end=True)
