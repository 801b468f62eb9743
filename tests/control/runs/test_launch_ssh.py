"""Runs whose driver is on another host, by a real sshd on loopback."""

import hashlib
import json
import os
import random
import shlex
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import lying_agent
import psutil
import pytest
import slurm_cluster
from long import long
from run_lab import wait_until
from ssh_lab import SshLab
from ssh_server import SshServer, missing_programs

from control.doctor.findings import Level
from control.doctor.launchers import launchers
from control.record.launch import Launch
from control.record.request import read_request
from control.record.run_dir import RunDir, State
from control.runs import actions, launch, steward
from control.runs.errors import Conflict
from control.runs.steward import Steward
from control.settings import Settings, StateDir

pytestmark = pytest.mark.skipif(
    bool(missing_programs()),
    reason=f"{', '.join(missing_programs())} not here: make setup-tests",
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshServer]:
    with SshServer(tmp_path_factory.mktemp("ssh")) as started:
        yield started


@pytest.fixture
def lab(tmp_path: Path, server: SshServer) -> Iterator[SshLab]:
    lab = SshLab(tmp_path / "lab", server)
    yield lab
    lab.close()


def test_a_run_goes_there_and_its_results_come_back(lab: SshLab, tmp_path: Path):
    files = {"left": tmp_path / "a b" / "data.txt", "right": tmp_path / "c'd" / "data.txt"}
    for name, file in files.items():
        file.parent.mkdir()
        file.write_bytes(name.encode() * 100_000)
    run_dir = lab.queue({"one": "echo it was here"}, inputs=files)
    launched = lab.launch(run_dir)
    assert lab.let_go_of(run_dir, launched) == 0, launched.why()
    run = run_dir.read_run()
    assert (run.state, run.return_code, run.launcher) == (State.COMPLETED, 0, "lab")
    assert run.workdir == str(run_dir.work)
    for name, file in files.items():  # two of one name, and each is itself
        assert (run_dir.work / "results" / name / "data.txt").read_bytes() == file.read_bytes()
    assert (run_dir.work / "logs/one.log").read_text() == "it was here\n"
    told = [json.loads(line)["event"] for line in run_dir.events.read_text().splitlines()]
    assert told.count("job_finished") == 4
    assert "Complete log" in run_dir.driver_log.read_text()
    assert not lab.there(run_dir).path.exists()  # completed: a copy too many
    launch_told = run_dir.read_launch()
    assert launch_told and launch_told.ended


def test_a_cut_connection_and_a_killed_process_lose_and_double_nothing(
    lab: SshLab, server: SshServer
):
    jobs = {
        "first": "echo first; " + lab.waiting("first"),
        "second": "echo second; " + lab.waiting("second"),
    }
    run_dir = lab.queue(jobs, options={"cores": 1})
    Steward(lab.settings).tick()
    begun = wait_until(lambda: [n for n in jobs if (lab.folder / f"{n}.begun").exists()], "a job")
    first, other = begun[0], next(name for name in jobs if name not in begun)
    log = run_dir.work / f"logs/{first}.log"
    wait_until(lambda: log.exists() and log.read_text() == f"{first}\n", "the log, live")
    assert server.cut() > 0
    lab.let_go(first)
    lab.wait_for(other)  # it goes on there
    wait_until(lambda: (run_dir.work / f"logs/{other}.log").exists(), "the connection again")
    assert any("connected with lab again" in words for words in lab.words(run_dir))
    assert run_dir.state() is State.RUNNING

    process = run_dir.read_run().process
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)
    wait_until(lambda: run_dir.state() is State.INTERRUPTED, "its end")
    lab.let_go(other)
    wait_until(lambda: lab.there(run_dir).state().is_final, "the end there")
    Steward(lab.settings).tick()  # another one, after the service was started anew
    assert lab.ended(run_dir).state is State.COMPLETED
    lines = run_dir.events.read_bytes().splitlines()
    theirs = [line for line in lines if not line.startswith(b'{"from":"launcher"')]
    assert len({hashlib.sha256(line).digest() for line in theirs}) == len(theirs)
    finished = [each for each in map(json.loads, theirs) if each["event"] == "job_finished"]
    assert sorted(each["jobid"] for each in finished) == [0, 1, 2]
    assert run_dir.driver_log.read_text().count("Complete log") == 1


