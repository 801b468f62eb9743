"""GA4GH WES: the words of the standard for what the API does, its rights and its errors."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, TypeVar

import pytest
import requests as http
from pydantic import BaseModel, ConfigDict
from service import RealService, poll
from submission_lab import VCF, demo
from web_lab import WebLab, body

from control.record.request import read_request
from control.record.run_dir import RunDir, State
from control.runs import requests, submit
from control.runs.submit import Submission
from control.runs.uploads import Uploads

WES = "/ga4gh/wes/v1"
TIME = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"

# What the standard says of its answers (openapi of WES 1.1.0), written down once more.

WesState = Literal[
    "UNKNOWN",
    "QUEUED",
    "INITIALIZING",
    "RUNNING",
    "PAUSED",
    "COMPLETE",
    "EXECUTOR_ERROR",
    "SYSTEM_ERROR",
    "CANCELED",
    "CANCELING",
    "PREEMPTED",
]


class Standard(BaseModel):
    """Nothing is null, and nothing is there that the standard does not name."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Status(Standard):
    run_id: str
    state: WesState


class Summary(Status):
    start_time: str = ""
    end_time: str = ""
    tags: dict[str, str]


class RunList(Standard):
    runs: list[Summary]
    next_page_token: str


class Request(Standard):
    workflow_params: dict[str, Any]
    workflow_type: str
    workflow_type_version: str
    tags: dict[str, str]
    workflow_engine_parameters: dict[str, str]
    workflow_url: str


class Log(Standard):
    name: str
    cmd: list[str]
    start_time: str = ""
    end_time: str = ""
    stdout: str = ""
    stderr: str = ""
    exit_code: int | None = None
    system_logs: list[str]


class TaskLog(Log):
    id: str


class TaskList(Standard):
    task_logs: list[TaskLog]
    next_page_token: str


class RunLog(Status):
    request: Request
    run_log: Log
    task_logs_url: str
    task_logs: None
    outputs: dict[str, str]


class Error(Standard):
    msg: str
    status_code: int


class ServiceInfo(Standard):
    id: str
    name: str
    type: dict[Literal["group", "artifact", "version"], str]
    organization: dict[Literal["name", "url"], str]
    version: str
    workflow_type_versions: dict[str, dict[Literal["workflow_type_version"], list[str]]]
    supported_wes_versions: list[str]
    supported_filesystem_protocols: list[str]
    workflow_engine_versions: dict[str, dict[Literal["workflow_engine_version"], list[str]]]
    default_workflow_engine_parameters: list[dict[Literal["name", "type", "default_value"], str]]
    system_state_counts: dict[WesState, int]
    auth_instructions_url: str
    tags: dict[str, str]


class RunId(Standard):
    run_id: str


T = TypeVar("T", bound=BaseModel)


def told(model: type[T], answer: Any, status: int = 200) -> T:
    """What an answer says, if it is one of the standard."""
    assert (answer.status_code, answer.mimetype) == (status, "application/json"), answer.text
    return model.model_validate_json(answer.get_data())


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> WebLab:
    return WebLab(tmp_path_factory.mktemp("wes"), ga4gh_wes=True)


# What there is, and who may see it.


def test_without_the_setting_nothing_of_it_is_there(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from web_lab import WebLab;"
        "lab = WebLab(Path(sys.argv[1]), ga4gh_wes=sys.argv[2] == 'on');"
        "asked = lab.client().get('/ga4gh/wes/v1/runs').status_code;"
        "print(asked, any(name.startswith('control.wes') for name in sys.modules))"
    )
    for word, seen in (("off", "404 False"), ("on", "200 True")):
        command = [sys.executable, "-c", code, str(tmp_path / word), word]
        (tmp_path / word).mkdir()
        paths = {"PYTHONPATH": ":".join(filter(None, sys.path))}
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=paths)
        assert done.stdout.strip() == seen


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
    assert log.request.workflow_engine_parameters["profile"] == "default"
    assert (log.run_log.name, log.run_log.exit_code) == ("trial", 1)
    assert log.run_log.cmd == ["snakemake --cores 2"]
    assert log.run_log.system_logs == ["1 job failed"]
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
        ("runs/none", 404, "there is no such address"),
        ("runs?page_size=0", 400, "page_size"),
        ("runs?page_size=x", 400, "page_size"),
        ("runs?page_token=abc", 400, "begin without"),
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


