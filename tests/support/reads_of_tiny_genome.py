"""Reads and alignments for what fastp and mosdepth say of them: every number is known."""

import shutil
import subprocess
from pathlib import Path

import pysam
import pytest

CONTIGS = {"chr1": 1000, "chrX": 500}
TARGET = "chr1\t100\t300\tGENE1\nchrX\t0\t100\tGENE2\nchrX\t350\t450\tGENE3\n"


class _Needs:
    """Tests of programs that may not be here, or may not start."""

    def __call__(self, program: str) -> None:
        if why := self._why_not(program):
            pytest.skip(why)

    def mark(self, program: str) -> pytest.MarkDecorator:
        """The same for a test."""
        why = self._why_not(program)
        return pytest.mark.skipif(bool(why), reason=why)

    def _why_not(self, program: str) -> str:
        if not shutil.which(program):
            return f"needs {program}, which is not on the PATH"
        done = subprocess.run([program, "--version"], capture_output=True, check=False)
        if done.returncode:  # Debian's mosdepth without libhts-dev
            return f"needs {program}, which does not start: {done.stderr.decode()[:60]!r}"
        return ""


needs = _Needs()


def write_lane(prefix: Path, pairs: int, length: int, poor: int) -> tuple[str, str]:
    """FASTQ files of both mates; the first ``poor`` pairs have only bases of quality 2."""
    files = []
    for mate in (1, 2):
        path = Path(f"{prefix}_{mate}.fq")
        with path.open("w") as out:
            for number in range(pairs):
                bases = "".join("ACGT"[(number * 7 + i * i * mate) % 4] for i in range(length))
                quality = ("#" if number < poor else "I") * length
                out.write(f"@r{number}/{mate}\n{bases}\n+\n{quality}\n")
        files.append(str(path))
    return files[0], files[1]


def write_alignments(path: Path) -> Path:
    """chr1 has 20 reads on each base, chrX 10, but none on its last 100."""
    header = {"HD": {"SO": "coordinate"}, "SQ": [{"SN": n, "LN": s} for n, s in CONTIGS.items()]}
    with pysam.AlignmentFile(str(path), "wb", header=header) as out:
        for contig, (end, depth) in enumerate(((1000, 20), (400, 10))):
            for start in range(0, end, 100):
                for number in range(depth):
                    read = pysam.AlignedSegment(out.header)
                    read.query_name = f"{contig}:{start}:{number}"
                    read.query_sequence, read.cigarstring = "A" * 100, "100M"
                    read.reference_id, read.reference_start = contig, start
                    read.mapping_quality = 60
                    out.write(read)
    pysam.index(str(path))
    return path
