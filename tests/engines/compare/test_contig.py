"""One contig from files to counts: what only the flow does."""

import signal
import subprocess
import sys

import numpy as np
import pytest
from compare_bench import TRUTH, Bench, error_of
from small_files import write_bed

from engines.compare.case import Request
from engines.compare.comparison import compare
from engines.compare.contig import bases_without_ends
from engines.compare.diploid import diploid_regions
from engines.formats.contigs import KNOWN_LENGTHS


def test_ends_of_n_are_no_bases(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engines.compare.contig.PIECE", 3)
    for text in ("NNNNACNNGTN", "ACGT", "NNNNNNN", "", "NNNNNNA", "ANNNNNN", "NNNACG"):
        bases = np.frombuffer(text.encode(), dtype=np.uint8)
        assert bases_without_ends(bases) == len(text.strip("N"))


def test_pseudo_autosomal_regions_end_with_the_contig() -> None:
    for build, lengths in KNOWN_LENGTHS.items():
        for prefix in ("", "chr"):
            named = {prefix + name: length for name, length in lengths.items()}
            regions = diploid_regions(f"{prefix}X", named)
            assert regions is not None and len(regions) == 2, build
            assert lengths["X"] - 15_000 < regions.ends[-1] <= lengths["X"]
            assert diploid_regions(f"{prefix}1", named) is None
    assert diploid_regions("chrX", {"chrX": 1000}) is None


def test_only_the_contigs_that_were_asked_for(bench: Bench) -> None:
    report = compare(
        Request(bench.truth, bench.query, bench.reference, bench.out, contigs=("chr21",))
    )
    (row,) = [r for r in report["rows"] if (r["type"], r["filter"]) == ("SNP", "ALL")]
    assert row["truth_total"] == 28
    aside = {(a["side"], a["reason"]): a["records"] for a in report["set_aside"]}
    assert aside["query", "contig that was not asked for"] == 58


def test_regions_keep_what_overlaps_them(bench: Bench) -> None:
    bed = write_bed(bench.folder / "r.bed", [("chr20", 99, 100), ("chr20", 399, 500)])
    assert bench.run("-R", bed).exit_code == 0
    assert bench.row("SNP")["truth_total"] == 3


def test_the_first_wrong_contig_is_said_and_nothing_stays(bench: Bench) -> None:
    bench.set_query([*TRUTH[:-1], ("chr21", 2800, "A", "C", "0/9")])
    assert "names an allele that is not there" in error_of(bench.run("--threads", 4), 65)["message"]
    assert not bench.out.parent.exists() or list(bench.out.parent.iterdir()) == []


WAITING = """
import os
from engines.compare import cli, contig, running
from engines.contract.errors import run_command

def waiting(job, stop):
    os.write(1, b"at work\\n")  # in one piece: two threads say it
    stop.wait()
    raise contig.Stopped

running.compare_contig = waiting
run_command(cli.compare, "compare")
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_contigs_at_work_and_nothing_stays(
    bench: Bench, number: signal.Signals
) -> None:
    command = [
        sys.executable, "-c", WAITING, "--truth", bench.truth, "--query", bench.query,
        "-r", bench.reference, "-o", bench.out, "--threads", "2",
    ]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert [process.stdout.readline() for _ in range(2)] == [b"at work\n"] * 2
    process.send_signal(number)
    _, said = process.communicate(timeout=180)
    assert process.returncode in (143, 130), said
    assert number == signal.SIGINT or b"Traceback" not in said, said
    assert list(bench.out.parent.iterdir()) == []
