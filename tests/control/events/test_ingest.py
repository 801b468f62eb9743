"""The ingest process as a process: killed, starved of disk, given bad runs and many of them."""

import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from ingest_lab import Lab
from recorded_run import RecordedRun
from waiting import poll

from control.events.index import Index
from control.events.ingest import Ingest, main
from control.events.journal import JournalFiles


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    made = Lab(tmp_path)
    yield made
    made.close()


# -- killed


def write_busily(run: RecordedRun, seed: int) -> dict[str, int]:
    """Some jobs at a time, some tried again, each line numbered; how many lines of each attempt."""
    chance = random.Random(seed)
    lines: dict[str, int] = {}
    jobs = iter(range(1, 13))
    open_jobs: dict[int, int] = {}

    def begin(job: int) -> None:
        run.job(job, f"logs/{job}.log")
        open_jobs[job] = chance.randint(1, 40)
        run.attempt(f"logs/{job}.log")

    run.start(total=12)
    for job in (next(jobs), next(jobs), next(jobs)):
        begin(job)
    while open_jobs:
        for job in list(open_jobs):
            name = f"{job}.{run.attempts[job]}"
            for _ in range(min(open_jobs[job], chance.randint(1, 9))):
                number = lines.setdefault(name, 0)
                text = f"{number}\n"
                run.log(f"logs/{job}.log", text[:1])  # a line can come in pieces
                run.log(f"logs/{job}.log", text[1:])
                lines[name] += 1
                open_jobs[job] -= 1
            if open_jobs[job] == 0:
                del open_jobs[job]
                if run.attempts[job] < 3 and chance.random() < 0.4:
                    run.fail(job, again=True)
                    begin(job)
                else:
                    run.finish(job)
                    if (further := next(jobs, None)) is not None:
                        begin(further)
            time.sleep(chance.random() * 0.012)
    run.end()
    return lines


