"""Real runs of Snakemake, and the messages that come of their events.

A run takes two seconds, half of them idle: so all start together, and each answers
several questions.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from control.events.benchmark_file import read_usage
from control.events.job_attempts import JobAttempt
from control.events.journal import Draft
from control.events.translate import Translator
from control.record.message import Message, MessageType
from control.record.run_dir import Run, RunDir, State

MIXED = """
rule all:
    input: "again.txt", "failed.txt", "a.forgotten", "joined.txt", "piped.txt", "raised.txt",
        "measured.txt"

rule again:
    output: "again.txt"
    retries: 1
    shell: "test -e tried || {{ touch tried; exit 1; }}; touch {output}"

rule fail:
    output: "failed.txt"
    log: "logs/fail.log"
    retries: 1
    shell: "echo boo >> {log}; exit 65"

rule forget:
    output: "{name}.forgotten"
    shell: "true"

checkpoint split:
    output: directory("parts")
    shell: "mkdir {output}; touch {output}/a {output}/b"

def copies(wildcards):
    folder = checkpoints.split.get().output[0]
    return [f"copies/{name}" for name in sorted(os.listdir(folder)) if len(name) == 1]

rule copy:
    input: "parts/{name}"
    output: "copies/{name}"
    shell: "cp {input} {output}"

rule join:
    input: copies
    output: "joined.txt"
    shell: "cat {input} > {output}"

rule measure:
    output: "measured.txt"
    benchmark: "benchmarks/measured.tsv"
    resources: mem_mb=50
    shell: "sleep 2; touch {output}"

rule produce:
    output: pipe("pipe")
    shell: "echo 1 > {output}"

rule consume:
    input: "pipe"
    output: "piped.txt"
    shell: "cat {input} > {output}; exit 4"

rule refuse:
    output: "raised.txt"
    run:
        raise ValueError("not today")
