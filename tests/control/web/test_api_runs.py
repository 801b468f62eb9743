"""Runs over the API: who sees which, lists and filters, and what can be done with them."""

import json
import shutil
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from web_lab import LATER, WHEN, WebLab, body

from control.record.run_dir import State
from control.runs.requests import pending

RUNS = "/api/v1/runs"


@pytest.fixture
def lab(tmp_path: Path) -> WebLab:
    return WebLab(tmp_path)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> WebLab:
    """For tests that leave nothing behind that another would see."""
    return WebLab(tmp_path_factory.mktemp("shared"))


def ids(client: FlaskClient, query: str = "") -> list[str]:
    """The ids of a list."""
    answer = client.get(RUNS + query)
    assert answer.status_code == 200, answer.get_data()
    return [run["run_id"] for run in body(answer)["items"]]


def test_a_run_tells_everything_that_is_known(shared: WebLab) -> None:
    made = shared.run(State.FAILED, name="exome 7", why="1 of 2 jobs failed")
    found = body(shared.client().get(f"{RUNS}/{made.run_id}"))
    base = f"{RUNS}/{made.run_id}"
    assert found == {
        "run_id": made.run_id,
        "name": "exome 7",
        "analysis": "all",
        "owner": "ada",
        "state": "failed",
        "why": "1 of 2 jobs failed",
        "launched_by": "driver",
        "driver": found["driver"],
        "command": "snakemake --cores 2",
        "workdir": str(made.work),
        "created": found["created"],
        "start": WHEN,
        "end": LATER,
        "duration_s": 600.0,
        "return_code": 1,
        "jobs": {"total": 2, "done": 1, "failed": 1},
        "progress": 50.0,
        "eta": None,
        "version": {},
        "last_sequence": found["last_sequence"],
        "size_bytes": None,
        "kept": False,
        "actions": ["resume", "redrive", "rerun", "delete"],
        "links": {
            "self": base,
            "events": f"{base}/events",
            "socket": f"/ws/runs/{made.run_id}",
            "jobs": f"{base}/jobs",
            "rulegraph": f"{base}/rulegraph",
            "log": f"{base}/log",
            "lines": f"{base}/lines",
            "config": f"{base}/config",
            "results": f"{base}/results",
            "views": f"{base}/views",
            "failures": f"{base}/failures",
            "dead_letters": f"{base}/dead-letters",
            "files": f"{base}/files",
            "archive": f"{base}/archive",
            "report": f"{base}/report",
        },
    }


def test_everybody_sees_their_own_runs_and_an_admin_all(lab: WebLab) -> None:
    adas, bobs = lab.run(), lab.run(user="bob")
    typed = lab.run(State.RUNNING, "")  # by the account of these tests, which is root's here
    assert ids(lab.client("ada")) == [adas.run_id]
    assert ids(lab.client("bob")) == [bobs.run_id]
    assert ids(lab.client("vera")) == []
    assert set(ids(lab.client("root"))) == {adas.run_id, bobs.run_id, typed.run_id}


@pytest.mark.parametrize(
    "below",
    [
        *(
            "",
            "/events",
            "/jobs",
            "/jobs/1",
            "/jobs/1/log",
            "/rules",
            "/rulegraph",
            "/failures",
            "/log",
            "/lines",
            "/results",
        ),
        *("/results/1", "/files", "/files/page.html", "/archive", "/report", "/config"),
        *("/dead-letters", "/dead-letters/x-00000000"),
    ],
)
def test_anothers_run_is_403_and_no_run_is_404(shared: WebLab, below: str) -> None:
    made = shared.run(State.FAILED, "bob")
    assert shared.client("ada").get(f"{RUNS}/{made.run_id}{below}").status_code == 403
    assert shared.client("bob").get(f"{RUNS}/{made.run_id}{below}").status_code in (200, 404)
    assert shared.client("ada").get(f"{RUNS}/20200101-000000-0000{below}").status_code == 404
    assert shared.client(None).get(f"{RUNS}/{made.run_id}{below}").status_code == 401


@pytest.mark.parametrize("act", ["cancel", "stop", "resume", "rerun", "keep", ""])
def test_anothers_run_cannot_be_steered(shared: WebLab, act: str) -> None:
    made = shared.run(State.INTERRUPTED, "bob")
    method = {"keep": "PUT", "": "DELETE"}.get(act, "POST")
    address = f"{RUNS}/{made.run_id}/{act}".rstrip("/")
    assert shared.client("ada").open(address, method=method, json={}).status_code == 403
    assert shared.client("vera").open(address, method=method, json={}).status_code == 403
    assert made.state() is State.INTERRUPTED
    assert not made.keep.exists()


