"""Real runs of Snakemake with ``--logger plumbline``: what users do to them, and what remains.

A run of Snakemake takes two seconds, half of them idle: so the first ones of all tests start
together, and a run answers several questions.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from control.record.run_dir import Run, RunDir, State

PROBE = Path(__file__).parent / "probe"
SECRETS = ("api_key=do-not-tell", "db_password=my s3,cret;do-not-tell")
WORKFLOW = """
rule all:
    input: "joined.txt", "piped.txt", "again.txt"

checkpoint split:
    output: directory("parts")
    shell: "mkdir {output}; touch {output}/a {output}/b"

def copies(wildcards):
    folder = checkpoints.split.get().output[0]
    return [f"copies/{name}" for name in sorted(os.listdir(folder)) if len(name) == 1]

rule copy:
    input: "parts/{name}"
    output: "copies/{name}"
    log: "logs/{name}.log"
    shell: "cp {input} {output} 2> {log}"

rule join:
    input: copies
    output: "joined.txt"
    shell: "cat {input} > {output}"

rule produce:
    output: pipe("pipe")
    shell: "echo 1 > {output}"

rule consume:
    input: "pipe"
    output: "piped.txt"
    shell: "cat {input} > {output}"

rule succeed_later:
    output: "again.txt"
    retries: 1
    shell: "test -e tried || {{ touch tried; exit 1; }}; touch {output}"

rule fail:
    output: "failed.txt"
    shell: "exit 3"

rule forget:
    output: "{name}.forgotten"
    shell: "true"

rule wait:
    output: "waited.txt"
    shell: "touch waiting; sleep ${{NAP:-0}}; touch {output}"
"""


class Bench:
    """A folder with the workflow, and Snakemake in it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.runs = folder, folder / "runs"
        self.printed = folder / "printed.txt"
        (folder / "Snakefile").write_text(WORKFLOW)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *arguments: str, loggers: tuple[str, ...] = ("plumbline",), **env: str) -> None:
        common = ["--cores", "2", "--scheduler", "greedy", "--latency-wait", "0"]
        logger = ["--logger", *loggers, "--logger-plumbline-runs", "runs"]
        with self.printed.open("wb") as printed:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "snakemake", *arguments, *common, *logger],
                cwd=self.folder,
                env={**os.environ, **env},
                start_new_session=True,  # so that a signal reaches its jobs, and nobody else
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=subprocess.STDOUT,
            )

    def finish(self) -> "Result":
        assert self.process is not None
        self.process.wait(timeout=120)
        return Result(self.process.returncode, self.printed.read_text(), self.newest())

    def run(self, *arguments: str) -> "Result":
        self.start(*arguments)
        return self.finish()

    def signal(self, number: signal.Signals) -> None:
        assert self.process is not None
        os.killpg(self.process.pid, number)

    def newest(self) -> RunDir | None:
        found = sorted(self.runs.glob("*/"), key=lambda path: path.stat().st_mtime_ns)
        return RunDir(found[-1]) if found else None

    def count(self) -> int:
        return len(list(self.runs.glob("*/")))

    def wait_for(self, condition: Callable[[], bool]) -> None:
        assert self.process is not None
        deadline = time.monotonic() + 120
        while not condition():
            assert self.process.poll() is None, f"ended early: {self.printed.read_text()}"
            assert time.monotonic() < deadline, "waited in vain"
            time.sleep(0.01)


class Result:
    """How Snakemake ended, and what it left behind."""

    def __init__(self, return_code: int, printed: str, run_dir: RunDir | None) -> None:
        self.return_code, self.printed, self.run_dir = return_code, printed, run_dir

    @property
    def record(self) -> RunDir:
        assert self.run_dir is not None, self.printed
        return self.run_dir

    @property
    def run(self) -> Run:
        return self.record.read_run()

    def events(self, name: str = "") -> list[dict[str, Any]]:
        events = [json.loads(line) for line in self.record.events.read_text().splitlines()]
        return [event for event in events if name in ("", event["event"])]

    def ids_of(self, rule: str) -> list[int]:
        return [e["jobid"] for e in self.events("job_info") if e["rule_name"] == rule]


Benches = dict[str, Bench]


@pytest.fixture(scope="module")
def benches(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Benches]:
    """Every first run, started."""
    names = ("success", "failures", "dry", "cancel", "kill")
    benches = {name: Bench(tmp_path_factory.mktemp("bench")) for name in names}
    for name in ("cancel", "kill"):
        benches[name].start("waited.txt", NAP="300")
    benches["success"].start("--quiet", "all", "--config", *SECRETS)
    benches["failures"].start(
        *("--keep-going", "failed.txt", "a.forgotten", "waited.txt", "again.txt"),
        loggers=("probe", "plumbline"),
        PYTHONPATH=str(PROBE),
        PROBE_FILE=str(benches["failures"].folder / "probe"),
        PROBE_BREAKS="job_finished",
    )
    benches["dry"].start("--dry-run")
    yield benches
    for bench in benches.values():
        if bench.process is not None and bench.process.poll() is None:  # its test has failed
            bench.signal(signal.SIGKILL)
            bench.process.wait()


@pytest.fixture(scope="module")
def success(benches: Benches) -> tuple[Bench, Result]:
    return benches["success"], benches["success"].finish()


