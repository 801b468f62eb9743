"""Reads to alignments in the real workflow: what is planned, what is told early, what is kept."""

import gzip
import hashlib
import os
import shutil
import signal
import subprocess
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import psutil
import pysam
import pytest
import workflow_folder
from ingest_lab import Lab
from long import long
from recorded_run import RecordedRun
from simulated_reads import Sample, genomes, write_pairs
from waiting import poll
from workflow_folder import jobs

from control.events.cause import cause_text
from control.events.index import Index
from engines.contract.errors import Unavailable

LOG_TO = workflow_folder.ROOT / "workflow/scripts/log_to.sh"
TOOLS = ("bwa", "samtools", "fastp", "minimap2")
needs_tools = pytest.mark.skipif(
    not all(map(shutil.which, TOOLS)), reason=f"one of {', '.join(TOOLS)} is missing"
)
HEAD = "sample\tfastq_1\tfastq_2\tlanes\talignments\trealign\tcallers\n"
OWN = """\
samples: samples.tsv
build: mine
genomes: {{mine: {{fasta: genome.fa}}}}
references: {{cache: cache}}
align: {{{align}}}
"""
# The second time that bwa aligns it takes for ever, unless it has done so before.
SLOW = """\
#!/bin/bash
[[ $1 == mem ]] && echo mem >>{folder}/calls
if [[ $(wc -l <{folder}/calls) == 2 && ! -e {folder}/waits ]]; then
  touch {folder}/waits; exec sleep 600
fi
exec -a bwa {bwa} "$@"
"""
Snakemake = Callable[..., "subprocess.CompletedProcess[str]"]
OPTIONS = ("--quiet", "rules", "--cores", "2")


def configure(folder: Path, rows: str, align: str = "") -> None:
    """A sheet whose columns are separated by ``|``."""
    (folder / "samples.tsv").write_text(HEAD + rows.replace("|", "\t"))
    (folder / "config.yaml").write_text(OWN.format(align=align))


def said_by(ended: "subprocess.CompletedProcess[str]") -> str:
    return ended.stdout + ended.stderr


def placeholders(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).write_text("placeholder\n")


# ---- planned


def test_every_aligner_is_called_as_it_wants_to_be(folder: Path, snakemake: Snakemake) -> None:
    placeholders(folder, "a1.fq", "a2.fq", "b1.fq", "b2.fq", "s.fq", "o.bam", "o.bam.bai")
    rows = "pairs|a1.fq,b1.fq|a2.fq,b2.fq|A,B|||none\nsingle|s.fq|||||none\nold||||o.bam|yes|none\n"
    plans = {}
    for align in ("aligner: bwa-mem2, trim: true, duplicates: remove", "aligner: minimap2"):
        configure(folder, rows, align)
        made = [f"results/alignments/{name}.cram" for name in ("pairs", "single", "old")]
        plans[align.split()[1].strip(",")] = said_by(snakemake("-n", "-p", "--cores", "9", *made))
    for said in plans.values():
        assert jobs(said) == Counter(
            {"prepare_genome": 1, "index_genome": 1, "check_reads": 3, "check_alignments": 1,
             "align_lane": 3, "realign": 1, "mark_duplicates": 3, "total": 13}
        ), said[-3000:]  # fmt: skip
        assert (
            "| plumbline reads grouped --title 'aligning the reads of old anew' --count $be" in said
        )
        assert "check-alignments o.bam --sample old" in said and "--realign" in said
        assert "samtools fastq -n -T RG,BC,QT,RX,QX,BX,MM,ML,MN -" in said
    bwa, minimap2 = plans["bwa-mem2"], plans["minimap2"]
    group = '-R "$(cat results/reads/pairs.A.rg)"'
    index = "results/references/mine.bwa-mem2/genome -"
    assert f"bwa-mem2 mem -p -Y -K 100000000 {group} -t 8 {index}" in bwa
    assert (
        f"bwa-mem2 mem -p -Y -K 100000000 -C -H results/reads/old.alignments.rg -t 8 {index}" in bwa
    )
    assert "--aligner bwa-mem2 --cache cache" in bwa
    assert "samtools markdup -l 1000 -r -f results/qc/stats/pairs.markdup.txt" in bwa
    assert "--interleaved_in --trim_poly_g --adapter_sequence AGATCGG" in bwa
    assert "--disable_quality_filtering" in minimap2
    assert (
        f"minimap2 -a -x sr -Y {group} -t 8 results/references/mine.minimap2/genome.mmi -"
        in minimap2
    )
    assert "genome.mmi - | sed 1rresults/reads/old.alignments.rg | {" in minimap2
    assert "--aligner minimap2 --preset sr" in minimap2


def test_long_reads_go_without_fastp_and_duplicates(folder: Path, snakemake: Snakemake) -> None:
    placeholders(folder, "s.fq")
    configure(folder, "long|s.fq|||||none\n", "aligner: minimap2, preset: map-ont, format: bam")
    said = said_by(snakemake("-n", "-p", "--cores", "9", "results/alignments/long.bam"))
    assert jobs(said)["align_long_reads"] == jobs(said)["gather_lanes"] == 1, said[-3000:]
    assert "plumbline reads stream --title 'aligning long, lane L1' -- s.fq | minimap2" in said
    assert "fastp" not in said and "markdup" not in said
    assert "--output-fmt bam" in said and "UR:" not in said


