"""Runs as they lie in a store: calls and metrics, with the names that DRAGEN gives them."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pysam
from dragen_files import dragen_texts, write_dragen
from workflow_folder import ROOT

DEMO = ROOT / "config/demo"
BUCKET = "runs"
# what DRAGEN calls a file, behind the name of the sample → what the demo calls it
CALLS = {
    "hard-filtered.vcf.gz": "query.vcf.gz",
    "hard-filtered.vcf.gz.tbi": "query.vcf.gz.tbi",
    "sv.vcf.gz": "query_sv.vcf.gz",
    "sv.vcf.gz.tbi": "query_sv.vcf.gz.tbi",
}
OPTIONS = ("--cores", "2", "--keep-going", "--quiet", "rules")
NO_TRUTH = "no truth is known, as the name does not begin with one GIAB name"
FILES = f"""\
samples: samples.tsv
build: demo
genomes: {{demo: {{fasta: {DEMO}/genome.fa.gz}}}}
references: {{truth_dir: own}}
"""
# where there is none, the run would not start
COUNTED = f"qc: {{bcftools_stats: {str(bool(shutil.which('bcftools'))).lower()}}}\n"
TRUTH = {
    "{0}_truth.vcf.gz": "truth.vcf.gz",
    "{0}_confident_regions.bed": "confident.bed",
    "stvar/{0}_sv_truth.vcf.gz": "truth_sv.vcf.gz",
    "stvar/{0}_sv_confident_regions.bed": "confident_sv.bed",
}


def write_run(folder: Path, sample: str) -> Path:
    """The files of one sample: the demo's calls, and metrics that are good."""
    write_dragen(folder, sample)
    for name, demo in CALLS.items():
        shutil.copy(DEMO / demo, folder / f"{sample}.{name}")
    return folder


def write_alignments(path: Path) -> None:
    """A BAM file with three reads, sorted, and its index."""
    header = {"HD": {"VN": "1.6", "SO": "coordinate"}, "SQ": [{"SN": "chr20", "LN": 60000}]}
    with pysam.AlignmentFile(path, "wb", header=header) as file:
        for number in range(3):
            read = pysam.AlignedSegment(file.header)
            read.query_name, read.query_sequence = f"read{number}", "ACGT" * 10
            read.reference_id, read.reference_start = 0, 100 * number
            read.cigarstring, read.mapping_quality = "40M", 60
            file.write(read)
    pysam.index(str(path))


def put_run(admin: Any, folder: Path, sample: str) -> None:
    """The same in a store, below the name of the sample."""
    if BUCKET not in [each["Name"] for each in admin.list_buckets()["Buckets"]]:
        admin.create_bucket(Bucket=BUCKET)
    for file in sorted(write_run(folder / sample, sample).iterdir()):
        admin.upload_file(str(file), BUCKET, f"{sample}/{file.name}")


def write_truth(folder: Path, sample: str) -> Path:
    """The truth of a site of its own, laid out as `references.truth_dir` wants it."""
    for name, demo in TRUTH.items():
        file = folder / sample / name.format(sample)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.symlink_to(DEMO / demo)
    return folder


def metrics_of(sample: str) -> list[str]:
    """Names of the files with metrics."""
    return list(dragen_texts(sample))


def configure(folder: Path, more: str = "", rows: str = "") -> None:
    """A configuration with truths of its own, and a sheet of samples and their sources."""
    (folder / "own").mkdir(exist_ok=True)
    (folder / "config.yaml").write_text(FILES + more)
    (folder / "samples.tsv").write_text(f"sample\tsource\n{rows}")


def said_by(ended: "subprocess.CompletedProcess[str]") -> str:
    """All that a run printed."""
    return ended.stdout + ended.stderr


def verdict(folder: Path, sample: str) -> str:
    """What was judged of the quality of a sample."""
    found = json.loads((folder / f"results/qc/{sample}.verdict.json").read_text())
    (judged,) = found["samples"]
    assert judged["sample"] == sample
    return str(judged["verdict"])
