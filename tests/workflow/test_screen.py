"""Reads in the real workflow: what is planned, and runs in which things break."""

import csv
import json
import os
import shutil
import signal
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
import workflow_folder
from long import long
from waiting import poll
from workflow_folder import ROOT, jobs

DEMO = ROOT / "config/demo"
HEAD = "sample\treads_1\treads_2\tspecies\n"
OWN = f"""\
samples: samples.tsv
screen: {{resistance: {DEMO}/resistance, genomes: {DEMO}/organisms{{more}}}}
"""
SPECIES = "Demobacter fictus"
OPTIONS = ("--cores", "2", "--keep-going", "--quiet", "rules")
# The first KMA that maps is killed, as one is that takes too much memory.
KILLED_ONCE = """\
#!/bin/bash
if [[ " $* " == *" -o "* && ! -e {mark} ]]; then touch {mark}; kill -9 $$; fi
exec {kma} "$@"
"""
PROGRAM = """\
#!/bin/bash
while (($#)); do case $1 in --output-dir) out=$2;; --sample-id) name=$2;; esac; shift; done
echo '{"stage": "minimizer_screening", "progress": 40, "message": "half of it"}'
if [[ ! -e again ]]; then echo half >"$out/taxonomy_results.json"; touch again; sleep 600; fi
echo '{"organisms": []}' >"$out/taxonomy_results.json"
echo '[]' >"$out/resistance_mutations.json"
echo "{\\"name\\": \\"$name\\"}" >"$out/quality_metrics.json"
"""
needs_tools = pytest.mark.skipif(
    not (shutil.which("kma") and shutil.which("minimap2")), reason="kma or minimap2 is missing"
)
Snakemake = Callable[..., "subprocess.CompletedProcess[str]"]


def configure(folder: Path, rows: str, more: str = "", own: str = OWN) -> None:
    """A sheet whose columns are separated by ``|``."""
    (folder / "samples.tsv").write_text(HEAD + rows.replace("|", "\t"))
    (folder / "config.yaml").write_text(own.replace("{more}", more))


def said_by(ended: "subprocess.CompletedProcess[str]") -> str:
    return ended.stdout + ended.stderr


def rows_of(table: Path) -> list[dict[str, str]]:
    with open(table, newline="") as handle:
        return list(csv.DictReader(handle, delimiter="\t"))


# ---- planned


def test_hundreds_of_samples_share_their_databases(snakemake: Snakemake, folder: Path) -> None:
    rows = [f"s{number}|reads_{number}.fq|mates_{number}.fq|\n" for number in range(300)]
    rows.append("lanes|l1.fq, l2.fq|m1.fq,m2.fq|Escherichia coli\n")
    rows.append("single|l3.fq||\n")
    names = [f"{stem}_{number}.fq" for number in range(300) for stem in ("reads", "mates")]
    for name in [*names, *(f"{stem}{n}.fq" for stem in "lm" for n in (1, 2)), "l3.fq"]:
        (folder / name).write_text("placeholder\n")
    more = "screen: {gpus: 1, mode: exact, report: false}"
    configure(folder, "".join(rows), own=f"samples: samples.tsv\n{more}\n")
    said = said_by(snakemake("-n", "-p", "--resources", "gpu=2"))
    assert jobs(said) == Counter({"ensure_resistance": 1, "screen": 302, "all": 1, "total": 304}), (
        said[-2000:]
    )
    kept = "--resistance-db results/references/amr"
    lanes = "--r1 l1.fq --r1 l2.fq --r2 m1.fq --r2 m2.fq --species 'Escherichia coli'"
    assert f"plumbline screen {lanes} {kept} --mode exact" in said
    assert f"plumbline screen --r1 l3.fq {kept}" in said
    assert "--job screen/lanes --input l1.fq --input l2.fq --input m1.fq --input m2.fq --" in said
    assert "PLUMBLINE_SCREEN_DEVICE=auto PLUMBLINE_GPU_COUNT=1" in said
    assert "-- plumbline gpu --if-any -- plumbline screen" in said
    assert "--no-report" in said