# Programs that say how they were called, and take what they are given; `samtools view -c` fails.
QUIET = """\
#!/bin/bash
echo "${0##*/} $*" >>called
case "$*" in "view -c "*) exit 1 ;; "sort "*) cat >/dev/null ;; esac
"""


def test_what_fails_within_a_command_ends_it(folder: Path, snakemake: Snakemake) -> None:
    """The dictionary is not there, whose lines the header gets; the reads cannot be counted."""
    placeholders(folder, "o.bam")
    configure(folder, "old||||o.bam|yes|none\n")
    config = (folder / "config.yaml").read_text().replace("mine", "hs38.fa1")
    (folder / "config.yaml").write_text(config)
    planned = said_by(snakemake("-n", "-p", "--cores", "9", "results/alignments/old.cram"))
    assert jobs(planned)["prepare_genome"] == 1, "a dot in the name of a genome is no ending"
    (folder / "bin").mkdir()
    for tool in TOOLS:
        (folder / "bin" / tool).write_text(QUIET)
        (folder / "bin" / tool).chmod(0o755)
    log, called = _run_planned(folder, planned, "mark_duplicates")
    assert "genome.dict: No such file" in log and not called
    log, called = _run_planned(folder, planned, "realign")
    assert "samtools view -c" in called and "reads got lost" not in log


def _run_planned(folder: Path, planned: str, rule: str) -> tuple[str, str]:
    """The command of a rule fails: what is in its log, and which programs it called."""
    command = next(line for line in planned.splitlines() if f"log_to logs/{rule}/" in line)
    command = command.removeprefix("Shell command: ").strip()
    (folder / "logs" / rule).mkdir(parents=True)
    ended = subprocess.run(
        ["bash", "-c", f"set -euo pipefail; source {LOG_TO}; {command}"],
        cwd=folder,
        env=os.environ | {"PATH": f"{folder}/bin{os.pathsep}{os.environ['PATH']}"},
        check=False,
    )
    log = (folder / f"logs/{rule}/old.log").read_text()
    assert ended.returncode != 0, log
    called = folder / "called"
    return log, called.read_text() if called.exists() else ""


# ---- run


def write_genome(folder: Path) -> bytes:
    bases = genomes([], 40_000, 5).tobytes()
    (folder / "genome.fa").write_text(f">one\n{bases[:30_000].decode()}\n>two\n"
                                      f"{bases[30_000:].decode()}\n")  # fmt: skip
    return bases[:30_000]


def write_lanes(folder: Path, bases: bytes) -> str:
    """Two lanes of pairs; gives the row of the sheet."""
    for number, lane in enumerate("AB"):
        sample = Sample(np.frombuffer(bases, np.uint8), seed=number + 3)
        for mate, path in enumerate(write_pairs(sample, 1500, folder), 1):
            text = gzip.decompress(path.read_bytes())
            text = text.replace(b":HXXXXDSX2:1:", b":HXXXXDSX2:%d:" % (number + 1))
            (folder / f"{lane}{mate}.fq.gz").write_bytes(gzip.compress(text, 1))
    return "pairs|A1.fq.gz,B1.fq.gz|A2.fq.gz,B2.fq.gz|A,B|||none\n"


@needs_tools
def test_what_is_wrong_is_told_before_anything_is_aligned(
    folder: Path, snakemake: Snakemake
) -> None:
    bases = write_genome(folder)
    row = write_lanes(folder, bases)
    (folder / "B2.fq.gz").write_bytes((folder / "B2.fq.gz").read_bytes()[:-9])
    configure(folder, row)
    ended = snakemake(*OPTIONS, "--keep-going", "results/alignments/pairs.cram")
    assert ended.returncode == 1
    assert "B2.fq.gz: cut off" in (folder / "logs/check_reads/pairs.B.log").read_text()
    assert not (folder / "results/alignments/pairs.cram").exists()
    assert (folder / "results/reads/pairs.A.rg").exists(), "the other lane is sound"


