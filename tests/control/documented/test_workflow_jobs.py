"""The plan for jobs on a cluster (seeds/001): its records, its addresses, its notifications."""

import io
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from web_lab import LATER, WHEN, WebLab, body

from control.access import database
from control.events.index import Index
from control.notify import deliveries, inbox
from control.notify.deliveries import Message, Recipient
from control.notify.events import Event
from control.record.launch import Launch
from control.record.lines import timestamp
from control.record.run_dir import State
from control.web.api.resource import LARGEST

JOBS = "/workflows/jobs/"
LATE = 1_800_000_000
HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
# the fields of WorkflowJob in the document, and what its page is told beside them
FIELDS = {
    *("job_id", "user", "config_file", "workflow_type", "status", "remote_job_id"),
    *("remote_working_dir", "progress_percentage", "current_step", "output_files", "logs"),
    *("error_message", "created_at", "started_at", "completed_at", "notification_sent"),
    *("can_cancel", "can_resubmit"),
}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebLab]:
    made = WebLab(tmp_path_factory.mktemp("lab"))
    yield made
    made.index.close()


def job(lab: WebLab, run_id: str, user: str = "ada") -> dict[str, Any]:
    answer = lab.client(user).get(f"{JOBS}{run_id}/")
    assert answer.status_code == 200, answer.text
    return dict(body(answer))


def tell(lab: WebLab, run_id: str, user: str = "ada") -> None:
    """Put what became of a run into somebody's inbox, and send it to two addresses."""
    message = Message(run_id, 9, Event.FAILED, "Plumbline: failed", "1 of 2 jobs failed")
    with database.connect(lab.state).write() as db:
        inbox.add(db, user, message, WHEN)
        for number, shown in enumerate(("mail to ada@example.org", "jsons://hooks.example.org/…")):
            to = Recipient(f"{user} {number} {run_id}", shown, None, user)
            deliveries.add(db, to, message, 0)
        (hook, _) = deliveries.listing(db, user, run_id=run_id)
        deliveries.sent(db, hook, LATE)
        for number in (7, 8):  # which go together
            letter = Message(run_id, number, Event.DEAD_LETTER, "given up", f"job {number}")
            deliveries.add(db, to, letter, 0)


def test_a_job_has_every_field_of_the_document(lab: WebLab) -> None:
    run = lab.run(State.FAILED, why="1 of 2 jobs failed")
    found = job(lab, run.run_id)
    assert found.keys() >= FIELDS
    files = found.pop("output_files")
    assert set(files) == {"bytes.bin", "naïve name.txt", "page.html", "tables/A.tsv"}
    assert lab.client().get(files["naïve name.txt"]).text == "ü\n"
    assert lab.client().get(found["logs"]).text.startswith("line 0\n")
    assert "GRCh38" in body(lab.client().get(found["config_file"]))["config"]
    assert found == {
        "job_id": run.run_id,
        "user": "ada",
        "config_file": f"/api/v1/runs/{run.run_id}/config",
        "workflow_type": "all",
        "status": "failed",
        "remote_job_id": None,
        "remote_working_dir": str(run.work),
        "progress_percentage": 50,
        "current_step": "",
        "more_output_files": False,
        "logs": f"/api/v1/runs/{run.run_id}/log",
        "error_message": "1 of 2 jobs failed; B is empty",
        "created_at": found["created_at"],
        "started_at": WHEN,
        "completed_at": LATER,
        "notification_sent": False,
        "can_cancel": False,
        "can_resubmit": True,
    }


@pytest.mark.parametrize(
    ("state", "status", "can_cancel", "can_resubmit"),
    [
        (State.QUEUED, "pending", True, False),
        (State.RUNNING, "running", True, False),
        (State.COMPLETED, "completed", False, False),
        (State.FAILED, "failed", False, True),
        (State.CANCELLED, "cancelled", False, True),
        (State.INTERRUPTED, "failed", True, True),
    ],
)
def test_its_states(
    lab: WebLab, state: State, status: str, can_cancel: bool, can_resubmit: bool
) -> None:
    run = lab.run(state, why="for a reason")
    found = job(lab, run.run_id)
    told = (found["status"], found["can_cancel"], found["can_resubmit"])
    assert told == (status, can_cancel, can_resubmit)
    assert found["current_step"] == ("align sample=A" if state is State.RUNNING else "")
    assert (found["progress_percentage"] == 100) is (state is State.COMPLETED)
    why = "for a reason; B is empty" if state is State.FAILED else "for a reason"
    assert found["error_message"] == (why if status == "failed" else "")


