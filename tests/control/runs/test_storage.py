"""How much disk runs take: measured a bit at a time, each file once, and never through a link."""

import os

import pytest
from submission_lab import demo, make_run, run_ids, service, uploaded

from control.events.run_facts import run_dirs
from control.record.request import Request
from control.record.run_dir import Run, RunDir, State
from control.runs import command, quota, storage
from control.runs.storage import AGAIN_SECONDS, Meter, read_sizes
from control.runs.submit import Changes, rerun, submit


@pytest.fixture
def settings(tmp_path):
    made = service(tmp_path)
    made.state.mkdir()
    return made


def measured(settings, now=None):
    """Everything measured, by a meter that knows only what was written down."""
    meter = Meter(settings)
    while not meter.step(10, now):
        pass
    assert read_sizes(settings) == meter.sizes
    return {path.rsplit("/", 1)[1]: size for path, size in meter.sizes.items()}


def size_of_request(run_dir: RunDir) -> int:
    return run_dir.request.stat().st_size


def test_every_file_once_and_no_link_followed(settings, tmp_path):
    run_dir = make_run(settings)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/big").write_bytes(b"x" * 10**6)
    (run_dir.work / "a").write_bytes(b"x" * 1000)
    os.link(run_dir.work / "a", run_dir.work / "b")
    deep = run_dir.work / "very/deep"
    deep.mkdir(parents=True)
    (deep / "c").write_bytes(b"x" * 50)
    (run_dir.work / "link").symlink_to(tmp_path / "elsewhere")
    (deep / "loop").symlink_to(run_dir.path)
    links = sum(len(os.readlink(link)) for link in (run_dir.work / "link", deep / "loop"))
    size = measured(settings)[run_dir.run_id]
    assert size.bytes == 1050 + size_of_request(run_dir) + links
    assert size.files == 6
    assert size.owner == "anna"
    assert size.shared == {}


def test_what_has_a_name_elsewhere_is_known(settings, tmp_path):
    run_dir = make_run(settings)
    (tmp_path / "upload").write_bytes(b"x" * 1000)
    run_dir.inputs.mkdir()
    os.link(tmp_path / "upload", run_dir.inputs / "a")
    os.link(tmp_path / "upload", run_dir.inputs / "b")
    size = measured(settings)[run_dir.run_id]
    assert size.bytes == 1000 + size_of_request(run_dir)
    assert list(size.shared.values()) == [1000]


def test_an_input_of_several_runs_counts_once(settings, monkeypatch):
    monkeypatch.setattr(command, "SNAKEMAKE", ("true",))
    upload = uploaded(settings, "anna", "a.vcf", b"x" * 10**6)
    rows = [{"sample": "a", "small_variants": f"upload:{upload.id}"}]
    first = submit(settings, "anna", demo(settings, samples=rows))
    rerun(settings, "anna", RunDir(settings.runs[0] / first), Changes())
    rerun(settings, "ben", RunDir(settings.runs[0] / first), Changes())
    measured(settings)
    for user in ("anna", "ben", None):
        assert 10**6 < quota.used(settings, user) < 1.1 * 10**6
    assert quota.used(settings, "cleo") == 0


def test_a_large_run_is_measured_bit_by_bit(settings):
    runs = [make_run(settings, 1_700_000_000 + n) for n in range(3)]
    for number in range(1200):
        (runs[1].work / f"{number}").touch()
    meter, steps = Meter(settings), 1
    while not meter.step(0):
        steps += 1
        assert steps < 100
    assert steps > 4, "each step is short"
    assert meter.sizes[str(runs[1].path)].files == 1201
    assert len(meter.sizes) == 3


def test_a_run_that_has_ended_is_measured_once(settings, monkeypatch):
    ended = make_run(settings, state=State.COMPLETED)
    running = make_run(settings, state=State.RUNNING)
    now = ended.run.stat().st_mtime + AGAIN_SECONDS
    looked_at = []
    real = storage.walk

    def walk(folder):
        looked_at.append(folder.name)
        return real(folder)

    monkeypatch.setattr(storage, "walk", walk)
    measured(settings, now)
    assert sorted(looked_at) == sorted([ended.run_id, running.run_id])
    looked_at.clear()
    measured(settings, now + AGAIN_SECONDS - 1)
    assert looked_at == []
    measured(settings, now + AGAIN_SECONDS)
    assert looked_at == [running.run_id]
    looked_at.clear()
    ended.write_run(Run(State.QUEUED, why="resume asked"))
    measured(settings, now + AGAIN_SECONDS + 1)
    assert looked_at == [ended.run_id], "it goes on"


def test_just_after_the_end_something_may_still_be_written(settings):
    run_dir = make_run(settings, state=State.COMPLETED)
    now = run_dir.run.stat().st_mtime
    before = measured(settings, now + 1)[run_dir.run_id].bytes
    run_dir.report.write_bytes(b"x" * 100)
    assert measured(settings, now + 1 + AGAIN_SECONDS)[run_dir.run_id].bytes == before + 100


def test_a_run_that_is_gone_is_forgotten(settings):
    run_dir, other = make_run(settings), make_run(settings)
    assert len(measured(settings)) == 2
    os.rename(run_dir.path, run_dir.path.with_name(".deleted"))
    assert list(measured(settings)) == [other.run_id]


def test_a_run_that_vanishes_while_it_is_measured(settings):
    run_dir = make_run(settings)
    for number in range(1200):
        (run_dir.work / f"{number}").touch()
    meter = Meter(settings)
    assert not meter.step(0)
    os.rename(run_dir.path, run_dir.path.with_name(".deleted"))
    while not meter.step(0):
        pass
    assert meter.sizes == {}


def test_sizes_that_cannot_be_read_are_measured_anew(settings):
    run_dir = make_run(settings)
    measured(settings)
    for text in ("", "[]", "{", '{"x": 1}', '{"x": {"bytes": "many"}}'):
        (settings.state / "storage.json").write_text(text)
        assert read_sizes(settings) == {}
        assert list(measured(settings)) == [run_dir.run_id]


def test_whose_a_run_is(settings, monkeypatch):
    run_dir = make_run(settings)

    def owner() -> str:
        (settings.state / "storage.json").unlink(missing_ok=True)
        return measured(settings)[run_dir.run_id].owner

    assert owner() == "anna"
    run_dir.request.write_text("{")
    assert owner() == ""
    run_dir.request.unlink()
    assert owner() == ""
    run_dir.request.write_text(Request(user="root").to_json())
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    assert owner() == "", "somebody else wrote it"


def test_only_run_directories_are_runs(settings, tmp_path):
    run_dir = make_run(settings)
    for name in (".submit-x", ".deleted-" + run_dir.run_id, "notes", "20261122-000000-00000"):
        (settings.runs[0] / name).mkdir()
    assert [each.run_id for each in run_dirs(settings.runs)] == [run_dir.run_id]
    assert run_dir.run_id in run_ids(settings)
    assert list(run_dirs([tmp_path / "nowhere"])) == []