# What is submitted.

ASKED = {"workflow_type": "SMK", "workflow_type_version": "9", "workflow_url": "plumbline#qc"}


@pytest.fixture
def submitted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Submission]]:
    """What came as far as submitting; it is not checked further."""
    found: list[Submission] = []

    def note(settings: Any, user: str, asked: Submission) -> str:
        found.append(asked)
        return "20261121-221005-ffff"

    monkeypatch.setattr(submit, "submit", note)
    return found


def send(lab: WebLab, user: str = "ada", **how: Any) -> Any:
    """POST the very bytes that `requests` would send."""
    made = http.Request("POST", "http://localhost/", **how).prepare()
    headers = {"Content-Type": made.headers["Content-Type"]}
    return lab.client(user).post(f"{WES}/runs", data=made.body, headers=headers)


PARAMS = '{"build": "demo", "samples": [{"sample": "A", "metrics": "none"}]}'
CURL = (
    b"--------------------------8ca5db76a32b2033\r\n"
    b'Content-Disposition: form-data; name="workflow_url"\r\n\r\nplumbline#qc\r\n'
    b"--------------------------8ca5db76a32b2033\r\n"
    b'Content-Disposition: form-data; name="workflow_params"; filename="params.json"\r\n'
    b"Content-Type: application/octet-stream\r\n\r\n" + PARAMS.encode() + b"\r\n"
    b"--------------------------8ca5db76a32b2033\r\n"
    b'Content-Disposition: form-data; name="workflow_type"\r\n\r\nSMK\r\n'
    b"--------------------------8ca5db76a32b2033\r\n"
    b'Content-Disposition: form-data; name="workflow_type_version"\r\n\r\n9\r\n'
    b"--------------------------8ca5db76a32b2033--\r\n"
)


def test_a_form_is_understood_whoever_made_it(lab: WebLab, submitted: list[Submission]) -> None:
    fields = {**ASKED, "workflow_params": PARAMS}
    sheet = ("workflow_attachment", ("notes.txt", b"to whom it may concern"))
    ways: list[dict[str, Any]] = [
        {"data": fields},  # gxy-wes without a file: no multipart at all
        {"data": list(fields.items()), "files": [sheet]},  # wes-service
        {"files": [(name, (None, text)) for name, text in fields.items()]},  # dnastack
    ]
    for way in ways:
        told(RunId, send(lab, **way))
    kind = "multipart/form-data; boundary=------------------------8ca5db76a32b2033"
    made = lab.client().post(f"{WES}/runs", data=CURL, headers={"Content-Type": kind})
    told(RunId, made)  # curl -F workflow_params=@params.json
    for asked in submitted:
        assert (asked.analysis, asked.config["build"]) == ("qc", "demo")
        assert asked.samples == [{"sample": "A", "metrics": "none"}]
    assert len(submitted) == 4


def test_parameters_are_what_the_api_takes(lab: WebLab, submitted: list[Submission]) -> None:
    engine = '{"cores": "2", "report": "false", "profile": "slurm", "set_threads": {"compare": 4}}'
    tags = '{"name": "batch 12", "project": "P1", "idempotency_key": "k-12"}'
    more = {"workflow_engine_parameters": engine, "tags": tags, "workflow_engine": "snakemake"}
    told(RunId, send(lab, data={**ASKED, **more, "workflow_url": "http://localhost/plumbline"}))
    targets = {"workflow_engine_parameters": '{"targets": ["all_qc"]}'}
    told(RunId, send(lab, data={**ASKED, **targets, "workflow_url": "workflow/Snakefile"}))
    first, second = submitted
    assert first.options == {"cores": 2, "report": False, "set_threads": {"compare": 4}}
    assert (first.analysis, first.profile, first.launcher) == ("all", "slurm", "local")
    assert (first.name, first.idempotency_key) == ("batch 12", "k-12")
    assert first.tags == {"name": "batch 12", "project": "P1", "idempotency_key": "k-12"}
    assert (second.analysis, second.targets, second.samples) == ("", ["all_qc"], None)


