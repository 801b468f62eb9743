"""From reads to calls in the real workflow: what is found, what a kill costs, what is refused."""

import gzip
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pysam
import pytest
import workflow_folder
from calling_lab import (
    DEMO,
    OPTIONS,
    attempts,
    configure,
    done_jobs,
    has_finished,
    kill_when,
    needs_tools,
    write_part,
)
from long import long
from workflow_folder import ROOT, jobs

from engines.simulate.case import Request
from engines.simulate.session import run as simulate

pytestmark = needs_tools
HEADER = "sample fastq_1 truth_small_variants confident_small_variants sex"
ROW = "demo simulate truth.vcf.gz confident.bed male"
CALLERS = ("bcftools", "freebayes")
CALLS = [f"results/calls/demo.{caller}.vcf.gz{end}" for caller in CALLERS for end in ("", ".tbi")]
SAME = [
    *(f"results/simulated/demo_{mate}.fastq.gz" for mate in (1, 2)),
    *("results/alignments/demo.cram", "results/alignments/demo.cram.crai"),
    "results/alignments/demo.md5",
    *CALLS,
]


def run(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return workflow_folder.snakemake(folder, *OPTIONS, *arguments)


def said_by(ended: "subprocess.CompletedProcess[str]") -> str:
    return ended.stdout + ended.stderr


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A run that nobody disturbed."""
    folder = tmp_path_factory.mktemp("finished")
    write_part(folder)
    configure(folder, HEADER, ROW)
    ended = run(folder, "all_calls", "results/callers/small_variants/demo.callers.json")
    assert ended.returncode == 0, said_by(ended)
    yield folder


def f1(summary: Path, kind: str = "SNP") -> float:
    """Of the calls that pass, everywhere."""
    whole = {"type": kind, "subtype": "*", "subset": "*", "filter": "PASS"}
    rows = json.loads(summary.read_text())["rows"]
    (found,) = (row["f1"] for row in rows if whole.items() <= row.items())
    return float(found)


def test_both_callers_find_what_the_reads_were_made_from(finished: Path) -> None:
    results = finished / "results"
    for caller in CALLERS:
        assert f1(results / f"small_variants/demo.{caller}.summary.json") > 0.98
        assert f1(results / f"small_variants/demo.{caller}.summary.json", "INDEL") > 0.9
    assert all((finished / name).exists() for name in SAME)
    rows = json.loads((results / "callers/small_variants/demo.callers.json").read_text())["rows"]
    assert {row["caller"] for row in rows} == set(CALLERS)


def test_progress_is_told_inside_of_long_jobs_and_no_intermediate_is_left(finished: Path) -> None:
    for log, stage in (
        ("simulate_reads/demo.log", "simulating reads"),
        ("align_lane/demo.L1.log", "aligning demo, lane L1"),
    ):
        lines = (finished / "logs" / log).read_text().splitlines()
        told = [json.loads(line)["data"] for line in lines if '"type": "progress"' in line]
        assert {each["stage"] for each in told} == {stage}
        assert told[-1]["progress"] == 100
    left = [path for path in (finished / "results").rglob("*") if path.is_file()]
    assert not [path for path in left if "chunks" in path.parts or "lanes" in path.parts]


def test_a_killed_run_goes_on_where_it_was_and_ends_the_same(finished: Path, folder: Path) -> None:
    write_part(folder)
    configure(folder, HEADER, ROW, call={"callers": ["bcftools"]})
    kill_when(folder, lambda: has_finished(folder, "call_bcftools"), "all_calls")
    before = {name: (folder / name).stat().st_mtime_ns for name in SAME[:5]}
    done = done_jobs(folder)
    assert not (folder / CALLS[0]).exists(), "it was killed in the middle"

    assert run(folder, "--unlock").returncode == 0
    ended = run(folder, "--rerun-incomplete", "--keep-going", "all_calls")
    assert ended.returncode == 0, said_by(ended)
    planned = jobs(said_by(ended))
    assert not {"simulate_reads", "align_lane", "mark_duplicates"} & planned.keys()
    assert planned["call_bcftools"] <= 1
    assert {name: (folder / name).stat().st_mtime_ns for name in SAME[:5]} == before
    begun = attempts(folder)
    assert not [log for log in done if begun[log] > 1], "what was done is done again"
    for name in SAME[:7]:
        same = (folder / name).read_bytes() == (finished / name).read_bytes()
        assert same, f"{name} is not that of the run that nobody disturbed"


# ---- what is refused


def write_bam(path: Path, group: bool = True, checksum: str | None = None) -> None:
    """A few reads of the genome, with an index; a CRAM by its name."""
    fasta = path.parent / "genome.fa.gz"
    with pysam.FastaFile(str(fasta)) as genome:
        bases = genome.fetch("chr20", 20_000, 60_000)
    header: dict[str, Any] = {
        "HD": {"VN": "1.6", "SO": "coordinate"},
        "SQ": [{"SN": "chr20", "LN": 90_000}, {"SN": "chrX", "LN": 30_000}],
        **({"RG": [{"ID": "a", "SM": path.stem}]} if group else {}),
    }
    if checksum:
        header["SQ"][0]["M5"] = checksum
    mode = "wc" if path.suffix == ".cram" else "wb"
    with pysam.AlignmentFile(str(path), mode, header=header, reference_filename=str(fasta)) as out:
        for start in range(0, 39_000, 20):
            read = pysam.AlignedSegment(out.header)
            read.query_name, read.query_sequence = f"r{start}", bases[start : start + 100]
            read.query_qualities = pysam.qualitystring_to_array("I" * 100)
            read.reference_id, read.reference_start, read.cigarstring = 0, 20_000 + start, "100M"
            read.mapping_quality = 60
            if group:
                read.set_tag("RG", "a")
            out.write(read)
    pysam.index(str(path))


def write_mixed(path: Path) -> None:
    """Reads of two machines: the qualities of the second half are 31 higher."""
    with gzip.open(path, "wt") as out:
        for number in range(400):
            quality = ("#5AF" if number < 200 else "Bchh") * 25
            out.write(f"@r{number}\n{'ACGT' * 25}\n+\n{quality}\n")


FAULTS = {
    "wrong": "checksum",
    "nogroup": "no read group in its header (@RG)",
    "cut": "truncated",
    "mixed": "qualities of two encodings",
}


def test_each_fault_is_told_before_anything_long_and_the_others_go_on(folder: Path) -> None:
    write_part(folder)
    write_bam(folder / "good.bam")
    write_bam(folder / "wrong.bam", checksum="0" * 32)
    write_bam(folder / "nogroup.bam", group=False)
    write_bam(folder / "cut.cram")
    whole = (folder / "cut.cram").read_bytes()
    (folder / "cut.cram").write_bytes(whole[: len(whole) // 2])
    write_mixed(folder / "mixed.fastq.gz")
    configure(
        folder,
        "sample fastq_1 alignments callers",
        *(f"{name} - {name}.bam bcftools" for name in ("good", "wrong", "nogroup")),
        "cut - cut.cram bcftools",
        "mixed mixed.fastq.gz - bcftools",
        call={"chunks": 1},
    )
    ended = run(folder, "all_calls")
    assert ended.returncode == 1
    assert (folder / "results/calls/good.bcftools.vcf.gz.tbi").exists(), said_by(ended)
    begun = attempts(folder)
    for name, message in FAULTS.items():
        (log,) = (log for log in begun if log.startswith("check_") and f"/{name}." in log)
        lines = (folder / "logs" / log).read_text().splitlines()
        (error,) = (line for line in lines if line.startswith("error: "))
        assert message in error
        assert f"{name}." in error, "the file is named"
        assert "Traceback" not in "".join(lines)
        long_ones = [log for log in begun if f"/{name}." in log and not log.startswith("check_")]
        assert not [
            log for log in long_ones if log.split("/")[0].startswith(("align", "call", "mark"))
        ]


def test_alignments_without_an_index_are_told_before_any_job(folder: Path) -> None:
    write_part(folder)
    write_bam(folder / "a.bam")
    (folder / "a.bam.bai").unlink()
    configure(folder, "sample alignments callers", "a a.bam bcftools")
    ended = run(folder)
    assert ended.returncode == 1
    assert "a.bam" in said_by(ended)
    assert "index" in said_by(ended)
    assert "Traceback" not in said_by(ended)
    assert not (folder / "results").exists()


# ---- long


CHANGES = [
    ("align: {trim: true}", "align_lane"),
    ("align: {duplicates: remove}", "mark_duplicates"),
    ("align: {duplicates: keep}", "gather_lanes"),
    ("call: {settings: {freebayes: {caller: freebayes, min_base_quality: 20}}}", "call_freebayes"),
    ("call: {settings: {bcftools: {caller: bcftools, arguments: --no-BAQ}}}", "call_bcftools"),
    ("call: {scatter: contig}", "split_calling"),
    ("call: {filter: none}", "gather_calls"),
    ("call: {gvcf: true}", "call_freebayes"),
]


@long
@pytest.mark.parametrize(("change", "rule"), CHANGES)
def test_another_setting_makes_what_depends_on_it_anew(
    finished: Path, change: str, rule: str
) -> None:
    said = said_by(run(finished, "-n", "all_calls"))
    assert "Nothing to be done" in said
    (finished / "change.yaml").write_text(change)
    both = ("--configfiles", "config.yaml", "change.yaml")
    said = said_by(run(finished, "-n", "all_calls", *both))
    assert {rule, "gather_calls", "compare_small_variants"} <= jobs(said).keys()
    only = {"call_freebayes", "call_bcftools"} - jobs(said).keys()
    assert ("call_bcftools" in only) == ("freebayes: {" in change)


@long
def test_the_whole_demo(folder: Path) -> None:
    (folder / "config").symlink_to(ROOT / "config")
    ended = workflow_folder.snakemake(folder, *OPTIONS, config=str(DEMO / "calling.yaml"))
    assert ended.returncode == 0, said_by(ended)
    for caller in (*CALLERS, "no_baq"):
        summary = folder / f"results/small_variants/demo.{caller}.summary.json"
        assert f1(summary) > 0.98
        assert f1(summary, "INDEL") > 0.97
        assert re.search(rf"^demo +{caller} +SNP +PASS ", said_by(ended), re.M), (
            "the table at the end"
        )
    assert (folder / "results/report/small_variants.html").exists()
    assert (folder / "results/qc/demo.verdict.json").exists()


LANES = """\
sample fastq_1 fastq_2 truth_small_variants confident_small_variants sex
demo a_1.fastq.gz,b_1.fastq.gz a_2.fastq.gz,b_2.fastq.gz truth.vcf.gz confident.bed male
"""


@long
@pytest.mark.parametrize("rule", ["align_lane", "mark_duplicates", "gather_calls"])
def test_lanes_that_are_done_are_not_aligned_again(folder: Path, rule: str) -> None:
    write_part(folder)
    for seed, name in enumerate("ab", 1):
        files = {"reference": folder / "genome.fa.gz", "truth": folder / "truth.vcf.gz"}
        simulate(
            Request(**files, out=folder / name, sample="demo", depth=15, seed=seed, sex="male")
        )
    configure(folder, *LANES.splitlines())
    kill_when(folder, lambda: has_finished(folder, rule), "all_calls")
    done = done_jobs(folder)
    assert run(folder, "--unlock").returncode == 0
    ended = run(folder, "--rerun-incomplete")
    assert ended.returncode == 0, said_by(ended)
    begun = attempts(folder)
    assert not [log for log in done if begun[log] > 1], "what was done is done again"
    first = {name: (folder / name).read_bytes() for name in SAME[2:]}
    assert f1(folder / "results/small_variants/demo.bcftools.summary.json") > 0.98
    for name in ("results", "logs", ".snakemake"):
        subprocess.run(["rm", "-rf", str(folder / name)], check=True)
    assert run(folder, "all_calls").returncode == 0
    assert {name: (folder / name).read_bytes() for name in SAME[2:]} == first
