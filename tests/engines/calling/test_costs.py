"""What a caller took: the sum over its jobs, and nothing where one of them is not known."""

from pathlib import Path

import pytest

from engines.calling.costs import costs_of

HEAD = "s\th:m:s\tmax_rss\tmax_vms\tmax_uss\tmax_pss\tio_in\tio_out\tmean_load\tcpu_time\n"
LONG = "61.50\t0:01:01\t70.38\t2\t3\t4\t0.01\t0.09\t50.11\t30.25\n"
OTHER = "7.00\t0:00:07\t102.00\t2\t3\t4\t-\t-\t50.11\t2.50\n"
SHORT = "0.40\t0:00:00\tNA\tNA\tNA\tNA\tNA\tNA\tNA\tNA\n"
UNSEEN = "9.00\t0:00:09\tNA\tNA\tNA\tNA\tNA\tNA\tNA\tNA\n"


def tables(folder: Path, *rows: str) -> list[Path]:
    made = [folder / f"{number}.benchmark.tsv" for number in range(len(rows))]
    for place, row in zip(made, rows, strict=True):
        place.write_text(HEAD + row)
    return made


def test_times_add_up_and_memory_is_the_highest(tmp_path: Path) -> None:
    expected = {"jobs": 3, "longest_s": 61.5, "cpu_s": 32.75, "peak_memory_mb": 102.0}
    assert costs_of(tables(tmp_path, LONG, OTHER, SHORT)) == expected


def test_what_was_not_measured_of_a_job_is_left_out(tmp_path: Path) -> None:
    assert costs_of(tables(tmp_path, LONG, UNSEEN)) == {"jobs": 2, "longest_s": 61.5}


@pytest.mark.parametrize("text", [None, "", HEAD, HEAD + "-\t-\n", "\x00", "no table\n1\n"])
def test_a_part_says_nothing(tmp_path: Path, text: str | None) -> None:
    files = tables(tmp_path, LONG, OTHER)
    assert costs_of([]) is None
    if text is None:
        files[1].unlink()
    else:
        files[1].write_text(text)
    assert costs_of(files) is None
