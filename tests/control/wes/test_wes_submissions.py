"""GA4GH WES: what is submitted, with its attachments, and a client that takes the results."""

import json
from pathlib import Path
from typing import Any

import pytest
import requests as http
from service import RealService, poll
from submission_lab import VCF
from web_lab import WebLab, body
from wes_standard import (
    ASKED,
    WES,
    Error,
    RunId,
    RunList,
    RunLog,
    TaskList,
    told,
)

from control.record.request import read_request
from control.record.run_dir import RunDir
from control.runs import submit
from control.runs.proposal import LARGEST_SHEET
from control.runs.submit import Submission
from control.runs.uploads import Uploads


def send(lab: WebLab, user: str = "ada", **how: Any) -> Any:
    """POST the very bytes that `requests` would send."""
    made = http.Request("POST", "http://localhost/", **how).prepare()
    kept = {name: text for name, text in made.headers.items() if name != "Content-Length"}
    return lab.client(user).post(f"{WES}/runs", data=made.body, headers=kept)


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
    ({"tags": '{"a": 1}'}, 400, "tags.a: "),
    ({"tags": '{"name": "%s"}' % ("x" * 300)}, 400, "tags.name: "),
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
    files = [("workflow_attachment", (f"{n}.txt", b"x")) for n in range(51)]
    assert "the most is 50" in told(Error, send(lab, data=ASKED, files=files), 400).msg
    assert Uploads(lab.settings, "ada").all() == before


def test_another_body_than_a_form_is_refused(lab: WebLab) -> None:
    error = told(Error, lab.client().post(f"{WES}/runs", json=ASKED), 400)
    assert error.msg == (
        "the body is application/json, not a form; send multipart/form-data, as WES 1.1 says"
    )
    headers = {"Transfer-Encoding": "chunked", "Content-Type": "multipart/form-data; boundary=x"}
    made = lab.client().post(f"{WES}/runs", data=b"--x--", headers=headers)
    assert "Content-Length" in told(Error, made, 411).msg


def test_texts_of_a_form_are_bounded_together(lab: WebLab, submitted: list[Submission]) -> None:
    large = b'{"a": "%s"}' % (b"x" * (LARGEST_SHEET // 2))
    files = [(name, ("a.json", large)) for name in ("workflow_params", "tags")]
    assert "text of up to" in told(Error, send(lab, data=ASKED, files=files), 400).msg
    unknown = ("colour", ("a.bin", b"\xff"))  # no text: it is refused unread
    assert "colour" in told(Error, send(lab, data=ASKED, files=[unknown]), 400).msg
    assert not submitted


def test_every_problem_is_told_by_the_clients_own_names(lab: WebLab) -> None:
    params = {"build": "demo", "biuld": "x", "samples": [{"sample": "A", "metrix": "none"}]}
    asked = {**ASKED, "workflow_params": json.dumps(params)}
    engine = {"workflow_engine_parameters": '{"coers": "2"}'}
    error = told(Error, send(lab, data={**asked, **engine}), 400)
    assert "workflow_params.biuld: unknown key (did you mean build?)" in error.msg
    assert "workflow_params.samples metrix: unknown column" in error.msg
    assert (
        "workflow_engine_parameters: there is no option 'coers' (did you mean cores?)" in error.msg
    )
    assert "more)" not in error.msg
    sheet = ("workflow_attachment", ("samples.tsv", b"sample\tmetrix\nA\tnone\n"))
    error = told(Error, send(lab, data=ASKED, files=[sheet]), 400)
    assert "samples.tsv, metrix: unknown column" in error.msg


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
    how = asked_with_files(lab.settings.workflow)
    headers = {"Idempotency-Key": "k-13"}
    made = told(RunId, send(lab, headers=headers, **how))
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
    again = told(Error, send(lab, headers=headers, **how), 409).msg
    assert again.startswith(f"run {made.run_id} has this key; ") and "follow that run" in again
    assert Uploads(lab.settings, "ada").all() == before
    assert (
        submit.changed(run, submit.Changes()).tags == log.request.tags
    )  # run again, it keeps them


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