def test_a_driver_in_the_clusters_queue_is_queued(lab: WebLab) -> None:
    run = lab.run(State.QUEUED)
    sent = Launch("hpc", "slurm", external_id="4711", at=WHEN)
    run.launch.write_text(sent.to_json())
    found = job(lab, run.run_id)
    assert (found["status"], found["remote_job_id"]) == ("queued", "4711")
    run.launch.write_text(Launch("hpc", "slurm", external_id="4711", ended=LATER).to_json())
    assert job(lab, run.run_id)["status"] == "pending", "that one has ended"


def test_many_files_are_named_in_part_and_listed_whole(lab: WebLab) -> None:
    run = lab.run()
    for number in range(120):
        (run.work / "results" / f"file-{number:03}").touch()
    found = job(lab, run.run_id)
    assert (len(found["output_files"]), found["more_output_files"]) == (100, True)
    address, names = f"{JOBS}{run.run_id}/results/?limit=100", list[str]()
    while address:
        listed = body(lab.client().get(address, headers={"Accept": "application/json"}))
        names += [each["path"] for each in listed["items"]]
        address = listed["next"]
    assert len(names) == 124 and "file-119" in names
    answer = lab.client().get(f"{JOBS}{run.run_id}/results/")
    assert answer.mimetype == "application/zip"
    packed = zipfile.ZipFile(io.BytesIO(answer.data)).namelist()
    assert {f"{run.run_id}/{name}" for name in names} < set(packed)


def test_the_list_is_ones_own_the_newest_first_20_on_a_page(lab: WebLab) -> None:
    made = [lab.run(State.COMPLETED, "root").run_id for _ in range(45)]
    client = lab.client("root")  # an admin sees all runs; the list is their own all the same
    seen, address = [], JOBS
    for number, length in enumerate((20, 20, 5), 1):
        page = body(client.get(address))
        assert (page["count"], page["page"], page["num_pages"]) == (45, number, 3)
        assert len(page["results"]) == length
        seen += [each["job_id"] for each in page["results"]]
        address = page["next"]
    assert address is None and seen == made[::-1]
    assert page["previous"] == f"{JOBS}?page=2"
    assert body(client.get(f"{JOBS}?page=99"))["page"] == 3, "as the document's paginator"
    nobody = body(lab.client("vera").get(JOBS))
    assert (nobody["results"], nobody["num_pages"], nobody["next"]) == ([], 1, None)


