"""Samples from a store, in the real workflow, while things break: killed, and one of two fails."""

import json
import os
import shutil
import signal
import subprocess
from pathlib import Path

import incoming_runs
import pytest
import workflow_folder
from incoming_runs import NO_TRUTH, OPTIONS, configure, said_by, verdict
from s3_store import s3_admin, s3_store, use_store
from waiting import poll
from workflow_folder import jobs


@pytest.fixture
def reached(tmp_path, monkeypatch):
    with s3_store() as address:
        incoming_runs.put_run(s3_admin(address), tmp_path / "runs", "patient7")
        use_store(monkeypatch, address, "me")
        monkeypatch.setenv("PLUMBLINE_ATTEMPT_WAIT", "0.01")
        for name in ("FETCHED", "HISTORY"):
            monkeypatch.delenv(f"PLUMBLINE_{name}", raising=False)
        yield address


def test_killed_in_the_midst_of_fetching_and_then_one_of_two_fails(
    snakemake, folder, reached, monkeypatch
):
    monkeypatch.setenv("PLUMBLINE_COHORT", str(folder / "cohort"))
    keep = "qc: {keep: [warn]}\n"
    rows = "patient7\ts3://runs/{sample}/\ngone\ts3://runs/{sample}/\n"
    configure(folder, f"{keep}fetch: {{limit: '2000'}}\n", rows)
    kill_while_fetching(folder, folder / "results/fetched/patient7/files")
    assert not (folder / "results/fetched/patient7/metrics.summary.json").exists()

    configure(folder, keep, rows)
    shutil.rmtree(folder / ".snakemake/locks")  # as --unlock does
    ended = snakemake(*OPTIONS, "--rerun-incomplete")
    said = said_by(ended)
    assert ended.returncode == 1
    assert verdict(folder, "patient7") == "warn", "it is judged although another one died"
    assert "gone (quality control): " in said, said
    assert "logs/fetch_metrics/gone.log: " in said
    both = [
        f"{name} ({kind} variants)"
        for name in ("patient7", "gone")
        for kind in ("small", "structural")
    ]
    assert f"Left out: {', '.join(both)}: {NO_TRUTH}" in said
    page = folder / "results/report/qc.verdict.html"
    assert f"Charts and tables: {page}" in said
    fetched = folder / "results/fetched/patient7"
    assert sorted(each.name for each in fetched.glob("metrics/*.csv")) == sorted(
        each.name for each in fetched.glob("files/*.csv")
    )
    assert not list(fetched.glob("**/*.vcf.gz")), "calls without a truth are not fetched"

    assert kept_samples(folder) == ["patient7"]

    admin = s3_admin(reached)
    incoming_runs.put_run(admin, folder / "late", "gone")
    ended = snakemake(*OPTIONS)
    said = said_by(ended)
    assert ended.returncode == 0, said
    ran = jobs(said)
    del ran["total"]
    judged = {"list_qc": 1, "judge_qc": 1, "keep_qc": 1}
    assert ran == {"fetch_metrics": 1, "collect_qc": 1, **judged, "all": 1}
    assert kept_samples(folder) == ["gone", "patient7"]
    assert verdict(folder, "gone") == "warn"
    judged = json.loads((folder / "results/report/qc.verdict.json").read_text())
    assert [each["sample"] for each in judged["samples"]] == ["gone", "patient7"]
    report = snakemake("--report", "report.html", "--quiet", "rules", "progress")
    assert report.returncode == 0, said_by(report)
    assert "(WARNING/" not in said_by(report), "its text is good reStructuredText"
    page = (folder / "report.html").read_text()
    assert "Quality control" in page
    assert f"small variants of patient7, gone: {NO_TRUTH}" in page, (
        "the report says what was left out"
    )


def kept_samples(folder: Path) -> list[str]:
    return sorted(file.name.split(".")[0] for file in (folder / "cohort").glob("*.qc.json"))


def kill_while_fetching(folder: Path, into: Path) -> None:
    """kill -9 of Snakemake and all that it started, when one file is there and others are not."""
    command = workflow_folder.command(*OPTIONS)
    with open(folder / "killed.log", "w") as log:
        process = subprocess.Popen(
            command, cwd=folder, stdout=log, stderr=log, start_new_session=True
        )
        try:
            poll(lambda: list(into.glob("*.csv")) or process.poll() is not None)
            assert process.poll() is None, (folder / "killed.log").read_text()
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    assert len(list(into.glob("*.csv"))) < len(incoming_runs.metrics_of("patient7"))