"""
WORKFLOWS = {
    "mixed": MIXED,
    "unformed": 'rule unformed:\n    output: "x"\n    shell: "echo {nowhere} > {output}"\n',
    "no_input": 'rule take:\n    input: "nowhere.txt"\n    output: "x"\n    shell: "true"\n',
    "unreadable": "rule broken\n    this is not Python\n",
    "nothing": 'rule make:\n    output: "x"\n    shell: "touch {output}"\n',
    # without the trap bash goes on with the next command where the signal hits a short one
    "cancel": (
        'rule wait:\n    output: "x"\n'
        "    shell: \"trap 'trap - INT; kill -INT $$' INT; touch waiting; sleep 300\"\n"
    ),
}
Data = dict[str, Any]


class Ended:
    """A run of Snakemake that has ended, and the messages of its events."""

    def __init__(self, folder: Path) -> None:
        (path,) = folder.glob("runs/*/")
        self.run_dir = RunDir(path)
        self.run: Run = self.run_dir.read_run()
        lines = self.run_dir.events.read_text().splitlines()
        self.events: list[Data] = [json.loads(line) for line in lines]
        self.drafts = self.translate()
        self.messages = [
            Message(draft.type, path.name, draft.timestamp, number, json.loads(draft.data))
            for number, draft in enumerate(self.drafts, 1)
        ]

    def translate(self) -> list[Draft]:
        translator = Translator()
        drafts = [draft for event in self.events for draft in translator.event(event)]
        assert self.run.end is not None
        return drafts + translator.status(self.run.state, self.run, None, self.run.end)

    def all(self, kind: MessageType) -> list[Data]:
        return [dict(message.data) for message in self.messages if message.type is kind]

    def states(self, rule: str) -> list[tuple[str, int]]:
        """State and attempt of each message of the only job of a rule."""
        told = self.all(MessageType.RULE)
        (jobid,) = {data["jobid"] for data in told if data.get("rule") == rule}
        return [(data["state"], data["attempt"]) for data in told if data["jobid"] == jobid]

    def errors(self, rule: str) -> list[Data]:
        return [data for data in self.all(MessageType.ERROR) if data.get("rule") == rule]

    def last(self, rule: str) -> Data:
        return [data for data in self.all(MessageType.RULE) if data.get("rule") == rule][-1]

    @property
    def status(self) -> Data:
        return self.all(MessageType.STATUS)[-1]


def start(folder: Path, workflow: str) -> subprocess.Popen[bytes]:
    (folder / "Snakefile").write_text(WORKFLOWS[workflow])
    options = ["--cores", "2", "--scheduler", "greedy", "--latency-wait", "0", "--keep-going"]
    logger = ["--logger", "plumbline", "--logger-plumbline-runs", "runs"]
    with (folder / "printed.txt").open("wb") as printed:
        return subprocess.Popen(
            [sys.executable, "-m", "snakemake", *options, *logger],
            cwd=folder,
            start_new_session=True,  # so that a signal reaches its jobs, and nobody else
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=subprocess.STDOUT,
        )


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Ended]]:
    folders = {name: tmp_path_factory.mktemp(name) for name in WORKFLOWS}
    (folders["nothing"] / "x").touch()
    processes = {name: start(folders[name], name) for name in WORKFLOWS}
    try:
        deadline = time.monotonic() + 120
        while not (folders["cancel"] / "waiting").exists():
            assert processes["cancel"].poll() is None and time.monotonic() < deadline
            time.sleep(0.01)
        os.killpg(processes["cancel"].pid, signal.SIGINT)
        for process in processes.values():
            process.wait(timeout=120)
        yield {name: Ended(folder) for name, folder in folders.items()}
    finally:
        for process in processes.values():
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


@pytest.mark.parametrize("name", WORKFLOWS)
class TestEveryRun:
    def test_its_messages_are_valid(self, runs: dict[str, Ended], name: str) -> None:
        for message in runs[name].messages:
            assert Message.from_json(message.to_json()) == message
        assert not [e for e in runs[name].all(MessageType.ERROR) if "understood" in e["message"]]

    def test_every_job_ends_once(self, runs: dict[str, Ended], name: str) -> None:
        told: dict[tuple[int, int], list[str]] = {}
        for data in runs[name].all(MessageType.RULE):
            told.setdefault((data["jobid"], data["attempt"]), []).append(data["state"])
        for states in told.values():
            assert states[0] == "selected"
            assert states.count("running") == ("running" in states[1:2])
            ends = [state for state in states if state in ("finished", "failed", "cancelled")]
            assert len(ends) == 1 and states[-1] in (*ends, "retried")

    def test_the_counts_are_those_of_its_jobs(self, runs: dict[str, Ended], name: str) -> None:
        last = {data["jobid"]: data["state"] for data in runs[name].all(MessageType.RULE)}
        counts = runs[name].status.get("jobs", {"done": 0, "failed": 0})
        assert counts["done"] == list(last.values()).count("finished")
        assert counts["failed"] == list(last.values()).count("failed")

    def test_translated_again_it_is_the_same(self, runs: dict[str, Ended], name: str) -> None:
        assert runs[name].translate() == runs[name].drafts

    def test_its_state_is_told_with_why(self, runs: dict[str, Ended], name: str) -> None:
        status = runs[name].status
        assert (status["status"], status["message"]) == (runs[name].run.state, runs[name].run.why)


class TestMixed:
    def test_the_graph_of_rules_comes_with_what_is_to_be_done(self, runs: dict[str, Ended]) -> None:
        (plan,) = [data for data in runs["mixed"].all(MessageType.PROGRESS) if "rules" in data]
        edges = {(maker, taker) for maker, taker in plan["graph"]["edges"]}
        assert {("again", "all"), ("produce", "consume"), ("consume", "all")} <= edges
        assert plan["rules"].keys() <= set(plan["graph"]["rules"])
        assert "copy" not in plan["graph"]["rules"]  # only the checkpoint brings it

    def test_a_retry_is_a_new_attempt(self, runs: dict[str, Ended]) -> None:
        assert runs["mixed"].states("again") == [
            *[("selected", 1), ("running", 1), ("failed", 1), ("retried", 1)],
            *[("selected", 2), ("running", 2), ("finished", 2)],
        ]

    def test_a_job_that_fails_for_good(self, runs: dict[str, Ended]) -> None:
        assert [state for state, _ in runs["mixed"].states("fail")][-2:] == ["running", "failed"]
        errors = runs["mixed"].errors("fail")
        assert [error["attempt"] for error in errors] == [1, 2]
        assert errors[1]["code"] == 65 and errors[1]["error_class"] == "permanent"
        assert errors[1]["message"] == "fail: exit status 65"
        assert errors[1]["hint"] == "see its log logs/fail.log"

    def test_a_missing_output_is_a_failed_job(self, runs: dict[str, Ended]) -> None:
        last = runs["mixed"].last("forget")
        assert last["state"] == "failed" and last["wildcards"] == {"name": "a"}
        (error,) = runs["mixed"].errors("forget")
        assert error["exception"] == "MissingOutputException" and "a.forgotten" in error["message"]
        assert "--latency-wait" in error["hint"]

    def test_what_a_job_took_is_in_the_file_that_it_names(self, runs: dict[str, Ended]) -> None:
        (began,) = [d for d in runs["mixed"].all(MessageType.RULE) if "benchmark" in d]
        assert (began["rule"], began["resources"]["mem_mb"]) == ("measure", 50)
        attempt = JobAttempt(1, began["jobid"], 1, "", benchmark=began["benchmark"])
        usage = read_usage(attempt, runs["mixed"].run.workdir, os.getuid())
        assert 0 < usage["peak_memory_mb"] < 1000 and usage["cpu_s"] < 60

    def test_a_checkpoint_raises_the_total(self, runs: dict[str, Ended]) -> None:
        told = [d for d in runs["mixed"].all(MessageType.PROGRESS) if d["scope"] == "run"]
        first = {name: value for name, value in told[0].items() if name != "graph"}
        assert first == {
            **{"scope": "run", "progress": 0.0, "done": 0, "total": 10},
            "rules": dict.fromkeys(
                (
                    "all",
                    "again",
                    "fail",
                    "forget",
                    "split",
                    "join",
                    "produce",
                    "consume",
                    "refuse",
                    "measure",
                ),
                1,
            ),
        }
        assert (told[-1]["done"], told[-1]["total"]) == (6, 12)
        assert told[-1]["progress"] == 50.0

    def test_a_group_fails_together(self, runs: dict[str, Ended]) -> None:
        ended = runs["mixed"]
        assert ended.last("consume")["message"] == "exit status 4"
        assert ended.last("produce")["message"] == "its group failed with consume"
        assert len(ended.errors("consume")) == 1 and ended.errors("produce") == []
        groups = {d["group"] for d in ended.all(MessageType.RULE) if "group" in d}
        assert len(groups) == 1

    def test_a_run_block_that_raises(self, runs: dict[str, Ended]) -> None:
        assert [s for s, _ in runs["mixed"].states("refuse")] == ["selected", "running", "failed"]
        assert len(runs["mixed"].errors("refuse")) == 1

    def test_what_snakemake_says_is_a_log(self, runs: dict[str, Ended]) -> None:
        logs = runs["mixed"].all(MessageType.LOG)
        assert {log["source"] for log in logs} == {"snakemake"}
        assert "Building DAG of jobs..." in [log["line"] for log in logs if log["level"] == "info"]
        assert {log["line"] for log in logs if log["level"] == "debug"} == {
            "Select jobs to execute..."
        }


def test_a_command_that_cannot_be_formed(runs: dict[str, Ended]) -> None:
    assert [state for state, _ in runs["unformed"].states("unformed")] == ["selected", "failed"]
    (error,) = runs["unformed"].errors("unformed")
    assert "nowhere" in error["message"] and error["error_class"] == "permanent"


@pytest.mark.parametrize(
    ("name", "exception", "hint"),
    [
        ("no_input", "MissingInputException", "sample sheet"),
        ("unreadable", "SyntaxError", "the line that is named"),
    ],
)
def test_errors_before_the_first_job(
    runs: dict[str, Ended], name: str, exception: str, hint: str
) -> None:
    (error,) = runs[name].all(MessageType.ERROR)
    assert error["exception"] == exception and hint in error["hint"]
    assert "jobid" not in error and runs[name].status["status"] == "failed"


def test_nothing_to_do_is_complete(runs: dict[str, Ended]) -> None:
    ended = runs["nothing"]
    assert ended.all(MessageType.RULE) == [] and ended.all(MessageType.ERROR) == []
    assert ended.status["status"] == State.COMPLETED
    assert [data["progress"] for data in ended.all(MessageType.PROGRESS)] == [100.0]


def test_a_cancelled_job_is_cancelled(runs: dict[str, Ended]) -> None:
    assert [s for s, _ in runs["cancel"].states("wait")] == ["selected", "running", "cancelled"]
    assert runs["cancel"].all(MessageType.ERROR) == []
    assert runs["cancel"].status["jobs"] == {"total": 1, "done": 0, "failed": 0}
