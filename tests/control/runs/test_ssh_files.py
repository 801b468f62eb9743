"""Files on their way to another host and back: whole, in their places, and nowhere else."""

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from zlib import crc32

import pytest
import yaml
from ssh_lab import ANALYSES
from ssh_server import SshServer, missing_programs

from control.record.lines import to_line
from control.record.run_dir import RunDir
from control.runs.analyses import Workflow
from control.runs.launch.ssh import parcels, remote, watcher
from control.runs.launch.ssh.agent import is_not_sent
from control.runs.launch.ssh.connection import Connection
from control.runs.launch.ssh.courier import Courier, Stopped
from control.runs.launch.ssh.frames import Garbled, Unpacker, pack
from control.runs.launch.ssh.logbook import NOTES
from control.runs.launch.ssh.luggage import Luggage
from control.runs.launch.ssh.mirror import Mirror
from control.runs.launch.ssh.parcels import Parcel, parcel_of
from control.runs.launch.ssh.remote import Remote
from control.runs.launch.ssh.watcher import Watcher
from control.settings import SshLauncher
from engines.contract.errors import BadData, InputMissing, Transient

NOTE = b'{"from":"launcher",'


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    if missing := missing_programs():
        pytest.skip(f"{', '.join(missing)} not here: make setup-tests")
    with SshServer(tmp_path_factory.mktemp("ssh")) as server:
        launcher = SshLauncher(kind="ssh", host="lab", config_file=server.config)
        with Connection(launcher, "20231114-221320-files") as opened:
            yield opened


@pytest.fixture
def run_dir(tmp_path: Path) -> RunDir:
    run_dir = RunDir(tmp_path / "runs" / "20231114-221320-0000")
    run_dir.work.mkdir(parents=True)
    return run_dir


@pytest.mark.parametrize("has_rsync", [True, False], ids=["rsync", "sftp"])
def test_what_has_arrived_in_part_is_gone_on_with(
    connection: Connection, tmp_path: Path, has_rsync: bool
):
    here, there = tmp_path / 'h "e" r*e', tmp_path / "th 'ere"
    contents = {"a": os.urandom(300_000), "b": b"", "c": b"small"}
    for folder in (here, there):
        folder.mkdir()
    for name, content in contents.items():
        (here / name).write_bytes(content)
    packed = {name: parcel_of(here / name, f"work/{name}") for name in contents}
    parcels.offer(here / "out", {packed[name].sha256: here / name for name in contents})
    (there / packed["a"].sha256).write_bytes(contents["a"][:100_000])
    courier = Courier(connection, has_rsync, lambda: None)
    assert courier.means == ("rsync" if has_rsync else "sftp")
    arrived = dict.fromkeys((each.sha256 for each in packed.values()), 0)
    arrived |= parcels.arrived(there, packed.values())
    courier.send(here / "out", str(there), arrived)
    assert parcels.check_arrivals(there, packed.values()) == []
    back = tmp_path / "back"
    back.mkdir()
    (back / packed["a"].sha256).write_bytes(contents["a"][:7])
    courier.fetch(str(there), back, arrived | {packed["a"].sha256: 7})
    parcels.place(back, back, packed.values())
    assert {name: (back / "work" / name).read_bytes() for name in contents} == contents


def test_a_transfer_ends_when_it_is_to_end(connection: Connection, tmp_path: Path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "large").write_bytes(b"")
    os.truncate(tmp_path / "out" / "large", 20_000_000_000)

    def stop() -> None:
        raise Stopped

    with pytest.raises(Stopped):
        Courier(connection, True, stop).send(tmp_path / "out", str(tmp_path / "in"), {"large": 0})


@pytest.mark.parametrize("has_rsync", [True, False], ids=["rsync", "sftp"])
def test_what_cannot_be_carried_is_told(connection: Connection, tmp_path: Path, has_rsync: bool):
    courier = Courier(connection, has_rsync, lambda: None)
    with pytest.raises(Transient, match="nowhere") as caught:
        courier.fetch("/nowhere/there", tmp_path, {"0": 0})
    assert "sftp>" not in str(caught.value)