def test_a_page_is_found_at_once_however_far_it_is(
    lab: WebLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, runs = [], Index.runs
    monkeypatch.setattr(Index, "runs", lambda *of, **how: asked.append(how) or runs(*of, **how))
    made = [lab.run(State.COMPLETED, "bob").run_id for _ in range(21)]
    for page in (1, 2, LARGEST):
        asked.clear()
        found = body(lab.client("bob").get(f"{JOBS}?page={page}"))
        assert (found["page"], len(asked) <= 2) == (min(page, 2), True)
    assert [each["job_id"] for each in found["results"]] == made[:1]


def test_a_job_is_cancelled_and_submitted_again(lab: WebLab) -> None:
    client = lab.client()
    saved = {"name": "nightly", "content": demo(lab)}
    template = body(client.post("/api/v1/templates", json=saved))["id"]
    key = {"Idempotency-Key": "night-1"}
    made = client.post(f"/workflows/submit/{template}/", headers=key)
    assert made.status_code == 201, made.text
    first = body(made)
    assert made.headers["Location"] == f"{JOBS}{first['job_id']}/"
    assert (first["status"], first["user"], first["workflow_type"]) == ("pending", "ada", "all")
    again = client.post(f"/workflows/submit/{template}/", headers=key)
    assert body(again)["job_id"] == first["job_id"]
    early = client.post(f"{JOBS}{first['job_id']}/resubmit/")
    assert early.status_code == 409 and "only what failed" in body(early)["detail"]
    ended = client.post(f"{JOBS}{first['job_id']}/cancel/")
    assert (ended.status_code, body(ended)["status"]) == (202, "cancelled")
    assert client.post(f"{JOBS}{first['job_id']}/cancel/").status_code == 409
    second = body(client.post(f"{JOBS}{first['job_id']}/resubmit/"))
    assert second["status"] == "pending" and second["job_id"] != first["job_id"]
    asked = body(client.get(second["config_file"]))
    assert (asked["name"], asked["analysis"]) == ("nightly", "all")
    noted = body(lab.client("root").get("/api/v1/audit?action=run."))["items"]
    assert [(each["action"], each["target"]) for each in noted[:3]] == [
        ("run.rerun", second["job_id"]),
        ("run.cancel", first["job_id"]),
        ("run.submit", first["job_id"]),
    ]
    client.post(f"{JOBS}{second['job_id']}/cancel/")


def demo(lab: WebLab) -> dict[str, Any]:
    """The example that the service offers to be tried."""
    example = body(lab.client().get("/api/v1/analyses"))["examples"][0]
    return {"analysis": "all", "config": example["config"], "samples": example["samples"]}


def test_notifications_are_ones_own(lab: WebLab) -> None:
    run = lab.run(State.FAILED)
    tell(lab, run.run_id)
    tell(lab, lab.run(State.FAILED).run_id)
    found = body(lab.client().get(f"{JOBS}{run.run_id}/notifications/"))["results"]
    kinds = [(each["notification_type"], each["success"], each["sent_at"]) for each in found]
    assert kinds == [
        ("webhook", False, None),
        ("email", False, None),
        ("webhook", True, timestamp(LATE)),
        ("in_app", True, WHEN),
    ]
    assert {each["job"] for each in found} == {run.run_id}
    assert [each["message"] for each in found[:2]] == ["job 7", "1 of 2 jobs failed"]
    assert job(lab, run.run_id)["notification_sent"]
    others = body(lab.client("root").get(f"{JOBS}{run.run_id}/notifications/"))["results"]
    assert others == []
    assert not job(lab, run.run_id, "root")["notification_sent"]


def test_a_browser_is_led_to_the_page(lab: WebLab) -> None:
    run, client = lab.run(State.FAILED), lab.client()
    page = f"/runs/{run.run_id}"
    for address in (f"{JOBS}{run.run_id}/", f"{JOBS}{run.run_id}"):  # as mails have it
        answer = client.get(address, headers=HTML)
        assert (answer.status_code, answer.headers["Location"]) == (303, page)
    assert client.get(JOBS, headers=HTML).headers["Location"] == "/"
    assert client.get("/workflows/submit/7/").headers["Location"] == "/new?template=7"
    answer = lab.client(None).get(f"{JOBS}{run.run_id}/", headers=HTML)
    assert answer.status_code == 401
    assert f"/sign-in?next={JOBS}{run.run_id}/" in answer.text.replace("%2F", "/")


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("GET", ""),
        ("POST", "cancel/"),
        ("POST", "resubmit/"),
        ("GET", "results/"),
        ("GET", "notifications/"),
    ],
)
def test_anothers_job_is_theirs(lab: WebLab, method: str, address: str) -> None:
    run = lab.run(State.FAILED, "bob")
    for accept in ("*/*", HTML["Accept"]):
        asked = {"method": method, "headers": {"Accept": accept}}
        answer = lab.client().open(f"{JOBS}{run.run_id}/{address}", **asked)
        assert answer.status_code == 403
        gone = lab.client().open(f"{JOBS}20200101-000000-0000/{address}", **asked)
        assert gone.status_code == 404


def test_a_viewer_submits_nothing(lab: WebLab) -> None:
    assert lab.client("vera").post("/workflows/submit/1/").status_code == 403
    missing = lab.client().post("/workflows/submit/999/")
    assert missing.status_code == 404 and "template 999" in body(missing)["detail"]