def lines_by_attempt(told: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for text in told:
        name, _, line = text.partition(": ")
        if name[:1].isdigit() and "===" not in line:
            found.setdefault(name, []).append(line)
    return found


def test_kill_9_at_any_moment_of_a_busy_run(lab: Lab) -> None:
    """50 times and more; what is committed stays as it is, and in the end nothing is missing."""
    runs = [lab.run(1), lab.run(2)]
    answers = [lab.runs.parent / f"answer{number}" for number in range(2)]

    def write(number: int) -> None:
        answers[number].write_text(json.dumps(write_busily(runs[number], number)))

    writers = [lab.fork(lambda number=number: write(number)) for number in range(2)]
    chance, seen, kills = random.Random(7), [b"", b""], 0
    while not all(answer.exists() for answer in answers) or kills < 50:
        child = lab.start()
        time.sleep(chance.random() * 0.1)
        lab.end(child, signal.SIGKILL)
        kills += 1
        for number, run in enumerate(runs):
            now = committed_bytes(run.journal(lab.state.journals))
            assert now.startswith(seen[number]), "what was committed has changed"
            seen[number] = now
    assert [lab.wait(writer) for writer in writers] == [0, 0]
    child = lab.start()
    poll(lambda: all(lab.is_closed(run) for run in runs))
    index = Index(lab.state.index)
    poll(lambda: indexed(index) == {run.run_id for run in runs})
    for number, run in enumerate(runs):
        messages = run.messages()
        assert [m["sequence"] for m in messages] == [*range(1, len(messages) + 1)]
        told = run.told()
        expected = json.loads(answers[number].read_text())
        lines = lines_by_attempt(told)
        assert lines == {name: [str(n) for n in range(count)] for name, count in expected.items()}
        assert sorted(orderless(told)) == sorted(orderless(undisturbed(lab, run)))
        poll(lambda run=run: index.run(run.run_id).state == "completed")
        row = index.run(run.run_id)
        assert row is not None and row.last_sequence == len(messages)


def committed_bytes(files: JournalFiles) -> bytes:
    length = files.committed().length
    return files.messages.read_bytes()[:length] if length else b""


def undisturbed(lab: Lab, run: RecordedRun) -> list[str]:
    """What one process tells that reads the run when it is over, and is left in peace."""
    other = Lab(lab.runs.parent / f"undisturbed-{run.run_id}")
    copy = RecordedRun(other.runs)
    shutil.rmtree(copy.run_dir.path)
    shutil.copytree(
        run.run_dir.path, copy.run_dir.path, ignore=shutil.ignore_patterns("messages.*")
    )
    text = copy.run_dir.run.read_text()
    copy.run_dir.run.write_text(text.replace(str(run.run_dir.path), str(copy.run_dir.path)))
    ingest = Ingest(other.settings)
    poll(lambda: ingest.turn() or other.is_closed(copy))
    ingest.close()
    return copy.told()


def orderless(told: list[str]) -> list[str]:
    """Without times: logs of different jobs come in any order."""
    return [text for text in told if not text.startswith("progress")]


def test_sigterm_is_a_last_commit_and_exit_code_0(lab: Lab) -> None:
    run = lab.run().start()
    child = lab.start()
    poll(lambda: run.told() == ["status running", "progress run 0.0"])
    run.job(1, "a.log")
    run.log("a.log", "the last line\n")
    assert lab.end(child) == 0
    assert run.told()[-1] == "1.1: the last line"


def test_a_second_process_waits_until_the_first_is_gone(lab: Lab) -> None:
    run = lab.run().start()
    first = lab.start()
    poll(run.told)
    second = lab.start()
    run.job(1)
    poll(lambda: "job 1.1 running" in run.told())
    lab.end(first, signal.SIGKILL)
    run.finish(1)
    poll(lambda: "job 1.1 finished" in run.told())
    assert lab.end(second) == 0


def test_it_can_be_started_by_its_name(lab: Lab, tmp_path: Path) -> None:
    config = tmp_path / "service.yaml"
    config.write_text(f"runs: [{lab.runs}]\nstate: {lab.settings.state}\n")
    run = lab.run().start()
    command = [sys.executable, "-m", "control.events.ingest", "--config", str(config)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        poll(run.told)
    finally:
        process.terminate()
    assert process.wait(120) == 0


# -- a disk that is full


def test_a_full_disk_is_told_and_caught_up(lab: Lab) -> None:
    """The size that a file of the process may have stands for the disk's."""
    run, other = lab.run(1).start(), lab.run(2).start()
    run.job(1, "a.log")

    def starved() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        signal.signal(
            signal.SIGUSR1, lambda *_: resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        )
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, hard))
        main(lab.settings)

    child = lab.fork(starved)
    run.log("a.log", "".join(f"{n}\n" for n in range(5000)))
    poll(lambda: any("File too large" in text for text in lab.report()["problems"]))
    assert not run.journal(lab.state.journals).committed().length > 200_000
    other.job(7)
    poll(lambda: other.told()[-1] == "job 7.1 running", 300)
    poll(lambda: lab.report()["lag_seconds"] > 0)
    os.kill(child, signal.SIGUSR1)
    run.finish(1)
    run.end()
    poll(lambda: lab.is_closed(run))
    poll(lambda: not lab.report()["problems"])
    assert lab.end(child) == 0
    assert lines_by_attempt(run.told()) == {"1.1": [str(n) for n in range(5000)]}


# -- runs that are not as they should be


def test_bad_runs_stop_nobody(lab: Lab) -> None:
    good = lab.run(1).start()
    bad = [lab.run(number) for number in range(2, 7)]
    bad[0].run_dir.run.write_text("{")
    os.mkfifo(bad[1].run_dir.run)
    bad[2].start()
    bad[2].run_dir.events.unlink()
    os.mkfifo(bad[2].run_dir.events)
    bad[3].start()
    bad[3].run_dir.messages.mkdir()
    (lab.runs / "20261121-221005-aaaa").symlink_to(bad[2].run_dir.path)
    (lab.runs / "20261121-221005-bbbb").write_text("no directory")
    child = lab.start()
    good.job(1)
    poll(lambda: good.told()[-1:] == ["job 1.1 running"])
    poll(lambda: len(lab.report()["problems"]) == 4)
    texts = "\n".join(lab.report()["problems"])
    for run, words in zip(
        bad, ("run.json", "no regular", "regular file", "directory"), strict=False
    ):
        assert any(run.run_id in text and words in text for text in texts.splitlines()), texts
    assert lab.report()["known_runs"] == 6
    shutil.rmtree(bad[3].run_dir.messages)
    bad[2].run_dir.events.unlink()
    bad[0].start()
    poll(lambda: len(lab.report()["problems"]) == 1)
    assert bad[0].told()[:1] == ["status running"]
    assert lab.end(child) == 0


