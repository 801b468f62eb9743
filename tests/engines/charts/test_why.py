"""Why a result is missing, out of the logs of reads, lanes, callers and chunks."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from engines.charts.holdings import holdings
from engines.charts.why import MOST, Logs

NOT_STARTED = "not started; see what failed or was cancelled before it"
Say = Callable[[str, str], Path]


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    return tmp_path / "logs"


@pytest.fixture
def fail(logs: Path) -> Say:
    """Writes the log of a job that failed: its name, and its message."""

    def write(name: str, message: str) -> Path:
        log = logs / name
        log.parent.mkdir(parents=True, exist_ok=True)
        words = {"error_class": "permanent", "code": 65, "message": message, "hint": ""}
        log.write_text(f"=== attempt\nerror: …\n{json.dumps(words)}\n")
        return log

    return write


def test_a_lane_explains_the_sample_and_its_calls(logs: Path, fail: Say) -> None:
    log = fail("check_reads/HG002.L1.log", "L1_R1.fq.gz: cut off")
    fail("check_reads/HG002.rep2.L1.log", "of another sample")
    expected = f"{log}: L1_R1.fq.gz: cut off"
    assert Logs(logs).last_error("HG002", "qc") == expected
    assert Logs(logs).last_error("HG002.bcftools", "small_variants", "HG002") == expected
    assert Logs(logs).last_error("HG002.brought", "small_variants") == NOT_STARTED


def test_alignments_that_are_refused_explain_the_calls(logs: Path, fail: Say) -> None:
    log = fail("check_alignments/HG002.log", "truncated")
    fail("compare_small_variants/HG002.log", "of the sample, not of its calls")
    said = Logs(logs).last_error("HG002.bcftools", "small_variants", "HG002")
    assert said == f"{log}: truncated"


def test_chunks_explain_their_caller_and_are_not_all_quoted(logs: Path, fail: Say) -> None:
    for number in range(1, 13):
        fail(f"call_bcftools/HG002.bcftools.{number:04}.log", "no space left")
    done = logs / "call_bcftools/HG002.bcftools.0013.log"
    done.write_text("=== attempt\nLines total 5\n")
    (logs / "call_bcftools/HG002.bcftools.0013.benchmark.tsv").write_text("s\n1\n")
    for sample, library in (("HG002", None), ("HG002.bcftools", "HG002")):
        said = Logs(logs).last_error(sample, "", library)
        assert said.count("no space left") == MOST
        assert said.endswith("; and 9 more logs")
    said = Logs(logs).last_error("HG002.freebayes", "small_variants", "HG002")
    assert said == NOT_STARTED


def test_a_job_that_was_measured_is_done_though_its_tools_say_nothing(logs: Path) -> None:
    log = logs / "mark_duplicates/HG002.log"
    log.parent.mkdir(parents=True)
    log.write_text("=== attempt\n[bam_sort] merging\n")
    assert Logs(logs).last_error("HG002", "qc") == f"{log}: [bam_sort] merging"
    (log.parent / "HG002.benchmark.tsv").write_text("s\n1\n")
    assert Logs(logs).last_error("HG002", "qc") == NOT_STARTED


def test_the_table_of_a_run_tells_which_calls_it_makes(tmp_path: Path, fail: Say) -> None:
    log = fail("check_reads/HG002.L1.log", "mates that are none")
    (tmp_path / "results").mkdir()
    (tmp_path / "results/samples.tsv").write_text(
        "sample\tvariants\tquery\n"
        "HG002\tqc\t\n"
        "HG002.bcftools\tsmall_variants\tresults/calls/HG002.bcftools.vcf.gz\n"
        "HG002.old\tsmall_variants\told.vcf.gz\n"
    )
    found = holdings([tmp_path / "results"], "")
    assert {each.sample: each.why for each in found.missing} == {
        "HG002": f"{log}: mates that are none",
        "HG002.bcftools": f"{log}: mates that are none",
        "HG002.old": NOT_STARTED,
    }
