"""BAM and CRAM files with one fault each: told before anything long."""

import os
from pathlib import Path
from typing import Any

import pysam
import pytest
from reads_lab import GENOME, alignments, call, genome, header, receipt, refused

from engines.reads import alignments as looking


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return genome(tmp_path_factory.mktemp("genome"))


def looked_at(file: Path, reference: Path, *more: str):
    out = file.parent / "o" / "S.alignments.json"
    return call(
        "check-alignments", file, "--sample", "S", "--reference", reference, "--out", out, *more
    )


@pytest.mark.parametrize("end", ["bam", "cram"])
def test_what_is_sound_has_a_receipt(tmp_path: Path, reference: Path, end: str) -> None:
    file = alignments(tmp_path / f"a.{end}", header(reference), reference=reference)
    done = looked_at(file, reference)
    assert done.exit_code == 0, done.stderr
    found = receipt(tmp_path / "o/S.alignments.json", "alignments")
    assert found["format"] == end.upper() and found["warnings"] == []
    assert found["genome"] == {"compared": "checksums", "build": None}
    assert found["looked_at"] == {"reads": 3, "elsewhere": 0, "whole": True, "at_most": 100_000}
    assert found["qualities"] == {"L1": [2, 40]} and found["duplicates"]["marked"]
    assert (tmp_path / "o/S.alignments.rg").read_text() == "@RG\tID:L1\tSM:S\n"


def other(reference: Path, **change: Any) -> dict[str, Any]:
    """A header whose first contig is another."""
    head = header(reference)
    return head | {"SQ": [{**head["SQ"][0], **change}, *head["SQ"][1:]]}


