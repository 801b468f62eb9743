"""Submitting over the API: what can be, what is refused, and the same key twice."""

from pathlib import Path
from typing import Any

import pytest
from web_lab import WebLab, body

API = "/api/v1"
RUNS = f"{API}/runs"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> WebLab:
    return WebLab(tmp_path_factory.mktemp("lab"))


def demo(lab: WebLab) -> dict[str, Any]:
    """The example that the service offers to be tried."""
    examples = body(lab.client().get(f"{API}/analyses"))["examples"]
    example = next(each for each in examples if each["name"] == "demo")
    return {"analysis": "all", "config": example["config"], "samples": example["samples"]}


def test_the_analyses_tell_what_can_be_submitted(lab: WebLab) -> None:
    client = lab.client("vera")
    found = body(client.get(f"{API}/analyses"))
    assert "all" in [each["name"] for each in found["items"]]
    assert set(found["profiles"]) >= {"default", "slurm"}
    assert "cores" in found["options"]["properties"]
    small = body(client.get(f"{API}/analyses/small_variants"))
    assert "small_variants" in small["configuration"]["properties"]
    assert "sample" in small["samples"]["properties"]
    assert client.get(f"{API}/analyses/none").status_code == 404
    first = client.get(f"{API}/analyses")
    again = client.get(f"{API}/analyses", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304


def test_the_same_key_gives_the_same_run_and_it_can_be_run_again(lab: WebLab) -> None:
    client, asked = lab.client(), {**demo(lab), "name": "demo"}
    key = {"Idempotency-Key": "k1"}
    made = client.post(RUNS, json=asked, headers=key)
    assert made.status_code == 201, made.get_data()
    run = body(made)
    assert made.headers["Location"] == run["links"]["self"]
    assert (run["state"], run["owner"], run["name"]) == ("queued", "ada", "demo")
    again = client.post(RUNS, json=asked, headers=key)
    assert (again.status_code, body(again)["run_id"]) == (201, run["run_id"])
    other = client.post(RUNS, json={**asked, "name": "other"}, headers=key)
    assert other.status_code == 409
    assert body(client.get(run["links"]["self"]))["state"] == "queued"  # nobody indexes here
    once_more = client.post(f"{RUNS}/{run['run_id']}/rerun", json={"name": "again"})
    assert once_more.status_code == 201, once_more.get_data()
    assert body(once_more)["name"] == "again"
    assert body(once_more)["run_id"] != run["run_id"]


def test_running_again_with_changes_can_be_checked_only(lab: WebLab) -> None:
    asked = {**demo(lab), "name": "first", "profile": "default", "options": {"cores": 1}}
    run = body(lab.client().post(RUNS, json=asked))["links"]["self"]
    told = body(lab.client().get(f"{run}/config"))
    assert (told["name"], told["analysis"], told["targets"]) == ("first", "all", [])
    assert (told["profile"], told["options"]) == ("default", {"cores": 1})
    before = set(lab.runs.iterdir())
    fine = lab.client().post(f"{run}/rerun/validate", json={"analysis": "small_variants"})
    assert body(fine)["accepted"], fine.get_data()
    assert body(fine)["jobs"]
    wrong = {"config": {"small_variants": {"engine": "hapy"}}}
    (problem,) = body(lab.client().post(f"{run}/rerun/validate", json=wrong))["problems"]
    assert (problem["file"], problem["key"]) == ("config.yaml", "small_variants.engine")
    assert lab.client("bob").post(f"{run}/rerun/validate", json={}).status_code == 403
    assert set(lab.runs.iterdir()) == before


def test_the_schemas_say_what_files_are_and_what_is_not_yours(lab: WebLab) -> None:
    found = body(lab.client().get(f"{API}/analyses/all"))
    config = found["configuration"]["properties"]
    assert (
        config["build"]["examples"] == ["GRCh37", "GRCh38"]
        or "GRCh38" in config["build"]["examples"]
    )
    assert found["samples"]["properties"]["small_variants"]["fileKind"] == "file"
    assert "fileKind" not in found["samples"]["properties"]["sample"]
    assert "HG002" in found["samples"]["properties"]["giab"]["examples"]
    assert config["history"]["readOnly"]


def test_a_submission_can_be_checked_only(lab: WebLab) -> None:
    wrong = {**demo(lab), "samples": "sample\tsmall_variants\nA\t/no/such/file.vcf.gz\n"}
    before = set(lab.runs.iterdir())
    answer = lab.client().post(f"{RUNS}/validate", json=wrong)
    assert answer.status_code == 200
    found = body(answer)
    assert not found["accepted"]
    assert {(each["file"], each["row"]) for each in found["problems"]} == {("samples.tsv", 2)}
    refused = lab.client().post(RUNS, json=wrong)
    assert refused.status_code == 422
    assert body(refused)["errors"][0]["place"].startswith("samples.tsv, row 2")
    assert set(lab.runs.iterdir()) == before


@pytest.mark.parametrize(
    ("content", "status"),
    [
        ({"analysis": "no_such"}, 422),
        ({"analysis": "all", "options": {"cores": 0}}, 422),
        ({"analysis": "all", "profile": "/etc"}, 422),
        ({"analysis": "all", "targets": ["--cores=99"]}, 422),
        ({"analysis": 7}, 422),
        ({"nalysis": "all"}, 422),
        ({}, 422),
    ],
)
def test_what_cannot_run_is_refused(lab: WebLab, content: dict[str, Any], status: int) -> None:
    refused = lab.client().post(RUNS, json=content)
    assert refused.status_code == status
    assert body(refused)["errors"]


def test_a_viewer_submits_nothing(lab: WebLab) -> None:
    for path in (RUNS, f"{RUNS}/validate"):
        assert lab.client("vera").post(path, json=demo(lab)).status_code == 403


def test_two_keys_that_differ_are_refused(lab: WebLab) -> None:
    asked = {**demo(lab), "idempotency_key": "a"}
    answer = lab.client().post(RUNS, json=asked, headers={"Idempotency-Key": "b"})
    assert answer.status_code == 400


def test_a_full_quota_takes_no_runs(tmp_path: Path) -> None:
    lab = WebLab(tmp_path, limits_per_user={"storage_gb": 0.000001})
    client = lab.client()
    taken = client.post(f"{API}/uploads", json={"name": "a.vcf", "size": 1000})
    assert taken.status_code == 201
    refused = client.post(RUNS, json=demo(lab))
    assert refused.status_code == 403
    assert body(client.get(f"{API}/service"))["used"]["storage_bytes"] == 1000