def test_what_is_seen_by_all_is_steered_by_its_owner_alone(tmp_path: Path) -> None:
    lab = WebLab(tmp_path, access={"everyone_sees_all_runs": True})
    made = lab.run(State.RUNNING, "bob")
    assert ids(lab.client("vera")) == [made.run_id]
    assert body(lab.client("ada").get(f"{RUNS}/{made.run_id}"))["actions"] == []
    refused = lab.client("ada").post(f"{RUNS}/{made.run_id}/cancel")
    assert refused.status_code == 403
    entries = body(lab.client("root").get("/api/v1/audit?outcome=refused"))["items"]
    assert [(each["actor"], each["target"]) for each in entries] == [("ada", made.run_id)]


def test_filters_narrow_the_list(lab: WebLab) -> None:
    client = lab.client()
    failed, done = lab.run(State.FAILED, name="exome"), lab.run(name="genome")
    running = lab.run(State.RUNNING, name="panel")
    assert ids(client, "?state=failed") == [failed.run_id]
    assert set(ids(client, "?state=failed&state=running")) == {failed.run_id, running.run_id}
    assert ids(client, "?text=genom") == [done.run_id]
    assert ids(client, "?owner=bob") == []
    assert len(ids(client, "?owner=ada&analysis=all&rule=align")) == 3
    assert ids(client, "?rule=sort") == []
    assert ids(client, "?sort=name&descending=false") == [
        failed.run_id,
        done.run_id,
        running.run_id,
    ]


def test_a_list_counts_states_whichever_are_asked_for(lab: WebLab) -> None:
    for state, name in ((State.FAILED, "exome"), (State.FAILED, "exome"), (State.COMPLETED, "")):
        lab.run(state, name=name)
    lab.run(State.FAILED, user="bob")
    client = lab.client()
    assert body(client.get(f"{RUNS}?state=completed"))["states"] == {"completed": 1, "failed": 2}
    assert body(client.get(f"{RUNS}?text=exome"))["states"] == {"failed": 2}
    assert body(client.get(f"{RUNS}?owner=bob"))["states"] == {}
    assert body(lab.client("root").get(RUNS))["states"] == {"completed": 1, "failed": 3}


def test_a_list_that_a_client_has_is_not_sent_again(lab: WebLab) -> None:
    lab.run(State.RUNNING)
    client = lab.client()
    has = {"If-None-Match": client.get(RUNS).headers["ETag"]}
    again = client.get(RUNS, headers=has)
    assert (again.status_code, again.get_data()) == (304, b"")
    made = lab.run(State.RUNNING)
    changed = client.get(RUNS, headers=has)
    assert changed.status_code == 200
    assert body(changed)["items"][0]["run_id"] == made.run_id


def test_pages_follow_one_another_with_their_filter(lab: WebLab) -> None:
    made = {lab.run(State.FAILED if n % 2 else State.COMPLETED).run_id for n in range(6)}
    client, address, seen = lab.client(), f"{RUNS}?limit=2&state=failed&state=completed", []
    while address:
        page = body(client.get(address))
        assert page["total"] == 6
        assert len(page["items"]) == 2
        seen += [run["run_id"] for run in page["items"]]
        address = page["next"]
    assert len(seen) == 6
    assert set(seen) == made


@pytest.mark.parametrize("cursor", ["x", "WzFd", "%00", "é"])
def test_a_cursor_that_nobody_gave_out_is_refused(shared: WebLab, cursor: str) -> None:
    assert shared.client().get(f"{RUNS}?cursor={cursor}").status_code == 400


def test_a_run_that_is_not_indexed_yet_is_found(shared: WebLab) -> None:
    made = shared.run(State.QUEUED, name="fresh", is_indexed=False)
    found = body(shared.client().get(f"{RUNS}/{made.run_id}"))
    assert (found["state"], found["name"], found["owner"]) == ("queued", "fresh", "ada")
    assert found["actions"] == ["cancel", "rerun"]
    assert shared.client("bob").get(f"{RUNS}/{made.run_id}").status_code == 403


def test_a_run_is_found_also_while_there_is_no_index(lab: WebLab) -> None:
    made = lab.run()
    lab.index.close()
    for file in lab.state.path.glob("index.db*"):
        file.unlink()
    assert body(lab.client().get(f"{RUNS}/{made.run_id}"))["state"] == "completed"
    answer = lab.client().get(RUNS)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]


def test_a_link_in_the_place_of_a_run_is_no_run(shared: WebLab, tmp_path: Path) -> None:
    made = shared.run(is_indexed=False)
    elsewhere = tmp_path / made.run_id
    shutil.move(made.path, elsewhere)
    made.path.symlink_to(elsewhere)
    assert shared.client().get(f"{RUNS}/{made.run_id}").status_code == 404