OTHER_BASES = "0" * 32
FAULTS: dict[str, tuple[Any, dict[str, Any], str]] = {
    "length": (lambda r: other(r, LN=301), {}, "contig one has 301 bases, in the genome"),
    "checksum": (
        lambda r: other(r, M5=OTHER_BASES), {},
        f"contig one has checksum {OTHER_BASES}, in the genome of the run",
    ),
    "name": (
        lambda r: other(r, SN="chrone"), {}, "not in the genome of the run; the genome calls it one"
    ),
    "build": (lambda r: other(r, SN="chr20", LN=64444167), {}, "it seems to be of GRCh38"),
    "no group": (lambda r: header(r, RG=[]), {"group": None}, "no read group in its header (@RG)"),
    "no sample": (lambda r: header(r, RG=[{"ID": "L1"}]), {}, "read group L1 names no sample (SM)"),
    "samples": (
        lambda r: header(r, RG=[{"ID": "L1", "SM": "S"}, {"ID": "L2", "SM": "T"}]), {},
        "reads of 2 samples (S, T)",
    ),
    "unsorted": (
        lambda r: header(r, HD={"VN": "1.6", "SO": "queryname"}), {}, "not sorted by coordinate",
    ),
    "read without group": (header, {"group": None}, "read 1 (r0) has no read group"),
    "unknown group": (header, {"group": "X"}, 'read 1 (r0) is of read group "X", which the header'),
    "encoding": (header, {"quality": "h" * 10}, "L1: qualities from 71 to 71: they seem"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_wrong_is_told(tmp_path: Path, reference: Path, fault: str) -> None:
    head, how, what = FAULTS[fault]
    file = alignments(tmp_path / "a.bam", head(reference), **how)
    said = refused(looked_at(file, reference))
    assert said["code"] == 65 and what in said["message"]
    assert not list(tmp_path.glob("o/*"))


@pytest.mark.parametrize("end", ["bam", "cram"])
def test_truncated_files_are_told(tmp_path: Path, reference: Path, end: str) -> None:
    file = alignments(tmp_path / f"a.{end}", header(reference), reference=reference)
    file.write_bytes(file.read_bytes()[:-20])
    assert f"a.{end}: truncated" in refused(looked_at(file, reference))["message"]


def test_what_says_that_it_is_sorted_is_looked_at(tmp_path: Path, reference: Path) -> None:
    file = alignments(tmp_path / "a.bam", header(reference), places=(30, 10))
    (tmp_path / "a.bam.bai").touch()
    said = refused(looked_at(file, reference))
    assert "read 2 (r1) lies before the one in front of it" in said["message"]
    assert looked_at(file, reference, "--realign").exit_code == 0


def test_the_index_has_to_be_there(tmp_path: Path, reference: Path) -> None:
    file = alignments(tmp_path / "a.bam", header(reference))
    index = tmp_path / "a.bam.bai"
    os.utime(index, (1, 1))
    assert "a.bam.bai is older than a.bam" in looked_at(file, reference).stderr
    index.unlink()
    assert refused(looked_at(file, reference))["hint"] == f"samtools index {file}"


def test_what_may_be_wrong_is_a_warning(tmp_path: Path, reference: Path) -> None:
    head = header(reference, RG=[{"ID": "L1", "SM": "other"}], PG=[])
    del head["SQ"][0]["M5"], head["SQ"][1]
    assert looked_at(alignments(tmp_path / "a.bam", head), reference).exit_code == 0
    found = receipt(tmp_path / "o/S.alignments.json", "alignments")
    assert found["genome"]["compared"] == "names and lengths"
    assert [warning.split(" ", 4)[:4] for warning in found["warnings"]] == [
        ["1", "of", "1", "contigs"],
        ["1", "contigs", "of", "the"],
        ["its", "sample", "is", "other,"],
        ["duplicates", "are", "not", "marked:"],
    ]


def test_a_cram_needs_its_genome_to_be_taken_apart(tmp_path: Path, reference: Path) -> None:
    """Reads of a BAM file have their bases, those of CRAM only what differs from the genome."""
    head = other(reference, LN=301)
    assert looked_at(alignments(tmp_path / "a.bam", head), reference, "--realign").exit_code == 0
    cram = alignments(tmp_path / "a.cram", header(reference), reference=reference)
    elsewhere = tmp_path / "genome.fa"
    elsewhere.write_text(reference.read_text().replace("ACGTTGCAAC", "ACGTTGCAAT"))
    pysam.faidx(str(elsewhere))
    head_line = "@SQ\tSN:one\tLN:300\tM5:" + "1" * 32
    (tmp_path / "genome.dict").write_text(f"@HD\tVN:1.6\n{head_line}\n")
    assert "M5" in refused(looked_at(cram, elsewhere, "--realign"))["message"]


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """CRAM whose header names a file of somebody else for a contig that the genome lacks."""
    theirs = tmp_path / "theirs.fa"
    theirs.write_text(f">one\n{GENOME['one']}\n>evil\n{GENOME['two']}\n")
    contigs = [
        {"SN": name, "LN": length, "UR": str(theirs)}
        for name, length in (("one", 300), ("evil", 200))
    ]
    head = {"HD": {"VN": "1.6", "SO": "coordinate"}, "SQ": contigs, "RG": [{"ID": "L1", "SM": "S"}]}
    file = alignments(tmp_path / "a.cram", head, reference=theirs)
    theirs.with_name("theirs.fa.fai").unlink()
    return file


def test_a_cram_reads_no_sequence_but_the_genome(foreign: Path, reference: Path) -> None:
    """htslib would go to the address in its header, for which there is no switch."""
    done = call("check-header", foreign, "--reference", reference)
    assert refused(done)["message"] == f"{foreign}: CRAM, and the genome has no contig evil"
    assert "evil" in refused(looked_at(foreign, reference))["message"]
    assert not foreign.with_name("theirs.fa.fai").exists()
    assert "no genome is given" in refused(call("check-header", foreign))["message"]


def test_what_is_cram_is_called_so(tmp_path: Path, reference: Path) -> None:
    """What is called BAM is read without the genome, and htslib would look for another one."""
    cram = alignments(tmp_path / "a.cram", header(reference), reference=reference)
    assert call("check-header", cram, "--reference", reference).exit_code == 0
    named = cram.rename(tmp_path / "b.bam")
    for done in (call("check-header", named), looked_at(named, reference)):
        assert "CRAM, which its name does not say" in refused(done)["message"]
    assert call("check-header", alignments(tmp_path / "c.bam", header(reference))).exit_code == 0


def test_names_in_a_file_forge_no_line_of_the_log(tmp_path: Path, reference: Path) -> None:
    head = header(reference, RG=[{"ID": "L1", "SM": "a\x1b[2J"}, {"ID": "L2", "SM": "b"}])
    said = looked_at(alignments(tmp_path / "a.bam", head), reference).stderr
    assert "reads of 2 samples (a\\x1b[2J, b)" in said and "\x1b" not in said
    forged = 'r\n{"error_class":"permanent","code":0}'
    file = alignments(tmp_path / "b.bam", header(reference), group=None, name=forged)
    done = looked_at(file, reference)
    assert "has no read group" in refused(done)["message"]
    assert not any(line.startswith('{"error_class":"') for line in done.stderr.splitlines())


@pytest.mark.parametrize("end", ["bam", "cram"])
def test_reads_that_were_never_aligned_can_be_realigned(
    tmp_path: Path, reference: Path, end: str
) -> None:
    """What sequencers deliver as BAM: no contigs in the header."""
    file = tmp_path / f"a.{end}"
    head = pysam.AlignmentHeader.from_dict({"RG": [{"ID": "L1", "SM": "S"}]})
    line = "r0\t4\t*\t0\t0\t*\t*\t0\t0\tACGT\tI#II\tRG:Z:L1"
    with pysam.AlignmentFile(str(file), "wc" if end == "cram" else "wb", header=head) as out:
        out.write(pysam.AlignedSegment.fromstring(line, head))
    assert looked_at(file, reference, "--realign").exit_code == 0
    found = receipt(tmp_path / "o/S.alignments.json", "alignments")
    assert found["looked_at"]["reads"] == 1 and found["genome"]["compared"] == "not compared"
    said = refused(looked_at(file, reference))
    assert said["message"] == f"{file}: no contigs in its header" and "realign" in said["hint"]


@pytest.mark.parametrize("more", [(), ("--realign",)])
def test_a_hole_in_the_middle_is_told(
    tmp_path: Path, reference: Path, more: tuple[str, ...]
) -> None:
    file = alignments(tmp_path / "a.bam", header(reference), places=[10] * 9000)
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2] + whole[-28:])  # its last block is there
    said = refused(looked_at(file, reference, *more))
    assert said["code"] == 65 and f"{file}: damaged, it cannot be read" in said["message"]


