"""GA4GH WES: the words of the standard for what the API does, its rights and its errors."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from web_lab import WebLab, body
from wes_standard import (
    ASKED,
    WES,
    Error,
    RunId,
    RunList,
    RunLog,
    ServiceInfo,
    Status,
    TaskList,
    TaskLog,
    told,
)

from control.record.request import Request
from control.record.run_dir import RunDir, State
from control.runs import requests
from control.runs.command import Options, options_of
from control.runs.submit import Submission


def test_without_the_setting_nothing_of_it_is_there(lab: WebLab, tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from web_lab import WebLab;"
        "asked = WebLab(Path(sys.argv[1])).client().get('/ga4gh/wes/v1/runs').status_code;"
        "print(asked, any(name.startswith('control.wes') for name in sys.modules))"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    paths = {"PYTHONPATH": ":".join(filter(None, sys.path))}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=paths)
    assert done.stdout.strip() == "404 False"
    assert lab.client().get(f"{WES}/runs").status_code == 200
    assert any(name.startswith("control.wes") for name in sys.modules)


def test_every_route_is_in_the_document(lab: WebLab) -> None:
    paths = body(lab.client().get("/api/v1/openapi.json"))["paths"]
    found = {(path, way) for path in paths if path.startswith(WES) for way in paths[path]}
    routes = [rule for rule in lab.app.url_map.iter_rules() if rule.rule.startswith(WES)]
    assert len(routes) == len(found) == 8


def test_the_service_says_what_can_be_run(lab: WebLab) -> None:
    info = told(ServiceInfo, lab.client().get(f"{WES}/service-info"))
    assert info.type == {"group": "org.ga4gh", "artifact": "wes", "version": "1.1.0"}
    assert info.supported_wes_versions == ["1.1.0"]
    whole, *_ = info.workflow_type_versions["SMK"]["workflow_type_version"]
    assert whole in info.workflow_engine_versions["snakemake"]["workflow_engine_version"]
    assert "plumbline#qc" in info.tags["workflow_url"]
    assert {"name": "report", "type": "boolean", "default_value": "true"} in (
        info.default_workflow_engine_parameters
    )
    assert lab.client().get(info.auth_instructions_url).status_code == 200
    assert info.supported_filesystem_protocols == ["https", "s3"]


def test_its_defaults_can_be_sent_back(lab: WebLab, submitted: list[Submission]) -> None:
    info = told(ServiceInfo, lab.client().get(f"{WES}/service-info"))
    given = {
        each["name"]: each["default_value"] for each in info.default_workflow_engine_parameters
    }
    asked = {**ASKED, "workflow_engine_parameters": json.dumps(given)}
    told(RunId, lab.client().post(f"{WES}/runs", data=asked))
    (made,) = submitted
    assert options_of(Request(options=made.options)) == Options()


def test_states_are_those_of_the_standard(tmp_path: Path) -> None:
    lab = WebLab(tmp_path, ga4gh_wes=True)
    found = {state: lab.run(state).run_id for state in State}
    words = {
        State.QUEUED: "QUEUED",
        State.RUNNING: "RUNNING",
        State.COMPLETED: "COMPLETE",
        State.FAILED: "EXECUTOR_ERROR",
        State.CANCELLED: "CANCELED",
        State.INTERRUPTED: "SYSTEM_ERROR",
    }
    for state, run_id in found.items():
        answer = told(Status, lab.client().get(f"{WES}/runs/{run_id}/status"))
        assert answer == Status(run_id=run_id, state=words[state])
    counts = told(ServiceInfo, lab.client().get(f"{WES}/service-info")).system_state_counts
    assert counts == dict.fromkeys(words.values(), 1)
    assert told(ServiceInfo, lab.client("bob").get(f"{WES}/service-info")).system_state_counts == {}


def test_a_run_that_never_got_to_its_jobs(lab: WebLab) -> None:
    lost = lab.run(State.FAILED, is_indexed=False)
    lost.write_run(replace(lost.read_run(), return_code=None))
    assert _state(lab, lost) == "SYSTEM_ERROR"
    begun = lab.run(State.RUNNING, is_indexed=False)
    assert _state(lab, begun) == "INITIALIZING"


def test_a_run_is_canceling_until_it_has_ended(lab: WebLab) -> None:
    running, queued = lab.run(State.RUNNING), lab.run(State.QUEUED)
    again = told(RunId, lab.client().post(f"{WES}/runs/{running.run_id}/cancel"))
    assert again.run_id == running.run_id
    (given,) = requests.pending(running)
    assert (given.action, given.user) == ("cancel", "ada")
    assert _state(lab, running) == "CANCELING"
    requests.instruct(queued, "cancel", "ada")  # as one that a driver is about to take has
    assert _state(lab, queued) == "CANCELING"
    requests.void(queued)  # too late: it was resumed
    assert _state(lab, queued) == "QUEUED"
    ended = lab.run(State.COMPLETED)
    refused = told(Error, lab.client().post(f"{WES}/runs/{ended.run_id}/cancel"), 409)
    assert "it cannot be cancelled" in refused.msg
    noted = body(lab.client("root").get("/api/v1/audit?action=run.cancel"))["items"]
    assert [(each["actor"], each["target"]) for each in noted] == [("ada", running.run_id)]


def _state(lab: WebLab, run: RunDir) -> str:
    return told(Status, lab.client().get(f"{WES}/runs/{run.run_id}/status")).state


def test_the_log_of_a_run(lab: WebLab) -> None:
    run = lab.run(State.FAILED, name="trial", why="1 job failed")
    client = lab.client()
    log = told(RunLog, client.get(f"{WES}/runs/{run.run_id}"))
    assert log.request.workflow_url == "plumbline#all"
    assert log.request.workflow_params == {"build": "GRCh38", "samples": "sample\n"}
    assert log.request.workflow_engine_parameters == {}  # nothing was asked for
    assert (log.run_log.name, log.run_log.exit_code) == ("trial", 1)
    assert log.run_log.cmd == ["snakemake", "--cores", "2"]
    assert log.run_log.system_logs == ["1 job failed", "B is empty"]
    assert (log.run_log.start_time, log.run_log.end_time) == (
        "2026-11-21T22:10:05Z",
        "2026-11-21T22:20:05Z",
    )
    assert client.get(log.run_log.stderr).get_data().startswith(b"line 0\n")
    assert client.get(log.outputs["naïve name.txt"]).get_data(as_text=True) == "ü\n"
    assert "tables/A.tsv" in log.outputs
    tasks = told(TaskList, client.get(log.task_logs_url)).task_logs
    assert [(task.id, task.name, task.exit_code) for task in tasks] == [
        ("1.1", "align sample=A", 0),
        ("1.2", "align sample=B", 65),
    ]
    assert tasks[1].system_logs == ["B is empty"]
    assert b"reading" in client.get(tasks[0].stdout).get_data()
    one = told(TaskLog, client.get(f"{WES}/runs/{run.run_id}/tasks/1.2"))
    assert one == tasks[1]
    waiting = told(RunLog, client.get(f"{WES}/runs/{lab.run(State.QUEUED).run_id}"))
    assert waiting.run_log.stdout == "" and waiting.run_log.exit_code is None


def test_addresses_are_those_that_people_use(tmp_path: Path, submitted: list[Submission]) -> None:
    public = "https://lab.example.org/plumb"
    lab = WebLab(tmp_path, ga4gh_wes=True, base_path="/plumb", public_url=public)
    run = lab.run().run_id
    client = lab.client()
    log = told(RunLog, client.get(f"/plumb{WES}/runs/{run}"))
    assert log.task_logs_url == f"{public}{WES}/runs/{run}/tasks"
    assert log.run_log.stderr == f"{public}/api/v1/runs/{run}/log"
    assert log.outputs["tables/A.tsv"] == f"{public}/api/v1/runs/{run}/files/tables/A.tsv"
    info = told(ServiceInfo, client.get(f"/plumb{WES}/service-info"))
    assert info.organization == {"name": "lab.example.org", "url": public}
    assert (info.id, info.auth_instructions_url) == (
        "org.example.lab.plumbline",
        f"{public}/account",
    )
    told(Error, client.get(f"/plumb{WES}/nowhere"), 404)
    asked = {**ASKED, "workflow_url": f"{public}/plumbline#qc"}
    told(RunId, client.post(f"/plumb{WES}/runs", data=asked))
    assert submitted[0].analysis == "qc"


def test_lists_come_in_pages_without_gaps(lab: WebLab) -> None:
    made = {lab.run(user="bob").run_id for _ in range(5)}
    client, seen, token = lab.client("bob"), list[str](), ""
    for _ in range(3):
        page = client.get(f"{WES}/runs?page_size=2&page_token={token}")
        found = told(RunList, page)
        assert len(found.runs) <= 2
        seen += [run.run_id for run in found.runs]
        token = found.next_page_token
    assert (token, len(seen), set(seen)) == ("", 5, made)
    assert len(told(RunList, client.get(f"{WES}/runs?page_size=100000")).runs) == 5
    tasks = f"{WES}/runs/{seen[0]}/tasks?page_size=1"
    first = told(TaskList, client.get(tasks))
    second = told(TaskList, client.get(f"{tasks}&page_token={first.next_page_token}"))
    assert [task.id for task in first.task_logs + second.task_logs] == ["1.1", "1.2"]
    assert second.next_page_token == ""


def test_rights_are_those_of_the_api(lab: WebLab) -> None:
    run = lab.run(State.RUNNING).run_id
    for path in ("service-info", "runs", f"runs/{run}", f"runs/{run}/status", f"runs/{run}/tasks"):
        refused = lab.client(None).get(f"{WES}/{path}")
        assert told(Error, refused, 401).status_code == 401
        assert refused.headers["WWW-Authenticate"] == "Bearer"
    for path in (f"runs/{run}", f"runs/{run}/status", f"runs/{run}/tasks", f"runs/{run}/tasks/1.1"):
        told(Error, lab.client("bob").get(f"{WES}/{path}"), 403)
    told(Error, lab.client("bob").post(f"{WES}/runs/{run}/cancel"), 403)
    told(Error, lab.client("vera").post(f"{WES}/runs", data=ASKED), 403)
    assert told(RunList, lab.client("vera").get(f"{WES}/runs")).runs == []


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("runs/20200101-000000-0000", 404, "there is none"),
        ("runs/none", 404, "there is no run none; an id is like"),
        ("runs?page_size=0", 400, "page_size"),
        ("runs?page_size=x", 400, "page_size"),
        ("runs?page_token=abc", 400, "page_token 'abc' is not of this list; begin without a page"),
        ("runs?colour=red", 400, "colour"),
        ("nowhere", 404, "nowhere"),
    ],
)
def test_errors_have_the_form_of_the_standard(
    lab: WebLab, path: str, status: int, words: str
) -> None:
    error = told(Error, lab.client().get(f"{WES}/{path}"), status)
    assert error.status_code == status
    assert words in error.msg
    assert lab.client().get("/api/v1/nowhere").mimetype == "application/problem+json"


def test_a_task_that_is_not_there(lab: WebLab) -> None:
    run = lab.run(State.COMPLETED).run_id
    for task in ("1.9", "2.1", "x", "1"):
        told(Error, lab.client().get(f"{WES}/runs/{run}/tasks/{task}"), 404)
