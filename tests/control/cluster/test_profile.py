"""profiles/slurm as it is in the repository, with the workflow and the demo, on a real cluster."""

import json
import subprocess
import sys
from pathlib import Path

import yaml
from slurm_cluster import SlurmCluster

from control.settings import ROOT


def test_a_sample_of_the_workflow_by_the_profile(cluster: SlurmCluster, tmp_path: Path):
    """Two rules in one job, downloads as a job: what a hand-typed run on a cluster is."""
    (tmp_path / "config").symlink_to(ROOT / "config")
    configuration = yaml.safe_load((ROOT / "config/demo/config.yaml").read_text())
    configuration |= {"samples": "sheet.tsv", "local_transfers": False, "qc": {"keep": []}}
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(configuration))
    calls = {
        "small_variants": "config/demo/query.vcf.gz",
        "truth_small_variants": "config/demo/truth.vcf.gz",
        "confident_small_variants": "config/demo/confident.bed",
    }
    row = {"sample": "caller_a", "source": "config/demo/metrics/{sample}/", **calls}
    sheet = ["\t".join(row), "\t".join(row.values())]
    (tmp_path / "sheet.tsv").write_text("\n".join(sheet) + "\n")
    command = [sys.executable, "-P", "-m", "snakemake", "results/qc/caller_a.qc.json"]
    command += ["--snakefile", str(ROOT / "workflow/Snakefile"), "--configfile", "config.yaml"]
    command += ["--workflow-profile", str(ROOT / "profiles/slurm"), "--latency-wait=10"]
    environ = cluster.environ(PLUMBLINE_RUNS=str(tmp_path / "runs"))
    ended = subprocess.run(
        command, cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=300, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert json.loads((tmp_path / "results/qc/caller_a.qc.json").read_text())
    (events,) = (tmp_path / "runs").glob("*/events.ndjson")
    submitted = [line for line in events.read_text().splitlines() if "with SLURM jobid" in line]
    assert len(submitted) == 2, "the download, then counting and collecting together"
    assert cluster.queue() == []