def test_what_a_client_has_is_not_sent_again(shared: WebLab) -> None:
    made, client = shared.run(State.RUNNING), shared.client()
    first = client.get(f"{RUNS}/{made.run_id}")
    again = client.get(f"{RUNS}/{made.run_id}", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.get_data()) == (304, b"")
    assert client.put(f"{RUNS}/{made.run_id}/keep").status_code == 200
    changed = client.get(f"{RUNS}/{made.run_id}", headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200
    assert body(changed)["kept"]


def test_a_queued_run_says_why_it_waits(lab: WebLab) -> None:
    made, bobs = lab.run(State.QUEUED), lab.run(State.QUEUED, "bob")
    waiting = {made.run_id: "3 of 3 runs of all runs are running", bobs.run_id: "behind"}
    lab.state.steward_report.write_text(json.dumps({"waiting": waiting}))
    client = lab.client()
    found = body(client.get(f"{RUNS}/{made.run_id}"))
    assert found["why"] == "3 of 3 runs of all runs are running"
    assert body(client.get("/api/v1/service"))["waiting"] == {made.run_id: waiting[made.run_id]}


def test_cancelling_asks_the_driver_and_is_recorded(lab: WebLab) -> None:
    made = lab.run(State.RUNNING)
    answer = lab.client().post(f"{RUNS}/{made.run_id}/cancel")
    assert answer.status_code == 202
    assert body(answer)["state"] == "running"  # until its driver has done it
    assert [(each.action, each.user) for each in pending(made)] == [("cancel", "ada")]
    entries = body(lab.client("root").get("/api/v1/audit?action=run."))["items"]
    assert [(e["actor"], e["action"], e["target"], e["outcome"]) for e in entries] == [
        ("ada", "run.cancel", made.run_id, "ok")
    ]


def test_a_queued_run_is_cancelled_at_once_and_resumed(shared: WebLab) -> None:
    made, client = shared.run(State.QUEUED), shared.client()
    answer = client.post(f"{RUNS}/{made.run_id}/cancel")
    assert (answer.status_code, body(answer)["state"]) == (202, "cancelled")
    again = client.post(f"{RUNS}/{made.run_id}/cancel")
    assert again.status_code == 409
    assert "cancelled" in body(again)["detail"]
    resumed = client.post(f"{RUNS}/{made.run_id}/resume")
    assert (resumed.status_code, body(resumed)["state"]) == (202, "queued")


def test_stop_lets_running_jobs_finish(shared: WebLab) -> None:
    made = shared.run(State.RUNNING)
    assert shared.client().post(f"{RUNS}/{made.run_id}/stop").status_code == 202
    assert [each.action for each in pending(made)] == ["stop"]
    done = shared.run()
    assert shared.client().post(f"{RUNS}/{done.run_id}/stop").status_code == 409


def test_a_run_that_somebody_typed_says_why_it_cannot_be_cancelled(shared: WebLab) -> None:
    made = shared.run(State.RUNNING, "")
    assert body(shared.client("root").get(f"{RUNS}/{made.run_id}"))["actions"] == []
    refused = shared.client("root").post(f"{RUNS}/{made.run_id}/cancel")
    assert refused.status_code == 409
    assert "typed" in body(refused)["detail"]
    assert "Ctrl-C" in body(refused)["hint"]


def test_deleting_takes_the_files_and_the_run(shared: WebLab) -> None:
    made, client = shared.run(), shared.client()
    assert client.delete(f"{RUNS}/{made.run_id}").status_code == 204
    assert not made.path.exists()
    assert client.get(f"{RUNS}/{made.run_id}").status_code == 404
    running = shared.run(State.RUNNING)
    assert client.delete(f"{RUNS}/{running.run_id}").status_code == 409
    assert running.path.exists()


def test_many_at_once_have_an_outcome_each(shared: WebLab) -> None:
    done, running, bobs = shared.run(), shared.run(State.RUNNING), shared.run(user="bob")
    nothing = "20200101-000000-0000"
    asked = [done.run_id, running.run_id, bobs.run_id, nothing, done.run_id]
    answer = shared.client().post(f"{RUNS}/delete", json={"run_ids": asked})
    assert answer.status_code == 200
    items = body(answer)["items"]
    assert [(each["run_id"], each["done"]) for each in items] == [
        (done.run_id, True),
        (running.run_id, False),
        (bobs.run_id, False),
        (nothing, False),
    ]
    assert [each["problem"] and each["problem"]["status"] for each in items] == [
        *(None, 409, 403, 404)
    ]
    assert (done.path.exists(), running.path.exists(), bobs.path.exists()) == (False, True, True)
    cancelled = body(shared.client().post(f"{RUNS}/cancel", json={"run_ids": [running.run_id]}))
    assert cancelled["items"] == [{"run_id": running.run_id, "done": True, "problem": None}]


def test_a_marked_run_is_kept_until_it_is_released(shared: WebLab) -> None:
    made, client = shared.run(), shared.client()
    assert body(client.put(f"{RUNS}/{made.run_id}/keep"))["kept"]
    assert made.keep.exists()
    assert not body(client.delete(f"{RUNS}/{made.run_id}/keep"))["kept"]
    assert not made.keep.exists()