def test_a_run_that_is_deleted_is_forgotten(lab: Lab) -> None:
    run, other = lab.run(1).start(), lab.run(2).start()
    child = lab.start()
    index = Index(lab.state.index)
    poll(lambda: run.told() and other.told() and len(indexed(index)) == 2)
    shutil.rmtree(run.run_dir.path)
    poll(lambda: indexed(index) == {other.run_id})
    poll(lambda: lab.report()["known_runs"] == 1)
    assert not run.run_dir.path.exists(), "nothing of it is made again"
    assert lab.report()["problems"] == []
    assert lab.end(child) == 0
    shutil.rmtree(other.run_dir.path)
    third = lab.run(3).start()
    child = lab.start()
    poll(lambda: indexed(index) == {third.run_id})
    assert lab.end(child) == 0


def indexed(index: Index) -> set[str]:
    try:
        return {row.run_id for row in index.runs().rows}
    except Exception:  # it is being made
        return set()


# -- the index


@pytest.mark.parametrize("damage", ["deleted", "nonsense", "asked"])
def test_the_index_is_filled_again(lab: Lab, damage: str) -> None:
    runs = [lab.run(number).start() for number in (1, 2)]
    runs[0].end()
    child = lab.start()
    index = Index(lab.state.index)
    poll(lambda: lab.is_closed(runs[0]) and len(indexed(index)) == 2)
    before = [run.messages() for run in runs]
    if damage == "deleted":
        lab.state.index.unlink()
    elif damage == "nonsense":
        with lab.state.index.open("r+b") as file:
            file.write(b"nonsense" * 1000)
        lab.end(child, signal.SIGKILL)
        child = lab.start()
    else:
        lab.state.reindex_request.touch()
        poll(lambda: not lab.state.reindex_request.exists())
    runs[1].job(1)  # something to take in is what brings the damage to light
    poll(lambda: {run.run_id for run in runs} == indexed(index))
    poll(lambda: runs[1].told()[-1] == "job 1.1 running")
    for run, messages in zip(runs, before, strict=True):
        assert run.messages()[: len(messages)] == messages
    assert lab.end(child) == 0


def test_a_journal_that_somebody_deletes_is_written_anew(lab: Lab) -> None:
    run = lab.run().start()
    child = lab.start()
    index = Index(lab.state.index)
    poll(lambda: run.run_id in indexed(index))
    for number in range(1, 6):
        run.job(number)
    poll(lambda: run.told()[-1] == "job 5.1 running")
    poll(lambda: index.run(run.run_id).last_sequence == len(run.told()))
    run.run_dir.messages.unlink()
    run.run_dir.messages_state.unlink()
    run.finish(1)
    poll(lambda: "job 1.1 finished" in run.told() and run.told()[-1].startswith("progress run"))
    assert len(set(run.told())) == len(run.told()) == 14
    poll(lambda: index.run(run.run_id).last_sequence == len(run.told()))
    assert lab.end(child) == 0


# -- a real Snakemake

WORKFLOW = """
rule all:
    input: "kept.txt", "plain.txt", expand("quick{n}.txt", n=range(4))

rule kept:
    output: "kept.txt"
    log: "logs/kept.log"
    shell:
        "source {LOG_TO}; log_to {log}; touch tries; n=$(wc -c < tries); printf x >> tries; "
        "for i in 0 1 2; do echo try $n line $i; sleep 0.05; done; test $n = 2; touch {output}"

rule plain:
    output: "plain.txt"
    log: "logs/plain.log"
    shell:
        "(for i in $(seq 20); do echo line $i; echo PROGRESS: $((5 * i))%; sleep 0.06; done;"
        " printf 'no newline'; touch {output}) > {log} 2>&1"

rule quick:
    output: "quick{n}.txt"
    log: "logs/quick{n}.log"
    shell: "echo quick {wildcards.n} > {log}; touch {output}"
"""
LOG_TO = Path(__file__).parents[3] / "workflow/scripts/log_to.sh"


