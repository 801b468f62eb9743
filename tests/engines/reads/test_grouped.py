"""Reads that were taken out of alignments: handed on as they are, each of a known read group."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from reads_lab import refused

from engines.reads.cli import reads

SOUND = "@r{}\tMM:Z:C+m,1;\tRG:Z:L{}\nACGT\n+\n@III\n"


def grouped(folder: Path, text: str, *options: str) -> Result:
    groups = folder / "S.alignments.rg"
    groups.write_text("@RG\tID:L0\tSM:S\n@RG\tSM:S\tID:L1\tLB:x\n")
    return CliRunner().invoke(reads, ["grouped", *options, str(groups)], input=text)


def test_reads_are_handed_on_as_they_are(tmp_path: Path) -> None:
    text = "".join(SOUND.format(number, number % 2) for number in range(5000))
    done = grouped(tmp_path, text, "--count", "5000")
    assert done.exit_code == 0 and done.stdout == text
    assert '"done": 5000, "unit": "reads"' in done.stderr and '"progress": 100.0' in done.stderr
    assert '"progress": 50.0' in grouped(tmp_path, text, "--count", "10000").stderr


@pytest.mark.parametrize(
    ("tags", "what"),
    [
        ("", "read odd has no read group"),
        ("\tBC:Z:xRG:Z:L1", "read odd has no read group"),
        ("\tRG:Z:L2", 'read odd is of read group "L2", which the header does not have'),
    ],
)
def test_a_read_of_no_read_group_ends_it(tmp_path: Path, tags: str, what: str) -> None:
    text = "".join(SOUND.format(number, 0) for number in range(3000))
    said = refused(grouped(tmp_path, f"{text}@odd{tags}\nACGT\n+\nIIII\n"))
    assert said["code"] == 65 and said["message"] == what and "addreplacerg" in said["hint"]