def test_cancel_leaves_nothing_on_either_side(lab: SshLab):
    run_dir = lab.queue({"one": lab.waiting("one")})
    launched = lab.launch(run_dir)
    lab.wait_for("one")
    wait_until(lambda: lab.is_running(run_dir), "the run")
    actions.cancel(lab.settings, run_dir, "ann")
    assert lab.let_go_of(run_dir, launched) == 1
    run = run_dir.read_run()
    assert (run.state, run.why.split(";")[0]) == (State.CANCELLED, "cancelled by ann")
    wait_until(lambda: not lab.processes(), "the end of every process")


def test_a_run_that_is_cancelled_while_its_host_does_not_answer_is_ended_there_later(
    lab: SshLab, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(steward, "LOOK_SECONDS", 0.2)
    run_dir = lab.queue({"one": lab.waiting("one")})
    launched = lab.launch(run_dir)
    lab.wait_for("one")
    process = run_dir.read_run().process
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)
    wait_until(lambda: launched.poll() is not None, "its end")
    broken = lab.settings.model_dump()
    broken["launchers"]["lab"]["options"] = ["Port=1"]
    away = Settings.model_validate(broken)
    run_dir.write_settings(away.model_dump_json())

    actions.cancel(away, run_dir, "ann")
    run = run_dir.read_run()
    owed = "its driver on lab is ended as soon as lab answers"
    assert (run.state, run.why) == (
        State.CANCELLED,
        f"cancelled by ann after it was interrupted; {owed}",
    )
    with pytest.raises(Conflict, match=f"cannot be deleted yet: {owed}"):
        actions.delete(away, run_dir, "ann")
    keeper = Steward(away)

    def problem() -> str | None:
        keeper.tick()
        keeper.report()
        told = json.loads(StateDir(away.state).steward_report.read_text())["problems"]
        return told.get(run_dir.run_id)

    assert "its driver on lab may go on: lab: " in wait_until(problem, "what is wrong")
    assert lab.processes(), "it is still at work there"

    keeper = Steward(lab.settings)  # lab answers, and the service was started anew

    def is_withdrawn() -> bool:
        keeper.tick()
        sent = run_dir.read_launch()
        return sent is not None and bool(sent.ended)

    wait_until(is_withdrawn, "that it is withdrawn")
    wait_until(lambda: not lab.processes(), "the end of every process")
    assert lab.there(run_dir).state() is State.CANCELLED
    assert not run_dir.settings.exists()
    actions.delete(lab.settings, run_dir, "ann")