def test_a_configuration_and_a_sheet_can_be_attached(
    lab: WebLab, submitted: list[Submission]
) -> None:
    files = [
        ("workflow_attachment", ("config.yaml", b"samples: s.tsv\nbuild: demo\nqc: {keep: [a]}\n")),
        ("workflow_attachment", ("samples.tsv", b"sample\tsmall_variants\nA\tcalls/a.vcf.gz\n")),
        ("workflow_attachment[]", ("calls/a.vcf.gz", VCF)),
        ("workflow_attachment[]", ("b.fastq", b"@r\nA\n+\nI\n")),
    ]
    params = '{"qc": {"bcftools_stats": false}, "genomes": {"demo": {"fasta": "b.fastq"}}}'
    told(RunId, send(lab, "bob", data={**ASKED, "workflow_params": params}, files=files))
    (asked,) = submitted
    assert asked.config["qc"] == {"keep": ["a"], "bcftools_stats": False}
    uploads = {each.name: each for each in Uploads(lab.settings, "bob").all()}
    assert uploads["a.vcf.gz"].file.read_bytes() == VCF
    assert asked.samples == f"sample\tsmall_variants\nA\tupload:{uploads['a.vcf.gz'].id}\n"
    assert asked.config["genomes"]["demo"]["fasta"] == f"upload:{uploads['b.fastq'].id}"


WRONG: list[tuple[dict[str, str], int, str]] = [
    ({"workflow_url": "https://example.org/Snakefile"}, 400, "plumbline#qc"),
    ({"workflow_url": "plumbline#nothing"}, 400, "plumbline#qc"),
    ({"workflow_type": "CWL"}, 400, "'SMK'"),
    ({"workflow_type_version": "v1.0"}, 400, "workflow_type_version"),
    ({"workflow_engine": "cwltool"}, 400, "'snakemake'"),
    ({"workflow_engine_version": "1"}, 400, "workflow_engine_version"),
    ({"workflow_params": "{"}, 400, "workflow_params is no JSON"),
    ({"workflow_params": "[1]"}, 400, "workflow_params is no JSON object"),
    ({"workflow_params": '{"a": NaN}'}, 400, "NaN"),
    ({"workflow_params": '{"a":' * 30 + "1" + "}" * 30}, 400, "nested more than"),
    ({"workflow_params": '{"a":' * 9000 + "1" + "}" * 9000}, 400, "nested"),
    ({"tags": '{"a": 1}'}, 400, "body.tags.a"),
    ({"tags": '{"name": "%s"}' % ("x" * 300)}, 400, "body.name"),
    ({"workflow_engine_parameters": '{"analysis": "all"}'}, 400, "two analyses"),
    ({"workflow_colour": "red"}, 400, "workflow_colour"),
    ({"workflow_type": ""}, 400, "workflow_type"),
]


@pytest.mark.parametrize(("change", "status", "words"), WRONG)
def test_what_cannot_be_run_is_refused(
    lab: WebLab, submitted: list[Submission], change: dict[str, str], status: int, words: str
) -> None:
    error = told(Error, send(lab, data={**ASKED, **change}), status)
    assert words in error.msg
    assert not submitted


def test_what_cannot_be_attached_is_refused(lab: WebLab, submitted: list[Submission]) -> None:
    before = Uploads(lab.settings, "ada").all()
    fine = ("workflow_attachment", ("a.vcf", b"##fileformat=VCFv4.2\n"))
    for bad in (
        ("workflow_attachment", ("Snakefile", b"rule all: shell: 'rm -rf /'")),
        ("workflow_attachment", ("../../etc/passwd", b"root")),
        ("workflow_attachment", ("a.vcf", b"of the same name")),
        ("workflow_attachment", ("empty.vcf", b"")),
        ("workflow_attachment", ("config.yaml", b"a: [")),
        ("workflow_attachment", ("samples.tsv", b"\xff")),
        ("workflow_type", ("again.txt", b"SMK")),
    ):
        told(Error, send(lab, data=ASKED, files=[fine, bad]), 400)
    assert not submitted
    assert Uploads(lab.settings, "ada").all() == before
    told(Error, lab.client().post(f"{WES}/runs", json=ASKED), 400)


def test_a_large_attachment_is_not_for_memory(tmp_path: Path) -> None:
    lab = WebLab(tmp_path, ga4gh_wes=True, upload_gb=0.0001, limits_per_user={"storage_gb": 1})
    small = ("workflow_attachment", ("a.txt", b"x" * 50_000))
    large = ("workflow_attachment", ("a.txt", b"x" * 200_000))
    assert send(lab, data={**ASKED, "workflow_url": "no"}, files=[small]).status_code == 400
    told(Error, send(lab, data=ASKED, files=[large]), 413)
    full = WebLab(tmp_path / "full", ga4gh_wes=True, limits_per_user={"storage_gb": 0.00001})
    assert "storage" in told(Error, send(full, data=ASKED, files=[small]), 403).msg


