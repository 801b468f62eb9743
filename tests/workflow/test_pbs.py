"""The scripts of profiles/pbs, with a stand-in for PBS: how a job ends is known in every case."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import stand_in_pbs
from waiting import poll

PROFILE = Path(__file__).resolve().parents[2] / "profiles" / "pbs"


class Site:
    """A working directory on a machine with PBS, where Snakemake has written job scripts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "it's here"
        self.folder.mkdir()
        self.profile = folder / "profile"
        shutil.copytree(PROFILE, self.profile)

    def jobscript(self, command: str, driver: str = "tmp.one", **resources: object) -> Path:
        path = self.folder / ".snakemake" / driver / "snakejob.1.sh"
        path.parent.mkdir(parents=True, exist_ok=True)
        properties = {"rule": "align_with_a_long_name", "threads": 3, "resources": resources}
        path.write_text(f"#!/bin/sh\n# properties = {json.dumps(properties)}\n{command}\n")
        return path

    def run(self, script: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, str(self.profile / script), *arguments],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )

    def submit(self, jobscript: Path) -> str:
        done = self.run("submit.py", str(jobscript))
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def status(self, job: str) -> str:
        done = self.run("status.py", job)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def set(self, **numbers: float) -> None:
        """Change times of the scripts."""
        text = (self.profile / "pbs_jobs.py").read_text()
        for name, value in numbers.items():
            before = next(line for line in text.splitlines() if line.startswith(f"{name} = "))
            text = text.replace(before, f"{name} = {value}")
        (self.profile / "pbs_jobs.py").write_text(text)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    programs = stand_in_pbs.install(tmp_path / "pbs")
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("STAND_IN_PBS", str(tmp_path / "pbs" / "queue"))
    return Site(tmp_path)


def submitted(number: int) -> dict[str, object]:
    found: dict[str, object] = json.loads((stand_in_pbs.queue() / f"{number}.json").read_text())
    return found


def test_what_is_asked_of_pbs(site, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a 'secret'")
    told = 'echo "$AWS_SECRET_ACCESS_KEY" "$(pwd)"'
    job = site.submit(
        site.jobscript(
            told,
            mem_mb=4000,
            runtime=90,
            gpu=1,
            pbs_queue="long",
            pbs_account="lab",
            pbs_extra="-l place=excl",
        )
    )
    assert job == "1.server.example"
    arguments = submitted(1)["arguments"]
    log = arguments[arguments.index("-o") + 1]
    expected = f"-N align_with_a_lo -j oe -o {log} -r n -l select=1:ncpus=3:mem=4000mb:ngpus=1"
    expected += " -l walltime=01:30:00 -q long -A lab -l place=excl"
    assert " ".join(arguments) == expected
    assert "secret" not in " ".join(arguments), "all can read those"
    assert poll(lambda: site.status(job) == "success")
    assert Path(log).read_text() == f"a 'secret' {site.folder}\n"
    assert not list((site.folder / ".snakemake/pbs").glob("*.job")), "nothing is left of it"


def test_a_failure(site):
    job = site.submit(site.jobscript("exit 3"))
    assert poll(lambda: (said := site.status(job)) != "running" and said) == "failed"


def test_a_job_that_pbs_ended_is_not_waited_for_for_ever(site):
    site.set(QUERY_SECONDS=0, GRACE_SECONDS=0.5)
    job, other = (site.submit(site.jobscript("sleep 600")) for _ in range(2))
    assert site.status(job) == "running"
    (stand_in_pbs.queue() / "down").touch()
    os.killpg(submitted(1)["process"], signal.SIGKILL)
    assert site.status(job) == "running", "nobody knows while the server is down"
    (stand_in_pbs.queue() / "down").unlink()
    assert site.status(job) == "running", "its exit code may still come"
    ended = poll(lambda: (done := site.run("status.py", job)).stdout == "failed\n" and done)
    assert f"PBS job {job}: its time was over; its output: " in ended.stderr
    assert site.status(other) == "running"
    site.run("cancel.py", other)
    poll(lambda: not stand_in_pbs.is_there(submitted(2)["process"]))


def test_all_jobs_are_asked_for_at_once(site):
    jobs = [site.submit(site.jobscript("sleep 600")) for _ in range(3)]
    assert [site.status(job) for job in jobs * 2] == ["running"] * 6
    (asked,) = (stand_in_pbs.queue() / "asked").read_text().splitlines()
    assert sorted(asked.split()) == jobs
    site.run("cancel.py", *jobs)
    poll(lambda: not any(stand_in_pbs.is_there(submitted(n)["process"]) for n in (1, 2, 3)))


def test_what_a_killed_driver_left_is_cleared_before_a_new_one_submits(site):
    left = site.submit(site.jobscript("sleep 600"))
    beside = site.submit(site.jobscript("sleep 600"))
    assert stand_in_pbs.is_there(submitted(1)["process"]), "the same driver submits on"
    new = site.submit(site.jobscript("true", driver="tmp.two"))
    assert not any(stand_in_pbs.is_there(submitted(number)["process"]) for number in (1, 2))
    known = {path.name for path in (site.folder / ".snakemake/pbs").glob("*.job")}
    assert known == {f"{new}.job"}, (left, beside)


def test_a_refusal_is_one_line(site):
    done = site.run("submit.py", str(site.folder / "no.sh"))
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("error: ")