class TestSuccess:
    def test_it_is_completed_though_an_attempt_failed(self, success: tuple[Bench, Result]) -> None:
        _, result = success
        assert result.return_code == 0, result.printed
        assert (result.run.state, result.run.why) == (State.COMPLETED, "8 of 8 steps done")
        assert len(result.events("job_error")) == 1
        assert result.record.state() is State.COMPLETED
        assert sorted(path.name for path in result.record.path.iterdir()) == [
            "events.ndjson",
            "heartbeat",
            "run.json",
        ]

    def test_quiet_hides_nothing_from_the_record(self, success: tuple[Bench, Result]) -> None:
        _, result = success
        assert "rule copy" not in result.printed
        seen = Counter(event["event"] for event in result.events())
        assert seen["job_info"] == 9  # eight jobs, one of them twice
        assert seen["job_finished"] == 8
        assert seen["progress"] == 7  # the two jobs of the group finish as one
        assert {"workflow_started", "rulegraph", "run_info", "resources_info"} <= set(seen)
        assert "shellcmd" not in seen

    def test_a_retry_has_the_same_id(self, success: tuple[Bench, Result]) -> None:
        _, result = success
        first, second = result.ids_of("succeed_later")
        assert first == second == result.events("job_error")[0]["jobid"]
        assert f"Trying to restart job {first}." in [
            event["message"] for event in result.events("message")
        ]

    def test_a_checkpoint_raises_the_total(self, success: tuple[Bench, Result]) -> None:
        _, result = success
        (split,) = result.ids_of("split")
        totals = [event["total"] for event in result.events("progress")]
        assert set(totals) == {6, 8} and totals[-1] == 8 and split not in result.ids_of("copy")
        (first, *_) = [e for e in result.events("job_info") if e["rule_name"] == "copy"]
        assert first["wildcards"].keys() == {"name"} and first["log"] == [
            f"logs/{first['wildcards']['name']}.log"
        ]

    def test_a_group_names_its_jobs(self, success: tuple[Bench, Result]) -> None:
        _, result = success
        (group,) = result.events("group_info")
        assert group["jobs"] == sorted(result.ids_of("produce") + result.ids_of("consume"))
        assert [group["jobid"]] in [event["jobs"] for event in result.events("job_started")]

    def test_no_secret_is_written(self, success: tuple[Bench, Result]) -> None:
        _, result = success
        assert "--config 'api_key=***' 'db_password=***' --" in result.run.command
        (started,) = result.events("workflow_started")
        assert started["cmd"] == result.run.command
        for path in result.record.path.iterdir():
            assert "do-not-tell" not in path.read_text(), path

    def test_again_there_is_nothing_to_do(self, success: tuple[Bench, Result]) -> None:
        bench, first = success
        result = bench.run()
        assert result.return_code == 0 and bench.count() == 2
        assert result.record.run_id != first.record.run_id
        assert result.run.state is State.COMPLETED
        assert result.run.why == "nothing to be done: everything is there and up to date"


def test_failures(benches: Benches) -> None:
    """One job fails, one forgets its output, two are well; the neighbour plugin sees all."""
    bench = benches["failures"]
    result = bench.finish()
    assert result.return_code == 1, result.printed
    assert result.run.state is State.FAILED
    assert result.run.why in (
        "2 jobs failed: fail, forget (name=a); 2 of 4 steps done",
        "2 jobs failed: forget (name=a), fail; 2 of 4 steps done",
    )
    assert (bench.folder / "waited.txt").exists() and (bench.folder / "again.txt").exists()
    # what was injected: counted, named, and without effect on anything else
    assert result.events("job_finished") == []
    assert sum(event["count"] for event in result.events("events_lost")) == 2
    noted = [json.loads(line) for line in result.record.plugin_errors.read_text().splitlines()]
    assert [line["event"] for line in noted] == ["job_finished", "job_finished"]
    assert result.run.plugin_errors == 2 and "injected" not in result.printed
    received = (bench.folder / "probe").read_text().split()
    assert received.count("job_finished") == 2
    assert received[-1] == "error"  # to the very end


def test_a_dry_run_leaves_no_directory(benches: Benches) -> None:
    bench = benches["dry"]
    assert bench.finish().return_code == 0
    assert not bench.runs.exists()


def test_cancel(benches: Benches) -> None:
    bench = benches["cancel"]
    bench.wait_for((bench.folder / "waiting").exists)
    record = bench.newest()
    assert record is not None and record.state() is State.RUNNING
    bench.signal(signal.SIGINT)
    result = bench.finish()
    assert result.return_code == 1
    assert result.run.state is State.CANCELLED
    assert result.run.why.startswith("cancelled on request")


def test_a_kill_and_what_comes_after(benches: Benches) -> None:
    bench = benches["kill"]
    bench.wait_for((bench.folder / "waiting").exists)
    bench.wait_for(lambda: bench.newest() is not None)
    killed = bench.newest()
    assert killed is not None
    bench.wait_for(lambda: killed.events.exists() and b'"job_info"' in killed.events.read_bytes())
    bench.signal(signal.SIGKILL)
    bench.finish()
    assert killed.read_run().state is State.RUNNING and killed.state() is State.INTERRUPTED
    before = killed.events.read_bytes()
    with killed.events.open("ab") as file:  # the kill may hit the middle of a line
        file.write(b'{"time":"2026-')

    assert bench.run("--unlock").return_code == 0
    assert bench.count() == 1  # that was no run

    # as a driver resumes it: in the same directory
    told = killed.run.read_bytes()
    again = bench.run(
        "waited.txt", "--rerun-incomplete", "--logger-plumbline-run-dir", str(killed.path)
    )
    assert again.return_code == 0, again.printed
    content = killed.events.read_bytes()
    assert content.startswith(before)
    torn, *later = content[len(before) :].decode().splitlines()
    assert torn == '{"time":"2026-'
    names = [json.loads(line)["event"] for line in later]
    assert names.count("workflow_started") == 1 and "job_finished" in names
    assert killed.run.read_bytes() == told and bench.count() == 1  # the rest is the driver's