def test_a_run_that_never_got_there_leaves_nothing_there(
    lab: SshLab, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(steward, "LOOK_SECONDS", 0.2)
    run_dir = lab.queue({"one": "true"})
    sent = Launch("lab", "ssh", host="lab", at="2026-11-21T22:10:05.123Z")
    run_dir.write_launch(sent)  # as whoever was killed at once after it leaves it
    actions.cancel(lab.settings, run_dir, "ann")
    assert run_dir.state() is State.CANCELLED
    keeper = Steward(lab.settings)

    def is_withdrawn() -> bool:
        keeper.tick()
        return run_dir.read_launch() != sent

    wait_until(is_withdrawn, "that it is withdrawn")
    assert not lab.there(run_dir).path.exists()


def test_what_dies_or_fails_there_is_resumed_there(lab: SshLab):
    switch = lab.folder / "switch"
    jobs = {"one": f"{lab.waiting('one')}; echo no luck; test -e '{switch}'", "two": "true"}
    run_dir = lab.queue(jobs)
    launched = lab.launch(run_dir)
    lab.wait_for("one")
    there = lab.there(run_dir)
    process = there.read_run().process
    assert process is not None
    psutil.Process(process.pid).kill()
    assert lab.let_go_of(run_dir, launched) == 1
    assert run_dir.state() is State.INTERRUPTED
    assert launch.again(run_dir, lab.settings) is None

    lab.let_go("one")
    actions.resume(lab.settings, run_dir, "ann")
    launched = lab.launch(run_dir)
    assert lab.let_go_of(run_dir, launched) == 1
    assert run_dir.state() is State.FAILED
    assert (run_dir.work / "logs/one.log").read_text() == "no luck\n"
    assert (run_dir.work / "results/two.txt").exists()

    switch.touch()
    others = {"ffff": "deleted", "fffe": "not deleted", "fffd": "not fetched", "fffc": "another's"}
    paths = {words: there.path.with_name(f"20231114-221320-{id}") for id, words in others.items()}
    for words, path in paths.items():
        path.mkdir()
        mark = (there.path / ".origin").read_text() if words != "another's" else words
        (path / ".origin").write_text(mark)
        (path / ".launched").write_text("1")
        (path / ".fetched").write_text("0" if words == "not fetched" else "1")
        if words != "not deleted":
            here = RunDir(run_dir.path.with_name(path.name))
            here.path.mkdir()
            here.write_launch(Launch("lab", "ssh", ended="2026"))
            actions.delete(lab.settings, here, "ann")
    actions.resume(lab.settings, run_dir, "ann")
    launched = lab.launch(run_dir)
    assert lab.let_go_of(run_dir, launched) == 0, launched.why()
    events = list(map(json.loads, run_dir.events.read_text().splitlines()))
    assert [each["event"] for each in events].count("job_finished") == 3  # one, two, all
    there_still = [words for words, path in paths.items() if path.exists()]
    assert there_still == ["not deleted", "not fetched", "another's"]


@pytest.mark.parametrize(
    ("launcher", "told", "code"),
    [
        ({"host": "stranger"}, "host key is not known here", 77),
        ({"host": "locked-out"}, "the key is refused", 77),
        ({"host": "no-such-host.invalid"}, "no such host", 69),
        ({"plumbline": "/nowhere/plumbline"}, "no command /nowhere/plumbline there", 69),
        ({"plumbline": "echo"}, "is no plumbline", 69),
        ({"options": ["Port=1"]}, "Connection refused", 75),
        ({"folder": "/proc/runs"}, "/proc/runs", 73),
    ],
)
def test_what_stands_in_the_way_is_said_in_one_line(
    tmp_path: Path, server: SshServer, launcher: dict[str, object], told: str, code: int
):
    lab = SshLab(tmp_path / "lab", server, launcher)
    run_dir = lab.queue({"one": "true"})
    launched = lab.launch(run_dir)
    assert lab.let_go_of(run_dir, launched) == code
    assert told in launched.why()
    assert "\n" not in launched.why()
    assert run_dir.state() is State.QUEUED
    lab.close()


@pytest.mark.parametrize(
    ("news", "results", "told"),
    [
        ("", {"work/../request.json": "{}"}, "leads out of the run"),
        ("", {"work/here": "x", "work/here/below": "y"}, ""),
        ('{"type":"data","file":"driver.log","bytes":1}\nx', {}, "KeyError"),
        ('{"type":"over","state":"running","bytes":0}\n', {"work/a": "b"}, None),
    ],
)
def test_what_another_host_says_is_not_believed(
    tmp_path: Path, server: SshServer, news: str, results: dict[str, str], told: str | None
):
    says, agent = tmp_path / "says", tmp_path / "plumbline"
    says.write_text(json.dumps({"open": {}, "news": news, "results": results}))
    program = Path(lying_agent.__file__)
    words = [sys.executable, str(program), str(tmp_path / "evil"), str(says)]
    agent.write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n')
    agent.chmod(0o700)
    lab = SshLab(tmp_path / "lab", server, {"plumbline": str(agent)})
    run_dir = lab.queue({"one": "true"})
    asked = run_dir.request.read_text()
    launched = lab.launch(run_dir)
    if news and told is not None:
        wait_until(lambda: run_dir.run.exists() and told in run_dir.read_run().why, told)
        actions.cancel(lab.settings, run_dir, "ann")  # and it is tried again
        process = run_dir.read_run().process
        assert process is not None
        os.kill(process.pid, signal.SIGTERM)
    assert lab.let_go_of(run_dir, launched) in (0, 1), launched.why()
    state = State.COMPLETED if told is None else State.RUNNING if news else State.FAILED
    assert run_dir.read_run().state is state
    assert news or (told or "") in run_dir.read_run().why
    assert run_dir.request.read_text() == asked
    lab.close()


def test_a_run_of_another_service_is_left_alone(lab: SshLab):
    run_dir = lab.queue({"one": "true"})
    there = lab.there(run_dir).path
    there.mkdir(parents=True)
    (there / ".origin").write_text("another")
    launched = lab.launch(run_dir)
    assert lab.let_go_of(run_dir, launched) == 77
    assert "came from elsewhere" in launched.why()
    assert os.listdir(there) == [".origin"]


def test_another_host_in_between_and_a_shared_disk(tmp_path: Path, server: SshServer):
    launcher = {"host": "behind", "files": "shared", "profile": "there"}
    lab = SshLab(tmp_path / "lab", server, launcher)
    profile = lab.settings.workflow / "profiles" / "there"
    profile.mkdir(parents=True)
    (profile / "config.yaml").write_text("printshellcmds: true\n")
    lab.runs.mkdir()
    (finding,) = launchers(lab.settings)  # the doctor's
    assert (finding.level, "shares" in finding.text) == (Level.OK, True)
    run_dir = lab.queue({"one": "true"})
    launched = lab.launch(run_dir)
    wait_until(lambda: launched.poll() is not None, "the beginning")
    assert launched.poll() == 0, launched.why()
    run = lab.ended(run_dir)
    assert run.state is State.COMPLETED
    assert "profiles/there" in run.command
    assert (run_dir.work / "results/one.txt").exists()
    lab.close()


@long
@pytest.mark.parametrize("seed", range(3))
def test_killed_and_cut_at_any_moment(
    lab: SshLab, server: SshServer, monkeypatch: pytest.MonkeyPatch, seed: int
):
    monkeypatch.setattr(steward, "LOOK_SECONDS", 0.5)
    chance, blows = random.Random(seed), 8
    jobs = {f"j{n}": f"for k in 1 2 3; do echo j{n} $k; sleep 0.3; done" for n in range(10)}
    data = lab.folder / "data.txt"
    data.write_bytes(chance.randbytes(5_000_000))
    run_dir = lab.queue(jobs, inputs={"data": data})
    keeper, due = Steward(lab.settings), 0.0
    while not (run_dir.run.exists() and run_dir.state().is_final):
        keeper.tick()
        time.sleep(0.1)
        if blows and time.monotonic() > due:
            due = time.monotonic() + chance.uniform(0.5, 6)
            blows -= 1
            if chance.random() < 0.5:
                server.cut()
            elif run_dir.run.exists() and (process := run_dir.read_run().process):
                with suppress(ProcessLookupError):
                    os.kill(process.pid, signal.SIGKILL)
                keeper = Steward(lab.settings)
    assert run_dir.state() is State.COMPLETED, run_dir.read_run().why
    theirs = [x for x in run_dir.events.read_bytes().splitlines() if not x.startswith(b'{"from"')]
    assert len(set(theirs)) == len(theirs)
    finished = [each for each in map(json.loads, theirs) if each["event"] == "job_finished"]
    assert len(finished) == len(jobs) + 2
    for name in jobs:
        log = (run_dir.work / f"logs/{name}.log").read_text()
        assert log == "".join(f"{name} {k}\n" for k in (1, 2, 3))
    assert (run_dir.work / "results/data/data.txt").read_bytes() == data.read_bytes()


@long
def test_jobs_of_a_cluster_behind_the_other_host(tmp_path_factory: pytest.TempPathFactory):
    if missing := slurm_cluster.missing_programs():
        pytest.skip(f"{', '.join(missing)} not here: make setup-tests")
    folder = tmp_path_factory.mktemp("c")  # short: sockets lie there
    with (
        slurm_cluster.SlurmCluster(folder / "slurm") as cluster,
        SshServer(folder / "ssh", {"SLURM_CONF": str(cluster.conf)}) as server,
    ):
        lab = SshLab(folder / "lab", server, {"profile": "there"})
        profile = lab.settings.workflow / "profiles" / "there"
        profile.mkdir(parents=True)
        (profile / "config.yaml").write_text(
            "executor: plumbline-slurm\njobs: 10\nlatency-wait: 5\n"
            "default-resources: [mem_mb=100, runtime=5, slurm_partition=cpu]\n"
        )
        run_dir = lab.queue({"one": "echo on $SLURMD_NODENAME", "two": "exit 3"})
        request = read_request(run_dir)
        assert request is not None
        run_dir.request.write_text(replace(request, options={"report": False}).to_json())
        launched = lab.launch(run_dir)
        assert lab.let_go_of(run_dir, launched) == 1
        assert (run_dir.work / "logs/one.log").read_text() == "on n1\n"
        events = [json.loads(line) for line in run_dir.events.read_text().splitlines()]
        states = [job["state"] for e in events if e["event"] == "cluster_jobs" for job in e["jobs"]]
        assert {"COMPLETED", "FAILED"} <= set(states)
        (error,) = (each for each in events if each["event"] == "job_error")
        assert all((run_dir.work / log).exists() for log in error["log"])  # SLURM's own as well
        assert cluster.queue() == []
        lab.close()
