"""FASTQ files with one fault each: told at once, with the file, the read, the way out."""

import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reads_lab import bgzip, call, lane, receipt, record, refused, write

from engines.contract.errors import BadData
from engines.reads.fastq import check
from engines.reads.group import ReadGroup, unit_of, unit_of_all

GROUP = ReadGroup("L1", "S", "lib", "ILLUMINA")
OLD = "hhhhBhhh"  # Phred+64


def looked_at(folder: Path, one: str, two: str | None = None, end: str = ".fq"):
    files = [write(folder / f"R1{end}", one)]
    if two is not None:
        files.append(write(folder / f"R2{end}", two))
    return call("check", *files, "--sample", "S", "--lane", "L1", "--out", folder / "o/S.L1.json")


def test_what_is_sound_has_a_receipt_and_a_read_group(tmp_path: Path) -> None:
    done = looked_at(tmp_path, lane(20, 1), lane(20, 2), ".fq.gz")
    assert done.exit_code == 0, done.stderr
    found = receipt(tmp_path / "o/S.L1.json", "reads")
    assert found["read_group"] == {
        "ID": "L1", "PL": "ILLUMINA", "PU": "FLOWCELL.3", "LB": "S", "SM": "S"
    }  # fmt: skip
    assert found["looked_at"] == {"reads": 20, "whole": True, "at_most": 100_000}
    assert [file["bases"] for file in found["files"]] == [160, 160]
    assert [file["lowest_quality"] for file in found["files"]] == [2, 2]
    line = r"@RG\tID:L1\tPL:ILLUMINA\tPU:FLOWCELL.3\tLB:S\tSM:S"
    assert (tmp_path / "o/S.L1.rg").read_text() == f"{line}\n"
    assert str(tmp_path) not in (tmp_path / "o/S.L1.json").read_text()


@pytest.mark.parametrize(
    ("one", "two", "what"),
    [
        ("", None, "R1.fq: no read in it"),
        (">a\nACGT\n", None, "R1.fq: FASTA"),
        ("BAM\1....", None, "R1.fq: binary data, perhaps BAM"),
        (lane(3, 1) + record("x", "ACGT", "III"), None, "R1.fq: read 4 (line 13): 4 bases, and"),
        (lane(3, 1) + "@x\nAC", None, "R1.fq: read 4 (line 13): cut off"),
        (lane(3, 1).replace("\n", "\r\n"), None, "R1.fq: read 1 (line 4): its lines end as on Win"),
        (lane(3, 1), lane(2, 2), "R2.fq: ends after 2 reads"),
        (record("a/1"), record("b/2"), '"a/1" and "b/2" are no mates'),
        (lane(9, 1, OLD), None, "seem to be Phred+64"),
        (lane(9, 1), lane(9, 2, OLD), "R2.fq: qualities from 'B' to 'h': they seem to be Phred+64, "
         'and "R1.fq" is not: mates of two encodings'),
        (lane(9, 1) + lane(9, 1, OLD), None, "qualities of two encodings: read 1 is Phred+33, read "
         "10 seems to be Phred+64"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told(tmp_path: Path, one: str, two: str | None, what: str) -> None:
    said = refused(looked_at(tmp_path, one, two))
    assert said["code"] == 65
    assert what in said["message"]
    assert not list(tmp_path.glob("o/*"))


def test_truncated_files_are_told(tmp_path: Path) -> None:
    whole = bgzip(tmp_path / "b.fq.gz", lane(5000, 1)).read_bytes()
    (tmp_path / "b.fq.gz").write_bytes(whole[:-28])
    plain = write(tmp_path / "g.fq.gz", lane(5000, 1))
    plain.write_bytes(plain.read_bytes()[:-30])
    for name, what in (("b", "it is BGZF, and its last block is missing"), ("g", "cut off")):
        words = ("--sample", "S", "--lane", "L1", "--out", tmp_path / "o.json")
        said = refused(call("check", tmp_path / f"{name}.fq.gz", *words))
        assert f"{name}.fq.gz: cut off" in said["message"] and what in said["message"]


def test_long_reads_may_have_any_quality(tmp_path: Path) -> None:
    file = write(tmp_path / "l.fq", record("a") + record("b", quality="hhhhhhhh"))
    found, _ = check([str(file)], ReadGroup("L1", "S", "S", "PACBIO"))
    assert found["files"][0]["highest_quality"] == 71
    with pytest.raises(BadData, match="two encodings"):
        check([str(file)], GROUP)


def test_only_the_first_reads_are_looked_at(tmp_path: Path) -> None:
    file = write(tmp_path / "r.fq", lane(150_000, 1) + "no FASTQ")
    started = time.process_time()
    found, _ = check([str(file)], GROUP)
    assert time.process_time() - started < 2
    assert 100_000 <= found["looked_at"]["reads"] < 150_000
    assert found["looked_at"]["whole"] is False


NAMES = [
    (b"A00123:45:HXX:2:1101:1:2 1:N:0:A", "HXX.2"),
    (b"NB5:1:HGF-2:4:1:1:1/1", "HGF-2.4"),
    (b"V300012345L1C001R0010000001/1", "V300012345.1"),
    (b"SRR000001.1 1 length=36", None),
    (b"HWI-EAS:1:2:3:4", None),
]


def test_names_of_machines_tell_the_lane() -> None:
    assert [unit_of(name) for name, _ in NAMES] == [unit for _, unit in NAMES]
    assert unit_of_all([NAMES[0][0], NAMES[1][0]]) == (
        None,
        "the names of the reads tell of 2 lanes",
    )


READ = st.tuples(
    st.text("ACGTN", min_size=1, max_size=40),
    st.integers(33, 126),
    st.from_regex(r"\A[\w.]{1,9}\Z"),
)


@settings(max_examples=60, deadline=None)
@given(reads=st.lists(READ, min_size=1, max_size=30), last=st.sampled_from(["", "\n", "\n\n"]))
def test_any_sound_file_is_counted(tmp_path_factory, reads, last) -> None:
    """Every base of every record counts, whatever the end of the file looks like."""
    letters = [record(name, bases, chr(low) * len(bases)) for bases, low, name in reads]
    letters.append(record("low", "A", "!"))  # so that it cannot be taken for Phred+64
    file = tmp_path_factory.mktemp("r") / "r.fq"
    write(file, re.sub(r"\n\Z", "", "".join(letters)) + last)
    found, _ = check([str(file)], ReadGroup("L1", "S", "S", "ONT"))
    assert found["files"][0]["reads"] == len(reads) + 1
    assert found["files"][0]["bases"] == sum(len(bases) for bases, _, _ in reads) + 1
    assert found["looked_at"]["whole"] is True


def test_files_that_are_swapped_are_told(tmp_path: Path) -> None:
    assert looked_at(tmp_path, lane(20, 2), lane(20, 1)).exit_code == 0
    (warning,) = receipt(tmp_path / "o/S.L1.json", "reads")["warnings"]
    assert warning.startswith("R1.fq: its names say second mates")
    assert refused(looked_at(tmp_path, record("r/2"), record("r/1")))["code"] == 65