def test_a_real_run_with_retries_is_told_whole_though_the_process_is_killed(lab: Lab) -> None:
    work = lab.runs.parent
    (work / "Snakefile").write_text(f'LOG_TO = "{LOG_TO}"\n' + WORKFLOW)
    (work / "logs").mkdir()
    earlier = "=== attempt started 2026-01-01T00:00:00Z on there\nof an earlier run\n"
    (work / "logs/.kept.log").write_text(earlier)
    command = [sys.executable, "-m", "snakemake", "--cores", "2", "--scheduler", "greedy"]
    command += ["--retries", "2", "--logger", "plumbline", "--logger-plumbline-runs", "runs"]
    with (work / "printed").open("wb") as printed:
        snakemake = subprocess.Popen(command, cwd=work, stdout=printed, stderr=printed)
    try:
        chance = random.Random(3)
        while snakemake.poll() is None:
            child = lab.start()
            time.sleep(chance.random() * 0.4)
            lab.end(child, signal.SIGKILL)
    finally:
        snakemake.kill()
    assert snakemake.wait() == 0, (work / "printed").read_text()
    child = lab.start()
    (run,) = [RecordedRun.of(path) for path in lab.runs.iterdir()]
    poll(lambda: lab.is_closed(run))
    told = run.told()
    ids = {m["data"].get("rule"): m["data"]["jobid"] for m in run.messages() if m["type"] == "rule"}
    lines = lines_by_attempt(told)
    for attempt in range(3):
        expected = [f"try {attempt} line {line}" for line in range(3)]
        assert lines[f"{ids['kept']}.{attempt + 1}"] == expected
    plain = [f"line {line}" for line in range(1, 21)]
    assert lines[f"{ids['plain']}.1"] == [*plain, "no newline"]
    assert sum(text.startswith("progress job") for text in told) == 20
    for jobid in ids.values():
        of_job = [text for text in told if text.startswith((f"{jobid}.", f"job {jobid}."))]
        assert of_job[-1].endswith("finished"), "lines come before the end of their job"
    assert (told[0], told[-1]) == ("status running", "status completed")


# -- other users

OTHER = 12345


@pytest.mark.skipif(os.getuid() != 0, reason="only root can make files of another user")
def test_the_run_of_another_user_is_read_and_nothing_is_written_there(lab: Lab) -> None:
    run, closed = lab.run(1).start(), lab.run(2).start()
    run.job(1, "theirs.log", rule="theirs")
    run.job(2, "ours.log", rule="ours")
    run.log("theirs.log", "a line of theirs\n")
    run.log("ours.log", "a secret of ours\n")
    for each in (run, closed):
        for path in (each.run_dir.path, *each.run_dir.path.rglob("*")):
            if path.name != "ours.log":
                os.chown(path, OTHER, OTHER)
    os.link("/etc/hostname", run.work / "linked.log")
    run.job(3, "linked.log", rule="linked")
    before = sorted(run.run_dir.path.rglob("*"))
    child = lab.start()
    journals = lab.state.journals
    poll(lambda: sum("another user" in text for text in run.told(journals)) == 2)
    assert "1.1: a line of theirs" in run.told(journals)
    assert "secret" not in "".join(run.told(journals))
    assert sorted(run.run_dir.path.rglob("*")) == before
    assert lab.report()["problems"] == []
    assert lab.end(child) == 0


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
def test_a_run_that_is_not_for_us_is_no_problem(lab: Lab, tmp_path: Path) -> None:
    for folder in (*tmp_path.parents, tmp_path, lab.runs.parent):
        if os.stat(folder).st_uid == 0 and folder != Path("/"):
            os.chmod(folder, os.stat(folder).st_mode | 0o055)
    hidden = lab.run(1).start()
    hidden.run_dir.path.chmod(0o700)
    for path in (lab.state.path, *lab.state.path.rglob("*")):
        os.chown(path, OTHER, OTHER)

    def as_another() -> None:
        os.setgroups([])
        os.setgid(OTHER)
        os.setuid(OTHER)
        main(lab.settings)

    child = lab.fork(as_another)
    poll(lambda: lab.report()["known_runs"] == 1)
    public = lab.run(2).start()
    public.run_dir.path.chmod(0o755)
    for path in public.run_dir.path.rglob("*"):
        path.chmod(0o755)
    poll(lambda: public.told(lab.state.journals))
    assert lab.report()["problems"] == []
    assert not (lab.state.journals / hidden.run_id).exists()
    assert lab.end(child) == 0
