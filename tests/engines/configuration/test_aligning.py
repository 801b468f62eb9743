"""What the commands that align, and their resources, are made of."""

from pathlib import Path

from engines.configuration.aligning import megabytes_as_bam


def test_a_cram_takes_as_long_as_its_reads_would_as_bam(tmp_path: Path) -> None:
    """A genome of 15 GB as CRAM, and one of 60 GB as BAM, are the same reads."""
    sizes = {"o.cram": 15, "o.bam": 60}
    for name, size in sizes.items():
        with (tmp_path / name).open("wb") as file:
            file.truncate(size * 10**9)
    assert [megabytes_as_bam(str(tmp_path / name)) for name in sizes] == [60_000, 60_000]
