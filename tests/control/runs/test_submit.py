"""A submission becomes one whole run, whoever asks at the same time and whatever is killed."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import pytest
import yaml
from submission_lab import demo, killed_at, left_behind, make_run, run_ids, service, uploaded

from control.record.request import read_request
from control.record.run_dir import RunDir, State, is_run_id
from control.runs import command, idempotency, proposal
from control.runs import submit as submitting
from control.runs.errors import Conflict
from control.runs.submit import Changes, rerun, submit
from control.runs.uploads import Uploads
from control.runs.validation import NotAccepted
from engines.contract.errors import CannotWrite, NotPermitted

# What changes the disk between the beginning of a submission and its end.
CHANGES = {"os": ["mkdir", "link", "rename", "replace", "fsync"], "shutil": ["rmtree"]}
CHILD = """
import sys
from submission_lab import demo, service
from control.runs import command
from control.runs.submit import submit
from pathlib import Path
command.SNAKEMAKE = ("true",)
settings = service(Path(sys.argv[1]))
for number in range(int(sys.argv[2]), int(sys.argv[3])):
    print(submit(settings, "anna", demo(settings, idempotency_key=f"k{number}")), flush=True)
"""


@pytest.fixture
def settings(tmp_path):
    return service(tmp_path)


@pytest.fixture
def no_dry_run(monkeypatch):
    """Snakemake says yes to everything, and at once."""
    monkeypatch.setattr(command, "SNAKEMAKE", ("true",))


def run_of(settings, run_id):
    return RunDir(settings.runs[0] / run_id)


def child(folder: Path, first: int, last: int) -> subprocess.Popen[str]:
    """A process of its own that submits with the keys k<first> to k<last - 1>."""
    env = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2] / "support")}
    arguments = [sys.executable, "-c", CHILD, str(folder), str(first), str(last)]
    return subprocess.Popen(arguments, env=env, stdout=subprocess.PIPE, text=True)


def see_that_whole(run_dir: RunDir) -> None:
    request = read_request(run_dir)
    assert request is not None
    assert request.user == "anna"
    assert run_dir.state() is State.QUEUED
    assert run_dir.work.is_dir()
    assert os.listdir(run_dir.work) == [], "a run begins with an empty folder"
    assert yaml.safe_load(run_dir.config.read_text())["samples"] == "../samples.tsv"
    assert run_dir.samples.read_text().startswith("sample\t")


def test_the_real_workflow_runs_with_what_was_laid_out(settings):
    run_id = submit(settings, "anna", demo(settings, analysis="small_variants", name=" My run "))
    assert is_run_id(run_id)
    run_dir = run_of(settings, run_id)
    see_that_whole(run_dir)
    request = read_request(run_dir)
    assert (request.name, request.analysis, request.user) == ("My run", "small_variants", "anna")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", request.created)
    assert not run_dir.run.exists()
    assert (run_dir.path.stat().st_mode & 0o777, run_dir.file_mode()) == (0o700, 0o600)
    asked = command.dry_run_command(settings, run_dir, request, ["chart_small_variants"])
    ended = subprocess.run(asked, cwd=run_dir.path, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout
    assert re.search(r"^compare_small_variants +2$", ended.stdout, re.M)
    assert "compare_structural_variants" not in ended.stdout


def test_what_is_refused_leaves_nothing(settings):
    with pytest.raises(NotAccepted) as told:
        submit(settings, "anna", demo(settings, config={"build": "x", "genoms": {}}))
    assert str(told.value) == "config.yaml, genoms: unknown key"
    assert told.value.hint == "did you mean genomes?"
    with pytest.raises(NotAccepted) as told:  # by the dry run
        submit(settings, "anna", demo(settings, config={"build": "GRCh39"}))
    assert told.value.problems[0].key == "build"
    assert left_behind(settings) == []


def test_what_is_uploaded_stays_with_the_run(settings, no_dry_run):
    upload = uploaded(settings, "anna", "calls.vcf.gz", b"content")
    rows = [{"sample": "a", "small_variants": f"upload:{upload.id}"}]
    run_dir = run_of(settings, submit(settings, "anna", demo(settings, samples=rows)))
    Uploads(settings, "anna").remove(upload.id)
    assert (run_dir.inputs / "calls.vcf.gz").read_bytes() == b"content"
    assert run_dir.samples.read_text() == "sample\tsmall_variants\na\t../inputs/calls.vcf.gz\n"

    again = run_of(settings, rerun(settings, "anna", run_dir, Changes()))
    other = run_of(settings, rerun(settings, "anna", again, Changes(name="other")))
    for each in (again, other):
        assert (each.inputs / "calls.vcf.gz").samefile(run_dir.inputs / "calls.vcf.gz")
    assert read_request(other).rerun_of == again.run_id


def test_a_run_is_run_again_with_changes(settings, no_dry_run):
    options = {"cores": 1, "retries": 2}
    config = demo(settings).config | {"structural_variants": {"sizemin": 40, "buffer": 7}}
    asked = demo(settings, config=config, options=options, name="first")
    first = run_of(settings, submit(settings, "anna", asked))
    changes = Changes(
        config={"structural_variants": {"sizemin": 30, "refine": False}, "small_variants": None},
        options={"retries": None, "cores": 2},
        targets=["chart_structural_variants"],
    )
    second = run_of(settings, rerun(settings, "ben", first, changes))
    merged = yaml.safe_load(second.config.read_text())
    assert merged["structural_variants"] == {"sizemin": 30, "buffer": 7, "refine": False}
    assert "small_variants" not in merged
    assert merged["genomes"] == yaml.safe_load(first.config.read_text())["genomes"]
    request = read_request(second)
    assert (request.user, request.name, request.rerun_of) == ("ben", "first", first.run_id)
    assert (request.analysis, request.targets) == ("", ["chart_structural_variants"])
    assert request.options == {"cores": 2}
    assert second.samples.read_text() == first.samples.read_text()
    with pytest.raises(NotAccepted, match="sizemin"):
        rerun(settings, "ben", second, Changes(config={"structural_variants": {"sizemin": "x"}}))


def test_a_run_that_somebody_typed_is_not_run_again(settings):
    run_dir = make_run(settings, state=State.COMPLETED)
    run_dir.request.unlink()
    with pytest.raises(Conflict, match="typed by hand"):
        rerun(settings, "anna", run_dir, Changes())


# ---- one key, one run


def test_the_same_key_gives_the_same_run(settings, no_dry_run):
    keyed = demo(settings, idempotency_key="night 1")
    run_id = submit(settings, "anna", keyed)
    assert submit(settings, "anna", keyed) == run_id
    assert submit(settings, "ben", keyed) != run_id, "keys of two users have nothing in common"
    with pytest.raises(Conflict, match="was used for another submission, run " + run_id):
        submit(settings, "anna", demo(settings, idempotency_key="night 1", name="x"))
    again = Changes(idempotency_key="night 2")
    second = rerun(settings, "anna", run_of(settings, run_id), again)
    assert rerun(settings, "anna", run_of(settings, run_id), again) == second
    os.rename(settings.runs[0] / run_id, settings.runs[0] / ".gone")
    with pytest.raises(Conflict, match="was deleted"):
        submit(settings, "anna", keyed)
    assert len(run_ids(settings)) == 2


def test_a_refused_submission_uses_no_key_up(settings, no_dry_run):
    with pytest.raises(NotAccepted):
        submit(settings, "anna", demo(settings, analysis="x", idempotency_key="k"))
    submit(settings, "anna", demo(settings, idempotency_key="k"))
    assert len(run_ids(settings)) == 1


def test_twenty_at_once_with_one_key_make_one_run(tmp_path, settings, no_dry_run):
    children = [child(tmp_path, 0, 1) for _ in range(4)]
    together = threading.Barrier(16)

    def ask(_: int) -> str:
        together.wait()
        return submit(settings, "anna", demo(settings, idempotency_key="k0"))

    with ThreadPoolExecutor(16) as threads:
        given = set(threads.map(ask, range(16)))
    for each in children:
        out, _ = each.communicate()
        assert each.returncode == 0
        given.add(out.strip())
    assert run_ids(settings) == sorted(given)
    assert len(given) == 1


def test_runs_submitted_at_once_without_a_key_are_all_there(settings, no_dry_run):
    with ThreadPoolExecutor(8) as threads:
        given = list(threads.map(lambda _: submit(settings, "a", demo(settings)), range(16)))
    assert sorted(given) == run_ids(settings)
    assert len(set(given)) == 16


def test_keys_of_runs_that_are_long_gone_are_forgotten(settings, no_dry_run):
    there = submit(settings, "anna", demo(settings, idempotency_key="there"))
    gone = submit(settings, "anna", demo(settings, idempotency_key="gone"))
    os.rename(settings.runs[0] / gone, settings.runs[0] / ".gone")
    idempotency.forget_old(settings)
    assert len(list((settings.state / "submissions").glob("*.json"))) == 2
    later = os.stat(settings.state).st_mtime + 31 * 86400
    idempotency.forget_old(settings, later)
    [kept] = (settings.state / "submissions").glob("*.json")
    assert json.loads(kept.read_text())["run_id"] == there


# ---- killed on the way


def test_killed_at_every_change_of_the_disk_there_is_a_whole_run_or_none(settings, no_dry_run):
    rows = [{"sample": "a", "small_variants": f"upload:{uploaded(settings, 'anna', 'a.vcf').id}"}]
    killed, seen = 0, set()
    for step in count():
        asked = demo(settings, idempotency_key=f"k{step}", samples=rows)
        was_killed = killed_at(step, lambda: submit(settings, "anna", asked), CHANGES)  # noqa: B023
        there = run_ids(settings)
        assert len(there) in (step, step + 1)
        for run_id in set(there) - seen:
            see_that_whole(run_of(settings, run_id))
            assert (run_of(settings, run_id).inputs / "a.vcf").is_file()
        seen.update(there)
        given = submit(settings, "anna", asked)  # the client tries again
        assert submit(settings, "anna", asked) == given
        assert len(run_ids(settings)) == step + 1, "once, and once only"
        if not was_killed:
            break
        killed += 1
    assert killed > 20, "the disk is changed at many places"


def test_killed_at_random_moments(tmp_path, settings, no_dry_run):
    for first in range(0, 30, 10):
        each = child(tmp_path, first, first + 10)
        for _ in range(1 + first // 10):
            assert each.stdout.readline(), "it submits"
        each.send_signal(signal.SIGKILL)
        each.communicate()
        for run_id in run_ids(settings):
            see_that_whole(run_of(settings, run_id))
        for number in range(first, first + 10):
            submit(settings, "anna", demo(settings, idempotency_key=f"k{number}"))
        assert len(run_ids(settings)) == first + 10


# ---- limits and faults


def test_no_room_in_the_quota(tmp_path, no_dry_run):
    settings = service(tmp_path, limits_per_user={"storage_gb": 1e-6})
    uploaded(settings, "anna", "a.vcf", b"x" * 1000)
    with pytest.raises(NotPermitted, match=r"storage: 0.00 of your 1e-06 GB are used"):
        submit(settings, "anna", demo(settings))
    submit(settings, "ben", demo(settings))


def test_an_id_that_is_taken_is_not_given_again(settings, no_dry_run, monkeypatch):
    drawn = iter(["20261122-000000-0000"] * 3 + ["20261122-000000-0001"])
    monkeypatch.setattr(submitting, "new_run_id", lambda seconds: next(drawn))
    first = submit(settings, "anna", demo(settings))
    second = submit(settings, "anna", demo(settings, name="other"))
    assert (first, second) == ("20261122-000000-0000", "20261122-000000-0001")
    assert read_request(run_of(settings, first)).name == ""


def test_a_full_disk_is_said_and_leaves_nothing(settings, no_dry_run, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(proposal, "_write", full)
    with pytest.raises(CannotWrite, match="No space left on device"):
        submit(settings, "anna", demo(settings))
    assert left_behind(settings) == []


def test_the_steward_is_woken(settings, no_dry_run):
    submit(settings, "anna", demo(settings))
    assert (settings.state / "queue.wake").exists()