def test_kma_is_missed_before_any_job(
    folder: Path, snakemake: Snakemake, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools = folder / "bin"
    tools.mkdir()
    for name in ("bash", "which"):
        (tools / name).symlink_to(str(shutil.which(name)))
    monkeypatch.setenv("PATH", str(tools))
    configure(folder, f"a|{DEMO}/reads_1.fastq.gz||\n")
    ended = snakemake("--cores", "1", "--quiet", "rules")
    assert ended.returncode == 1
    assert "screening of reads needs kma, which is not on the PATH" in said_by(ended)
    assert not (folder / "results").exists()


# ---- run


@needs_tools
def test_one_is_cut_off_and_the_other_is_killed_once(
    folder: Path, snakemake: Snakemake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What may pass is tried again on the processor; what will not is tried once, and named."""
    whole = (DEMO / "reads_1.fastq.gz").read_bytes()
    (folder / "cut.fastq.gz").write_bytes(whole[: len(whole) // 2])
    mates = f"{DEMO}/reads_2.fastq.gz|{SPECIES}\n"
    rows = f"paired|{DEMO}/reads_1.fastq.gz|{mates}cut|cut.fastq.gz|{mates}"
    configure(folder, rows, ", gpus: 1")
    failing = folder / "bin" / "kma"
    failing.parent.mkdir()
    failing.write_text(KILLED_ONCE.format(mark=folder / "was_killed", kma=shutil.which("kma")))
    failing.chmod(0o755)
    monkeypatch.setenv("PATH", f"{failing.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("PLUMBLINE_ATTEMPTS", "1")
    ended = snakemake(*OPTIONS, "--retries", "1", "--resources", "gpu=1")
    said = said_by(ended)
    assert ended.returncode == 1
    assert "cut (screened reads): logs/screen/cut.log: cut.fastq.gz: cut off" in said
    assert not (folder / "results/screen/cut/cut.summary.json").exists()

    logs = {name: (folder / f"logs/screen/{name}.log").read_text() for name in ("cut", "paired")}
    assert logs["cut"].count("=== attempt started ") == 2
    assert logs["cut"].count('"stage": "Screening reads"') == 1, "it was not screened again"
    (letter,) = (folder / ".plumbline/dead_letters").iterdir()
    left = json.loads(letter.read_text())
    assert (left["job"], left["error"]["code"]) == ("screen/cut", 65)
    assert left["inputs"][0]["path"] == "cut.fastq.gz"
    assert logs["paired"].count("=== attempt started ") == 2, "its KMA was killed"
    results = folder / "results/screen/paired"
    proof = json.loads((results / "paired.provenance.json").read_text())
    assert proof["device"] == "cpu"
    genes = [row["gene_symbol"] for row in rows_of(results / "paired.hamronization.tsv")]
    assert genes == ["blaDEM-1", "ionX", "gyrA", "gyrA"]
    assert {"paired.html", "paired.pdf"} <= {path.name for path in results.iterdir()}
    _mended(folder, snakemake, whole)


def _mended(folder: Path, snakemake: Snakemake, whole: bytes) -> None:
    """Only what failed is done again, and its letter goes; a report names what it lacks."""
    report = snakemake("--report", "report.html", "--quiet", "rules", "progress")
    assert report.returncode == 0, said_by(report)
    assert "(WARNING/" not in said_by(report), "its text is good reStructuredText"
    page = (folder / "report.html").read_text()
    assert "cut (screen)" in page
    assert "not a susceptibility test" in page
    (folder / "cut.fastq.gz").write_bytes(whole)
    ended = snakemake(*OPTIONS)
    assert ended.returncode == 0, said_by(ended)
    assert jobs(said_by(ended)) == Counter({"screen": 1, "all": 1, "total": 2})
    assert not list((folder / ".plumbline/dead_letters").iterdir())


@long
def test_a_program_of_ones_own_is_killed_with_all_and_runs_again(
    folder: Path, snakemake: Snakemake
) -> None:
    program = folder / "program"
    program.write_text(PROGRAM)
    program.chmod(0o755)
    rows = f"mine|{DEMO}/reads_1.fastq.gz|{DEMO}/reads_2.fastq.gz|\n"
    configure(folder, rows, f", executable: {program}")
    _kill_in_the_midst(folder)
    results = folder / "results/screen/mine"
    assert not (results / "taxonomy_results.json").exists(), "half of it is not published"
    assert snakemake("--unlock").returncode == 0
    ended = snakemake(*OPTIONS, "--rerun-incomplete")
    assert ended.returncode == 0, said_by(ended)
    summary = json.loads((results / "mine.summary.json").read_text())
    assert summary["external"]["results"]["quality_metrics"] == {"name": "mine"}
    assert '"stage": "half of it", "progress": 40' in (folder / "logs/screen/mine.log").read_text()
    assert f"Screened by {program}" in (results / "mine.txt").read_text()
    left = [path.name for path in results.iterdir() if path.name.startswith(".")]
    assert not left, "what the kill left is gone"


def _kill_in_the_midst(folder: Path) -> None:
    """kill -9 of Snakemake and of all that it started, as a power cut does it."""
    started = subprocess.Popen(
        workflow_folder.command(*OPTIONS),
        cwd=folder,
        env=os.environ | {"SNAKEMAKE_LOGGER_PLUMBLINE_RUNS": str(folder / "runs")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    poll(lambda: (folder / "again").exists(), seconds=240)
    mine = psutil.Process(started.pid)
    for process in [mine, *mine.children(recursive=True)]:
        process.send_signal(signal.SIGKILL)
    started.wait()
