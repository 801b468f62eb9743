"""What the commands that align, and their resources, are made of."""

import subprocess
from pathlib import Path

import pytest

from engines.configuration.aligning import WITHOUT_THREADS, aligned_from, megabytes_as_bam


def test_a_cram_takes_as_long_as_its_reads_would_as_bam(tmp_path: Path) -> None:
    """A genome of 15 GB as CRAM, and one of 60 GB as BAM, are the same reads."""
    sizes = {"o.cram": 15, "o.bam": 60}
    for name, size in sizes.items():
        with (tmp_path / name).open("wb") as file:
            file.truncate(size * 10**9)
    assert [megabytes_as_bam(str(tmp_path / name)) for name in sizes] == [60_000, 60_000]


@pytest.mark.parametrize("threads", [1, 16])
def test_how_many_threads_aligned_is_not_in_the_header(threads: int) -> None:
    group = "@RG\\tID:a\\tLB:x -t 3"
    head = f"@SQ\tSN:a\tLN:9\n@PG\tID:bwa\tCL:bwa mem -R {group}%s genome -t1 -\n"
    reads = "@PG -t 4\t4\t*\n" * 3
    text = head % f" -t {threads}" + reads
    command = ["bash", "-c", f"cat {WITHOUT_THREADS}"]
    done = subprocess.run(command, input=text, text=True, capture_output=True, check=True)
    assert done.stdout == head % "" + reads
    for name in ("bwa-mem", "bwa-mem2", "minimap2"):
        config = {"align": {"aligner": name}}
        assert aligned_from(config, "genome", "x.rg", True).endswith(WITHOUT_THREADS)