def test_an_agent_that_says_nothing_is_not_waited_for(
    connection: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    silent = tmp_path / "silent"
    silent.write_text("#!/bin/sh\necho plumbline-agent 1\nexec sleep 60\n")
    silent.chmod(0o700)
    monkeypatch.setattr(remote, "SILENCE_SECONDS", 0.1)
    with Remote(connection, str(silent), lambda: None) as agent:
        with pytest.raises(Transient, match="has said nothing"):
            agent.order("look")
        with pytest.raises(Transient, match="has said nothing"):
            agent.order("place", b"x" * 10_000_000)  # more than fits on the way


def test_damage_on_the_way_is_seen_and_sent_again(tmp_path: Path):
    (tmp_path / "file").write_bytes(b"right")
    parcel = parcel_of(tmp_path / "file", "work/file")
    arrival = tmp_path / parcel.sha256
    arrival.write_bytes(b"wrong")
    assert parcels.check_arrivals(tmp_path, [parcel]) == ["work/file"]
    assert not arrival.exists()
    arrival.write_bytes(b"rig")  # not all of it: kept, to be gone on with
    assert parcels.check_arrivals(tmp_path, [parcel]) == ["work/file"]
    assert arrival.exists()


@pytest.mark.parametrize(
    "path",
    ["../x", "/x", "work/../../x", "work/../request.json", "./x", "a//b", "", "a\0b", "a\nb"],
)
def test_nothing_is_put_outside_of_the_run(path: str):
    with pytest.raises(BadData):
        parcels.read_list(parcels.write_list([Parcel(path, 1, "0" * 64)]))


@pytest.mark.parametrize("link", ["../request.json", "/etc", "in/../x", "../../x", "a\0b"])
def test_no_link_leads_out_of_the_results(run_dir: RunDir, link: str):
    (run_dir.work / "in").symlink_to(".")  # what lies in it is less deep than its name
    for path in ("work/link", "work/in/link"):
        with pytest.raises(BadData):
            told = parcels.read_list(parcels.write_list([Parcel(path, link=link)]))
            parcels.place(run_dir.path, run_dir.path, told)
    with pytest.raises(BadData):
        parcels.place(run_dir.path, run_dir.path, [Parcel("work/in/link", link="../x")])
    assert sorted(os.listdir(run_dir.work)) == ["in"]


def test_results_that_are_not_there_any_more_go_and_others_take_their_places(run_dir: RunDir):
    work, arrivals = run_dir.work, run_dir.path / "arrivals"
    for name in ("file/inner", "folder/inner", "gone/deep/x", ".snakemake/log", "link"):
        (work / name).parent.mkdir(parents=True, exist_ok=True)
        (work / name).write_text("old")
    (work / "was-a-link").symlink_to("gone")
    arrivals.mkdir()
    (arrivals / "x").write_text("new")
    packed = parcel_of(arrivals / "x", "work/file")
    (arrivals / "x").rename(arrivals / packed.sha256)
    found = [packed, replace(packed, path="work/was-a-link"), Parcel("work/link", link="file")]
    found.append(replace(packed, path="work/folder/inner/deep"))
    parcels.clear(run_dir.path, "work", found, is_not_sent)
    parcels.place(run_dir.path, arrivals, found)
    assert {path for path, _ in parcels.walk(run_dir.path, "work", lambda path: False)} == {
        *(each.path for each in found),
        "work/.snakemake/log",
    }
    assert (work / "was-a-link").read_text() == (work / "link").read_text() == "new"
    assert not (work / "was-a-link").is_symlink()


def test_a_link_that_is_there_leads_no_file_out_of_the_run(run_dir: RunDir, tmp_path: Path):
    (run_dir.work / "out").symlink_to(tmp_path)
    (tmp_path / "file").write_text("x")
    parcel = parcel_of(tmp_path / "file", "work/out/file2")
    (run_dir.path / parcel.sha256).write_text("x")
    with pytest.raises(BadData):
        parcels.place(run_dir.path, run_dir.path, [parcel])
    with pytest.raises(BadData):
        parcels.place_of(run_dir.path, "work/out/made/file2")
    assert not (tmp_path / "made").exists()
    assert not (tmp_path / "file2").exists()


def test_luggage_holds_every_file_that_is_named_and_no_two_meet(run_dir: RunDir, tmp_path: Path):
    workflow = _workflow(tmp_path)
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        for name in ("x.vcf.gz", "x.vcf.gz.tbi"):
            (tmp_path / folder / name).write_text(f"{folder} {name}")
    (tmp_path / "b" / "y.bed").write_text("y")
    (tmp_path / "a" / "table.tsv").write_text(f"one\tx.vcf.gz\ntwo\t{tmp_path / 'b' / 'y.bed'}\n")
    run_dir.inputs.mkdir()
    (run_dir.inputs / "up.txt").write_text("uploaded")
    config = {
        "inputs": {"p": f"{tmp_path}/a/x.vcf.gz", "q": "../inputs/up.txt", "r": "s3://bucket/x"},
        "table": f"{tmp_path}/a/table.tsv",
        "other": f"{tmp_path}/a/x.vcf.gz",  # names no file, as far as the workflow says
    }
    run_dir.config.write_text(yaml.safe_dump(config))
    run_dir.samples.write_text(f"sample\treads\ns\t{tmp_path}/b/x.vcf.gz,{tmp_path}/b/y.bed\n")
    (tmp_path / "scratch").mkdir()
    luggage = Luggage(run_dir, workflow, tmp_path / "scratch")
    told = yaml.safe_load(luggage.files["config.yaml"].read_text())
    assert told["inputs"] == {
        "p": "../sent/1/x.vcf.gz",
        "q": "../inputs/up.txt",
        "r": "s3://bucket/x",
    }
    assert told["table"] == "../sent/1/table.tsv"
    assert told["other"] == config["other"]
    table = luggage.files["sent/1/table.tsv"].read_text()
    assert table == "one\tx.vcf.gz\ntwo\t../2/y.bed\n"
    sheet = luggage.files["samples.tsv"].read_text()
    assert sheet == "sample\treads\ns\t../sent/2/x.vcf.gz,../sent/2/y.bed\n"
    assert luggage.files["sent/1/x.vcf.gz.tbi"] == tmp_path / "a" / "x.vcf.gz.tbi"
    assert luggage.files["sent/2/x.vcf.gz"].read_text() == "b x.vcf.gz"
    assert luggage.files["inputs/up.txt"].read_text() == "uploaded"


def test_luggage_without_a_file_that_is_named(run_dir: RunDir, tmp_path: Path):
    run_dir.config.write_text(yaml.safe_dump({"inputs": {"p": "/nowhere/x.vcf"}}))
    with pytest.raises(InputMissing, match="/nowhere/x"):
        Luggage(run_dir, _workflow(tmp_path), tmp_path)


def test_a_mirror_knows_what_came_in_spite_of_notes_and_of_torn_lines(run_dir: RunDir):
    mirror = Mirror(run_dir, {"events.ndjson": NOTE})
    assert mirror.known() == {}
    mirror.append("events.ndjson", 0, b'{"a":1}\n', False)
    mirror.tell("events.ndjson", NOTE + b'"message":"sent"}')
    mirror.append("events.ndjson", 8, b'{"b":2}\n', False)
    log = b"--- launcher, says a job\n --- launcher, too\nx\n"
    with_log = Mirror(run_dir, NOTES)
    with_log.append("driver.log", 0, log, False)
    with_log.tell("driver.log", NOTES["driver.log"] + b"say we")
    assert Mirror(run_dir, NOTES).known()["driver.log"] == (len(log), crc32(log))
    with open(run_dir.events, "ab") as events:
        events.write(b'{"torn')
    again = Mirror(run_dir, {"events.ndjson": NOTE})
    assert again.known()["events.ndjson"][0] == 16
    again.append("events.ndjson", 16, b'{"c":3}\n', False)
    theirs = [x for x in run_dir.events.read_bytes().splitlines() if not x.startswith(NOTE)]
    assert theirs == [b'{"a":1}', b'{"b":2}', b'{"c":3}']
    with pytest.raises(BadData, match="not where it ends"):
        again.append("events.ndjson", 8, b"again\n", False)
    with pytest.raises(BadData, match="none of its files"):
        again.replace("run.json", b"{}")
    with pytest.raises(BadData, match="leads out"):
        again.replace("work/../../x", b"")


def test_events_name_logs_by_the_run_directory_here(run_dir: RunDir, tmp_path: Path):
    there = f"/thère/{run_dir.run_id}"
    told = to_line({"log": [f"{there}/work/.snakemake/slurm_logs/1.log"]}).encode() + b"\n"
    for _ in range(2):  # as another process finds it
        mirror = Mirror(run_dir, {"events.ndjson": NOTE})
        mirror.there = there
        known = mirror.known().get("events.ndjson", (0, 0))
        mirror.append("events.ndjson", known[0], told, False)
    lines = [json.loads(line) for line in run_dir.events.read_text().splitlines()]
    assert lines == [{"log": [f"{run_dir.work}/.snakemake/slurm_logs/1.log"]}] * 2
    assert mirror.known()["events.ndjson"] == (2 * len(told), crc32(2 * told))


def test_a_watcher_tells_a_log_before_the_event_that_ends_its_job(run_dir: RunDir):
    at = '"time":"2026-11-22T10:00:00.000Z","level":"info"'
    info = f'{{{at},"event":"job_info","jobid":1,"rule_name":"r","wildcards":{{}},"input":[]'
    info += ',"output":["x"],"log":["logs/r.log"],"threads":1,"resources":{},"priority":0}'
    lines = [
        f'{{{at},"event":"workflow_started","cwd":"/w"}}',
        f'{{{at},"event":"job_started","jobs":[1]}}',
        info,
        f'{{{at},"event":"job_finished","jobid":1}}',
    ]
    (run_dir.work / "logs").mkdir()
    (run_dir.work / "logs" / "r.log").write_text("worked\n")
    run_dir.events.write_text("\n".join(lines) + '\n{"time')
    frames = [each for each in Watcher(run_dir, {}).look() if each.head["type"] == "data"]
    assert [(each.head["file"], each.body) for each in frames] == [
        ("work/logs/r.log", b"worked\n"),
        ("events.ndjson", ("\n".join(lines) + "\n").encode()),
    ]
    here = RunDir(run_dir.path.parent / "here")
    here.path.mkdir()
    mirror = Mirror(here, {"events.ndjson": NOTE})
    for frame in frames:
        mirror.append(frame.head["file"], frame.head["offset"], frame.body, frame.head["new"])
    later = Watcher(run_dir, mirror.known())  # of another connection
    assert not [each for each in later.look() if each.head["type"] == "data"]
    run_dir.events.write_text("other\n")
    told = [each for each in later.look() if each.head["type"] == "data"]
    assert [(each.head["new"], each.body) for each in told] == [(True, b"other\n")]


def test_a_watcher_waits_for_no_pipe_and_follows_no_link(run_dir: RunDir, tmp_path: Path):
    (tmp_path / "secret").write_text("secret")
    letters = run_dir.work / ".plumbline" / "dead_letters"
    letters.mkdir(parents=True)
    for name in ("pipe", "link"):
        for file in (run_dir.work / name, letters / f"{name}.json"):
            os.mkfifo(file) if name == "pipe" else file.symlink_to(tmp_path / "secret")
    at = '"time":"2026-11-22T10:00:00.000Z","level":"info"'
    run_dir.events.write_text(
        f'{{{at},"event":"workflow_started","cwd":"/w"}}\n{{{at},"event":"job_started","jobs":[1]}}\n'
        f'{{{at},"event":"job_info","jobid":1,"rule_name":"r","wildcards":{{}},"input":[],"output":[]'
        ',"log":["pipe","link"],"threads":1,"resources":{},"priority":0}\n'
    )
    os.mkfifo(run_dir.driver_log)
    frames = list(Watcher(run_dir, {}).look())
    assert [each.head.get("file") for each in frames if each.body] == ["events.ndjson"]


def test_a_watcher_opens_only_what_has_changed(run_dir: RunDir, monkeypatch: pytest.MonkeyPatch):
    opened: list[str] = []
    real = watcher._opened
    monkeypatch.setattr(
        watcher, "_opened", lambda folder, path: opened.append(path) or real(folder, path)
    )
    run_dir.events.write_text("{}\n")
    run_dir.driver_log.write_text("one\n")
    following = Watcher(run_dir, {})
    assert [each.body for each in following.look() if each.body] == [b"{}\n", b"one\n"]
    opened.clear()
    assert list(following.look()) == opened == []
    with open(run_dir.driver_log, "a") as log:
        log.write("two\n")
    assert [each.body for each in following.look()] == [b"two\n"]
    assert set(opened) == {"driver.log"}
    run_dir.driver_log.write_text("")  # another one, which is empty so far
    assert [(each.head["new"], each.body) for each in following.look()] == [(True, b"")]


def test_frames_come_whole_however_they_are_cut():
    sent = pack({"type": "data", "file": "ä"}, b"\n{}\n") + pack({"type": "beat"})
    unpacker, found = Unpacker(), []
    for byte in sent:
        found += unpacker.feed(bytes([byte]))
    assert [(each.head, each.body) for each in found] == [
        ({"type": "data", "file": "ä"}, b"\n{}\n"),
        ({"type": "beat"}, b""),
    ]
    deep, large = b'{"bytes":' + b"[" * 100_000, b'{"bytes":20000000}'
    for garbled in (b"Welcome to the cluster", b'{"bytes":"1"}', b'{"bytes":true}', deep, large):
        with pytest.raises(Garbled):
            list(Unpacker().feed(garbled + b"\n"))


def _workflow(folder: Path) -> Workflow:
    (folder / "workflow").mkdir()
    content = ANALYSES | {
        "files": {
            "configuration": {"inputs.*": "file", "table": "table"},
            "samples": {"reads": "files"},
        }
    }
    (folder / "workflow" / "analyses.yaml").write_text(yaml.safe_dump(content))
    (folder / "workflow" / "schema.yaml").write_text("type: object\nproperties: {}\n")
    return Workflow(folder)