@pytest.mark.parametrize(("lost", "where"), [(4, "a read at one:51"), (5, "an unmapped read")])
def test_read_groups_are_looked_at_through_the_genome(
    tmp_path: Path, reference: Path, monkeypatch: pytest.MonkeyPatch, lost: int, where: str
) -> None:
    monkeypatch.setattr(looking, "READS", 2)
    sound = alignments(tmp_path / "sound.bam", header(reference), places=(10, 20, 30, 40, 50, 60))
    file = tmp_path / "a.bam"
    with pysam.AlignmentFile(str(sound)) as given:
        reads = list(given)
        reads[5].flag, reads[5].reference_id, reads[5].reference_start = 4, -1, -1
        for out_of_group in (None, lost):
            if out_of_group is not None:
                reads[out_of_group].set_tag("RG", None)
            with pysam.AlignmentFile(str(file), "wb", template=given) as out:
                for read in reads:
                    out.write(read)
            pysam.index(str(file))
            done = looked_at(file, reference)
            if out_of_group is None:
                assert done.exit_code == 0, done.stderr
                found = receipt(tmp_path / "o/S.alignments.json", "alignments")
                assert found["looked_at"]["elsewhere"] >= 4
    assert f"{where} (r{lost}) has no read group" in refused(done)["message"]