@long
@needs_tools
def test_why_a_pipe_failed_is_told_as_the_cause_whoever_talks_after(
    folder: Path, snakemake: Snakemake
) -> None:
    """A file that was sound where it was looked at, and is cut off: fastp and bwa go on talking."""
    configure(folder, write_lanes(folder, write_genome(folder)))
    indexed = ("results/reads/pairs.A.json", "results/references/mine.bwa-mem/genome.bwt")
    assert snakemake(*OPTIONS, *indexed).returncode == 0
    file = folder / "A1.fq.gz"
    before = file.stat()
    os.truncate(file, before.st_size // 2)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    shown = ("--cores", "2", "--logger", "plumbline", "--show-failed-logs")
    ended = snakemake(*shown, "results/alignments/lanes/pairs.A.bam")
    why = "A1.fq.gz: cut off: its gzip data end before their end mark"
    hint = "copy or download the file again and compare its checksum"
    log = (folder / "logs/align_lane/pairs.A.log").read_text()
    assert log.index('{"error_class"') < log.index("[main] CMD: bwa mem"), "bwa talks after it"
    assert not list((folder / "results/alignments/lanes").glob("*")), "pieces go with their job"
    assert log.endswith(f"\nerror: {why}\n  hint: {hint}\n")
    assert ended.returncode == 1 and f"error: {why}\n  hint: {hint}\n====" in said_by(ended)
    assert _cause_on_the_page(folder) == f"{why} ({hint})"


def _cause_on_the_page(folder: Path) -> str:
    """What is told of the only run in a folder, by messages and on the page."""
    lab = Lab(folder)
    child = lab.start()
    try:
        (run,) = [RecordedRun.of(path) for path in lab.runs.iterdir()]
        poll(lambda: lab.is_closed(run))
        poll(lambda: _told(lab, run.run_id))
        told = _told(lab, run.run_id)
        said = [m["data"] for m in run.messages() if m["type"] == "error"]
        own = [f"{m['message']} ({m['hint']})" for m in said if m.get("source") == "job"]
        assert own == [told], "once"
        return told
    finally:
        lab.end(child)
        lab.close()


def _told(lab: Lab, run_id: str) -> str:
    with suppress(Unavailable):  # the index has yet to be made
        return cause_text(run_id, Index(lab.state.index))
    return ""


def _read_names(file: Path, reference: Path) -> Counter[tuple[str, str, int]]:
    with pysam.AlignmentFile(str(file), reference_filename=str(reference)) as reads:
        assert reads.header.to_dict()["HD"]["SO"] == "coordinate"
        return Counter(
            (str(read.query_name), str(read.get_tag("RG")), read.reference_start)
            for read in reads.fetch(until_eof=True)
        )


@long
@needs_tools
def test_a_killed_run_keeps_its_lanes_and_all_is_the_same_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """kill -9 in the second lane; elsewhere in one go by one thread; then reads taken out again."""
    folders = [workflow_folder.make_folder(_made(tmp_path / name)) for name in ("killed", "whole")]
    for folder in folders:
        configure(folder, write_lanes(folder, write_genome(folder)))
    wanted = "results/alignments/pairs.cram"
    killed, whole = folders
    with monkeypatch.context() as patch:
        tools = _made(killed / "bin")
        (tools / "bwa").write_text(SLOW.format(folder=killed, bwa=shutil.which("bwa")))
        (tools / "bwa").chmod(0o755)
        (killed / "calls").touch()
        patch.setenv("PATH", f"{tools}{os.pathsep}{os.environ['PATH']}")
        _kill_in_the_midst(killed, wanted)
        assert workflow_folder.snakemake(killed, "--unlock").returncode == 0
        ended = workflow_folder.snakemake(killed, *OPTIONS, "--rerun-incomplete", wanted)
        assert ended.returncode == 0, said_by(ended)
    assert (killed / "calls").read_text() == "mem\n" * 3, "the first lane was not aligned again"
    assert workflow_folder.snakemake(whole, *OPTIONS, "--cores", "1", wanted).returncode == 0
    ours, theirs = ((folder / wanted).read_bytes() for folder in folders)
    assert ours == theirs
    checksum = (whole / "results/alignments/pairs.md5").read_text()
    assert checksum == f"{hashlib.md5(ours).hexdigest()}  pairs.cram\n"
    assert not list((killed / "results/alignments/lanes").glob("*"))
    with pysam.AlignmentFile(str(whole / wanted)) as cram:
        units = {row["ID"]: (row["SM"], row["PU"]) for row in cram.header.to_dict()["RG"]}
    assert units == {lane: ("pairs", f"HXXXXDSX2.{number}") for number, lane in enumerate("AB", 1)}
    _realigned(whole)


def _realigned(folder: Path) -> None:
    """The same reads taken out of the file lie where they lay, with the read groups they had."""
    alignments = folder / "results/alignments"
    configure(folder, f"again||||{alignments}/pairs.cram|yes|none\n", "format: bam")
    ended = workflow_folder.snakemake(folder, *OPTIONS, "results/alignments/again.bam")
    assert ended.returncode == 0, said_by(ended)
    genome = folder / "results/references/mine.sequence/genome.fa"
    before, after = (_read_names(alignments / name, genome) for name in ("pairs.cram", "again.bam"))
    assert before.total() == after.total() == 6000
    assert (before & after).total() > 5940


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _kill_in_the_midst(folder: Path, wanted: str) -> None:
    """kill -9 of Snakemake and of all that it started, as a power cut does it."""
    started = subprocess.Popen(
        workflow_folder.command(*OPTIONS, wanted),
        cwd=folder,
        env=os.environ | {"SNAKEMAKE_LOGGER_PLUMBLINE_RUNS": str(folder / "runs")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    poll(lambda: (folder / "waits").exists(), seconds=240)
    mine = psutil.Process(started.pid)
    for process in [mine, *mine.children(recursive=True)]:
        with suppress(psutil.NoSuchProcess):  # it ended with what it was piped to
            process.send_signal(signal.SIGKILL)
    started.wait()