METRICS = Path("config/demo/metrics/caller_a/caller_a.mapping_metrics.csv")


def asked_with_files(workflow: Path) -> dict[str, Any]:
    """What `requests` is given for quality control of one sample, its metrics attached."""
    params = {"qc": {"bcftools_stats": False, "keep": []}}
    fields = {
        **ASKED,
        "workflow_params": json.dumps(params),
        "workflow_engine_parameters": '{"cores": "1", "report": "false"}',
        "tags": '{"name": "attached", "project": "P1"}',
    }
    sheet = f"sample\tmetrics\nA\t{METRICS.name}\n".encode()
    files = [("workflow_attachment", ("samples.tsv", sheet))]
    files += [("workflow_attachment", (METRICS.name, (workflow / METRICS).read_bytes()))]
    return {"data": fields, "files": files}


def test_a_run_holds_what_was_attached(lab: WebLab) -> None:
    before = Uploads(lab.settings, "ada").all()
    made = told(RunId, send(lab, **asked_with_files(lab.settings.workflow)))
    run = RunDir(lab.runs / made.run_id)
    assert (run.inputs / METRICS.name).read_bytes() == (
        lab.settings.workflow / METRICS
    ).read_bytes()
    assert Uploads(lab.settings, "ada").all() == before  # the run holds it, nobody else
    asked = read_request(run)
    assert asked is not None
    assert (asked.user, asked.name, asked.analysis) == ("ada", "attached", "qc")
    log = told(RunLog, lab.client().get(f"{WES}/runs/{made.run_id}"))
    assert (log.state, log.run_log.name) == ("QUEUED", "attached")
    assert log.request.tags == {"name": "attached", "project": "P1"}
    assert log.request.workflow_engine_parameters["cores"] == "1"
    assert f"../inputs/{METRICS.name}" in log.request.workflow_params["samples"]
    told_by_api = body(lab.client().get(f"/api/v1/runs/{made.run_id}/config"))
    assert told_by_api["tags"] == log.request.tags
    noted = body(lab.client("root").get(f"/api/v1/audit?target={made.run_id}"))["items"]
    assert [(each["action"], each["detail"]) for each in noted] == [("run.submit", "qc")]


def test_the_tags_are_kept_when_a_run_is_run_again(lab: WebLab) -> None:
    asked = demo(lab.settings, analysis="qc", tags={"project": "P2"})
    first = RunDir(lab.runs / submit.submit(lab.settings, "ada", asked))
    assert submit.changed(first, submit.Changes()).tags == {"project": "P2"}


def test_a_client_submits_follows_and_takes_the_results(tmp_path: Path) -> None:
    with RealService(tmp_path, {"ga4gh_wes": True}) as service:
        sent = asked_with_files(service.settings.workflow)
        made = RunId.model_validate_json(service.request("POST", f"{WES}/runs", **sent).content)
        at = f"{WES}/runs/{made.run_id}"
        states: list[str] = []

        def has_ended() -> bool:
            states.append(service.get(f"{at}/status").json()["state"])
            return states[-1] not in ("QUEUED", "INITIALIZING", "RUNNING")

        poll(has_ended, 240)
        log = RunLog.model_validate_json(service.get(at).content)
        assert log.state == states[-1] == "COMPLETE", log.run_log
        assert log.run_log.exit_code == 0
        there = lambda url: service.get(url.removeprefix(service.url))  # noqa: E731
        assert "all_qc" in there(log.run_log.stderr).text
        summary = next(name for name in log.outputs if name.endswith(".json"))
        assert there(log.outputs[summary]).json()
        tasks = TaskList.model_validate_json(there(log.task_logs_url).content).task_logs
        assert {task.exit_code for task in tasks} == {0}
        assert any("engines" in cmd or "plumbline" in cmd for task in tasks for cmd in task.cmd)
        printed = [task for task in tasks if task.stdout]
        assert printed and there(printed[0].stdout).status_code == 200
        (listed,) = RunList.model_validate_json(service.get(f"{WES}/runs").content).runs
        assert (listed.run_id, listed.tags["project"]) == (made.run_id, "P1")
